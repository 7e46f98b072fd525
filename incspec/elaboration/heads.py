"""Heads: what stands beside the steps of the network -> `AuxHead`s, and the names of its outputs.

Not here: which tensors a head may be attached to (resolve.py).
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Sequence

from ..expressions import untraced
from ..ir import AuxHead, Call, Repeat, Step, Value
from ..resolution.values import Poison, Values
from ..spec import AuxSpec, ModelSpec
from ..syntax import DocPath
from .scope import Body, BodyBuilder, Scope, is_unknown


class HeadBuilder:
    """Makes the auxiliary heads of one spec."""

    def __init__(self, bodies: BodyBuilder, spec: ModelSpec, values: Values) -> None:
        self.bodies, self.spec, self.values = bodies, spec, values

    @property
    def names(self) -> set[str]:
        """The names that no step of the network may take by itself; resolve.py has told those that one was given."""
        return self.spec.aux.keys() - {step.name for step in self.spec.network}

    def heads(self, scope: Scope, network: Body, outputs: Sequence[str]) -> tuple[AuxHead, ...]:
        """The heads, built behind the network; `outputs` are the names of its own outputs."""
        made = []
        for name, head in self.spec.aux.items():
            if len(outputs) > 1 and name in outputs:
                message = f"`{name}` is the name of an output of the network"
                self.values.error("duplicate-name", message, ("aux", name), key=True, help="choose another name")
            made.append(self._head(name, head, scope, network))
        return tuple(head for head in made if head is not None)

    def _head(self, name: str, head: AuxSpec, scope: Scope, network: Body) -> AuxHead | None:
        """One head: of the network's tensors it sees those that it is attached to."""
        path: DocPath = ("aux", name)
        seen = {tensor: network.read(tensor) for tensor in head.from_}
        inputs = tuple(value for tensor in head.from_ for value in seen[tensor])
        with scope.typing.aside():
            steps, outputs = self.bodies.build_body(
                head.body, (*path, "body"), inputs, scope, Body(ChainMap(seen), f"{name}_")
            )
        if len(outputs) != 1 and not is_unknown(outputs) and scope.typing.known(outputs) is not None:
            message = f"the head `{name}` gives {len(outputs)} tensors"
            hint = "its loss is that of one: end it with a step that gives one"
            self.values.error("wrong-output-count", message, (*path, "body"), key=True, help=hint)
        try:
            weight = self.values.number(head.weight, (*path, "weight"), scope.file_names, least=0)
        except Poison:
            return None
        return AuxHead(name, path, tuple(head.from_), inputs, outputs, steps, float(untraced(weight)))


def output_names(steps: Sequence[Step], outputs: tuple[Value, ...]) -> tuple[str, ...]:
    """What the outputs of the network are called: several of a block as the block calls them."""
    last = steps[-1] if steps else None
    while isinstance(last, Repeat) and last.turns:
        last = last.turns[-1]
    if isinstance(last, Call) and len(last.graph.outputs) == len(outputs) > 1:
        return last.graph.output_names
    several = len({value.producer for value in outputs}) < len(outputs)
    return tuple(f"{value.producer}_{k}" if several else value.producer for k, value in enumerate(outputs, start=1))
