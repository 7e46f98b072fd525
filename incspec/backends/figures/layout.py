"""Layout: Drawing and Style -> Layout, where every box, frame and arrow of a figure is.

Places are across and along the flow of the figure, `c` and `t`; `paint.py` turns them to the page. Rows follow the
flow, axes are found by strips.py, lines by routes.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from ...styles.style import Style
from .drawing import Drawing
from .fold import WORTH, Break, breaks_of, fold, left_of, line_of, parted, spread, stretched
from .levels import forks_of, length_in_levels, put_in_levels, skips_of
from .measure import Card, card
from .parts import Parts, parts_of
from .places import Area, Layout, Placed
from .placing import placed

_Broken: TypeAlias = dict[str, tuple[Break, ...]]  # where the lines end of what is in frames, by their names


@dataclass(frozen=True, slots=True, eq=False)
class _Setting:
    """A drawing, with the size of each box, and everything about the axis of the figure."""

    drawing: Drawing
    cards: Mapping[str, Card]
    parts: Parts
    root: Placed


def layout(drawing: Drawing, style: Style, *, aligned: bool = False, prefix: str = "") -> Layout:
    """Find a place for everything. `aligned` boxes are equally wide, and high side by side; `prefix` stands before sizes."""
    broken: _Broken = {}

    def put(drawing: Drawing) -> _Setting:
        cards = _cards(drawing, style, aligned=aligned, prefix=prefix)
        parts = parts_of(drawing, cards)
        return _Setting(drawing, cards, parts, placed(parts.root, style, broken))

    made = put(drawing)
    within = stretched(made.root, drawing, style)
    while more := dict(_long_frames(made.root, made.drawing, within, broken)):  # the inmost first
        broken |= more
        made = put(parted(made.drawing, [place for places in more.values() for place in places]))
    made = _in_lines(made, put, style, broken)
    root = made.root
    length = max(end for _, end in root.spans) - min(start for start, _ in root.spans)
    sides = list(_sides(made.parts, root, style))
    spread(root, sides, style)
    found: dict[str, Placed] = {}
    _settle(root, 0.0, 0.0, found)
    area = root.area
    for side in sides:
        _settle(side, *side.origin, found)
        area = _around(area, side.area.moved(*side.origin))
    return Layout(found, made.parts.ways, made.cards, made.drawing.aside, area, length)


def _long_frames(
    part: Placed, drawing: Drawing, style: Style, broken: _Broken
) -> Iterator[tuple[str, tuple[Break, ...]]]:
    """Where frames that are too long are to be broken, by their names: those with no such frame in them.

    What leaves by several lines stays as it is: these would have to cross.
    """
    deeper = [each for inner in part.inner.values() for each in _long_frames(inner, drawing, style, broken)]
    yield from deeper
    long = bool(style.length) and part.area.end - part.area.start > style.length
    known = part.part.frame is None or len(part.part.exits) > 1 or part.part.id in broken
    if long and not deeper and not known:
        yield part.part.id, breaks_of(part, drawing, style)


def _in_lines(made: _Setting, put: Callable[[Drawing], _Setting], style: Style, broken: _Broken) -> _Setting:
    """The same, if it is too long, in levels where it has such a form, or else in lines."""
    length = made.root.area.end - made.root.area.start
    if not style.length or length <= style.length:
        return made
    forks = forks_of(made.root)
    forked = put(parted(made.drawing, forks)) if forks else made
    skips = skips_of(forked.root)
    if skips and length_in_levels(forked.root, skips, style) <= WORTH * length:
        root = placed(forked.parts.root, style, broken, frozenset(skip.link for skip in skips))
        put_in_levels(root, skips, style)
        return replace(forked, root=root)
    breaks = breaks_of(made.root, made.drawing, style)
    if breaks:
        made = put(parted(made.drawing, breaks))
        fold(made.root, breaks)
    return made


def _cards(drawing: Drawing, style: Style, *, aligned: bool, prefix: str) -> dict[str, Card]:
    cards = {box.id: card(box, style, prefix=prefix) for box in drawing.boxes}
    if aligned:
        width = max((each.width for each in cards.values()), default=0.0)
        height = 0.0 if style.upright else max((each.height for each in cards.values()), default=0.0)
        cards = {
            name: card(each.box, style, width=width, height=height, prefix=prefix) if each.box.kind == "box" else each
            for name, each in cards.items()
        }
    return cards


def _settle(part: Placed, c: float, t: float, found: dict[str, Placed]) -> None:
    """Move a part, and what is in it, to where it belongs."""
    part.origin = (c, t)
    part.gutters = {line: between + c for line, between in part.gutters.items()}
    found[part.part.id] = part
    part.areas = {name: area.moved(c, t) for name, area in part.areas.items()}
    part.rooms = {name: area.moved(c, t) for name, area in part.rooms.items()}
    part.spans = [(start + t, end + t) for start, end in part.spans]
    for name, inner in part.inner.items():
        _settle(inner, part.areas[name].axis, part.areas[name].start - inner.area.start, found)


def _sides(parts: Parts, root: Placed, style: Style) -> Iterator[Placed]:
    """Auxiliary heads stand to the left of everything, each above what it reads, those that come later further in."""
    taken: list[tuple[int, Area]] = []
    for name, part in reversed(parts.root.sides.items()):
        whole = placed(part, style)
        reads = [root.areas[tail.item].end for tail, head in parts.root.links if head.item == name]
        start = max(reads, default=0.0) + style.rows / 2 - whole.area.start
        area = whole.area.moved(0.0, start)
        line = line_of(root, name)
        limit = (left_of(root, line) if root.lines else root.area.left) - 2 * style.columns
        others = [other for at, other in taken if at == line]
        near = [other.left - style.columns for other in others if other.start < area.end + style.rows]
        shift = min([limit, *near]) - area.right
        taken.append((line, area.moved(shift, 0.0)))
        whole.origin = (shift, start)
        yield whole


def _around(a: Area, b: Area) -> Area:
    return Area(a.axis, min(a.left, b.left), max(a.right, b.right), min(a.start, b.start), max(a.end, b.end))
