"""Size functions: how long an axis is inside a network, as a function of the input's length n = 1, 2, 3, ...

What layers do to a length is made of sums, floors and ceilings, so a length is quasi-affine from some n on: f(n + B) =
f(n) + A. Such a function is kept whole, as the values before that n and those of one period. It may be partial: where
it has no value, the network takes no such input. Functions that are equal have one form, and compare as equal.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from dataclasses import field
from functools import lru_cache
from typing import Final

from ..record import record
from .size_set import SizeSet

MOST_VALUES: Final = 1 << 17  # that a table may have

_COMPARE: dict[str, Callable[[int, int], bool]] = {
    "==": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
}


class SizesUnknownError(Exception):
    """What is computed is no size function, or one that is too long to keep. The text says why."""


@record
class SizeFunction:
    """Values at 1, 2, ...: those of `head`, then those of `cycle`, which is repeated with `gain` more each time."""

    head: tuple[int | None, ...]
    cycle: tuple[int | None, ...]
    gain: int
    _hash: int | None = field(init=False, repr=False, compare=False, default=None)
    _domain: SizeSet | None = field(init=False, repr=False, compare=False, default=None)

    def __hash__(self) -> int:
        if self._hash is None:
            object.__setattr__(self, "_hash", hash((self.head, self.cycle, self.gain)))
        assert self._hash is not None
        return self._hash

    def __call__(self, n: int) -> int | None:
        """The value at n; None where there is none."""
        if n < 1:
            return None
        if n <= len(self.head):
            return self.head[n - 1]
        turns, place = divmod(n - 1 - len(self.head), len(self.cycle))
        value = self.cycle[place]
        return None if value is None else value + turns * self.gain

    def table(self, count: int) -> list[int | None]:
        """The values at 1 to `count`."""
        values = list(self.head[:count])
        raised: list[int | None] = list(self.cycle)
        while len(values) < count:
            values += raised
            if self.gain:
                raised = [None if value is None else value + self.gain for value in raised]
        del values[count:]
        return values

    @property
    def domain(self) -> SizeSet:
        """Where it has a value."""
        if self._domain is None:
            found = SizeSet.of([value is not None for value in self.head], [value is not None for value in self.cycle])
            object.__setattr__(self, "_domain", found)
        assert self._domain is not None
        return self._domain

    @property
    def constant(self) -> int | None:
        """The one value that it has, wherever it has any; None where there are several."""
        if self.gain:
            return None
        values = {value for value in (*self.head, *self.cycle) if value is not None}
        return values.pop() if len(values) == 1 else None

    def is_proportional(self, value: int, n: int) -> bool:
        """Whether it is n' * value / n for every n' that it has a value for."""
        return self.times(n) == IDENTITY.times(value).restricted(self.domain)

    def restricted(self, domain: SizeSet) -> SizeFunction:
        """The same, with values inside `domain` only."""
        before, period = _common(len(self.head), len(domain.head), len(self.cycle), len(domain.cycle))
        inside = domain.table(before + period)
        values = [value if here else None for value, here in zip(self.table(before + period), inside, strict=True)]
        return made(values, before, self.gain * (period // len(self.cycle)))

    def plus(self, other: SizeFunction | int) -> SizeFunction:
        """The sum."""
        return _plus(self, other) if isinstance(other, SizeFunction) else _shifted(self, other)

    def times(self, factor: int) -> SizeFunction:
        """A multiple."""
        return _scaled(self, factor)

    def over(self, divisor: int) -> SizeFunction:
        """The quotient, rounded down; `divisor` is not 0."""
        return _divided(self, divisor)

    def where(self, comparison: str) -> SizeSet:
        """Where it is `==`, `<` or `<=` 0."""
        return _where(self, comparison)


# Layers of a network ask the same again and again.
_kept = lru_cache(maxsize=4096)


@_kept
def _plus(first: SizeFunction, second: SizeFunction) -> SizeFunction:
    before, period = _common(len(first.head), len(second.head), len(first.cycle), len(second.cycle))
    pairs = zip(first.table(before + period), second.table(before + period), strict=True)
    values = [None if a is None or b is None else a + b for a, b in pairs]
    gain = first.gain * (period // len(first.cycle)) + second.gain * (period // len(second.cycle))
    return made(values, before, gain)


@_kept
def _shifted(function: SizeFunction, more: int) -> SizeFunction:
    head, cycle = ([_raised(value, more) for value in values] for values in (function.head, function.cycle))
    return SizeFunction(tuple(head), tuple(cycle), function.gain)  # as short as it was


@_kept
def _scaled(function: SizeFunction, factor: int) -> SizeFunction:
    values = [None if value is None else value * factor for value in (*function.head, *function.cycle)]
    return made(values, len(function.head), function.gain * factor)


@_kept
def _divided(function: SizeFunction, divisor: int) -> SizeFunction:
    # A period after which the gain is a multiple of the divisor.
    turns = abs(divisor) // math.gcd(function.gain, divisor)
    before, period = _common(len(function.head), 0, len(function.cycle), len(function.cycle) * turns)
    values = [None if value is None else value // divisor for value in function.table(before + period)]
    return made(values, before, function.gain * turns // divisor)


@_kept
def _where(function: SizeFunction, comparison: str) -> SizeSet:
    holds, gain = _COMPARE[comparison], function.gain
    values = [value for value in function.cycle if value is not None]
    # As many periods on, no value of a function that grows is near 0 any more.
    turns = max((abs(value) for value in values), default=0) // abs(gain) + 1 if gain else 0
    before, period = _common(len(function.head) + turns * len(function.cycle), 0, len(function.cycle), 1)
    found = [value is not None and holds(value, 0) for value in function.table(before + period)]
    return SizeSet.of(found[:before], found[before:])


IDENTITY: Final = SizeFunction((), (1,), 1)


def constant(value: int, domain: SizeSet) -> SizeFunction:
    """One value, wherever `domain` is."""
    return made([value if inside else None for inside in (*domain.head, *domain.cycle)], len(domain.head), 0)


def joined(first: SizeFunction, second: SizeFunction) -> SizeFunction:
    """The values of either; of the first where both have one."""
    before, period = _common(len(first.head), len(second.head), len(first.cycle), len(second.cycle))
    gains = {f.gain * (period // len(f.cycle)) for f in (first, second) if any(v is not None for v in f.cycle)}
    if len(gains) > 1:
        raise SizesUnknownError("some sizes grow unlike others")
    pairs = zip(first.table(before + period), second.table(before + period), strict=True)
    return made([b if a is None else a for a, b in pairs], before, gains.pop() if gains else 0)


def _common(before: int, other_before: int, period: int, other_period: int) -> tuple[int, int]:
    """From where on, and by which period, both of two functions are regular."""
    before, period = max(before, other_before), math.lcm(period, other_period)
    if before + period > MOST_VALUES:
        raise SizesUnknownError(f"strides or sizes are so large that the pattern repeats only after {period:_} sizes")
    return before, period


def made(values: Sequence[int | None], before: int, gain: int) -> SizeFunction:
    """The function of these values, of which the first `before` are irregular, in its shortest form."""
    head, cycle = list(values[:before]), list(values[before:])
    if all(value is None for value in cycle):
        cycle, gain = [None], 0
    for factor in _prime_factors(len(cycle)):
        while len(cycle) % factor == 0 and gain % factor == 0:
            shorter, less = len(cycle) // factor, gain // factor
            if any(cycle[place] != _raised(cycle[place - shorter], less) for place in range(shorter, len(cycle))):
                break
            del cycle[shorter:]
            gain = less
    period, last = len(cycle), len(head)
    while last and head[last - 1] == _raised(
        cycle[(last - 1 - len(head)) % period], gain * ((last - 1 - len(head)) // period)
    ):
        last -= 1
    moved = len(head) - last
    if moved:
        start = [
            _raised(cycle[(place - moved) % period], gain * ((place - moved) // period)) for place in range(period)
        ]
        head, cycle = head[:last], start
    return SizeFunction(tuple(head), tuple(cycle), gain)


def _raised(value: int | None, more: int) -> int | None:
    return None if value is None else value + more


def _prime_factors(number: int) -> list[int]:
    found, factor = [], 2
    while factor * factor <= number:
        if number % factor == 0:
            found.append(factor)
            while number % factor == 0:
                number //= factor
        factor += 1
    return [*found, number] if number > 1 else found
