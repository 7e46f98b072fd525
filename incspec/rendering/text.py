"""Diagnostics as terminal text in rustc's manner.

Text is wrapped to the width of the terminal; of a longer line of the source, the part round the caret is shown.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence

from ..diagnostics import Diagnostic, Label
from ..source import Span
from .view import view, visible

# Red and magenta are read on light and on dark; yellow, green and cyan are not on light, blue is not on dark.
_STYLES = {"error": "1;31", "warning": "1;35", "note": "1", "help": "1", "gutter": "2", "bold": "1"}


def render_text(diagnostics: Iterable[Diagnostic], *, width: int = 80, color: bool = False) -> str:
    """All messages, each with its line of source and caret, and a closing count."""
    items = tuple(diagnostics)
    count = _Painter(color, width).paint(summary(items), "bold")
    return "\n".join([*(render_one(item, width=width, color=color) for item in items), f"{count}\n"])


def render_one(item: Diagnostic, *, width: int = 80, color: bool = False) -> str:
    """A message with its line of source and caret."""
    return _Painter(color, max(width, 40)).diagnostic(item)


def summary(diagnostics: Sequence[Diagnostic]) -> str:
    """`2 errors, 1 note`."""
    counts = []
    for severity in ("error", "warning", "note"):
        count = sum(1 for item in diagnostics if item.severity == severity)
        if count:
            counts.append(f"{count} {severity}{'s' if count > 1 else ''}")
    return ", ".join(counts) or "no errors"


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
        seen = view(span, room)
        sign = "^" if shown is None else "-"
        caret = f"{self._gutter('', gutter)} {' ' * seen.offset}{self.paint(sign * seen.length, style)}"
        text = visible(label.text)
        if not text:
            lines = [caret]
        elif seen.offset + seen.length + 1 + len(text) <= room:
            lines = [f"{caret} {self.paint(text, style)}"]
        else:
            below = textwrap.wrap(text, room)
            indent = " " * min(seen.offset, max(0, room - max(map(len, below))))
            lines = [caret, *(f"{self._gutter('', gutter)} {indent}{self.paint(part, style)}" for part in below)]
        if seen.whole and shown is not None and _same_line(shown.span, span):
            return lines
        arrow = self.paint("-->" if shown is None else ":::", "gutter")
        source_line = f"{self._gutter(str(position.line), gutter)} {seen.text}".rstrip()
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
