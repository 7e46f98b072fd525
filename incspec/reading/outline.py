"""The outline of a file: SyntaxTree -> SyntaxTree whose file, blocks, `paper` and `expect` have the keys they may have.

A block that is a list becomes one that has this body. A misspelt key is reported and read as the one that it means, one that stands at the wrong place as if it stood at the
right one: so one run tells the mistakes behind it as well.

Not here: steps (shorthand.py), the kinds of values (validate.py).
"""

from __future__ import annotations

from collections.abc import Iterable

from ..diagnostics import Diagnostics, listed, nearest
from ..spec import AUX_KEYS, BlockSpec, Expect, ModelSpec, Paper
from ..spelling import respelt
from ..syntax import UNREADABLE, Entry, Mapping, Scalar, Sequence, SyntaxNode, SyntaxTree, unreadable, unreadable_entry
from .batch import without_open_batch
from .block_params import with_params_in_place

FILE_KEYS = (*ModelSpec.model_fields, "extends", "import")


def check_outline(tree: SyntaxTree, sink: Diagnostics) -> SyntaxTree:
    """Check the keys of a file and of its blocks. Wrong ones go to `sink`, and are renamed, moved or left out."""
    root = without_open_batch(_with_known_keys(tree.root, FILE_KEYS, "a spec", sink), sink)
    root = with_params_in_place(_with_blocks_in_place(_with_heads_in_place(root, sink), sink), sink)
    entries = [Entry(entry.key, _part(entry, sink)) for entry in root.entries]
    return SyntaxTree(Mapping(tuple(entries), root.span))


def open_root(at: Entry) -> Mapping:
    """What stands for a file that could not be read: it may hold anything."""
    anything = Mapping((unreadable_entry(at.key.span),), at.key.span)
    parts = [Entry(Scalar(key, at.key.span), anything) for key in ("params", "blocks", "defaults")]
    return Mapping((*anything.entries, *parts), at.key.span)


def _part(entry: Entry, sink: Diagnostics) -> SyntaxNode:
    value = entry.value
    if not isinstance(value, Mapping):
        return value
    if entry.key.text == "paper":
        return _with_known_keys(value, Paper.model_fields, "`paper`", sink)
    if entry.key.text == "expect":
        return _with_known_keys(value, Expect.model_fields, "`expect`", sink)
    if entry.key.text == "blocks":
        blocks = _with_keys_in_place(value, sink)
        return Mapping(tuple(Entry(block.key, _block(block, sink)) for block in blocks.entries), value.span)
    if entry.key.text == "aux":
        heads = _with_names(entry.key, value, sink)
        return Mapping(tuple(Entry(head.key, _head(head, sink)) for head in heads.entries), value.span)
    return value


def _block(block: Entry, sink: Diagnostics) -> SyntaxNode:
    name, value = block.key, block.value
    if isinstance(value, Mapping):
        return _with_known_keys(value, BlockSpec.model_fields, f"the block `{name.text}`", sink)
    if isinstance(value, Sequence):
        return Mapping((Entry(Scalar("body", name.span), value),), value.span)
    if value.text not in ("none", UNREADABLE):
        message = f"the block `{name.text}` wants steps or a mapping, got one value"
        sink.error("wrong-type", message, name.span, help=f"write its steps as a list: `{name.text}: [...]`")
        return Mapping((Entry(Scalar("body", name.span), unreadable(value.span)),), value.span)
    return value


def _with_names(aux: Scalar, heads: Mapping, sink: Diagnostics) -> Mapping:
    """A head that stands under `aux` without a name gets that of `aux`."""
    if not any(isinstance(heads.get(key), Sequence) for key in ("body", "from")):
        return heads
    hint = "write `aux: {aux1: {from: ..., weight: ..., body: [...]}}`"
    sink.error("misplaced-key", "the head under `aux` has no name", aux.span, help=hint)
    return Mapping((Entry(aux, heads),), heads.span)


def _head(head: Entry, sink: Diagnostics) -> SyntaxNode:
    if not isinstance(head.value, Mapping):
        return head.value
    return _with_known_keys(head.value, AUX_KEYS, f"the head `{head.key.text}`", sink)


# --- keys that are misspelt


def _with_known_keys(node: Mapping, known: Iterable[str], where: str, sink: Diagnostics) -> Mapping:
    names = list(known)
    entries = {entry.key.text: entry for entry in node.entries if entry.key.text in (*names, UNREADABLE)}
    for entry in node.entries:
        key = entry.key
        if key.text in entries:
            continue
        if where == "a spec" and _is_block(entry.value):
            entries[key.text] = entry
            continue
        if sink.full:
            entries[UNREADABLE] = unreadable_entry(key.span)
            break
        meant = nearest(key.text, [name for name in names if name not in entries])
        if meant is not None:
            hint, fixes = f"did you mean `{meant}`?", respelt(key.text, set(names) - entries.keys(), key.span)
            sink.error("unknown-key", f"{where} has no `{key.text}`", key.span, help=hint, fixes=fixes)
            entries[meant] = Entry(Scalar(meant, key.span), entry.value)
        else:
            hint = "there is " + listed(names)
            sink.error("unknown-key", f"{where} has no `{key.text}`", key.span, help=hint)
    return Mapping(tuple(entries.values()), node.span)


# --- keys that stand at the wrong place


def _with_blocks_in_place(root: Mapping, sink: Diagnostics) -> Mapping:
    """Blocks that stand beside `blocks`, or in what stands before it, are moved into it."""
    entries: list[Entry] = []
    strays: list[Entry] = []
    for entry in root.entries:
        if entry.key.text not in FILE_KEYS and _is_block(entry.value):
            strays.append(entry)
        elif entry.key.text in ("params", "defaults") and isinstance(entry.value, Mapping):
            inside = [each for each in entry.value.entries if _is_block(each.value)]
            kept = tuple(each for each in entry.value.entries if each not in inside)
            entries.append(Entry(entry.key, Mapping(kept, entry.value.span)))
            strays += inside
        else:
            entries.append(entry)
    return _moved(Mapping(tuple(entries), root.span), strays, "block", "blocks", sink)


def _with_heads_in_place(root: Mapping, sink: Diagnostics) -> Mapping:
    """Auxiliary heads that stand beside `aux` or among the blocks are moved into `aux`."""
    strays = [entry for entry in root.entries if entry.key.text not in FILE_KEYS and _is_head(entry.value)]
    entries = []
    for entry in root.entries:
        if entry.key.text == "blocks" and isinstance(entry.value, Mapping):
            inside = [each for each in entry.value.entries if _is_head(each.value)]
            kept = tuple(each for each in entry.value.entries if each not in inside)
            entries.append(Entry(entry.key, Mapping(kept, entry.value.span)))
            strays += inside
        elif entry not in strays:
            entries.append(entry)
    return _moved(Mapping(tuple(entries), root.span), strays, "head", "aux", sink)


def _moved(root: Mapping, strays: list[Entry], what: str, section: str, sink: Diagnostics) -> Mapping:
    """The file with what stands outside of its section moved into it."""
    if not strays:
        return root
    name, own = strays[0].key, root.entry(section)
    hint = f"indent it under `{section}:`" if own else f"put `{section}:` before it"
    sink.error("misplaced-key", f"the {what} `{name.text}` stands outside of `{section}`", name.span, help=hint)
    parts = own.value if own is not None and isinstance(own.value, Mapping) else Mapping((), name.span)
    new = [stray for stray in strays if parts.entry(stray.key.text) is None]
    key = own.key if own is not None else Scalar(section, name.span)
    entries = [entry for entry in root.entries if entry is not own]
    return Mapping((*entries, Entry(key, Mapping((*parts.entries, *new), parts.span))), root.span)


def _is_block(node: SyntaxNode) -> bool:
    return isinstance(node, Mapping) and node.entry("body") is not None


def _is_head(node: SyntaxNode) -> bool:
    return isinstance(node, Mapping) and _is_block(node) and any(node.entry(key) for key in ("from", "weight"))


def _with_keys_in_place(blocks: Mapping, sink: Diagnostics) -> Mapping:
    """`body`, `params`, ... that stand beside the blocks are moved into the block before them."""
    entries: list[Entry] = []
    for entry in blocks.entries:
        last = entries[-1] if entries else None
        key = entry.key
        if key.text not in BlockSpec.model_fields or _is_block(entry.value) or last is None:
            entries.append(entry)
        elif isinstance(last.value, Mapping) and last.value.entry(key.text) is None:
            hint = f"indent it like the other keys of `{last.key.text}`"
            sink.error("misplaced-key", f"`{key.text}` stands outside of its block", key.span, help=hint)
            entries[-1] = Entry(last.key, Mapping((*last.value.entries, entry), last.value.span))
        else:
            entries.append(entry)
    return Mapping(tuple(entries), blocks.span)
