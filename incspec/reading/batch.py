"""Batch axes: an input that is stated with one, `[null, 3, 224, 224]`, as other frameworks have it -> the input without it."""

from __future__ import annotations

from collections.abc import Collection

from ..diagnostics import Diagnostics
from ..edits import Edit, Fix
from ..syntax import Entry, Mapping, Scalar, Sequence, SyntaxNode, SyntaxTree

# Words for a length that is not known, none of which an axis of an input may have.
OPEN = ("null", "Null", "NULL", "~", "none", "None", "-1", "?")
_ONE = ("1",)
_FEWEST = 4  # axes with which `1` may be a batch: that of an image; an image of one channel has three


def without_open_batch(root: Mapping, sink: Diagnostics) -> Mapping:
    """A file whose inputs have no batch axis; those that are stated go to `sink`."""
    return _without(root, OPEN, 2, sink)


def without_batch_of_one(tree: SyntaxTree, sink: Diagnostics) -> SyntaxTree | None:
    """A file in whose inputs `[1, C, H, W]` is a batch of one, which goes to `sink`; None where there is no such input."""
    root = _without(tree.root, _ONE, _FEWEST, sink)
    return SyntaxTree(root) if root is not tree.root else None


def _without(root: Mapping, words: Collection[str], fewest: int, sink: Diagnostics) -> Mapping:
    entry = root.entry("input")
    if entry is None:
        return root
    value = _inputs(entry.value, words, fewest, sink)
    if value is entry.value:
        return root
    return Mapping(tuple(Entry(each.key, value) if each is entry else each for each in root.entries), root.span)


def _inputs(node: SyntaxNode, words: Collection[str], fewest: int, sink: Diagnostics) -> SyntaxNode:
    if isinstance(node, Mapping):
        entries = tuple(Entry(each.key, _inputs(each.value, words, fewest, sink)) for each in node.entries)
        same = all(new.value is old.value for new, old in zip(entries, node.entries, strict=True))
        return node if same else Mapping(entries, node.span)
    if not isinstance(node, Sequence) or len(node.items) < fewest:
        return node
    batch, *rest = node.items
    if not isinstance(batch, Scalar) or batch.text not in words or not all(isinstance(item, Scalar) for item in rest):
        return node
    shape = f"[{', '.join(item.span.text for item in rest)}]"
    fixes = (Fix((Edit(node.span, shape),)),) if node.span.text.startswith("[") else ()
    sink.error("invalid-input", "the batch is not stated", batch.span, help=f"write `{shape}`", fixes=fixes)
    return Sequence(tuple(rest), node.span)
