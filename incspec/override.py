"""Overriding parameters: `classes=10`, `reduction_a.k=256` -> SyntaxTree with those values in it.

The values' places are in the text of the override itself, so a bad one is told where it was typed.
"""

from __future__ import annotations

from collections.abc import Sequence as Seq

from .diagnostics import Diagnostics, did_you_mean
from .source import SourceFile, Span
from .syntax import Entry, Mapping, Scalar, SyntaxTree


def override(tree: SyntaxTree, settings: Seq[str], sink: Diagnostics) -> SyntaxTree:
    """Set parameters of the file (`name=value`) or defaults of a block's (`block.name=value`)."""
    root = tree.root
    for setting in settings:
        source = SourceFile("--set", setting)
        target, equals, value = setting.partition("=")
        at = Span(source, 0, len(target))
        if not equals or not value.strip():
            sink.error("invalid-override", f"`{setting}` is not `name=value`", Span(source, 0, len(setting)))
            continue
        node = Scalar(value, Span(source, len(target) + 1, len(setting)))
        block, dot, name = target.partition(".")
        path = ("blocks", block, "params", name) if dot else ("params", target)
        if not tree.has(path):
            sink.error("unknown-parameter", f"there is no parameter `{target}`", at, help=_nearest(tree, target, block if dot else ""))
            continue
        root = _replaced(root, path, node)
    return SyntaxTree(root)


def _nearest(tree: SyntaxTree, target: str, block: str) -> str | None:
    if block and not tree.has(("blocks", block)):
        blocks = tree.root.get("blocks")
        return did_you_mean(block, blocks.keys() if isinstance(blocks, Mapping) else ())
    names = [f"{block}.{name}" if block else name for name in _names(tree, ("blocks", block) if block else ())]
    if not block:
        blocks = tree.root.get("blocks")
        for key in blocks.keys() if isinstance(blocks, Mapping) else ():
            names += [f"{key}.{name}" for name in _names(tree, ("blocks", key))]
    return did_you_mean(target, names) or "the spec has no parameters"


def _names(tree: SyntaxTree, path: tuple[str, ...]) -> list[str]:
    params = tree.node_at((*path, "params")) if tree.has((*path, "params")) else None
    return list(params.keys()) if isinstance(params, Mapping) else []


def _replaced(node: Mapping, path: tuple[str, ...], value: Scalar) -> Mapping:
    entries = []
    for entry in node.entries:
        if entry.key.text == path[0]:
            inner = _replaced(entry.value, path[1:], value) if len(path) > 1 and isinstance(entry.value, Mapping) else value
            entries.append(Entry(entry.key, inner))
        else:
            entries.append(entry)
    return Mapping(tuple(entries), node.span)
