"""Blocks that keep every size: what they give is as long, along each axis, as what they get, however long that is.

Most blocks of a network do, so those who ask only where sizes part need not look into them.
"""

from __future__ import annotations

from ..ir import Call, Graph, Node, TypedGraph
from ..ops.base import Op, OpError, Outputs
from ..shapes import TensorType
from ..steps import Alias, flow
from .function import IDENTITY, SizesUnknownError
from .length import Path, explore, function_of, length
from .size_set import ALL


def keeping(network: TypedGraph) -> dict[Graph, TypedGraph]:
    """The blocks of a network, each of one input, in which every op keeps every size."""
    return _Search().blocks(network)


class _Search:
    def __init__(self) -> None:
        self.ops: dict[tuple[Op, int, bool], bool] = {}
        self.seen: dict[Graph, bool] = {}
        self.found: dict[Graph, TypedGraph] = {}

    def blocks(self, network: TypedGraph) -> dict[Graph, TypedGraph]:
        """Those that are called, whether or not others around them keep sizes as well."""
        for typed in network.calls.values():
            if typed.graph not in self.seen:
                self.blocks(typed)
                kept = self.seen[typed.graph] = self._is_kept(typed)
                if kept:
                    self.found[typed.graph] = typed
        return self.found

    def _is_kept(self, typed: TypedGraph) -> bool:
        if len(typed.graph.inputs) != 1 or not typed.input_types[0].rank:
            return False
        for item in flow(typed.graph.steps):
            if isinstance(item, Alias):
                continue
            if not self.seen[item.graph] if isinstance(item, Call) else not self._keeps(item, typed):
                return False
        return True

    def _keeps(self, node: Node, typed: TypedGraph) -> bool:
        """Whether an op keeps every size; how wide its inputs are makes no difference to that."""
        inputs, outputs = typed.of(node.inputs), typed.of(node.outputs)
        first, *others = (*inputs, *outputs)
        if any(type_.sizes != first.sizes or type_.channels_last != first.channels_last for type_ in others):
            return False
        key = (node.op, first.rank, first.channels_last)
        if key not in self.ops:
            self.ops[key] = _keeps_all(node.op, inputs)
        return self.ops[key]


def _keeps_all(op: Op, inputs: tuple[TensorType, ...]) -> bool:
    """Ask the op's rule, with inputs that are of the same size, whatever that is."""

    def ask(path: Path) -> Outputs:
        any_size = length(IDENTITY, path)
        return op.infer(tuple(x.with_sizes((any_size,) * x.rank) for x in inputs))

    try:
        parts = explore(ask, ALL)
    except (OpError, SizesUnknownError):
        return False
    return all(function_of(size) == IDENTITY for type_ in parts[0][1] for size in type_.sizes) and len(parts) == 1
