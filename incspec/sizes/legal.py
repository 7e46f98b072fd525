"""What a network takes: TypedGraph -> Sizes, for each axis of each input the set of legal lengths and what bounds it.

One axis is looked at at a time, the others have their stated lengths; axes that depend on each other are told apart
(coupled.py), and may grow together (together.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from ..ir import Graph
from ..shapes import TensorType
from .axis import Axis, axes
from .function import IDENTITY, SizeFunction
from .kept import NONE_KEPT, Kept
from .length import UNBOUNDED
from .size_set import ALL, SizeSet
from .sized import Extent, Refused, SizedType, SizesWalk
from .walk import Found, Walked


@dataclass(frozen=True)
class AxisSizes:
    """What a network takes along one axis, and all lengths inside it, under the stated lengths of the other axes."""

    axis: Axis
    walked: Walked[SizedType, Refused]

    @cached_property
    def legal(self) -> SizeSet:
        """The lengths that it takes, auxiliary heads apart."""
        return _without(ALL, self.walked.found)

    @cached_property
    def legal_in_heads(self) -> dict[str, SizeSet]:
        """The lengths that it takes with each of its auxiliary heads alone."""
        return {name: _without(self.legal, found) for name, found in self.walked.heads.items()}

    @cached_property
    def legal_single(self) -> SizeSet:
        """The lengths that it takes in training if a batch has one image: batch norm needs two values per channel."""
        return _without(self.legal_with_aux, self.walked.everywhere, single=True)

    @cached_property
    def legal_with_aux(self) -> SizeSet:
        """The lengths that it takes in training, with all of its auxiliary heads."""
        sizes = self.legal
        for of_head in self.legal_in_heads.values():
            sizes = sizes & of_head
        return sizes

    def refusing(self, n: int, head: str | None = None) -> Found[Refused] | None:
        """What refuses a length: the first op, in the order of execution, that does; of the network, or of a head."""
        found = self.walked.found if head is None else self.walked.heads[head]
        return next((each for each in found if n in each.what.sizes and not each.what.single), None)

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
    return tuple(_walked(axis, {axis: IDENTITY}, graph, inputs, SizesWalk(axis.stated)) for axis in axes(graph, inputs))


def possible_sizes(graph: Graph, inputs: Sequence[TensorType], kept: Kept = NONE_KEPT) -> tuple[AxisSizes, ...]:
    """What could be taken along each axis, if the other axes were as long as they have to be, and weights as many.

    Nothing is told of what is `kept`.

    Raises:
        SizesUnknownError: the sizes are not those of size functions, or too long ones.
    """
    return tuple(_walked(axis, {axis: IDENTITY}, graph, inputs, SizesWalk(None, kept)) for axis in axes(graph, inputs))


def square_sizes(graph: Graph, inputs: Sequence[TensorType], kept: Kept = NONE_KEPT) -> AxisSizes | None:
    """What could be taken if all axes of all inputs had the same length, and weights were as many as they have to be.

    Nothing is told of what is `kept`. None where there is no axis. Raises as `possible_sizes`, and where lengths are multiplied with each other.
    """
    every = tuple(axes(graph, inputs))
    return _walked(every[0], dict.fromkeys(every, IDENTITY), graph, inputs, SizesWalk(None, kept)) if every else None


def tied_sizes(lengths: Mapping[Axis, SizeFunction], graph: Graph, inputs: Sequence[TensorType]) -> AxisSizes:
    """What a network takes along the first of some axes, if each of them has a length that follows from its.

    Raises:
        SizesUnknownError: the sizes are not those of size functions, or too long ones.
    """
    first = next(iter(lengths))
    return _walked(first, lengths, graph, inputs, SizesWalk(first.stated))


def _walked(
    axis: Axis,
    varying: Mapping[Axis, SizeFunction],
    graph: Graph,
    inputs: Sequence[TensorType],
    walk: SizesWalk,
) -> AxisSizes:
    """Walk with some axes that vary; where weights are free, the other axes' lengths are as well."""
    varied = {(each.input, each.place): function for each, function in varying.items()}
    given = []
    for value, type_ in zip(graph.inputs, inputs, strict=True):
        extents: list[Extent] = []
        for place, (letter, extent) in enumerate(zip(type_.axes, type_.shape, strict=True)):
            if (value.producer, place) in varied:
                extents.append(varied[value.producer, place])
            else:
                extents.append(UNBOUNDED if walk.stated is None and letter != "C" else int(extent))
        given.append(SizedType(tuple(extents), type_.channels_last, ALL))
    return AxisSizes(axis, walk.graph(graph, tuple(given)))


def _without(sizes: SizeSet, bounds: Sequence[Found[Refused]], *, single: bool = False) -> SizeSet:
    for bound in bounds:
        if bound.what.single == single:
            sizes = sizes - bound.what.sizes
    return sizes
