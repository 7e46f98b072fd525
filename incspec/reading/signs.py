"""Signs that are missing in a line: a dash, the blank behind it, the colon of a key, the blank between it and a bracket.

YAML takes the line for more words of another one, or stops. It is told, and the sign is put into what is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ..diagnostics import Diagnostics
from ..edits import Edit, Fix
from ..ops import BY_KEYWORD
from ..record import record
from ..source import Span
from ..spec import STEP_FIELDS, BlockSpec
from .amended import Amended
from .outline import FILE_KEYS

_NO_BLANK = re.compile(r"-(?!-|[\d.]+$)[^\s]")  # `-1` may be a number
_JOINED = re.compile(r"(?:-[ ]+)*(?P<step>[a-z_]\w*:)(?=[\[{])")
_NAME = re.compile(r"[a-z_]\w*")
_OPENED = re.compile(r"(?:-[ ]+)*(?P<key>[a-z_]\w*):")  # a key whose value stands below it
_FIELD = re.compile(r"(?P<key>[a-z_]\w*):[ ]+\S.*")
_STEP = re.compile(r"\w[^:]*")
# Keys whose value is a list of steps or branches, and keys that are no step's.
BODY_KEYS = frozenset(
    ("network", "body", *(key for key, op in BY_KEYWORD.items() if op.bodies), "branches", "shortcut")
)
_NO_OPS = frozenset((*FILE_KEYS, *BlockSpec.model_fields, *STEP_FIELDS, "branches", "shortcut"))
_LONGEST = 1_000  # letters of a line that is looked at
_MOST_LINES = 20  # of one text that are looked at
_FURTHEST = 100  # lines that are looked at to find the one above that counts


@record
class MissingSign:
    """A sign that is missing, the words of its line, where it belongs, and the text with it."""

    sign: str
    line: Span
    place: Span
    amended: Amended


@record
class _Line:
    """A line that says something: where it and its words begin, how far they are indented."""

    start: int
    indent: int
    words: str

    @property
    def begin(self) -> int:
        return self.start + self.indent

    @property
    def is_item(self) -> bool:
        return self.words.startswith("- ") or self.words == "-"


def missing_sign(read: Amended, places: Iterable[int]) -> MissingSign | None:
    """The sign that is missing in one of the lines of some places, the first that lacks one."""
    for index in places:
        line = _line(read.text, read.text.rfind("\n", 0, index) + 1)
        found = _in_line(read, line) if line is not None else None
        if found is not None:
            return found
    return None


def lines_above(text: str, index: int) -> Iterator[int]:
    """The place, and the beginning of the nearest line above it that says something."""
    yield index
    above = next(_above(text, text.rfind("\n", 0, index) + 1), None)
    if above is not None:
        yield above.start


def lines_of(text: str, start: int, end: int) -> Iterator[int]:
    """A place in each of the first lines of what stands from `start` to `end`."""
    for _ in range(_MOST_LINES):
        if start >= end:
            return
        yield start
        start = text.find("\n", start, end) + 1 or end


def report_sign(found: MissingSign, sink: Diagnostics) -> None:
    """Tell a missing sign."""
    at, words, fixes = found.line, found.line.text, (Fix((Edit(found.place, found.sign),)),)
    if found.sign == " ":
        before = found.place.start - at.start
        sign = "dash" if words[before - 1] == "-" else "colon"
        message, hint = (
            f"a space is missing after the {sign} in `{words}`",
            f"write `{words[:before]} {words[before:]}`",
        )
        sink.error("missing-space", message, at, help=hint, fixes=fixes)
    elif found.sign == ":":
        sink.error("missing-colon", f"a colon is missing after `{words}`", at, help=f"write `{words}:`", fixes=fixes)
    else:
        sink.error("missing-dash", f"a dash is missing before `{words}`", at, help=f"write `- {words}`", fixes=fixes)


def _in_line(read: Amended, line: _Line) -> MissingSign | None:
    below, begin = next(_below(read.text, line.start), None), line.begin
    if _NO_BLANK.match(line.words):
        sign, place = " ", line.begin + 1
    elif joined := _JOINED.match(line.words):
        sign, place, begin = " ", line.begin + joined.end(), line.begin + joined.start("step")
    elif _NAME.fullmatch(line.words) and below is not None and below.indent > line.indent:
        sign, place = ":", line.begin + len(line.words)
    elif _lacks_dash(read.text, line, below):
        sign, place = "- ", line.begin
    else:
        return None
    words = read.span(begin, line.begin + len(line.words))
    return MissingSign(sign, words, read.span(place, place), read.with_sign(place, sign))


def _lacks_dash(text: str, line: _Line, below: _Line | None) -> bool:
    """Whether a line is a step, and stands in one column with the items of a list."""
    field = _FIELD.fullmatch(line.words)
    if line.is_item or not (_STEP.fullmatch(line.words) or (field and field["key"] not in _NO_OPS)):
        return False
    outer = next((above for above in _above(text, line.start) if above.indent <= line.indent), None)
    if outer is None:
        return False
    if outer.indent == line.indent:
        return outer.is_item
    opened = _OPENED.fullmatch(outer.words)
    if opened is None or (field is not None and opened["key"] not in BODY_KEYS):
        return False
    return below is not None and below.indent == line.indent and below.is_item


def _above(text: str, start: int) -> Iterator[_Line]:
    """The lines above the one that begins at a place, the nearest first, which say something."""
    for _ in range(_FURTHEST):
        if start == 0:
            return
        start = text.rfind("\n", 0, start - 1) + 1
        line = _line(text, start)
        if line is not None:
            yield line


def _below(text: str, start: int) -> Iterator[_Line]:
    """The lines below the one that begins at a place, the nearest first, which say something."""
    for _ in range(_FURTHEST):
        start = text.find("\n", start) + 1
        if start == 0:
            return
        line = _line(text, start)
        if line is not None:
            yield line


def _line(text: str, start: int) -> _Line | None:
    """The line that begins at a place; None for one without words."""
    end = text.find("\n", start)
    end = len(text) if end < 0 else end
    if end - start > _LONGEST:
        return None
    words = text[start:end].lstrip(" ")
    indent = end - start - len(words)
    words = words.partition(" #")[0].rstrip()
    return _Line(start, indent, words) if words and not words.startswith("#") else None
