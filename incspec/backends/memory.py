"""Liveness: TypedGraph -> how many elements are alive at once in inference.

A tensor is alive from the op that makes it to the last op that reads it; while an op runs, its inputs and its
outputs are. Every op writes a new tensor, so views and in-place activations do better than what is counted here.
The network's inputs are the caller's, and stay. Blocks are counted once under each set of inputs that end in them.
"""

from __future__ import annotations

from ..ir import Call, Node, Step, TypedGraph, Value
from ..steps import Alias, executed, flow


def peak_elements(network: TypedGraph) -> int:
    """The most elements that are alive at one time while the network runs on one image."""
    return _Liveness().peak(network, frozenset())


class _Liveness:
    def __init__(self) -> None:
        self.peaks: dict[tuple[int, frozenset[int]], int] = {}
        self.origins: dict[int, dict[Value, Value]] = {}

    def peak(self, typed: TypedGraph, ending: frozenset[int]) -> int:
        """The peak inside one call, its inputs counted; those in `ending` are read by nobody after it."""
        key = (id(typed), ending)
        if key not in self.peaks:
            self.peaks[key] = self._peak(typed, ending)
        return self.peaks[key]

    def _peak(self, typed: TypedGraph, ending: frozenset[int]) -> int:
        graph, origin = typed.graph, self._origins(typed)
        runs = list(executed(graph.steps))
        reads = [tuple(origin.get(value, value) for value in run.inputs) for run in runs]
        writes = [tuple(value for value in run.outputs if value not in origin) for run in runs]
        last = {value: time for time, values in enumerate(writes) for value in values}
        last |= {value: time for time, values in enumerate(reads) for value in values}
        kept = {origin.get(value, value) for value in graph.outputs}
        kept |= {value for index, value in enumerate(graph.inputs) if index not in ending}
        alive = peak = sum(typed.types[value].elements for value in graph.inputs)
        for time, run in enumerate(runs):
            ends = {value for value in (*reads[time], *writes[time]) if last[value] == time and value not in kept}
            made = sum(typed.types[value].elements for value in writes[time])
            inside = alive + made
            if isinstance(run, Call):
                arguments = reads[time]
                # An argument given twice is counted twice inside, and stays.
                last_use = [k for k, value in enumerate(arguments) if value in ends and arguments.count(value) == 1]
                inside = alive - sum(typed.types[value].elements for value in arguments)
                inside += self.peak(typed.calls[run.name], frozenset(last_use))
            peak = max(peak, inside)
            alive += made - sum(typed.types[value].elements for value in ends)
        return peak

    def _origins(self, typed: TypedGraph) -> dict[Value, Value]:
        """The values that are other names for a tensor, and the value that it was made as."""
        if id(typed) not in self.origins:
            found: dict[Value, Value] = {}
            self._alias(typed.graph.steps, typed, found)
            self.origins[id(typed)] = found
        return self.origins[id(typed)]

    def _alias(self, steps: tuple[Step, ...], typed: TypedGraph, found: dict[Value, Value]) -> None:
        for item in flow(steps):
            if isinstance(item, Node):
                continue
            if isinstance(item, Call):
                item = Alias(item.outputs, self._passed(item, typed.calls[item.name]))
            for value, source in zip(item.values, item.originals, strict=True):
                if value != source:
                    found[value] = found.get(source, source)

    def _passed(self, call: Call, called: TypedGraph) -> tuple[Value, ...]:
        """What a call's outputs are names for: its own value, an earlier output, or an input that the block passes."""
        origin = self._origins(called)
        sources: dict[Value, Value] = dict(zip(called.graph.inputs, call.inputs, strict=True))
        for value, inner in zip(call.outputs, called.graph.outputs, strict=True):
            sources.setdefault(origin.get(inner, inner), value)
        return tuple(sources[origin.get(inner, inner)] for inner in called.graph.outputs)
