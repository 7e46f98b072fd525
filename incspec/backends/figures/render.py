"""Rendering: Plate, or any other Scene, -> the bytes of a file; in process, and the same bytes every time."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import product

from ...diagnostics import did_you_mean
from ...styles.style import PLAIN, Style
from .formats import DPI, FORMATS, Format, GraphFormat
from .layout import layout
from .paint import paint
from .palette import Palette
from .plates import Plate
from .scene import Bound, Scene
from .tags import tagged

_STEP = 0.5  # points between the sizes of type that are tried
_MANY = 300  # boxes, of which nothing is tried to make them shorter


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


def render_all(
    picture: Plate | Scene, formats: Iterable[Format], *, style: Style = PLAIN, dpi: int = DPI
) -> tuple[dict[Format, bytes], Scene | None]:
    """The picture in several formats, laid out once; and how it was laid out, None where none of them lays it out.

    Raises:
        ValueError: as `render`.
    """
    names = tuple(dict.fromkeys(formats))
    graphs = {name for name in names if isinstance(FORMATS.get(name), GraphFormat)}
    laid = None if isinstance(picture, Scene) or graphs.issuperset(names) else scene(picture, style)
    files = {}
    for name in names:
        shown = picture if laid is None or name in graphs else laid
        files[name] = render(shown, name, style=style, dpi=dpi)
    return files, laid


def scene(plate: Plate, style: Style = PLAIN) -> Scene:
    """The figure laid out and painted, as large and plain as its style's bounds allow; if none do, nearest to them."""
    palette = Palette(plate.drawing, style)
    drawing = tagged(plate.drawing, style)
    nearest: Scene | None = None
    most: dict[tuple[float, str], float] = {}  # sizes of type in which, as tries in larger ones tell, it may fit
    for tried in _tries(style, len(drawing.boxes)):
        kind = tried.length, tried.wrap
        if tried.font > most.get(kind, math.inf) and (tried.font > style.least or not style.width):
            continue
        laid = layout(drawing, tried, aligned=plate.aligned, prefix=plate.prefix)
        made = paint(laid, palette, tried, plate.title, plate.caption)
        made = replace(made, bounds=tuple(_bounds(style, made.width, laid.length)))
        most[kind] = tried.font / (1 + made.excess)
        if nearest is None or made.excess < nearest.excess:
            nearest = made
        if not made.excess:
            break
    assert nearest is not None
    return nearest


def _bounds(style: Style, width: float, length: float) -> Iterator[Bound]:
    if style.width:
        yield Bound("width", width, style.width)
    if style.length:
        yield Bound("length", length, style.length)


def _tries(style: Style, boxes: int) -> Iterator[Style]:
    """The style, and where it bounds figures the same with labels in two lines, and in smaller type.

    What is bound in its length is tried in one line before it is broken into several.
    """
    if not style.width and (not style.length or boxes > _MANY):
        yield style
        return
    if style.length:
        yield from _smaller(style.model_copy(update={"length": 0.0}))
    yield from _smaller(style)


def _smaller(style: Style) -> Iterator[Style]:
    """Labels in one line and in two, both in smaller and smaller type, and then in two at any cost."""
    sizes = [style.font]
    while sizes[-1] > style.least:
        sizes.append(max(sizes[-1] - _STEP, style.least))
    for wraps in (("none", "brackets"), ("words",)):
        for size, wrap in product(sizes, wraps):
            yield style.scaled(size).model_copy(update={"wrap": wrap if style.wrap == "none" else style.wrap})
