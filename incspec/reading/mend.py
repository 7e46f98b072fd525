"""Mending: the entries of a mapping or list as YAML reads them -> the node that was meant.

Tells values that are missing, keys that stand twice, and what a comma, a missing blank or a wrong indentation makes
of a text that YAML takes without complaint.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from collections.abc import Sequence as Seq

from ..diagnostics import Diagnostics, Label, listed
from ..edits import Edit, Fix, replaced
from ..record import record
from ..source import Span
from ..syntax import UNREADABLE, Entry, Mapping, Scalar, Sequence, SyntaxNode, unreadable

_NO_SPACE = re.compile(r"([a-z_]\w*):(\S.*)")
_NO_COLON = re.compile(r"([a-z_]\w*)\s+(\S+)")
_GIVE_A_VALUE = "give it one, remove it, or write `none` for nothing, `required` for a parameter that must be given"


@record
class RawEntry:
    """A key and its value as YAML reads them; None where there is no value."""

    key: Scalar
    value: SyntaxNode | None


@record
class Mended:
    """A mapping, or what stands for it; and the entries that stand in it, but belong beside it."""

    node: SyntaxNode
    beside: tuple[Entry, ...] = ()


def mend_list(items: Seq[SyntaxNode], span: Span, *, flow: bool, sink: Diagnostics) -> Sequence:
    """A list from its items. Mistakes go to `sink`."""
    cut = flow and span.source.text.find("(", span.start, span.end) >= 0  # most lists hold no bracket to look into
    return Sequence(tuple(_rejoined_items(items, sink) if cut else items), span)


def mend_mapping(raw: Seq[RawEntry], span: Span, *, flow: bool, in_list: bool, sink: Diagnostics) -> Mended:
    """A mapping from its entries; `in_list` is whether it is an item of a list. Mistakes go to `sink`."""
    if flow:
        raw = _rejoined_entries(raw, sink)
    elif in_list and len(raw) > 1 and raw[0].value is None:
        # `- conv:` with the fields of `conv` in its own column.
        name = raw[0].key
        hint = f"indent what belongs to `{name.text}` deeper than it"
        fixes = _indented(Span(span.source, raw[1].key.span.start, span.end))
        sink.error("null", f"`{name.text}` has no value", name.span, help=hint, fixes=fixes)
        return Mended(unreadable(span))
    names: list[Scalar] = []
    nodes: list[Mapping] = []
    header: int | None = -1
    while header is not None:
        raw = raw[header + 1 :]
        header = None if flow or in_list or sink.full else _header_inside(raw)
        own = raw[:header]
        at = names[-1].span if names else span
        if header is not None:
            names.append(raw[header].key)
            message = f"`{names[-1].text}` has no value"
            hint = "indent it less: its keys stand beside it, among those of another"
            sink.error("null", message, names[-1].span, help=hint)
        nodes.append(Mapping(tuple(_distinct(_with_values(own, flow=flow, sink=sink), sink)), at))
    return Mended(nodes[0], tuple(map(Entry, names, nodes[1:])))


def _indented(span: Span) -> tuple[Fix, ...]:
    """Two more blanks before each line of some lines."""
    lines = [Edit(span.inner(0, 0), "  ")]
    lines += [Edit(span.inner(at.end(), at.end()), "  ") for at in re.finditer(r"\n(?=[ ]*[^\s])", span.text)]
    return (Fix(tuple(lines)),)


def _header_inside(raw: Seq[RawEntry]) -> int | None:
    """Where a key without a value is followed by keys that stood before it: the head of the next mapping."""
    last = {entry.key.text: index for index, entry in enumerate(raw)}
    reach = -1  # where a key that stood before comes for the last time
    for index, entry in enumerate(raw):
        if entry.value is None and reach > index:
            return index
        reach = max(reach, last[entry.key.text])
    return None


# --- values that are missing


def _with_values(raw: Seq[RawEntry], *, flow: bool, sink: Diagnostics) -> Iterator[Entry]:
    given = {entry.key.text for entry in raw if entry.value is not None}
    for entry in raw:
        if entry.value is not None:
            yield Entry(entry.key, entry.value)
        elif entry.key.text not in given:  # else it stands twice, and that is told
            yield _given_a_value(entry.key, flow=flow, sink=sink)


def _given_a_value(key: Scalar, *, flow: bool, sink: Diagnostics) -> Entry:
    """Tell a missing value, or the missing sign that makes of a key and its value one word."""
    no_space = _NO_SPACE.fullmatch(key.text)
    found = no_space or (_NO_COLON.fullmatch(key.text) if flow else None)
    if found is None:
        sink.error("null", f"`{key.text}` has no value", key.span, help=_GIVE_A_VALUE)
        return Entry(key, unreadable(key.span))
    name, value = found.groups()
    fixes = replaced(key.span, key.text, f"{name}: {value}")
    if no_space:
        message = f"a space is missing after the colon in `{key.text}`"
        sink.error("missing-space", message, key.span, help=f"write `{name}: {value}`", fixes=fixes)
    else:
        message = f"a colon is missing in `{key.text}`"
        sink.error("missing-colon", message, key.span, help=f"write `{name}: {value}`", fixes=fixes)
    return Entry(Scalar(name, key.part(*found.span(1))), Scalar(value, key.part(*found.span(2))))


# --- keys that stand twice


def _distinct(entries: Iterator[Entry], sink: Diagnostics) -> Iterator[Entry]:
    """The entries, each key once; keys that stand twice one after the other are one mistake."""
    distinct: dict[str, Entry] = {}
    again: set[str] = set()
    run: list[Scalar] = []
    for entry in entries:
        name = entry.key.text
        first = distinct.get(name)
        if first is None:
            distinct[name] = entry
            _tell_again(run, distinct, sink)
            run = []
        elif name != UNREADABLE:
            run.append(entry.key)
            # What is given three times is not put together: it could be given thirty thousand times.
            both = unreadable(first.value.span) if name in again else _either(first.value, entry.value)
            distinct[name] = Entry(first.key, both)
            again.add(name)
    _tell_again(run, distinct, sink)
    yield from distinct.values()


def _tell_again(run: Seq[Scalar], first: dict[str, Entry], sink: Diagnostics) -> None:
    if not run:
        return
    names = list(dict.fromkeys(key.text for key in run))
    hint = "keep one of them"
    if len(names) > 1:
        hint = f"keep one of each; or a line is missing before the second `{names[0]}`, to begin another mapping"
    labels = [Label(first[name].key.span, "first here") for name in names[:3]]
    message = f"{listed(names)} {'is' if len(names) == 1 else 'are'} given twice"
    sink.error("duplicate-key", message, run[0].span, label="again here", secondary=labels, help=hint)


def _either(first: SyntaxNode, second: SyntaxNode) -> SyntaxNode:
    """What stands for a value that is given twice: all that both say, as far as they do not contradict."""
    if isinstance(first, Mapping) and isinstance(second, Mapping):
        entries = {entry.key.text: entry for entry in first.entries}
        for entry in second.entries:
            other = entries.get(entry.key.text)
            entries[entry.key.text] = Entry(entry.key, _either(other.value, entry.value)) if other else entry
        return Mapping(tuple(entries.values()), first.span)
    if isinstance(first, Sequence) and isinstance(second, Sequence):
        return Sequence((*first.items, unreadable(second.span)), first.span)
    return unreadable(first.span)


# --- commas in expressions


def _rejoined_entries(raw: Seq[RawEntry], sink: Diagnostics) -> list[RawEntry]:
    """`{out: round_to(w, 8)}` is two keys to YAML: the second, without a value, goes back to the first."""
    rejoined: list[RawEntry] = []
    index = 0
    while index < len(raw):
        entry = raw[index]
        cut_off = itertools.takewhile(lambda other: other.value is None, itertools.islice(raw, index + 1, None))
        pieces = _pieces(entry.value, (other.key for other in cut_off))
        if pieces:
            name = entry.key.text
            entry = RawEntry(entry.key, _cut_value(entry.value, pieces, f"the value of `{name}`", f"{name}: ", sink))
        rejoined.append(entry)
        index += 1 + len(pieces)
    return rejoined


def _rejoined_items(items: Seq[SyntaxNode], sink: Diagnostics) -> list[SyntaxNode]:
    """`[round_to(w, 8)]` is two items to YAML."""
    rejoined: list[SyntaxNode] = []
    index = 0
    while index < len(items):
        pieces = _pieces(items[index], itertools.islice(items, index + 1, None))
        rejoined.append(_cut_value(items[index], pieces, "the item", "", sink) if pieces else items[index])
        index += 1 + len(pieces)
    return rejoined


def _pieces(first: SyntaxNode | None, following: Iterator[SyntaxNode]) -> list[Scalar]:
    """Of the texts that follow one, those that a comma cut off, since its bracket is not closed before."""
    pieces: list[Scalar] = []
    depth = _unclosed(first)
    while depth > 0:
        node = next(following, None)
        if not isinstance(node, Scalar):
            break
        pieces.append(node)
        depth += _unclosed(node)
    return pieces


def _unclosed(node: SyntaxNode | None) -> int:
    """How many brackets an unquoted text opens and does not close."""
    return node.text.count("(") - node.text.count(")") if isinstance(node, Scalar) and not node.quoted else 0


def _cut_value(first: SyntaxNode | None, pieces: Seq[Scalar], what: str, before: str, sink: Diagnostics) -> SyntaxNode:
    assert isinstance(first, Scalar)
    text = ", ".join([first.text, *(piece.text for piece in pieces)])
    at = Span(first.span.source, first.span.start, pieces[-1].span.end)
    hint = f'put it in quotes: `{before}"{text}"`'
    fixes = () if set(at.text) & set('"\\\r\n') else replaced(at, at.text, f'"{at.text}"')
    sink.error("unquoted-comma", f"the comma in `{text}` ends {what}", at, help=hint, fixes=fixes)
    return unreadable(at)
