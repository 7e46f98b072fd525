"""Parameters of blocks that a variant sets at the wrong place -> the same in the `params` of those blocks, and a message.

`params: {reduction_a.k: 96}` is how the command line has it, `blocks: {reduction_a: {k: 96}}` how a step does.
"""

from __future__ import annotations

import re

from ..diagnostics import Diagnostics, near_names
from ..edits import Edit, Fix, replaced
from ..source import Span
from ..spec import NAME, BlockSpec
from ..syntax import UNREADABLE, Entry, Mapping, Scalar, SyntaxNode

_OF_BLOCK = re.compile(rf"(?P<block>{NAME.pattern})\.(?P<name>{NAME.pattern})")


def with_params_in_place(root: Mapping, sink: Diagnostics) -> Mapping:
    """A file that extends another, with parameters of blocks in these. Those that stand elsewhere go to `sink`."""
    if root.entry("extends") is None:
        return root
    blocks = root.get("blocks")
    if isinstance(blocks, Mapping):
        placed = Mapping(tuple(Entry(block.key, _block(block, sink)) for block in blocks.entries), blocks.span)
        root = _with(root, "blocks", placed)
    params = root.get("params")
    return _out_of_params(root, params, sink) if isinstance(params, Mapping) else root


def _block(block: Entry, sink: Diagnostics) -> SyntaxNode:
    """A block in which scalars under keys that are like none of a block's are its parameters."""
    value = block.value
    if not isinstance(value, Mapping) or value.entry("body") is not None:
        return value
    strays = [entry for entry in value.entries if isinstance(entry.value, Scalar) and _is_stray(entry.key.text)]
    if not strays:
        return value
    written = ", ".join(f"{entry.key.text}: {entry.value.span.text}" for entry in strays)
    alone = len(strays) == len(value.entries) and value.span.text.startswith("{")
    fixes = (Fix((Edit(value.span, f"{{params: {value.span.text}}}"),)),) if alone else ()
    _report(strays[0].key, block.key.text, written, fixes, sink)
    kept = Mapping(tuple(entry for entry in value.entries if entry not in strays), value.span)
    return _with_params(kept, strays)


def _is_stray(key: str) -> bool:
    return key not in (*BlockSpec.model_fields, UNREADABLE) and not near_names(key, BlockSpec.model_fields)


def _out_of_params(root: Mapping, params: Mapping, sink: Diagnostics) -> Mapping:
    """The file with `block.name` among its parameters moved into the block."""
    kept: list[Entry] = []
    section = root.entry("params")
    assert section is not None
    for entry in params.entries:
        found = _OF_BLOCK.fullmatch(entry.key.text)
        if found is None:
            kept.append(entry)
            continue
        written = f"{found['name']}: {entry.value.span.text}"
        fixes: tuple[Fix, ...] = ()
        if len(params.entries) == 1 and root.entry("blocks") is None and params.span.text.startswith("{"):
            at = Span(params.span.source, section.key.span.start, params.span.end)
            fixes = replaced(at, at.text, f"blocks: {{{found['block']}: {{params: {{{written}}}}}}}")
        _report(entry.key, found["block"], written, fixes, sink)
        moved = Entry(Scalar(found["name"], entry.key.part(*found.span("name"))), entry.value)
        root = _with_block_param(root, Scalar(found["block"], entry.key.part(*found.span("block"))), moved)
    return _with(root, "params", Mapping(tuple(kept), params.span))


def _with_block_param(root: Mapping, name: Scalar, param: Entry) -> Mapping:
    """The file with a parameter in a block, where all on the way to it can be read."""
    blocks = root.get("blocks") or Mapping((), name.span)
    block = (blocks.get(name.text) if isinstance(blocks, Mapping) else None) or Mapping((), name.span)
    if not isinstance(blocks, Mapping) or not isinstance(block, Mapping):
        return root
    changed = _with(blocks, name.text, _with_params(block, [param]), key=name)
    return _with(root, "blocks", changed, key=Scalar("blocks", name.span))


def _with_params(block: Mapping, more: list[Entry]) -> Mapping:
    at = more[0].key.span
    params = block.get("params") or Mapping((), at)
    if not isinstance(params, Mapping):
        return block
    new = tuple(entry for entry in more if params.entry(entry.key.text) is None)
    return _with(block, "params", Mapping((*params.entries, *new), params.span), key=Scalar("params", at))


def _with(node: Mapping, name: str, value: SyntaxNode, key: Scalar | None = None) -> Mapping:
    """A mapping with another value under a key, or with this key."""
    if node.entry(name) is None and key is not None:
        return Mapping((*node.entries, Entry(key, value)), node.span)
    entries = (Entry(entry.key, value) if entry.key.text == name else entry for entry in node.entries)
    return Mapping(tuple(entries), node.span)


def _report(key: Scalar, block: str, written: str, fixes: tuple[Fix, ...], sink: Diagnostics) -> None:
    message = f"`{key.text}` stands outside of the `params` of the block `{block}`"
    hint = f"write `blocks: {{{block}: {{params: {{{written}}}}}}}`"
    sink.error("misplaced-key", message, key.span, help=hint, fixes=fixes)
