"""Lifting: the code of several uses of a block -> one code, in which values that differ are parameters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ...expressions import Expr, IfElse, Name, Plain, combine, expr_of, substitute, trace
from ...ir import is_turn_symbol
from .code import Doc, Hole, Val, form, leaves, transform
from .loops import FIRST_TURN
from .values import INDEX, names_of, same

_PREFIX = "lifted."
_START = "lifted.start"
LIFTED_WIDTH = f"{_PREFIX}in_channels"


@dataclass
class Lifting:
    """The parameters that were made of values that differ, each with its value in every use.

    `widths` are the widths of the first input in every use: what equals them is called `in_channels`. What is in terms
    of the turn of a repeat around it is a parameter even if it is written alike.
    """

    widths: tuple[int, ...]
    values: dict[str, tuple[Plain, ...]] = field(default_factory=dict)

    def merge(self, docs: Sequence[Doc]) -> Doc:
        """One code for all uses, in order; they are of the same form, or holes."""
        known = [index for index, doc in enumerate(docs) if not isinstance(doc, Hole)]
        if not known:
            return docs[0]
        columns = zip(*([val for _, val in leaves(docs[index])] for index in known), strict=True)

        def merged(_: Val, key: str) -> Doc:
            column: tuple[Val, ...] = next(columns)
            usual = next((val for val in column if not val.once), column[0])
            counted = any(is_turn_symbol(name) for name in names_of(usual))
            starts = {index: _start(val.value) for index, val in zip(known, column, strict=True)}
            first = starts[known[0]]
            if all(same(first, start) for start in starts.values()) and not counted:
                return usual
            parameter = self._parameter(key, tuple(starts.get(index, first) for index in range(len(docs))))
            return Val(substitute(trace(usual.value, _pattern(usual.value)), {_START: trace(first, parameter)}))

        return transform(docs[known[0]], merged)

    def _parameter(self, key: str, values: tuple[Plain, ...]) -> Name:
        """The parameter for a column of values; columns that are equal throughout share one."""
        for name, known in self.values.items():
            if all(map(same, known, values)):
                return Name(name)
        if all(map(same, self.widths, values)):
            base = LIFTED_WIDTH
        else:
            base = f"{_PREFIX}{'channels' if key == 'in_channels' else key or 'value'}"
        number, name = 1, base
        while name in self.values:
            number += 1
            name = f"{base}{number}"
        self.values[name] = values
        return Name(name)


def short_name(name: str) -> str:
    """What a parameter is called if nothing else is."""
    return name.removeprefix(_PREFIX)


@dataclass(frozen=True, slots=True)
class Outline:
    """What decides with which others a piece of code can become one: its form, and how each value changes with the turn.

    A hole has no form, a value of which one turn is known no pattern.
    """

    form: Doc | None
    patterns: tuple[Expr | None, ...] = ()

    def fits(self, other: Outline) -> bool:
        """Whether the two pieces of code can become one."""
        if self.form is None or other.form is None:
            return True
        if self.form != other.form:
            return False
        pairs = zip(self.patterns, other.patterns, strict=True)
        return all(a is None or b is None or a == b for a, b in pairs)


def outline(doc: Doc) -> Outline:
    """The outline of a piece of code."""
    if isinstance(doc, Hole):
        return Outline(None)
    return Outline(form(doc), tuple(None if val.once else _pattern(val.value) for _, val in leaves(doc)))


def _start(value: Plain) -> Plain:
    """The value in the first turn of the loop that it stands in, if it does."""
    return substitute(value, {INDEX: 0})


def _pattern(value: Plain) -> Expr:
    """The value in terms of that in the first turn."""
    expr = expr_of(value)
    if INDEX not in names_of(Val(value)):
        return Name(_START)
    if isinstance(expr, IfElse) and expr.condition == FIRST_TURN:
        return IfElse(FIRST_TURN, Name(_START), expr.otherwise)
    return combine("+", Name(_START), combine("-", expr, expr_of(_start(value))))
