"""Validation: SyntaxTree -> ModelSpec. The form of the document, checked by pydantic, told at the right place.

Not here: the keys of the file and its blocks (outline.py), whether names mean something (resolve.py).
"""

from __future__ import annotations

from collections.abc import Callable
from string import ascii_lowercase

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from ..diagnostics import Diagnostics, did_you_mean, listed
from ..spec import UNION_TAGS, BranchSpec, ModelSpec
from ..spelling import respelt
from ..syntax import (
    UNREADABLE,
    DocPath,
    Entry,
    Mapping,
    Scalar,
    Sequence,
    SyntaxNode,
    SyntaxTree,
    is_unreadable,
    plain,
    unreadable,
    unreadable_entry,
)

_ROUNDS = 10  # mending what is wrong can lay another mistake bare
_MOST = 200  # of one round
_WANTED = {
    "string_type": "one value",
    "list_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
}
_EXAMPLES = {
    "incspec": "`incspec: 1`",
    "name": "`name: My network`",
    "input": "`input: [3, 224, 224]`",
    "network": "`network:` and a list of steps",
    "body": "`body:` and a list of steps",
    "from": "`from:` and the name of a tensor of the network",
    "weight": "`weight: 0.3`, what its loss counts",
}
_LISTS = ("input", "network", "body", "from")
_PARTS = {"blocks": "the block", "aux": "the head"}


def validate(tree: SyntaxTree, sink: Diagnostics) -> tuple[ModelSpec | None, SyntaxTree]:
    """Read a desugared tree as a `ModelSpec`. Mistakes go to `sink`.

    What is wrong is unreadable once it is reported, so that the passes behind this one can look at the rest; the
    tree that comes back is the one that the spec was read from. No spec where that does not succeed.
    """
    # The mappings of which a part could not be read: nothing is missing in them.
    excused: set[DocPath] = set()
    for _ in range(_ROUNDS):
        try:
            spec = ModelSpec.model_validate(plain(tree.root))
        except ValidationError as error:
            details = error.errors(include_url=False)[:_MOST]
        else:
            blocks = {name: block for name, block in spec.blocks.items() if name != UNREADABLE}
            heads = {name: head for name, head in spec.aux.items() if name != UNREADABLE}
            return spec.model_copy(update={"blocks": blocks, "aux": heads}), tree
        excused |= {_path(detail)[:-1] for detail in details if _is_opening(detail)}
        _report_missing([_path(detail) for detail in details if detail["type"] == "missing"], excused, tree, sink)
        root: SyntaxNode = tree.root
        for detail in details:
            if sink.full:
                return None, tree
            _report(detail, tree, sink)
            root = _changed(root, _path(detail), _mended(detail))
        assert isinstance(root, Mapping)
        tree = SyntaxTree(root)
    return None, tree


def _path(detail: ErrorDetails) -> DocPath:
    return tuple(part for part in detail["loc"] if part not in (*UNION_TAGS, "[key]"))


def _is_opening(detail: ErrorDetails) -> bool:
    return detail["type"] == "extra_forbidden" and detail["loc"][-1] == UNREADABLE


# --- mending


def _mended(detail: ErrorDetails) -> Callable[[SyntaxNode | None, SyntaxNode], SyntaxNode | None]:
    """What to put in the place of what is wrong: a function of the node there and of the one around it."""
    kind, key = detail["type"], str(detail["loc"][-1])
    if kind == "extra_forbidden":
        return lambda node, around: None
    if kind == "literal_error" or (kind == "missing" and key == "incspec"):
        return lambda node, around: Scalar("1", around.span)
    if kind in ("dict_type", "model_type", "model_attributes_type"):
        return lambda node, around: Mapping((unreadable_entry((node or around).span),), (node or around).span)
    if kind in ("string_type", "string_too_short") or (kind == "missing" and key not in _LISTS):
        return lambda node, around: unreadable((node or around).span)
    return lambda node, around: Sequence((unreadable((node or around).span),), (node or around).span)


def _changed(
    node: SyntaxNode, path: DocPath, mend: Callable[[SyntaxNode | None, SyntaxNode], SyntaxNode | None]
) -> SyntaxNode:
    """The tree with the node at a path mended: another one in its place, or none."""
    step, rest = path[0], path[1:]
    if isinstance(node, Mapping):
        entries = {entry.key.text: entry for entry in node.entries}
        found = entries.get(str(step))
        value = found.value if found is not None else None
        new = _changed(value, rest, mend) if rest and value is not None else mend(value, node)
        if new is None:
            entries.pop(str(step), None)
        else:
            key = found.key if found is not None else Scalar(str(step), node.span)
            entries[str(step)] = Entry(key, new)
        return Mapping(tuple(entries.values()), node.span)
    if isinstance(node, Sequence) and isinstance(step, int) and step < len(node.items):
        item = node.items[step]
        changed = _changed(item, rest, mend) if rest else mend(item, node)
        items = (changed if index == step else other for index, other in enumerate(node.items))
        return Sequence(tuple(each for each in items if each is not None), node.span)
    return node


# --- reporting


def _report_missing(paths: list[DocPath], excused: set[DocPath], tree: SyntaxTree, sink: Diagnostics) -> None:
    missing: dict[DocPath, list[str]] = {}
    for path in paths:
        if path[:-1] not in excused:
            missing.setdefault(path[:-1], []).append(str(path[-1]))
    for parent, keys in missing.items():
        where = f"{_PARTS[str(parent[0])]} `{parent[1]}`" if len(parent) == 2 else f"`{parent[-1:]}`"
        at = tree.span_at(parent, key=True) if parent else tree.root.span
        hint = "add " + ", ".join(_EXAMPLES.get(key, f"`{key}`") for key in keys)
        sink.error("missing-key", f"{where if parent else 'the spec'} has no {listed(keys)}", at, help=hint)


def _report(detail: ErrorDetails, tree: SyntaxTree, sink: Diagnostics) -> None:
    path, kind = _path(detail), detail["type"]
    node, span = tree.node_at(path), tree.span_at(path)
    key = str(path[-1]) if isinstance(path[-1], str) else str(path[-2])
    if kind == "missing" or is_unreadable(node):
        return
    if kind == "extra_forbidden":
        names, at = list(BranchSpec.model_fields), tree.span_at(path, key=True)
        fixes = respelt(key, names, at)
        sink.error("unknown-key", f"a branch has no `{key}`", at, help=did_you_mean(key, names), fixes=fixes)
    elif kind == "literal_error":
        message = f"this incspec reads version 1, not `{plain(node)}`"
        sink.error("unsupported-version", message, span, help="write `incspec: 1`")
    elif kind in ("too_short", "string_too_short"):
        hint = "say why" if path[0] == "allow" else "give it at least one item, or leave it out"
        sink.error("empty-value", f"`{key}` is empty", span, help=hint)
    elif kind in ("union_tag_invalid", "union_tag_not_found"):
        sink.error("wrong-type", f"`{key}` wants a shape", span, help="`[C, H, W]`, or a mapping of names to shapes")
    elif len(path) == 2 and path[0] == "input" and _is_list_of_shapes(tree.node_at(("input",))):
        if path[1] == 0:
            _report_unnamed_inputs(tree.node_at(("input",)), sink)
    else:
        got = {Scalar: "one value", Sequence: "a list", Mapping: "a mapping"}[type(node)]
        what = f"`{key}`" if isinstance(path[-1], str) else f"item {path[-1] + 1} of `{key}`"
        form = _form(path, kind)
        if key == "output" and isinstance(node, Scalar) and node.text.isdecimal():
            form = f"write `[{node.text}]`: a shape is a list, here of the features alone"
        sink.error("wrong-type", f"{what} wants {_WANTED[kind]}, got {got}", span, help=form)


def _is_list_of_shapes(node: SyntaxNode) -> bool:
    return isinstance(node, Sequence) and all(isinstance(item, Sequence) for item in node.items)


def _report_unnamed_inputs(inputs: SyntaxNode, sink: Diagnostics) -> None:
    """Tell shapes in a list: several inputs are a mapping."""
    shapes = inputs.items if isinstance(inputs, Sequence) else ()
    named = [f"{name}: {shape.span.text}" for name, shape in zip(ascii_lowercase, shapes, strict=False)]
    hint = f"write `input: {{{', '.join(named)}}}`, with names that you choose" if len(shapes) > 1 else None
    message = "several inputs have names" if len(shapes) > 1 else "a shape is one list"
    sink.error("wrong-type", message, inputs.span, help=hint or f"write `input: {shapes[0].span.text}`")


def _form(path: DocPath, kind: str) -> str | None:
    """How the thing that is wanted looks."""
    key = str(path[-1])
    if kind == "list_type":
        shapes = ("expect", "output", *(("input",) if path[0] == "input" else ()))
        return "a shape is written `[C, H, W]`" if key in shapes or path[0] == "input" else f"write `{key}: [...]`"
    if kind == "string_type":
        return "a parameter is a number, word or condition" if "params" in path else None
    if path[0] == "aux":
        head = "{from: ..., weight: ..., body: [...]}"
        return f"write `{key}: {head}`" if len(path) == 2 else f"write `aux: {{aux1: {head}}}`"
    return f"write `{key}: {{...}}`" if key != "defaults" else "write `defaults: {op: {field: value}}`"
