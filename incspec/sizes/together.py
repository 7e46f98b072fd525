"""Axes that ops compare with each other, as those of two inputs at a merge: what a network takes when they grow together.

Of two inputs that are merged, neither may be larger alone, but both may. Axes grow along a line through their stated
lengths: in proportion where that is possible (all alike where they are equal), else by as much each.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..ir import Graph
from ..record import record
from ..shapes import TensorType
from .axis import Axis, axes
from .coupled import Coupled, compared_axes
from .function import IDENTITY, SizeFunction, SizesUnknownError
from .legal import AxisSizes, tied_sizes
from .walk import Walked


@record
class Tied:
    """An axis that is `times` as long as another and `more`."""

    axis: Axis
    times: int = 1
    more: int = 0

    @property
    def length(self) -> SizeFunction:
        """Its length, as a function of the other's."""
        return IDENTITY.times(self.times).plus(self.more)


@record
class Together:
    """Axes that grow together, the shortest first, which the others follow; and what is taken along it."""

    tied: tuple[Tied, ...]
    sizes: AxisSizes


def together(graph: Graph, inputs: Sequence[TensorType], found: Walked[TensorType, Coupled]) -> Iterator[Together]:
    """What a network takes when axes that depend on each other grow together, those apart that do not.

    Nothing is told of axes whose lengths are multiplied with each other.
    """
    every = tuple(axes(graph, inputs))
    groups = [[axis for axis in every if axis.name in names] for names in compared_axes(found)]
    for group in sorted(groups, key=lambda group: every.index(group[0])):
        ways = []
        for tied in _ways(sorted(group, key=lambda axis: axis.stated)):
            try:
                ways.append(Together(tied, tied_sizes({each.axis: each.length for each in tied}, graph, inputs)))
            except SizesUnknownError:
                continue
        if ways:
            yield next((way for way in ways if any(way.sizes.legal.cycle)), ways[0])


def _ways(group: Sequence[Axis]) -> Iterator[tuple[Tied, ...]]:
    """The lines along which axes may grow."""
    least = group[0].stated
    if all(axis.stated % least == 0 for axis in group):
        yield tuple(Tied(axis, times=axis.stated // least) for axis in group)
    if group[-1].stated > least:
        yield tuple(Tied(axis, more=axis.stated - least) for axis in group)
