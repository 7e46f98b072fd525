"""Pieces of lines across and along a figure: bends, corners, and whether a line is in the way of something."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from .places import Area
from .scene import Step

NEAR = 3.0  # points between a straight line and a box
TURN = 9.0  # the radius of a corner
_ARC = 0.5523  # of a curve that is a quarter of a circle
_FLAT = 2.0  # how far over a bend may lead, in shares of how far it leads along
_BEND = 0.55  # how far along its way a bend begins to turn


@dataclass(frozen=True, slots=True)
class Point:
    """A place across and along the flow."""

    c: float
    t: float


def joined(start: Point, steps: list[Step]) -> Iterator[Step]:
    """The same with straight pieces in one, where one goes on as another ended; none that leads nowhere."""
    at, kept = start, list[Step]()
    for step in steps:
        if abs(step.x - at.c) + abs(step.y - at.t) < 1e-6:
            continue
        if kept and kept[-1].controls is None and step.controls is None:
            before = Point(kept[-2].x, kept[-2].y) if len(kept) > 1 else start
            turn = (at.c - before.c) * (step.y - at.t) - (at.t - before.t) * (step.x - at.c)
            if abs(turn) < 1e-6:
                kept.pop()
        kept.append(step)
        at = Point(step.x, step.y)
    yield from kept


def corner(side: Point, end: Point, turn: float = TURN) -> list[Step]:
    """From the side of a box round a corner to a point before or after it, where the line goes on along the flow."""
    c = math.copysign(turn, end.c - side.c)
    t = math.copysign(turn, end.t - side.t)
    held = (end.c - c * (1 - _ARC), side.t, end.c, side.t + t * (1 - _ARC))
    return [Step(end.c - c, side.t), Step(end.c, side.t + t, held), Step(end.c, end.t)]


def rounded(points: list[Point], radius: float = TURN) -> list[Step]:
    """The line from the first point through all others, with round corners."""
    steps: list[Step] = []
    for before, at, after in zip(points, points[1:], points[2:], strict=False):
        into, out = math.hypot(at.c - before.c, at.t - before.t), math.hypot(after.c - at.c, after.t - at.t)
        turn = min(radius, into / 2, out / 2)
        a = Point(at.c + (before.c - at.c) * turn / into, at.t + (before.t - at.t) * turn / into)
        b = Point(at.c + (after.c - at.c) * turn / out, at.t + (after.t - at.t) * turn / out)
        held = [start + (end - start) * _ARC for start, end in ((a.c, at.c), (a.t, at.t), (b.c, at.c), (b.t, at.t))]
        steps += [Step(a.c, a.t), Step(b.c, b.t, (held[0], held[1], held[2], held[3]))]
    return [*steps, Step(points[-1].c, points[-1].t)]


def turned_back(begin: Point, steps: list[Step]) -> list[Step]:
    """The same pieces from their end to their beginning."""
    starts = [Step(begin.c, begin.t), *steps[:-1]]
    back = [
        Step(start.x, start.y, step.controls and (*step.controls[2:], *step.controls[:2]))
        for start, step in zip(starts, steps, strict=True)
    ]
    return [Step(steps[-1].x, steps[-1].y), *reversed(back)]


def bend(begin: Point, end: Point) -> Step:
    """A curve that begins and ends along the flow."""
    reach = (end.t - begin.t) * _BEND
    return Step(end.c, end.t, (begin.c, begin.t + reach, end.c, end.t - reach))


def over(begin: Point, end: Point, *, turning: float) -> list[Step]:
    """From one lane to another by a bend, or, where that would be flat, by two corners: so far along the way."""
    if abs(end.c - begin.c) <= _FLAT * (end.t - begin.t):
        return [bend(begin, end)]
    turn = begin.t + turning * (end.t - begin.t)
    return rounded([begin, Point(begin.c, turn), Point(end.c, turn), end])


def is_crossed(area: Area, begin: Point, end: Point) -> bool:
    """Whether the line from one point to another comes too near an area."""
    # Clip the line, from 0 to 1, to the area with a margin, along one axis after the other.
    low, high = 0.0, 1.0
    for least, most, a, b in (
        (area.left - NEAR, area.right + NEAR, begin.c, end.c),
        (area.start - NEAR / 2, area.end + NEAR / 2, begin.t, end.t),
    ):
        if a == b:
            if not least < a < most:
                return False
            continue
        first, last = sorted(((least - a) / (b - a), (most - a) / (b - a)))
        low, high = max(low, first), min(high, last)
    return low < high
