"""Code as a tree, with values at its leaves that still know what they stand for.

Where uses of a block or turns of a repeat give trees of the same form, they become one piece of code: leaves in
which they differ turn into parameters (`lift.py`) or into terms of `i` (`loops.py`). Only then is it text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Protocol, TypeAlias

from ...expressions import Plain
from ...ops.base import Argument


class Callee(Protocol):
    """What a call calls, if that has its final parameters only when everything is printed."""

    @property
    def name(self) -> str:
        """The name that is called."""
        ...

    def takes(self, item: Doc) -> bool:
        """Whether a call shows this argument."""
        ...


@dataclass(frozen=True, slots=True)
class Val:
    """A value: a number, word or truth value. With `once` it stands in a loop of which only one turn is known."""

    value: Plain
    once: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    """An argument, `key=value` or by position; left out where it equals the default."""

    key: str
    value: Doc
    default: Doc | None = None
    positional: bool = False


@dataclass(frozen=True, slots=True)
class Bracket:
    """A call, a list, or without a head a tuple; with `explode` one item a line."""

    head: str | Callee
    items: tuple[Doc, ...]
    opening: str = "("
    closing: str = ")"
    explode: bool = False


@dataclass(frozen=True, slots=True)
class Loop:
    """`[element for i in range(count)]`; `star` where its items are arguments."""

    element: Doc
    count: Doc
    star: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """`then if condition else otherwise`."""

    then: Doc
    condition: Doc
    otherwise: Doc


@dataclass(frozen=True, slots=True)
class Infix:
    """`a + b + c`."""

    operator: str
    operands: tuple[Doc, ...]


@dataclass(frozen=True, slots=True)
class Hole:
    """What another use of the block has here; in this one it is left out and cannot be known."""

    passed: str = ""


Doc: TypeAlias = str | Val | Item | Bracket | Loop | Choice | Infix | Hole


def call(head: str | Callee, *items: Doc, explode: bool = False) -> Bracket:
    """`head(items)`."""
    return Bracket(head, items, explode=explode)


def listing(*items: Doc) -> Bracket:
    """`[items]`."""
    return Bracket("", items, "[", "]")


def sequential(modules: list[Doc]) -> Doc:
    """Modules in series: `nn.Sequential`, one module a line."""
    return call("nn.Sequential", *modules, explode=len(modules) > 1)


def literal(value: Argument) -> Doc:
    """A value, or a tuple of values."""
    return Bracket("", tuple(literal(item) for item in value)) if isinstance(value, tuple) else Val(value)


def transform(doc: Doc, change: Callable[[Val, str], Doc], key: str = "") -> Doc:
    """The code with every value changed; `change` is told the name of the argument that the value belongs to."""
    if isinstance(doc, Val):
        return change(doc, key)
    if isinstance(doc, Item):  # most are these two: `replace` takes four times as long
        return Item(doc.key, transform(doc.value, change, doc.key), doc.default, doc.positional)
    if isinstance(doc, Bracket):
        items = tuple([transform(item, change, key) for item in doc.items])
        return Bracket(doc.head, items, doc.opening, doc.closing, doc.explode)
    if isinstance(doc, Loop):
        return replace(doc, element=transform(doc.element, change, key), count=transform(doc.count, change, "count"))
    if isinstance(doc, Choice):
        then = transform(doc.then, change, key)
        return Choice(then, transform(doc.condition, change, "condition"), transform(doc.otherwise, change, key))
    if isinstance(doc, Infix):
        return replace(doc, operands=tuple(transform(operand, change, key) for operand in doc.operands))
    return doc


def leaves(doc: Doc, key: str = "") -> Iterator[tuple[str, Val]]:
    """The values of a piece of code in order, each with the name of the argument that it belongs to."""
    if isinstance(doc, Val):
        yield key, doc
    elif isinstance(doc, Item):
        yield from leaves(doc.value, doc.key)
    elif isinstance(doc, Bracket | Infix):
        for part in doc.items if isinstance(doc, Bracket) else doc.operands:
            yield from leaves(part, key)
    elif isinstance(doc, Loop):
        yield from leaves(doc.element, key)
        yield from leaves(doc.count, "count")
    elif isinstance(doc, Choice):
        yield from leaves(doc.then, key)
        yield from leaves(doc.condition, "condition")
        yield from leaves(doc.otherwise, key)


def form(doc: Doc) -> Doc:
    """The code without its values: what pieces of code have in common that differ in values only."""
    return transform(doc, lambda val, key: Val(0))


def brackets(doc: Doc) -> Iterator[Bracket]:
    """All calls and lists in a piece of code, the outer before the inner."""
    parts: tuple[Doc, ...] = ()
    if isinstance(doc, Item):
        parts = (doc.value,)
    elif isinstance(doc, Bracket):
        yield doc
        parts = doc.items
    elif isinstance(doc, Loop):
        parts = (doc.element,)
    elif isinstance(doc, Choice):
        parts = (doc.then, doc.otherwise)
    elif isinstance(doc, Infix):
        parts = doc.operands
    for part in parts:
        yield from brackets(part)
