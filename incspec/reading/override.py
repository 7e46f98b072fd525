"""Overriding parameters: `classes=10`, `reduction_a.k=256` -> SyntaxTree with those values in it.

The values' places are in the text of the override itself, so a bad one is told where it was typed.
"""

from __future__ import annotations

from collections.abc import Sequence as Seq

from ..diagnostics import Diagnostics, did_you_mean, nearest
from ..source import SETTING, SourceFile, Span
from ..syntax import Entry, Mapping, Scalar, SyntaxTree


def override(tree: SyntaxTree, settings: Seq[str], sink: Diagnostics) -> SyntaxTree:
    """Set parameters of the file (`name=value`) or defaults of a block's (`block.name=value`)."""
    root = tree.root
    given: set[str] = set()
    for setting in settings:
        source = SourceFile(SETTING, setting)
        before, equals, after = setting.partition("=")
        target, value = before.strip(), after.strip()
        whole = Span(source, 0, len(setting))
        if not target or not value:
            sink.error("invalid-override", f"`{setting}` is not `name=value`", whole, help="write `--set classes=10`")
            continue
        if target in given:
            sink.error("invalid-override", f"`{target}` is set twice", whole, help="keep one of them")
            continue
        given.add(target)
        start = len(before) - len(before.lstrip())
        at = Span(source, start, start + len(target))
        block, dot, name = target.partition(".")
        path = ("blocks", block, "params", name) if dot else ("params", target)
        if tree.has(path):
            start = len(before) + len(equals) + len(after) - len(after.lstrip())
            root = _replaced(root, path, Scalar(value, Span(source, start, start + len(value))))
        elif not _is_open(tree, path[:-1]):
            hint = _which(tree, target, block if dot else "")
            sink.error("unknown-parameter", f"there is no parameter `{target}`", at, help=hint)
    return SyntaxTree(root)


def _is_open(tree: SyntaxTree, path: tuple[str, ...]) -> bool:
    """Whether a part of the way could not be read."""
    return any(getattr(tree.node_at(path[:length]), "open", False) for length in range(1, len(path) + 1))


def _which(tree: SyntaxTree, target: str, block: str) -> str:
    blocks = tree.root.get("blocks")
    known = list(blocks.keys()) if isinstance(blocks, Mapping) else []
    if block and block not in known:
        return did_you_mean(block, known) or "set a parameter of the file with `name=value`"
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
