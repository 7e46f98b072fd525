"""Rendering diagnostics: data -> terminal text in rustc's manner, or JSON.

Text is wrapped to the width of the terminal; of a longer line of the source, the part round the caret is shown.
"""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Iterable, Sequence

from .diagnostics import Diagnostic, Label

_STYLES = {"error": "1;31", "warning": "1;33", "note": "1;36", "help": "1;32", "gutter": "1;34", "bold": "1"}


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
        lines = self._wrapped(f"{item.severity}[{item.code}]: {item.message}", indent=2)
        head = f"{item.severity}[{item.code}]"
        lines[0] = self.paint(head, item.severity) + self.paint(lines[0][len(head) :], "bold")
        for index, label in enumerate(labels):
            lines += self._snippet(label, gutter, item.severity if index == 0 else "note", first=index == 0)
        if labels and (item.notes or item.help):
            lines.append(self._gutter("", gutter))
        for note in item.notes:
            lines += self._remark("note", note, gutter)
        if item.help:
            lines += self._remark("help", item.help, gutter)
        return "\n".join(lines) + "\n"

    def _snippet(self, label: Label, gutter: int, style: str, *, first: bool) -> list[str]:
        span, position = label.span, label.span.position
        line = span.source.line(position.line)
        before = line[: position.column - 1]
        marked = line[position.column - 1 : position.column - 1 + max(span.end - span.start, 1)]
        room = self.width - gutter - 4
        text, offset, length = _window(line, before, marked, room)
        caret = " " * offset + self.paint("^" * length if first else "-" * length, style)
        lines = [" " * gutter + self.paint("-->" if first else ":::", "gutter") + f" {span}"]
        lines.append(self._gutter("", gutter))
        lines.append(self._gutter(str(position.line), gutter) + f" {text}".rstrip())
        caret_line = self._gutter("", gutter) + f" {caret}"
        if not label.text:
            return [*lines, caret_line]
        if offset + length + 1 + len(label.text) <= room:
            return [*lines, f"{caret_line} {self.paint(label.text, style)}"]
        indent = min(offset, max(0, room - len(label.text)))
        below = [self._gutter("", gutter) + " " + " " * indent + self.paint(part, style) for part in textwrap.wrap(label.text, room)]
        return [*lines, caret_line, *below]

    def _gutter(self, text: str, width: int) -> str:
        return self.paint(f"{text:>{width}} |", "gutter")

    def _remark(self, kind: str, text: str, gutter: int) -> list[str]:
        indent = gutter + 3 + len(kind) + 2
        lines = self._wrapped(text, indent, first=indent)
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


def _window(line: str, before: str, marked: str, room: int) -> tuple[str, int, int]:
    """The part of a line to show, and where and how long the caret stands under it, in terminal columns."""
    line, before, marked = (_visible(text) for text in (line, before, marked))
    start, length = _columns(before), max(1, _columns(marked))
    if _columns(line) <= room:
        return line, start, length
    cut = max(0, min(start - room // 4, len(line) - room + 2))
    text = line[cut : cut + room - 2]
    shown = ("…" if cut else "") + text + ("…" if cut + len(text) < len(line) else "")
    offset = max(0, start - cut + (1 if cut else 0))
    return shown, offset, max(1, min(length, room - offset))


def _visible(text: str) -> str:
    """Tabs as one blank, control characters as a mark: what is shown cannot steer the terminal."""
    return "".join(" " if c == "\t" else "�" if unicodedata.category(c) in ("Cc", "Cf", "Cs") else c for c in text)


def _columns(text: str) -> int:
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in ("W", "F") else 1 for c in text
    )


