"""Rendering: Plate, or any other Scene, -> the bytes of a file; in process, and the same bytes every time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product

from ...diagnostics import did_you_mean
from ...styles.style import PLAIN, Style
from .formats import DPI, FORMATS, Format, GraphFormat
from .layout import layout
from .paint import paint
from .palette import Palette
from .plates import Plate
from .scene import Scene
from .tags import tagged

_STEP = 0.5  # points between the sizes of type that are tried


def render(picture: Plate | Scene, format: Format, *, style: Style = PLAIN, dpi: int = DPI) -> bytes:
    """The picture as a file's bytes; `dpi` is the resolution of a PNG.

    Raises:
        ValueError: there is no such format, or none for such a picture, or it would be too large.
    """
    writer = FORMATS.get(format)
    if writer is None:
        raise ValueError(f"there is no format `{format}`: {did_you_mean(format, tuple(FORMATS))}")
    if isinstance(writer, GraphFormat):
        if isinstance(picture, Scene):
            raise ValueError(f"`{format}` is for boxes and arrows alone")
        return writer.write(picture, style)
    return writer.write(picture if isinstance(picture, Scene) else scene(picture, style), dpi)


def scene(plate: Plate, style: Style = PLAIN) -> Scene:
    """The figure laid out and painted, in the largest type in which it is as narrow as its style wants it."""
    palette = Palette(plate.drawing, style)
    drawing = tagged(plate.drawing, style)
    for tried in _tries(style):
        laid = layout(drawing, tried, aligned=plate.aligned, prefix=plate.prefix)
        made = paint(laid, palette, tried, plate.title, plate.caption)
        if not style.width or made.width <= style.width:
            break
    return replace(made, bound=style.width)


def _tries(style: Style) -> Iterator[Style]:
    """The style, and where a width is bound the same in smaller type: labels in one line, in two, and in two at any cost."""
    yield style
    if not style.width:
        return
    sizes = [style.font]
    while sizes[-1] > style.least:
        sizes.append(max(sizes[-1] - _STEP, style.least))
    for wraps in (("none", "brackets"), ("words",)):
        for size, wrap in product(sizes, wraps):
            yield style.scaled(size).model_copy(update={"wrap": wrap if style.wrap == "none" else style.wrap})
