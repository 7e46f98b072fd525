"""The lines of a figure: Layout -> Route, the way of each arrow, straight where nothing is in its way.

Otherwise it goes through the lane that strips.py has kept free for it, with a bend at each end.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ...styles.style import Style
from .curves import NEAR, TURN, Point, corner, is_crossed, joined, over, rounded, turned_back
from .drawing import Arrow
from .measure import Card
from .parts import Hop, Joint
from .places import Layout, Placed
from .scene import Step

_EXACT = 1e-6
_SLANT = 0.4  # sizes of type that a line may end beside a box's middle in order to be straight
_NEAR = 0.4  # of the way from a box to the next row: where its lines turn that lead far to a side
_TAIL, _HEAD = 0, 1


@dataclass(frozen=True, slots=True)
class Route:
    """An arrow's line, across and along; its end is the arrow's tip."""

    arrow: Arrow
    c: float
    t: float
    steps: tuple[Step, ...]


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
        yield Route(arrow, start.c, start.t, tuple(joined(start, steps)))


class _Lines:
    """The links of one part."""

    def __init__(self, placed: Placed, parts: Mapping[str, Placed], style: Style) -> None:
        self.placed, self.parts, self.style = placed, parts, style
        self.links = list(placed.part.links)
        self.by_row: dict[int, list[str]] = {}
        for name in sorted(placed.rooms, key=lambda name: placed.rooms[name].left):
            self.by_row.setdefault(placed.rows[name], []).append(name)
        self.lefts = {row: [placed.rooms[name].left for name in names] for row, names in self.by_row.items()}
        self.lanes = {number: axis + placed.origin[0] for number, axis in placed.across.links.items()}
        self.pairs = Counter((tail.item, head.item) for tail, head in self.links)
        self.sided = self._beside()
        self.tails, self.heads = self._ports("tail"), self._ports("head")
        self._straighten()

    def line(self, number: int) -> tuple[Point, list[Step]]:
        """Where a link begins, and its pieces."""
        tail, head = self.links[number]
        if head.item in self.placed.part.sides:
            return self._aside(tail, head)
        begin, steps = self._way(number, tail, head)
        if self._is_tag(head.item):  # past it
            steps = [*steps, Step(steps[-1].x, self.placed.areas[head.item].end)]
        return begin, steps

    def _way(self, number: int, tail: Joint, head: Joint) -> tuple[Point, list[Step]]:
        """From the end of one thing to the start of another."""
        begin = Point(self.tails[number], self.placed.areas[tail.item].end)
        end = Point(self.heads[number], self.placed.areas[head.item].start)
        if self.placed.lines.get(tail.item) != self.placed.lines.get(head.item):
            return begin, self._to_next_line(begin, end, self._gutter(tail.item, head.item))
        around = {side for side in (_TAIL, _HEAD) if (number, side) in self.sided}
        next_to = self.placed.rows[head.item] - self.placed.rows[tail.item] == 1
        if next_to and self._is_folded(tail.item) and abs(begin.c - end.c) > TURN:
            middle = (begin.t + end.t) / 2
            return begin, rounded([begin, Point(begin.c, middle), Point(end.c, middle), end])
        if not around and self._is_clear(begin, end, tail.item, head.item):
            return begin, [Step(end.c, end.t)]
        return self._round(begin, end, number, around)

    def _gutter(self, tail: str, head: str) -> float:
        """Where an arrow goes from a line to the next, or back to the one before."""
        return self.placed.gutters[max(self.placed.lines[tail], self.placed.lines[head])]

    def _to_next_line(self, begin: Point, end: Point, between: float) -> list[Step]:
        """Back between two lines, or straight on and over to one that begins behind the end of this one."""
        turn = self.style.rows / 2
        if begin.t + turn < end.t - turn:
            return rounded([begin, Point(begin.c, end.t - turn), Point(end.c, end.t - turn), end])
        return rounded(
            [
                begin,
                Point(begin.c, begin.t + turn),
                Point(between, begin.t + turn),
                Point(between, end.t - turn),
                Point(end.c, end.t - turn),
                end,
            ]
        )

    def _round(self, begin: Point, end: Point, number: int, around: set[int]) -> tuple[Point, list[Step]]:
        """Over to the lane, along it, and back again: between rows, or `around` a corner where the row is free."""
        rows, spans = self.placed.rows, self.placed.spans
        tail, head = (joint.item for joint in self.links[number])
        first, last = rows[tail], rows[head]
        leaving, arriving = Point(begin.c, spans[first][1]), Point(end.c, spans[last][0])
        if last - first == 1:
            return begin, [Step(leaving.c, leaving.t), *over(leaving, arriving, turning=0.5), Step(end.c, end.t)]
        lane = self.lanes[number]
        steps: list[Step] = []
        if _TAIL in around:
            begin = self._side(tail, lane)
            steps += corner(begin, Point(lane, spans[first + 1][0]))
        else:
            outer = Point(lane, spans[first + 1][0])
            steps += [Step(leaving.c, leaving.t), *over(leaving, outer, turning=_NEAR)]
        if _HEAD in around:
            end = self._side(head, lane)
            turned = corner(end, Point(lane, spans[last - 1][1]))
            return begin, [*steps, *turned_back(end, turned)]
        outer = Point(lane, spans[last - 1][1])
        return begin, [*steps, Step(outer.c, outer.t), *over(outer, arriving, turning=1 - _NEAR), Step(end.c, end.t)]

    def _side(self, item: str, lane: float) -> Point:
        """The middle of the side of a thing that faces a lane."""
        area = self.placed.areas[item]
        return Point(area.left if lane < area.axis else area.right, (area.start + area.end) / 2)

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
                if not joints[side].port and not taken and not self._is_tag(item) and self._is_free(item, lane):
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
        return self._is_clear(Point(below.axis, below.end), Point(above.axis, above.start), tail.item, head.item)

    def _is_free(self, item: str, lane: float) -> bool:
        """Whether a lane passes a box and nothing stands between them, nor beside the box."""
        area, rooms = self.placed.areas[item], self.placed.rooms
        if item not in rooms or area.left - TURN < lane < area.right + TURN:
            return False
        low, high = sorted((lane, area.axis))
        if any(name != item for name in self._between(self.placed.rows[item], low, high)):
            return False
        return rooms[item].left >= area.left if lane < area.axis else rooms[item].right <= area.right

    def _is_folded(self, item: str) -> bool:
        """Whether a frame is broken into lines, so that what leaves it does so beside what leads to it."""
        return item in self.parts and bool(self.parts[item].gutters)

    def _is_tag(self, item: str) -> bool:
        thing = self.placed.part.items.get(item)
        return isinstance(thing, Card) and thing.box.kind == "tag"

    def _aside(self, tail: Joint, head: Joint) -> tuple[Point, list[Step]]:
        """To an auxiliary head: out of the side of a box, and round a corner into the frame."""
        area, frame = self.placed.areas[tail.item], self.parts[head.item]
        end = Point(frame.areas[head.port].axis, frame.areas[head.port].start)
        if tail.port or self._is_tag(tail.item):  # out of a frame by its end, or past what is told of the line
            begin = Point(self.parts[tail.item].areas[tail.port].axis if tail.port else area.axis, area.end)
            turn = self.style.rows / 4
            crossing = Point((begin.c + end.c) / 2, begin.t + turn)
            return begin, [
                *turned_back(crossing, corner(crossing, begin, turn)),
                *corner(crossing, end, min(turn, end.t - crossing.t)),
                Step(end.c, end.t),
            ]
        begin = Point(area.left, (area.start + area.end) / 2)
        return begin, [*corner(begin, end, min(self.style.rows, end.t - begin.t)), Step(end.c, end.t)]

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
        """A line that is nearly straight becomes so, where it is alone at one of its ends, or leads past a tag."""
        for side, ends, others in ((0, self.tails, self.heads), (1, self.heads, self.tails)):
            counts = Counter(joints[side].item for joints in self.links)
            for number, joints in enumerate(self.links):
                joint = joints[side]
                alone = counts[joint.item] == 1 or (side == _HEAD and self._is_tag(joints[_TAIL].item))
                if joint.port or not alone or joints[1].item in self.placed.part.sides:
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
        if self.pairs[tail.item, head.item] > 1 and not (tail.port or head.port):  # side by side
            return self.lanes[number]
        joint = head if side == "tail" else tail
        return self.parts[joint.item].areas[joint.port].axis if joint.port else self.placed.areas[joint.item].axis

    # --- what is in the way

    def _is_clear(self, begin: Point, end: Point, tail: str, head: str) -> bool:
        rows, spans = self.placed.rows, self.placed.spans
        first, last = rows[tail], rows[head]
        if last - first == 1 and begin.t >= spans[first][1] - _EXACT and end.t <= spans[last][0] + _EXACT:
            return True  # between two rows there is nothing
        low, high = min(begin.c, end.c) - NEAR, max(begin.c, end.c) + NEAR
        return not any(
            name not in (tail, head) and is_crossed(self.placed.rooms[name], begin, end)
            for row in range(first, last + 1)
            for name in self._between(row, low, high)
        )

    def _between(self, row: int, low: float, high: float) -> Iterator[str]:
        """What stands in a row between two places: things there stand one after the other."""
        names = self.by_row.get(row, [])
        for place in range(bisect_left(self.lefts.get(row, []), high) - 1, -1, -1):
            if self.placed.rooms[names[place]].right < low:
                return
            yield names[place]
