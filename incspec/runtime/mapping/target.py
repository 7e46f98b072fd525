"""The side that weights are loaded into: TypedGraph + printed modules -> what runs, as a tree and as a list.

The tree says what stands in series and what side by side; its leaves are ops with the tensors of their modules. The
list says which op reads which.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol, TypeAlias

from ...backends.python import PythonSource
from ...diagnostics import InternalError
from ...ir import Call, Conditional, Merge, Node, Repeat, Series, Step, TypedGraph, Value
from ...ops.base import Op
from ...shapes import TensorType
from .names import Kind, kind_of


class Network(Protocol):
    """What is needed of a model."""

    @property
    def network(self) -> TypedGraph:
        """The typed graph."""
        ...

    @property
    def printed(self) -> PythonSource:
        """The source, with the places of its modules."""
        ...


@dataclass(frozen=True, slots=True)
class Slot:
    """A tensor of the module's state: a parameter, or a buffer such as a running mean."""

    key: str
    shape: tuple[int, ...]
    kind: Kind


@dataclass(frozen=True, slots=True)
class Read:
    """The index-th output of an op, or of the network's input of that name."""

    op: str
    index: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Unit:
    """An op that runs. `name` is its name in the dataflow graph, `block` the block that it stands in."""

    name: str
    op: Op
    block: str
    reads: tuple[Read, ...]
    inputs: tuple[TensorType, ...]
    outputs: tuple[TensorType, ...]
    slots: tuple[Slot, ...]
    # The auxiliary head that it belongs to, if it does.
    head: str = ""

    @property
    def loose(self) -> bool:
        """Whether torch has no module for it: others keep its tensors beside their modules, and these come first."""
        return bool(self.slots) and bool(self.op.torch_call(self.inputs).helper)


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """Parts in series, or the branches of the merge `merge`. `name` says what it is in the spec."""

    name: str
    parts: tuple[Part, ...]
    merge: str = ""
    # Whether it is what a residual body is added to.
    shortcut: bool = False
    # Whether it is an auxiliary head: it stands anywhere in a file.
    head: bool = False

    @property
    def parallel(self) -> bool:
        """Whether the parts stand side by side."""
        return bool(self.merge)


Shape: TypeAlias = tuple[int, ...]
Part: TypeAlias = Group | Unit


@dataclass(frozen=True, eq=False)
class Target:
    """A network as weights see it; the auxiliary heads are the last parts of `root`, and their outputs the last ones."""

    root: Group
    units: tuple[Unit, ...]
    inputs: tuple[str, ...]
    outputs: tuple[Read, ...]

    @cached_property
    def slots(self) -> dict[str, tuple[Unit, Slot]]:
        """All tensors by key, in the order of execution, with the ops that they belong to."""
        return {slot.key: (unit, slot) for unit in self.units for slot in unit.slots}

    @cached_property
    def by_name(self) -> dict[str, Unit]:
        """The ops by name."""
        return {unit.name: unit for unit in self.units}


def target_of(model: Network, state: Mapping[str, tuple[int, ...]]) -> Target:
    """The tree and the list of a network, whose module has a state of these shapes."""
    paths = {facts.op: facts.path for facts in model.printed.modules if facts.op}
    builder = _Builder(paths, state)
    typed = model.network
    inputs = [(value, Read(value.producer, value.place)) for value in typed.graph.inputs]
    made = dict(inputs)
    parts = list(builder.parts(typed, typed.graph.steps, made, "", ""))
    for head in typed.graph.aux:
        builder.head = head.name
        parts.append(Group(head.name, tuple(builder.parts(typed, head.steps, made, "", "")), head=True))
    root = Group("", tuple(parts))
    missing = state.keys() - {slot.key for unit in builder.units for slot in unit.slots}
    if missing:
        raise InternalError(f"no op has the tensors {sorted(missing)}")
    results = (*typed.graph.outputs, *(value for head in typed.graph.aux for value in head.outputs))
    outputs = tuple(made[value] for value in results)
    return Target(root, tuple(builder.units), tuple(read.op for _, read in inputs), outputs)


class _Builder:
    def __init__(self, paths: Mapping[str, str], state: Mapping[str, tuple[int, ...]]) -> None:
        self.paths = paths
        self.units: list[Unit] = []
        self.head = ""
        self.state: dict[str, list[Slot]] = {}
        for key, shape in state.items():
            self.state.setdefault(key.rpartition(".")[0], []).append(Slot(key, shape, kind_of(key)))

    def parts(
        self, typed: TypedGraph, steps: Iterable[Step], made: dict[Value, Read], prefix: str, block: str
    ) -> Iterator[Part]:
        """What some steps are made of; `made` says which op gives which value."""
        for step in steps:
            if isinstance(step, Call):
                yield self._call(typed, step, made, prefix)
            elif isinstance(step, Repeat):
                yield Group(step.name, tuple(self.parts(typed, step.turns, made, prefix, block)))
                _alias(made, step.outputs, step.turns[-1].outputs if step.turns else step.inputs)
            elif isinstance(step, Series):
                yield Group(step.name, tuple(self.parts(typed, step.steps, made, prefix, block)))
            elif isinstance(step, Conditional):
                taken = step.step if step.taken else None
                yield from self.parts(typed, (taken,) if taken is not None else (), made, prefix, block)
                _alias(made, step.outputs, taken.outputs if taken is not None else step.inputs)
            elif isinstance(step, Merge):
                yield from self._merge(typed, step, made, prefix, block)
            else:
                yield Group(step.name, tuple(self._units(typed, step.nodes, made, prefix, block)))

    def _call(self, typed: TypedGraph, step: Call, made: dict[Value, Read], prefix: str) -> Group:
        inner = typed.calls[step.name]
        inside = {value: made[given] for value, given in zip(inner.graph.inputs, step.inputs, strict=True)}
        parts = self.parts(inner, inner.graph.steps, inside, f"{prefix}{step.name}/", inner.graph.block)
        group = Group(step.name, tuple(parts))
        made |= {value: inside[given] for value, given in zip(step.outputs, inner.graph.outputs, strict=True)}
        return group

    def _merge(
        self, typed: TypedGraph, step: Merge, made: dict[Value, Read], prefix: str, block: str
    ) -> Iterator[Part]:
        if step.split is not None:
            yield from self._units(typed, (step.split,), made, prefix, block)
        branches = []
        for index, branch in enumerate(step.branches):
            parts = tuple(self.parts(typed, branch.steps, made, prefix, block))
            branches.append(Group(branch.name, parts, shortcut=step.kind == "residual" and index == 0))
        yield Group(step.name, tuple(branches), merge=f"{prefix}{step.nodes[0].outputs[0]}")
        yield from self._units(typed, step.nodes, made, prefix, block)

    def _units(
        self, typed: TypedGraph, nodes: Sequence[Node], made: dict[Value, Read], prefix: str, block: str
    ) -> Iterator[Unit]:
        for node in nodes:
            name = f"{prefix}{node.outputs[0]}"
            reads = tuple(made[value] for value in node.inputs)
            inputs, outputs = (tuple(map(_plain, typed.of(values))) for values in (node.inputs, node.outputs))
            slots = tuple(self.state.get(self.paths[name], ())) if name in self.paths else ()
            unit = Unit(name, node.op, block, reads, inputs, outputs, slots, self.head)
            self.units.append(unit)
            made |= {value: Read(name, index) for index, value in enumerate(node.outputs)}
            yield unit


def _alias(made: dict[Value, Read], values: tuple[Value, ...], originals: tuple[Value, ...]) -> None:
    made |= {value: made[original] for value, original in zip(values, originals, strict=True)}


def _plain(type_: TensorType) -> TensorType:
    return type_.with_lengths(int)
