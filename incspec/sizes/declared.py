"""Open inputs: `any`, `H`, `H >= 75` in place of a length -> the sizes that it stands for, and one to look at.

The network is typed at one size of each open axis, and then held to take all of them. A letter is one length wherever it
stands: two inputs of `[3, H, W]` are equally large. `any` is each time another, and so are `H1` and `H2`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from ..expressions import Environment, ExpressionError, Name, names_in, parse_expression, value_of
from ..record import record
from ..shapes import AXES, TensorType
from .function import IDENTITY, SizesUnknownError
from .length import Path, explore, length
from .size_set import ALL, NONE, SizeSet

ANY = "any"
# An axis of an input: the input's name, and the axis' place in its shape.
Place: TypeAlias = tuple[str, int]
# The size of an open axis at which numbers are given, if it is one of its sizes; else the nearest above, or below.
_USUAL: Mapping[str | None, int] = {"L": 1024, "T": 64, "H": 224, "W": 224}


@record
class OpenAxis:
    """An axis of an input whose length is left open: what is written for it, and the lengths that this allows.

    `symbol` is the letter that stands for it, `H` or `H2`; nothing with `any`.
    """

    text: str
    symbol: str
    sizes: SizeSet


@record
class Declared:
    """The inputs: their types, with one length for each open axis; and the open axes, by input and place."""

    types: tuple[TensorType, ...]
    open: Mapping[Place, OpenAxis]


def lengths(open_: Mapping[Place, OpenAxis]) -> list[list[Place]]:
    """The open axes by what is one length: those of one letter are."""
    by_symbol: dict[object, list[Place]] = {}
    for place, axis in open_.items():
        by_symbol.setdefault(axis.symbol or place, []).append(place)
    return list(by_symbol.values())


def letter_at(shape: Sequence[str], place: int) -> str | None:
    """The letter of the axis at a place of an input's shape; None for its channels, and where it is no shape."""
    return AXES[len(shape) - 1][place - 1] if place and len(shape) - 1 in AXES else None


def symbol_in(text: str, letter: str | None) -> str | None:
    """What stands for an open length: the letter of its axis, or this with a number; parameters have small letters.

    Nothing stands for `any`; None is what is not open.
    """
    if letter is None:
        return None
    if text == ANY:
        return ""
    try:
        names = [name.id for name in names_in(parse_expression(text))]
    except ExpressionError:
        return None
    return next((name for name in names if name == letter or (name[0] == letter and name[1:].isdecimal())), None)


def open_axis(text: str, symbol: str, env: Environment) -> OpenAxis:
    """The lengths that a condition allows.

    Raises:
        ExpressionError: it is no condition, or one that no length meets.
    """
    if text == ANY or parse_expression(text) == Name(symbol):
        return OpenAxis(text, symbol, ALL)
    expr = parse_expression(text)

    def holds(path: Path) -> bool:
        met = value_of(expr, {**env, symbol: length(IDENTITY.restricted(path.domain), path)})
        if not isinstance(met, bool):
            raise ExpressionError(
                "invalid-input", f"a length, `any` or a condition on `{symbol}` is wanted here", expr.at
            )
        return met

    try:
        parts = explore(holds, ALL)
    except SizesUnknownError as error:
        raise ExpressionError("invalid-input", f"`{text}` cannot be followed: {error}", expr.at) from None
    sizes = NONE
    for part, met in parts:
        sizes = sizes | part if met else sizes
    if not sizes:
        raise ExpressionError("invalid-input", f"no `{symbol}` meets `{text}`", expr.at)
    return OpenAxis(text, symbol, sizes)


def usual_size(letter: str | None, sizes: SizeSet) -> int:
    """The length at which an open axis is looked at."""
    usual = _USUAL[letter]
    below, above = sizes.nearest(usual)
    found = usual if usual in sizes else above or below
    assert found is not None, "an open axis has some size"
    return found
