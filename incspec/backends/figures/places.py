"""Where the things of a figure are, across and along its flow: `Area`, the `Placed` things of a part, the whole `Layout`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .drawing import Arrow
from .measure import Card
from .parts import Hop, Part
from .strips import Across


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle across and along, and the axis through it."""

    axis: float
    left: float
    right: float
    start: float
    end: float

    def moved(self, c: float, t: float) -> Area:
        """The same somewhere else."""
        return Area(self.axis + c, self.left + c, self.right + c, self.start + t, self.end + t)


@dataclass(eq=False)
class Placed:
    """A part with everything in place. All places are those of the figure as soon as its origin is known.

    `areas` has its boxes, frames and ports, `rooms` the same with what stands beside them; `rows` are from start to end.
    """

    part: Part
    rows: dict[str, int]
    across: Across
    spans: list[tuple[float, float]]
    areas: dict[str, Area]
    rooms: dict[str, Area]
    inner: dict[str, Placed]
    area: Area
    column: float  # of sizes, from the axis
    origin: tuple[float, float] = (0.0, 0.0)
    lines: dict[str, int] = field(default_factory=dict)  # of each thing, where a figure is broken into several
    gutters: dict[int, float] = field(default_factory=dict)  # where an arrow leads back, before each line but the first


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """All parts by name, in their final places, and the way of each arrow through them."""

    parts: Mapping[str, Placed]
    ways: tuple[tuple[Arrow, tuple[Hop, ...]], ...]
    cards: Mapping[str, Card]
    aside: frozenset[str]  # the boxes of auxiliary heads
    area: Area
    length: float  # of its longest line
