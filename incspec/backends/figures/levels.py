"""Levels: a chain whose tensors are read again by its later boxes, the first by the last -> the same as a U.

What stands before such a tensor's line and what stands after it are one level, and the line leads straight from the one
to the other; what lies between stands below, in levels of its own. So U-Net is drawn in its paper (arXiv:1505.04597,
figure 1), and a residual connection if there is no other room for it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from ...styles.style import Style
from .fold import Break
from .measure import Card
from .parts import Joint, Part
from .places import Placed

_APART = 2.4  # the halves of a level, in distances of rows: arrows lead down and up between them


@dataclass(frozen=True, slots=True)
class Skip:
    """A link of the outermost part that leads past others, and the rows from which and to which it does."""

    link: int
    tail: int
    head: int


def skips_of(root: Placed) -> tuple[Skip, ...]:
    """The links between the halves of levels, the outermost first; none where a figure has no such form."""
    part, rows = root.part, root.rows
    if part.sides:
        return ()
    alone = Counter(rows.values())
    links = [(rows[tail.item], rows[head.item]) for tail, head in part.links]
    leaving, coming = Counter(tail for tail, _ in links), Counter(head for _, head in links)
    found: list[Skip] = []
    for number, (tail, head) in sorted(enumerate(links), key=lambda each: (each[1][0], -each[1][1])):
        forks = alone[tail] == alone[head] == 1 and leaving[tail] == coming[head] == 2
        if head - tail > 1 and forks and (not found or (found[-1].tail < tail and head < found[-1].head)):
            found.append(Skip(number, tail, head))
    crossing = list(accumulate(_crossing(links, len(root.spans))))
    nested = all(crossing[s.tail] == crossing[s.head - 1] == depth for depth, s in enumerate(found, start=2))
    return tuple(found) if nested else ()


def forks_of(root: Placed) -> tuple[Break, ...]:
    """Where a point may begin the level below: what leads past others to one thing, and by several arrows on to others."""
    part, rows = root.part, root.rows
    if part.sides:
        return ()
    alone = Counter(rows.values())
    leaving: dict[str, list[tuple[Joint, Joint]]] = {}
    for tail, head in part.links:
        leaving.setdefault(tail.item, []).append((tail, head))
    coming = Counter(head.item for _, head in part.links)
    found = []
    for name, links in leaving.items():
        tail, head = max(links, key=lambda link: rows[link[1].item])
        item, target = part.items.get(name), part.items.get(head.item)
        single = alone[rows[name]] == alone[rows[head.item]] == 1 and len({each.port for each, _ in links}) == 1
        others = sum(rows[other.item] < rows[head.item] for _, other in links)
        if (
            len(links) > 2
            and single
            and others == len(links) - 1
            and coming[head.item] == 2
            and isinstance(target, Card)
        ):
            frame = item.frame.boxes if isinstance(item, Part) and item.frame is not None else ()
            box = tail.port.removeprefix(">") or name
            found.append(Break(name, box, parts=True, within=frozenset((*frame, head.item))))
    return tuple(found)


def _crossing(links: Sequence[tuple[int, int]], rows: int) -> Iterator[int]:
    """By how many the links that lead past the end of each row are more than past that of the row before."""
    begin, end = Counter(tail for tail, _ in links), Counter(head for _, head in links)
    return (begin[row] - end[row] for row in range(rows))


def put_in_levels(root: Placed, skips: Sequence[Skip], style: Style) -> None:
    """Break a figure, placed without its skips, into levels; `spread` puts them below each other."""
    before, between, after = _halves(root, skips)
    begin = max(_length(root, rows) for rows in before) + _APART * style.rows
    placed = [*((rows, number, 0.0) for number, rows in enumerate((*before, between)))]
    placed += [(rows, number, begin) for number, rows in enumerate(after)]
    level = {row: number for rows, number, _ in placed for row in rows}
    shift = {row: at - root.spans[rows[0]][0] for rows, _, at in placed for row in rows}
    root.lines = {name: level[row] for name, row in root.rows.items()}
    for name, row in root.rows.items():
        for areas in (root.areas, root.rooms):
            if name in areas:
                areas[name] = areas[name].moved(0.0, shift[row])
    root.spans = [(start + shift[row], end + shift[row]) for row, (start, end) in enumerate(root.spans)]


def length_in_levels(root: Placed, skips: Sequence[Skip], style: Style) -> float:
    """How long the longest level would be."""
    before, between, after = _halves(root, skips)
    begin = max(_length(root, rows) for rows in before) + _APART * style.rows
    return max(_length(root, between), begin + max(_length(root, rows) for rows in after))


def _halves(root: Placed, skips: Sequence[Skip]) -> tuple[list[range], range, list[range]]:
    """The rows of each level before its skip, those between all skips, and those of each level after its skip."""
    tails, heads = [skip.tail for skip in skips], [skip.head for skip in skips]
    before = [range(first + 1, last + 1) for first, last in pairwise((-1, *tails))]
    after = [range(first, last) for last, first in pairwise((len(root.spans), *heads))]
    return before, range(tails[-1] + 1, heads[-1]), after


def _length(root: Placed, rows: range) -> float:
    return root.spans[rows[-1]][1] - root.spans[rows[0]][0]
