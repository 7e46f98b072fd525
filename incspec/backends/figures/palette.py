"""Colours of a figure: Drawing and Style -> the fill of each box, and what a legend says of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ...styles.style import Colors, Style
from ..table import human
from .drawing import Box, BoxFamily, Drawing

# In a legend, in this order.
_NAMES: dict[BoxFamily, str] = {
    "conv": "convolution",
    "linear": "fully connected",
    "pool": "pooling",
    "merge": "concatenation, sum",
    "norm": "normalisation",
    "act": "activation",
    "softmax": "softmax",
    "dropout": "dropout",
    "shape": "change of form",
    "call": "block",
}
_COSTS = {"parameters": "parameters", "macs": "multiply-adds"}
_LEGIBLE = 4.5  # the least contrast of text: WCAG 2, level AA
_STEPS = 24  # of a scale of colours


@dataclass(frozen=True, slots=True)
class Scale:
    """What colours from the first to the last tell, and what stands at their two ends."""

    title: str
    least: str
    most: str
    colors: tuple[str, ...]


class Palette:
    """The colours of one figure."""

    def __init__(self, drawing: Drawing, style: Style) -> None:
        self.style, self.boxes, self.together = style, drawing.boxes, drawing.together
        self.most = max(map(self._cost, drawing.boxes), default=0)

    def fill(self, box: Box) -> str:
        """The colour of a box."""
        colors = self.style.colors
        if self.style.color == "none" or box.family == "point":
            return colors.box
        if self.style.color == "type":
            return _of(colors, box.family)
        return mixed(colors.cool, colors.hot, self._cost(box) / self.most) if self._cost(box) else colors.box

    def ink(self, fill: str) -> str:
        """The colour of text on a box: the style's, or black or white where that is not legible."""
        ink = self.style.colors.ink
        return (
            ink if contrast(ink, fill) >= _LEGIBLE else max(("#000000", "#ffffff"), key=lambda it: contrast(it, fill))
        )

    def types(self) -> Iterator[tuple[str, str]]:
        """The colours of types that the figure has, and what they are called; those of one colour together."""
        if self.style.color != "type":
            return
        present = {box.family for box in self.boxes if box.kind == "box"}
        named: dict[str, list[str]] = {}
        for family, name in _NAMES.items():
            if family in present:
                named.setdefault(_of(self.style.colors, family), []).append(name)
        for color, names in named.items():
            yield color, ", ".join(names)

    def scale(self) -> Scale | None:
        """What colours tell of costs, if that is what they tell."""
        if self.style.color not in _COSTS or not self.most:
            return None
        colors = self.style.colors
        steps = tuple(mixed(colors.cool, colors.hot, step / (_STEPS - 1)) for step in range(_STEPS))
        title = _COSTS[self.style.color] + (f" of {self.together} uses" if self.together > 1 else "")
        return Scale(title, "0", human(self.most), steps)

    def _cost(self, box: Box) -> int:
        cost = box.cost or (box.work.cost if box.work is not None else None)
        if cost is None or self.style.color not in _COSTS:
            return 0
        return int(cost.params if self.style.color == "parameters" else cost.macs)


def _of(colors: Colors, family: str) -> str:
    return str(getattr(colors, family))


def mixed(a: str, b: str, share: float) -> str:
    """A colour between two, so far on the way from the first to the second."""
    return "#" + "".join(f"{round(x + (y - x) * share):02x}" for x, y in zip(_parts(a), _parts(b), strict=True))


def contrast(a: str, b: str) -> float:
    """The contrast of two colours, from 1 to 21 (WCAG 2)."""
    light, dark = sorted((_luminance(a), _luminance(b)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _parts(color: str) -> tuple[int, int, int]:
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def _luminance(color: str) -> float:
    red, green, blue = (
        part / 255 / 12.92 if part / 255 <= 0.04045 else ((part / 255 + 0.055) / 1.055) ** 2.4 for part in _parts(color)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
