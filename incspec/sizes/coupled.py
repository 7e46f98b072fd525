"""Axes of the inputs that depend on each other: ops whose rule, or whose weights, look at several of them together.

A `flatten` before a `linear` takes every height and width of one product, not the stated ones alone; what two inputs
are merged in compares the height of one with that of the other. Each length is followed, at the stated sizes, with the
axes that it is computed from.

Not here: what is taken when such axes grow together (together.py).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import TypeAlias, TypeVar

from ..ir import Graph, Node, Value
from ..ops.base import OpError
from ..record import record
from ..shapes import TensorType
from .axis import axes
from .walk import Walk, Walked

# Letters of axes of one input, or of all of a network that has several: `H`, `left.H`.
Axes = frozenset[str]
# Is told of each comparison with the axes of either side.
Told: TypeAlias = Callable[[Axes, Axes], None]
F = TypeVar("F")


class Sourced(int):
    """A length and the axes that it is computed from; `compared` is told of each comparison."""

    axes: Axes
    compared: Told

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
        self.compared(self.axes, _axes(other))


def _axes(value: object) -> Axes:
    return value.axes if isinstance(value, Sourced) else frozenset()


def sourced(value: int, axes: Axes, compared: Told) -> int:
    """A length that is computed from some axes."""
    made = Sourced(value)
    made.axes, made.compared = axes, compared
    return made


@record
class Coupled:
    """Axes that an op looks at together, in the order of the inputs.

    It compares each with the next (`equal`), has weights for as many `features` as they make together, or neither is known.
    """

    axes: tuple[str, ...]
    equal: bool = False
    features: int | None = None


class _Comparisons(set[tuple[Axes, Axes]]):
    """The axes of both sides of each comparison. Not the walk's own, which has the lengths that tell them: a circle."""

    def note(self, axes: Axes, others: Axes) -> None:
        """Note a comparison."""
        self.add((axes, others))


class SourcedWalk(Walk[TensorType, F]):
    """Walks with lengths that know where they come from: a block is walked once for those that come from the same."""

    def key(self, inputs: tuple[TensorType, ...]) -> Hashable:
        return tuple((type_.channels_last, tuple((int(n), _axes(n)) for n in type_.shape)) for type_ in inputs)


class _CoupledWalk(SourcedWalk[Coupled]):
    """Finds, at each op, the axes that it compares with each other, or makes its weights for together.

    `names` are those of all axes.
    """

    def __init__(self, names: tuple[str, ...]) -> None:
        super().__init__()
        self.names = names
        self.comparisons = _Comparisons()

    def node(self, node: Node, inputs: tuple[TensorType, ...]) -> tuple[Sequence[TensorType], Sequence[Coupled]]:
        self.comparisons.clear()
        try:
            outputs = node.op.infer(inputs)
        except OpError:
            return (), ()
        compared = tuple(self.comparisons)
        made: dict[Axes, int] = {}
        if any(isinstance(type_.channels, Sourced) for type_ in inputs):  # an op's call depends on widths alone
            for number in node.op.torch_call(inputs).numbers():
                if isinstance(number, Sourced) and len(number.axes) > 1:
                    made[number.axes] = int(number)
        equal = joined(a | b for a, b in compared if len(a) == len(b) == 1 and a != b)
        others = {a | b for a, b in compared if len(a | b) > 1} | set(made)
        others = {each for each in others if not any(each < other for other in (*others, *equal))}
        found = [Coupled(self._ordered(each), equal=True) for each in equal]
        found += [Coupled(self._ordered(each), features=made.get(each)) for each in others.difference(equal)]
        return outputs, sorted(found, key=lambda each: list(map(self.names.index, each.axes)))

    def _ordered(self, axes: Axes) -> tuple[str, ...]:
        return tuple(name for name in self.names if name in axes)


def joined(several: Iterable[Axes]) -> list[Axes]:
    """Sets that have an axis in common made one."""
    found: list[Axes] = []
    for each in several:
        apart = [other for other in found if not other & each]
        found = [*apart, each.union(*(other for other in found if other & each))]
    return found


def compared_axes(found: Walked[TensorType, Coupled]) -> list[Axes]:
    """The axes that ops compare with each other, those that are compared with the same ones together."""
    return joined(frozenset(each.what.axes) for each in found.everywhere if each.what.equal)


def coupled(graph: Graph, inputs: Sequence[TensorType]) -> Walked[TensorType, Coupled]:
    """The ops that look at several axes of the inputs together."""
    walk = _CoupledWalk(tuple(axis.name for axis in axes(graph, inputs)))
    return walk.graph(graph, stated_lengths(graph, inputs, walk.comparisons.note))


def stated_lengths(graph: Graph, inputs: Sequence[TensorType], compared: Told) -> tuple[TensorType, ...]:
    """The types of a network's inputs, each length with the axis that it is."""
    names = {(axis.input, axis.place): axis.name for axis in axes(graph, inputs)}

    def length(value: Value, place: int, stated: int) -> int:
        name = names.get((value.producer, place))
        return int(stated) if name is None else sourced(int(stated), frozenset({name}), compared)

    return tuple(
        TensorType(tuple(length(value, place, stated) for place, stated in enumerate(type_.shape)), type_.channels_last)
        for value, type_ in zip(graph.inputs, inputs, strict=True)
    )
