"""Records: dataclasses that type checkers hold to be frozen, and that are made as fast as those that are not.

`dataclass(frozen=True)` sets each field by a call, which took a sixth of the time of `check`: syntax trees and graphs are
made of many small things. Nothing assigns to a field of a record; mypy sees to it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar, dataclass_transform, overload

T = TypeVar("T")


@overload
def record(cls: type[T], /) -> type[T]: ...
@overload
def record(*, eq: bool = True) -> Callable[[type[T]], type[T]]: ...
@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def record(cls: type[T] | None = None, /, *, eq: bool = True) -> type[T] | Callable[[type[T]], type[T]]:
    """A dataclass with slots. It is equal to one of equal fields and hashed by them; without `eq`, by its identity."""

    def made(each: type[T]) -> type[T]:
        own_hash = "__hash__" in vars(each)
        return dataclass(slots=True, eq=eq, unsafe_hash=eq and not own_hash)(each)

    return made if cls is None else made(cls)
