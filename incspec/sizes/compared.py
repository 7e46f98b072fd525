"""Numbers that are asked, and do not know by themselves, how they compare with others."""

from __future__ import annotations

from abc import abstractmethod
from typing import Literal

Sign = Literal["==", "<", "<="]


def compare(sign: Sign, a: int, b: int) -> bool:
    """Whether a comparison holds."""
    return a == b if sign == "==" else a < b or (sign == "<=" and a == b)


class Compared(int):
    """An int to a rule that computes with it; all comparisons are answers of `holds`."""

    @abstractmethod
    def holds(self, sign: Sign, other: int) -> bool:
        """Whether `self sign other`."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, int) and self.holds("==", other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __lt__(self, other: int) -> bool:
        return self.holds("<", other)

    def __le__(self, other: int) -> bool:
        return self.holds("<=", other)

    def __gt__(self, other: int) -> bool:
        return not self <= other

    def __ge__(self, other: int) -> bool:
        return not self < other

    def __bool__(self) -> bool:
        return self != 0

    def __hash__(self) -> int:
        return int.__hash__(self)
