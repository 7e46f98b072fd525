"""A picture as data: rectangles, lines of text and paths in groups, measured in points, x to the right and y down.

Whatever is drawn becomes a `Scene`, and every format writes scenes: what a picture shows and how it is written know
nothing of each other.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from .fonts import Weight, text_width

Role: TypeAlias = Literal["box", "edge", "frame", "legend", "part"]

_SLACK = 1e-6


@dataclass(frozen=True, slots=True)
class Paint:
    """How a shape is filled and outlined: colours as `#rrggbb`, a width in points, lengths of dashes and their gaps."""

    fill: str = ""
    stroke: str = ""
    width: float = 0.8
    dash: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Rect:
    """A rectangle by its upper left corner; `radius` rounds its corners."""

    x: float
    y: float
    width: float
    height: float
    paint: Paint
    radius: float = 0.0


@dataclass(frozen=True, slots=True)
class Text:
    """A line of text on a baseline; `x` is its beginning, middle or end."""

    x: float
    y: float
    text: str
    size: float
    color: str
    anchor: Literal["start", "middle", "end"] = "start"
    weight: Weight = "regular"

    @property
    def width(self) -> float:
        """The room it takes."""
        return text_width(self.text, self.size, self.weight)

    @property
    def left(self) -> float:
        """Where it begins."""
        return self.x - {"start": 0.0, "middle": 0.5, "end": 1.0}[self.anchor] * self.width


@dataclass(frozen=True, slots=True)
class Step:
    """A piece of a path: to a point, in a straight line or, with two control points, along a curve."""

    x: float
    y: float
    controls: tuple[float, float, float, float] | None = None


@dataclass(frozen=True, slots=True)
class Path:
    """Pieces one after the other from a point, closed or open."""

    x: float
    y: float
    steps: tuple[Step, ...]
    paint: Paint
    closed: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Shapes that are one thing: what it is, its name in the model, and how it is told aloud."""

    role: Role
    id: str
    label: str
    items: tuple[Item, ...]


Item: TypeAlias = Rect | Text | Path | Group


@dataclass(frozen=True, slots=True)
class Bound:
    """What a style bounds, how much of it there is, and how much the style wants at most, in points."""

    key: Literal["width", "length"]
    size: float
    most: float

    @property
    def excess(self) -> float:
        """By how much it is exceeded, as a share of what is wanted."""
        return max(0.0, self.size / self.most - 1) if self.size > self.most + _SLACK else 0.0


@dataclass(frozen=True, slots=True)
class Scene:
    """A whole picture; without a background what is behind it shows."""

    title: str
    description: str
    width: float
    height: float
    items: tuple[Item, ...]
    background: str = ""
    bounds: tuple[Bound, ...] = ()

    @property
    def excess(self) -> float:
        """By how much the most exceeded of its bounds is, 0 where all are kept."""
        return max((bound.excess for bound in self.bounds), default=0.0)


def leaves(items: tuple[Item, ...]) -> Iterator[Rect | Text | Path]:
    """All shapes, groups entered, from the lowest to the topmost."""
    for item in items:
        if isinstance(item, Group):
            yield from leaves(item.items)
        else:
            yield item


def moved(item: Item, dx: float, dy: float) -> Item:
    """The same item, so far right and down."""
    if isinstance(item, Group):
        return replace(item, items=tuple(moved(inner, dx, dy) for inner in item.items))
    if isinstance(item, Path):
        return replace(item, x=item.x + dx, y=item.y + dy, steps=tuple(_moved(step, dx, dy) for step in item.steps))
    return replace(item, x=item.x + dx, y=item.y + dy)


def _moved(step: Step, dx: float, dy: float) -> Step:
    if step.controls is None:
        return Step(step.x + dx, step.y + dy)
    a, b, c, d = step.controls
    return Step(step.x + dx, step.y + dy, (a + dx, b + dy, c + dx, d + dy))
