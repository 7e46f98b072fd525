"""Names beneath a picture: under what they name where there is room, else numbers there and a key below."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..figures.scene import Item
from .names import Name, placed
from .sheet import Sheet


@dataclass(frozen=True, slots=True)
class Marked:
    """A thing with a name, and perhaps a second line; a line to its name comes down at `x`, from `foot` on."""

    label: str
    detail: str
    x: float
    foot: float = 0.0


def marked(things: Sequence[Marked], foot: float, top: float, sheet: Sheet) -> tuple[list[Item], float]:
    """The names from a height on, with lines to them from `foot` or from where the things end; and where they end."""
    widths = [max(sheet.text_width(thing.label), sheet.text_width(thing.detail)) for thing in things]
    wanted = [Name(thing.x, width) for thing, width in zip(things, widths, strict=True)]
    places = placed(wanted, sheet.margin, sheet.width - sheet.margin)
    if places is None:
        return _key(things, foot, top, sheet)
    items: list[Item] = []
    high = (2.3 if any(thing.detail for thing in things) else 1.3) * sheet.row
    for thing, place in zip(things, places, strict=True):
        y = top + place.line * high
        items.append(_lead(thing, foot, y, sheet))
        items.append(sheet.text(place.middle, y + 0.6 * sheet.row, thing.label, "middle"))
        if thing.detail:
            items.append(sheet.text(place.middle, y + 1.55 * sheet.row, thing.detail, "middle", color=sheet.grey))
    return items, top + (max(place.line for place in places) + 1) * high


def _key(things: Sequence[Marked], foot: float, top: float, sheet: Sheet) -> tuple[list[Item], float]:
    """Numbers under the things, and their names in columns below."""
    number = sheet.text_width("00") + 4
    label = max(sheet.text_width(thing.label) for thing in things) + 6
    column = number + label + max(sheet.text_width(thing.detail) for thing in things)
    columns = max(1, int((sheet.width - 2 * sheet.margin + 10) / (column + 10)))
    rows = -(-len(things) // columns)
    halves = [sheet.text_width(str(number)) / 2 for number in range(1, len(things) + 1)]
    borders = [(sheet.margin + half, sheet.width - sheet.margin - half) for half in halves]
    places = [min(max(thing.x, low), high) for thing, (low, high) in zip(things, borders, strict=True)]
    levels = _levels(places, halves)
    lower = sheet.row * (levels - 1)
    items: list[Item] = []
    for index, (thing, x) in enumerate(zip(things, places, strict=True)):
        start = top + sheet.row * (index % levels)
        items.append(_lead(thing, foot, start, sheet))
        items.append(sheet.text(x, start + 0.6 * sheet.row, str(index + 1), "middle"))
        left, y = sheet.margin + (index // rows) * (column + 10), top + lower + (index % rows + 2.0) * sheet.row
        items.append(sheet.text(left + number - 4, y, str(index + 1), "end", color=sheet.grey))
        items.append(sheet.text(left + number, y, thing.label))
        if thing.detail:
            items.append(sheet.text(left + number + label, y, thing.detail, color=sheet.grey))
    return items, top + lower + (rows + 1.6) * sheet.row


def _levels(places: Sequence[float], halves: Sequence[float]) -> int:
    """How many lines numbers take in turn, so that they do not touch: each has its middle and half its width."""
    for levels in range(1, len(places)):
        neighbours = zip(places, places[levels:], halves, halves[levels:], strict=False)
        if all(left + half + 1 <= right - other for left, right, half, other in neighbours):
            return levels
    return max(1, len(places))


def _lead(thing: Marked, foot: float, end: float, sheet: Sheet) -> Item:
    start = thing.foot or foot
    return sheet.line(thing.x, start + 1.5, thing.x, end + 0.5, color=sheet.mixed(sheet.ink, 0.35), width=0.4)
