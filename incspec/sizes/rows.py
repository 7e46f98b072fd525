"""Rows: the steps of a network, and how far their outputs see -> a row for each, blocks opened to a depth."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..ir import Call, Repeat, Step
from ..record import record
from ..shapes import TensorType
from .field import AxisField, Lost, Seen
from .walk import Walked


@record
class Row:
    """A step of the network or of a block: its output, what each of its cells depends on, and of which inputs."""

    depth: int
    name: str
    output: TensorType
    fields: tuple[AxisField, ...]
    inputs: frozenset[str]


def rows(steps: Sequence[Step], seen: Walked[Seen, Lost], depth: int | None = 1, *, level: int = 1) -> Iterator[Row]:
    """The steps, with `depth` 2 those of their blocks too, and so on; None opens all."""
    for step in steps:
        for value in step.outputs:
            if value in seen.tensors:
                found = seen.tensors[value]
                yield Row(level, str(value), found.type, found.fields, found.inputs)
        if depth is None or level < depth:
            if isinstance(step, Call) and step.name in seen.calls:
                yield from rows(step.graph.steps, seen.calls[step.name], depth, level=level + 1)
            elif isinstance(step, Repeat):
                yield from rows(step.turns, seen, depth, level=level + 1)
