"""Report: TypedGraph -> Report, what every layer, branch and block costs for one image.

Not here: how much memory is alive at once (memory.py), the report as JSON, CSV, Markdown (formats.py) and as a
table on the terminal (table.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Literal, TypeAlias, get_args

from ..ir import AuxHead, Branch, Call, Conditional, Layer, Merge, Node, Repeat, Series, Step, TypedGraph, Value
from ..ops.base import Family
from ..shapes import TensorType
from ..steps import passed_on
from .memory import peak_elements
from .sources import sources

BYTES_PER_ELEMENT = 4  # float32

Types: TypeAlias = tuple[TensorType, ...]
RowKind = Literal["block", "repeat", "merge", "residual", "branch", "layer", "op", "aux"]


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts for one image: learnt parameters, multiply-adds, elements of the outputs of all ops, ops by family."""

    params: int = 0
    macs: int = 0
    activations: int = 0
    layers: Mapping[Family, int] = field(default_factory=dict)

    @property
    def activation_bytes(self) -> int:
        """The memory of the outputs of all ops, in bytes, as float32."""
        return self.activations * BYTES_PER_ELEMENT

    def __mul__(self, times: int) -> Tally:
        layers = {family: times * count for family, count in self.layers.items() if times}
        return Tally(times * self.params, times * self.macs, times * self.activations, layers)


@dataclass(frozen=True, slots=True)
class Row:
    """A layer, branch, merge or block, or `times` equal ones in series; its parts are `rows`, whose totals sum to `each`.

    A conv with its norm and activation is one layer, the three ops are its parts. A step that is repeated is one row
    where all turns are alike; else it is a `repeat`, and its parts are the turns, those in series that are alike as one.
    """

    name: str
    kind: RowKind
    label: str
    inputs: Types
    outputs: Types
    each: Tally
    times: int = 1
    rows: tuple[Row, ...] = ()
    figure: str = ""

    @property
    def total(self) -> Tally:
        """The counts of all turns."""
        return self.each * self.times if self.times != 1 else self.each

    @property
    def title(self) -> str:
        """The label, with the number of turns where there are several: `4 x Inception-A`."""
        return f"{self.times} x {self.label}" if self.times > 1 else self.label


@dataclass(frozen=True, slots=True)
class Head:
    """An auxiliary head: the tensors that it is attached to, the weight of its loss, and its row."""

    sources: tuple[str, ...]
    weight: float
    row: Row

    @property
    def place(self) -> str:
        """Where it is attached, and what it counts: `aux1 from inception_4a, weight 0.3`."""
        return f"{self.row.name} from {' and '.join(self.sources)}, weight {self.weight:g}"


@dataclass(frozen=True, slots=True)
class Report:
    """What a network costs for one image. `peak` are the elements alive at once in inference.

    `aux` are the auxiliary heads, which run in training only: `total` and `rows` are without them. `input_names` are those
    of the inputs, `made_of` has the names of those that each row is made of.
    """

    name: str
    inputs: Types
    outputs: Types
    total: Tally
    peak: int
    rows: tuple[Row, ...]
    input_names: tuple[str, ...]
    made_of: Mapping[str, tuple[str, ...]]
    aux: tuple[Head, ...] = ()

    @property
    def named_inputs(self) -> dict[str, TensorType]:
        """The inputs by their names."""
        return dict(zip(self.input_names, self.inputs, strict=True))

    @property
    def total_with_aux(self) -> Tally:
        """The counts in training, those of auxiliary heads included."""
        return tally((*self.rows, *self.aux_rows))

    @property
    def aux_rows(self) -> tuple[Row, ...]:
        """The rows of the auxiliary heads."""
        return tuple(head.row for head in self.aux)

    @property
    def peak_bytes(self) -> int:
        """The memory that is alive at once in inference, in bytes, as float32, the parameters not counted."""
        return self.peak * BYTES_PER_ELEMENT


@dataclass(frozen=True, slots=True)
class Line:
    """A row in its place: the names that lead to it, and how often it runs in the network."""

    row: Row
    path: tuple[str, ...]
    count: int


def report(network: TypedGraph) -> Report:
    """Count a network, block by block."""
    reporter = _Reporter()
    rows = reporter.graph(network)
    return Report(
        name=network.graph.title,
        inputs=_plain(network.input_types),
        outputs=_plain(network.output_types),
        total=tally(rows),
        peak=peak_elements(network),
        rows=rows,
        input_names=tuple(value.producer for value in network.graph.inputs),
        made_of=sources(network),
        aux=tuple(Head(head.sources, head.weight, reporter.head(head, network)) for head in network.graph.aux),
    )


def lines(rows: Sequence[Row], path: tuple[str, ...] = (), count: int = 1) -> Iterator[Line]:
    """All rows, each before its parts."""
    for row in rows:
        line = Line(row, (*path, row.name), count * row.times)
        yield line
        yield from lines(row.rows, line.path, line.count)


def opened(row: Row) -> Line:
    """What stands beneath a row where there is room for little.

    A block or branch of a single layer or merge is shown as that, a head also if it is a single block. `row` of what comes back is the one whose `rows`
    are shown, `path` the names that were passed to get there, the row's own first.
    """
    path: tuple[str, ...] = (row.name,)
    inner = row
    while (
        len(inner.rows) == 1
        and (inner.kind == "aux" or inner.rows[0].kind in ("layer", "merge", "residual", "branch"))
        and inner.rows[0].times == 1
    ):
        (inner,) = inner.rows
        path = (*path, inner.name)
    return Line(inner, path, row.times)


def sizes(types: Types) -> str:
    """Tensor types in one cell: `384x35x35`, several with a blank between them."""
    return " ".join(str(type_) for type_ in types)


class _Reporter:
    """The rows of each typed graph, built once however often a block is called."""

    def __init__(self) -> None:
        self.memo: dict[int, tuple[Row, ...]] = {}

    def graph(self, typed: TypedGraph) -> tuple[Row, ...]:
        """The rows of a graph's steps."""
        if id(typed) not in self.memo:
            self.memo[id(typed)] = self._steps(typed.graph.steps, typed, ())
        return self.memo[id(typed)]

    def head(self, head: AuxHead, typed: TypedGraph) -> Row:
        """The row of an auxiliary head."""
        rows = self._steps(head.steps, typed, (head.name,))
        return _row(head, typed, head.name, "aux", ", ".join(row.title for row in rows) or "identity", rows)

    def _steps(self, steps: Sequence[Step], typed: TypedGraph, scopes: tuple[str, ...]) -> tuple[Row, ...]:
        """The rows of a body. `scopes` are what its steps' names may begin with, innermost first."""
        found = [self._step(step, typed, _local(step.name, scopes), scopes) for step in steps]
        return tuple(row for row in found if row is not None)

    def _step(self, step: Step, typed: TypedGraph, name: str, scopes: tuple[str, ...]) -> Row | None:
        """The row of a step; None where nothing runs."""
        if isinstance(step, Conditional):
            return self._step(step.step, typed, name, scopes) if step.taken and step.step is not None else None
        if isinstance(step, Repeat):
            return self._repeat(step, typed, name, scopes)
        if isinstance(step, Series):
            rows = self._steps(step.steps, typed, (step.name, *scopes))
            return _row(step, typed, name, "residual", ", ".join(row.title for row in rows), rows)
        if isinstance(step, Layer):
            ops = tuple(_op(node, typed) for node in step.nodes)
            return _row(step, typed, name, "layer", ops[0].label, ops)
        if isinstance(step, Call):
            called = typed.calls[step.name]
            row = _row(step, typed, name, "block", called.graph.title, self.graph(called))
            return replace(row, figure=called.graph.figure)
        return self._merge(step, typed, name, scopes)

    def _merge(self, step: Merge, typed: TypedGraph, name: str, scopes: tuple[str, ...]) -> Row:
        split = () if step.split is None else (_op(step.split, typed),)
        branches = tuple(self._branch(branch, step, typed, scopes) for branch in step.branches)
        merged = tuple(_op(node, typed) for node in step.nodes)
        return _row(step, typed, name, step.kind, merged[0].label, (*split, *branches, *merged))

    def _branch(self, branch: Branch, merge: Merge, typed: TypedGraph, scopes: tuple[str, ...]) -> Row:
        name = _local(branch.name, (merge.name, _local(merge.name, scopes), *scopes))
        rows = self._steps(branch.steps, typed, (branch.name, merge.name, *scopes))
        return _row(branch, typed, name, "branch", ", ".join(row.title for row in rows) or passed_on(branch), rows)

    def _repeat(self, step: Repeat, typed: TypedGraph, name: str, scopes: tuple[str, ...]) -> Row | None:
        scopes = (step.name, name, *scopes)
        found = (self._step(turn, typed, "", scopes) for turn in step.turns)
        runs = [list(equal) for _, equal in groupby(row for row in found if row is not None)]
        turns, first = [], 0
        for run in runs:
            last = first + len(run) - 1
            turns.append(replace(run[0], name=f"{first}-{last}" if last > first else f"{first}", times=len(run)))
            first = last + 1
        if len(turns) == 1 and first == step.count:
            return replace(turns[0], name=name)
        alike = len({turn.label for turn in turns}) == 1 and first == step.count
        label = f"{first} x {turns[0].label}" if alike else ", ".join(turn.title for turn in turns)
        return _row(step, typed, name, "repeat", label, tuple(turns)) if turns else None


def _row(
    step: Step | Branch | AuxHead, typed: TypedGraph, name: str, kind: RowKind, label: str, rows: tuple[Row, ...]
) -> Row:
    alone = len(rows) == 1 and rows[0].kind == "op"
    inputs, outputs = _types(typed, step.inputs), _types(typed, step.outputs)
    return Row(name, kind, label, inputs, outputs, tally(rows), rows=() if alone else rows)


def _op(node: Node, typed: TypedGraph) -> Row:
    inputs, outputs = _types(typed, node.inputs), _types(typed, node.outputs)
    cost = node.op.cost(inputs, outputs)
    elements = sum(type_.elements for type_ in outputs)
    each = Tally(int(cost.params), int(cost.macs), elements, {node.op.family: 1})
    return Row(node.op.keyword, "op", node.op.label(inputs[0].rank), inputs, outputs, each)


def tally(rows: Sequence[Row]) -> Tally:
    """The counts of some rows together."""
    totals = [row.total for row in rows]
    layers: dict[Family, int] = {}
    for total in totals:
        for family, count in total.layers.items():
            layers[family] = layers.get(family, 0) + count
    return Tally(
        sum(total.params for total in totals),
        sum(total.macs for total in totals),
        sum(total.activations for total in totals),
        {family: layers[family] for family in get_args(Family) if family in layers},
    )


def _types(typed: TypedGraph, values: tuple[Value, ...]) -> Types:
    return _plain(typed.of(values))


def _plain(types: Types) -> Types:
    """The types as bare numbers, whatever they were traced to."""
    return tuple(type_.with_lengths(int) for type_ in types)


def _local(name: str, scopes: Sequence[str]) -> str:
    """A step's name without those of the branches and merges that it stands in."""
    found = next((scope for scope in scopes if name.startswith(f"{scope}_")), None)
    return name if found is None else _local(name.removeprefix(f"{found}_"), scopes)
