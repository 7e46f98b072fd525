"""What a network takes: TypedGraph -> Sizes, for each axis of each input the set of legal lengths and what bounds it.

One axis is looked at at a time, the others have their stated lengths; axes that depend on each other are told apart.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from ..ir import Graph
from ..shapes import TensorType
from .function import IDENTITY
from .size_set import ALL, SizeSet
from .walk import Bound, SizedType, SizesWalk, Walked


@dataclass(frozen=True, slots=True)
class Axis:
    """An axis of an input: its letter, its place in the shape and its stated length."""

    input: str
    letter: str
    place: int
    stated: int


@dataclass(frozen=True)
class AxisSizes:
    """What a network takes along one axis, and all lengths inside it, under the stated lengths of the other axes."""

    axis: Axis
    walked: Walked

    @cached_property
    def legal(self) -> SizeSet:
        """The lengths that it takes, auxiliary heads apart."""
        return _without(ALL, self.walked.bounds)

    @cached_property
    def legal_with_aux(self) -> SizeSet:
        """The lengths that it takes in training, with its auxiliary heads."""
        return _without(self.legal, self.walked.aux_bounds)

    def refusing(self, n: int, *, aux: bool = False) -> Bound | None:
        """What refuses a length: the first op, in the order of execution, that does."""
        bounds = (*self.walked.bounds, *(self.walked.aux_bounds if aux else ()))
        return next((bound for bound in bounds if n in bound.refused), None)

    def outputs(self, n: int) -> tuple[TensorType, ...] | None:
        """The types of the network's outputs for a length; None where it does not take it."""
        types = [type_.at(n) for type_ in self.walked.outputs]
        found = tuple(type_ for type_ in types if type_ is not None)
        return found if len(found) == len(types) and n in self.legal else None


def axis_sizes(graph: Graph, inputs: Sequence[TensorType]) -> tuple[AxisSizes, ...]:
    """What a network takes along each axis of its inputs.

    Raises:
        SizesUnknownError: the sizes are not those of size functions, or too long ones.
    """
    return tuple(_along(axis, graph, inputs) for axis in axes(graph, inputs))


def axes(graph: Graph, inputs: Sequence[TensorType]) -> Iterator[Axis]:
    """The spatial axes of the inputs, in order."""
    for value, type_ in zip(graph.inputs, inputs, strict=True):
        for place, letter in enumerate(type_.axes):
            if letter != "C":
                yield Axis(value.producer, letter, place, int(type_.shape[place]))


def _along(axis: Axis, graph: Graph, inputs: Sequence[TensorType]) -> AxisSizes:
    given = tuple(
        SizedType(
            tuple(
                IDENTITY if value.producer == axis.input and place == axis.place else int(extent)
                for place, extent in enumerate(type_.shape)
            ),
            type_.channels_last,
            ALL,
        )
        for value, type_ in zip(graph.inputs, inputs, strict=True)
    )
    return AxisSizes(axis, SizesWalk(axis.stated).graph(graph, given))


def _without(sizes: SizeSet, bounds: Sequence[Bound]) -> SizeSet:
    for bound in bounds:
        sizes = sizes - bound.refused
    return sizes
