"""Walking a graph: what each op makes of its inputs, in the order of execution, blocks entered.

A walk says what it knows of a tensor (`T`), and what it finds at an op (`F`). A block is walked once for equal inputs.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Generic, TypeVar

from ..ir import Call, Graph, Node, Step, Value
from ..record import record
from ..steps import Alias, flow

T = TypeVar("T", bound=Hashable)
F = TypeVar("F")


@record
class Found(Generic[F]):
    """What was found at an op. `calls` are the steps that lead into the block where it is."""

    calls: tuple[Call, ...]
    node: Node
    what: F


@record
class Walked(Generic[T, F]):
    """What a graph gives, what is known of the tensors in it, and what was found in it and in its auxiliary heads.

    `outputs` are none where something on the way is not known.
    """

    outputs: tuple[T, ...]
    tensors: Mapping[Value, T]
    calls: Mapping[str, Walked[T, F]]
    found: tuple[Found[F], ...]
    heads: Mapping[str, tuple[Found[F], ...]]

    @property
    def everywhere(self) -> tuple[Found[F], ...]:
        """What was found in the graph, and then in its heads."""
        return (*self.found, *(found for several in self.heads.values() for found in several))


class Walk(ABC, Generic[T, F]):
    """Walks graphs."""

    def __init__(self) -> None:
        self._walked: dict[tuple[int, Hashable], Walked[T, F]] = {}

    @abstractmethod
    def node(self, node: Node, inputs: tuple[T, ...]) -> tuple[Sequence[T], Sequence[F]]:
        """What is known of an op's outputs, none where nothing is; and what was found at it."""

    def key(self, inputs: tuple[T, ...]) -> Hashable:
        """What inputs are told apart by."""
        return inputs

    def graph(self, graph: Graph, inputs: tuple[T, ...]) -> Walked[T, F]:
        """Walk a graph with these inputs."""
        key = (id(graph), self.key(inputs))
        if key not in self._walked:
            course = _Course(self, dict(zip(graph.inputs, inputs, strict=True)))
            course.steps(graph.steps)
            found, heads = tuple(course.found), {}
            for head in graph.aux:
                course.found = []
                course.steps(head.steps)
                heads[head.name] = tuple(course.found)
            outputs = course.known(graph.outputs) or ()
            self._walked[key] = Walked(outputs, course.tensors, course.calls, found, heads)
        return self._walked[key]


@dataclass
class _Course(Generic[T, F]):
    """The walk of one graph."""

    walk: Walk[T, F]
    tensors: dict[Value, T]
    calls: dict[str, Walked[T, F]] = field(default_factory=dict)
    found: list[Found[F]] = field(default_factory=list)

    def known(self, values: tuple[Value, ...]) -> tuple[T, ...] | None:
        """What is known of some tensors, None where nothing is known of one."""
        if not all(value in self.tensors for value in values):
            return None
        return tuple(self.tensors[value] for value in values)

    def steps(self, steps: Iterable[Step]) -> None:
        """Go through some steps."""
        for item in flow(steps):
            if isinstance(item, Call):
                self._call(item)
            elif isinstance(item, Alias):
                self._alias(item.values, item.originals)
            else:
                self._nodes((item,))

    def _alias(self, values: tuple[Value, ...], originals: tuple[Value, ...]) -> None:
        for value, original in zip(values, originals, strict=True):
            if original in self.tensors:
                self.tensors[value] = self.tensors[original]

    def _call(self, step: Call) -> None:
        inputs = self.known(step.inputs)
        if inputs is None:
            return
        walked = self.walk.graph(step.graph, inputs)
        self.calls[step.name] = walked
        self.found += (replace(each, calls=(step, *each.calls)) for each in walked.found)
        self.tensors |= dict(zip(step.outputs, walked.outputs, strict=False))

    def _nodes(self, nodes: Iterable[Node]) -> None:
        for node in nodes:
            inputs = self.known(node.inputs)
            if inputs is not None:
                outputs, found = self.walk.node(node, inputs)
                self.found += (Found((), node, what) for what in found)
                self.tensors |= dict(zip(node.outputs, outputs, strict=False))
