"""What a model is, once blocks, repeats and expressions are resolved: `Graph`, and `TypedGraph` with its types.

A `Graph` is one block with given parameters, or the network. Its steps are those of the spec, in its structure
(branches, repeats), so that sources and figures can show what the author wrote; the operators in them are
`Node`s, and what flows between them are `Value`s. A block that is used seven times with the same arguments
and input is one `Graph` object, called seven times.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Literal, NamedTuple, TypeAlias

from .expressions import Plain, substitute
from .ops.base import Cost, Op
from .record import record
from .shapes import TensorType
from .syntax import DocPath


class Value(NamedTuple):
    """A tensor within its graph: an input of the graph, or an output of a step or node, at a place among its outputs."""

    producer: str
    place: int = 0

    def __str__(self) -> str:
        return f"{self.producer}.{self.place}" if self.place else self.producer


@record(eq=False)
class Node:
    """One operator, applied. `path` is what to underline in the document, `fields_path` where its fields stand."""

    op: Op
    inputs: tuple[Value, ...]
    outputs: tuple[Value, ...]
    path: DocPath
    fields_path: DocPath


@record
class Expectation:
    """What the author says of a step: `expect: [C, H, W]` of its output, `in: C` of its input."""

    output: tuple[int, ...] | None = None
    channels_in: int | None = None


NO_EXPECTATION = Expectation()


@record(eq=False)
class Layer:
    """A step that is an op, with the norm and activation that follow it: one or more nodes in series."""

    name: str
    path: DocPath
    inputs: tuple[Value, ...]
    outputs: tuple[Value, ...]
    nodes: tuple[Node, ...]
    named: bool = False
    expect: Expectation = NO_EXPECTATION


@record(eq=False)
class Branch:
    """One branch of a merge: steps in series, or none where it is a tensor's name or passes its input."""

    name: str
    path: DocPath
    inputs: tuple[Value, ...]
    outputs: tuple[Value, ...]
    steps: tuple[Step, ...]
    named: bool = False


@record(eq=False)
class Merge:
    """Branches in parallel and the op that joins them; `residual` is an `add` of a shortcut and a body.

    `split` is the op that gives each branch its slice of the channels, where there is one; `nodes` are the
    merging op and the activation after it.
    """

    name: str
    path: DocPath
    inputs: tuple[Value, ...]
    outputs: tuple[Value, ...]
    branches: tuple[Branch, ...]
    nodes: tuple[Node, ...]
    split: Node | None = None
    kind: Literal["merge", "residual"] = "merge"
    named: bool = False
    expect: Expectation = NO_EXPECTATION

    @property
    def adds_to_input(self) -> bool:
        """Whether it is a sum of its input with something, which is of the input's type."""
        return self.kind == "residual" and not self.branches[0].steps


@record(eq=False)
class Call:
    """A use of a block. `arguments` are what the caller gives, traced in the caller's scope."""

    name: str
    path: DocPath
    inputs: tuple[Value, ...]
    outputs: tuple[Value, ...]
    graph: Graph
    arguments: Mapping[str, Plain]
    named: bool = False
    expect: Expectation = NO_EXPECTATION


@record(eq=False)
class Repeat:
    """A step applied to its own output, each turn with its own weights. `count` is traced."""

    name: str
    path: DocPath
    inputs: tuple[Value, ...]
    outputs: tuple[Value, ...]
    turns: tuple[Step, ...]
    count: int
    named: bool = False
    expect: Expectation = NO_EXPECTATION


@record(eq=False)
class Conditional:
    """A step under a condition that depends on the block's parameters.

    Where `taken` is false, the input passes, and `step` is what would stand there in another use of the block,
    or None where that cannot be known.
    """

    name: str
    path: DocPath
    inputs: tuple[Value, ...]
    outputs: tuple[Value, ...]
    condition: Plain
    taken: bool
    step: Step | None
    named: bool = False
    expect: Expectation = NO_EXPECTATION


@record(eq=False)
class Series:
    """Several steps that were written as one, where one must stand: in a repeat, or under a condition."""

    name: str
    path: DocPath
    inputs: tuple[Value, ...]
    outputs: tuple[Value, ...]
    steps: tuple[Step, ...]
    named: bool = False
    expect: Expectation = NO_EXPECTATION


Step: TypeAlias = Layer | Merge | Call | Repeat | Conditional | Series


@record(eq=False)
class AuxHead:
    """An auxiliary head: steps from tensors of the network to one more output, in training only.

    `sources` are what the author calls the tensors, `weight` is that of the head's loss.
    """

    name: str
    path: DocPath
    sources: tuple[str, ...]
    inputs: tuple[Value, ...]
    outputs: tuple[Value, ...]
    steps: tuple[Step, ...]
    weight: float


@record(eq=False)
class Graph:
    """A block under given parameters, or the network (`block` is empty).

    `params` are bound to values traced to their own names; `implicit` are those of them that the block takes
    from its surroundings (parameters of the file, `call`, `calls`).
    """

    block: str
    title: str
    path: DocPath
    inputs: tuple[Value, ...]
    outputs: tuple[Value, ...]
    output_names: tuple[str, ...]
    steps: tuple[Step, ...]
    params: Mapping[str, Plain] = field(default_factory=dict)
    # The defaults of `params` as the block declares them, in terms of earlier ones; none where required.
    defaults: Mapping[str, Plain] = field(default_factory=dict)
    figure: str = ""
    arxiv: str = ""
    # What the author says of the figure.
    note: str = ""
    expect: Expectation = NO_EXPECTATION
    # Of the network alone.
    aux: tuple[AuxHead, ...] = ()
    # What this is a part of: its steps have the names that they have there.
    whole: Graph | None = None
    # Whether the outputs are given by name, in a dict.
    keyed: bool = False


@record(eq=False)
class TypedGraph:
    """A graph and the types of its values, under given types of its inputs.

    Channel counts are traced in the graph's own scope: its inputs' widths and the block's parameters. `calls` are
    the typed graphs of the blocks it uses, by the name of the step. `cost` is that of one call of it, auxiliary heads
    apart, whose costs are `aux_cost`.
    """

    graph: Graph
    types: Mapping[Value, TensorType]
    calls: Mapping[str, TypedGraph]
    cost: Cost
    # How many ops run, those of called blocks included.
    ops: int = 0
    aux_cost: Cost = field(default_factory=Cost)

    @property
    def input_types(self) -> tuple[TensorType, ...]:
        """The types of the inputs, in order."""
        return tuple(self.types[value] for value in self.graph.inputs)

    @property
    def output_types(self) -> tuple[TensorType, ...]:
        """The types of the outputs, in order."""
        return tuple(self.types[value] for value in self.graph.outputs)

    def of(self, values: tuple[Value, ...]) -> tuple[TensorType, ...]:
        """The types of some values."""
        return tuple(self.types[value] for value in values)


def call_scope(call: Call, inputs: tuple[TensorType, ...]) -> dict[str, Plain]:
    """What the names of a called block's scope are in the caller's: its input widths and parameters."""
    graph = call.graph
    # `call` and `calls`, in terms of which a default may be.
    scope = {name: value for name, value in call.arguments.items() if name not in graph.params}
    scope |= dict(zip(width_symbols(graph.inputs), (type_.channels for type_ in inputs), strict=True))
    for name in graph.params:
        scope[name] = call.arguments[name] if name in call.arguments else substitute(graph.defaults[name], scope)
    return scope


def width_symbols(inputs: tuple[Value, ...]) -> tuple[str, ...]:
    """What the widths of a block's inputs are traced to: names that no parameter can have."""
    return ("in",) if len(inputs) == 1 else tuple(f"{value.producer}.in" for value in inputs)


def turn_symbol(repeat: str) -> str:
    """What the `i` of a repeated step is traced to: in a step that is repeated inside it, `i` is another number."""
    return f"{repeat}.i"


def is_turn_symbol(name: str) -> bool:
    """Whether a name is what the `i` of a repeated step is traced to."""
    return name.endswith(".i")
