"""What a printed class is made of, until it is text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from ...expressions import Plain
from ...ir import AuxHead, Call, Graph, Node, Step, TypedGraph, Value
from ...shapes import TensorType
from ...steps import all_steps
from .code import Doc

# What a class serves: a block under given parameters and input types, the turn of a repeat, or an auxiliary head.
Key: TypeAlias = TypedGraph | Step | AuxHead


@dataclass(frozen=True, slots=True, eq=False)
class Use:
    """What a class is printed from: a block as it is called somewhere, one turn of a repeat, or an auxiliary head."""

    typed: TypedGraph
    steps: tuple[Step, ...]
    inputs: tuple[Value, ...]
    outputs: tuple[Value, ...]
    # What the names of the steps may begin with, and need not.
    prefixes: tuple[str, ...]
    # The values of all names that code may be in terms of.
    env: Mapping[str, Plain]
    # Whether it runs: what stands behind a condition that is false does not.
    runs: bool

    # What the number of the turn is called, if it is one.
    turn: str = ""
    # The auxiliary head, if it is one.
    head: AuxHead | None = None

    @property
    def key(self) -> Key:
        """What it is a use of."""
        return self.head or (self.steps[0] if self.turn else self.typed)

    @property
    def is_block(self) -> bool:
        """Whether it is a block or the network, and not a part of one."""
        return not self.turn and self.head is None

    @property
    def heads(self) -> tuple[AuxHead, ...]:
        """The auxiliary heads that stand beside its steps."""
        return self.typed.graph.aux if self.is_block else ()

    @property
    def all_steps(self) -> tuple[Step, ...]:
        """Its steps and those of its heads."""
        return all_steps(self.typed.graph) if self.heads else self.steps

    @property
    def whole(self) -> Graph | None:
        """The graph that the block is a part of, if it is one."""
        return self.typed.graph.whole if self.is_block else None

    @property
    def input_types(self) -> tuple[TensorType, ...]:
        """The types of the inputs."""
        return self.typed.of(self.inputs)


@dataclass(frozen=True, slots=True)
class Module:
    """A submodule: where it is, what comes out of it, how many parameters it has, and what it is a use of.

    `made_of` is the one node or call that it runs; a turn of a repeat has a class, but is neither.
    """

    path: str
    outputs: tuple[TensorType, ...]
    params: int
    inner: Key | None = None
    made_of: Node | Call | None = None
    # Whether it runs in training only.
    aux: bool = False


@dataclass(frozen=True, slots=True)
class Assign:
    """A statement of the constructor: `self.attribute = doc`."""

    attribute: str
    doc: Doc


@dataclass(frozen=True, slots=True)
class Line:
    """A statement of `forward`: what stands before and after the expression, the expression, the types of its values."""

    before: str
    doc: Doc = ""
    types: tuple[TensorType, ...] = ()
    # How many `if` and `for` it stands in.
    depth: int = 0
    after: str = ""


@dataclass
class Body:
    """The code of one use."""

    inputs: tuple[str, ...] = ()
    returns: int = 1
    # Whether a dict is returned.
    keyed: bool = False
    init: list[Assign] = field(default_factory=list)
    forward: list[Line] = field(default_factory=list)
    modules: list[Module] = field(default_factory=list)
    # The attributes of the auxiliary heads.
    heads: tuple[str, ...] = ()


class Classes(Protocol):
    """The classes that are printed already."""

    # What the named tuple is called that a network with auxiliary heads returns in training.
    outputs_name: str

    def construct(self, key: Key, scope: Mapping[str, Plain]) -> Doc:
        """The construction of a block, turn or head; `scope` has the values of its names."""
        ...

    def __contains__(self, key: object) -> bool: ...
