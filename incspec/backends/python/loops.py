"""Loops: the code of several turns -> one code in terms of `i`."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from ...expressions import Expr, IfElse, Name, Plain, combine, expr_of, substitute, to_python, trace
from ...expressions import Literal as Constant
from ...expressions.tree import Binary
from .code import Doc, Loop, Val, form, leaves, transform
from .values import INDEX, names_of, same

FIRST_TURN = Binary("==", Name(INDEX), Constant(0))


def loop(turns: Sequence[Doc], count: Plain, symbol: str) -> Loop | None:
    """A comprehension for all turns; None where no simple rule gives them all. `symbol` is what their number is."""
    if any(form(other) != form(turns[0]) for other in turns[1:]):
        return None
    columns = zip(*([val.value for _, val in leaves(turn)] for turn in turns), strict=True)
    rules: list[Plain] = []
    for column in columns:
        rule = _rule(list(column), symbol)
        if rule is None:
            return None
        rules.append(rule)
    left = iter(rules)
    return Loop(transform(turns[0], lambda val, key: Val(next(left), once=len(turns) == 1)), Val(count))


def unrolled(turns: Sequence[Doc], symbol: str) -> list[Doc]:
    """The turns one by one, each with its number instead of `i`."""
    numbered = []
    for index, turn in enumerate(turns):
        scope = {symbol: index}
        numbered.append(transform(turn, lambda val, key, scope=scope: Val(substitute(val.value, scope))))  # type: ignore[misc]
    return numbered


def is_counted(doc: Doc, symbol: str) -> bool:
    """Whether a turn's code depends on its number."""
    return not {symbol, INDEX}.isdisjoint(names_of(doc))


def _rule(column: list[Plain], symbol: str) -> Plain | None:
    """One value that stands for each of some values in its turn."""
    first = column[0]
    if all(same(first, value) for value in column[1:]):
        return substitute(first, {symbol: trace(0, Name(INDEX))})
    if any(INDEX in names_of(Val(value)) for value in column):
        return None  # it stands in a loop inside this one
    values = [substitute(value, {symbol: index}) for index, value in enumerate(column)]
    exprs = [expr_of(value) for value in values]
    if all(isinstance(value, int) for value in values):
        step, *others = (combine("-", after, before) for before, after in pairwise(exprs))
        if all(other == step for other in others) and (others or _is_plain_step(step, exprs[1])):
            return trace(first, _progression(exprs[0], step))
    if all(same(values[1], value) for value in values[2:]):
        return trace(first, IfElse(FIRST_TURN, exprs[0], exprs[1]))
    return None


def _is_plain_step(step: Expr, second: Expr) -> bool:
    """Whether two values alone look like a progression."""
    return step == Constant(1) if isinstance(step, Constant) else len(to_python(step)) < len(to_python(second))


def _progression(start: Expr, step: Expr) -> Expr:
    """`start + step * i`."""
    index = Name(INDEX)
    if start == step and step != Constant(1):
        return Binary("*", step, Binary("+", index, Constant(1)))
    growth = index if step == Constant(1) else Binary("*", step, index)
    return growth if start == Constant(0) else Binary("+", start, growth)
