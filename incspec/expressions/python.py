"""Printing: Expr -> Python source."""

from __future__ import annotations

from .traced import untraced
from .tree import BINDING, Call, Expr, IfElse, Literal, Name, Unary

_PYTHON_FUNCTIONS = {"ceil": "math.ceil", "floor": "math.floor"}


def to_python(expr: Expr, least: int = 0) -> str:
    """The expression as Python source, with no more brackets than it needs."""
    if isinstance(expr, Literal):
        text = f'"{expr.value}"' if isinstance(expr.value, str) else repr(untraced(expr.value))
        return f"({text})" if least > 6 and text.startswith("-") else text
    if isinstance(expr, Name):
        return expr.id
    if isinstance(expr, Call):
        function = _PYTHON_FUNCTIONS.get(expr.function, expr.function)
        return f"{function}({', '.join(to_python(argument) for argument in expr.arguments)})"
    if isinstance(expr, Unary):
        text, binding = (
            (f"not {to_python(expr.operand, 3)}", 3) if expr.op == "not" else (f"-{to_python(expr.operand, 7)}", 7)
        )
    elif isinstance(expr, IfElse):
        then, condition = to_python(expr.then, 1), to_python(expr.condition, 1)
        text, binding = f"{then} if {condition} else {to_python(expr.otherwise)}", 0
    elif expr.op == "**":
        text, binding = f"{to_python(expr.left, 9)}**{to_python(expr.right, 8)}", 8
    else:
        binding = BINDING[expr.op]
        side = binding + 1 if binding == 4 else binding
        text = f"{to_python(expr.left, side)} {expr.op} {to_python(expr.right, binding + 1)}"
    return f"({text})" if binding < least else text
