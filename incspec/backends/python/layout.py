"""Layout: code as a tree of texts -> lines, broken as ruff and black would break them.

What fits stays on one line. Else the items of the outermost brackets go on a line of their own, or on one line
each with a comma after the last.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

WIDTH = 88  # what ruff and black take for granted


@dataclass(frozen=True, slots=True)
class Group:
    """`opening` + items + `closing`: a call, a list, a parameter list. With `explode` one item a line in any case."""

    opening: str
    items: tuple[Text, ...]
    closing: str
    explode: bool = False


@dataclass(frozen=True, slots=True)
class Words:
    """Pieces with a space between them, of which each may begin a line: `a if b else c`, `a + b`, `a for i in b`."""

    pieces: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class Prefixed:
    """`key=` or `*`, and what follows it."""

    prefix: str
    text: Text


Text: TypeAlias = str | Group | Words | Prefixed


def flat(text: Text) -> str:
    """The text on one line."""
    if isinstance(text, Group):
        return text.opening + ", ".join(flat(item) for item in text.items) + text.closing
    if isinstance(text, Words):
        return " ".join(flat(piece) for piece in text.pieces)
    return f"{text.prefix}{flat(text.text)}" if isinstance(text, Prefixed) else text


def layout(text: Text, indent: int, before: str = "", after: str = "") -> list[str]:
    """The lines of `before` + text + `after`."""
    line = " " * indent + before + flat(text) + after
    if isinstance(text, str) or (len(line) <= WIDTH and not _explodes(text)):
        return [line]
    if isinstance(text, Prefixed):
        return layout(text.text, indent, before + text.prefix, after)
    if isinstance(text, Words):
        return [" " * indent + before + "(", *_words(text, indent + 4), " " * indent + ")" + after]
    if not text.items:
        return [line]
    if before.endswith("= ") and len(before + text.opening) > WIDTH - indent and len(flat(text)) <= WIDTH - indent - 4:
        return [" " * indent + before + "(", *layout(text, indent + 4), " " * indent + ")" + after]
    return [" " * indent + before + text.opening, *_items(text, indent + 4), " " * indent + text.closing + after]


def _items(group: Group, indent: int) -> list[str]:
    together = " " * indent + ", ".join(flat(item) for item in group.items)
    if len(together) <= WIDTH and not _explodes(group):
        return [together]
    (only, *more) = group.items
    if not more and isinstance(only, Words) and not group.explode:
        return _words(only, indent)  # a comprehension
    comma = "" if not more and _starred(only) else ","
    return [
        line
        for item in group.items
        for line in (_words(item, indent, comma) if isinstance(item, Words) else layout(item, indent, "", comma))
    ]


def _words(text: Words, indent: int, after: str = "") -> list[str]:
    line = " " * indent + flat(text) + after
    if len(line) <= WIDTH and not _explodes(text):
        return [line]
    lines = [line for piece in text.pieces for line in layout(piece, indent)]
    return [*lines[:-1], lines[-1] + after]


def _starred(text: Text) -> bool:
    return isinstance(text, Prefixed) and text.prefix == "*"


def _explodes(text: Text) -> bool:
    """Whether something in it goes on several lines, however short it is."""
    if isinstance(text, Group):
        return text.explode or any(_explodes(item) for item in text.items)
    if isinstance(text, Words):
        return any(_explodes(piece) for piece in text.pieces)
    return isinstance(text, Prefixed) and _explodes(text.text)
