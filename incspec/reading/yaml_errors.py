"""What is not YAML: PyYAML's error -> a diagnostic in our words, at the place where the mistake is."""

from __future__ import annotations

import re

import yaml

from ..diagnostics import Diagnostics, Label
from ..source import Span
from .amended import Amended

# What libyaml says, what we say, and how to repair it. The first pattern that fits counts.
_WORDS = (
    ("expected ',' or '\\]'", "a list is not closed", "close it with `]`, or put a comma between its items"),
    ("expected ',' or '}'", "a mapping is not closed", "close it with `}`, or put a comma between its entries"),
    ("could not find expected ':'", "a key without a value", "write `key: value`, with a space after the colon"),
    (
        "mapping values are not allowed",
        "a second colon in one line, or a line indented too far",
        "indent like the line before, and quote a text that holds `: `",
    ),
    (
        "expected '-' indicator|block sequence entries are not allowed",
        "a line that does not fit into the list",
        "begin each item with `- `, all in the same column",
    ),
    (
        "expected <block end>|did not find expected key|expected a block|unindent",
        "a line that does not fit into the mapping",
        "indent the keys of one mapping alike, and quote a text that begins with a bracket, a quote or `&*!|>%@`",
    ),
    ("unexpected end of stream", "a quote is not closed", "close it with the sign that opened it"),
    ("unknown escape", "an unknown escape in a quoted text", "use single quotes, in which `\\` is itself"),
    ("node content", "a value is missing", "write one, or remove what leads to it"),
    ("cannot start any token", "`{character}` cannot stand here", "quote a text that begins with `{character}`"),
    ("tab character", "a tab in the indentation", "indent with spaces"),
    ("<document start>", "a line that is indented less than the first", "begin the keys of the file in one column"),
    ("alphabetic or numeric", "`&` and `*` begin an anchor or alias", "quote a text that begins with them"),
)
# Here the parser notices late, and where the thing began is the place to look at.
_FROM_ITS_BEGINNING = re.compile("could not find expected ':'|unexpected end of stream")


def report_yaml_error(error: yaml.YAMLError, read: Amended, sink: Diagnostics) -> None:
    """Report what the parser has stumbled over; it cannot go on, so this is the only mistake that it tells."""
    mark, opened = getattr(error, "problem_mark", None), getattr(error, "context_mark", None)
    problem = str(getattr(error, "problem", None) or error)
    if mark is None or _FROM_ITS_BEGINNING.search(problem):
        mark, opened = opened or mark, None
    source = read.source
    start = read.place(mark.index) if mark else 0
    # The end of the text is shown as the end of its last line that says something.
    start = min(start, len(source.text.rstrip()))
    at = Span(source, start, min(start + 1, len(source.text)))
    message, hint = _in_our_words(problem, at)
    secondary, above = [], _item_above(at)
    if _is_item(at) and above is not None:
        message, hint = "a line that does not fit into the list", "begin each item with `- `, all in the same column"
        secondary = [Label(above, "the item above begins here")]
    elif opened is not None and (begin := read.place(opened.index)) < start and begin < len(source.text):
        secondary = [Label(Span(source, begin, begin + 1), "begun here")]
    sink.error("invalid-yaml", f"not YAML: {message}", at, help=hint, secondary=secondary)


def _is_item(at: Span) -> bool:
    """Whether a place is the sign that begins an item of a list."""
    text = at.source.text
    line = text[text.rfind("\n", 0, at.start) + 1 : at.start]
    return not line.strip() and text[at.start : at.start + 2] == "- "


def _item_above(at: Span) -> Span | None:
    """The sign of the last item before a place, if it stands in another column."""
    found = list(re.finditer(r"^[ ]*-(?= )", at.source.text[: at.start], re.MULTILINE))
    if not found:
        return None
    above = Span(at.source, found[-1].end() - 1, found[-1].end())
    return above if above.position.column != at.position.column else None


def _in_our_words(problem: str, at: Span) -> tuple[str, str | None]:
    line = at.source.line(at.position.line)
    before = line[: at.position.column]
    if "\t" in before and not before.strip():
        return "a tab in the indentation", "indent with spaces"
    for pattern, message, hint in _WORDS:
        if re.search(pattern, problem):
            return message.replace("{character}", at.text), hint.replace("{character}", at.text)
    return problem, None
