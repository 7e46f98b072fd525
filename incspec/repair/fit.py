"""Fits: by how much something fails at some values of a number -> the value at which it would not.

What a network costs is a polynomial in each of its widths: of degree one in most, two where a width is that of a
layer's input and output.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import isqrt
from typing import TypeAlias

Point: TypeAlias = tuple[int, tuple[int, ...]]
_APART = 3  # times as far from the first value as another measure says: these do not lie on lines


def closing(points: Sequence[Point]) -> int | None:
    """The next value to look at, by a line through two points or a parabola through three; None where nothing fits."""
    (start, before), *_ = points
    found: list[Fraction] = []
    for index, gap in enumerate(before):
        values = [(value, gaps[index]) for value, gaps in points]
        if gap:
            root = _root(values)
            if root is None:
                return None
            found.append(root)
        elif any(later for _, later in values):
            return None  # it is right, and would be so no more
    if not found or max(abs(root - start) for root in found) > _APART * min(abs(root - start) for root in found):
        return None
    value = round(found[0])
    return value if value >= 1 and all(value != seen for seen, _ in points) else None


def _root(values: Sequence[tuple[int, int]]) -> Fraction | None:
    """Where the polynomial through the values is 0, near the last of them."""
    (a, fa), (b, fb), *more = values
    slope = Fraction(fb - fa, b - a)
    if not more:
        return a - fa / slope if slope else None
    c, fc = more[-1]
    # Newton's form: fa + slope (x - a) + bend (x - a) (x - b)
    bend = (Fraction(fc - fb, c - b) - slope) / (c - a)
    if not bend:
        return a - fa / slope if slope else None
    linear, constant = slope - bend * (a + b), fa - slope * a + bend * a * b
    root = _square_root(linear * linear - 4 * bend * constant)
    if root is None:
        return None
    return min(((-linear + sign * root) / (2 * bend) for sign in (1, -1)), key=lambda x: abs(x - c))


def _square_root(square: Fraction) -> Fraction | None:
    """The root of a square of a fraction; None of what is none: widths are whole, so nothing is lost."""
    if square < 0:
        return None
    top, bottom = isqrt(square.numerator), isqrt(square.denominator)
    exact = top * top == square.numerator and bottom * bottom == square.denominator
    return Fraction(top, bottom) if exact else None
