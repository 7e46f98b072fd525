"""Sets of lengths 1, 2, 3, ... that are periodic from some length on: the inputs that a network takes along an axis."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Final

from ..record import record


@record
class SizeSet:
    """Whether 1, 2, ... are in it: `head`, then `cycle` again and again. Equal sets have one form."""

    head: tuple[bool, ...]
    cycle: tuple[bool, ...]

    @classmethod
    def of(cls, head: Sequence[bool], cycle: Sequence[bool]) -> SizeSet:
        """The set, in its shortest form."""
        period = next(size for size in range(1, len(cycle) + 1) if _repeats(cycle, size))
        last = len(head)
        while last and head[last - 1] == cycle[(last - 1 - len(head)) % period]:
            last -= 1
        moved = len(head) - last
        return cls(tuple(head[:last]), tuple(cycle[(place - moved) % period] for place in range(period)))

    @classmethod
    def between(cls, least: int, most: int | None) -> SizeSet:
        """The lengths from `least` to `most`, both included, or all from `least` on."""
        if most is None:
            return cls.of([False] * (least - 1), [True])
        return cls.of([False] * (least - 1) + [True] * (most - least + 1), [False])

    def __contains__(self, n: int) -> bool:
        if n < 1:
            return False
        if n <= len(self.head):
            return self.head[n - 1]
        return self.cycle[(n - 1 - len(self.head)) % len(self.cycle)]

    def __bool__(self) -> bool:
        return any(self.head) or any(self.cycle)

    def __and__(self, other: SizeSet) -> SizeSet:
        return _intersection(self, other)

    def __or__(self, other: SizeSet) -> SizeSet:
        return _combined(self, other, lambda a, b: a or b)

    def __sub__(self, other: SizeSet) -> SizeSet:
        return _difference(self, other)

    def table(self, count: int) -> list[bool]:
        """Whether 1 to `count` are in it."""
        rest = max(0, count - len(self.head))
        return [*self.head, *(self.cycle * -(-rest // len(self.cycle)))][:count]

    def __iter__(self) -> Iterator[int]:
        """The lengths in it, from the smallest on; without end where it has none."""
        yield from (place for place, inside in enumerate(self.head, 1) if inside)
        start = len(self.head) + 1
        while any(self.cycle):
            yield from (start + place for place, inside in enumerate(self.cycle) if inside)
            start += len(self.cycle)

    @property
    def smallest(self) -> int | None:
        """The smallest length in it."""
        return next(iter(self), None)

    def nearest(self, n: int) -> tuple[int | None, int | None]:
        """The largest length in it below n, and the smallest above."""
        period = len(self.cycle)
        nearby = range(n - 1, max(0, n - 1 - period), -1)
        irregular = range(min(n - 1, len(self.head)), 0, -1)
        below = next((m for m in (*nearby, *irregular) if m in self), None)
        above = next((m for m in range(n + 1, max(n, len(self.head)) + period + 1) if m in self), None)
        return below, above

    def edges(self) -> Iterator[int]:
        """The lengths that are not in it next to one that is, as far as they are not repeated."""
        for n in range(1, len(self.head) + len(self.cycle) + 1):
            if n not in self and (n + 1 in self or n - 1 in self):
                yield n


ALL: Final = SizeSet((), (True,))
NONE: Final = SizeSet((), (False,))


def _repeats(cycle: Sequence[bool], period: int) -> bool:
    return len(cycle) % period == 0 and all(
        cycle[place] == cycle[place - period] for place in range(period, len(cycle))
    )


# Layers of a network ask the same again and again.
_kept = lru_cache(maxsize=4096)


@_kept
def _intersection(a: SizeSet, b: SizeSet) -> SizeSet:
    return a if a == b else _combined(a, b, lambda first, second: first and second)


@_kept
def _difference(a: SizeSet, b: SizeSet) -> SizeSet:
    return NONE if a == b else _combined(a, b, lambda first, second: first and not second)


def _combined(a: SizeSet, b: SizeSet, op: Callable[[bool, bool], bool]) -> SizeSet:
    before = max(len(a.head), len(b.head))
    count = before + math.lcm(len(a.cycle), len(b.cycle))
    found = [op(first, second) for first, second in zip(a.table(count), b.table(count), strict=True)]
    return SizeSet.of(found[:before], found[before:])
