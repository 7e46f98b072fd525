"""The legend of a figure: Palette -> what stands below it, in as many lines as its width asks for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ...styles.style import Style
from .fonts import metrics, text_width
from .palette import Palette, Scale
from .scene import Group, Item, Paint, Rect, Text

_APART = 1.4  # entries, in sizes of type
_LINE = 1.7  # from line to line
_HEIGHT = 1.2  # of a line
_SCALE = 9.0  # length of a scale


@dataclass(frozen=True, slots=True)
class Legend:
    """Entries from the upper left corner on, and the room they take."""

    groups: tuple[Group, ...]
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class _Entry:
    color: str
    text: str


def legend(palette: Palette, style: Style, width: float) -> Legend:
    """The legend, no wider than the figure as long as its longest entry is not."""
    size = style.small
    entries: list[_Entry | Scale] = [_Entry(color, text) for color, text in palette.types()]
    scale = palette.scale()
    entries += [scale] if scale is not None else []
    groups, x, y, widest = [], 0.0, 0.0, 0.0
    for entry in entries:
        wide = _width(entry, size)
        if x and x + wide > width:
            x, y = 0.0, y + _LINE * size
        groups.append(_group(entry, x, y, style))
        widest = max(widest, x + wide)
        x += wide + _APART * size
    return Legend(tuple(groups), widest, y + _HEIGHT * size if groups else 0.0)


def _width(entry: _Entry | Scale, size: float) -> float:
    if isinstance(entry, _Entry):
        return 1.5 * size + text_width(entry.text, size)
    words = sum(text_width(text, size) for text in (f"{entry.title}:", entry.least, entry.most))
    return words + (_SCALE + 1.5) * size


def _group(entry: _Entry | Scale, x: float, y: float, style: Style) -> Group:
    label = entry.text if isinstance(entry, _Entry) else f"{entry.title} from {entry.least} to {entry.most}"
    items = _entry(entry, x, y, style) if isinstance(entry, _Entry) else _scale(entry, x, y, style)
    return Group("legend", label, label, tuple(items))


def _entry(entry: _Entry, x: float, y: float, style: Style) -> Iterator[Item]:
    size, colors = style.small, style.colors
    yield Rect(x, y + 0.1 * size, size, size, Paint(entry.color, colors.line, style.line), min(style.rounding, 3.0))
    yield Text(x + 1.5 * size, _baseline(y, size), entry.text, size, colors.ink)


def _scale(scale: Scale, x: float, y: float, style: Style) -> Iterator[Item]:
    size, colors = style.small, style.colors
    for text in (f"{scale.title}:", scale.least):
        yield Text(x, _baseline(y, size), text, size, colors.ink)
        x += text_width(text, size) + 0.5 * size
    step = _SCALE * size / len(scale.colors)
    for number, color in enumerate(scale.colors):
        last = number == len(scale.colors) - 1
        yield Rect(x + number * step, y + 0.1 * size, step if last else step + 0.3, size, Paint(color))
    yield Rect(x, y + 0.1 * size, _SCALE * size, size, Paint("", colors.line, style.line))
    yield Text(x + (_SCALE + 0.5) * size, _baseline(y, size), scale.most, size, colors.ink)


def _baseline(y: float, size: float) -> float:
    return y + 0.6 * size + metrics().cap_height * size / 2
