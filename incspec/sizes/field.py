"""Receptive fields: which cells of each input each cell of a tensor depends on, and which cells no layer reads.

Not here: cells that a layer reads and multiplies by nothing (padding counts as it lies, beyond the edge).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import lru_cache
from itertools import groupby
from typing import TypeAlias

from ..ir import Node, TypedGraph
from ..ops.base import Reach
from ..record import record
from ..shapes import AXES, TensorType
from .axis import Axis, axes
from .walk import Walk, Walked

Cells = tuple[int, int]  # the first and the last; none where the last is before the first


@record
class Field:
    """Along one axis of an input, what each cell of a tensor depends on.

    Cell i depends on the cells `spans[i]`; with as many cells on as there are spans, on those `shift` further. There is one
    span but where a network has made a map larger: then neighbours see different parts.
    """

    axis: str
    spans: tuple[Cells, ...]
    shift: int

    @property
    def jump(self) -> Fraction:
        """How many cells of the input lie between neighbours."""
        return Fraction(self.shift, len(self.spans))

    @property
    def size(self) -> int:
        """The number of cells; where it is not the same for all, the most."""
        return max(last - first + 1 for first, last in self.spans)

    @property
    def center(self) -> Fraction:
        """The middle of cell 0's field, in cells of the input from the middle of its first one."""
        first, last = self.spans[0]
        return Fraction(first + last, 2)

    def at(self, cell: int) -> Cells:
        """What one cell depends on."""
        turns, place = divmod(cell, len(self.spans))
        first, last = self.spans[place]
        return first + turns * self.shift, last + turns * self.shift


@record
class Everything:
    """All cells along an axis."""

    axis: str


@record
class Unclear:
    """Cells that follow no one pattern: maps of different strides are merged, or it repeats after very many cells only."""

    axis: str


@record
class Several:
    """What is seen of several inputs along one axis: of each, along one axis of its own."""

    fields: tuple[Field | Everything | Unclear, ...]

    @property
    def axis(self) -> str:
        """The first of the inputs' axes."""
        return self.fields[0].axis


_NOTHING: Cells = (0, -1)
# Cells after which a pattern has to repeat. Maps that are made larger and smaller again by factors without a common
# divisor have patterns of millions.
_LONGEST = 1000
_ITSELF = tuple(map(Reach, range(max(AXES))))  # the cell at the same place
OneField: TypeAlias = Field | Everything | Unclear
AxisField: TypeAlias = OneField | Several


def each_of(field: AxisField) -> tuple[OneField, ...]:
    """What is seen of each input, in the order of the inputs."""
    return field.fields if isinstance(field, Several) else (field,)


def by_input(fields: Sequence[AxisField]) -> dict[str, list[OneField]]:
    """What is seen of each input along the axes; of a network that has one, under no name."""
    found: dict[str, list[OneField]] = {}
    for each in (each for field in fields for each in each_of(field)):
        found.setdefault(each.axis.rpartition(".")[0], []).append(each)
    return found


@record
class Seen:
    """What a tensor depends on, for each of its spatial axes; features have none, and depend on all of some `inputs`."""

    type: TensorType
    fields: tuple[AxisField, ...]
    inputs: frozenset[str]


@record
class Lost:
    """Cells at the end of an axis of a layer's input that the layer does not read."""

    axis: str
    cells: int
    length: int


def fields(network: TypedGraph) -> Walked[Seen, Lost]:
    """What each tensor of a network depends on, and the cells that are lost on the way, at the stated sizes."""
    every = tuple(axes(network.graph, network.input_types))
    inputs = tuple(
        Seen(
            type_,
            tuple(Field(axis.name, ((0, 0),), 1) for axis in every if axis.input == value.producer),
            frozenset({value.producer}),
        )
        for value, type_ in zip(network.graph.inputs, network.input_types, strict=True)
    )
    return _FieldWalk(every).graph(network.graph, inputs)


class _FieldWalk(Walk[Seen, Lost]):
    """`axes` are those of the network's inputs, in order."""

    def __init__(self, axes: tuple[Axis, ...]) -> None:
        super().__init__()
        self.axes = axes
        self.inputs = {axis.name: axis.input for axis in axes}

    def node(self, node: Node, inputs: tuple[Seen, ...]) -> tuple[Sequence[Seen], Sequence[Lost]]:
        outputs = [type_.with_lengths(int) for type_ in node.op.infer(tuple(seen.type for seen in inputs))]
        maps = [seen for seen in inputs if seen.type.rank]
        reaches = [node.op.reach(seen.type) for seen in maps]
        of = frozenset[str]().union(*(seen.inputs for seen in inputs))
        made = [
            Seen(
                type_,
                tuple(self._along(place, maps, reaches) for place in range(type_.rank))
                if maps
                else self._all(type_, of),
                of,
            )
            for type_ in outputs
        ]
        lost = _lost(maps[0], reaches[0], outputs[0]) if maps and node.op.family in ("conv", "pool") else ()
        return made, tuple(lost)

    def _all(self, made: TensorType, of: frozenset[str]) -> tuple[AxisField, ...]:
        """What a map sees that is made of features: all, as they do."""
        given = [[axis.name for axis in same] for name, same in groupby(self.axes, _input_of) if name in of]
        named = given or [[letter for letter in made.axes if letter != "C"]]
        seen = [tuple(Everything(names[min(place, len(names) - 1)]) for names in named) for place in range(made.rank)]
        return tuple(Several(several) if len(several) > 1 else several[0] for several in seen)

    def _along(self, place: int, maps: Sequence[Seen], reaches: Sequence[tuple[Reach, ...]]) -> AxisField:
        """What an op's output depends on along one of its axes."""
        found: dict[str, list[OneField]] = {}
        for seen, reach in zip(maps, reaches, strict=True):
            for each in each_of(seen.fields[reach[place].place]):
                found.setdefault(each.axis, []).append(_through(each, reach[place]))
        if len(found) > 1:
            # Along two axes of one input, what is seen of it is no rectangle.
            if len({self.inputs[name] for name in found}) < len(found):
                return Unclear(next(iter(found)))
            return Several(tuple(_seen_along(found[name]) for name in self.inputs if name in found))
        (same,) = found.values()
        return _seen_along(same)


def _input_of(axis: Axis) -> str:
    return axis.input


def _seen_along(found: Sequence[OneField]) -> OneField:
    """What is seen along one axis by what sees all of these."""
    first = found[0]
    if all(each == first for each in found):
        return first
    for kind in (Everything, Unclear):
        if any(isinstance(each, kind) for each in found):
            return kind(first.axis)
    known = [each for each in found if isinstance(each, Field)]
    if len({each.jump for each in known}) > 1:
        return Unclear(first.axis)
    period = math.lcm(*(len(each.spans) for each in known))
    if period > _LONGEST:
        return Unclear(first.axis)
    spans = [_hull([each.at(cell) for each in known]) for cell in range(period)]
    return _shortest(first.axis, spans, int(known[0].jump * period))


@lru_cache(maxsize=4096)  # branches and repeats see alike
def _through(field: OneField, reach: Reach) -> OneField:
    """What is seen through a layer by a cell that reads from a tensor with this field."""
    if reach.whole:
        return Everything(field.axis)
    if not isinstance(field, Field) or reach == _ITSELF[reach.place]:
        return field
    # After as many cells both the places that are read and what these see are a whole pattern on.
    period = Fraction(reach.stride).denominator * len(field.spans)
    if period > _LONGEST:
        return Unclear(field.axis)
    spans = []
    for cell in range(period):
        start, end = reach.stride * cell + reach.first, reach.stride * cell + reach.last
        spans.append(_hull([field.at(place) for place in range(math.ceil(start), math.floor(end) + 1)]))
    return _shortest(field.axis, spans, int(field.jump * reach.stride * period))


def _hull(several: Sequence[Cells]) -> Cells:
    """All from the first to the last; cells that see nothing, in padding, add nothing."""
    seen = [(first, last) for first, last in several if first <= last]
    return (min(first for first, _ in seen), max(last for _, last in seen)) if seen else _NOTHING


def _shortest(axis: str, spans: Sequence[Cells], shift: int) -> Field:
    for period in range(1, len(spans)):
        if len(spans) % period == 0 and shift * period % len(spans) == 0:
            found = Field(axis, tuple(spans[:period]), shift * period // len(spans))
            if all(found.at(cell) == span for cell, span in enumerate(spans)):
                return found
    return Field(axis, tuple(spans), shift)


def _lost(seen: Seen, reaches: tuple[Reach, ...], output: TensorType) -> Iterator[Lost]:
    for reach, field, length in zip(reaches, seen.fields, output.sizes, strict=False):
        size = int(seen.type.sizes[reach.place])
        cells = size - 1 - math.floor(reach.stride * (length - 1) + reach.last)
        if cells > 0 and not reach.whole:
            yield from (Lost(each.axis, cells, size) for each in each_of(field))
