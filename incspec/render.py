"""Rendering diagnostics: data -> terminal text in rustc's manner, or JSON.

Text is wrapped to the width of the terminal; of a longer line of the source, the part round the caret is shown.
"""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .diagnostics import Diagnostic, Label
from .source import Span

_STYLES = {"error": "1;31", "warning": "1;33", "note": "1;36", "help": "1;32", "gutter": "1;34", "bold": "1"}

_MOST_SHOWN = 1000  # characters before and behind a caret


def render_text(diagnostics: Iterable[Diagnostic], *, width: int = 80, color: bool = False) -> str:
    """All messages, each with its line of source and caret, and a closing count."""
    items = tuple(diagnostics)
    painter = _Painter(color, max(width, 40))
    blocks = [painter.diagnostic(item) for item in items]
    blocks.append(painter.paint(summary(items), "bold") + "\n")
    return "\n".join(blocks)


def summary(diagnostics: Sequence[Diagnostic]) -> str:
    """`2 errors, 1 note`."""
    counts = []
    for severity in ("error", "warning", "note"):
        count = sum(1 for item in diagnostics if item.severity == severity)
        if count:
            counts.append(f"{count} {severity}{'s' if count > 1 else ''}")
    return ", ".join(counts) or "no errors"


def render_json(diagnostics: Iterable[Diagnostic]) -> list[dict[str, object]]:
    """The messages as JSON values; lines and columns count from 1, ends are exclusive."""
    return [
        {
            "code": item.code,
            "severity": item.severity,
            "message": item.message,
            "place": _place(item.primary) if item.primary else None,
            "related": [_place(label) for label in item.secondary],
            "notes": list(item.notes),
            "help": item.help,
        }
        for item in diagnostics
    ]


def _place(label: Label) -> dict[str, object]:
    span = label.span
    start, end = span.position, span.source.position(span.end)
    return {
        "file": span.source.name,
        "line": start.line,
        "column": start.column,
        "end_line": end.line,
        "end_column": end.column,
        "label": label.text,
    }


class _Painter:
    def __init__(self, color: bool, width: int) -> None:
        self.color, self.width = color, width

    def paint(self, text: str, style: str) -> str:
        return f"\x1b[{_STYLES[style]}m{text}\x1b[0m" if self.color else text

    def diagnostic(self, item: Diagnostic) -> str:
        labels = [label for label in (item.primary, *item.secondary) if label is not None]
        gutter = max((len(str(label.span.position.line)) for label in labels), default=1)
        head = f"{item.severity}[{item.code}]"
        first, *rest = self._wrapped(f"{head}: {visible(item.message)}", indent=2)
        lines = [self.paint(head, item.severity) + self.paint(first[len(head) :], "bold")]
        lines += [self.paint(line, "bold") for line in rest]
        for index, label in enumerate(labels):
            shown = labels[index - 1] if index else None
            lines += self._snippet(label, gutter, item.severity if index == 0 else "note", shown)
        if labels and (item.notes or item.help):
            lines.append(self._gutter("", gutter))
        for note in item.notes:
            lines += self._remark("note", note, gutter)
        if item.help:
            lines += self._remark("help", item.help, gutter)
        return "\n".join(lines) + "\n"

    def _snippet(self, label: Label, gutter: int, style: str, shown: Label | None) -> list[str]:
        """A line of source with its caret; the caret alone where the label before it shows the same line whole."""
        span, position = label.span, label.span.position
        room = self.width - gutter - 4
        view = _view(span, room)
        sign = "^" if shown is None else "-"
        caret = f"{self._gutter('', gutter)} {' ' * view.offset}{self.paint(sign * view.length, style)}"
        text = visible(label.text)
        if not text:
            lines = [caret]
        elif view.offset + view.length + 1 + len(text) <= room:
            lines = [f"{caret} {self.paint(text, style)}"]
        else:
            below = textwrap.wrap(text, room)
            indent = " " * min(view.offset, max(0, room - max(map(len, below))))
            lines = [caret, *(f"{self._gutter('', gutter)} {indent}{self.paint(part, style)}" for part in below)]
        if view.whole and shown is not None and _same_line(shown.span, span):
            return lines
        arrow = self.paint("-->" if shown is None else ":::", "gutter")
        source_line = f"{self._gutter(str(position.line), gutter)} {view.text}".rstrip()
        return [f"{' ' * gutter}{arrow} {visible(str(span))}", self._gutter("", gutter), source_line, *lines]

    def _gutter(self, text: str, width: int) -> str:
        return self.paint(f"{text:>{width}} |", "gutter")

    def _remark(self, kind: str, text: str, gutter: int) -> list[str]:
        indent = gutter + 3 + len(kind) + 2
        lines = self._wrapped(visible(text), indent, first=indent)
        lines[0] = f"{' ' * gutter} {self.paint('=', 'gutter')} {self.paint(kind, kind)}: {lines[0].lstrip()}"
        return lines

    def _wrapped(self, text: str, indent: int, first: int = 0) -> list[str]:
        return textwrap.wrap(
            text,
            self.width,
            initial_indent=" " * first,
            subsequent_indent=" " * indent,
            break_long_words=False,
            break_on_hyphens=False,
        ) or [""]


def _same_line(a: Span, b: Span) -> bool:
    return a.source is b.source and a.position.line == b.position.line


@dataclass(frozen=True, slots=True)
class _View:
    """A line of source as far as there is room: its text, and where and how long the caret stands under it."""

    text: str
    offset: int
    length: int
    whole: bool


def _view(span: Span, room: int) -> _View:
    """The part of a span's line to show, in terminal columns."""
    line, begin = span.source.line(span.position.line), span.position.column - 1
    skipped = max(0, begin - _MOST_SHOWN)  # a line may have a million characters
    near = visible(line[skipped : begin + _MOST_SHOWN])
    begin -= skipped
    end = min(begin + span.end - span.start, len(near))
    widths = [_columns(character) for character in near]
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
    return _View(text, offset, length, starts and ends)


def visible(text: str) -> str:
    """Tabs and line breaks as one blank, control characters as a mark: what is shown cannot steer the terminal."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(" " if c in "\t\n\r" else "�" if unicodedata.category(c) in ("Cc", "Cf", "Cs") else c for c in text)


def _columns(text: str) -> int:
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in ("W", "F") else 1 for c in text
    )
