"""Strips, of which a figure is built: what stands on one axis, and strips side by side, with their widths row by row.

Lengths are in points. A strip may be narrow where its neighbour is wide.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

START, END = "^", "$"  # before all nodes, and after them


@dataclass(frozen=True, slots=True)
class Extent:
    """How far a thing reaches to either side of its axis."""

    left: float
    right: float


@dataclass(frozen=True, slots=True)
class Spacing:
    """Distances: between neighbours, and from a line's middle to the edge of its strip."""

    gap: float
    lane: float


@dataclass(eq=False)
class Strip:
    """Rows that it takes, what stands on its own axis (nodes by name, links by number), and strips beside that."""

    rows: dict[int, Extent] = field(default_factory=dict)
    own: list[str | int] = field(default_factory=list)
    parts: list[tuple[Strip, float]] = field(default_factory=list)
    bare: bool = True  # of lines alone

    def absorb(self, other: Strip) -> Strip:
        """Take over what stands below or above; the larger of the two goes on."""
        large, small = (self, other) if len(self.rows) >= len(other.rows) else (other, self)
        for row, extent in small.rows.items():
            large.rows[row] = _wider(large.rows[row], extent) if row in large.rows else extent
        large.own += small.own
        large.parts += small.parts
        large.bare = large.bare and small.bare
        return large


@dataclass(eq=False)
class Edge:
    """A strip between two nodes; `keys` are its place among what leaves the first, one for each that it is made of."""

    tail: str
    head: str
    key: int
    strip: Strip
    branches: list[tuple[int, Strip]] | None = None  # side by side, not yet put together

    def put_together(self, spacing: Spacing) -> Strip:
        """Its strip, after which nothing can be put beside its parts."""
        if self.branches is not None:
            self.strip = beside([strip for _, strip in sorted(self.branches, key=lambda branch: branch[0])], spacing)
            self.branches = None
        return self.strip


def node_strip(name: str, nodes: Mapping[str, Extent], rows: Mapping[str, int]) -> Strip:
    return Strip({rows[name]: nodes[name]}, [name], bare=False)


def beside(strips: Sequence[Strip], spacing: Spacing) -> Strip:
    """Strips side by side; the axis is in the middle of them, lines apart, where there is anything else."""
    axes = packed([strip.rows for strip in strips], spacing)
    counted = [axis for strip, axis in zip(strips, axes, strict=True) if not strip.bare] or axes
    middle = (counted[0] + counted[-1]) / 2
    whole = Strip(bare=all(strip.bare for strip in strips))
    for strip, axis in zip(strips, axes, strict=True):
        lay(whole, strip, axis - middle)
    return whole


def lay(whole: Strip, strip: Strip, offset: float) -> None:
    """Put a strip into a larger one, so far right of its axis."""
    whole.parts.append((strip, offset))
    for row, extent in strip.rows.items():
        moved = Extent(extent.left - offset, extent.right + offset)
        whole.rows[row] = _wider(whole.rows[row], moved) if row in whole.rows else moved


def _wider(a: Extent, b: Extent) -> Extent:
    return Extent(max(a.left, b.left), max(a.right, b.right))


def packed(units: Sequence[Mapping[int, Extent]], spacing: Spacing) -> list[float]:
    """Axes from left to right, as near to one another as rows allow; the first is 0."""
    reached: dict[int, float] = {}
    axes: list[float] = []
    for unit in units:
        least = (reached[row] + spacing.gap + extent.left for row, extent in unit.items() if row in reached)
        # A strip that takes no rows, a line from one row to the next, is as wide as a line all the same.
        free = axes[-1] + 2 * spacing.lane if axes and not unit else 0.0
        axis = max(least, default=free)
        axes.append(axis)
        reached |= {row: axis + extent.right for row, extent in unit.items()}
    return axes
