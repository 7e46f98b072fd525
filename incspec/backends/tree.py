"""The report as a tree: rows -> the lines that are shown down to some depth, each with the branches drawn before it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from .report import Row, Tally, Types, opened

_BRANCH, _LAST, _PAST, _NOTHING = "├─ ", "└─ ", "│  ", "   "


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a tree. `guide` is drawn before it, `hanging` before what of it does not fit into the line.

    `alike` is whether another line beneath the same one has its label, so that only the name tells them apart. A `root` stands for all that is beneath it, `each` for one of several turns that are alike.
    """

    guide: str
    hanging: str
    name: str
    label: str
    inputs: Types
    outputs: Types
    tally: Tally
    alike: bool = False
    kind: Literal["root", "row", "each"] = "row"


def tree(root: Line, rows: Sequence[Row], depth: int | None) -> Iterator[Line]:
    """The root and what is beneath it; `depth` 1 shows `rows` alone, 2 opens them, and so on; None opens all."""
    yield root
    yield from _beneath("", rows, depth)


def _beneath(guide: str, rows: Sequence[Row], depth: int | None) -> Iterator[Line]:
    titles = Counter(row.title for row in rows)
    for row in rows:
        last = row is rows[-1]
        inner = guide + (_NOTHING if last else _PAST)
        parts = opened(row).row.rows if depth != 1 else ()
        # What is beneath a branch says what its label would.
        label = row.name if row.kind == "branch" and parts else row.title
        hanging = inner + (_PAST if parts else _NOTHING)
        own = guide + (_LAST if last else _BRANCH)
        yield Line(own, hanging, row.name, label, row.inputs, row.outputs, row.total, alike=titles[label] > 1)
        if parts and row.times > 1:
            each = f"each of {row.times}"
            yield Line(hanging, hanging, "", each, row.inputs, row.outputs, row.each, kind="each")
        yield from _beneath(inner, parts, None if depth is None else depth - 1)
