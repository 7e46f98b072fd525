"""Values that remember the expression they stand for.

A name may be bound to a `Traced` value, an int, float, word or truth value that carries an expression; what
is computed from it carries one too. This is how the source printer writes `nn.Conv2d(in_channels, n)` where
the shape rules see 384 and 384.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from .tree import Binary, Call, Expr, ExpressionError, IfElse, Literal, Name, Plain, Unary, Unknown, names_in
from .value import Environment, value_of

MAX_PARTS = 250  # of an expression that a value carries; one that is written has at most 200 words


class TracedInt(int):
    """An int that carries the expression it stands for."""

    expr: Expr

    def __add__(self, other: int) -> int:
        return _traced_arithmetic("+", self, other)

    def __radd__(self, other: int) -> int:
        return _traced_arithmetic("+", other, self)

    def __sub__(self, other: int) -> int:
        return _traced_arithmetic("-", self, other)

    def __rsub__(self, other: int) -> int:
        return _traced_arithmetic("-", other, self)

    def __mul__(self, other: int) -> int:
        return _traced_arithmetic("*", self, other)

    def __rmul__(self, other: int) -> int:
        return _traced_arithmetic("*", other, self)

    def __neg__(self) -> int:
        value = trace(-int(self), Unary("-", self.expr))
        assert isinstance(value, int)
        return value

    def __floordiv__(self, other: int) -> int:
        return _traced_arithmetic("//", self, other)

    def __rfloordiv__(self, other: int) -> int:
        return _traced_arithmetic("//", other, self)


class TracedFloat(float):
    """A float that carries the expression it stands for."""

    expr: Expr


class TracedWord(str):
    """A word that carries the expression it stands for."""

    expr: Expr


class TracedFlag(int):
    """A truth value that carries the expression it stands for (`bool` cannot be subclassed)."""

    expr: Expr

    def __repr__(self) -> str:
        return repr(bool(self))


_FLAGS = (bool, TracedFlag)
_ATOMS = (Name, Literal)  # what most expressions are


def trace(value: Plain, expr: Expr) -> Plain:
    """The value, carrying the expression; a plain value where the expression is a constant, or too long to be read."""
    if isinstance(expr, Literal):
        return expr.value
    if _is_long(expr):
        return value
    traced: TracedInt | TracedFloat | TracedWord | TracedFlag
    if is_flag(value):
        traced = TracedFlag(value)
    elif isinstance(value, int):
        traced = TracedInt(value)
    elif isinstance(value, float):
        traced = TracedFloat(value)
    else:
        traced = TracedWord(value)
    traced.expr = expr
    return traced  # a TracedFlag is no bool to mypy, but behaves as one


def _is_long(expr: Expr) -> bool:
    """Whether an expression has too many parts: widths that are computed from each other double at every step."""
    parts, left = [expr], MAX_PARTS
    while parts and left:
        part, left = parts.pop(), left - 1
        if isinstance(part, _ATOMS):
            continue
        if isinstance(part, Binary):
            parts += (part.left, part.right)
        elif isinstance(part, Unary):
            parts.append(part.operand)
        elif isinstance(part, Call):
            parts += part.arguments
        elif isinstance(part, IfElse):
            parts += (part.condition, part.then, part.otherwise)
    return bool(parts)


def expr_of(value: Plain) -> Expr:
    """The expression that a value stands for; a literal where it carries none."""
    return getattr(value, "expr", None) or Literal(value)


def is_flag(value: object) -> bool:
    """Whether a value is true or false, not a number."""
    return isinstance(value, _FLAGS)


def untraced(value: Plain) -> Plain:
    """The bare value."""
    if is_flag(value):
        return bool(value)
    if isinstance(value, TracedInt):
        return int(value)
    if isinstance(value, TracedFloat):
        return float(value)
    return str(value) if isinstance(value, TracedWord) else value


def _traced_arithmetic(op: str, left: int, right: int) -> int:
    for operand in (left, right):
        if type(operand) not in _INTEGERS:  # other ints have an arithmetic of their own
            return NotImplemented  # type: ignore[no-any-return]
    result = _INTEGER[op](int(left), int(right))
    value = trace(result, combine(op, expr_of(left), expr_of(right)))
    assert isinstance(value, int)
    return value


_INTEGERS = (int, bool, TracedInt, TracedFlag)
_INTEGER: dict[str, Callable[[int, int], int]] = {
    "+": int.__add__,
    "-": int.__sub__,
    "*": int.__mul__,
    "//": int.__floordiv__,
}


def evaluate(expr: Expr, env: Environment) -> Plain:
    """The value of an expression; it carries its expression in terms of what the names are traced to.

    Raises:
        ExpressionError: it has no value (a division by zero, a word in arithmetic, a number out of bounds).
        UnknownValue: a name is bound to `UNKNOWN`.
    """
    return trace(value_of(expr, _Bare(env)), _substitute(expr, env))


class _Bare(Mapping[str, Plain | Unknown]):
    """An environment seen without traces."""

    def __init__(self, env: Environment) -> None:
        self._env = env

    def __getitem__(self, name: str) -> Plain | Unknown:
        found = self._env[name]
        return found if isinstance(found, Unknown) else untraced(found)

    def __iter__(self) -> Iterator[str]:
        return iter(self._env)

    def __len__(self) -> int:
        return len(self._env)


def _substitute(expr: Expr, env: Environment) -> Expr:
    """The expression with each name replaced by what it is traced to, constants folded."""
    if isinstance(expr, Name):
        found = env.get(expr.id)
        return expr if found is None or isinstance(found, Unknown) else expr_of(found)
    if isinstance(expr, Unary):
        operand = _substitute(expr.operand, env)
        if isinstance(operand, Literal) and not isinstance(operand.value, str):
            return Literal(not operand.value if expr.op == "not" else -operand.value)
        return Unary(expr.op, operand)
    if isinstance(expr, Binary):
        return combine(expr.op, _substitute(expr.left, env), _substitute(expr.right, env))
    if isinstance(expr, IfElse):
        condition = _substitute(expr.condition, env)
        if isinstance(condition, Literal):
            return _substitute(expr.then if condition.value else expr.otherwise, env)
        return IfElse(condition, _substitute(expr.then, env), _substitute(expr.otherwise, env))
    if isinstance(expr, Call):
        return _fold(Call(expr.function, tuple(_substitute(argument, env) for argument in expr.arguments)))
    return Literal(expr.value)


def substitute(value: Plain, env: Mapping[str, Plain]) -> Plain:
    """A traced value in terms of another scope: its names replaced by what `env` traces them to."""
    expr = getattr(value, "expr", None)
    if expr is None or not _mentions(expr, env):
        return value
    return trace(untraced(value), _substitute(expr, env))


def _mentions(expr: Expr, names: Mapping[str, Plain]) -> bool:
    """Whether one of the names is in an expression. Most are in none: this is quicker than to build it again."""
    if isinstance(expr, Name):
        return expr.id in names
    if isinstance(expr, Binary):
        return _mentions(expr.left, names) or _mentions(expr.right, names)
    if isinstance(expr, Unary):
        return _mentions(expr.operand, names)
    return not isinstance(expr, Literal) and any(name.id in names for name in names_in(expr))


def combine(op: str, left: Expr, right: Expr) -> Expr:
    """`left op right`, folded; sums are collected, so that `(n - 3*g) + g + g + g` is `n`."""
    if op in ("==", "!=") and isinstance(left, IfElse) and isinstance(right, Literal):
        chosen = _choice_between(left, right, op)
        if chosen is not None:
            return chosen
    if op in ("and", "or") and isinstance(left, Literal):
        return right if bool(left.value) == (op == "and") else left
    folded = _fold(Binary(op, left, right))
    if isinstance(folded, Literal):
        return folded
    if op in ("+", "-", "*") and not _has_float(left) and not _has_float(right):
        return _from_sum(_as_sum(folded))
    if op == "//" and right == Literal(1):
        return left
    return folded


def _choice_between(choice: IfElse, wanted: Literal, op: str) -> Expr | None:
    """`(a if c else b) == a` is `c`, where a and b are constants."""
    if not (isinstance(choice.then, Literal) and isinstance(choice.otherwise, Literal)):
        return None
    then, otherwise = (side.value == wanted.value for side in (choice.then, choice.otherwise))
    if then == otherwise:
        return Literal(then == (op == "=="))
    return choice.condition if then == (op == "==") else Unary("not", choice.condition)


def _fold(expr: Binary | Call) -> Expr:
    parts = (expr.left, expr.right) if isinstance(expr, Binary) else expr.arguments
    if all(isinstance(part, Literal) for part in parts):
        try:
            return Literal(value_of(expr, {}))
        except ExpressionError:
            return expr  # in a branch that is not taken
    return expr


def _has_float(expr: Expr) -> bool:
    """Whether regrouping could change a rounding."""
    if isinstance(expr, Literal):
        return isinstance(expr.value, float)
    if isinstance(expr, Binary):
        return expr.op == "/" or _has_float(expr.left) or _has_float(expr.right)
    return isinstance(expr, Unary) and _has_float(expr.operand)


def _as_sum(expr: Expr) -> dict[Expr | None, int]:
    """A sum as whole-number factors of its terms; the constant stands under None."""
    if isinstance(expr, Literal) and isinstance(expr.value, int):
        return {None: expr.value}
    if isinstance(expr, Unary) and expr.op == "-":
        return {term: -factor for term, factor in _as_sum(expr.operand).items()}
    if isinstance(expr, Binary) and expr.op in ("+", "-"):
        total = dict(_as_sum(expr.left))
        sign = 1 if expr.op == "+" else -1
        for term, factor in _as_sum(expr.right).items():
            total[term] = total.get(term, 0) + sign * factor
        return total
    if isinstance(expr, Binary) and expr.op == "*":
        for constant, other in ((expr.left, expr.right), (expr.right, expr.left)):
            if isinstance(constant, Literal) and isinstance(constant.value, int):
                return {term: constant.value * factor for term, factor in _as_sum(other).items()}
    return {expr: 1}


def _from_sum(total: dict[Expr | None, int]) -> Expr:
    result: Expr | None = None
    constant = total.get(None, 0)
    for term, factor in total.items():
        if term is None or factor == 0:
            continue
        scaled = term if abs(factor) == 1 else Binary("*", Literal(abs(factor)), term)
        if result is not None:
            result = Binary("+" if factor > 0 else "-", result, scaled)
        elif factor > 0:
            result = scaled
        else:
            result, constant = Binary("-", Literal(constant), scaled), 0
    if result is None:
        return Literal(constant)
    if constant:
        result = Binary("+" if constant > 0 else "-", result, Literal(abs(constant)))
    return result
