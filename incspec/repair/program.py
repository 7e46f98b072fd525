"""Programs: Graph -> the list of all that runs, blocks and repeats written out, with what is expected on the way.

Values become slots, numbered in the order of their making; the parameters and widths that names stand for in one call
of a block are a scope, numbered likewise.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field
from typing import TypeAlias

from ..expressions import Plain, expr_of, names_in
from ..ir import Call, Conditional, Expectation, Graph, Layer, Merge, Node, Repeat, Series, Step, Value, turn_symbol
from ..ops.base import Op
from ..record import record
from ..syntax import DocPath

MOST_LINES = 20_000


@record
class Run:
    """An op that runs."""

    node: Node
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    scope: int
    aux: bool
    # The names in terms of which its fields are.
    names: frozenset[str]


@record
class Enter:
    """The begin of a call of a block, or of a turn: what names mean from here on."""

    call: Call | None
    inputs: tuple[int, ...]
    parent: int
    scope: int
    turn: Mapping[str, Plain] = field(default_factory=dict)


@record
class Decide:
    """A number of turns or a condition that is part of how the program looks."""

    value: Plain
    names: frozenset[str]
    scope: int


@record
class Expect:
    """What is expected of a value; `path` is the step's or block's."""

    expect: Expectation
    slot: int
    path: DocPath
    scope: int
    names: frozenset[str]


Line: TypeAlias = Run | Enter | Decide | Expect


class TooLong(Exception):  # noqa: N818  # not an error: there is nothing to tell
    """More runs than can be tried again and again."""


@record
class Program:
    """The lines, the slots of the inputs and outputs, and how many slots and scopes there are."""

    lines: tuple[Line, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    slots: int
    scopes: int

    def readers(self) -> dict[int, list[int]]:
        """For each slot the lines that read it."""
        found: dict[int, list[int]] = {}
        for index, line in enumerate(self.lines):
            slots = (line.slot,) if isinstance(line, Expect) else () if isinstance(line, Decide) else line.inputs
            for slot in slots:
                found.setdefault(slot, []).append(index)
        return found

    def users(self) -> dict[int, list[int]]:
        """For each scope the lines in it that depend on names, and the calls and turns in it."""
        found: dict[int, list[int]] = {}
        for index, line in enumerate(self.lines):
            if isinstance(line, Enter):
                found.setdefault(line.parent, []).append(index)
            elif line.names:
                found.setdefault(line.scope, []).append(index)
        return found

    def places(self) -> dict[DocPath, list[int]]:
        """For each step the lines that it runs as, or at which it is called."""
        found: dict[DocPath, list[int]] = {}
        for index, line in enumerate(self.lines):
            if isinstance(line, Run):
                found.setdefault(line.node.path, []).append(index)
            elif isinstance(line, Enter) and line.call is not None:
                found.setdefault(line.call.path, []).append(index)
        return found


def program(graph: Graph) -> Program:
    """Write out a network.

    Raises:
        TooLong: it has more than `MOST_LINES`.
    """
    writer = _Writer()
    values = {value: writer.slot() for value in graph.inputs}
    frame = _Frame(values, 0, aux=False)
    for step in graph.steps:
        writer.step(step, frame)
    outputs = tuple(frame.values.get(value, -1) for value in graph.outputs)
    for head in graph.aux:
        for step in head.steps:
            writer.step(step, _Frame(frame.values, 0, aux=True))
    return Program(tuple(writer.lines), tuple(values[v] for v in graph.inputs), outputs, writer.slots, writer.scopes)


@record
class _Frame:
    """One graph while it is written out: the slots of its values, its scope, and whether it is part of a head."""

    values: dict[Value, int]
    scope: int
    aux: bool

    def of(self, values: Iterable[Value]) -> tuple[int, ...]:
        """The slots of values; -1 of one that nobody makes."""
        return tuple(self.values.get(value, -1) for value in values)


class _Writer:
    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.slots, self.scopes = 0, 1

    def slot(self) -> int:
        self.slots += 1
        return self.slots - 1

    def write(self, line: Line) -> None:
        if len(self.lines) >= MOST_LINES:
            raise TooLong
        self.lines.append(line)

    def step(self, step: Step, frame: _Frame) -> None:
        if step.expect.channels_in is not None:
            self.expect(Expectation(None, step.expect.channels_in), frame.of(step.inputs), step.path, frame)
        if isinstance(step, Layer):
            for node in step.nodes:
                self.node(node, frame)
        elif isinstance(step, Merge):
            self.merge(step, frame)
        elif isinstance(step, Call):
            self.call(step, frame)
        elif isinstance(step, Repeat):
            self.repeat(step, frame)
        elif isinstance(step, Series):
            for inner in step.steps:
                self.step(inner, frame)
        else:
            self.conditional(step, frame)
        if step.expect.output is not None:
            self.expect(Expectation(step.expect.output), frame.of(step.outputs), step.path, frame)

    def expect(self, expect: Expectation, slots: tuple[int, ...], path: DocPath, frame: _Frame) -> None:
        names = _names(expect.channels_in)
        if slots:
            self.write(Expect(expect, slots[0], path, frame.scope, names))

    def node(self, node: Node, frame: _Frame) -> None:
        inputs = frame.of(node.inputs)
        for value in node.outputs:
            frame.values[value] = self.slot()
        self.write(Run(node, inputs, frame.of(node.outputs), frame.scope, frame.aux, names_of(node.op)))

    def merge(self, step: Merge, frame: _Frame) -> None:
        if step.split is not None:
            self.node(step.split, frame)
        for branch in step.branches:
            for inner in branch.steps:
                self.step(inner, frame)
        for node in step.nodes:
            self.node(node, frame)

    def call(self, step: Call, frame: _Frame) -> None:
        inputs, scope = frame.of(step.inputs), self.new_scope()
        self.write(Enter(step, inputs, frame.scope, scope))
        inner = _Frame(dict(zip(step.graph.inputs, inputs, strict=True)), scope, frame.aux)
        for each in step.graph.steps:
            self.step(each, inner)
        outputs = inner.of(step.graph.outputs)
        if step.graph.expect.output is not None:
            self.expect(step.graph.expect, outputs, step.graph.path, inner)
        frame.values.update(zip(step.outputs, outputs, strict=True))

    def new_scope(self) -> int:
        self.scopes += 1
        return self.scopes - 1

    def repeat(self, step: Repeat, frame: _Frame) -> None:
        self.write(Decide(step.count, _names(step.count), frame.scope))
        for turn, inner in enumerate(step.turns):
            scope = self.new_scope()
            self.write(Enter(None, (), frame.scope, scope, {turn_symbol(step.name): turn}))
            self.step(inner, _Frame(frame.values, scope, frame.aux))
        last = step.turns[-1].outputs if step.turns else step.inputs
        frame.values.update(zip(step.outputs, frame.of(last), strict=True))

    def conditional(self, step: Conditional, frame: _Frame) -> None:
        self.write(Decide(step.condition, _names(step.condition), frame.scope))
        source = step.inputs
        if step.taken and step.step is not None:
            self.step(step.step, frame)
            source = step.step.outputs
        frame.values.update(zip(step.outputs, frame.of(source), strict=True))


def names_of(op: Op) -> frozenset[str]:
    """The names in terms of which the fields of an op are."""
    return frozenset().union(*(_names(value) for _, value in op))


def _names(value: object) -> frozenset[str]:
    if isinstance(value, tuple):
        return frozenset().union(*map(_names, value))
    if isinstance(value, int | float | str) and hasattr(value, "expr"):
        return frozenset(name.id for name in names_in(expr_of(value)))
    return frozenset()
