"""Rendering: Figure -> SVG, PNG, PDF or DOT bytes, in process, with our own font, the same bytes every time.

Graphviz comes with pygraphviz, which is imported here alone and only when something is rendered.

Not here: what a figure shows (drawing.py, dot.py).
"""

from __future__ import annotations

import contextlib
import html
import io
import json
import os
import re
import sys
import tempfile
import threading
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Literal, TypeAlias, get_args

from ...diagnostics import InternalError, did_you_mean
from .dot import Figure
from .fonts import FALLBACKS, FONT, only_font

Format: TypeAlias = Literal["svg", "png", "pdf", "dot"]
FORMATS: tuple[Format, ...] = get_args(Format)
DPI = 150

_MARGIN = 2.0  # points between a straight arrow and a box
_LOCK = threading.Lock()  # Graphviz is not thread-safe


def render(figure: Figure, format: Format, *, dpi: int = DPI) -> bytes:
    """The figure as a file's bytes; `dpi` is the resolution of a PNG.

    Raises:
        ValueError: there is no such format.
        InternalError: Graphviz does not take the text.
    """
    if format not in FORMATS:
        raise ValueError(f"there is no format `{format}`: {did_you_mean(format, FORMATS)}")
    dot = routed(figure.dot)
    if format == "dot":
        return dot.encode()
    if format == "svg":
        return _finished_svg(layout(dot, "svg"), figure)
    if format == "pdf":
        return _undated(layout(dot, "pdf"))
    return layout(dot, "png", dpi=dpi)


@lru_cache(maxsize=64)
def routed(dot: str) -> str:
    """The text with straight arrows if none of them runs through a box, else with curves round the boxes."""
    straight = dot.replace("graph [", "graph [splines=line ", 1)
    laid = json.loads(layout(straight, "json0"))
    boxes = {box["_gvid"]: _Place.of(box) for box in laid["objects"] if "pos" in box}
    rows = sorted(boxes.values(), key=lambda box: box.y)
    heights = [box.y for box in rows]
    tallest = max((box.half_height for box in rows), default=0.0) + _MARGIN
    for edge in laid.get("edges", ()):
        tail, head = boxes[edge["tail"]], boxes[edge["head"]]
        near = rows[bisect_left(heights, tail.y - tallest) : bisect_right(heights, head.y + tallest)]
        others = (box for box in near if box is not tail and box is not head)
        if edge.get("style") != "invis" and any(box.is_crossed(tail, head) for box in others):
            return dot
    return straight


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a box stands: its middle and half its width and height, in points."""

    x: float
    y: float
    half_width: float
    half_height: float

    @classmethod
    def of(cls, box: Mapping[str, str]) -> _Place:
        """Read it from Graphviz's JSON."""
        x, y = (float(number) for number in box["pos"].split(","))
        return cls(x, y, 36 * float(box["width"]), 36 * float(box["height"]))

    def is_crossed(self, tail: _Place, head: _Place) -> bool:
        """Whether the line between the middles of two others comes too near."""
        # Clip the line, from 0 to 1, to the box with a margin, along one axis after the other.
        start, end = 0.0, 1.0
        for middle, half, a, b in (
            (self.x, self.half_width, tail.x, head.x),
            (self.y, self.half_height, tail.y, head.y),
        ):
            low, high = middle - half - _MARGIN - a, middle + half + _MARGIN - a
            if a == b:
                if low > 0 or high < 0:
                    return False
                continue
            first, last = sorted((low / (b - a), high / (b - a)))
            start, end = max(start, first), min(end, last)
        return start < end


def layout(dot: str, format: str, *, dpi: int | None = None) -> bytes:
    """What Graphviz's `dot` makes of a text, in one of its own formats (`json` and `plain` have the positions).

    Raises:
        InternalError: Graphviz complains.
        OSError: there is no room for its files.
    """
    with _LOCK:
        _start()
        return _drawn(dot, format, dpi)


def _drawn(dot: str, format: str, dpi: int | None = None) -> bytes:
    import pygraphviz

    messages: list[str] = []
    try:
        with _captured(messages):
            graph = pygraphviz.AGraph(string=dot)
            if dpi is not None:
                graph.graph_attr["dpi"] = str(dpi)
            drawn: bytes = graph.draw(format=format, prog="dot")
            graph.close()
    except OSError:  # a full disk, say
        raise
    except Exception as error:
        raise InternalError(f"Graphviz failed: {' '.join(messages).strip() or error}") from error
    if any(message.startswith("Error") for message in messages):
        raise InternalError(f"Graphviz failed: {' '.join(messages).strip()}")
    return drawn


@cache
def _start() -> None:
    """Start Graphviz, and fontconfig in it, while ours is the only font. What fontconfig says of the machine's own
    configuration, which is read all the same, is nobody's business."""
    with only_font():
        _drawn(f'digraph {{ node [fontname="{FONT}"]; a }}', "svg")


@contextlib.contextmanager
def _captured(messages: list[str]) -> Iterator[None]:
    """Take what is written to standard error, also by C libraries."""
    try:
        saved = os.dup(2)
    except OSError:  # there is none
        with contextlib.redirect_stderr(io.StringIO()):
            yield
        return
    with contextlib.suppress(AttributeError, ValueError, OSError):  # None, closed, or gone
        sys.stderr.flush()
    with tempfile.TemporaryFile() as file:
        os.dup2(file.fileno(), 2)
        try:
            with contextlib.redirect_stderr(io.StringIO()):
                yield
        finally:
            os.dup2(saved, 2)
            os.close(saved)
            file.seek(0)
            messages += file.read().decode(errors="replace").splitlines()


# --- what Graphviz leaves to do


def _finished_svg(data: bytes, figure: Figure) -> bytes:
    """Graphviz's SVG without its version, its document type (which points to the web) and edges' titles, but with a
    title, a description and fonts to fall back on."""
    text = data.decode()
    text = re.sub(r"<\?xml[^>]*\?>\s*|<!DOCTYPE[^>]*>\s*|<!--.*?-->\s*", "", text, flags=re.DOTALL)
    text = re.sub(r'(<g id="[^"]*" class="(?:graph|edge)"[^>]*>\n)<title>[^<]*</title>\n', r"\1", text)
    families = ", ".join(f"'{family}'" if " " in family else family for family in (FONT, *FALLBACKS))
    text = text.replace(f' font-family="{FONT}"', "")
    text = text.replace(' xmlns:xlink="http://www.w3.org/1999/xlink"', f' role="img" font-family="{families}"', 1)
    about = f"<title>{html.escape(figure.title)}</title>\n<desc>{html.escape(figure.caption)}</desc>\n"
    head, rest = text.split(">\n", 1)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{head}>\n{about}{rest}'.encode()


def _undated(data: bytes) -> bytes:
    """A PDF without its date of creation, whose length depends on the time zone."""
    found = re.search(rb"\s*/CreationDate \([^)]*\)", data)
    if found is None:
        raise InternalError("Graphviz's PDF has no date of creation")
    start, shift = found.start(), found.end() - found.start()
    table = data.rindex(b"\nxref\n")

    def moved(match: re.Match[bytes]) -> bytes:
        offset = int(match[1])
        return b"%010d" % (offset - shift if offset > start else offset) + match[2]

    entries = re.sub(rb"(?m)^(\d{10})( \d{5} n)", moved, data[table:])
    entries = re.sub(rb"(startxref\n)\d+", rb"\g<1>%d" % (table + 1 - shift), entries)
    return data[:start] + data[found.end() : table] + entries
