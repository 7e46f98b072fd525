"""All about the sizes of a network: TypedGraph -> SizesReport, which can be printed (text.py) or given as data.

Not here: how it looks (text.py).
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import replace
from pathlib import PurePath
from typing import TypeVar

from ..ir import Node, TypedGraph
from ..record import record
from ..shapes import TensorType
from ..syntax import SyntaxTree
from .axis import Axis
from .coupled import Coupled, coupled
from .field import Lost, fields
from .legal import AxisSizes, axis_sizes
from .rows import Row, rows
from .size_set import SizeSet
from .sized import Reason, Refused
from .together import Tied, together
from .walk import Found, Walked

T = TypeVar("T", bound=Hashable)
F = TypeVar("F")


@record
class Place:
    """Where an op stands: the blocks that lead to it, what it is, and its line."""

    blocks: tuple[str, ...]
    op: str
    file: str
    line: int
    column: int
    head: str = ""

    def __str__(self) -> str:
        inside = f" in `{'.'.join(self.blocks)}`" if self.blocks else ""
        return f"{self.op}{inside}, {PurePath(self.file).name}:{self.line}"


@record
class Limit:
    """A size that a network does not take, next to one that it does, and what refuses it."""

    size: int
    message: str
    at: Place


@record
class Taken:
    """The sizes that a network takes along one axis, with one of its auxiliary heads or without any.

    `single` are those that it takes in training, with all heads, if a batch has one image. Where several axes grow
    together, `tied` are all of them, and the sizes are those of the first.
    """

    axis: Axis
    head: str
    sizes: SizeSet
    limits: tuple[Limit, ...]
    single: bool = False
    tied: tuple[Tied, ...] = ()


@record
class Agreement:
    """A merge whose branches fit together for the sizes `sizes` of those that arrive at it, and not for `fails`."""

    axis: Axis
    at: Place
    sizes: SizeSet
    fails: int


@record
class Coupling:
    """An op that takes several axes together: `text` says which lengths, or that it compares each with the others."""

    at: Place
    axes: tuple[str, ...]
    text: str


@record
class Unread:
    """Cells at the end of an axis that a layer does not read, at the stated size."""

    at: Place
    lost: Lost


@record
class SizesReport:
    """What a network takes, what it does not read, and how far each of its tensors sees.

    `taken` is told of one axis at a time, the others as stated; `taken_together` of axes that depend on each other.
    """

    name: str
    inputs: Mapping[str, TensorType]
    taken: tuple[Taken, ...]
    taken_together: tuple[Taken, ...]
    agreements: tuple[Agreement, ...]
    couplings: tuple[Coupling, ...]
    unread: tuple[Unread, ...]
    rows: tuple[Row, ...]


def sizes_report(network: TypedGraph, tree: SyntaxTree, *, depth: int | None = 1) -> SizesReport:
    """Report on the sizes of a network; its rows are its steps, with `depth` 2 those of its blocks too, and so on.

    Raises:
        SizesUnknownError: strides or sizes are so large that no pattern is found.
    """
    along = axis_sizes(network.graph, network.input_types)
    seen = fields(network)
    depending = coupled(network.graph, network.input_types)
    reporter = _Reporter(network, tree)
    return SizesReport(
        network.graph.title,
        dict(zip((value.producer for value in network.graph.inputs), network.input_types, strict=True)),
        tuple(taken for sizes in along for taken in reporter.taken(sizes)),
        tuple(
            replace(taken, tied=each.tied)
            for each in together(network.graph, network.input_types, depending)
            for taken in reporter.taken(each.sizes)
        ),
        tuple(agreement for sizes in along for agreement in reporter.agreements(sizes)),
        tuple(reporter.couplings(depending, along)),
        tuple(Unread(reporter.place(found, head), found.what) for head, found in _everywhere(seen)),
        tuple(rows(network.graph.steps, seen, depth)),
    )


class _Reporter:
    def __init__(self, network: TypedGraph, tree: SyntaxTree) -> None:
        self.network, self.tree = network, tree

    def place(self, found: Found[F], head: str = "") -> Place:
        """Where something was found."""
        at = self.tree.span_at(found.node.path)
        # What leads into a head is a block of ours.
        blocks = tuple(call.name for call in found.calls[1 if head else 0 :])
        position = at.position
        return Place(blocks, found.node.op.label(self._rank), at.source.name, position.line, position.column, head)

    @property
    def _rank(self) -> int:
        return max(type_.rank for type_ in self.network.input_types)

    def taken(self, sizes: AxisSizes) -> Iterator[Taken]:
        """What the network takes along an axis; and with each head, where that is something else."""
        yield Taken(sizes.axis, "", sizes.legal, tuple(self._limits(sizes, sizes.legal, None)))
        for head, legal in sizes.legal_in_heads.items():
            yield Taken(sizes.axis, head, legal, tuple(self._limits(sizes, legal, head)))
        if sizes.legal_single != sizes.legal_with_aux:
            yield Taken(sizes.axis, "", sizes.legal_single, (self._single(sizes),), single=True)

    def _single(self, sizes: AxisSizes) -> Limit:
        """What refuses one image alone in training: the largest size of the first op that does, or the stated one."""
        refused = sizes.legal_with_aux - sizes.legal_single
        head, found = next((head, found) for head, found in _everywhere(sizes.walked) if found.what.single)
        edges = [n for n in sizes.legal_single.edges() if n in refused & found.what.sizes]
        n = edges[-1] if edges else next(iter(refused & found.what.sizes), sizes.axis.stated)
        return Limit(n, found.what.message(n), self.place(found, head))

    def _limits(self, sizes: AxisSizes, legal: SizeSet, head: str | None) -> Iterator[Limit]:
        """What refuses the sizes at the edges of those that are taken, each op once."""
        told: set[int] = set()
        for n in legal.edges():
            found = sizes.refusing(n, head)
            if found is not None and id(found.node) not in told:
                told.add(id(found.node))
                yield Limit(n, found.what.message(n), self.place(found, head or ""))

    def agreements(self, sizes: AxisSizes) -> Iterator[Agreement]:
        """The merges whose branches fit together for some sizes only."""
        for head, found in _everywhere(sizes.walked):
            what: Refused = found.what
            if found.node.op.family != "merge":
                continue
            below, above = what.sizes.nearest(sizes.axis.stated)
            fails = below if above is None else above
            if fails is not None:
                yield Agreement(sizes.axis, self.place(found, head), what.arriving - what.sizes, fails)

    def couplings(self, depending: Walked[TensorType, Coupled], along: tuple[AxisSizes, ...]) -> Iterator[Coupling]:
        """The ops that take several axes together, and what they take."""
        for head, found in _everywhere(depending):
            yield Coupling(self.place(found, head), found.what.axes, _together(found.node, found.what, along))


def _together(node: Node, what: Coupled, along: tuple[AxisSizes, ...]) -> str:
    """What an op takes of several axes, as far as size functions tell it."""
    first, *others = what.axes
    if what.equal:
        return f"{first} with {' and '.join(others)}"
    if what.features is None:
        return f"{' and '.join(what.axes)} must fit together"
    factors: list[tuple[Axis, Reason]] = []
    for sizes in along:
        reasons = [found.what.reason for _, found in _everywhere(sizes.walked) if found.node is node]
        if sizes.axis.name in what.axes and reasons:
            factors.append((sizes.axis, reasons[-1]))
    names = ", ".join(what.axes)
    known = len(factors) == len(what.axes) and all(reason.varying is not None for _, reason in factors)
    if known and all(
        reason.varying.is_proportional(reason.built, axis.stated) for axis, reason in factors if reason.varying
    ):
        product = math.prod(axis.stated for axis, _ in factors)
        return f"takes every {names} with {'*'.join(what.axes)} = {product}"
    return f"takes every {names} that give it {what.features} features"


def _everywhere(walked: Walked[T, F]) -> Iterator[tuple[str, Found[F]]]:
    """What was found in a network and in its heads, with the name of the head."""
    yield from (("", found) for found in walked.found)
    for head, several in walked.heads.items():
        yield from ((head, found) for found in several)
