"""The syntax tree: what YAML says, without types, every node with its span.

A scalar is text. Whether it is a number, a word, a name or an expression is decided by the field that it
stands in, much later.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field
from typing import TypeAlias

from .record import record
from .source import Span

DocPath: TypeAlias = tuple[str | int, ...]

# The text of what cannot be read, once that is reported: nothing is known of such a value, so nothing is concluded
# from it. As a key it leaves its mapping open, as an item its list. parse.py lets no control character through, so
# no text of a file is this.
UNREADABLE = "\0"
_FEW = 8  # entries, among which looking is as fast as an index


@record
class Scalar:
    """A piece of text. `verbatim`: the text stands in the file letter by letter, so offsets in it are places."""

    text: str
    span: Span
    verbatim: bool = True
    quoted: bool = False

    def part(self, start: int, end: int) -> Span:
        """The span of the characters `start` to `end` of the text, or of all where quoting hides them."""
        if not self.verbatim:
            return self.span
        offset = 1 if self.quoted else 0
        return self.span.inner(start + offset, end + offset)


@record
class Entry:
    """A key and its value."""

    key: Scalar
    value: SyntaxNode


@record
class Mapping:
    """Keys and values, in the order of the text; no key stands twice."""

    entries: tuple[Entry, ...]
    span: Span
    _index: dict[str, Entry] = field(init=False, repr=False, compare=False, default_factory=dict)

    def get(self, key: str) -> SyntaxNode | None:
        """The value of a key, or None."""
        entry = self.entry(key)
        return entry.value if entry else None

    def entry(self, key: str) -> Entry | None:
        """The entry of a key, or None."""
        if len(self.entries) < _FEW:
            for entry in self.entries:
                if entry.key.text == key:
                    return entry
            return None
        if not self._index:
            self._index.update((entry.key.text, entry) for entry in self.entries)
        return self._index.get(key)

    def keys(self) -> Iterator[str]:
        """The keys, in order."""
        return (entry.key.text for entry in self.entries)

    @property
    def open(self) -> bool:
        """Whether it may hold any key, since a part of it could not be read."""
        return self.entry(UNREADABLE) is not None


@record
class Sequence:
    """A list of nodes."""

    items: tuple[SyntaxNode, ...]
    span: Span


SyntaxNode: TypeAlias = Scalar | Mapping | Sequence


def unreadable(span: Span) -> Scalar:
    """What stands for a value that could not be read."""
    return Scalar(UNREADABLE, span, verbatim=False)


def unreadable_entry(span: Span) -> Entry:
    """What leaves a mapping open."""
    return Entry(unreadable(span), unreadable(span))


def is_unreadable(node: SyntaxNode | None) -> bool:
    """Whether nothing is known of a value."""
    return isinstance(node, Scalar) and node.text == UNREADABLE


@record
class SyntaxTree:
    """The tree of one document. Places are found by path, so that types made from it need not carry spans."""

    root: Mapping

    def node_at(self, path: DocPath) -> SyntaxNode:
        """The node at a path, or the deepest one that exists on the way there."""
        return self._walk(path)[0]

    def span_at(self, path: DocPath, *, key: bool = False) -> Span:
        """The span of the value at a path, or of its key; a path that leads further ends where the text ends."""
        node, entry = self._walk(path)
        return entry.key.span if key and entry is not None else node.span

    def has(self, path: DocPath) -> bool:
        """Whether the document holds a node at exactly this path."""
        node: SyntaxNode = self.root
        for step in path:
            found: SyntaxNode | None = None
            if isinstance(node, Mapping) and isinstance(step, str):
                found = node.get(step)
            elif isinstance(node, Sequence) and isinstance(step, int) and step < len(node.items):
                found = node.items[step]
            if found is None:
                return False
            node = found
        return True

    def _walk(self, path: DocPath) -> tuple[SyntaxNode, Entry | None]:
        node: SyntaxNode = self.root
        entry: Entry | None = None
        for step in path:
            if isinstance(node, Mapping) and isinstance(step, str):
                found = node.entry(step)
                if found is None:
                    break
                node, entry = found.value, found
            elif isinstance(node, Sequence) and isinstance(step, int) and step < len(node.items):
                node, entry = node.items[step], None
            else:
                break
        return node, entry


def plain(node: SyntaxNode) -> object:
    """The tree as dicts, lists and strings."""
    if isinstance(node, Scalar):
        return node.text
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    return {entry.key.text: plain(entry.value) for entry in node.entries}
