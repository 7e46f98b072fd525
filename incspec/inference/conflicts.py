"""Conflicts: expectations that contradict each other, so that no network can have them all.

A paper may print one size in a figure and another in a table. One of the two fails when it is checked, and is told then
with the other (expect.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..diagnostics import Label
from ..ir import Call, Graph, Step, Value
from ..record import record
from ..resolution.values import Names, Values
from ..shapes import TensorType
from ..spec import ModelSpec
from ..steps import Alias, all_steps, executed, flow, running
from ..syntax import DocPath
from .context import Context


@record
class _Stated:
    """The shape that is stated of a tensor, and where."""

    shape: tuple[int, ...]
    path: DocPath


def find_conflicts(spec: ModelSpec, graph: Graph, context: Context) -> None:
    """Find the expectations of a network and its blocks that contradict each other, and note them in the context."""
    of_file: tuple[_Stated, ...] = ()
    if spec.expect is not None and spec.expect.output is not None:
        path: DocPath = ("expect", "output")
        shape = Values(context.tree, context.sink).shape(spec.expect.output, path, Names(graph.params))
        of_file = () if shape is None else (_Stated(shape, path),)
    seen: set[int] = set()
    waiting = [graph]
    while waiting:
        current = waiting.pop()
        if id(current) in seen:
            continue
        seen.add(id(current))
        for several in _stated(current, of_file if current is graph else ()):
            _note(several, context)
        waiting += [call.graph for call in executed(all_steps(current)) if isinstance(call, Call)]


def _note(several: list[_Stated], context: Context) -> None:
    """Note the first two of what is stated of one tensor that contradict each other, if both are stated in earnest."""
    for index, later in enumerate(several):
        for earlier in several[:index]:
            places = [context.tree.span_at(each.path) for each in (earlier, later)]
            if later.shape != earlier.shape and {context.severity(at) for at in places} == {"error"}:
                says = [
                    Label(at, f"this says {TensorType(each.shape)}")
                    for at, each in zip(places, (earlier, later), strict=True)
                ]
                context.conflicts[later.path] = (earlier.path, says[0])
                context.conflicts[earlier.path] = (later.path, says[1])
                return


def _stated(graph: Graph, of_output: tuple[_Stated, ...]) -> Iterable[list[_Stated]]:
    """What is stated of each tensor of a graph, whatever names it has; `of_output` is stated of its output besides."""
    steps = all_steps(graph)
    said = [(step.outputs[0], each) for step in _running(steps) if step.outputs for each in _said_of(step)]
    if graph.outputs and graph.expect.output is not None:
        said.append((graph.outputs[0], _Stated(graph.expect.output, (*graph.path, "expect"))))
    if graph.outputs:
        said += [(graph.outputs[0], each) for each in of_output]
    if len(said) < 2:  # one alone contradicts nothing
        return ()
    aliases = {
        alias.values[0]: alias.originals[0]
        for alias in flow(steps)
        if isinstance(alias, Alias) and alias.values and alias.originals
    }
    stated: dict[Value, list[_Stated]] = {}
    for value, each in said:
        while value in aliases:
            value = aliases[value]
        stated.setdefault(value, []).append(each)
    return stated.values()


def _said_of(step: Step) -> Iterator[_Stated]:
    """What is stated of a step's output: of the block that it calls, and of the step itself."""
    if isinstance(step, Call) and step.graph.expect.output is not None:
        yield _Stated(step.graph.expect.output, (*step.graph.path, "expect"))
    if step.expect.output is not None:
        yield _Stated(step.expect.output, (*step.path, "expect"))


def _running(steps: Iterable[Step]) -> list[Step]:
    """The steps that run, and all in them, from the innermost on."""
    found: list[Step] = []
    for step in steps:
        found += _running(running(step))
        found.append(step)
    return found
