"""Allowances at a line: a file's comments -> the warnings that its author allows there.

`# incspec: allow bias-before-norm, the released weights have one`, at the end of the line that the warning underlines,
or in a line of its own: then it speaks of what begins below it, a step or a block, with all that is indented deeper.
Several codes may share a reason. A comment that most likely was meant to allow something, and does not, is told.

Not here: which warnings there are, and those that are allowed in the whole file (lints/allow.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..diagnostics import Diagnostics, near_names, nearest
from ..edits import replaced
from ..record import record
from ..source import SourceFile, Span
from ..syntax import Mapping, Scalar, SyntaxNode, SyntaxTree

# What may be meant for incspec: its name, perhaps a colon, a word, and the rest.
_COMMENT = re.compile(r"(?:^|(?<=[ \t]))#[ \t]*(([A-Za-z]{5,9})([ \t]*:)?[ \t]*([A-Za-z]+))\b([^\r\n]*)", re.MULTILINE)
_FIRST = re.compile(r"[ \t]*([^\s,]+)[ \t]*,")
_NEXT = re.compile(r"[ \t]*([a-z]+(?:-[a-z]+)+)[ \t]*(?:,|$)")  # what looks like a code is no reason
_ABOUT_A_CODE = re.compile(r"[ \t(\[]*[a-z]+(?:-[a-z]+)+\b")
_FORM = "write `# incspec: allow CODE, and why`"


@record
class Allowance:
    """A code that the author allows: in some lines of the file in which `at` is, or everywhere."""

    code: str
    at: Span
    lines: range | None = None


def read_allowances(source: SourceFile, tree: SyntaxTree, sink: Diagnostics) -> tuple[Allowance, ...]:
    """The allowances in a file's comments. Those without a code or a reason go to `sink`."""
    found = [match for match in _COMMENT.finditer(source.text) if _is_meant(*match.group(2, 3, 4, 5))]
    if not found:
        return ()
    texts = [scalar.span for scalar in _scalars(tree.root)]
    allowances = []
    for match in found:
        if any(span.start <= match.start() < span.end for span in texts):
            continue  # a quoted text that says so, not a comment
        allowances += _allowances(match, source, sink)
    return tuple(allowances)


def _is_meant(name: str, colon: str | None, word: str, rest: str) -> bool:
    """Whether a comment is one that allows, or was to be one: people may write of incspec in others."""
    named, allows = name.lower() == "incspec", _means_allow(word)
    if named and colon and allows:
        return True
    likely = (named and colon) or (allows and (named or (colon and near_names(name.lower(), ["incspec"]))))
    return bool(likely and _ABOUT_A_CODE.match(rest))


def _means_allow(word: str) -> bool:
    return nearest(word, ["allow"]) is not None


def _allowances(match: re.Match[str], source: SourceFile, sink: Diagnostics) -> list[Allowance]:
    """What a comment allows: a code for some lines, or several before one reason."""
    head, name, word = (Span(source, *match.span(group)) for group in (1, 2, 4))
    if (name.text, word.text) != ("incspec", "allow") or not match.group(3):
        hint = f"did you mean `incspec: allow`? {_FORM}"
        fixes = replaced(head, head.text, "incspec: allow") if _means_allow(word.text) else ()
        sink.error("invalid-allow", f"`{head.text}` allows nothing", head, help=hint, fixes=fixes)
        return []
    codes, found = [], _FIRST.match(source.text, match.start(5), match.end())
    end = match.start(5)
    while found is not None:
        codes.append(Span(source, *found.span(1)))
        end = found.end()
        found = _NEXT.match(source.text, end, match.end())
    if not codes or not source.text[end : match.end()].strip():
        at = Span(source, match.start(), match.end())
        sink.error("invalid-allow", "an allowance wants a code and a reason", at, help=_FORM)
        return []
    lines = _lines(source, head.position.line)
    return [Allowance(code.text, code, lines) for code in codes]


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
