"""Lengths that stand for a size function: an op's own rule, asked once, answers for all sizes of the input.

A `Length` is an int to the rule. What is computed from it is a `Length` again; where the rule compares one, the sizes
for which the answer is yes go on, and those for which it is no are asked in another run of the rule.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from .compared import Compared, Sign, compare
from .function import SizeFunction, SizesUnknownError
from .size_set import SizeSet

Result = TypeVar("Result")


@dataclass(eq=False)
class Path:
    """One run of a rule: the sizes it stands for, and those that took another turn at a comparison."""

    domain: SizeSet
    others: list[SizeSet] = field(default_factory=list)
    _smallest: int | None = None

    @property
    def smallest(self) -> int:
        """The smallest of its sizes."""
        if self._smallest is None:
            self._smallest = self.domain.smallest
        assert self._smallest is not None, "a path is taken by some size"
        return self._smallest

    def decide(self, holds: SizeSet) -> bool:
        """Whether a comparison that holds on some sizes does so on this path."""
        yes, no = self.domain & holds, self.domain - holds
        if not no:
            return True
        if not yes:
            return False
        self.others.append(no)
        self.domain, self._smallest = yes, None
        return True


def explore(rule: Callable[[Path], Result], domain: SizeSet) -> list[tuple[SizeSet, Result]]:
    """What a rule says for all sizes of `domain`: the parts that it makes of them, and what it gives for each."""
    found, waiting = [], [domain]
    while waiting:
        path = Path(waiting.pop())
        result = rule(path)
        found.append((path.domain, result))
        waiting += path.others
    return found


class Length(Compared):
    """A length on a path. As a plain int, which messages print, it is the length at the smallest size of the path."""

    function: SizeFunction
    path: Path

    def __add__(self, other: int) -> int:
        if isinstance(other, Length):
            return length(self.function.plus(other.function), self.path)
        if isinstance(other, Unbounded):
            return other
        return length(self.function.plus(int(other)), self.path)

    __radd__ = __add__

    def __neg__(self) -> int:
        return length(self.function.times(-1), self.path)

    def __sub__(self, other: int) -> int:
        return self + -other if isinstance(other, Length | Unbounded) else self + -int(other)

    def __rsub__(self, other: int) -> int:
        return -self + other

    def __mul__(self, other: int) -> int:
        if isinstance(other, Length):
            raise SizesUnknownError("a length is multiplied or divided by another one")
        if isinstance(other, Unbounded):
            return other
        return length(self.function.times(int(other)), self.path)

    __rmul__ = __mul__

    def __floordiv__(self, other: int) -> int:
        if isinstance(other, Length):
            raise SizesUnknownError("a length is multiplied or divided by another one")
        if not other:
            raise ZeroDivisionError
        return length(self.function.over(int(other)), self.path)

    def __mod__(self, other: int) -> int:
        return self - self // other * other

    def __rfloordiv__(self, other: int) -> int:
        raise SizesUnknownError("a length is multiplied or divided by another one")

    __rmod__ = __truediv__ = __rtruediv__ = __pow__ = __rpow__ = __rfloordiv__  # type: ignore[assignment]

    def holds(self, sign: Sign, other: int) -> bool:
        """Whether a comparison holds on the path, which may be for some of its sizes only, on which it goes on then."""
        difference = self - other
        if isinstance(difference, Length):
            return self.path.decide(difference.function.where(sign))
        return compare(sign, difference, 0)


class Unbounded(Compared):
    """A length as large as need be, of an axis that is not looked at: what is computed from it is such a length too.

    It is larger than every number, and equal to others of its kind.
    """

    def _itself(self, other: int = 0) -> int:
        return self

    __add__ = __radd__ = __sub__ = __mul__ = __rmul__ = __floordiv__ = _itself
    __neg__ = _itself  # as on the way to a quotient that is rounded up

    def __rsub__(self, other: int) -> int:
        return self

    def __mod__(self, other: int) -> int:
        return 0

    def holds(self, sign: Sign, other: int) -> bool:
        """Whether a comparison holds of something larger than all numbers."""
        return sign != "<" and isinstance(other, Unbounded)


UNBOUNDED = Unbounded(1 << 40)


def length(function: SizeFunction, path: Path) -> int:
    """The length that a function gives, a plain int where it is the same for all sizes."""
    value = function.constant
    if value is not None:
        return value
    witness = function(path.smallest)
    assert witness is not None, "a path is taken by sizes that its lengths have values for"
    made = Length(witness)
    made.function, made.path = function, path
    return made


def function_of(value: int) -> SizeFunction | int:
    """The size function that a length stands for, or the number that it is."""
    if isinstance(value, Length):
        return value.function
    return value if isinstance(value, Unbounded) else int(value)
