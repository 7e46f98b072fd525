"""What runs behind a box of a figure, and what that costs for one image: nodes and calls of a graph -> Work."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from ...ir import Call, Node, TypedGraph, Value
from ...ops.base import Cost
from ...shapes import TensorType
from ...steps import executed


@dataclass(frozen=True, eq=False)
class Work:
    """The nodes and calls of one box, of all turns that it stands for, in order.

    They are those of `typed`, which `calls` lead to from the graph that is drawn: the names of the steps, outermost first.
    """

    typed: TypedGraph
    items: tuple[Node | Call, ...]
    calls: tuple[str, ...] = ()

    @property
    def values(self) -> tuple[Value, ...]:
        """The tensors that it gives, by which their types, strides and receptive fields are found."""
        return self.items[-1].outputs

    @property
    def types(self) -> tuple[TensorType, ...]:
        """The types of what it gives."""
        return tuple(type_.with_lengths(int) for type_ in self.typed.of(self.values))

    @cached_property
    def cost(self) -> Cost:
        """Learnt parameters and multiply-adds."""
        costs = [self._cost(item) for item in self.items]
        return Cost(sum(int(cost.params) for cost in costs), sum(int(cost.macs) for cost in costs))

    @cached_property
    def activations(self) -> int:
        """The elements of the outputs of all its ops."""
        return sum(self._activations(self.typed, item, {}) for item in self.items)

    def _cost(self, item: Node | Call) -> Cost:
        if isinstance(item, Call):
            return self.typed.calls[item.name].cost
        return item.op.cost(self.typed.of(item.inputs), self.typed.of(item.outputs))

    def _activations(self, typed: TypedGraph, item: Node | Call, known: dict[TypedGraph, int]) -> int:
        if isinstance(item, Node):
            return sum(int(type_.elements) for type_ in typed.of(item.outputs))
        called = typed.calls[item.name]
        if called not in known:
            known[called] = sum(self._activations(called, inner, known) for inner in executed(called.graph.steps))
        return known[called]
