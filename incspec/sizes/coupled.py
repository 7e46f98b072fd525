"""Axes of the input that depend on each other: ops whose rule, or whose weights, look at several of them together.

A `flatten` before a `linear` takes every height and width of one product, not the stated ones alone. Each length is
followed, at the stated sizes, with the axes that it is computed from.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..ir import Graph, Node, Value
from ..ops.base import OpError
from ..shapes import TensorType
from .axis import axes
from .walk import Walk, Walked

# Letters of axes of one input, or of all of a network that has several: `H`, `left.H`.
Axes = frozenset[str]


class Sourced(int):
    """A length and the axes that it is computed from; `compared` is told of each comparison with those it involves."""

    axes: Axes
    compared: Callable[[Axes], None]

    def __add__(self, other: int) -> int:
        return self._made(int(self) + int(other), other)

    def __sub__(self, other: int) -> int:
        return self._made(int(self) - int(other), other)

    def __rsub__(self, other: int) -> int:
        return self._made(int(other) - int(self), other)

    def __mul__(self, other: int) -> int:
        return self._made(int(self) * int(other), other)

    def __floordiv__(self, other: int) -> int:
        return self._made(int(self) // int(other), other)

    def __mod__(self, other: int) -> int:
        return self._made(int(self) % int(other), other)

    def __neg__(self) -> int:
        return self._made(-int(self), 0)

    __radd__, __rmul__ = __add__, __mul__

    def __eq__(self, other: object) -> bool:
        self._tell(other)
        return int.__eq__(self, other) is True

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __lt__(self, other: int) -> bool:
        self._tell(other)
        return int(self) < int(other)

    def __le__(self, other: int) -> bool:
        self._tell(other)
        return int(self) <= int(other)

    def __gt__(self, other: int) -> bool:
        return not self <= other

    def __ge__(self, other: int) -> bool:
        return not self < other

    def __hash__(self) -> int:
        return int.__hash__(self)

    def _made(self, value: int, other: int) -> int:
        return sourced(value, self.axes | _axes(other), self.compared)

    def _tell(self, other: object) -> None:
        self.compared(self.axes | _axes(other))


def _axes(value: object) -> Axes:
    return value.axes if isinstance(value, Sourced) else frozenset()


def sourced(value: int, axes: Axes, compared: Callable[[Axes], None]) -> int:
    """A length that is computed from some axes."""
    made = Sourced(value)
    made.axes, made.compared = axes, compared
    return made


class _CoupledWalk(Walk[TensorType, Axes]):
    """Finds, at each op, the axes that it compares with each other, or makes its weights for together."""

    def __init__(self) -> None:
        super().__init__()
        self._compared: set[Axes] = set()

    def node(self, node: Node, inputs: tuple[TensorType, ...]) -> tuple[Sequence[TensorType], Sequence[Axes]]:
        self._compared.clear()
        try:
            outputs = node.op.infer(inputs)
        except OpError:
            return (), ()
        found = set(self._compared)
        if any(isinstance(type_.channels, Sourced) for type_ in inputs):  # an op's call depends on widths alone
            for argument in node.op.torch_call(inputs).numbers():
                found.add(_axes(argument))
        return outputs, [max(found, key=len)] if any(len(axes) > 1 for axes in found) else ()

    def compared(self, axes: Axes) -> None:
        """Note a comparison."""
        self._compared.add(axes)


def coupled(graph: Graph, inputs: Sequence[TensorType]) -> Walked[TensorType, Axes]:
    """The ops that look at several axes of the inputs together."""
    walk = _CoupledWalk()
    return walk.graph(graph, stated_lengths(graph, inputs, walk.compared))


def stated_lengths(
    graph: Graph, inputs: Sequence[TensorType], compared: Callable[[Axes], None]
) -> tuple[TensorType, ...]:
    """The types of a network's inputs, each length with the axis that it is."""
    names = {(axis.input, axis.place): axis.name for axis in axes(graph, inputs)}

    def length(value: Value, place: int, stated: int) -> int:
        name = names.get((value.producer, place))
        return int(stated) if name is None else sourced(int(stated), frozenset({name}), compared)

    return tuple(
        TensorType(tuple(length(value, place, stated) for place, stated in enumerate(type_.shape)), type_.channels_last)
        for value, type_ in zip(graph.inputs, inputs, strict=True)
    )
