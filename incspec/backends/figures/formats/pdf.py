"""PDF: Scene -> one page of its size, drawn as lines and text in our font, without a date."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ..fonts import FONT, Weight, font_file
from ..scene import Paint, Path, Rect, Scene, Text, leaves

if TYPE_CHECKING:
    from fpdf import FPDF
    from fpdf.drawing import PaintedPath

# What the file's identifier is made of beside what is in it.
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_STYLES: dict[Weight, str] = {"regular": "", "semibold": "B"}


def pdf(scene: Scene) -> bytes:
    """The bytes of a PDF file."""
    from fpdf import FPDF
    from fpdf.output import OutputProducer, PDFInfo

    class Undated(OutputProducer):
        """The same figure is the same file, whenever it is made."""

        def _add_info(self) -> PDFInfo:
            info = super()._add_info()
            info.creation_date = None  # type: ignore[assignment]
            return info

    page = FPDF(unit="pt", format=(scene.width, scene.height))
    page.set_margin(0)
    page.set_auto_page_break(auto=False)
    page.set_title(scene.title)
    page.set_subject(scene.description)
    page.set_lang("en")
    page.creation_date = _NEVER
    page.add_page()
    weights = {item.weight for item in leaves(scene.items) if isinstance(item, Text)}
    for weight in sorted(weights):
        page.add_font(FONT, _STYLES[weight], font_file(weight))
    if scene.background:
        _shape(page, Rect(0, 0, scene.width, scene.height, Paint(scene.background)))
    for item in leaves(scene.items):
        _text(page, item) if isinstance(item, Text) else _shape(page, item)
    with _silent("fpdf", "fontTools"):
        return bytes(page.output(output_producer_class=Undated))


@contextmanager
def _silent(*names: str) -> Iterator[None]:
    """Letters that the font lacks are nobody's fault: while it is open, these libraries say nothing of them."""
    loggers = [logging.getLogger(name) for name in names]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)


def _text(page: FPDF, item: Text) -> None:
    page.set_font(FONT, _STYLES[item.weight], item.size)
    page.set_text_color(*_rgb(item.color))
    page.text(item.left, item.y, item.text)


def _shape(page: FPDF, item: Rect | Path) -> None:
    with page.new_path() as path:
        path.style.fill_color = item.paint.fill or None
        path.style.stroke_color = item.paint.stroke or None
        path.style.stroke_width = item.paint.width
        path.style.stroke_dash_pattern = item.paint.dash or None
        path.style.auto_close = False
        if isinstance(item, Rect):
            _rectangle(path, item)
            return
        path.move_to(item.x, item.y)
        for step in item.steps:
            if step.controls is None:
                path.line_to(step.x, step.y)
            else:
                path.curve_to(*step.controls, step.x, step.y)
        if item.closed:
            path.close()


def _rectangle(path: PaintedPath, item: Rect) -> None:
    path.rectangle(item.x, item.y, item.width, item.height, item.radius, item.radius)


def _rgb(color: str) -> tuple[int, int, int]:
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)
