"""Sets of sizes in words: `75 and up`, `32k-1 to 32k+6`, `223 to 254`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..diagnostics import enumerated
from .size_set import SizeSet

_MOST_RANGES = 4  # that are told one by one


def describe(sizes: SizeSet, letter: str = "k") -> str:
    """The set in its shortest form; `letter` stands for 0, 1, 2, ... in what repeats."""
    if not sizes:
        return "none"
    if all(sizes.cycle):
        if not sizes.head:
            return "every size"
        return _several([*_ranges(sizes.head), f"{len(sizes.head) + 1} and up"])
    if not any(sizes.cycle):
        return _several(list(_ranges(sizes.head)))
    period = len(sizes.cycle)
    first = next(len(sizes.head) + place for place, inside in enumerate(sizes.cycle, 1) if inside)
    repeated = [_repeated(period, start, end, letter) for start, end in _cyclic_runs(sizes)]
    text = _several(repeated)
    if not sizes.head:
        return text
    return _several([*_ranges(sizes.head), f"{text} from {first} on"])


def _ranges(head: Sequence[bool]) -> Iterator[str]:
    for start, end in _runs(head):
        yield str(start) if start == end else f"{start} to {end}"


def _runs(values: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """The first and last of all in a row that are true, counted from 1."""
    start = None
    for place, inside in enumerate((*values, False), 1):
        if inside and start is None:
            start = place
        elif not inside and start is not None:
            yield start, place - 1
            start = None


def _cyclic_runs(sizes: SizeSet) -> list[tuple[int, int]]:
    """The runs of one period as offsets from its multiples, those near 0 as -1 or +1."""
    period = len(sizes.cycle)
    # Turned so that it starts behind a gap, no run is cut in two.
    gap = sizes.cycle.index(False)
    turned = [*sizes.cycle[gap:], *sizes.cycle[:gap]]
    found = []
    for start, end in _runs(turned):
        offset = (len(sizes.head) + gap + start) % period
        if offset > period // 2:
            offset -= period
        found.append((offset, offset + end - start))
    return sorted(found)


def _repeated(period: int, start: int, end: int, letter: str) -> str:
    if start == end and period == 2:
        return "odd sizes" if start % 2 else "even sizes"
    if start == end == 0:
        return f"multiples of {period}"
    one, other = (f"{period}{letter}{offset:+d}" if offset else f"{period}{letter}" for offset in (start, end))
    return one if start == end else f"{one} to {other}"


def _several(parts: list[str]) -> str:
    if len(parts) > _MOST_RANGES:
        parts = [*parts[: _MOST_RANGES - 2], f"{len(parts) - _MOST_RANGES + 1} more ranges", parts[-1]]
    return enumerated(parts)
