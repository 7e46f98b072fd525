"""Axes: round numbers for ticks, and numbers with the prefixes of units."""

from __future__ import annotations

import math
from dataclasses import dataclass

_PREFIXES = ("", "k", "M", "G", "T", "P", "E")


@dataclass(frozen=True, slots=True)
class Unit:
    """The unit that the numbers of an axis are printed in: `M` is a million, `MB` a million bytes."""

    prefix: str
    name: str = ""

    @property
    def factor(self) -> float:
        """How many ones it is."""
        return 1000.0 ** _PREFIXES.index(self.prefix)

    def text(self, value: float, digits: int = 3) -> str:
        """A number in this unit: `42.7 M`."""
        unit = f"{self.prefix}{self.name}"
        return rounded(value / self.factor, digits) + (f" {unit}" if unit else "")


def unit_for(value: float, name: str = "") -> Unit:
    """The unit in which a number has one to three digits before the point."""
    power = 0
    while value >= 999.5 and power < len(_PREFIXES) - 1:
        value, power = value / 1000, power + 1
    return Unit(_PREFIXES[power], name)


def rounded(value: float, digits: int = 3) -> str:
    """A number in so many digits, no zeros at its end: `42.7`, `0.17`, `1,559`."""
    if value == 0:
        return "0"
    places = max(0, digits - 1 - math.floor(math.log10(abs(value))))
    text = f"{value:,.{places}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def ticks(limit: float, most: int) -> tuple[float, ...]:
    """Round numbers from 0 on, at most so many above it, but one at least (it may take two), none above the limit."""
    if limit <= 0:
        return (0.0,)
    step = 10.0 ** math.floor(math.log10(limit))
    steps = [step * factor for factor in (0.1, 0.2, 0.5, 1.0, 2.0, 5.0) if step * factor <= limit]
    step = next((each for each in steps if int(limit / each) <= most), steps[-1])
    return tuple(step * n for n in range(int(limit / step) + 1))


def log_ticks(low: float, high: float, most: int) -> tuple[int, ...]:
    """Numbers for a logarithmic axis between two, at most so many: 1, 2, 5, 10, ..., else the powers of ten."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for factors in ((1, 2, 5), (1,)):
        found = tuple(factor * 10**power for power in powers for factor in factors if power >= 0)
        found = tuple(n for n in found if low <= n <= high)
        if len(found) <= most:
            return found
    return found[:: math.ceil(len(found) / most)]
