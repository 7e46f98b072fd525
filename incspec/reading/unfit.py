"""What a step in one line cannot hold: lists, expressions with spaces, sizes that are no numbers, a field twice -> their messages."""

from __future__ import annotations

import re
from collections.abc import Collection
from collections.abc import Sequence as Seq

from ..diagnostics import Diagnostics
from ..edits import Fix, replaced
from ..source import Span
from ..syntax import Entry, Scalar
from .line_fixes import as_mapping

SIZE = re.compile(r"[1-9]\d*(x[1-9]\d*)*")
OPERATORS = ("+", "-", "*", "/", "//", "%", "**")


def without_lists(
    line: Scalar, op: Scalar, rest: list[Scalar], fields: Collection[str], sink: Diagnostics
) -> list[Scalar]:
    """The words behind an op without a field whose value is a list, as `expect [8, 16, 16]`, which is told."""
    begin = next((k for k, word in enumerate(rest[1:]) if word.text[0] == "[" and rest[k].text in fields), None)
    if begin is None:
        return rest
    end = next((k for k in range(begin + 1, len(rest)) if rest[k].text[-1] == "]"), begin + 1) + 1
    field, kept = rest[begin].text, [*rest[:begin], *rest[end:]]
    listed = " ".join(word.text for word in rest[begin + 1 : end])
    before = line.text[: line.text.index(op.text)] + op.text
    meant = as_mapping(" ".join([before, *(word.text for word in kept)]), [(field, listed)])
    message, at = f"`{field}` is a list, which has no place in a step of one line", rest[begin].span
    fixes = replaced(line.span, line.text, meant) if meant and not line.quoted else ()
    hint = f"write `{meant}`" if meant else f"write a mapping: `{op.text}: {{{field}: {listed}}}`"
    sink.error("unexpected-word", message, at, help=hint, fixes=fixes)
    return kept


def report_spaced(line: Scalar, words: Seq[Scalar], sink: Diagnostics) -> None:
    """Tell an operator that stands between two words as one of its own."""
    left, operator, right = words
    meant = f"{left.text}{operator.text}{right.text}"
    at = Span(operator.span.source, left.span.start, right.span.end)
    message = "an expression in a step of one line has no spaces"
    fixes = replaced(at, at.text, meant) if line.verbatim else ()
    sink.error("unexpected-word", message, operator.span, help=f"write `{meant}`", fixes=fixes)


def report_no_size(word: Scalar, op: Scalar, sink: Diagnostics) -> None:
    """Tell what stands where the size of an op should."""
    plain = word.text.lower().replace("×", "x").replace("*", "x")
    fixes: tuple[Fix, ...] = ()
    if SIZE.fullmatch(plain):
        hint, fixes = f"write `{plain}`", replaced(word.span, word.text, plain)
    else:
        hint = f"a size is numbers, like `3x3`; expressions stand in a mapping: `{op.text}: {{kernel: [k, 1]}}`"
    sink.error("invalid-size", f"`{word.text}` is not a size", word.span, help=hint, fixes=fixes)


def each_once(fields: Seq[Entry], sink: Diagnostics) -> tuple[Entry, ...]:
    """The fields, each once; those that come again are told."""
    distinct: dict[str, Entry] = {}
    for entry in fields:
        key = entry.key
        if key.text not in distinct:
            distinct[key.text] = entry
        elif key.span.text == "V":
            both = distinct[key.text].key.span
            sink.error("duplicate-key", "`V` and `pad` both set the padding", both, help="keep one of them")
        else:
            sink.error("duplicate-key", f"`{key.text}` is given twice", key.span, help="keep one of them")
    return tuple(distinct.values())
