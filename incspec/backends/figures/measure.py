"""How much room things need: Box and Style -> Card, the lines of a box and its size; the frame of a figure's axes.

Along is the way that data flow, across from left to right of it (or from top to bottom, where it flows sideways).
"""

from __future__ import annotations

from dataclasses import dataclass

from .drawing import Box
from .fonts import metrics, text_width
from .strips import Extent
from .style import Style

LEADING = 1.2  # from line to line, in sizes of type


@dataclass(frozen=True, slots=True)
class Card:
    """A box with its text, and what stands beside it; widths and heights are those of the page."""

    box: Box
    lines: tuple[str, ...]
    width: float
    height: float
    beside: str = ""
    beside_width: float = 0.0
    beside_gap: float = 0.0

    def extent(self, style: Style) -> Extent:
        """Its reach across the flow."""
        if style.upright:
            more = self.beside_gap + self.beside_width if self.beside else 0.0
            return Extent(self.width / 2, self.width / 2 + more)
        more = LEADING * style.sizes + 2 if self.beside else 0.0
        return Extent(self.height / 2, self.height / 2 + more)

    def thickness(self, style: Style) -> float:
        """Its length along the flow."""
        return self.height if style.upright else max(self.width, self.beside_width)


def card(box: Box, style: Style, *, width: float = 0.0, prefix: str = "") -> Card:
    """Measure a box, which is at least so wide."""
    if box.kind == "point":
        return Card(box, (), 0.0, 0.0)
    lines = (box.label,)
    text = max(text_width(line, style.size) for line in lines)
    across, along = style.padding if box.kind == "box" else (3.0, 1.0)
    letters = metrics().cap_height * style.size + (len(lines) - 1) * LEADING * style.size
    height = letters + 2 * along + 0.25 * style.size
    beside = prefix + box.size if box.size else ""
    return Card(box, lines, max(text + 2 * across, width, height), height, beside, text_width(beside, style.sizes), 8.0)
