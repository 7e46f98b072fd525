"""Rendering: Plate, or any other Scene, -> the bytes of a file; in process, and the same bytes every time."""

from __future__ import annotations

from ...diagnostics import did_you_mean
from .formats import DPI, FORMATS, Format, GraphFormat
from .layout import layout
from .paint import paint
from .plates import Plate
from .scene import Scene
from .style import PLAIN, Style


def render(picture: Plate | Scene, format: Format, *, style: Style = PLAIN, dpi: int = DPI) -> bytes:
    """The picture as a file's bytes; `dpi` is the resolution of a PNG.

    Raises:
        ValueError: there is no such format, or none for such a picture.
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
    """The figure laid out and painted."""
    laid = layout(plate.drawing, style, aligned=plate.aligned, prefix=plate.prefix)
    return paint(laid, style, plate.title, plate.caption)
