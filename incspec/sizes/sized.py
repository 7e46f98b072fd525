"""Sizes through a network: what each tensor's lengths are for every length of one axis of the input.

Each op's own rule is asked once, with lengths that stand for size functions.

Not here: what the results mean (legal.py).
"""

from __future__ import annotations

from collections.abc import Sequence

from ..diagnostics import InternalError
from ..ir import Graph, Node
from ..ops.base import Op, OpError, TorchCall
from ..record import record
from ..shapes import TensorType
from .function import SizeFunction, constant, joined
from .kept import NONE_KEPT, Kept
from .length import Length, Path, explore, function_of, length
from .size_set import NONE, SizeSet
from .walk import Walk, Walked

Extent = SizeFunction | int


@record
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

    @property
    def sizes(self) -> tuple[Extent, ...]:
        """The lengths of the spatial axes."""
        return self.extents[:-1] if self.channels_last else self.extents[1:]

    def is_as_large(self, other: SizedType) -> bool:
        """Whether another tensor is there for the same sizes of the input, and its spatial axes are as long."""
        return self.sizes == other.sizes and self.channels_last == other.channels_last and self.domain == other.domain

    def with_channels(self, channels: int) -> SizedType:
        """The same sizes with another width."""
        extents = (*self.sizes, channels) if self.channels_last else (channels, *self.sizes)
        return SizedType(extents, self.channels_last, self.domain)

    def at(self, n: int) -> TensorType | None:
        """The type at one size; None where the network does not come so far."""
        if n not in self.domain:
            return None
        found = tuple(extent if isinstance(extent, int) else extent(n) for extent in self.extents)
        return TensorType(tuple(value for value in found if value is not None), self.channels_last)


def arriving(inputs: Sequence[SizedType]) -> SizeSet:
    """The sizes for which all of some tensors are there."""
    domain = inputs[0].domain
    for type_ in inputs[1:]:
        domain &= type_.domain
    return domain


@record
class Reason:
    """Why an op refuses sizes: its rule, whose `code` it is, or weights that are made for `built` of what `varying` gives.

    The rule's error itself is not kept: it holds all that was at work when it was raised.
    """

    code: str = ""
    varying: SizeFunction | None = None
    built: int = 0


@record
class Refused:
    """Sizes for which an op refuses its inputs; `single` are those that it refuses in training of one image alone."""

    sizes: SizeSet
    reason: Reason
    op: Op
    inputs: tuple[SizedType, ...]
    single: bool = False

    @property
    def arriving(self) -> SizeSet:
        """The sizes for which all inputs of the op are there."""
        return arriving(self.inputs)

    def message(self, n: int) -> str:
        """Why it refuses one of the sizes, in the words of its rule for this size."""
        if self.single:
            return "one value per channel, which in training needs more images"
        if self.reason.varying is not None:
            return f"its weights are made for {self.reason.built} features, {self.reason.varying(n)} arrive"
        types = tuple(type_.at(n) for type_ in self.inputs)
        try:
            self.op.infer(tuple(type_ for type_ in types if type_ is not None))
        except OpError as error:
            return error.message
        raise InternalError("an op takes what it refused")


class SizesWalk(Walk[SizedType, Refused]):
    """Walks graphs under inputs whose lengths are size functions.

    `stated` is the size that the network's weights are made for; None where it takes no such size. What is `kept` is
    not looked at: nothing is found there, and what comes out is as large as what arrives.
    """

    def __init__(self, stated: int | None, kept: Kept = NONE_KEPT) -> None:
        super().__init__()
        self.stated, self.kept = stated, kept

    def graph(self, graph: Graph, inputs: tuple[SizedType, ...]) -> Walked[SizedType, Refused]:
        """Walk a graph with these inputs."""
        typed = self.kept.blocks.get(graph)
        if typed is None or inputs[0].varying_channels:
            return super().graph(graph, inputs)
        outputs = tuple(inputs[0].with_channels(int(type_.channels)) for type_ in typed.output_types)
        return Walked(outputs, {}, {}, (), {})

    def _kept(self, node: Node, inputs: tuple[SizedType, ...]) -> list[SizedType]:
        """What comes out of an op that keeps sizes; nothing of others, and where its inputs are not equally large."""
        typed, first = self.kept.nodes.get(node), inputs[0]
        if typed is None or not all(not x.varying_channels and x.is_as_large(first) for x in inputs):
            return []
        return [first.with_channels(int(type_.channels)) for type_ in typed.of(node.outputs)]

    def node(self, node: Node, inputs: tuple[SizedType, ...]) -> tuple[Sequence[SizedType], Sequence[Refused]]:
        """Ask the op's rule.

        Raises:
            SizesUnknownError: its sizes are not those of size functions, or too long ones.
        """
        kept = self._kept(node, inputs)
        if kept:
            return kept, ()
        domain = arriving(inputs)
        if not domain:  # each tensor arrives for some sizes, but all together for none
            return (), ()
        built = self._built(node.op, inputs)
        given: list[tuple[SizeSet, tuple[_Extents, ...]]] = []
        refused = []
        for part, found in explore(lambda path: _ask(node.op, inputs, built, path), domain):
            if isinstance(found, Reason):
                refused.append(Refused(part, found, node.op, inputs))
            else:
                given.append((part, found))
        if node.op.over_batch:
            single = _points(inputs[0])
            refused += [Refused(single, Reason(), node.op, inputs, single=True)] if single else []
        if not given:
            return (), refused
        return [_joined([(part, types[i]) for part, types in given]) for i in range(len(node.outputs))], refused

    def _built(self, op: Op, inputs: tuple[SizedType, ...]) -> TorchCall | None:
        """The call whose weights the network has, where they could be others: an op's call depends on widths alone.

        None where all is the same for all sizes, and where it takes no image of the stated size.
        """
        stated = self.stated if any(type_.varying_channels for type_ in inputs) else None
        types = tuple(None if stated is None else type_.at(stated) for type_ in inputs)
        known = tuple(type_ for type_ in types if type_ is not None)
        return op.torch_call(known) if len(known) == len(types) else None


def _points(x: SizedType) -> SizeSet:
    """The sizes for which a tensor has one position."""
    sizes = x.domain
    for place, extent in enumerate(x.extents):
        if place == (len(x.extents) - 1 if x.channels_last else 0):
            continue
        ones = x.domain if extent == 1 else NONE
        sizes = sizes & (ones if isinstance(extent, int) else extent.plus(-1).where("=="))
    return sizes


@record
class _Extents:
    """A tensor's lengths on one path."""

    extents: tuple[Extent, ...]
    channels_last: bool


def _ask(op: Op, inputs: tuple[SizedType, ...], built: TorchCall | None, path: Path) -> tuple[_Extents, ...] | Reason:
    """What an op gives for the sizes of a path, or why it refuses them."""
    types = tuple(type_.on(path) for type_ in inputs)
    try:
        outputs = op.infer(types)
    except OpError as error:
        return Reason(error.code)
    if built is not None:
        for now, then in zip(op.torch_call(types).numbers(), built.numbers(), strict=True):
            if isinstance(now, Length) and isinstance(then, int) and now != then:
                return Reason("", now.function, int(then))
    return tuple(_Extents(tuple(map(function_of, type_.shape)), type_.channels_last) for type_ in outputs)


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
