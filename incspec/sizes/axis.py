"""The axes of a network's inputs: what they are called, and where they are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..ir import Graph
from ..record import record
from ..shapes import TensorType

AXIS_NAMES = {"L": "length", "T": "time", "H": "height", "W": "width"}


@record
class Axis:
    """A spatial axis of an input: its name, its place in the input's shape and its stated length.

    The name is its letter, `H`; with the input's name before it, `left.H`, where there are several inputs.
    """

    input: str
    name: str
    place: int
    stated: int


def axes(graph: Graph, inputs: Sequence[TensorType]) -> Iterator[Axis]:
    """The spatial axes of the inputs, in order."""
    for value, type_ in zip(graph.inputs, inputs, strict=True):
        for place, letter in enumerate(type_.axes):
            if letter != "C":
                name = f"{value.producer}.{letter}" if len(inputs) > 1 else letter
                yield Axis(value.producer, name, place, int(type_.shape[place]))
