"""Ops and blocks that keep every size: what they give is as long, along each axis, as what they get, however long.

Most of a network does, so those who ask only where sizes part need not look at it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Final

from ..ir import Call, Graph, Node, TypedGraph
from ..ops.base import Inputs, Op, OpError, Outputs
from ..record import record
from ..steps import all_steps, flow
from .function import IDENTITY, SizesUnknownError
from .length import Path, explore, function_of, length
from .size_set import ALL


@record
class Kept:
    """Ops that keep the size of inputs that are equally large, and blocks of one input of nothing but such.

    For each, the typed graph that it is in, or that it is.
    """

    nodes: Mapping[Node, TypedGraph] = field(default_factory=dict)
    blocks: Mapping[Graph, TypedGraph] = field(default_factory=dict)


NONE_KEPT: Final = Kept()


def kept(network: TypedGraph) -> Kept:
    """All ops and blocks of a network that keep every size."""
    search = _Search()
    search.graph(network)
    return Kept(search.nodes, search.blocks)


class _Search:
    def __init__(self) -> None:
        self.ops: dict[tuple[Op, int, bool], bool] = {}
        self.seen: set[Graph] = set()
        self.nodes: dict[Node, TypedGraph] = {}
        self.blocks: dict[Graph, TypedGraph] = {}

    def graph(self, typed: TypedGraph) -> None:
        """Look at a graph, those that it calls first."""
        self.seen.add(typed.graph)
        for called in typed.calls.values():
            if called.graph not in self.seen:
                self.graph(called)
        kept = len(typed.graph.inputs) == 1 and typed.input_types[0].rank > 0
        for item in flow(all_steps(typed.graph)):
            if isinstance(item, Call):
                kept = kept and item.graph in self.blocks
            elif isinstance(item, Node):
                keeps = self._keeps(item, typed)
                kept = kept and keeps
                if keeps:
                    self.nodes[item] = typed
        if kept:
            self.blocks[typed.graph] = typed

    def _keeps(self, node: Node, typed: TypedGraph) -> bool:
        """Whether an op keeps every size; how wide its inputs are makes no difference to that."""
        inputs, outputs = typed.of(node.inputs), typed.of(node.outputs)
        first, *others = (*inputs, *outputs)
        if any(type_.sizes != first.sizes or type_.channels_last != first.channels_last for type_ in others):
            return False
        key = (node.op, first.rank, first.channels_last)
        if key not in self.ops:
            self.ops[key] = first.rank > 0 and _keeps_all(node.op, inputs)
        return self.ops[key]


def _keeps_all(op: Op, inputs: Inputs) -> bool:
    """Ask the op's rule, with inputs that are of the same size, whatever that is."""

    def ask(path: Path) -> Outputs:
        any_size = length(IDENTITY, path)
        return op.infer(tuple(x.with_sizes((any_size,) * x.rank) for x in inputs))

    try:
        parts = explore(ask, ALL)
    except (OpError, SizesUnknownError):
        return False
    return all(function_of(size) == IDENTITY for type_ in parts[0][1] for size in type_.sizes) and len(parts) == 1
