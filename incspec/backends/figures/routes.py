"""The lines of a figure: Layout -> Route, the way of each arrow, straight where nothing is in its way.

Otherwise it goes through the lane that strips.py has kept free for it, with a bend at each end.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ...styles.style import Style
from .drawing import Arrow
from .layout import Area, Layout, Placed
from .parts import Hop, Joint
from .scene import Step

_NEAR = 3.0  # points between a straight line and a box
_SLANT = 0.4  # sizes of type that a line may end beside a box's middle in order to be straight
_TURN = 9.0  # the radius of a corner
_ARC = 0.5523  # of a curve that is a quarter of a circle
_TAIL, _HEAD = 0, 1
_BEND = 0.55  # how far along its way a bend begins to turn


@dataclass(frozen=True, slots=True)
class Route:
    """An arrow's line, across and along; its end is the arrow's tip."""

    arrow: Arrow
    c: float
    t: float
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class _Point:
    c: float
    t: float


def routes(laid: Layout, style: Style) -> Iterator[Route]:
    """The lines of all arrows, in order."""
    lines = {name: _Lines(placed, laid.parts, style) for name, placed in laid.parts.items()}
    drawn = set[Hop]()
    for arrow, way in laid.ways:
        # Arrows that enter a frame together are one line until they part.
        shared = next(number for number, hop in enumerate(way) if hop not in drawn or number == len(way) - 1)
        start, steps = None, list[Step]()
        for name, number in way[shared:]:
            begin, more = lines[name].line(number)
            start = start or begin
            steps += more
        drawn |= set(way)
        assert start is not None
        yield Route(arrow, start.c, start.t, tuple(_joined(start, steps)))


def _joined(start: _Point, steps: list[Step]) -> Iterator[Step]:
    """The same with straight pieces in one, where one goes on as another ended; none that leads nowhere."""
    at, kept = start, list[Step]()
    for step in steps:
        if abs(step.x - at.c) + abs(step.y - at.t) < 1e-6:
            continue
        if kept and kept[-1].controls is None and step.controls is None:
            before = _Point(kept[-2].x, kept[-2].y) if len(kept) > 1 else start
            turn = (at.c - before.c) * (step.y - at.t) - (at.t - before.t) * (step.x - at.c)
            if abs(turn) < 1e-6:
                kept.pop()
        kept.append(step)
        at = _Point(step.x, step.y)
    yield from kept


class _Lines:
    """The links of one part."""

    def __init__(self, placed: Placed, parts: Mapping[str, Placed], style: Style) -> None:
        self.placed, self.parts, self.style = placed, parts, style
        self.links = list(placed.part.links)
        self.by_row: dict[int, list[str]] = {}
        for name in placed.rooms:
            self.by_row.setdefault(placed.rows[name], []).append(name)
        self.lanes = {number: axis + placed.origin[0] for number, axis in placed.across.links.items()}
        self.sided = self._beside()
        self.tails, self.heads = self._ports("tail"), self._ports("head")
        self._straighten()

    def line(self, number: int) -> tuple[_Point, list[Step]]:
        """Where a link begins, and its pieces."""
        tail, head = self.links[number]
        if head.item in self.placed.part.sides:
            return self._aside(tail, head)
        begin = _Point(self.tails[number], self.placed.areas[tail.item].end)
        end = _Point(self.heads[number], self.placed.areas[head.item].start)
        around = {side for side in (_TAIL, _HEAD) if (number, side) in self.sided}
        if not around and self._is_clear(begin, end, tail.item, head.item):
            return begin, [Step(end.c, end.t)]
        return self._round(begin, end, number, around)

    def _round(self, begin: _Point, end: _Point, number: int, around: set[int]) -> tuple[_Point, list[Step]]:
        """Over to the lane, along it, and back again: between rows, or `around` a corner where the row is free."""
        rows, spans = self.placed.rows, self.placed.spans
        tail, head = (joint.item for joint in self.links[number])
        first, last = rows[tail], rows[head]
        leaving, arriving = _Point(begin.c, spans[first][1]), _Point(end.c, spans[last][0])
        if last - first == 1:
            return begin, [Step(leaving.c, leaving.t), _bend(leaving, arriving), Step(end.c, end.t)]
        lane = self.lanes[number]
        steps: list[Step] = []
        if _TAIL in around:
            begin = self._side(tail, lane)
            steps += _corner(begin, _Point(lane, spans[first + 1][0]))
        else:
            steps += [Step(leaving.c, leaving.t), _bend(leaving, _Point(lane, spans[first + 1][0]))]
        if _HEAD in around:
            end = self._side(head, lane)
            turned = _corner(end, _Point(lane, spans[last - 1][1]))
            return begin, [*steps, *_reversed(end, turned)]
        outer = _Point(lane, spans[last - 1][1])
        return begin, [*steps, Step(outer.c, outer.t), _bend(outer, arriving), Step(end.c, end.t)]

    def _side(self, item: str, lane: float) -> _Point:
        """The middle of the side of a thing that faces a lane."""
        area = self.placed.areas[item]
        return _Point(area.left if lane < area.axis else area.right, (area.start + area.end) / 2)

    def _beside(self) -> set[tuple[int, int]]:
        """The ends of links that are at the sides of boxes: of those that lead past others, with nothing on their way."""
        left = {joints[0].item for joints in self.links if joints[1].item in self.placed.part.sides}
        wanted: dict[tuple[str, bool], list[tuple[int, int]]] = {}
        for number, joints in enumerate(self.links):
            lane = self._lane(number)
            if lane is None or self._is_straight(*joints):
                continue
            for side in (_HEAD, _TAIL):
                item, before = (
                    joints[side].item,
                    lane < self.placed.across.nodes[joints[side].item] + self.placed.origin[0],
                )
                taken = before and item in left  # by the line to an auxiliary head
                if not joints[side].port and not taken and self._is_free(item, lane):
                    wanted.setdefault((item, before), []).append((number, side))
        # One line to a side: what comes rather than what leads on, and of those the outermost.
        return {
            max(ends, key=lambda end: (end[1] == _HEAD, self._reach(item, end[0])))
            for (item, _), ends in wanted.items()
        }

    def _reach(self, item: str, number: int) -> float:
        return abs(self.lanes[number] - self.placed.areas[item].axis)

    def _is_straight(self, tail: Joint, head: Joint) -> bool:
        """Whether a line from middle to middle is free."""
        below, above = self.placed.areas[tail.item], self.placed.areas[head.item]
        return self._is_clear(_Point(below.axis, below.end), _Point(above.axis, above.start), tail.item, head.item)

    def _is_free(self, item: str, lane: float) -> bool:
        """Whether a lane passes a box and nothing stands between them, nor beside the box."""
        area, rooms = self.placed.areas[item], self.placed.rooms
        if item not in rooms or area.left - _TURN < lane < area.right + _TURN:
            return False
        low, high = sorted((lane, area.axis))
        others = (rooms[name] for name in self.by_row[self.placed.rows[item]] if name != item)
        if any(room.left < high and room.right > low for room in others):
            return False
        return lane < area.axis or rooms[item].right <= area.right

    def _aside(self, tail: Joint, head: Joint) -> tuple[_Point, list[Step]]:
        """To an auxiliary head: out of the side of a box, and round a corner into the frame."""
        area, frame = self.placed.areas[tail.item], self.parts[head.item]
        end = _Point(frame.areas[head.port].axis, frame.areas[head.port].start)
        if tail.port:  # out of a frame by its end
            begin = _Point(self.parts[tail.item].areas[tail.port].axis, area.end)
            turn = self.style.rows / 4
            crossing = _Point((begin.c + end.c) / 2, begin.t + turn)
            return begin, [
                *_reversed(crossing, _corner(crossing, begin, turn)),
                *_corner(crossing, end, min(turn, end.t - crossing.t)),
                Step(end.c, end.t),
            ]
        begin = _Point(area.left, (area.start + area.end) / 2)
        return begin, [*_corner(begin, end, min(self.style.rows, end.t - begin.t)), Step(end.c, end.t)]

    # --- where lines begin and end

    def _ports(self, side: str) -> dict[int, float]:
        """The places of all links on their tails, or heads: in their order, as near to where they lead as can be."""
        found: dict[int, float] = {}
        at: dict[str, list[int]] = {}
        for number, joints in enumerate(self.links):
            joint = joints[0] if side == "tail" else joints[1]
            if joints[1].item in self.placed.part.sides or (number, _HEAD if side == "head" else _TAIL) in self.sided:
                found[number] = 0.0  # where it begins and ends is known
            elif joint.port:
                found[number] = self.parts[joint.item].areas[joint.port].axis
            else:
                at.setdefault(joint.item, []).append(number)
        for item, numbers in at.items():
            area, half = self.placed.areas[item], self._half(item)
            offsets = {number: self._other(number, side) - area.axis for number in numbers}
            widest = max(map(abs, offsets.values()))
            share = min(1.0, half / widest) if widest and len(numbers) > 1 else 0.0
            found |= {number: area.axis + offset * share for number, offset in offsets.items()}
        return found

    def _half(self, item: str) -> float:
        """How far from its axis lines may end at a thing."""
        area = self.placed.areas[item]
        return max(0.0, min(area.axis - area.left, area.right - area.axis) - 0.5 * self.style.arrow)

    def _straighten(self) -> None:
        """A line that is nearly straight becomes so, where it is alone at one of its ends."""
        for side, ends, others in ((0, self.tails, self.heads), (1, self.heads, self.tails)):
            counts = Counter(joints[side].item for joints in self.links)
            for number, joints in enumerate(self.links):
                joint = joints[side]
                if joint.port or counts[joint.item] > 1 or joints[1].item in self.placed.part.sides:
                    continue
                if (number, _TAIL) in self.sided or (number, _HEAD) in self.sided:
                    continue
                wanted = others[number]
                if abs(wanted - self.placed.areas[joint.item].axis) <= min(
                    self._half(joint.item), _SLANT * self.style.font
                ):
                    ends[number] = wanted

    def _lane(self, number: int) -> float | None:
        """The axis of the lane that a link goes through, if it passes rows."""
        tail, head = self.links[number]
        if head.item in self.placed.part.sides:
            return None
        passes = self.placed.rows[head.item] - self.placed.rows[tail.item] > 1
        return self.lanes.get(number) if passes else None

    def _other(self, number: int, side: str) -> float:
        """The axis that a link comes from, or leads to."""
        tail, head = self.links[number]
        lane = self._lane(number)
        if lane is not None:
            return lane
        joint = head if side == "tail" else tail
        return self.parts[joint.item].areas[joint.port].axis if joint.port else self.placed.areas[joint.item].axis

    # --- what is in the way

    def _is_clear(self, begin: _Point, end: _Point, tail: str, head: str) -> bool:
        rows = self.placed.rows
        return not any(
            _is_crossed(self.placed.rooms[name], begin, end)
            for row in range(rows[tail], rows[head] + 1)
            for name in self.by_row.get(row, ())
            if name not in (tail, head)
        )


def _corner(side: _Point, end: _Point, turn: float = _TURN) -> list[Step]:
    """From the side of a box round a corner to a point before or after it, where the line goes on along the flow."""
    c = math.copysign(turn, end.c - side.c)
    t = math.copysign(turn, end.t - side.t)
    held = (end.c - c * (1 - _ARC), side.t, end.c, side.t + t * (1 - _ARC))
    return [Step(end.c - c, side.t), Step(end.c, side.t + t, held), Step(end.c, end.t)]


def _reversed(begin: _Point, steps: list[Step]) -> list[Step]:
    """The same pieces from their end to their beginning."""
    starts = [Step(begin.c, begin.t), *steps[:-1]]
    back = [
        Step(start.x, start.y, step.controls and (*step.controls[2:], *step.controls[:2]))
        for start, step in zip(starts, steps, strict=True)
    ]
    return [Step(steps[-1].x, steps[-1].y), *reversed(back)]


def _bend(begin: _Point, end: _Point) -> Step:
    """A curve that begins and ends along the flow."""
    reach = (end.t - begin.t) * _BEND
    return Step(end.c, end.t, (begin.c, begin.t + reach, end.c, end.t - reach))


def _is_crossed(area: Area, begin: _Point, end: _Point) -> bool:
    """Whether the line from one point to another comes too near an area."""
    # Clip the line, from 0 to 1, to the area with a margin, along one axis after the other.
    low, high = 0.0, 1.0
    for least, most, a, b in (
        (area.left - _NEAR, area.right + _NEAR, begin.c, end.c),
        (area.start - _NEAR / 2, area.end + _NEAR / 2, begin.t, end.t),
    ):
        if a == b:
            if not least < a < most:
                return False
            continue
        first, last = sorted(((least - a) / (b - a), (most - a) / (b - a)))
        low, high = max(low, first), min(high, last)
    return low < high
