"""Allowances at a line: a file's comments -> the warnings that its author allows there.

`# incspec: allow bias-before-norm, the released weights have one`, at the end of the line that the warning underlines,
or in a line of its own: then it speaks of what begins below it, a step or a block, with all that is indented deeper.

Not here: which warnings there are, and those that are allowed in the whole file (lints/allow.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ..diagnostics import Diagnostics, nearest
from ..edits import replaced
from ..source import SourceFile, Span
from ..syntax import Mapping, Scalar, SyntaxNode, SyntaxTree

_COMMENT = re.compile(r"(?:^|(?<=[ \t]))#[ \t]*incspec:[ \t]*([A-Za-z]+)[ \t]*([^\r\n]*)", re.MULTILINE)
_ALLOWED = re.compile(r"([^\s,]+)[ \t]*,[ \t]*(?=\S)")
_FORM = "write `# incspec: allow CODE, and why`"


@dataclass(frozen=True, slots=True)
class Allowance:
    """A code that the author allows: in some lines of the file in which `at` is, or everywhere."""

    code: str
    at: Span
    lines: range | None = None


def read_allowances(source: SourceFile, tree: SyntaxTree, sink: Diagnostics) -> tuple[Allowance, ...]:
    """The allowances in a file's comments. Those without a code or a reason go to `sink`."""
    found = [match for match in _COMMENT.finditer(source.text) if nearest(match.group(1), ["allow"])]
    if not found:
        return ()
    texts = [scalar.span for scalar in _scalars(tree.root)]
    allowances = []
    for match in found:
        if any(span.start <= match.start() < span.end for span in texts):
            continue  # a quoted text that says so, not a comment
        allowance = _allowance(match, source, sink)
        allowances += [allowance] if allowance is not None else []
    return tuple(allowances)


def _allowance(match: re.Match[str], source: SourceFile, sink: Diagnostics) -> Allowance | None:
    at = Span(source, match.start(), match.end())
    word = Span(source, *match.span(1))
    if word.text != "allow":
        hint = f"did you mean `allow`? {_FORM}"
        message = f"`{word.text}` means nothing in a comment for incspec"
        sink.error("invalid-allow", message, word, help=hint, fixes=replaced(word, word.text, "allow"))
        return None
    allowed = _ALLOWED.match(match.group(2))
    if allowed is None:
        sink.error("invalid-allow", "an allowance wants a code and a reason", at, help=_FORM)
        return None
    code = Span(source, match.start(2), match.start(2) + allowed.end(1))
    return Allowance(code.text, code, _lines(source, at.position.line))


def _lines(source: SourceFile, number: int) -> range:
    """The lines that a comment in a line speaks of."""
    last = len(source.line_starts)
    if not _is_blank(source.line(number)):
        return range(number, number + 1)
    while number < last and _is_blank(source.line(number)):
        number += 1
    end, indent = number + 1, _indent(source.line(number))
    while end <= last and (_is_blank(source.line(end)) or _indent(source.line(end)) > indent):
        end += 1
    return range(number, end)


def _is_blank(line: str) -> bool:
    """Whether a line says nothing, but perhaps in a comment."""
    return line.lstrip()[:1] in ("", "#")


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _scalars(node: SyntaxNode) -> Iterator[Scalar]:
    open_nodes: list[SyntaxNode] = [node]
    while open_nodes:
        node = open_nodes.pop()
        if isinstance(node, Scalar):
            yield node
        elif isinstance(node, Mapping):
            open_nodes += [part for entry in node.entries for part in (entry.key, entry.value)]
        else:
            open_nodes += node.items
