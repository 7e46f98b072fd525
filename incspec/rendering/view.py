"""A line of source as far as there is room for it, in terminal columns: what is round the caret is shown."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from ..source import Span

_MOST_SHOWN = 1000  # characters before and behind a caret
_STEERING = ("Cc", "Cf", "Cs", "Zl", "Zp")  # categories of characters that are no text, or end a line


@dataclass(frozen=True, slots=True)
class View:
    """A line of source as far as there is room: its text, and where and how long the caret stands under it."""

    text: str
    offset: int
    length: int
    whole: bool


def view(span: Span, room: int) -> View:
    """The part of a span's line to show, in terminal columns."""
    line, begin = span.source.line(span.position.line), span.position.column - 1
    skipped = max(0, begin - _MOST_SHOWN)  # a line may have a million characters
    near = visible(line[skipped : begin + _MOST_SHOWN])
    begin -= skipped
    end = min(begin + span.end - span.start, len(near))
    widths = [columns(character) for character in near]
    cut, stop = 0, len(near)
    if skipped or len(near) < len(line) - skipped or sum(widths) > room:
        # A quarter of the room before the caret, or more where little comes behind it.
        before, allowed = 0, max(room // 4, room - 2 - sum(widths[begin:]))
        cut = begin
        while cut > 0 and before + widths[cut - 1] <= allowed:
            cut -= 1
            before += widths[cut]
        stop, used = cut, 0
        while stop < len(near) and used + widths[stop] <= room - 2:
            used += widths[stop]
            stop += 1
    starts, ends = cut == 0 and not skipped, stop == len(near) and skipped + stop == len(line)
    text = ("" if starts else "…") + near[cut:stop] + ("" if ends else "…")
    offset = sum(widths[cut:begin]) + (0 if starts else 1)
    length = max(1, sum(widths[begin : min(end, stop)]))
    return View(text, offset, length, starts and ends)


def visible(text: str) -> str:
    """Tabs and line breaks as one blank, control characters as a mark: what is shown cannot steer the terminal."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(" " if c in "\t\n\r" else "�" if unicodedata.category(c) in _STEERING else c for c in text)


def columns(text: str) -> int:
    """How many columns of a terminal a text takes."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in ("W", "F") else 1 for c in text
    )
