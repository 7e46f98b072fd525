"""Records: what they have of dataclasses, and what of it is for type checkers alone."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest

from incspec.record import record


@record
class Point:
    """Two numbers."""

    x: int
    y: int = 0


@record(eq=False)
class Thing:
    """One of many that look alike."""

    x: int


@record
class Named:
    """Equal to those of its name."""

    name: str
    rest: list[int]

    def __hash__(self) -> int:
        return hash(self.name)


def test_records_of_equal_fields_are_equal_and_hash_alike() -> None:
    assert {Point(1), Point(1, 0), replace(Point(2), x=1)} == {Point(1)}
    assert [field.name for field in fields(Point)] == ["x", "y"]
    assert len({Named("a", []), Named("a", [])}) == 1


def test_without_eq_each_is_itself() -> None:
    assert Thing(1) != Thing(1)
    assert len({Thing(1), Thing(1)}) == 2


def test_they_have_no_other_fields_than_their_own() -> None:
    with pytest.raises(AttributeError):
        Point(1).z = 2  # type: ignore[attr-defined]
