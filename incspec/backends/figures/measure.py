"""How much room things need: Box and Style -> Card, the lines of a box and what stands beside it.

Along is the way that data flow, across from left to right of it (or from top to bottom, where it flows sideways).
"""

from __future__ import annotations

from dataclasses import dataclass

from ...styles.style import Fact, Style, Wrap
from ..table import human
from .drawing import Box
from .fonts import Weight, metrics, text_width
from .strip import Extent

LEADING = 1.2  # from line to line, in sizes of type
_ROOM = 0.25  # above and below text together, in sizes of type: small letters have tails
_FACTS = 0.8  # what boxes say besides their names, likewise at most
TAG_GAP = 0.35  # from an arrow to what is told of it, in sizes of what is told
_BESIDE = 0.66  # from a box to what stands beside it, likewise


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a box's text; `baseline` is its distance from the top of the box."""

    text: str
    size: float
    weight: Weight
    baseline: float = 0.0


@dataclass(frozen=True, slots=True)
class Card:
    """A box with its text, and what stands beside it; widths and heights are those of the page."""

    box: Box
    lines: tuple[Line, ...]
    width: float
    height: float
    beside: str = ""
    beside_width: float = 0.0
    beside_gap: float = 0.0

    def extent(self, style: Style) -> Extent:
        """Its reach across the flow; a tag stands to one side of the line that leads past it."""
        if self.box.kind == "tag":
            gap = TAG_GAP * style.small
            return Extent(0.0, gap + self.width) if style.upright else Extent(gap + self.height, 0.0)
        if style.upright:
            more = self.beside_gap + self.beside_width if self.beside else 0.0
            return Extent(self.width / 2, self.width / 2 + more)
        more = LEADING * style.small + 2 if self.beside else 0.0
        return Extent(self.height / 2, self.height / 2 + more)

    def thickness(self, style: Style) -> float:
        """Its length along the flow; a line does not turn right beside what is told of it."""
        if self.box.kind == "tag":
            return (self.height if style.upright else self.width) + TAG_GAP * style.small
        return self.height if style.upright else self.width


def card(box: Box, style: Style, *, width: float = 0.0, height: float = 0.0, prefix: str = "") -> Card:
    """Measure a box, which is at least so wide and high."""
    if box.kind == "point":
        return Card(box, (), 0.0, 0.0)
    if box.kind == "tag":
        return _tag(box, style)
    lines = _lines(box, style)
    across, along = style.padding if box.kind == "box" else (0.25 * style.font, 0.08 * style.font)
    along += _ROOM * style.font / 2
    first = metrics().cap_height * lines[0].size
    baselines = [along + first]
    for line in lines[1:]:
        baselines.append(baselines[-1] + LEADING * line.size)
    low = (height - baselines[-1] - along) / 2  # text is in the middle of a box that is higher than it has to be
    baselines, height = [base + max(0.0, low) for base in baselines], max(height, baselines[-1] + along)
    wide = max(text_width(line.text, line.size, line.weight) for line in lines) + 2 * across
    placed = tuple(
        Line(line.text, line.size, line.weight, baseline) for line, baseline in zip(lines, baselines, strict=True)
    )
    beside = prefix + box.size if box.size and "shape" not in style.show else ""
    beside_width = text_width(beside, style.small)
    # What stands under a box must not be in the way of lines to its side.
    least = 0.0 if style.upright or not beside else beside_width + style.arrow
    return Card(box, placed, max(wide, width, height, least), height, beside, beside_width, _BESIDE * style.font)


def _tag(box: Box, style: Style) -> Card:
    """Lines of text beside an arrow."""
    first = (LEADING + metrics().cap_height) / 2 * style.small
    texts = box.label.split("\n")
    lines = tuple(
        Line(text, style.small, "regular", first + number * LEADING * style.small) for number, text in enumerate(texts)
    )
    return Card(box, lines, max(text_width(text, style.small) for text in texts), len(texts) * LEADING * style.small)


def _lines(box: Box, style: Style) -> list[Line]:
    parts = _parts(box.label, style.wrap) if box.kind == "box" else [box.label]
    lines = [Line(part, style.font, style.weight) for part in parts]
    if box.kind != "box":
        return lines
    small = min(style.small, max(_FACTS * style.font, style.least))
    return [*lines, *(Line(text, small, "regular") for text in _told(box, style) if text)]


def _told(box: Box, style: Style) -> list[str]:
    """What a box says besides its name: its shape, and all else in one line unless it is to be as narrow as can be."""
    shape = _fact(box, "shape") if "shape" in style.show else ""
    others = [_fact(box, fact) for fact in style.show if fact != "shape"]
    return [shape, *others] if style.wrap == "words" else [shape, ", ".join(filter(None, others))]


def _parts(label: str, wrap: Wrap) -> list[str]:
    """A label in two lines, where it is to have them: before its bracket, or else at the blank nearest to its middle."""
    head, bracket, rest = label.partition(" (")
    if wrap == "none" or (not bracket and wrap == "brackets"):
        return [label]
    if bracket and head:
        return [head, f"({rest}"]
    blanks = [place for place, letter in enumerate(label) if letter == " "]
    if not blanks:
        return [label]
    place = min(blanks, key=lambda place: abs(place - len(label) / 2))
    return [label[:place], label[place + 1 :]]


def _fact(box: Box, fact: Fact) -> str:
    """What a style shows of a box; nothing where there is nothing, or not always the same."""
    if box.work is None or fact in box.unlike:
        return ""
    if fact == "field":
        return box.sees
    if fact == "shape":
        return " and ".join(type_.paper for type_ in box.work.types)
    number = box.work.cost.params if fact == "parameters" else box.work.cost.macs
    return f"{human(number)} {'params' if fact == 'parameters' else 'macs'}" if number else ""
