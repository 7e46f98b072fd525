"""What is wrong with the geometry of a figure, read from its SVG as a reader sees it.

Widths of text are FreeType's (by Pillow), not ours.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from xml.etree import ElementTree

from PIL import ImageFont

from incspec.backends.figures.fonts import font_file

_NS = "{http://www.w3.org/2000/svg}"
_SLACK = 0.06  # hundredths are rounded
_PIECES = 24  # of a curve
_SIDES = (("left", min), ("top", min), ("right", max), ("bottom", max))


@dataclass(frozen=True)
class Box:
    """A rectangle of a box, a text or the page, and whose it is."""

    name: str
    left: float
    top: float
    right: float
    bottom: float

    def overlaps(self, other: Box) -> bool:
        return (
            self.left < other.right - _SLACK
            and other.left < self.right - _SLACK
            and self.top < other.bottom - _SLACK
            and other.top < self.bottom - _SLACK
        )

    def holds(self, other: Box) -> bool:
        return (
            self.left <= other.left + _SLACK
            and self.right >= other.right - _SLACK
            and self.top <= other.top + _SLACK
            and self.bottom >= other.bottom - _SLACK
        )

    def cut_by(self, a: tuple[float, float], b: tuple[float, float]) -> bool:
        """Whether a straight line goes through the inside."""
        low, high = 0.0, 1.0
        for least, most, start, end in (
            (self.left + _SLACK, self.right - _SLACK, a[0], b[0]),
            (self.top + _SLACK, self.bottom - _SLACK, a[1], b[1]),
        ):
            if abs(end - start) < 1e-9:
                if not least < start < most:
                    return False
                continue
            first, last = sorted(((least - start) / (end - start), (most - start) / (end - start)))
            low, high = max(low, first), min(high, last)
        return low < high - 1e-9

    def distance(self, points: list[tuple[float, float]], most: float) -> float:
        """How far a line of straight pieces is from it, where that is not more than `most`."""
        near = Box("", self.left - most, self.top - most, self.right + most, self.bottom + most)
        return min((self._distance(a, b) for a, b in itertools.pairwise(points) if near.cut_by(a, b)), default=math.inf)

    def _distance(self, a: tuple[float, float], b: tuple[float, float]) -> float:
        if self.cut_by(a, b):
            return 0.0
        corners = [_from_line((x, y), a, b) for x in (self.left, self.right) for y in (self.top, self.bottom)]
        ends = [
            math.hypot(max(self.left - x, 0.0, x - self.right), max(self.top - y, 0.0, y - self.bottom))
            for x, y in (a, b)
        ]
        return min(*corners, *ends)


@cache
def _font(weight: str) -> ImageFont.FreeTypeFont:
    file = font_file("semibold" if weight == "600" else "regular")
    return ImageFont.truetype(str(file), 1000, layout_engine=ImageFont.Layout.BASIC)


def _from_line(at: tuple[float, float], a: tuple[float, float], b: tuple[float, float]) -> float:
    """How far a point is from a straight line between two others."""
    dx, dy = b[0] - a[0], b[1] - a[1]
    along = (at[0] - a[0]) * dx + (at[1] - a[1]) * dy
    share = min(1.0, max(0.0, along / (dx * dx + dy * dy))) if dx or dy else 0.0
    return math.hypot(a[0] + share * dx - at[0], a[1] + share * dy - at[1])


@cache
def _ems(text: str, weight: str) -> float:
    return sum(_font(weight).getlength(letter) for letter in text) / 1000


def _text(name: str, node: ElementTree.Element) -> Box:
    size, x, y = (float(node.attrib[key]) for key in ("font-size", "x", "y"))
    width = _ems(node.text or "", node.get("font-weight", "400")) * size
    left = x - {"start": 0.0, "middle": 0.5, "end": 1.0}[node.get("text-anchor", "start")] * width
    return Box(name, left, y - 0.72 * size, left + width, y + 0.2 * size)  # from ascenders to descenders


def _points(data: str) -> list[tuple[float, float]]:
    """A path as straight pieces."""
    found: list[tuple[float, float]] = []
    for letter, rest in re.findall(r"([MLCZ])([^MLCZ]*)", data):
        n = [float(number) for number in rest.split()]
        if letter in "ML":
            found.append((n[0], n[1]))
        elif letter == "C":
            a = found[-1]
            for piece in range(1, _PIECES + 1):
                t = piece / _PIECES
                weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
                found.append(
                    (
                        sum(w * v for w, v in zip(weights, (a[0], n[0], n[2], n[4]), strict=True)),
                        sum(w * v for w, v in zip(weights, (a[1], n[1], n[3], n[5]), strict=True)),
                    )
                )
    return found


def findings(svg: bytes) -> Iterator[str]:
    """Boxes on boxes, texts outside their boxes or on others, lines through what is not theirs or at a frame's title,
    what is cut off, and what is told of a line and does not stand beside it.
    """
    root = ElementTree.fromstring(svg)
    left, top, width, height = (float(number) for number in root.attrib["viewBox"].split())
    page = Box("page", left, top, left + width, top + height)
    boxes: dict[str, Box] = {}
    texts: list[Box] = []
    titles: list[Box] = []
    told: dict[str, list[Box]] = {}  # of lines
    lines: list[tuple[str, str, list[tuple[float, float]]]] = []
    for group in root.iter(f"{_NS}g"):
        name, role = group.attrib["data-name"], group.attrib["class"]
        rects = group.findall(f"{_NS}rect")
        if role == "box" and rects:
            x, y, width, height = (float(rects[0].attrib[key]) for key in ("x", "y", "width", "height"))
            boxes[name] = Box(name, x, y, x + width, y + height)
        for node in group.findall(f"{_NS}text"):
            text = _text(name, node)
            texts.append(text)
            if role == "frame":
                titles.append(text)
            if not page.holds(text):
                yield f"`{node.text}` leaves the page"
            if role == "edge":
                told.setdefault(name, []).append(text)
            own = boxes.get(name) if role == "box" else None
            if own is not None and own.overlaps(text) and not own.holds(text):
                yield f"`{node.text}` leaves its box"
        if role == "edge":
            for path in group.findall(f"{_NS}path"):
                # A flat arrow's head reaches under the box that it points to, which lies on it.
                under = name.split(" ")[1] if path.attrib["d"].endswith("Z") else ""
                lines.append((name, under, _points(path.attrib["d"])))
    for box in boxes.values():
        if not page.holds(box):
            yield f"{box.name} leaves the page"
    yield from _overlaps(list(boxes.values()), texts)
    for name, under, points in lines:
        others = {other: box for other, box in boxes.items() if other != under}
        yield from _run_over(name, points, others, texts, page)
        yield from (f"line {name} touches the title of {it.name}" for it in titles if it.distance(points, 1.0) < 1.0)
    for name, words in told.items():
        whole = Box(name, *(least(getattr(word, side) for word in words) for side, least in _SIDES))
        size = words[0].bottom - words[0].top
        # Behind the words, the line goes on under the name of what they stand for.
        others = [points for other, _, points in lines if not other.startswith((name, f"{name.split(' ')[1]} "))]
        own = next(points for other, _, points in lines if other == name)
        far = whole.distance(own, size)
        near = min(far, 0.25 * size)
        if far > 0.5 * size or any(whole.distance(points, near) < near for points in others):
            yield f"text of {name} is not beside it"


def _overlaps(boxes: list[Box], texts: list[Box]) -> Iterator[str]:
    for kind, things in (("box", boxes), ("text", texts)):
        ordered = sorted(things, key=lambda it: it.top)
        for place, a in enumerate(ordered):
            for b in ordered[place + 1 :]:
                if b.top >= a.bottom:
                    break
                if a.overlaps(b):
                    yield f"{kind} of {a.name} on {kind} of {b.name}"
    for text in texts:
        for box in boxes:
            if box.name != text.name and box.overlaps(text):
                yield f"text of {text.name} on {box.name}"


def _run_over(
    name: str, points: list[tuple[float, float]], boxes: dict[str, Box], texts: list[Box], page: Box
) -> Iterator[str]:
    left, right = min(x for x, _ in points), max(x for x, _ in points)
    top, bottom = min(y for _, y in points), max(y for _, y in points)
    around = Box(name, left - 1, top - 1, right + 1, bottom + 1)
    if not page.holds(Box(name, left, top, right, bottom)):
        yield f"line {name} leaves the page"
    inside = {box.name: box for box in boxes.values()}
    for thing in (*boxes.values(), *texts):
        if not thing.overlaps(around):
            continue
        own = inside.get(thing.name)
        if thing is not own and own is not None and own.holds(thing):
            continue  # a text in a box
        if any(thing.cut_by(a, b) for a, b in itertools.pairwise(points)):
            yield f"line {name} through {'' if thing is own else 'text of '}{thing.name}"
