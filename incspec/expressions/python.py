"""Printing: Expr -> Python source."""

from __future__ import annotations

from collections.abc import Callable

from .traced import untraced
from .tree import BINDING, Call, Expr, IfElse, Literal, Name, Unary

_PYTHON_FUNCTIONS = {"ceil": "math.ceil", "floor": "math.floor"}


def to_python(expr: Expr, rename: Callable[[str], str] = str) -> str:
    """The expression as Python source, with no more brackets than it needs; `rename` gives names their spelling."""
    return _printed(expr, rename, 0)


def _printed(expr: Expr, rename: Callable[[str], str], least: int) -> str:
    if isinstance(expr, Literal):
        text = f'"{expr.value}"' if isinstance(expr.value, str) else repr(untraced(expr.value))
        return f"({text})" if least > 6 and text.startswith("-") else text
    if isinstance(expr, Name):
        return rename(expr.id)
    if isinstance(expr, Call):
        function = _PYTHON_FUNCTIONS.get(expr.function, expr.function)
        return f"{function}({', '.join(_printed(argument, rename, 0) for argument in expr.arguments)})"
    if isinstance(expr, Unary):
        word, binding = ("not ", 3) if expr.op == "not" else ("-", 7)
        text = word + _printed(expr.operand, rename, binding)
    elif isinstance(expr, IfElse):
        then, condition = _printed(expr.then, rename, 1), _printed(expr.condition, rename, 1)
        text, binding = f"{then} if {condition} else {_printed(expr.otherwise, rename, 0)}", 0
    elif expr.op == "**":
        text, binding = f"{_printed(expr.left, rename, 9)}**{_printed(expr.right, rename, 8)}", 8
    else:
        binding = BINDING[expr.op]
        side = binding + 1 if binding == 4 else binding
        text = f"{_printed(expr.left, rename, side)} {expr.op} {_printed(expr.right, rename, binding + 1)}"
    return f"({text})" if binding < least else text
