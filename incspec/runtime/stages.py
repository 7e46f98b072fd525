"""Stages: the ops that ran in our module -> the step of the network that each belongs to.

What runs in a submodule is told by its path. What runs in the network itself, before, between and behind submodules, is
of the steps there, where it is clear of which; else it goes by its op.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from torch import nn

from ..backends.python import ModuleFacts
from ..backends.python.names import attribute
from ..ir import Graph, Layer, Merge, Step
from ..steps import walk
from .trace import Event


def stage_of(path: str, op: str = "") -> str:
    """The step of the network that a submodule belongs to, with the number of the turn where it is repeated.

    What runs in the network itself goes by its op.
    """
    if not path:
        return op
    first, _, rest = path.partition(".")
    turn = rest.partition(".")[0]
    return f"{first}.{turn}" if turn.isdigit() else first


def stages_of(
    events: Sequence[Event], graph: Graph, facts: Sequence[ModuleFacts], module: nn.Module
) -> tuple[str, ...]:
    """The stage of each event of the module of a network; `facts` are those of its submodules."""
    return tuple(_Stages(graph, facts, dict(module.named_children())).read(events))


@dataclass(frozen=True, slots=True)
class _Run:
    """Events one after the other, all in submodules or all in the network itself.

    `first` is the place of the step of the first, `then` that of the step that may run behind the last.
    """

    events: tuple[Event, ...]
    inside: bool
    first: int | None
    then: int | None


class _Stages:
    def __init__(self, graph: Graph, facts: Sequence[ModuleFacts], modules: Mapping[str, nn.Module]) -> None:
        self.steps, self.modules = graph.steps, modules
        # The places of the steps that submodules belong to, by the attribute of the submodule.
        self.places: dict[str, int] = {}
        for place, step in enumerate(graph.steps):
            for name in _names(step):
                self.places.setdefault(attribute(name), place)
        # Submodules that give what their step gives: the activation behind a merge, say.
        given = {str(step.outputs[0]): place for place, step in enumerate(graph.steps) if step.outputs}
        self.ends = {fact.path: given[fact.op] for fact in facts if "." not in fact.path and fact.op in given}
        self.places |= self.ends

    def read(self, events: Sequence[Event]) -> Iterator[str]:
        runs = [self._run(tuple(group)) for _, group in groupby(events, key=lambda event: bool(event.module))]
        for index, run in enumerate(runs):
            if run.inside:
                yield from (stage_of(event.module) for event in run.events)
                continue
            before = runs[index - 1].then if index else 0
            after = runs[index + 1].first if index + 1 < len(runs) else len(self.steps)
            yield from self._between(run.events, before, after)

    def _run(self, events: tuple[Event, ...]) -> _Run:
        first, last = (event.module.partition(".")[0] for event in (events[0], events[-1]))
        then = self.ends[last] + 1 if last in self.ends else self.places.get(last)
        return _Run(events, bool(events[0].module), self.places.get(first), then)

    def _between(self, events: Sequence[Event], before: int | None, after: int | None) -> list[str]:
        """The names of the steps of some events of the network itself, between submodules of two steps."""
        ops = [event.op for event in events]
        if before is None or after is None or after < before:
            return ops
        candidates = [
            step
            for step in self.steps[before : after + 1]
            if self._runs_here(step) and (step is not self._at(after) or before == after or self._begins_here(step))
        ]
        if len(candidates) == 1:
            return [candidates[0].name] * len(events)
        # A layer's functions are as many as its ops; what is left is of the merges, if that is clear.
        counts = [self._functions(step) for step in candidates]
        left, open_ = len(events) - sum(filter(None, counts)), counts.count(None)
        if left < open_ or (left > open_ and open_ != 1):
            return ops
        each = left if open_ == 1 else 1
        shared = zip(candidates, counts, strict=True)
        return [step.name for step, count in shared for _ in range(each if count is None else count)]

    def _at(self, place: int) -> Step | None:
        return self.steps[place] if place < len(self.steps) else None

    def _functions(self, step: Step) -> int | None:
        """How many ops of a layer run in the network itself; None where the step is no layer."""
        if not isinstance(step, Layer):
            return None
        module = self.modules.get(attribute(step.name))
        if module is None:
            return len(step.nodes)
        # Behind a layer of torch's own, an activation is a function.
        return len(step.nodes) - 1 if type(module).__module__.startswith("torch.") else 0

    def _runs_here(self, step: Step) -> bool:
        """Whether some op of a step runs in the network itself."""
        if isinstance(step, Layer):
            return self._functions(step) != 0
        return isinstance(step, Merge) or attribute(step.name) not in self.modules

    def _begins_here(self, step: Step) -> bool:
        """Whether an op of a step may run before the first of its submodules."""
        if not isinstance(step, Merge):
            return attribute(step.name) not in self.modules
        branches = (branch for branch in step.branches if attribute(branch.name) not in self.modules)
        return step.split is not None or any(self._runs_here(inner) for each in branches for inner in walk(each.steps))


def _names(step: Step) -> Iterator[str]:
    """What submodules of a step may be called: like a step in it, or like a branch."""
    for inner in walk((step,)):
        yield inner.name
        if isinstance(inner, Merge):
            yield from (branch.name for branch in inner.branches)
