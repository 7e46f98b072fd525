"""Hoisting: a width that stands several times in a constructor gets a name before its first use."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .layout import Bracket, Choice, Doc, Loop


def hoisted(init: list[tuple[str, Doc]]) -> list[tuple[str, Doc]]:
    """A choice between widths that stands several times gets a name before its first use."""
    counts: dict[str, int] = {}
    for _, doc in init:
        for text in _leaves(doc):
            counts[text] = counts.get(text, 0) + 1
    names: dict[str, str] = {}
    for text, count in counts.items():
        if count > 1 and " if " in text and not re.search(r"\bi\b", text):
            names[text] = "channels" if not names else f"channels{len(names) + 1}"
    hoisted: list[tuple[str, Doc]] = []
    left = dict(names)
    for target, doc in init:
        for text in _leaves(doc):
            if text in left:
                hoisted.append((left.pop(text), text))
        hoisted.append((target, _renamed(doc, names)))
    return hoisted


def _leaves(doc: Doc) -> Iterator[str]:
    if isinstance(doc, Bracket):
        for item in doc.items:
            yield from _leaves(item)
    elif isinstance(doc, Choice):
        yield from _leaves(doc.then)
    elif isinstance(doc, Loop):
        yield from _leaves(doc.element)
    elif isinstance(doc, str):
        key, equals, value = doc.partition("=")
        yield value if equals and key.isidentifier() else doc


def _renamed(doc: Doc, names: dict[str, str]) -> Doc:
    if isinstance(doc, Bracket):
        return Bracket(doc.head, tuple(_renamed(item, names) for item in doc.items), doc.opening, doc.closing)
    if isinstance(doc, Choice):
        return Choice(_renamed(doc.then, names), doc.condition, doc.otherwise)
    if isinstance(doc, str):
        key, equals, value = doc.partition("=")
        if equals and key.isidentifier():
            return f"{key}={names.get(value, value)}"
        return names.get(doc, doc)
    return doc
