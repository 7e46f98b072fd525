"""Strides and receptive fields along a network's depth: TypedGraph -> Along, one for each row in order.

It walks once: what sizes the network takes, which `report.py` tells, is not asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..ir import TypedGraph
from .field import Everything, Field, each_of, fields
from .rows import Row, rows


@dataclass(frozen=True, slots=True)
class Along:
    """A tensor on the way: the step of the network that it belongs to, and how far it sees, the most of its axes.

    In cells of the input; `field` and `stride` are None where they follow no one pattern, `whole` says that it sees all.
    """

    step: str
    field: int | None
    stride: float | None
    whole: bool = False


def along(network: TypedGraph) -> tuple[Along, ...]:
    """The tensors of the trunk; what is in a block or repeat stands for it, one level deep.

    No tensor sees less than one that it is made of: one that sees less than an earlier one comes from farther down. Of those
    that see all, the first stands for the rest.
    """
    found: list[Along] = []
    most = 0
    for tensor in _along(tuple(rows(network.graph.steps, fields(network), 2))):
        if tensor.field is None or tensor.field >= most:
            found.append(tensor)
            most = tensor.field or most
    while len(found) > 1 and found[-1].whole and found[-2].whole:
        found.pop()
    return tuple(found)


def _along(listed: Sequence[Row]) -> Iterator[Along]:
    step = ""
    for index, row in enumerate(listed):
        step = row.name if row.depth == 1 else step
        if index + 1 < len(listed) and listed[index + 1].depth > row.depth:
            continue
        fields = [each for field in row.fields for each in each_of(field)]
        found = [field for field in fields if isinstance(field, Field)]
        whole = all(isinstance(field, Everything) for field in fields)
        if found and len(found) == len(fields):
            yield Along(step, max(field.size for field in found), float(max(field.jump for field in found)))
        else:
            yield Along(step, None, None, whole)
