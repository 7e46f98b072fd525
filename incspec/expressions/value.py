"""The meaning of expressions: arithmetic, comparison, conditions and a few functions, all bounded."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TypeAlias

from .tree import LIMIT, Binary, Call, Expr, ExpressionError, IfElse, Literal, Name, Plain, Unary, Unknown, UnknownValue

Environment: TypeAlias = Mapping[str, Plain | Unknown]


def value_of(expr: Expr, env: Environment) -> Plain:
    """The value of an expression under bare values.

    Raises:
        ExpressionError: it has no value (a division by zero, a word in arithmetic, a number out of bounds).
        UnknownValue: it depends on a name bound to `UNKNOWN`.
    """
    if isinstance(expr, Literal):
        return expr.value
    if isinstance(expr, Name):
        found = env.get(expr.id)
        if found is None:
            raise ExpressionError("unknown-name", f"there is no parameter `{expr.id}` here", expr.at)
        if isinstance(found, Unknown):
            raise UnknownValue
        return found
    if isinstance(expr, IfElse):
        return value_of(expr.then if _condition(expr.condition, env) else expr.otherwise, env)
    if isinstance(expr, Unary) and expr.op == "not":
        return not _condition(expr.operand, env)
    if isinstance(expr, Binary) and expr.op in ("and", "or"):
        left = _condition(expr.left, env)
        return left if left == (expr.op == "or") else _condition(expr.right, env)
    if isinstance(expr, Binary) and expr.op in ("==", "!="):
        return (value_of(expr.left, env) == value_of(expr.right, env)) == (expr.op == "==")
    if isinstance(expr, Unary):
        return -_number(expr.operand, env)
    if isinstance(expr, Call):
        arguments = [_number(argument, env) for argument in expr.arguments]
        if (
            expr.function == "round_to"
            and len(arguments) > 1
            and (arguments[1] < 1 or arguments[1] != int(arguments[1]))
        ):
            message = f"`round_to` wants a whole number `m` of at least 1, got `{arguments[1]:g}`"
            raise ExpressionError("invalid-expression", message, expr.arguments[1].at)
        return _bounded(lambda: FUNCTIONS[expr.function][2](*arguments), expr)
    left_number, right_number = _number(expr.left, env), _number(expr.right, env)
    if expr.op == "**" and abs(left_number) > 1 and right_number > 64:
        raise ExpressionError("number-too-large", "the power is too large", expr.at, f"the limit is {LIMIT:.0e}")
    return _bounded(lambda: _ARITHMETIC[expr.op](left_number, right_number), expr)


def _bounded(compute: Callable[[], Plain], expr: Expr) -> Plain:
    try:
        value = compute()
    except ZeroDivisionError:
        raise ExpressionError("division-by-zero", "division by zero", expr.at) from None
    except (OverflowError, ValueError):
        value = math.inf
    if isinstance(value, complex) or value != value:
        raise ExpressionError("invalid-expression", "the result is not a number", expr.at)
    if not isinstance(value, str) and abs(value) > LIMIT:
        raise ExpressionError("number-too-large", "the result is too large", expr.at, f"the limit is {LIMIT:.0e}")
    return value


def _number(expr: Expr, env: Environment) -> int | float:
    value = value_of(expr, env)
    if isinstance(value, str | bool):
        shown = f"the word `{value}`" if isinstance(value, str) else str(value).lower()
        raise ExpressionError("wrong-type", f"a number is wanted here, got {shown}", expr.at)
    return value


def _condition(expr: Expr, env: Environment) -> bool:
    value = value_of(expr, env)
    if not isinstance(value, bool):
        hint = "words have no truth value" if isinstance(value, str) else f"compare it: `{_written(expr)} != 0`"
        raise ExpressionError("wrong-type", f"a condition is wanted here, got `{value}`", expr.at, hint)
    return value


def _written(expr: Expr) -> str:
    return expr.id if isinstance(expr, Name) else "..."


def round_to(x: float, m: int = 8) -> int:
    """The multiple of m nearest to x, at least m, and one more where that loses over a tenth of x."""
    rounded = max(m, int(x + m / 2) // m * m)
    return int(rounded + m if rounded < 0.9 * x else rounded)


FUNCTIONS: dict[str, tuple[int, int, Callable[..., int | float]]] = {
    "min": (2, 99, min),
    "max": (2, 99, max),
    "ceil": (1, 1, math.ceil),
    "floor": (1, 1, math.floor),
    "round_to": (1, 2, round_to),
}
_ARITHMETIC: dict[str, Callable[[int | float, int | float], Plain]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "//": lambda a, b: a // b,
    "%": lambda a, b: a % b,
    "**": lambda a, b: a**b,
    "<": lambda a, b: a < b,
    ">": lambda a, b: a > b,
    "<=": lambda a, b: a <= b,
    ">=": lambda a, b: a >= b,
}
