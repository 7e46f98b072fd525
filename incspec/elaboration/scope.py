"""Scopes: what names mean while a graph is built. `Scope` is one graph's, `Body` one body's, `Use` one step's."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from ..expressions import UNKNOWN, Plain, Unknown
from ..inference.infer import Typing
from ..ir import Step, Value
from ..record import record
from ..resolution.values import Names
from ..spec import BlockSpec, StepSpec
from ..syntax import DocPath

# The steps that something is made of, and the values that come out of it.
Built: TypeAlias = tuple[tuple[Step, ...], tuple[Value, ...]]


@dataclass(eq=False)
class Scope:
    """One graph while it is built: what names mean in it, and what is known of its values."""

    names: Names
    # The file's parameters alone, for the file's `defaults`.
    file_names: Names
    block: BlockSpec | None
    block_path: DocPath
    typing: Typing
    # The names of the graph's inputs and steps so far.
    taken: set[str]

    def width(self, inputs: tuple[Value, ...]) -> Plain | Unknown:
        """What `in` means where these inputs arrive: the channels of the first."""
        types = self.typing.known(inputs[:1])
        return types[0].channels if types else UNKNOWN

    def unique(self, name: str) -> str:
        """A name for a step that the author did not name, with a number where it is taken; it is taken from then on."""
        number, candidate = 1, name
        while candidate in self.taken:
            number += 1
            candidate = f"{name}_{number}"
        self.taken.add(candidate)
        return candidate


@dataclass(eq=False)
class Body:
    """One body while it is built: the tensors that can be read in it, and what the names of its steps begin with."""

    tensors: ChainMap[str, tuple[Value, ...]]
    prefix: str
    # The turn of the repeated step that the body belongs to, if it does.
    turn: Mapping[str, Plain | Unknown] = field(default_factory=dict)

    def inner(self, prefix: str, names: Names) -> Body:
        """A body inside this one: it sees the tensors so far, and `i` where there is one."""
        turn = {name: names.values[name] for name in ("i",) if name in names.values}
        return Body(self.tensors.new_child(), prefix, turn)

    def read(self, name: str) -> tuple[Value, ...]:
        """The values of a name; those that do not exist are unknown, resolve.py has reported them."""
        try:
            return self.tensors[name]
        except KeyError:
            return (unknown_value(name),)


@record(eq=False)
class Use:
    """One turn of one step: its name, its input, and what names mean there."""

    step: StepSpec
    path: DocPath
    name: str
    inputs: tuple[Value, ...]
    names: Names
    scope: Scope
    body: Body
    # How many steps the body has, and how many of them have branches.
    siblings: int
    merges: int

    @property
    def named(self) -> bool:
        """Whether the author named the step."""
        return self.step.name is not None


class BodyBuilder(Protocol):
    """What elaborates bodies, as far as those who make steps with bodies in them see it."""

    def build_body(
        self, steps: Sequence[StepSpec], path: DocPath, inputs: tuple[Value, ...], scope: Scope, body: Body
    ) -> Built:
        """The steps of a body, and what comes out of it."""
        ...

    def speculation(self, use: Use) -> AbstractContextManager[None]:
        """While it is open, what is built does not run: nothing is reported, nothing is counted."""
        ...


class TooLarge(Exception):  # noqa: N818  # it is told where it is raised
    """The network is larger than can be built."""


def unknown_value(name: str, index: int = 0) -> Value:
    """A value of which nothing is known: what depends on it is passed over."""
    return Value(f"?{name}", index)


def is_unknown(values: tuple[Value, ...]) -> bool:
    """Whether even the number of values may be wrong."""
    return any(value.producer.startswith("?") for value in values)
