"""Placing: Part and Style -> Placed, where the things of a part are: in rows along the flow, about axes across it.

What is in its frames is placed first. Axes are found by strips.py; a part that is too long is broken as fold.py says.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import replace

from ...styles.style import Style
from .fold import Break, fold, spread
from .fonts import text_width
from .measure import LEADING, Card
from .parts import Part
from .places import Area, Placed
from .strip import Extent, Spacing
from .strips import Across, Link, place_across, rows_of

_SLOPE = 0.2  # of the flattest arrow, where that does not cost too much height
_BEFORE_TAG, _AFTER_TAG = 0.15, 0.5  # of the usual distance of rows
_STEEPEST = 2.6  # times the usual distance of rows, at most
_WHOLE: Mapping[str, tuple[Break, ...]] = {}


def placed(
    part: Part, style: Style, broken: Mapping[str, tuple[Break, ...]] = _WHOLE, apart: Set[int] = frozenset()
) -> Placed:
    """A part about its own axis, from 0 on, and the frames in it first; some links, by their numbers, go elsewhere."""
    inner = {name: placed(item, style, broken) for name, item in part.items.items() if isinstance(item, Part)}
    column = _column(part)
    extents, lengths = _extents(part, inner, column, style)
    links = {
        number: Link(tail.item, head.item)
        for number, (tail, head) in enumerate(part.links)
        if head.item not in part.sides and number not in apart
    }
    rows = rows_of(part.nodes, links.values())
    _lift(part, rows)
    across = place_across(extents, links, rows, Spacing(style.columns, style.columns * 0.45))
    gaps = _gaps(part, rows, links, across, extents, style)
    spans = _spans(part, rows, lengths, gaps, style)
    areas, rooms = {}, {}
    for name in part.nodes:
        axis, (start, end) = across.nodes[name], spans[rows[name]]
        middle, half = (start + end) / 2, lengths[name] / 2
        item = part.items.get(name)
        reach = _own(item, style) if isinstance(item, Card) else extents[name]
        areas[name] = Area(axis, axis - reach.left, axis + reach.right, middle - half, middle + half)
        if item is not None:
            rooms[name] = Area(
                axis, axis - extents[name].left, axis + extents[name].right, middle - half, middle + half
            )
    bare = Area(0.0, -across.extent.left, across.extent.right, spans[0][0], spans[-1][1])
    whole = Placed(part, rows, across, spans, areas, rooms, inner, bare, column)
    if broken.get(part.id):
        fold(whole, broken[part.id])
        spread(whole, (), style)
    _frame(whole, style)
    return whole


def _own(item: Card, style: Style) -> Extent:
    if item.box.kind == "tag":  # the line that leads past it
        return Extent(0.0, 0.0)
    half = (item.width if style.upright else item.height) / 2
    return Extent(half, half)


def _column(part: Part) -> float:
    """How far from their axis sizes stand beside boxes, one under the other."""
    sized = [item for item in part.items.values() if isinstance(item, Card) and item.beside]
    return max((item.width / 2 + item.beside_gap for item in sized), default=0.0)


def _extents(
    part: Part, inner: Mapping[str, Placed], column: float, style: Style
) -> tuple[dict[str, Extent], dict[str, float]]:
    """How far everything reaches across, and its length along."""
    extents, lengths = dict.fromkeys(part.nodes, Extent(0, 0)), dict.fromkeys(part.nodes, 0.0)
    for name, item in part.items.items():
        if isinstance(item, Part):
            area = inner[name].area
            extents[name], lengths[name] = Extent(-area.left, area.right), area.end - area.start
            continue
        extent = item.extent(style)
        if item.beside and style.upright:
            extent = Extent(extent.left, column + item.beside_width)
        extents[name], lengths[name] = extent, item.thickness(style)
    return extents, lengths


def _lift(part: Part, rows: dict[str, int]) -> None:
    """Ports have rows of their own, before and after all others."""
    if part.entries and any(rows[name] == 0 for name in part.items):
        for name in (*part.items, *part.exits):
            rows[name] += 1
    last = max((rows[name] for name in part.items), default=0)
    for port in part.exits:
        rows[port] = last + 1


def _gaps(
    part: Part,
    rows: Mapping[str, int],
    links: Mapping[int, Link],
    across: Across,
    extents: Mapping[str, Extent],
    style: Style,
) -> list[float]:
    """The distance from each row to the next: more where arrows between them would be flat."""
    gaps = _usual_gaps(part, rows, style)
    for number, link in links.items():
        first, last = rows[link.tail], rows[link.head]
        lane = across.links.get(number, 0.0) if last - first > 1 else None
        for row, node, other in ((first, link.tail, link.head), (last - 1, link.head, link.tail)):
            c, reach = across.nodes[node], extents[node]
            flat = abs((across.nodes[other] if lane is None else lane) - c) - min(reach.left, reach.right)
            gaps[row] = max(gaps[row], min(_SLOPE * flat + 0.5 * style.rows, _STEEPEST * style.rows))
    if part.entries:
        leaving = [(link, number) for number, link in links.items() if rows[link.tail] == 0]
        straight = all(
            across.nodes[link.tail] == (across.links[number] if rows[link.head] > 1 else across.nodes[link.head])
            for link, number in leaving
        )
        gaps[0] = style.frames if straight else gaps[0]
    if part.exits:
        gaps[-2] = _strip(style)
    return gaps


def _usual_gaps(part: Part, rows: Mapping[str, int], style: Style) -> list[float]:
    """The distance from each row to the next, if all arrows are straight: less before and after a row of tags."""
    count = max(rows.values(), default=0) + 1
    tags, cards = [True] * count, [True] * count
    for name, row in rows.items():
        item = part.items.get(name)
        tags[row] &= isinstance(item, Card) and item.box.kind == "tag"
        cards[row] &= isinstance(item, Card)
    gaps = [style.rows] * count
    for row in range(count - 1):
        if tags[row + 1] and cards[row]:
            gaps[row] = _BEFORE_TAG * style.rows
        elif tags[row]:
            gaps[row] = max(_AFTER_TAG * style.rows, 1.6 * style.arrow)
    return gaps


def _strip(style: Style) -> float:
    """What a frame leaves at its end: its title's height, where data flow up or down."""
    return LEADING * style.font + style.frames / 2 if style.upright else style.frames


def _spans(
    part: Part, rows: Mapping[str, int], lengths: Mapping[str, float], gaps: list[float], style: Style
) -> list[tuple[float, float]]:
    """Where each row starts and ends."""
    thick = [0.0] * len(gaps)
    for name, row in rows.items():
        thick[row] = max(thick[row], lengths[name])
    if part.frame is not None and not style.upright:  # at least as long as its title
        short = text_width(part.frame.title, style.font) - sum(thick) - sum(gaps[:-1])
        thick[len(thick) // 2] += max(0.0, short)
    spans, t = [], 0.0
    for length, gap in zip(thick, gaps, strict=True):
        spans.append((t, t + length))
        t += length + gap
    return spans


def _frame(whole: Placed, style: Style) -> None:
    """Put a part's frame round it, if it has one; ports lie on the border, the title in a corner inside."""
    part, bare, areas = whole.part, whole.area, whole.areas
    if part.frame is None:
        return
    folded = bool(whole.gutters)
    start = bare.start - (style.frames if folded or not part.entries else 0.0)
    end = bare.end + (_strip(style) if folded or not part.exits else 0.0)
    left, right = bare.left - style.frames, bare.right + style.frames
    if not style.upright:
        left -= LEADING * style.font
    else:  # what leaves passes the title on its left
        title = text_width(part.frame.title, style.font) + 2 * style.frames
        right = max(right, max((areas[port].axis for port in part.exits), default=left) + title)
    whole.area = Area(0.0, left, right, start, end)
    for ports, border in ((part.entries, start), (part.exits, end)):
        for port in ports:
            areas[port] = replace(areas[port], start=border, end=border)
            whole.spans[whole.rows[port]] = (border, border)
