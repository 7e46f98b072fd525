"""Printing values: what a value stands for, as Python source, and the names that this uses."""

from __future__ import annotations

from dataclasses import dataclass, field

from ...expressions import Plain, expr_of, is_flag, names_in, substitute, to_python
from ...ops.base import Argument
from .names import variable


@dataclass
class Values:
    """Prints values, and remembers the parameters and functions that the text needs."""

    used: dict[str, None] = field(default_factory=dict)
    functions: set[str] = field(default_factory=set)
    # Names that mean a number here: the `i` of a turn that is printed by itself.
    bound: dict[str, Plain] = field(default_factory=dict)

    def text(self, value: Argument) -> str:
        """A value or tuple as source."""
        if isinstance(value, tuple):
            inner = ", ".join(self.text(item) for item in value)
            return f"({inner},)" if len(value) == 1 else f"({inner})"
        expr = expr_of(substitute(value, self.bound) if self.bound else value)
        for name in names_in(expr):
            self.used[name.id] = None
        text = to_python(expr, variable)
        for function in ("math", "round_to"):
            if f"{function}." in text or f"{function}(" in text:
                self.functions.add(function)
        return text


def annotation(values: list[Argument]) -> str:
    """The type that fits all of some values: `int`, `int | tuple[int, int]`."""
    kinds = dict.fromkeys(_kind(value) for value in values)
    order = ["bool", "int", "float", "str"]
    return " | ".join(sorted(kinds, key=lambda kind: order.index(kind) if kind in order else len(order)))


def _kind(value: Argument) -> str:
    if isinstance(value, tuple):
        return f"tuple[{', '.join(_kind(item) for item in value)}]"
    if is_flag(value):
        return "bool"
    return "int" if isinstance(value, int) else "float" if isinstance(value, float) else "str"


def same(a: Argument, b: Argument | None) -> bool:
    """Whether two values are equal and print alike: 1 is not true here, and `k` is not 1."""
    if isinstance(a, tuple) or isinstance(b, tuple):
        return isinstance(a, tuple) and isinstance(b, tuple) and len(a) == len(b) and all(map(same, a, b))
    return b is not None and expr_of(a) == expr_of(b) and is_flag(a) == is_flag(b)


def constant(value: Plain) -> bool:
    """Whether a value depends on no parameter."""
    return not any(True for _ in names_in(expr_of(value)))
