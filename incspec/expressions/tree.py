"""The tree of an expression, and how it fails.

Offsets (`at`) are those of the characters in the expression's text.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field
from typing import TypeAlias

from ..record import record

Plain: TypeAlias = int | float | str | bool

LIMIT = 10**15  # larger than any width, size or count that means something
KEYWORDS = ("and", "or", "not", "if", "else", "true", "false")
BINDING = {"or": 1, "and": 2, "<": 4, ">": 4, "<=": 4, ">=": 4, "==": 4, "!=": 4}
BINDING |= {"+": 5, "-": 5, "*": 6, "/": 6, "//": 6, "%": 6}


@record
class Literal:
    """A number, word or truth value."""

    value: Plain
    at: tuple[int, int] = field(default=(0, 0), compare=False)


@record
class Name:
    """A parameter, or one of `in`, `i`, `call`, `calls`."""

    id: str
    at: tuple[int, int] = field(default=(0, 0), compare=False)


@record
class Unary:
    """`-a` or `not a`."""

    op: str
    operand: Expr
    at: tuple[int, int] = field(default=(0, 0), compare=False)


@record
class Binary:
    """Arithmetic, comparison, `and`, `or`."""

    op: str
    left: Expr
    right: Expr
    at: tuple[int, int] = field(default=(0, 0), compare=False)


@record
class IfElse:
    """`a if condition else b`."""

    condition: Expr
    then: Expr
    otherwise: Expr
    at: tuple[int, int] = field(default=(0, 0), compare=False)


@record
class Call:
    """A function of the allow-list."""

    function: str
    arguments: tuple[Expr, ...]
    at: tuple[int, int] = field(default=(0, 0), compare=False)


Expr: TypeAlias = Literal | Name | Unary | Binary | IfElse | Call


class ExpressionError(Exception):
    """An expression that cannot be read or has no value; `at` are offsets in its text."""

    def __init__(self, code: str, message: str, at: tuple[int, int], help: str | None = None) -> None:
        super().__init__(message)
        self.code, self.message, self.at, self.help = code, message, at, help


class UnknownValue(Exception):  # noqa: N818  # no error of its own: one was reported
    """The expression uses a value that an earlier mistake left unknown; that mistake was reported."""


class Unknown:
    """The value of a name that an earlier mistake left without one."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN = Unknown()


def names_in(expr: Expr) -> Iterator[Name]:
    """Every use of a name, in order."""
    if isinstance(expr, Name):
        yield expr
    elif isinstance(expr, Unary):
        yield from names_in(expr.operand)
    elif isinstance(expr, Binary):
        yield from names_in(expr.left)
        yield from names_in(expr.right)
    elif isinstance(expr, IfElse):
        yield from names_in(expr.condition)
        yield from names_in(expr.then)
        yield from names_in(expr.otherwise)
    elif isinstance(expr, Call):
        for argument in expr.arguments:
            yield from names_in(argument)
