"""Where the blocks of a network are used: TypedGraph -> the uses of each block, in order of first use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ...ir import Call, Node, TypedGraph, Value
from ...steps import all_steps, executed, flow
from .draw import INPUT, PREVIOUS

# What happened last to a tensor, in words; or the input of the graph that it is.
_Word = str | Value


@dataclass(frozen=True, slots=True)
class Use:
    """A block as it is called somewhere, and what its figure may call its input there."""

    typed: TypedGraph
    before: str


def uses_of_blocks(network: TypedGraph) -> Mapping[str, tuple[Use, ...]]:
    """The uses of each block, a block before those that it calls itself."""
    collector = _Collector()
    collector.visit(network, tuple(f"{INPUT} ({type_.paper})" for type_ in network.input_types))
    return {block: tuple(uses) for block, uses in collector.uses.items()}


@dataclass(eq=False)
class _Collector:
    """The uses that were met so far; a block that is met again under the same circumstances is not entered again."""

    uses: dict[str, list[Use]] = field(default_factory=dict)
    words: dict[TypedGraph, Mapping[Value, _Word]] = field(default_factory=dict)
    seen: set[tuple[TypedGraph, tuple[str, ...]]] = field(default_factory=set)

    def visit(self, typed: TypedGraph, before: tuple[str, ...]) -> None:
        """Collect the uses in a graph; `before` are the words for its inputs."""
        if (typed, before) in self.seen:
            return
        self.seen.add((typed, before))
        arriving = dict(zip(typed.graph.inputs, before, strict=True))
        words = self._words(typed)
        for item in executed(all_steps(typed.graph)):
            if isinstance(item, Call):
                said = tuple(_spoken(words[value], arriving) for value in item.inputs)
                self.uses.setdefault(item.graph.block, []).append(
                    Use(typed.calls[item.name], said[0] if said else PREVIOUS)
                )
                self.visit(typed.calls[item.name], said)

    def _words(self, typed: TypedGraph) -> Mapping[Value, _Word]:
        """The last thing that happened to each tensor if it is a merge or an activation, as the papers' figures say it."""
        if typed in self.words:
            return self.words[typed]
        words: dict[Value, _Word] = {value: value for value in typed.graph.inputs}
        for item in flow(all_steps(typed.graph)):
            if isinstance(item, Node):
                last = item.op.label() if item.op.family in ("merge", "act") else PREVIOUS
                words |= dict.fromkeys(item.outputs, last)
            elif isinstance(item, Call):
                inner = typed.calls[item.name]
                arriving = {value: words[given] for value, given in zip(inner.graph.inputs, item.inputs, strict=True)}
                left = self._words(inner)
                for value, made in zip(item.outputs, inner.graph.outputs, strict=True):
                    word = left[made]
                    words[value] = arriving[word] if isinstance(word, Value) else word
            else:
                words |= {alias: words[value] for alias, value in zip(item.values, item.originals, strict=True)}
        self.words[typed] = words
        return words


def _spoken(word: _Word, arriving: Mapping[Value, str]) -> str:
    return arriving[word] if isinstance(word, Value) else word
