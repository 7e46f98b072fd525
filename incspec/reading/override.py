"""Overriding parameters: settings (settings.py) -> SyntaxTree with their values in it.

The values' places are in the text of the setting itself, so a bad one is told where it was typed.
"""

from __future__ import annotations

from collections.abc import Sequence as Seq

from ..diagnostics import Diagnostics, did_you_mean, nearest
from ..source import Span
from ..syntax import Entry, Mapping, Scalar, SyntaxTree
from .settings import Setting


def override(tree: SyntaxTree, settings: Seq[Setting], sink: Diagnostics) -> SyntaxTree:
    """Set parameters of the file (`name`) or defaults of a block's (`block.name`)."""
    root = tree.root
    given: set[str] = set()
    for setting in settings:
        target, value = setting.name.text, setting.value.text
        whole = Span(setting.source, 0, len(setting.source.text))
        if not target or not value:
            message = f"`{setting.source.text}` sets no parameter"
            sink.error("invalid-override", message, whole, help=f"write `{setting.example}`")
            continue
        if target in given:
            sink.error("invalid-override", f"`{target}` is set twice", whole, help="keep one of them")
            continue
        given.add(target)
        block, dot, name = target.partition(".")
        path = ("blocks", block, "params", name) if dot else ("params", target)
        if tree.has(path):
            root = _replaced(root, path, Scalar(value, setting.value))
        elif not _is_open(tree, path[:-1]):
            hint = _which(tree, setting, block if dot else "")
            sink.error("unknown-parameter", f"there is no parameter `{target}`", setting.name, help=hint)
    return SyntaxTree(root)


def _is_open(tree: SyntaxTree, path: tuple[str, ...]) -> bool:
    """Whether a part of the way could not be read."""
    return any(getattr(tree.node_at(path[:length]), "open", False) for length in range(1, len(path) + 1))


def _which(tree: SyntaxTree, setting: Setting, block: str) -> str:
    target = setting.name.text
    blocks = tree.root.get("blocks")
    known = list(blocks.keys()) if isinstance(blocks, Mapping) else []
    if block and block not in known:
        return did_you_mean(block, known) or f"set a parameter of the file: `{setting.example}`"
    path = ("blocks", block) if block else ()
    names = [f"{block}.{name}" if block else name for name in _names(tree, path)]
    others = [f"{key}.{name}" for key in known for name in _names(tree, ("blocks", key))]
    best = nearest(target, names) or next((other for other in others if other.endswith(f".{target}")), None)
    if best is not None:
        return f"did you mean `{best}`?"
    return did_you_mean(target, [*names, *others]) or "declare it under `params`"


def _names(tree: SyntaxTree, path: tuple[str, ...]) -> list[str]:
    params = tree.node_at((*path, "params")) if tree.has((*path, "params")) else None
    return list(params.keys()) if isinstance(params, Mapping) else []


def _replaced(node: Mapping, path: tuple[str, ...], value: Scalar) -> Mapping:
    entries = []
    for entry in node.entries:
        if entry.key.text == path[0]:
            deeper = len(path) > 1 and isinstance(entry.value, Mapping)
            inner = _replaced(entry.value, path[1:], value) if deeper and isinstance(entry.value, Mapping) else value
            entries.append(Entry(entry.key, inner))
        else:
            entries.append(entry)
    return Mapping(tuple(entries), node.span)
