"""Laying out code: calls and lists on one line where they fit, else one item a line with a trailing comma."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

WIDTH = 88  # what ruff and black take for granted


@dataclass(frozen=True, slots=True)
class Bracket:
    """`head` + `opening` + items + `closing`: a call, a list, a parameter list."""

    head: str
    items: tuple[Doc, ...]
    opening: str = "("
    closing: str = ")"

    def __str__(self) -> str:
        return self.head + self.opening + ", ".join(str(item) for item in self.items) + self.closing


@dataclass(frozen=True, slots=True)
class Loop:
    """`[element clause]`, a comprehension; `head` is `*` where its items are arguments."""

    element: Doc
    clause: str
    head: str = ""

    def __str__(self) -> str:
        return f"{self.head}[{self.element} {self.clause}]"


@dataclass(frozen=True, slots=True)
class Choice:
    """`then if condition else otherwise`."""

    then: Doc
    condition: str
    otherwise: str

    def __str__(self) -> str:
        return f"{self.then} if {self.condition} else {self.otherwise}"


Doc: TypeAlias = "str | Bracket | Loop | Choice"


def layout(doc: Doc, indent: int, before: str = "", after: str = "") -> list[str]:
    """The lines of `before` + doc + `after`."""
    flat = " " * indent + before + str(doc) + after
    if len(flat) <= WIDTH or isinstance(doc, str):
        return [flat]
    if isinstance(doc, Choice):
        inner = [*layout(doc.then, indent + 4), *layout(doc.condition, indent + 4, "if ")]
        inner += layout(doc.otherwise, indent + 4, "else ")
        return [" " * indent + before + "(", *inner, " " * indent + ")" + after]
    if isinstance(doc, Loop):
        inner = [*layout(doc.element, indent + 4), " " * (indent + 4) + doc.clause]
        return [" " * indent + before + doc.head + "[", *inner, " " * indent + "]" + after]
    if not doc.items:
        return [flat]
    lines = [" " * indent + before + doc.head + doc.opening]
    for item in doc.items:
        lines += layout(item, indent + 4, "", ",")
    lines.append(" " * indent + doc.closing + after)
    return lines


def call(head: str, items: Sequence[Doc]) -> Bracket:
    """`head(items)`."""
    return Bracket(head, tuple(items))


def listing(items: Sequence[Doc]) -> Bracket:
    """`[items]`."""
    return Bracket("", tuple(items), "[", "]")
