"""Hoisting: a choice between widths that stands several times in a constructor gets a name before its first use."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from ...expressions import Expr, IfElse, expr_of
from .code import Doc, Val, leaves, transform
from .names import unique
from .parts import Assign
from .values import INDEX, names_of

_WIDTHS = ("in_channels", "out_channels", "num_features", "in_features", "out_features", "groups")


def hoisted(init: Sequence[Assign], taken: Iterable[str]) -> Iterator[tuple[str, Doc]]:
    """The statements of a constructor, as what is assigned to and what is assigned."""
    identifiers = set(taken)
    uses = [(key, val) for assign in init for key, val in _movable(assign.doc)]
    counts = Counter(expr_of(val.value) for _, val in uses)
    keys: dict[Expr, str] = {}
    for key, val in uses:
        keys.setdefault(expr_of(val.value), key)
    names: dict[Expr, str] = {}
    for assign in init:
        for _, val in _movable(assign.doc):
            expr = expr_of(val.value)
            if counts[expr] > 1 and expr not in names:
                names[expr] = unique("channels" if keys[expr] in _WIDTHS else keys[expr], identifiers)
                yield names[expr], val
        yield f"self.{assign.attribute}", transform(assign.doc, lambda val, key: names.get(expr_of(val.value), val))


def _movable(doc: Doc) -> Iterator[tuple[str, Val]]:
    """The choices in a piece of code that mean the same before it."""
    for key, val in leaves(doc):
        if isinstance(expr_of(val.value), IfElse) and INDEX not in names_of(val):
            yield key, val
