"""Validation: SyntaxTree -> ModelSpec. The form of the document, checked by pydantic, told at the right place.

Not here: whether names mean something (resolve.py).
"""

from __future__ import annotations

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from .diagnostics import Diagnostics, did_you_mean
from .source import Span
from .spec import UNION_TAGS, UNREADABLE, BlockSpec, BranchSpec, Expect, ModelSpec, Paper, StepSpec
from .syntax import DocPath, Entry, Mapping, Scalar, Sequence, SyntaxNode, SyntaxTree, plain

_TOP_KEYS = (*ModelSpec.model_fields, "extends", "import")
_ROUNDS = 5  # removing a wrong key can lay another mistake bare
_WANTED = {
    "string_type": "one value",
    "list_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
}


def validate(tree: SyntaxTree, sink: Diagnostics) -> tuple[ModelSpec | None, SyntaxTree]:
    """Read a desugared tree as a `ModelSpec`. Mistakes go to `sink`.

    Keys that are wrong are taken out once they are reported, so that the passes behind this one can look at the
    rest; the tree that comes back is the one that the spec was read from. No spec where too little is left.
    """
    for _ in range(_ROUNDS):
        try:
            return ModelSpec.model_validate(plain(tree.root)), tree
        except ValidationError as error:
            details = error.errors(include_url=False)
        for detail in details:
            _report(detail, tree, sink)
        repaired = tree.root
        for path, missing in {(_path(detail), detail["type"] == "missing"): None for detail in details}:
            repaired = _repaired(repaired, path, missing=missing)
        tree = SyntaxTree(repaired)
    return None, tree


def _path(detail: ErrorDetails) -> DocPath:
    return tuple(part for part in detail["loc"] if part not in (*UNION_TAGS, "[key]"))


def _repaired(node: Mapping, path: DocPath, *, missing: bool) -> Mapping:
    """The tree without the value at a path; a block without a body gets one of which nothing is known."""
    changed = _rebuilt(node, path, missing=missing)
    return changed if isinstance(changed, Mapping) else node


def _rebuilt(node: SyntaxNode, path: DocPath, *, missing: bool) -> SyntaxNode | None:
    if not path:
        return None
    if isinstance(node, Mapping):
        if missing and path == ("body",):
            unread = Mapping((Entry(Scalar("op", node.span), Scalar(UNREADABLE, node.span)),), node.span)
            return Mapping((*node.entries, Entry(Scalar("body", node.span), Sequence((unread,), node.span))), node.span)
        entries = []
        for entry in node.entries:
            value = _rebuilt(entry.value, path[1:], missing=missing) if entry.key.text == path[0] else entry.value
            entries += [Entry(entry.key, value)] if value is not None else []
        return Mapping(tuple(entries), node.span)
    if isinstance(node, Sequence):
        items = [_rebuilt(item, path[1:], missing=missing) if k == path[0] else item for k, item in enumerate(node.items)]
        return Sequence(tuple(item for item in items if item is not None), node.span)
    return node


def _report(detail: ErrorDetails, tree: SyntaxTree, sink: Diagnostics) -> None:
    path = _path(detail)
    kind, key = detail["type"], str(path[-1]) if path else ""
    at_key = "[key]" in detail["loc"]
    node, span = tree.node_at(path), tree.span_at(path)
    if kind == "extra_forbidden":
        _unknown_key(path, tree, sink)
    elif kind == "missing":
        _missing(path, tree, sink)
    elif kind == "string_pattern_mismatch":
        _invalid_name(str(path[-1]) if at_key else plain(node), tree.span_at(path, key=at_key), sink)
    elif kind == "literal_error":
        sink.error("unsupported-version", f"this incspec reads version 1, not `{plain(node)}`", span, help="write `incspec: 1`")
    elif kind in ("too_short", "string_too_short"):
        sink.error("empty-value", f"`{key}` is empty", span.first_line, help="give it at least one item")
    elif kind in ("union_tag_invalid", "union_tag_not_found"):
        wanted = "a list, `[C, H, W]`, or a mapping of names to such lists" if key == "input" else "a list of steps, or a word"
        sink.error("wrong-type", f"`{key}` wants {wanted}", span.first_line)
    else:
        got = {Scalar: "one value", Sequence: "a list", Mapping: "a mapping"}[type(node)]
        name = key if isinstance(path[-1], str) else f"item {int(path[-1]) + 1} of `{path[-2]}`"
        name = f"`{name}`" if name == key else name
        sink.error("wrong-type", f"{name} wants {_WANTED.get(kind, detail['msg'].lower())}, got {got}", span.first_line)


def _unknown_key(path: DocPath, tree: SyntaxTree, sink: Diagnostics) -> None:
    key, known = str(path[-1]), _known_keys(path)
    where = "a spec" if len(path) == 1 else f"`{path[0]}`" if len(path) == 2 else f"the block `{path[1]}`"
    if path[-2:-1] and isinstance(path[-2], int):
        where = "a branch"
    hint = did_you_mean(key, known) or "there is " + ", ".join(f"`{name}`" for name in known)
    if key == "aux":
        hint = "auxiliary heads are not supported yet"
    sink.error("unknown-key", f"{where} has no `{key}`", tree.span_at(path, key=True), help=hint)


def _known_keys(path: DocPath) -> list[str]:
    if len(path) == 1:
        return list(_TOP_KEYS)
    if path[0] == "paper":
        return list(Paper.model_fields)
    if path[0] == "expect":
        return list(Expect.model_fields)
    if path[0] == "blocks" and len(path) == 3:
        return list(BlockSpec.model_fields)
    model = BranchSpec if "branches" in path else StepSpec
    return [info.alias or name for name, info in model.model_fields.items() if name != "tensor"]


_EXAMPLES = {
    "incspec": "`incspec: 1`",
    "name": "`name: My network`",
    "input": "`input: [3, 224, 224]`",
    "network": "`network:` and a list of steps",
    "body": "`body:` and a list of steps",
}


def _missing(path: DocPath, tree: SyntaxTree, sink: Diagnostics) -> None:
    key = str(path[-1])
    parent = path[:-1]
    where = "the spec" if not parent else f"the block `{path[1]}`" if path[0] == "blocks" and len(path) == 3 else f"`{parent[-1]}`"
    at = tree.span_at(parent, key=True) if parent else tree.root.span.first_line
    hint = f"add {_EXAMPLES[key]}" if key in _EXAMPLES else None
    sink.error("missing-key", f"{where} has no `{key}`", at, help=hint)


def _invalid_name(name: object, at: Span, sink: Diagnostics) -> None:
    better = "".join(c if c.isascii() and c.isalnum() else "_" for c in str(name).lower()).strip("_").lstrip("0123456789_")
    sink.error(
        "invalid-name",
        f"`{name}` is not a name",
        at.first_line,
        help="names are small letters, digits and `_`, beginning with a letter" + (f": `{better}`" if better else ""),
    )
