"""What a printed class is made of, until it is text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from ...expressions import Plain
from ...ir import Step, TypedGraph, Value
from ...shapes import TensorType
from .code import Doc

# What a class serves: a block under given parameters and input types, or the turn of a repeat.
Key: TypeAlias = TypedGraph | Step


@dataclass(frozen=True, slots=True, eq=False)
class Use:
    """What a class is printed from: a block as it is called somewhere, or one turn of a repeat."""

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

    @property
    def key(self) -> Key:
        """What it is a use of."""
        return self.steps[0] if self.turn else self.typed

    @property
    def is_block(self) -> bool:
        """Whether it is a block, and not a turn."""
        return not self.turn

    @property
    def input_types(self) -> tuple[TensorType, ...]:
        """The types of the inputs."""
        return self.typed.of(self.inputs)


@dataclass(frozen=True, slots=True)
class Module:
    """A submodule: where it is, what comes out of it, how many parameters it has, and what it is a use of."""

    path: str
    outputs: tuple[TensorType, ...]
    params: int
    inner: Key | None = None


@dataclass(frozen=True, slots=True)
class Assign:
    """A statement of the constructor: `self.attribute = doc`."""

    attribute: str
    doc: Doc


@dataclass(frozen=True, slots=True)
class Line:
    """A statement of `forward`: what stands before the expression, the expression, and the types of its values."""

    before: str
    doc: Doc = ""
    types: tuple[TensorType, ...] = ()
    # How many `if` and `for` it stands in.
    depth: int = 0


@dataclass
class Body:
    """The code of one use."""

    inputs: tuple[str, ...] = ()
    returns: int = 1
    init: list[Assign] = field(default_factory=list)
    forward: list[Line] = field(default_factory=list)
    modules: list[Module] = field(default_factory=list)


class Classes(Protocol):
    """The classes that are printed already."""

    def construct(self, key: Key, scope: Mapping[str, Plain]) -> Doc:
        """The construction of a block or turn; `scope` has the values of its names."""
        ...

    def __contains__(self, key: object) -> bool: ...
