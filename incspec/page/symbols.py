"""Lengths that write down what is computed from them, and are asked what they are compared with.

An expression is a number, `"k"`, the k-th of the lengths that a rule is given, or `(operator, left, right)`, with `/` for
a quotient rounded down.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from ..sizes.compared import Compared, Sign, compare

Expression: TypeAlias = "int | str | tuple[str, Expression, Expression]"


@dataclass(frozen=True, slots=True)
class Question:
    """A comparison of two lengths: `==`, `<` or `<=`."""

    comparison: Sign
    left: Expression
    right: Expression


@dataclass(eq=False)
class Run:
    """One run of a rule: the answers that it is given, and the questions that it asks."""

    given: tuple[bool, ...] = ()
    answers: dict[Question, bool] = field(default_factory=dict)
    # Of several expressions that are said to be equal, the one that stands for all.
    _equals: dict[Expression, Expression] = field(default_factory=dict)

    def decide(self, comparison: Sign, left: int, right: int, usual: bool) -> bool:
        """Whether a comparison holds in this run; where that is open, as it does for the stated sizes."""
        a, b = expression_of(left), expression_of(right)
        if comparison == "==":
            a, b = self._same(a), self._same(b)
            if a == b:
                return True
            # A number stands for what equals it, not the other way round.
            a, b = sorted((a, b), key=lambda side: (not isinstance(side, int), repr(side)))
        question = Question(comparison, a, b)
        if question not in self.answers:
            place = len(self.answers)
            self.answers[question] = self.given[place] if place < len(self.given) else usual
            if comparison == "==" and self.answers[question]:
                self._equals[b] = a
        return self.answers[question]

    def _same(self, expression: Expression) -> Expression:
        while expression in self._equals:
            expression = self._equals[expression]
        return expression


class Symbol(Compared):
    """A length that stands for an expression; as a plain int, that of the stated sizes."""

    expression: Expression
    run: Run

    def __add__(self, other: int) -> int:
        return _made("+", self, other, self, int(self) + int(other))

    def __radd__(self, other: int) -> int:
        return _made("+", other, self, self, int(other) + int(self))

    def __sub__(self, other: int) -> int:
        return _made("-", self, other, self, int(self) - int(other))

    def __rsub__(self, other: int) -> int:
        return _made("-", other, self, self, int(other) - int(self))

    def __mul__(self, other: int) -> int:
        return _made("*", self, other, self, int(self) * int(other))

    def __rmul__(self, other: int) -> int:
        return _made("*", other, self, self, int(other) * int(self))

    def __floordiv__(self, other: int) -> int:
        return _made("/", self, other, self, int(self) // int(other))

    def __rfloordiv__(self, other: int) -> int:
        return _made("/", other, self, self, int(other) // int(self))

    def __mod__(self, other: int) -> int:
        return _made("%", self, other, self, int(self) % int(other))

    def __rmod__(self, other: int) -> int:
        return _made("%", other, self, self, int(other) % int(self))

    def __neg__(self) -> int:
        return _made("-", 0, self, self, -int(self))

    def holds(self, sign: Sign, other: int) -> bool:
        """The answer of the run; where it has none, that of the stated sizes."""
        return self.run.decide(sign, self, other, compare(sign, int(self), int(other)))


def symbol(value: int, expression: Expression, run: Run) -> int:
    """A length that stands for an expression."""
    made = Symbol(value)
    made.expression, made.run = expression, run
    return made


def expression_of(length: int) -> Expression:
    """What a length stands for; itself where it is no more than a number."""
    return length.expression if isinstance(length, Symbol) else int(length)


def _made(operator: str, left: int, right: int, one: Symbol, value: int) -> int:
    a, b = expression_of(left), expression_of(right)
    if (operator in "+-" and b == 0) or (operator in "*/" and b == 1):
        return symbol(value, a, one.run)
    if (operator == "+" and a == 0) or (operator == "*" and a == 1):
        return symbol(value, b, one.run)
    folded = _folded(operator, a, b)
    return symbol(value, (operator, a, b) if folded is None else folded, one.run)


def _folded(operator: str, a: Expression, b: Expression) -> Expression | None:
    """Sums of a length and numbers as one sum: `n + 6 - 7 + 1` is `n`."""
    if operator not in "+-" or not isinstance(b, int):
        return None
    more = b if operator == "+" else -b
    if isinstance(a, tuple) and a[0] in "+-" and isinstance(a[2], int):
        more += a[2] if a[0] == "+" else -a[2]
        a = a[1]
    if more == 0:
        return a
    return ("+", a, more) if more > 0 else ("-", a, -more)


def value_of(expression: Expression, lengths: Mapping[str, int]) -> int:
    """The value of an expression for some lengths.

    Raises:
        ZeroDivisionError: there is none.
    """
    if isinstance(expression, int):
        return expression
    if isinstance(expression, str):
        return lengths[expression]
    operator, left, right = expression
    a, b = value_of(left, lengths), value_of(right, lengths)
    if operator == "+":
        return a + b
    if operator == "-":
        return a - b
    if operator == "*":
        return a * b
    return a // b if operator == "/" else a % b


def lengths_in(expression: Expression) -> list[str]:
    """The lengths that an expression is computed from."""
    if isinstance(expression, tuple):
        return [name for part in expression[1:] for name in lengths_in(part)]
    return [expression] if isinstance(expression, str) else []


def holds(question: Question, lengths: Mapping[str, int]) -> bool:
    """The answer to a question for some lengths."""
    return compare(question.comparison, value_of(question.left, lengths), value_of(question.right, lengths))
