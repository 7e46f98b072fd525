"""Conflicts: expectations that contradict each other, so that no network can have them all.

A paper may print one size in a figure and another in a table. One of the two fails when it is checked, and is told then
with the other (expect.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..diagnostics import Label
from ..ir import Call, Conditional, Graph, Merge, Repeat, Series, Step, Value
from ..resolution.values import Names, Values
from ..shapes import TensorType
from ..spec import ModelSpec
from ..steps import all_steps
from ..syntax import DocPath
from .context import Context


@dataclass(frozen=True, slots=True)
class _Stated:
    """The shape that is stated of a tensor, and where."""

    shape: tuple[int, ...]
    path: DocPath


def find_conflicts(spec: ModelSpec, graph: Graph, context: Context) -> None:
    """Find the expectations of a network and its blocks that contradict each other, and note them in the context."""
    of_file = None
    if spec.expect is not None and spec.expect.output is not None:
        values = Values(context.tree, context.sink)
        of_file = values.shape(spec.expect.output, ("expect", "output"), Names(graph.params))
    seen: set[int] = set()
    waiting = [graph]
    while waiting:
        current = waiting.pop()
        if id(current) in seen:
            continue
        seen.add(id(current))
        stated = _stated(current)
        if current is graph and of_file is not None:
            stated.setdefault(current.outputs[0], []).append(_Stated(of_file, ("expect", "output")))
        for several in stated.values():
            _note(several, context)
        waiting += [call.graph for call in _calls(all_steps(current))]


def _note(several: list[_Stated], context: Context) -> None:
    """Note the first two of what is stated of one tensor that contradict each other, if both are stated in earnest."""
    for index, later in enumerate(several):
        for earlier in several[:index]:
            places = [context.tree.span_at(each.path) for each in (earlier, later)]
            if later.shape != earlier.shape and {context.severity(at) for at in places} == {"error"}:
                context.conflicts[later.path] = (
                    earlier.path,
                    Label(places[0], f"this says {TensorType(earlier.shape)}"),
                )
                context.conflicts[earlier.path] = (later.path, Label(places[1], f"this says {TensorType(later.shape)}"))
                return


def _stated(graph: Graph) -> dict[Value, list[_Stated]]:
    """What is stated of each tensor of a graph, by the name that it has where it is made."""
    stated: dict[Value, list[_Stated]] = {}
    aliases: dict[Value, Value] = {}
    for step in _steps(all_steps(graph)):
        if not step.outputs:
            continue
        last = _last(step)
        if last is not None:
            aliases[step.outputs[0]] = last
        made = _original(step.outputs[0], aliases)
        if isinstance(step, Call) and step.graph.expect.output is not None:
            stated.setdefault(made, []).append(_Stated(step.graph.expect.output, (*step.graph.path, "expect")))
        if step.expect.output is not None:
            stated.setdefault(made, []).append(_Stated(step.expect.output, (*step.path, "expect")))
    if graph.expect.output is not None and graph.outputs:
        made = _original(graph.outputs[0], aliases)
        stated.setdefault(made, []).append(_Stated(graph.expect.output, (*graph.path, "expect")))
    return stated


def _steps(steps: tuple[Step, ...]) -> Iterator[Step]:
    """All steps that run, those inside a step before it."""
    for step in steps:
        if isinstance(step, Repeat):
            yield from _steps(step.turns)
        elif isinstance(step, Series):
            yield from _steps(step.steps)
        elif isinstance(step, Conditional) and step.taken and step.step is not None:
            yield from _steps((step.step,))
        elif isinstance(step, Merge):
            for branch in step.branches:
                yield from _steps(branch.steps)
        yield step


def _calls(steps: tuple[Step, ...]) -> Iterator[Call]:
    return (step for step in _steps(steps) if isinstance(step, Call))


def _last(step: Step) -> Value | None:
    """What a step's first output is called inside of it, where it only passes it on."""
    values: tuple[Value, ...] = ()
    if isinstance(step, Repeat):
        values = step.turns[-1].outputs if step.turns else step.inputs
    elif isinstance(step, Conditional):
        values = step.step.outputs if step.taken and step.step is not None else step.inputs
    return values[0] if values else None


def _original(value: Value, aliases: dict[Value, Value]) -> Value:
    while value in aliases:
        value = aliases[value]
    return value
