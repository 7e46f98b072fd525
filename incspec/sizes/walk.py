"""Sizes through a network: Graph, types of its inputs -> what each tensor's lengths are for every length of one axis.

Each op's own rule is asked once, with lengths that stand for size functions. What is left out by a rule, or by weights
that were made for another size, is a `Bound`.

Not here: what the results mean (legal.py), receptive fields (field.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ..ir import Call, Conditional, Graph, Merge, Node, Repeat, Series, Step, Value
from ..ops.base import Argument, Op, OpError, TorchCall
from ..shapes import TensorType
from .function import SizeFunction, constant, joined
from .length import Length, Path, explore, function_of, length
from .size_set import NONE, SizeSet

Extent = SizeFunction | int


@dataclass(frozen=True, slots=True)
class SizedType:
    """A tensor's type for all sizes of `domain`; an axis whose length is the same for all has a number."""

    extents: tuple[Extent, ...]
    channels_last: bool
    domain: SizeSet

    def on(self, path: Path) -> TensorType:
        """The type that a rule sees."""
        whole = path.domain == self.domain
        lengths = (
            extent if isinstance(extent, int) else length(extent if whole else extent.restricted(path.domain), path)
            for extent in self.extents
        )
        return TensorType(tuple(lengths), self.channels_last)

    @property
    def varying_channels(self) -> bool:
        """Whether its width depends on the size, as behind a `flatten`."""
        return not isinstance(self.extents[-1 if self.channels_last else 0], int)

    def at(self, n: int) -> TensorType | None:
        """The type at one size; None where the network does not come so far."""
        if n not in self.domain:
            return None
        found = tuple(extent if isinstance(extent, int) else extent(n) for extent in self.extents)
        return TensorType(tuple(value for value in found if value is not None), self.channels_last)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an op takes no image of some sizes: its rule, or weights that are made for `built` of what `varying` gives."""

    error: OpError | None
    varying: SizeFunction | None = None
    built: int = 0


@dataclass(frozen=True, slots=True)
class Bound:
    """Sizes that an op refuses. `calls` are the steps that lead into the block where it is."""

    calls: tuple[Call, ...]
    node: Node
    refused: SizeSet
    why: Refusal


@dataclass(frozen=True, slots=True)
class Walked:
    """What a graph gives for its inputs, what it refuses in the order of execution, and the tensors on the way."""

    outputs: tuple[SizedType, ...]
    bounds: tuple[Bound, ...]
    types: Mapping[Value, SizedType]
    calls: Mapping[str, Walked]
    # Those of auxiliary heads, apart.
    aux_bounds: tuple[Bound, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether all outputs have a type."""
        return bool(self.outputs)


class SizesWalk:
    """Walks graphs under inputs whose lengths are size functions; a block is walked once for equal inputs.

    `stated` is the size that the network's weights are made for; None where it takes no such size.
    """

    def __init__(self, stated: int | None) -> None:
        self.stated = stated
        self._walked: dict[tuple[int, tuple[SizedType, ...]], Walked] = {}

    def graph(self, graph: Graph, inputs: tuple[SizedType, ...]) -> Walked:
        """Walk a graph.

        Raises:
            SizesUnknownError: the sizes are not those of size functions, or too long ones.
        """
        key = (id(graph), inputs)
        if key not in self._walked:
            state = _State(self, dict(zip(graph.inputs, inputs, strict=True)))
            state.steps(graph.steps)
            bounds, state.bounds = state.bounds, []
            for head in graph.aux:
                state.steps(head.steps)
            outputs = tuple(map(state.types.get, graph.outputs))
            known = tuple(type_ for type_ in outputs if type_ is not None)
            self._walked[key] = Walked(
                known if len(known) == len(outputs) else (),
                tuple(bounds),
                state.types,
                state.calls,
                tuple(state.bounds),
            )
        return self._walked[key]


@dataclass
class _State:
    """The walk of one graph."""

    walk: SizesWalk
    types: dict[Value, SizedType]
    bounds: list[Bound] = field(default_factory=list)
    calls: dict[str, Walked] = field(default_factory=dict)

    def steps(self, steps: Iterable[Step]) -> None:
        for step in steps:
            self.step(step)

    def step(self, step: Step) -> None:
        if isinstance(step, Call):
            self._call(step)
        elif isinstance(step, Repeat):
            self.steps(step.turns)
            self._alias(step.outputs, step.turns[-1].outputs if step.turns else step.inputs)
        elif isinstance(step, Conditional):
            taken = step.step if step.taken else None
            self.steps(() if taken is None else (taken,))
            self._alias(step.outputs, step.inputs if taken is None else taken.outputs)
        elif isinstance(step, Series):
            self.steps(step.steps)
        elif isinstance(step, Merge):
            if step.split is not None:
                self._node(step.split)
            for branch in step.branches:
                self.steps(branch.steps)
            self._nodes(step.nodes)
        else:
            self._nodes(step.nodes)

    def _alias(self, values: tuple[Value, ...], originals: tuple[Value, ...]) -> None:
        known = zip(values, map(self.types.get, originals), strict=True)
        self.types |= {value: type_ for value, type_ in known if type_ is not None}

    def _inputs(self, values: tuple[Value, ...]) -> tuple[SizedType, ...] | None:
        found = tuple(map(self.types.get, values))
        known = tuple(type_ for type_ in found if type_ is not None)
        return known if len(known) == len(found) else None

    def _call(self, step: Call) -> None:
        inputs = self._inputs(step.inputs)
        if inputs is None:
            return
        walked = self.walk.graph(step.graph, inputs)
        self.calls[step.name] = walked
        self.bounds += (replace(bound, calls=(step, *bound.calls)) for bound in walked.bounds)
        self.types |= dict(zip(step.outputs, walked.outputs, strict=False))

    def _nodes(self, nodes: Iterable[Node]) -> None:
        for node in nodes:
            self._node(node)

    def _node(self, node: Node) -> None:
        inputs = self._inputs(node.inputs)
        if inputs is None:
            return
        domain = inputs[0].domain
        for type_ in inputs[1:]:
            domain &= type_.domain
        built = self._built(node, inputs)
        given: list[tuple[SizeSet, tuple[_Extents, ...]]] = []
        for part, found in explore(lambda path: _ask(node.op, inputs, built, path), domain):
            if isinstance(found, Refusal):
                self.bounds.append(Bound((), node, part, found))
            else:
                given.append((part, found))
        for index, value in enumerate(node.outputs):
            if given:
                self.types[value] = _joined([(part, types[index]) for part, types in given])

    def _built(self, node: Node, inputs: tuple[SizedType, ...]) -> TorchCall | None:
        """The call whose weights the network has, where they could be others: an op's call depends on widths alone.

        None where all is the same for all sizes, and where it takes no image of the stated size.
        """
        stated = self.walk.stated if any(type_.varying_channels for type_ in inputs) else None
        types = tuple(None if stated is None else type_.at(stated) for type_ in inputs)
        known = tuple(type_ for type_ in types if type_ is not None)
        return node.op.torch_call(known) if len(known) == len(types) else None


@dataclass(frozen=True, slots=True)
class _Extents:
    """A tensor's lengths on one path."""

    extents: tuple[Extent, ...]
    channels_last: bool


def _ask(op: Op, inputs: tuple[SizedType, ...], built: TorchCall | None, path: Path) -> tuple[_Extents, ...] | Refusal:
    """What an op gives for the sizes of a path, or why it refuses them."""
    types = tuple(type_.on(path) for type_ in inputs)
    try:
        outputs = op.infer(types)
    except OpError as error:
        return Refusal(error)
    if built is not None:
        for now, then in zip(_arguments(op.torch_call(types)), _arguments(built), strict=True):
            if isinstance(now, Length) and isinstance(then, int) and now != then:
                return Refusal(None, now.function, int(then))
    return tuple(_Extents(tuple(map(function_of, type_.shape)), type_.channels_last) for type_ in outputs)


def _arguments(call: TorchCall) -> Iterator[Argument]:
    waiting: list[Argument] = [*call.args.values(), *call.kwargs.values()]
    while waiting:
        argument = waiting.pop()
        if isinstance(argument, tuple):
            waiting += argument
        else:
            yield argument


def _joined(parts: Sequence[tuple[SizeSet, _Extents]]) -> SizedType:
    """One type of what is given for the parts of the sizes."""
    if len(parts) == 1:
        ((domain, types),) = parts
        extents = tuple(
            extent if isinstance(extent, int) or extent.domain == domain else extent.restricted(domain)
            for extent in types.extents
        )
        return SizedType(extents, types.channels_last, domain)
    domain = NONE
    for part, _ in parts:
        domain |= part
    columns = zip(*(types.extents for _, types in parts), strict=True)
    extents = tuple(_joined_extent([part for part, _ in parts], column) for column in columns)
    return SizedType(extents, parts[0][1].channels_last, domain)


def _joined_extent(parts: Sequence[SizeSet], extents: Sequence[Extent]) -> Extent:
    if len(set(extents)) == 1 and isinstance(extents[0], int):
        return extents[0]
    pieces = [
        constant(extent, part) if isinstance(extent, int) else extent.restricted(part)
        for part, extent in zip(parts, extents, strict=True)
    ]
    whole = pieces[0]
    for piece in pieces[1:]:
        whole = joined(whole, piece)
    value = whole.constant
    return whole if value is None else value
