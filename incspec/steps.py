"""Walking the steps of a graph: what is in a step, and what runs, in order. Blocks that are called are not entered."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from .ir import Branch, Call, Conditional, Graph, Layer, Merge, Node, Repeat, Series, Step, Value
from .record import record

_LEAVES = (Layer, Call)  # what most steps are


def all_steps(graph: Graph) -> tuple[Step, ...]:
    """The steps of a graph, and those of its auxiliary heads behind them."""
    return (*graph.steps, *(step for head in graph.aux for step in head.steps))


def children(step: Step) -> tuple[Step, ...]:
    """The steps right inside a step as it is written, also behind a condition that is false."""
    if isinstance(step, _LEAVES):
        return ()
    if isinstance(step, Merge):
        return tuple(inner for branch in step.branches for inner in branch.steps)
    if isinstance(step, Repeat):
        return step.turns
    if isinstance(step, Series):
        return step.steps
    return () if step.step is None else (step.step,)


def running(step: Step) -> tuple[Step, ...]:
    """The steps right inside a step that run: none behind a condition that is false."""
    return () if isinstance(step, Conditional) and not step.taken else children(step)


def walk(steps: Iterable[Step]) -> Iterator[Step]:
    """Steps and all that is in them as it is written, each before what is in it."""
    waiting = list(steps)[::-1]
    while waiting:
        step = waiting.pop()
        yield step
        waiting += children(step)[::-1]


@record
class Alias:
    """Other names, `values`, that tensors get: a repeat gives what its last turn gives, and so on."""

    values: tuple[Value, ...]
    originals: tuple[Value, ...]


def flow(steps: Iterable[Step]) -> list[Node | Call | Alias]:
    """What runs, in order, and the other names that tensors get on the way."""
    return [item for item, _ in flow_of_steps(steps)]


def flow_of_steps(steps: Iterable[Step]) -> list[tuple[Node | Call | Alias, Step]]:
    """The same, each with the step that it belongs to."""
    found: list[tuple[Node | Call | Alias, Step]] = []
    _add_flow(steps, found)
    return found


def _add_flow(steps: Iterable[Step], found: list[tuple[Node | Call | Alias, Step]]) -> None:
    # One list, not a generator in a generator: each item of a deep nest would pass through all that it lies in.
    for step in steps:
        if isinstance(step, Call):
            found.append((step, step))
            continue
        if isinstance(step, Layer):
            found += [(node, step) for node in step.nodes]
            continue
        if isinstance(step, Merge) and step.split is not None:
            found.append((step.split, step))
        inner = running(step)
        _add_flow(inner, found)
        if isinstance(step, Merge):
            found += [(node, step) for node in step.nodes]
        elif not isinstance(step, Series):
            found.append((Alias(step.outputs, inner[-1].outputs if inner else step.inputs), step))


def passed_on(branch: Branch) -> str:
    """What a branch of which no step runs passes on, in words: `identity` for what arrives at it."""
    source = branch.steps[0].inputs if branch.steps else branch.outputs
    return "identity" if source == branch.inputs else ", ".join(map(str, source))


def executed(steps: Iterable[Step]) -> Iterator[Node | Call]:
    """The nodes and calls that run, in order."""
    return (item for item in flow(steps) if not isinstance(item, Alias))
