"""Sources: TypedGraph -> the inputs that each of its steps is made of, by the steps' names."""

from __future__ import annotations

from ..ir import TypedGraph
from ..steps import Alias, flow


def sources(network: TypedGraph) -> dict[str, tuple[str, ...]]:
    """The names of the inputs that the steps of a network are made of, in the order of the inputs."""
    names = [value.producer for value in network.graph.inputs]
    of = {value: frozenset({value.producer}) for value in network.graph.inputs}
    for item in flow(network.graph.steps):
        if isinstance(item, Alias):
            of |= {value: of[original] for value, original in zip(item.values, item.originals, strict=True)}
        else:
            of |= dict.fromkeys(item.outputs, frozenset[str]().union(*(of[value] for value in item.inputs)))
    found = ((step.name, of[step.outputs[0]]) for step in network.graph.steps)
    return {step: tuple(name for name in names if name in inputs) for step, inputs in found}
