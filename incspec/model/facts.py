"""What is known of a checked network: its types, counts and sizes, its graph, its source, and its parts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

from ..diagnostics import Diagnostic
from ..ir import TypedGraph
from ..pipeline import Compiled
from ..shapes import TensorType

if TYPE_CHECKING:
    from collections.abc import Sequence

    import networkx

    from ..backends.python import PythonSource
    from ..backends.report import Report
    from ..sizes.report import SizesReport


@dataclass(frozen=True, eq=False)
class Facts:
    """A network whose spec has no mistakes. `diagnostics` are the notes and warnings that remain."""

    compiled: Compiled
    diagnostics: tuple[Diagnostic, ...]
    part_of: Self | None = None

    @property
    def name(self) -> str:
        """The network's name, as the spec has it."""
        return self.compiled.spec.name

    @property
    def network(self) -> TypedGraph:
        """The typed graph."""
        return self.compiled.network

    @property
    def inputs(self) -> tuple[TensorType, ...]:
        """The types of the inputs, without the batch."""
        return self.network.input_types

    @property
    def open_axes(self) -> dict[str, str]:
        """The axes that the spec leaves open, `H`, or `left.H` of several inputs, and what it says of each.

        `inputs`, and all that is computed from them, are those of one size that it allows.
        """
        from ..sizes.axis import axes

        open_ = self.compiled.declared.open
        every = axes(self.network.graph, self.inputs)
        return {axis.name: open_[axis.input, axis.place].text for axis in every if (axis.input, axis.place) in open_}

    @property
    def outputs(self) -> tuple[TensorType, ...]:
        """The types of the outputs, without the batch."""
        return self.network.output_types

    @property
    def params(self) -> int:
        """The number of learnt parameters, without those of auxiliary heads."""
        return self.network.cost.params

    @property
    def macs(self) -> int:
        """The multiply-adds of convolutions and linear layers for one image, without auxiliary heads."""
        return self.network.cost.macs

    @property
    def params_with_aux(self) -> int:
        """The number of learnt parameters, those of auxiliary heads included."""
        return self.params + self.network.aux_cost.params

    @property
    def macs_with_aux(self) -> int:
        """The multiply-adds for one image in training, those of auxiliary heads included."""
        return self.macs + self.network.aux_cost.macs

    @property
    def aux_outputs(self) -> tuple[TensorType, ...]:
        """The types of the outputs of auxiliary heads, in order."""
        return self.network.of(tuple(head.outputs[0] for head in self.network.graph.aux))

    @property
    def aux_weights(self) -> dict[str, float]:
        """What the loss of each auxiliary head counts in training, beside the network's own."""
        return {head.name: head.weight for head in self.network.graph.aux}

    def sizes(self, *, depth: int | None = 1) -> SizesReport:
        """What input sizes the network takes, which cells it does not read, and how far its tensors see.

        `depth` says how far to open blocks in the rows, None opens all.

        Raises:
            SizesUnknownError: strides or sizes are so large that no pattern is found.
        """
        from ..sizes.report import sizes_report

        return sizes_report(self.network, self.compiled.tree, depth=depth)

    def report(self) -> Report:
        """Shapes, parameters, multiply-adds and memory of every layer and block."""
        from ..backends.report import report

        return report(self.network)

    def graph(self) -> networkx.DiGraph[str]:
        """The network's ops as a flat `networkx.DiGraph`, blocks entered and repeats unrolled."""
        from ..dataflow import dataflow

        return dataflow(self.network)

    @cached_property
    def printed(self) -> PythonSource:
        """The source with the name of its class and the places of its modules."""
        from ..backends.python import python_source

        return python_source(self.network, origin=Path(self.compiled.files[0].source.name).name)

    def source(self) -> str:
        """The Python source of the module, which imports torch and nothing of ours."""
        return self.printed.text

    # --- parts

    @property
    def whole(self) -> Self:
        """The network that this is a part of, or itself."""
        return self if self.part_of is None else self.part_of

    @property
    def tensors(self) -> tuple[str, ...]:
        """The names that `select` takes, those inside blocks left out."""
        from ..tensors import tensor_names

        return tensor_names(self.whole.network)

    def select(self, features: Sequence[str]) -> Self:
        """The part of the network that gives the tensors of these names, a model of its own.

        A step's name is that of its output: `reduction_a`, `inception_a.2` the third turn of a repeat, `stem.concat1`
        inside a block, `cells.out` of several outputs; `tensors` are the network's own. The module returns a dict
        from these names to the tensors, in this order. Its parameters have the names that they have in the whole.

        Raises:
            ValueError: the network has no such tensors.
        """
        from ..select import select

        return self._with(select(self.whole.network, features))

    @property
    def trunk(self) -> Self:
        """The network without its head: without the steps at the end whose outputs have one position only.

        That is to say, all from the global pool on: pool, flatten, dropout, linear. What is kept has the names that it
        has in the whole.

        Raises:
            ValueError: the network has no head.
        """
        from ..select import trunk

        return self._with(trunk(self.whole.network))

    def _with(self, network: TypedGraph) -> Self:
        return replace(self, compiled=replace(self.compiled, network=network), part_of=self.whole)
