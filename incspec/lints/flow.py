"""How tensors flow inside each block: TypedGraph -> the ops that run in it, and who reads what they give."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from ..ir import Call, Node, TypedGraph, Value
from ..record import record
from ..shapes import TensorType
from ..steps import Alias, all_steps, flow_of_steps
from ..syntax import DocPath


@record(eq=False)
class Site:
    """An op that runs, and the step that it belongs to."""

    node: Node
    step: DocPath
    typed: TypedGraph

    @property
    def inputs(self) -> tuple[TensorType, ...]:
        """The types of what it reads."""
        return self.typed.of(self.node.inputs)

    @property
    def outputs(self) -> tuple[TensorType, ...]:
        """The types of what it gives."""
        return self.typed.of(self.node.outputs)


@dataclass(frozen=True, eq=False)
class Use:
    """A block under given parameters and input types, or the network; `chain` is the first way that leads to it."""

    typed: TypedGraph
    chain: tuple[Call, ...]

    @property
    def block(self) -> str:
        """The name of the block, empty for the network."""
        return self.typed.graph.block

    @cached_property
    def sites(self) -> tuple[Site, ...]:
        """The ops that run in it, in order; those of blocks that it calls are theirs."""
        return tuple(each for each in self.runs if isinstance(each, Site))

    @cached_property
    def calls(self) -> tuple[Call, ...]:
        """The blocks that it calls."""
        return tuple(each for each in self.runs if isinstance(each, Call))

    @property
    def runs(self) -> tuple[Site | Call, ...]:
        """Both, in order."""
        return self._run[0]

    @cached_property
    def _run(self) -> tuple[tuple[Site | Call, ...], Mapping[Value, Value]]:
        aliases: dict[Value, Value] = {}
        runs: list[Site | Call] = []
        for item, step in flow_of_steps(all_steps(self.typed.graph)):
            if isinstance(item, Alias):
                aliases.update(zip(item.values, item.originals, strict=True))
            else:
                runs.append(item if isinstance(item, Call) else Site(item, step.path, self.typed))
        return tuple(runs), aliases

    @cached_property
    def readers(self) -> Mapping[Value, tuple[Site | None, ...]]:
        """Who reads each value: ops, and None for a block that is called or whoever gets the outputs."""
        graph, aliases = self.typed.graph, self._run[1]
        read: list[tuple[Site | None, tuple[Value, ...]]] = [(site, site.node.inputs) for site in self.sites]
        read += [(None, call.inputs) for call in self.calls]
        read += [(None, outputs) for outputs in (graph.outputs, *(head.outputs for head in graph.aux))]
        found: dict[Value, list[Site | None]] = {}
        for site, values in read:
            for value in values:
                found.setdefault(_original(value, aliases), []).append(site)
        return {value: tuple(sites) for value, sites in found.items()}

    @cached_property
    def makers(self) -> Mapping[Value, Site | Call]:
        """The op that gives each value, or the block that is called for it."""
        made: dict[Value, Site | Call] = {value: site for site in self.sites for value in site.node.outputs}
        return made | {value: call for call in self.calls for value in call.outputs}

    def original(self, value: Value) -> Value:
        """What a value is called where it is made: a repeat's output is that of its last turn."""
        return _original(value, self._run[1])

    def only_reader(self, site: Site) -> Site | None:
        """The op that alone reads what an op gives, if it is so."""
        readers = [reader for value in site.node.outputs for reader in self.readers.get(value, ())]
        return readers[0] if len(readers) == 1 else None


def uses(network: TypedGraph) -> tuple[Use, ...]:
    """The network and its blocks, each under each of its parameters and input types once."""
    found: dict[int, Use] = {}
    waiting = [Use(network, ())]
    while waiting:
        use = waiting.pop()
        if id(use.typed) in found:
            continue
        found[id(use.typed)] = use
        waiting += [Use(use.typed.calls[call.name], (*use.chain, call)) for call in reversed(use.calls)]
    return tuple(found.values())


def _original(value: Value, aliases: Mapping[Value, Value]) -> Value:
    while value in aliases:
        value = aliases[value]
    return value
