"""Items, which are what can be selected in the page, and how many in a row are folded into sections.

Not here: how they come from a graph (outline.py).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from ..ir import Call, Node, TypedGraph, Value
from ..syntax import DocPath
from .rules import Kind

_MOST = 40  # items in one body or merge; more are folded into sections
_SECTION = 25  # items in one of these
# The number of a rule, or ~ that of a graph that is called; the values that are read; those that are made.
Instruction = tuple[int, tuple[int, ...], tuple[int, ...]]
ItemKind = Literal[
    "input", "layer", "op", "block", "merge", "residual", "branch", "series", "repeat", "section", "aux", "output"
]
CONTAINERS = ("repeat", "section", "aux")  # that are opened and closed; the others' parts stand where they stand


@dataclass(eq=False)
class Item:
    """Something in a graph: a layer, an op, a block that is called, a repeat, a merge and its branches, a section, a head.

    `nodes` are the ops of a layer or merge, `family` is that of the first one; its instructions are `start` to `end`.
    """

    kind: ItemKind
    name: str
    label: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    start: int
    end: int
    path: DocPath | None = None
    parts: list[Item] = field(default_factory=list)
    nodes: tuple[Node, ...] = ()
    family: str = ""
    call: Call | None = None
    graph: int | None = None
    times: int = 1
    # What its outputs are inside, where it shows one of several equal turns.
    shown: tuple[int, ...] | None = None
    # A merge that does what the one that it feeds does as well: it has no box.
    passed_by: bool = False


@dataclass(eq=False)
class Outline:
    """The items and the program of one graph. `main` instructions are the network's own, the rest those of its heads."""

    typed: TypedGraph
    items: list[Item]
    program: list[Instruction]
    values: dict[Value, int]
    kinds: dict[int, Kind]
    main: int
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]


def folded(items: list[Item], word: str) -> list[Item]:
    """Long bodies and wide merges in sections, and those in sections again, until few are left."""
    numbered = [(item, number, number) for number, item in enumerate(items, 1)]
    while len(numbered) > _MOST:
        parts = [numbered[first : first + _SECTION] for first in range(0, len(numbered), _SECTION)]
        numbered = [(_section(part, word), part[0][1], part[-1][2]) for part in parts]
    return [item for item, _, _ in numbered]


def _section(numbered: Sequence[tuple[Item, int, int]], word: str) -> Item:
    """Some items with their numbers in one."""
    parts = [item for item, _, _ in numbered]
    first, last = numbered[0][1], numbered[-1][2]
    plural = {"step": "steps", "branch": "branches"}[word]
    label = f"{plural} {first}–{last}" if last > first else f"{word} {last}"
    outputs = parts[-1].outputs if word == "step" else tuple(value for part in parts for value in part.outputs)
    # No step is called so.
    name = f"{plural}:{first}-{last}:{parts[0].name}"
    return Item("section", name, label, parts[0].inputs, outputs, parts[0].start, parts[-1].end, None, parts)


def mark_passed_by(items: Sequence[Item], reads: Counter[int]) -> None:
    """Find the merges at the end of a branch that do what the outer one does as well; arXiv:1602.07261, figure 6."""
    for item in items:
        for branch in _branches(item) if item.kind == "merge" else ():
            last = branch.parts[-1] if branch.parts else None
            if last is not None and last.kind == "merge" and last.outputs == branch.outputs:
                alike = len(last.nodes) == 1 and type(last.nodes[0].op) is type(item.nodes[0].op)
                last.passed_by = alike and all(reads[value] == 1 for value in last.outputs)
        mark_passed_by(item.parts, reads)


def _branches(item: Item) -> Iterator[Item]:
    for part in item.parts:
        if part.kind == "section":
            yield from _branches(part)
        elif part.kind == "branch":
            yield part


def every(items: Iterable[Item]) -> Iterator[Item]:
    """All items, each before its parts."""
    for item in items:
        yield item
        yield from every(item.parts)
