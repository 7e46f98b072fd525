"""Scopes: what names mean at one place of a program -> what texts and traced values are there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeAlias

from ..diagnostics import Diagnostics
from ..expressions import ExpressionError, Plain, expr_of, untraced
from ..expressions.value import value_of
from ..ir import Graph
from ..ops.base import Op
from ..resolution.names import is_lone_word
from ..resolution.values import Names, Poison, Values
from ..spec import Raw
from ..syntax import SyntaxTree

Scope: TypeAlias = dict[str, Plain]


class Unknown(Exception):  # noqa: N818  # not an error: there is nothing to tell
    """What becomes of the program cannot be told."""


class Texts:
    """Reads texts of one document, and tells nobody what is wrong with them."""

    def __init__(self, tree: SyntaxTree) -> None:
        self.values = Values(tree, Diagnostics())

    def shape(self, texts: list[str], scope: Scope) -> tuple[int, ...]:
        """The lengths of axes.

        Raises:
            Unknown: one of them is none.
        """
        found = self.values.shape(texts, ("input",), Names(scope))
        if found is None:
            raise Unknown
        return found

    def value(self, text: str, scope: Scope) -> Plain:
        """The value of a text.

        Raises:
            Unknown: it has none.
        """
        try:
            return untraced(
                self.values.value(text, (), Names(scope), (text,) if is_lone_word(text) and text not in scope else ())
            )
        except Poison:
            raise Unknown from None

    def field(self, raw: object, op: Op, name: str, scope: Scope) -> object:
        """What a field of an op is given, as the op holds it.

        Raises:
            Unknown: it takes no such value.
        """
        if raw is None:
            return type(op).model_fields[name].get_default()
        kind = type(op).field_kind(name)
        try:
            return kind.accept(self.values.field(raw, (), Names(scope), kind))  # type: ignore[arg-type]
        except (Poison, ValueError):
            raise Unknown from None


def evaluated(value: object, scope: Mapping[str, Plain]) -> object:
    """What a field holds, in terms of a scope."""
    if isinstance(value, tuple):
        return tuple(evaluated(item, scope) for item in value)
    return plain(value, scope) if isinstance(value, int | float | str) else value


def plain(value: Plain, scope: Mapping[str, Plain]) -> Plain:
    """A value that is traced to names, in terms of a scope.

    Raises:
        Unknown: it has none there.
    """
    if not hasattr(value, "expr"):
        return value
    try:
        return value_of(expr_of(value), scope)
    except ExpressionError:
        raise Unknown from None


def file_scope(network: Graph) -> Scope:
    """The file's parameters, under the names that expressions and values have for them."""
    scope: Scope = {}
    for name, value in network.params.items():
        scope[name] = scope[f"network.{name}"] = untraced(value)
    return scope


def mention_width(args: Mapping[str, Raw]) -> Iterator[tuple[str, Raw]]:
    """The arguments that depend on the width that arrives."""
    for key, raw in args.items():
        if (
            isinstance(raw, str)
            and "in" in raw.replace("(", " ").replace(")", " ").replace("*", " ").replace("/", " ").split()
        ):
            yield key, raw
