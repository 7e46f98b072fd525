"""Steps that are half a line and half a mapping, `3x3 conv: {out: 8}` -> what was meant, and the fix that writes it.

What stands before the colon is read as a step in one line; what stands behind it goes on with that line, or is put
among the fields that the line gives.
"""

from __future__ import annotations

import re

from ..diagnostics import Diagnostics
from ..edits import Edit, Fix, replaced
from ..record import record
from ..source import Span
from ..syntax import Mapping, Scalar, SyntaxNode
from .line import Line, read_line, with_space
from .unfit import SIZE
from .vocabulary import Vocabulary

_PLAIN = re.compile(r"[\w.*/+-]+")  # a value that means the same in a line and in braces
# What other formats call the key that says which op a step is.
_KINDS = ("type", "op", "layer", "module", "class_name")


@record
class Meant:
    """What to write for a step, and the fixes that write it where that is certain."""

    hint: str
    fixes: tuple[Fix, ...] = ()


def meant_by(key: Scalar, value: SyntaxNode, vocabulary: Vocabulary, *, braces: bool) -> Meant | None:
    """What a step that begins with an unknown key is; None where the key is no line with an op in it.

    `braces` is whether the step stands in some, where a line cannot.
    """
    words = key.text.split()
    words[:1] = with_space(words[0], vocabulary).split()
    known = next((word for word in words if vocabulary.knows(word)), None)
    if len(words) < 2 or known is None:
        return None
    begin = " ".join(words)
    found = None
    if words.index(known) <= (SIZE.fullmatch(words[0]) is not None):
        line = None if braces else _line(key, begin, value, vocabulary)
        found = line or _mapping(key, begin, value, vocabulary)
    size = f"kernel: {words[0]}, " if SIZE.fullmatch(words[0]) else ""
    return found or Meant(f"write `{known}: {{{size}...}}`, or all of it in one line without a colon")


def meant_by_kind(node: Mapping, vocabulary: Vocabulary) -> Meant | None:
    """What `{type: conv, out: 8}` is, the op as one field of many, as other formats have it; None where nothing says the op."""
    known = [
        (entry, op)
        for entry in node.entries
        if entry.key.text in _KINDS and isinstance(entry.value, Scalar)
        if vocabulary.knows(op := entry.value.text.lower())
    ]
    if not known:
        return None
    kind, op = known[0]
    others = [entry for entry in node.entries if entry is not kind]
    source = node.span.source
    written = ", ".join(source.text[each.key.span.start : each.value.span.end] for each in others)
    if not written or "\n" in written or any(isinstance(each.value, Mapping) for each in others):
        return Meant(f"write `{op}: {{...}}`" if others else f"write `{op}`")
    meant = f"{op}: {{{written}}}"
    return Meant(f"write `{meant}`", replaced(node.span, node.span.text, meant) if node.span.text[0] == "{" else ())


def _line(key: Scalar, begin: str, value: SyntaxNode, vocabulary: Vocabulary) -> Meant | None:
    """`3x3 conv: 8` as `3x3 conv 8`."""
    if not isinstance(value, Scalar) or value.quoted or not _PLAIN.fullmatch(value.text):
        return None
    meant = f"{begin} {value.text}"
    if _read(meant, key, vocabulary) is None:
        return None
    whole = Span(key.span.source, key.span.start, value.span.end)
    certain = re.fullmatch(rf"{re.escape(key.text)}[ \t]*:[ \t]+{re.escape(value.text)}", whole.text)
    return Meant(f"write `{meant}`", (Fix((Edit(whole, meant),)),) if certain else ())


def _mapping(key: Scalar, begin: str, value: SyntaxNode, vocabulary: Vocabulary) -> Meant | None:
    """`3x3 conv 8: {stride: 2}` as `conv: {kernel: 3x3, out: 8, stride: 2}`."""
    if not isinstance(value, Mapping) or not value.entries or value.open:
        return None
    line = _read(begin, key, vocabulary)
    if line is None or not all(_PLAIN.fullmatch(text) for text in _texts(line)):
        return None
    if not {entry.key.text for entry in line.fields}.isdisjoint(value.keys()):
        return None
    given = ", ".join(f"{entry.key.text}: {text}" for entry, text in zip(line.fields, _texts(line), strict=True))
    fixes: tuple[Fix, ...] = ()
    if given and value.span.text.startswith("{") and key.span.text == key.text:
        brace = Span(value.span.source, value.span.start, value.span.start + 1)
        fixes = (Fix((Edit(key.span, line.op.text), Edit(brace, f"{{{given}, "))),)
    return Meant(f"write `{line.op.text}: {{{given}, ...}}`, or all of it in one line without a colon", fixes)


def _texts(line: Line) -> list[str]:
    return [entry.value.text if isinstance(entry.value, Scalar) else "" for entry in line.fields]


def _read(text: str, key: Scalar, vocabulary: Vocabulary) -> Line | None:
    """A text as a step in one line; None where it is none."""
    sink = Diagnostics()
    line = read_line(Scalar(text, key.span, verbatim=False), vocabulary, sink)
    return None if len(sink) else line
