"""Selection: TypedGraph -> TypedGraph of the part that gives some of its tensors: steps that they need, and no others.

A part knows the whole that it is of (`Graph.whole`), so that what it keeps has the same names when it is printed, and
weights of the whole load. Turns of a repeat are left out from the end; a merge that is not needed leaves the branches
that are; a block that something inside is asked of has that as a further output.

Not here: what tensors are called (tensors.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from .ir import NO_EXPECTATION, Branch, Call, Layer, Merge, Repeat, Series, Step, TypedGraph, Value, call_scope
from .ops.base import Cost
from .shapes import TensorType
from .steps import executed, walk
from .tensors import Place, find_tensors


def select(network: TypedGraph, names: Sequence[str]) -> TypedGraph:
    """The part of a network that gives the tensors of these names, under these names.

    Raises:
        ValueError: there are no such tensors.
    """
    part = _Selector().part(network, find_tensors(network, names), own=False)
    graph = replace(part.graph, title=f"{part.graph.title} features", output_names=tuple(names), keyed=True)
    return replace(part, graph=graph)


def trunk(network: TypedGraph) -> TypedGraph:
    """A network without its head: the steps at the end whose outputs have one position only.

    Raises:
        ValueError: there is no head, nothing before it, or it reads more than one tensor.
    """
    title, steps = network.graph.title, network.graph.steps
    start = len(steps)
    while start and all(_is_point(type_) for type_ in network.of(steps[start - 1].outputs)):
        start -= 1
    if start == len(steps):
        outputs = ", ".join(str(type_) for type_ in network.output_types)
        raise ValueError(f"{title} has no head: it ends with {outputs}")
    if not start:
        raise ValueError(f"{title} is nothing but a head: no step gives a map")
    made = {value for step in steps[start:] for value in _made(step)}
    read = dict.fromkeys(value for step in steps[start:] for value in _reads(step) if value not in made)
    if len(read) > 1:
        tensors = ", ".join(f"`{value}`" for value in read)
        raise ValueError(f"the head of {title} reads more than one tensor, {tensors}: ask for `features`")
    part = _Selector().part(network, tuple(Place((), value) for value in read), own=False)
    return replace(part, graph=replace(part.graph, title=f"{title} trunk"))


def _is_point(type_: TensorType) -> bool:
    return all(size == 1 for size in type_.sizes)


class _Selector:
    """Parts of graphs, each made once."""

    def __init__(self) -> None:
        self._parts: dict[tuple[int, tuple[Place, ...], bool], TypedGraph] = {}

    def part(self, typed: TypedGraph, places: tuple[Place, ...], *, own: bool) -> TypedGraph:
        """A graph that gives these tensors, after its own outputs if they are needed."""
        key = (id(typed), places, own)
        if key not in self._parts:
            self._parts[key] = _Part(self, typed, places, own=own).graph() if places else typed
        return self._parts[key]


@dataclass(eq=False)
class _Part:
    """One graph while its steps are chosen, from the last to the first."""

    selector: _Selector
    typed: TypedGraph
    places: tuple[Place, ...]
    own: bool
    # The values that chosen steps read, and those that are asked for.
    needed: set[Value] = field(default_factory=set)
    # The values that stand for tensors inside called blocks, and what changes with them.
    inner: dict[Place, Value] = field(default_factory=dict)
    types: dict[Value, TensorType] = field(default_factory=dict)
    calls: dict[str, TypedGraph] = field(default_factory=dict)

    def graph(self) -> TypedGraph:
        """The part."""
        typed, graph = self.typed, self.typed.graph
        self.needed.update(graph.outputs if self.own else ())
        self.needed.update(place.value for place in self.places if not place.calls)
        steps = self._steps(graph.steps)
        asked = tuple(self.inner[place] if place.calls else place.value for place in self.places)
        outputs = (*graph.outputs, *asked) if self.own else asked
        names = (*graph.output_names, *map(_label, self.places)) if self.own else tuple(map(_label, self.places))
        part = replace(
            graph,
            steps=steps,
            outputs=outputs,
            output_names=names,
            expect=NO_EXPECTATION,
            aux=(),
            whole=graph.whole or graph,
        )
        calls = {**typed.calls, **self.calls}
        cost, ops = Cost(), 0
        for run in executed(steps):
            if isinstance(run, Call):
                cost, ops = cost + calls[run.name].cost, ops + calls[run.name].ops
            else:
                cost, ops = cost + run.op.cost(typed.of(run.inputs), typed.of(run.outputs)), ops + 1
        return TypedGraph(part, {**typed.types, **self.types}, calls, cost, ops)

    def _steps(self, steps: Sequence[Step]) -> tuple[Step, ...]:
        chosen: tuple[Step, ...] = ()
        for step in reversed(steps):
            chosen = (*self._step(step), *chosen)
        return chosen

    def _step(self, step: Step) -> tuple[Step, ...]:
        """What is chosen of a step."""
        if isinstance(step, Call):
            return self._call(step)
        if isinstance(step, Repeat):
            return self._repeat(step)
        if isinstance(step, Merge):
            return self._merge(step)
        if isinstance(step, Series):
            steps = self._steps(step.steps)
            return (replace(step, steps=steps, outputs=steps[-1].outputs),) if steps else ()
        return self._whole(step)

    def _is_needed(self, step: Step | Branch) -> bool:
        return not self.needed.isdisjoint(step.outputs)

    def _whole(self, step: Step) -> tuple[Step, ...]:
        """A step that is taken as it is, or not at all."""
        if not self._is_needed(step):
            return ()
        self.needed.update(_reads(step))
        return (step,)

    def _call(self, step: Call) -> tuple[Step, ...]:
        wanted = tuple(dict.fromkeys(place for place in self.places if place.calls[:1] == (step.name,)))
        if not wanted:
            return self._whole(step)
        own = self._is_needed(step)
        inside = tuple(Place(place.calls[1:], place.value) for place in wanted)
        called = self.selector.part(self.typed.calls[step.name], inside, own=own)
        first = len(step.outputs)
        extra = tuple(Value(step.name, first + index) for index in range(len(wanted)))
        scope = call_scope(step, self.typed.of(step.inputs))
        inner_types = called.output_types[first if own else 0 :]
        self.types.update((value, type_.retraced(scope)) for value, type_ in zip(extra, inner_types, strict=True))
        self.inner.update(zip(wanted, extra, strict=True))
        self.calls[step.name] = called
        self.needed.update(step.inputs)
        outputs = (*step.outputs, *extra) if own else extra
        return (replace(step, outputs=outputs, graph=called.graph, expect=NO_EXPECTATION),)

    def _repeat(self, step: Repeat) -> tuple[Step, ...]:
        own = self._is_needed(step)
        if own:
            self.needed.update(step.turns[-1].outputs if step.turns else step.inputs)
        turns: list[Step] = []
        for turn in reversed(step.turns):
            turns = [*(self._call(turn) if isinstance(turn, Call) else self._whole(turn)), *turns]
        if not turns:
            return (step,) if own else ()
        outputs = (*step.outputs, *turns[-1].outputs[len(step.outputs) :]) if own else turns[-1].outputs
        count = step.count if len(turns) == len(step.turns) else len(turns)
        return (replace(step, turns=tuple(turns), outputs=outputs, count=count, expect=NO_EXPECTATION),)

    def _merge(self, step: Merge) -> tuple[Step, ...]:
        joined = self._is_needed(step)
        if joined:
            self.needed.update(value for node in step.nodes for value in node.inputs)
        chosen: tuple[Step, ...] = ()
        branches: tuple[Branch, ...] = ()
        for branch in reversed(step.branches):
            steps = self._steps(branch.steps)
            branches = (replace(branch, steps=steps), *branches)
            chosen = (*steps, *chosen)
        split = step.split
        if joined or (split is not None and not self.needed.isdisjoint(split.outputs)):
            self.needed.update(step.inputs)
            if not joined and split is not None:
                apart = Layer(f"{step.name}.split", step.path, split.inputs, split.outputs, (split,))
                chosen = (apart, *chosen)
        return (replace(step, branches=branches, expect=NO_EXPECTATION),) if joined else chosen


def _label(place: Place) -> str:
    """What a tensor is called in code."""
    return "_".join((*place.calls, str(place.value))).replace(".", "_")


def _reads(step: Step) -> Iterator[Value]:
    """All that a step and the steps in it read; blocks are not entered."""
    for inner in walk((step,)):
        yield from inner.inputs
        if isinstance(inner, Merge):
            yield from (value for branch in inner.branches for value in (*branch.inputs, *branch.outputs))


def _made(step: Step) -> Iterator[Value]:
    """All that a step and the steps in it make."""
    for inner in walk((step,)):
        yield from inner.outputs
        if isinstance(inner, Merge) and inner.split is not None:
            yield from inner.split.outputs
