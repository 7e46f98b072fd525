"""Where the blocks of a network are used: TypedGraph -> the uses of each block, in order of first use."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from graphlib import TopologicalSorter
from typing import TypeAlias

from ...ir import Call, Node, TypedGraph, Value
from ...ops.base import Op
from ...shapes import TensorType
from ...steps import all_steps, executed, flow
from .detail import PREVIOUS
from .wording import Wording, fill

# What happened last to a tensor, as far as figures tell it: a concat, an activation, or nothing, as it is an input of
# the network.
Before: TypeAlias = Op | TensorType | None


@dataclass(frozen=True, slots=True)
class Use:
    """A block as it is called somewhere, and what comes before it there."""

    typed: TypedGraph
    before: Before

    def words(self, wording: Wording) -> str:
        """What a figure calls the input of the block."""
        if isinstance(self.before, TensorType):
            return fill(wording.input, {"name": "", "size": self.before.paper})
        return PREVIOUS if self.before is None else wording.words.get(self.before.keyword) or self.before.label()


def uses_of_blocks(network: TypedGraph) -> Mapping[str, tuple[Use, ...]]:
    """The uses of each block, a block before those that it calls itself."""
    collector = _Collector()
    collector.visit(network, tuple(type_.with_lengths(int) for type_ in network.input_types))
    return {block: tuple(uses) for block, uses in collector.uses.items()}


def counts_of_blocks(network: TypedGraph) -> Mapping[TypedGraph, int]:
    """How often each form of a block is called, in all that the network calls."""
    calls: dict[TypedGraph, Counter[TypedGraph]] = {}
    waiting = [network]
    while waiting:
        typed = waiting.pop()
        if typed not in calls:
            steps = executed(all_steps(typed.graph))
            calls[typed] = Counter(typed.calls[item.name] for item in steps if isinstance(item, Call))
            waiting += calls[typed]
    counts = Counter({network: 1})
    for typed in reversed(tuple(TopologicalSorter(calls).static_order())):  # what calls before what is called
        for called, times in calls[typed].items():
            counts[called] += times * counts[typed]
    return counts


@dataclass(eq=False)
class _Collector:
    """The uses that were met so far; a block that is met again under the same circumstances is not entered again.

    `last` says of the tensors of a graph what happened last to them: what did to an input of the graph, for that `Value`.
    """

    uses: dict[str, list[Use]] = field(default_factory=dict)
    last: dict[TypedGraph, Mapping[Value, Before | Value]] = field(default_factory=dict)
    seen: set[tuple[TypedGraph, tuple[Before, ...]]] = field(default_factory=set)

    def visit(self, typed: TypedGraph, before: tuple[Before, ...]) -> None:
        """Collect the uses in a graph; `before` is what happened last to its inputs."""
        if (typed, before) in self.seen:
            return
        self.seen.add((typed, before))
        arriving = dict(zip(typed.graph.inputs, before, strict=True))
        last = self._last(typed)
        for item in executed(all_steps(typed.graph)):
            if isinstance(item, Call):
                happened = tuple(_resolved(last[value], arriving) for value in item.inputs)
                called = typed.calls[item.name]
                self.uses.setdefault(item.graph.block, []).append(Use(called, happened[0] if happened else None))
                self.visit(called, happened)

    def _last(self, typed: TypedGraph) -> Mapping[Value, Before | Value]:
        if typed in self.last:
            return self.last[typed]
        found: dict[Value, Before | Value] = {value: value for value in typed.graph.inputs}
        for item in flow(all_steps(typed.graph)):
            if isinstance(item, Node):
                found |= dict.fromkeys(item.outputs, item.op if item.op.begins_figures else None)
            elif isinstance(item, Call):
                inner = typed.calls[item.name]
                arriving = {value: found[given] for value, given in zip(inner.graph.inputs, item.inputs, strict=True)}
                left = self._last(inner)
                for value, made in zip(item.outputs, inner.graph.outputs, strict=True):
                    happened = left[made]
                    found[value] = arriving[happened] if isinstance(happened, Value) else happened
            else:
                found |= {alias: found[value] for alias, value in zip(item.values, item.originals, strict=True)}
        self.last[typed] = found
        return found


def _resolved(happened: Before | Value, arriving: Mapping[Value, Before]) -> Before:
    return arriving[happened] if isinstance(happened, Value) else happened
