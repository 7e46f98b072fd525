"""Folding: a figure that is longer than its style lets it be -> the same in several lines, each beside the one before.

A line ends where one tensor alone leads on: at a box or frame of a chain, or where branches are merged. Branches that
begin there begin in the next line, at a point to which one arrow leads. What has no such place stays as long as it is.

Not here: networks whose last layers read what the first ones make (levels.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise
from typing import TypeVar

from ...styles.style import Style
from .drawing import Arrow, Box, Drawing, Loop, Side
from .measure import Card
from .parts import Joint, Part
from .places import Area, Placed
from .strips import Across

_Frame = TypeVar("_Frame", Loop, Side)

APART = 2.2  # lines, in distances of neighbours: an arrow leads back between them
_HALVINGS = 12  # of what is tried as the length of lines
_LONGER = 1.1  # lines of which there would be too many
WORTH = 0.8  # of the whole length: what makes a figure hardly shorter leaves it in one line


@dataclass(frozen=True, slots=True)
class Break:
    """Where a line ends: the thing after which it does, the box in it that is read on, and whether by several arrows.

    `within` are the boxes to which its arrows lead as before: those of that thing, if it is a frame.
    """

    item: str
    box: str
    parts: bool
    within: frozenset[str] = frozenset()


def breaks_of(root: Placed, drawing: Drawing, style: Style) -> tuple[Break, ...]:
    """Where the lines end of a figure that is too long, or of what is in a frame: lines as few as can be, about as long as
    one another.
    """
    found, forced = _rows_of_places(root, drawing)
    most = max(style.length, _longest(root, sorted(found)))
    _, ended = _enough(root, found, forced, most, style)
    length = root.area.end - root.area.start
    return tuple(found[row] for row in ended) if _longest(root, ended) <= WORTH * length else ()


def stretched(root: Placed, drawing: Drawing, style: Style) -> Style:
    """The style with lines as long as those of a figure of its breadth, but for what nowhere can be broken."""
    if not style.length or not style.breadth or root.area.end - root.area.start <= style.length:
        return style
    most, _ = _enough(root, *_rows_of_places(root, drawing), style.length, style)
    return style.model_copy(update={"length": most, "breadth": style.breadth / style.length * most})


def _rows_of_places(root: Placed, drawing: Drawing) -> tuple[Mapping[int, Break], Set[int]]:
    """The rows after which lines may end, and those after which they do: before what auxiliary heads read."""
    found = {root.rows[place.item]: place for place in _places(root, drawing)}
    return found, {
        root.rows[tail.item] for tail, head in root.part.links if head.item in root.part.sides
    } & found.keys()


def _enough(
    root: Placed, found: Mapping[int, Break], forced: Set[int], most: float, style: Style
) -> tuple[float, list[int]]:
    """How long lines have to be, from some length on, not to be too many; and the rows after which they end."""
    while True:
        ended = _balanced(root.spans, sorted(found), forced, most)
        if not style.breadth or _breadth(root, ended, style) <= style.breadth / style.length * most:
            return most, ended
        most *= _LONGER


def _longest(root: Placed, ended: Sequence[int]) -> float:
    """The length of the longest of the lines that end after these rows."""
    firsts, lasts = (0, *(row + 1 for row in ended)), (*ended, len(root.spans) - 1)
    return max(root.spans[last][1] - root.spans[first][0] for first, last in zip(firsts, lasts, strict=True))


def _breadth(root: Placed, ended: Sequence[int], style: Style) -> float:
    """How far lines that end after these rows reach across, beside each other, without auxiliary heads."""
    bands = _bands(root, _lines(root, ended), (), style).values()
    return sum(band.right - band.left for band in bands) + (len(bands) - 1) * APART * style.columns


def _lines(root: Placed, ended: Iterable[int]) -> dict[str, int]:
    """The line of each thing, where lines end after some rows."""
    first = {row + 1 for row in ended}
    lines = list(accumulate(int(row in first) for row in range(len(root.spans))))
    return {name: lines[row] for name, row in root.rows.items()}


def parted(drawing: Drawing, breaks: Sequence[Break]) -> Drawing:
    """The drawing with a point at the beginning of each line to which several arrows would lead."""
    points = {place.box: (f"{place.box}>", place.within) for place in breaks if place.parts}
    arrows: list[Arrow] = []
    begun = set[str]()
    for arrow in drawing.arrows:
        point, within = points.get(arrow.tail, ("", frozenset()))
        if not point or arrow.head in within:
            arrows.append(arrow)
            continue
        if arrow.tail not in begun:
            arrows.append(replace(arrow, head=point, slack=False))
            begun.add(arrow.tail)
        arrows.append(Arrow(point, arrow.head, arrow.slack))
    boxes: list[Box] = []
    for box in drawing.boxes:
        boxes += [box, Box(points[box.id][0], "", kind="point", family="point")] if box.id in points else [box]
    return replace(
        drawing,
        boxes=tuple(boxes),
        arrows=tuple(arrows),
        loops=tuple(_with(loop, points) for loop in drawing.loops),
        sides=tuple(_with(side, points) for side in drawing.sides),
    )


def _with(frame: _Frame, points: Mapping[str, tuple[str, frozenset[str]]]) -> _Frame:
    """A frame with the points behind what stands in it."""
    own = frozenset(frame.boxes)
    added = tuple(point for box, (point, within) in points.items() if box in own and not own <= within)
    return replace(frame, boxes=frame.boxes + added, loops=tuple(_with(loop, points) for loop in frame.loops))


def fold(root: Placed, breaks: Sequence[Break]) -> None:
    """Break a figure into lines, which begin at the same place along it; `spread` puts them beside each other."""
    ended = [root.rows[place.item] for place in breaks]
    root.lines = _lines(root, ended)
    starts = [root.spans[row][0] for row in (0, *(row + 1 for row in sorted(ended)))]
    for name, line in root.lines.items():
        for areas in (root.areas, root.rooms):
            if name in areas:
                areas[name] = areas[name].moved(0.0, -starts[line])
    lines = {root.rows[name]: line for name, line in root.lines.items()}
    root.spans = [(a - starts[lines[row]], b - starts[lines[row]]) for row, (a, b) in enumerate(root.spans)]


def spread(root: Placed, sides: Sequence[Placed], style: Style) -> None:
    """Put the lines of a figure beside each other, each with the auxiliary heads that belong to it."""
    count, gap = max(root.lines.values(), default=0) + 1, APART * style.columns
    if count == 1:
        return
    bands = _bands(root, root.lines, sides, style)
    moves = [0.0]
    for before, line in pairwise(range(count)):
        moves.append(moves[-1] + bands[before].right + gap - bands[line].left)
    root.gutters = {line: moves[line] + bands[line].left - gap / 2 for line in range(1, count)}
    for name, line in root.lines.items():
        root.areas[name] = root.areas[name].moved(moves[line], 0.0)
        if name in root.rooms:
            root.rooms[name] = root.rooms[name].moved(moves[line], 0.0)
    links = list(root.part.links)
    root.across = Across(
        {name: axis + moves[root.lines[name]] for name, axis in root.across.nodes.items()},
        {number: axis + moves[root.lines[links[number][0].item]] for number, axis in root.across.links.items()},
        root.across.extent,
    )
    for side in sides:
        side.origin = (side.origin[0] + moves[line_of(root, side.part.id)], side.origin[1])
    turn, last = style.rows / 2, count - 1
    end = max(end for _, end in root.spans) + turn
    root.area = Area(0.0, bands[0].left, bands[last].right + moves[last], -turn, end)


def line_of(root: Placed, side: str) -> int:
    """The line that an auxiliary head belongs to: that of what it reads."""
    return max((root.lines.get(tail.item, 0) for tail, head in root.part.links if head.item == side), default=0)


def left_of(root: Placed, line: int) -> float:
    """How far a line reaches to the left, without auxiliary heads."""
    return min((area.left for name, area in root.areas.items() if root.lines.get(name, 0) == line), default=0.0)


def _bands(root: Placed, lines: Mapping[str, int], sides: Sequence[Placed], style: Style) -> dict[int, Area]:
    """What each line takes across the flow: its things, the lanes among them, and its auxiliary heads."""
    lane, links = 0.45 * style.columns, list(root.part.links)
    reached: dict[int, list[tuple[float, float]]] = {}
    for name, area in (*root.areas.items(), *root.rooms.items()):
        reached.setdefault(lines[name], []).append((area.left, area.right))
    for number, axis in root.across.links.items():
        reached[lines[links[number][0].item]].append((axis - lane, axis + lane))
    for side in sides:
        area = side.area.moved(*side.origin)
        reached[line_of(root, side.part.id)].append((area.left, area.right))
    return {
        line: Area(0.0, min(left for left, _ in found), max(right for _, right in found), 0.0, 0.0)
        for line, found in reached.items()
    }


def _places(root: Placed, drawing: Drawing) -> Iterator[Break]:
    """Where one tensor alone leads on: after a thing that has its row for itself, past which no line goes."""
    part, rows = root.part, root.rows
    last = len(root.spans) - (2 if root.part.exits else 1)
    alone = [0] * len(root.spans)
    for row in rows.values():
        alone[row] += 1
    passing = [0] * (len(root.spans) + 1)
    leaving: dict[str, list[tuple[Joint, Joint]]] = {}
    for tail, head in part.links:
        leaving.setdefault(tail.item, []).append((tail, head))
        if head.item not in part.sides:
            passing[rows[tail.item] + 1] += 1
            passing[rows[head.item]] -= 1
    passing = list(accumulate(passing))
    outputs: dict[str, set[int]] = {}
    for arrow in drawing.arrows:
        outputs.setdefault(arrow.tail, set()).add(arrow.output)
    for name, row in rows.items():
        links = leaving.get(name, [])
        boxes = {tail.port.removeprefix(">") or tail.item for tail, _ in links}
        if (
            row >= last
            or name in part.entries
            or alone[row] > 1
            or passing[row]
            or len(boxes) != 1
            or _is_tag(root, links[0][1].item)
        ):
            continue
        box = boxes.pop()
        if len(outputs[box]) == 1:
            item = part.items.get(name)
            within = frozenset(item.frame.boxes) if isinstance(item, Part) and item.frame is not None else frozenset()
            yield Break(name, box, len(links) > 1, within)


def _is_tag(root: Placed, name: str) -> bool:
    item = root.part.items.get(name)
    return isinstance(item, Card) and item.box.kind == "tag"


def _balanced(spans: Sequence[tuple[float, float]], ends: Sequence[int], forced: Set[int], most: float) -> list[int]:
    """The rows after which lines end: as few as lines of some length ask for, and these as short as so few can be."""
    least = len(_filled(spans, ends, forced, most))
    low, high = 0.0, most
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if len(_filled(spans, ends, forced, middle)) == least else (middle, high)
    return _filled(spans, ends, forced, high)


def _filled(spans: Sequence[tuple[float, float]], ends: Sequence[int], forced: Set[int], most: float) -> list[int]:
    """The rows after which lines end, each of which is as long as can be, but not longer than `most` if that can be."""
    found: list[int] = []
    start, before = spans[0][0], -1
    for row in (*ends, len(spans) - 1):
        if before >= 0 and spans[row][1] - start > most:
            found.append(before)
            start, before = spans[before + 1][0], -1
        if row in forced:
            found.append(row)
            start, before = spans[row + 1][0], -1
        else:
            before = row
    return found
