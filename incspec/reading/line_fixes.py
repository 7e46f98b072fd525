"""Fixes of one-line steps: what to write for a line that cannot be read, where that is certain."""

from __future__ import annotations

from collections.abc import Sequence

from ..edits import Edit, Fix
from ..ops import BY_KEYWORD
from ..source import Span
from ..syntax import Scalar


def unquoted(line: Scalar) -> tuple[Fix, ...]:
    """Take the quotes away from a step that is a mapping; a `#` behind a blank needs them."""
    if not line.verbatim or not line.quoted or " #" in line.text:
        return ()
    return (Fix((Edit(line.span, line.text),)),)


def swapped(op: Scalar, size: Scalar) -> tuple[Fix, ...]:
    """Put the size before its op."""
    if (op.span.text, size.span.text) != (op.text, size.text):
        return ()
    return (Fix((Edit(op.span, size.text), Edit(size.span, op.text))),)


def parted(line: Scalar, last: Scalar) -> tuple[Fix, ...]:
    """Put a comma behind the last word of a step, where another one follows it in a list in brackets."""
    following = line.span.source.text[line.span.end :].lstrip()[:1]
    if not line.verbatim or line.quoted or following not in (",", "]"):
        return ()
    return (Fix((Edit(last.span, f"{last.text},"),)),)


def moved_behind(line: Scalar, word: Scalar, last: Scalar) -> tuple[Fix, ...]:
    """Move a word behind the last one, with the blanks before it."""
    source = word.span.source
    if not line.verbatim or word is last:
        return ()
    start = len(source.text[: word.span.start].rstrip(" \t"))
    return (Fix((Edit(Span(source, start, word.span.end), ""), Edit(last.span, f"{last.text} {word.text}"))),)


def joined(line: str, words: str) -> str:
    """A step in one line with more words, before its `V`."""
    return f"{line[:-2].rstrip()} {words} V" if line.endswith(" V") else f"{line} {words}"


def as_mapping(line: str, fields: Sequence[tuple[str, str]]) -> str | None:
    """A step in one line as a mapping with more fields: `conv: {kernel: 3x3, out: 8, expect: [8, 4, 4]}`."""
    words = [word for word in line.split() if word != "V"]
    valid = len(words) < len(line.split())
    size = words.pop(0) if words and words[0][0].isdigit() else None
    if not words or set("".join(words)) & set(",[]{}#\"'"):
        return None
    op, *rest = words
    construct = BY_KEYWORD.get(op)
    given = [("kernel", size)] if size else []
    if len(rest) % 2:
        if construct is None or construct.main is None:
            return None
        given.append((construct.main, rest.pop(0)))
    given += [*zip(rest[::2], rest[1::2], strict=True), *([("pad", "valid")] if valid else []), *fields]
    return f"{op}: {{{', '.join(f'{name}: {value}' for name, value in given)}}}"
