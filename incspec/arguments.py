"""Arguments from Python: what a caller gives -> what is meant, or an error that says what is wanted.

Python's own errors would come from deep within, and speak of what the caller has never seen.
"""

from __future__ import annotations

import operator
from collections.abc import Mapping, Sequence

# Longer axes would not fit into memory, and their product not into torch's numbers.
LONGEST = 100_000


def named_values(option: str, given: object, example: str) -> dict[str, object]:
    """A dict from names to values, such as `params={"classes": 10}`.

    Raises:
        TypeError: it is another thing.
    """
    if not isinstance(given, Mapping) or not all(isinstance(name, str) for name in given):
        raise TypeError(f"`{option}` is a dict from names, such as {option}={example}, not {given!r}")
    return dict(given)


def named_names(option: str, given: object, example: str) -> dict[str, str]:
    """A dict from names to names, such as `map={"old": "new"}`.

    Raises:
        TypeError: it is another thing.
    """
    found: dict[str, str] = {}
    for name, other in named_values(option, given, example).items():
        if not isinstance(other, str):
            raise TypeError(f"`{option}` is a dict from names to names, such as {option}={example}, not to {other!r}")
        found[name] = other
    return found


def input_sizes(given: object) -> list[tuple[int, ...]]:
    """Sizes of an input, each one number for all axes or a number for each: `sizes=[224, (256, 320)]`.

    Raises:
        TypeError: it is another thing.
        ValueError: a length is none.
    """
    wanted = "`sizes` is a list of sizes, such as sizes=[224, (256, 320)]"
    if not isinstance(given, Sequence) or isinstance(given, str | bytes):
        raise TypeError(f"{wanted}, not {given!r}")
    found = []
    for size in given:
        lengths = tuple(size) if isinstance(size, Sequence) and not isinstance(size, str | bytes) else (size,)
        try:
            numbers = tuple(map(_whole, lengths))
        except TypeError:
            raise TypeError(f"{wanted}: {size!r} is none") from None
        if not numbers or not all(0 < number < LONGEST for number in numbers):
            raise ValueError(f"{wanted}: {size!r} is none")
        found.append(numbers)
    return found


def seed_number(given: object) -> int | None:
    """A seed, or None for none.

    Raises:
        TypeError: it is another thing.
    """
    if given is None:
        return None
    try:
        return _whole(given)
    except TypeError:
        raise TypeError(f"`seed` is a whole number, not {given!r}") from None


def tolerated(given: object) -> float:
    """A tolerance, a number of at least 0.

    Raises:
        TypeError: it is no number.
        ValueError: it is negative or NaN.
    """
    if isinstance(given, bool) or not isinstance(given, int | float):
        raise TypeError(f"`tolerance` is a number, not {given!r}")
    if not given >= 0:
        raise ValueError(f"`tolerance` is at least 0, not {given}")
    return float(given)


def _whole(given: object) -> int:
    """A whole number, numpy's and torch's too; True is none."""
    if isinstance(given, bool) or not hasattr(given, "__index__"):
        raise TypeError
    return operator.index(given)
