"""Names under a row of things, with lines to them: each where it is clear of the other names and of their lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_LINES = 3
_TRIES = 20_000  # places that are tried before it is given up
_GAP = 5.0  # between two names
_CLEAR = 2.0  # between a name and a line


@dataclass(frozen=True, slots=True)
class Name:
    """A name so wide, for a thing whose line comes down at `x`."""

    x: float
    width: float


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a name stands: from `left` on in a line, 0 the nearest."""

    name: Name
    left: float
    line: int

    @property
    def right(self) -> float:
        """Where it ends."""
        return self.left + self.name.width

    @property
    def middle(self) -> float:
        """Its middle."""
        return self.left + self.name.width / 2

    def is_clear_of(self, other: Placed) -> bool:
        """Whether the two names, and their lines, keep apart."""
        if self.line == other.line:
            return self.right + _GAP <= other.left or other.right + _GAP <= self.left
        near, far = (self, other) if self.line < other.line else (other, self)
        return not near.left - _CLEAR <= far.name.x <= near.right + _CLEAR


def placed(names: Sequence[Name], left: float, right: float) -> tuple[Placed, ...] | None:
    """A place for each name, from left to right, between two borders; None where a few lines do not do."""
    found: list[Placed] = []
    waiting = [_places(names[0], left, right)] if names else []
    tries = 0
    while waiting and len(found) < len(names):
        tries += 1
        place = next(waiting[-1], None)
        if place is None or tries > _TRIES:
            waiting.pop()
            if found:
                found.pop()
            if tries > _TRIES:
                return None
        elif all(place.is_clear_of(other) for other in reversed(found)):
            found.append(place)
            if len(found) < len(names):
                waiting.append(_places(names[len(found)], left, right))
    return tuple(found) if len(found) == len(names) else None


def _places(name: Name, left: float, right: float) -> Iterator[Placed]:
    """Where a name may stand, the best first: in the middle under its thing, else to one side of the line."""
    for line in range(_LINES):
        for share in (0.5, 0.2, 0.8):
            start = min(max(name.x - share * name.width, left), right - name.width)
            if start >= left:
                yield Placed(name, start, line)
