"""Stray keys: keys that stand beside or below a step instead of in it -> a message with the step as it was meant.

`repeat: 2` on the line below `- block_a: {n: 48}` is what YAML users write first; below `- 3x3 conv 8` YAML itself
refuses it, and is made to read on.
"""

from __future__ import annotations

import re
from collections.abc import Sequence as Seq

from ..diagnostics import Diagnostics, Label, listed
from ..edits import Edit, Fix
from ..ops.base import ConstructClass
from ..record import record
from ..source import Span
from ..syntax import Entry, Mapping, Scalar, Sequence, SyntaxNode
from .amended import Amended
from .line_fixes import as_mapping, joined

_KEY = re.compile(r"(?P<indent>[ ]*)(?P<key>[a-z_]\w*):[ ]+(?P<value>[^\s#].*?)[ ]*(?:[ ]#.*)?")
_STEP = re.compile(r"(?P<indent>[ ]*(?:-[ ]+)+)(?P<step>\w[^:#\[\]{},\"']*?)[ ]*(?:[ ]#.*)?")
_MOST_NAMED = 9  # keys beside a step, after the first
_LONGEST = 1_000  # letters of a line that is looked at
_FLAT = re.compile(r"[^,\[\]{}#\r\n]+")  # a text that may stand in braces as it is


# --- beside an op that has a colon


def report_beside(
    op: Scalar, construct: ConstructClass | None, value: SyntaxNode, strays: Seq[Entry], sink: Diagnostics
) -> None:
    """Tell the keys beside the op of a step, all at once, and how they stand in it."""
    first, *more = (entry.key for entry in strays)
    names = listed([first.text, *(key.text for key in more[:_MOST_NAMED])])
    names += f" and {len(more) - _MOST_NAMED} more" if len(more) > _MOST_NAMED else ""
    message = f"a step has one key, its op; {names} {'stand beside it' if more else 'is a second'}"
    meant = _in_braces(op, construct, value, strays) if len(more) <= _MOST_NAMED else None
    hint = f"write `{meant}`" if meant else f"put {names} into its mapping, among the fields of `{op.text}`"
    secondary = [Label(key.span, "and this") for key in more[:_MOST_NAMED]]
    fixes = _moved_in(op, construct, value, strays) if len(more) <= _MOST_NAMED else ()
    sink.error("step-not-a-mapping", message, first.span, secondary=secondary, help=hint, fixes=fixes)


def _in_braces(op: Scalar, construct: ConstructClass | None, value: SyntaxNode, strays: Seq[Entry]) -> str | None:
    """The step with the keys in its mapping, if it is short."""
    opening, closing = _braces(construct, value)
    inner, added = value.span.text, _in_a_row(strays)
    if opening is None or added is None or "\n" in inner:
        return None
    if isinstance(value, Mapping):
        inner, opening, closing = inner[1:-1], "{", "}"
    return f"{op.text}: {opening}{inner}{', ' if inner.strip() else ''}{added}{closing}"


def _braces(construct: ConstructClass | None, value: SyntaxNode) -> tuple[str | None, str]:
    """What is to stand before and behind the value of a step so that fields can follow it; None where nothing can."""
    text = value.span.text
    if isinstance(value, Mapping):
        return ("", "") if text.startswith("{") else (None, "")
    main = construct.main if construct is not None else None
    return (f"{{{main}: ", "}") if main is not None and _fits_in_braces(value) else (None, "")


def _fits_in_braces(value: SyntaxNode) -> bool:
    """Whether a value may stand in braces as it is written."""
    if isinstance(value, Scalar):
        return value.quoted or _FLAT.fullmatch(value.span.text) is not None
    return value.span.text[:1] in ("[", "{")


def _in_a_row(strays: Seq[Entry]) -> str | None:
    """`repeat: 2, name: x`; None where one of them needs lines of its own."""
    if not all(_fits_in_braces(entry.value) and "\n" not in entry.value.span.text for entry in strays):
        return None
    return ", ".join(f"{entry.key.text}: {entry.value.span.text}" for entry in strays)


def _moved_in(op: Scalar, construct: ConstructClass | None, value: SyntaxNode, strays: Seq[Entry]) -> tuple[Fix, ...]:
    """The keys moved into the braces of the step, or indented like its fields; all else stays where it is."""
    added, (opening, closing) = _in_a_row(strays), _braces(construct, value)
    if added is None:
        return ()
    text, end = value.span.text, len(value.span.text)
    if opening is None:
        return _indented(op, construct, value, strays)
    edits = [_removed(entry.key.span, entry.value.span) for entry in strays]
    if isinstance(value, Mapping):
        inner = text[1:-1].rstrip()
        comma = ", " if value.entries and not inner.endswith(",") else " " if inner else ""
        edits.append(Edit(value.span.inner(1 + len(inner), 1 + len(inner)), comma + added))
    elif edits[0].span.start == value.span.end:
        edits = [Edit(value.span.inner(0, 0), opening), Edit(edits[0].span, f", {added}{closing}"), *edits[1:]]
    else:
        edits += [Edit(value.span.inner(0, 0), opening), Edit(value.span.inner(end, end), f", {added}{closing}")]
    return (Fix(tuple(edits)),)


def _removed(key: Span, value: Span) -> Edit:
    """A key and its value taken away, with the break and the blanks before them."""
    source, start = key.source, key.start
    while source.text[start - 1 : start] == " ":
        start -= 1
    start -= 1 if source.text[start - 1 : start] == "\n" else 0
    start -= 1 if source.text[start - 1 : start + 1] == "\r\n" else 0
    return Edit(Span(source, start, value.end), "")


def _indented(op: Scalar, construct: ConstructClass | None, value: SyntaxNode, strays: Seq[Entry]) -> tuple[Fix, ...]:
    """The keys indented like the fields below the op; a list below it gets the name of its field."""
    own = op.span.position.column
    deeper = value.span.position.column - own
    if isinstance(value, Scalar) or deeper <= 0 or value.span.position.line == op.span.position.line:
        return ()
    edits = [Edit(entry.key.span.inner(0, 0), " " * deeper) for entry in strays]
    if isinstance(value, Sequence):
        if construct is None or construct.main is None:
            return ()
        edits.append(Edit(value.span.inner(0, 0), f"{construct.main}:\n{' ' * (own - 1 + deeper)}"))
    return (Fix(tuple(edits)),)


# --- below a step in one line, where YAML allows none


@record
class Below:
    """A key below a step in one line: where both stand, the step as it is read, and with the key, if one line can hold it.

    `amended` is the text in which the step has the key, if it can.
    """

    key: Span
    step: Span
    value: Span
    written: str
    line: str | None
    amended: Amended


def key_below(read: Amended, index: int) -> Below | None:
    """The key in the line of a place where YAML stops, if a step in one line stands above it; None for all else."""
    text = read.text
    start, end = text.rfind("\n", 0, index) + 1, _end_of_line(text, index)
    before = len(text[:start].rstrip())
    begin = text.rfind("\n", 0, before) + 1
    if max(end - start, before - begin) > _LONGEST:
        return None
    found, above = _KEY.fullmatch(text, start, end), _STEP.fullmatch(text, begin, before)
    if found is None or above is None or len(found["indent"]) < above["indent"].index("-") + 1:
        return None
    step, value = above["step"], found["value"]
    line = joined(step, f"{found['key']} {value}") if re.fullmatch(r"[^\s\[\]{}\"']+", value) else None
    key, at, end_at = read.span(*found.span("key")), read.span(*above.span("step")), read.span(*found.span("value"))
    amended = read.overwritten(above.start("step"), found.end("value"), line or step)
    return Below(key, at, end_at, step, line, amended)


def _end_of_line(text: str, index: int) -> int:
    end = text.find("\n", index)
    end = len(text) if end < 0 else end
    return end - 1 if text[:end].endswith("\r") else end


def report_below(below: Below, sink: Diagnostics) -> None:
    """Tell a key below a step in one line."""
    key = below.key.text
    line = below.line or as_mapping(below.written, [(key, below.value.text)])
    hint = f"write `{line}`" if line else f"write the step as a mapping, with `{key}` in it"
    removed = _removed(below.key, below.value)
    adjoins = removed.span.start <= below.step.end
    step = Span(below.key.source, below.step.start, removed.span.end if adjoins else below.step.end)
    edits = (Edit(step, line or ""), *(() if adjoins else (removed,)))
    fixes = (Fix(edits),) if line else ()
    message = f"`{key}` stands below a step in one line"
    sink.error("step-not-a-mapping", message, below.key, help=hint, fixes=fixes)
