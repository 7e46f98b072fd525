"""Fixes: a change that mends a mistake of shapes -> edits of the text, as far as it is written in one line.

None of them is certain: what fits is not what must have been meant.
"""

from __future__ import annotations

from ..edits import Edit, Fix
from ..source import Span
from ..syntax import Mapping, Scalar, Sequence, SyntaxTree
from .proposals import Proposal


def fixes_of(proposal: Proposal, tree: SyntaxTree) -> tuple[Fix, ...]:
    """The fix that a change is; none where it takes more than another number, or words more or less in a one-line step."""
    if proposal.kind == "write":
        node = tree.node_at(proposal.path)
        if isinstance(node, Scalar) and node.verbatim:
            return _fix(Edit(node.part(0, len(node.text)), proposal.text))
        if isinstance(node, Sequence | Mapping) and node.span.text[:1] in ("[", "{"):
            return _fix(Edit(node.span, proposal.text))
    if proposal.kind == "omit":
        step = proposal.path[:-2]
        if _is_line(tree, step):
            return _fix(*(_without(tree, (*step, "args", name)) for name, _ in proposal.fields))
    if proposal.kind == "add" and (_is_line(tree, proposal.path) or _is_bare(tree, proposal.path)):
        line = (*proposal.path, "args")
        return _fix(_with(tree.span_at(line if tree.has(line) else (*proposal.path, "op")), proposal.fields))
    if proposal.kind == "project":
        return _projected(proposal, tree)
    return ()


def _fix(*edits: Edit) -> tuple[Fix, ...]:
    return (Fix(edits, certain=False),)


def _projected(proposal: Proposal, tree: SyntaxTree) -> tuple[Fix, ...]:
    """A shortcut for the one that is written, or beside the body: before its key, or around a list that is the body."""
    written = (*proposal.path, "shortcut")
    if tree.has(written):
        return _fix(Edit(tree.span_at(written), proposal.text.removeprefix("shortcut: ")))
    op, body = tree.span_at((*proposal.path, "op")), tree.span_at((*proposal.path, "body"))
    key = tree.span_at((*proposal.path, "body"), key=True)
    if body.source is not op.source:
        return ()
    text = op.source.text
    if key == op:  # `residual: [...]`
        edits = (
            Edit(body.inner(0, 0), "{body: "),
            Edit(body.inner(len(body.text), len(body.text)), f", {proposal.text}}}"),
        )
        return _fix(*edits) if body.text[:1] == "[" else ()
    if "{" in text[op.end : key.start]:
        return _fix(Edit(key.inner(0, 0), f"{proposal.text}, "))
    indent = text[text.rfind("\n", 0, key.start) + 1 : key.start]
    return _fix(Edit(key.inner(0, 0), f"{proposal.text}\n{indent}")) if not indent.strip() else ()


def _is_line(tree: SyntaxTree, step: tuple[str | int, ...]) -> bool:
    """Whether a step is a line that holds its op and its fields letter by letter."""
    if not tree.has((*step, "args")):
        return False
    op, line = tree.span_at((*step, "op")), tree.span_at((*step, "args"))
    return line.source is op.source and line.start <= op.start < line.end and line.text[:1] not in "\"'{"


def _is_bare(tree: SyntaxTree, step: tuple[str | int, ...]) -> bool:
    """Whether a step is a line that holds its op alone."""
    node, op = tree.node_at(step), tree.node_at((*step, "op"))
    alone = isinstance(node, Mapping) and len(node.entries) == 1 and isinstance(op, Scalar) and op.verbatim
    text, after = op.span.source.text, op.span.end
    return alone and op.span.text[:1] not in "\"'" and text[after : after + 1] not in (":", '"', "'")


def _with(line: Span, fields: tuple[tuple[str, str], ...]) -> Edit:
    """Fields at the end of a line, before `V`, which a `pad` of `valid` is."""
    words = "".join(f" {name} {value}" for name, value in fields if (name, value) != ("pad", "valid"))
    text = line.text
    end = len(text) - 2 if text.endswith(" V") else len(text)
    closing = " V" if ("pad", "valid") in fields else text[end:]
    return Edit(line.inner(end, len(text)), words + closing)


def _without(tree: SyntaxTree, path: tuple[str | int, ...]) -> Edit:
    """A field taken away, with the blanks before it."""
    key, value = tree.span_at(path, key=True), tree.span_at(path)
    start = len(key.source.text[: key.start].rstrip(" \t"))
    return Edit(Span(key.source, start, max(key.end, value.end)), "")
