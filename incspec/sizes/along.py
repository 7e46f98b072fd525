"""Strides and receptive fields along a network's depth: TypedGraph -> Along, one for each row in order, for each input.

It walks once: what sizes the network takes, which `report.py` tells, is not asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..ir import TypedGraph
from ..record import record
from .field import Everything, Field, by_input, fields
from .rows import Row, rows


@record
class Along:
    """A tensor on the way of an input: the step of the network that it belongs to, and how far it sees, the most of its axes.

    The input has no name where it is the only one. In cells of the input; `field` and `stride` are None where they follow no one pattern, `whole` says that it sees all.
    """

    step: str
    field: int | None
    stride: float | None
    whole: bool = False
    input: str = ""


def along(network: TypedGraph) -> tuple[Along, ...]:
    """The tensors of the trunk, those that see the first input, then those that see the second, and so on.

    What is in a block or repeat stands for it, one level deep. No tensor sees less than one that it is made of: one that sees
    less than an earlier one comes from farther down. Of those that see all, the first stands for the rest.
    """
    listed = tuple(rows(network.graph.steps, fields(network), 2))
    inputs = [value.producer for value in network.graph.inputs]
    return tuple(tensor for name in inputs for tensor in _trunk(_along(listed, name, name if len(inputs) > 1 else "")))


def _trunk(tensors: Iterator[Along]) -> Sequence[Along]:
    found: list[Along] = []
    most = 0
    for tensor in tensors:
        if tensor.field is None or tensor.field >= most:
            found.append(tensor)
            most = tensor.field or most
    while len(found) > 1 and found[-1].whole and found[-2].whole:
        found.pop()
    return found


def _along(listed: Sequence[Row], input_name: str, shown: str) -> Iterator[Along]:
    """The tensors that see an input, and how much of it; `shown` is what it is called."""
    step = ""
    for index, row in enumerate(listed):
        step = row.name if row.depth == 1 else step
        if input_name not in row.inputs or (index + 1 < len(listed) and listed[index + 1].depth > row.depth):
            continue
        seen = by_input(row.fields).get(shown, [])
        known = [field for field in seen if isinstance(field, Field)]
        whole = all(isinstance(field, Everything) for field in seen)
        if known and len(known) == len(seen):
            size, jump = max(field.size for field in known), float(max(field.jump for field in known))
            yield Along(step, size, jump, input=shown)
        else:
            yield Along(step, None, None, whole, shown)
