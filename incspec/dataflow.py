"""The dataflow of a whole network: TypedGraph -> `networkx.DiGraph` of ops, blocks entered, repeats unrolled.

For analyses of your own: order, paths, reachability, cuts are networkx's. A node is an op's place, `stem/conv1`,
with the attributes `op`, `label`, `inputs`, `outputs` (types), `params`, `macs` and `aux`, the auxiliary head that it
is in or nothing; inputs of the network are nodes with `outputs` alone. An edge has the `type` of the tensor that flows.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from .ir import Call, Node, Step, TypedGraph, Value
from .shapes import TensorType
from .steps import Alias, flow

if TYPE_CHECKING:
    import networkx


def dataflow(network: TypedGraph) -> networkx.DiGraph[str]:
    """The flat graph of a network's ops."""
    import networkx

    flat: networkx.DiGraph[str] = networkx.DiGraph(name=network.graph.title)
    made: dict[Value, _Source] = {}
    for value, type_ in zip(network.graph.inputs, network.input_types, strict=True):
        flat.add_node(value.producer, outputs=(_plain(type_),))
        made[value] = (value.producer, _plain(type_))
    flattener = _Flattener(flat)
    flattener.steps(network, network.graph.steps, made, "")
    for head in network.graph.aux:
        flattener.head = head.name
        flattener.steps(network, head.steps, made, "")
    return flat


_Source = tuple[str, TensorType]


class _Flattener:
    def __init__(self, flat: networkx.DiGraph[str]) -> None:
        self.flat = flat
        # The auxiliary head that is looked at, if it is one.
        self.head = ""

    def steps(self, typed: TypedGraph, steps: Iterable[Step], made: dict[Value, _Source], prefix: str) -> None:
        """Add the ops of some steps; `made` says which op gives which value."""
        for item in flow(steps):
            if isinstance(item, Call):
                self._call(typed, item, made, prefix)
            elif isinstance(item, Alias):
                _alias(made, item.values, item.originals)
            else:
                self._node(typed, item, made, prefix)

    def _node(self, typed: TypedGraph, node: Node, made: dict[Value, _Source], prefix: str) -> None:
        name = f"{prefix}{node.outputs[0]}"
        inputs, outputs = typed.of(node.inputs), typed.of(node.outputs)
        cost = node.op.cost(inputs, outputs)
        types = tuple(_plain(type_) for type_ in outputs)
        self.flat.add_node(
            name,
            op=node.op,
            label=node.op.label(inputs[0].rank),
            inputs=tuple(_plain(type_) for type_ in inputs),
            outputs=types,
            params=cost.params,
            macs=cost.macs,
            aux=self.head,
        )
        for value in node.inputs:
            source, type_ = made[value]
            self.flat.add_edge(source, name, type=type_)
        made |= {value: (name, type_) for value, type_ in zip(node.outputs, types, strict=True)}

    def _call(self, typed: TypedGraph, step: Call, made: dict[Value, _Source], prefix: str) -> None:
        inner = typed.calls[step.name]
        inside = {value: made[given] for value, given in zip(inner.graph.inputs, step.inputs, strict=True)}
        self.steps(inner, inner.graph.steps, inside, f"{prefix}{step.name}/")
        made |= {value: inside[given] for value, given in zip(step.outputs, inner.graph.outputs, strict=True)}


def _alias(made: dict[Value, _Source], values: tuple[Value, ...], originals: tuple[Value, ...]) -> None:
    made |= {value: made[original] for value, original in zip(values, originals, strict=True)}


def _plain(type_: TensorType) -> TensorType:
    return type_.with_lengths(int)
