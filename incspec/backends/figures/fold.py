"""Folding: a figure that is one long chain -> the same in several lines, each beside the one before."""

from __future__ import annotations

import math
from collections.abc import Sequence

from ...styles.style import Style
from .places import Area, Placed

APART = 2.2  # lines, in distances of neighbours: an arrow leads back between them


def fold(root: Placed, style: Style) -> None:
    """Break a chain that is longer than its style lets it be; what is none, or short, stays as it is."""
    length = root.area.end - root.area.start
    if not style.length or length <= style.length or not _is_chain(root):
        return
    lines = _lines(root, style.length)
    pitch = root.area.right - root.area.left + APART * style.columns
    starts: dict[int, float] = {}
    for row, line in enumerate(lines):
        starts.setdefault(line, root.spans[row][0])
    for name, row in root.rows.items():
        dc, dt = lines[row] * pitch, -starts[lines[row]]
        root.areas[name], root.rooms[name] = root.areas[name].moved(dc, dt), root.rooms[name].moved(dc, dt)
        root.lines[name] = lines[row]
    root.spans = [(a - starts[line], b - starts[line]) for (a, b), line in zip(root.spans, lines, strict=True)]
    turn = style.rows / 2
    root.area = Area(
        0.0, root.area.left, root.area.right + lines[-1] * pitch, -turn, max(end for _, end in root.spans) + turn
    )


def _is_chain(root: Placed) -> bool:
    count = len(root.part.nodes)
    return not root.part.sides and len(set(root.rows.values())) == count and len(root.part.links) == count - 1


def _lines(root: Placed, most: float) -> list[int]:
    """The line of each row: as few lines as can be, about as long as one another."""
    start, end = root.spans[0][0], root.spans[-1][1]
    count = math.ceil((end - start) / most)
    while True:
        lines = [min(count - 1, int(count * ((a + b) / 2 - start) / (end - start))) for a, b in root.spans]
        longest = max(_length(root, lines, line) for line in lines)
        if longest <= most or count >= len(lines):
            return lines
        count += 1


def _length(root: Placed, lines: Sequence[int], line: int) -> float:
    spans = [span for span, at in zip(root.spans, lines, strict=True) if at == line]
    return spans[-1][1] - spans[0][0]
