"""Source text and places in it.

In: a name and a text. Out: `SourceFile` and `Span`, which every later stage carries along, so that a
diagnostic can point at the characters that caused it.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field

from .record import record

# As editors count lines; YAML takes a lone carriage return for a line break too.
_LINE_BREAK = re.compile(r"\r\n|\r|\n")
# The names of texts that are no files, but settings of parameters: by the option, by a dict or by arguments from Python.
OPTION, PARAMS, ARGUMENTS = "--set", "<params>", "<arguments>"


@dataclass(frozen=True, eq=False)
class SourceFile:
    """One text, under the name that diagnostics show for it."""

    name: str
    text: str
    line_starts: list[int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "line_starts", [0, *(found.end() for found in _LINE_BREAK.finditer(self.text))])

    def position(self, offset: int) -> Position:
        """The 1-based line and column of a character offset."""
        line = bisect_right(self.line_starts, offset)
        return Position(line, offset - self.line_starts[line - 1] + 1)

    def line(self, number: int) -> str:
        """The text of a 1-based line, without its line break."""
        start = self.line_starts[number - 1]
        end = self.line_starts[number] if number < len(self.line_starts) else len(self.text)
        return self.text[start:end].rstrip("\r\n")


@record
class Position:
    """A 1-based line and column, as editors count them."""

    line: int
    column: int


@record
class Span:
    """The characters `start` to `end` (exclusive) of a source file."""

    source: SourceFile
    start: int
    end: int

    @property
    def position(self) -> Position:
        """Where the span begins."""
        return self.source.position(self.start)

    @property
    def text(self) -> str:
        """The characters themselves."""
        return self.source.text[self.start : self.end]

    def inner(self, start: int, end: int) -> Span:
        """A part of this span, by offsets from its beginning."""
        return Span(self.source, self.start + start, self.start + end)

    @property
    def first_line(self) -> Span:
        """What of it stands in its first line: a diagnostic underlines no more."""
        found = _LINE_BREAK.search(self.source.text, self.start)
        return Span(self.source, self.start, self.end if found is None else min(self.end, found.start()))

    def __str__(self) -> str:
        """`file:line:column`, as compilers print it and editors open it."""
        position = self.position
        return f"{self.source.name}:{position.line}:{position.column}"
