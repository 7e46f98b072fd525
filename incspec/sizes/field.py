"""Receptive fields: which cells of the input each cell of a tensor depends on, and which cells no layer reads.

Not here: cells that a layer reads and multiplies by nothing (padding counts as it lies, beyond the edge).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TypeAlias

from ..ir import Node, TypedGraph
from ..ops.base import Reach
from ..shapes import AXES, TensorType
from .walk import Walk, Walked


@dataclass(frozen=True, slots=True)
class Field:
    """Along one axis of an input, what cell i of a tensor depends on: cells `jump` * i + `first` to `jump` * i + `last`.

    Where a network makes a map larger, `jump` is a fraction, and the cells are the whole ones between the two.
    """

    axis: str
    jump: Fraction
    first: Fraction
    last: Fraction

    @property
    def size(self) -> int:
        """The number of cells; where `jump` is a fraction, the most that a cell depends on."""
        return int(self.last - self.first) + 1

    @property
    def center(self) -> Fraction:
        """The middle of cell 0's field, in cells of the input from the middle of its first one."""
        return (self.first + self.last) / 2


@dataclass(frozen=True, slots=True)
class Everything:
    """All cells along an axis."""

    axis: str


@dataclass(frozen=True, slots=True)
class Unclear:
    """Cells that follow no one pattern: maps of different strides are merged."""

    axis: str


AxisField: TypeAlias = Field | Everything | Unclear


@dataclass(frozen=True, slots=True)
class Seen:
    """What a tensor depends on, for each of its spatial axes; features have none, and depend on all."""

    type: TensorType
    fields: tuple[AxisField, ...]


@dataclass(frozen=True, slots=True)
class Lost:
    """Cells at the end of an axis of a layer's input that the layer does not read."""

    axis: str
    cells: int
    length: int


def fields(network: TypedGraph) -> Walked[Seen, Lost]:
    """What each tensor of a network depends on, and the cells that are lost on the way, at the stated sizes."""
    several = len(network.graph.inputs) > 1
    inputs = tuple(
        Seen(
            type_,
            tuple(
                Field(f"{value.producer}.{letter}" if several else letter, Fraction(1), Fraction(0), Fraction(0))
                for letter in AXES[type_.rank]
            ),
        )
        for value, type_ in zip(network.graph.inputs, network.input_types, strict=True)
    )
    return _FieldWalk().graph(network.graph, inputs)


class _FieldWalk(Walk[Seen, Lost]):
    def node(self, node: Node, inputs: tuple[Seen, ...]) -> tuple[Sequence[Seen], Sequence[Lost]]:
        outputs = [type_.with_lengths(int) for type_ in node.op.infer(tuple(seen.type for seen in inputs))]
        maps = [seen for seen in inputs if seen.type.rank]
        reaches = [node.op.reach(seen.type) for seen in maps]
        made = [
            Seen(type_, tuple(_seen_along(place, maps, reaches) for place in range(type_.rank))) for type_ in outputs
        ]
        lost = _lost(maps[0], reaches[0], outputs[0]) if maps and node.op.family in ("conv", "pool") else ()
        return made, tuple(lost)


def _seen_along(place: int, maps: Sequence[Seen], reaches: Sequence[tuple[Reach, ...]]) -> AxisField:
    """What an op's output depends on along one of its axes."""
    found = [_through(seen.fields[reach[place].place], reach[place]) for seen, reach in zip(maps, reaches, strict=True)]
    first = found[0]
    if any(each.axis != first.axis for each in found):
        return Unclear(first.axis)
    for kind in (Everything, Unclear):
        if any(isinstance(each, kind) for each in found):
            return kind(first.axis)
    known = [each for each in found if isinstance(each, Field)]
    if len({each.jump for each in known}) > 1:
        return Unclear(first.axis)
    return replace(known[0], first=min(each.first for each in known), last=max(each.last for each in known))


def _through(field: AxisField, reach: Reach) -> AxisField:
    """What is seen through a layer by a cell that reads from a tensor with this field."""
    if reach.whole:
        return Everything(field.axis)
    if not isinstance(field, Field):
        return field
    jump, first, last = field.jump, field.first, field.last
    return Field(field.axis, jump * reach.stride, jump * reach.first + first, jump * reach.last + last)


def _lost(seen: Seen, reaches: tuple[Reach, ...], output: TensorType) -> Iterator[Lost]:
    for reach, field, length in zip(reaches, seen.fields, output.sizes, strict=False):
        size = int(seen.type.sizes[reach.place])
        cells = size - 1 - math.floor(reach.stride * (length - 1) + reach.last)
        if cells > 0 and not reach.whole:
            yield Lost(field.axis, cells, size)
