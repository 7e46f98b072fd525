"""A checked network, and what can be made of it. `loading.py` makes it, `incspec.load`.

Backends are imported when they are asked for, torch only by `module`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from .arguments import input_sizes, named_names, named_values, seed_number, tolerated
from .diagnostics import Diagnostic, did_you_mean
from .ir import TypedGraph
from .pipeline import Compiled
from .shapes import TensorType
from .telling import Tell, nobody

if TYPE_CHECKING:
    import networkx
    import torch

    from .backends.figures.formats import Format
    from .backends.figures.plates import Plate
    from .backends.figures.scene import Scene
    from .backends.python import PythonSource
    from .backends.report import Report
    from .page.rules import Json as PageJson
    from .pictures import Look
    from .runtime.comparison import Comparison
    from .runtime.mapping import Assignment
    from .runtime.weights import Weights
    from .sizes.report import SizesReport
    from .styles.style import Style

_MAP = '{"theirs.conv": "ours.conv"}'


@dataclass(frozen=True, eq=False)
class Model:
    """A network whose spec has no mistakes. `diagnostics` are the notes and warnings that remain."""

    compiled: Compiled
    diagnostics: tuple[Diagnostic, ...]
    part_of: Model | None = None

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
        from .sizes.axis import axes

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
        from .sizes.report import sizes_report

        return sizes_report(self.network, self.compiled.tree, depth=depth)

    @cached_property
    def printed(self) -> PythonSource:
        """The source with the name of its class and the places of its modules."""
        from .backends.python import python_source

        return python_source(self.network, origin=Path(self.compiled.files[0].source.name).name)

    def source(self) -> str:
        """The Python source of the module, which imports torch and nothing of ours."""
        return self.printed.text

    def module(
        self,
        *,
        features: Sequence[str] | None = None,
        head: bool = True,
        aux: bool = True,
        weights: Weights | None = None,
        map: Mapping[str, str] | None = None,
        adapt_input: bool = False,
        reorder: bool = True,
        seed: int | None = None,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> torch.nn.Module:
        """The network as a `torch.nn.Module`: the printed source, executed.

        Where the spec has auxiliary heads, in training it returns a named tuple of its own output and theirs; with
        `aux=False` it has none, and loads weights that were saved with them all the same. With `features` it gives the
        tensors of these names, in a dict, and with `head=False` what the head would read, and only what that needs is
        built.

        `weights` is a file (safetensors, or of `torch.save`) or a state dictionary, of whatever module: which tensor is
        which is found from the structure of the whole network, and `map`, from names of theirs to ours, decides where
        that is not enough. With `adapt_input`, their first convolution may have another number of input channels. Branches
        that have another order there are taken to be joined in that order, with `reorder=False` in ours.

        With a `seed` the weights are the same every time, and torch's random state is left as it was; those of a part
        are other ones than the whole network's.

        Raises:
            TypeError: an argument is not what is wanted.
            ValueError: the network has no such tensors, or no head.
            WeightsError: the weights are refused; nothing is loaded.
        """
        from .backends.module import build_module

        if weights is None and (map or adapt_input or not reorder):
            raise ValueError("`map`, `adapt_input` and `reorder` say how to load `weights`, and there are none")
        names = named_names("map", map or {}, _MAP)
        part = self._part(features, head=head)
        printed, arguments = part.printed, {"aux": False} if part.network.graph.aux and not aux else {}
        module = build_module(
            printed.text, printed.class_name, arguments=arguments, seed=seed_number(seed), device=device, dtype=dtype
        )
        if weights is not None:
            from .runtime.weights import load_weights

            load_weights(module, self.whole, weights, map=names, adapt_input=adapt_input, reorder=reorder)
        return module

    def mapping(
        self,
        weights: Weights,
        *,
        map: Mapping[str, str] | None = None,
        adapt_input: bool = False,
        reorder: bool = True,
    ) -> Assignment:
        """Which tensor of a checkpoint each tensor of the module is, and what is done to it; as `module` takes them.

        Raises:
            WeightsError: the weights are refused.
        """
        from .runtime.weights import mapped_weights

        names = named_names("map", map or {}, _MAP)
        return mapped_weights(self.whole, weights, map=names, adapt_input=adapt_input, reorder=reorder)[0]

    def verify(
        self,
        against: str | torch.nn.Module,
        *,
        arguments: Mapping[str, object] | None = None,
        map: Mapping[str, str] | None = None,
        reorder: bool = True,
        sizes: Sequence[int | Sequence[int]] | None = None,
        train: bool = False,
        tolerance: float = 1e-10,
        tell: Tell = nobody,
    ) -> Comparison:
        """Compare the module with a reference of equal weights, block by block, in float64.

        `against` is a module, which stays as it is, or `package:callable`, which is called with `arguments`. Which of
        its tensors is which of ours is found as for `weights`, then they are drawn at random. `sizes` of the input are
        by default the network's own, a smaller and a larger one; with `train`, training mode and gradients are compared
        too, at the network's own size or the first of `sizes`. `tell` hears what is being done, and how many of how many
        runs are done.

        Raises:
            TypeError, ValueError: an argument is not what is wanted.
            NoReferenceError: `against` names no module.
            WeightsError: its weights are not those of this network, or it is not certain which is which.
            SizeError: it does not accept an input.
        """
        from .runtime.compare import compare
        from .runtime.pair import pair_with
        from .runtime.reference import reference

        given = named_values("arguments", arguments or {}, '{"pretrained": False}')
        names = named_names("map", map or {}, _MAP)
        wanted, allowed = input_sizes(sizes or ()), tolerated(tolerance)
        tell("building the reference", 0, 0)
        theirs, name = reference(against, given)
        tell(f"finding which weights of `{name}` are which", 0, 0)
        pair = pair_with(self, theirs, name, names, allowed, reorder=reorder)
        return compare(pair, self.inputs, wanted, train=train, tell=tell)

    def _part(self, features: Sequence[str] | None, *, head: bool) -> Model:
        if features is None:
            return self if head else self.trunk
        if not head:
            raise ValueError("`features` and `head=False` exclude each other: the trunk's output can be a feature")
        return self.select(features)

    def select(self, features: Sequence[str]) -> Model:
        """The part of the network that gives the tensors of these names, a model of its own.

        A step's name is that of its output: `reduction_a`, `inception_a.2` the third turn of a repeat, `stem.concat1`
        inside a block, `cells.out` of several outputs; `tensors` are the network's own. The module returns a dict
        from these names to the tensors, in this order. Its parameters have the names that they have in the whole.

        Raises:
            ValueError: the network has no such tensors.
        """
        from .select import select

        return self._with(select(self.whole.network, features))

    @property
    def trunk(self) -> Model:
        """The network without its head: without the steps at the end whose outputs have one position only.

        That is to say, all from the global pool on: pool, flatten, dropout, linear. What is kept has the names that it
        has in the whole.

        Raises:
            ValueError: the network has no head.
        """
        from .select import trunk

        return self._with(trunk(self.whole.network))

    @property
    def tensors(self) -> tuple[str, ...]:
        """The names that `select` takes, those inside blocks left out."""
        from .tensors import tensor_names

        return tensor_names(self.whole.network)

    @property
    def whole(self) -> Model:
        """The network that this is a part of, or itself."""
        return self if self.part_of is None else self.part_of

    def _with(self, network: TypedGraph) -> Model:
        return Model(replace(self.compiled, network=network), self.diagnostics, self.whole)

    def report(self) -> Report:
        """Shapes, parameters, multiply-adds and memory of every layer and block."""
        from .backends.report import report

        return report(self.network)

    def graph(self) -> networkx.DiGraph[str]:
        """The network's ops as a flat `networkx.DiGraph`, blocks entered and repeats unrolled."""
        from .dataflow import dataflow

        return dataflow(self.network)

    def figures(self, look: Look | None = None) -> tuple[Plate, ...]:
        """The figure of the whole network, then one for each block.

        Raises:
            ValueError: `look` has words that mean nothing.
        """
        from .pictures import Look, figures_of, style_of

        look = look or Look()
        return figures_of(self.network, look, style_of(self.network, look))

    def figure(self, block: str | None = None, look: Look | None = None) -> Plate:
        """The figure of a block, or of the whole network.

        Raises:
            ValueError: the network has no such block, or `look` has words that mean nothing.
        """
        figures = self.figures(look)
        if block is None:
            return figures[0]
        found = next((figure for figure in figures if figure.name == block), None)
        if found is None:
            hint = did_you_mean(block, [figure.name for figure in figures])
            raise ValueError(f"{self.name} has no figure of a block `{block}`" + (f": {hint}" if hint else ""))
        return found

    def draw(
        self,
        block: str | None = None,
        *,
        format: Format = "svg",
        dpi: int = 150,
        style: str | Path | Style = "own",
        direction: str | None = None,
        show: Sequence[str] | None = None,
        color: str | None = None,
        depth: int | None = None,
        expand: Sequence[str] = (),
    ) -> bytes:
        """A figure of a block, or of the whole network, as SVG, PNG, PDF, TikZ, DOT or Mermaid.

        `style` is that of the network's own paper, a shipped one's name (`slide`), or a file. Over it, `direction` is
        where data flow to (`up`, `right`), `show` what boxes say besides (`shape`, `parameters`, `macs`, `field`: the
        receptive one), `color` what colours tell (`type`, `parameters`, `macs`, `none`). Blocks are opened in place to a
        `depth` (2 opens the network's own, 0 all), and those that are named in `expand`.

        Raises:
            ValueError: the network has no such block, or there is no such format, style or word.
            CompileError: the style's file has mistakes.
        """
        from .backends.figures.render import render
        from .pictures import Look, style_of

        look = Look(style, direction, show, color, depth, expand)
        return render(self.figure(block, look), format, style=style_of(self.network, look), dpi=dpi)

    def _repr_mimebundle_(
        self, include: Collection[str] | None = None, exclude: Collection[str] = ()
    ) -> dict[str, str]:
        """What a notebook shows: the figure with the table, the figure, or a line of text."""
        from .backends.html import to_html

        figure = cache(lambda: self.draw().decode())
        makers: dict[str, Callable[[], str]] = {
            "text/plain": lambda: repr(self),
            "image/svg+xml": figure,
            "text/html": lambda: to_html(self.report(), figure()),
        }
        wanted = makers.keys() if include is None else makers.keys() & set(include)
        return {kind: makers[kind]() for kind in makers if kind in wanted and kind not in (exclude or ())}

    def page(self, *, events: str = "") -> bytes:
        """The page to explore the network in: one HTML file that needs no network and nothing beside it.

        With `events`, it follows the server-sent events from this address, each a document to show in its place.
        """
        from .page.html import page

        return page(self.page_document(), events=events)

    def page_document(self) -> dict[str, PageJson]:
        """What the page shows, as JSON values."""
        from .page.document import Document

        return Document(self.compiled, self.diagnostics).whole(self.printed)

    def chart(
        self,
        kind: str,
        *,
        width: float = 180.0,
        format: Format = "svg",
        dpi: int = 150,
        style: str | Path | Style = "plain",
    ) -> bytes:
        """A chart of the whole network: `cost`, `sizes` or `receptive-field`, `width` millimetres wide.

        Its paper and ink are those of a `style`.

        Raises:
            ValueError: there is no such kind, format or style, or nothing to show.
            CompileError: the style's file has mistakes.
        """
        from .backends.figures.render import render

        return render(self.chart_scene(kind, width=width, style=style), format, dpi=dpi)

    def chart_scene(self, kind: str, *, width: float = 180.0, style: str | Path | Style = "plain") -> Scene:
        """A chart as `chart` gives it, before it is a file."""
        from .backends.charts.kinds import chart
        from .backends.charts.sheet import Tone
        from .pictures import Look, style_of
        from .sizes.along import along

        colors = style_of(self.network, Look(style)).colors
        tone = Tone(colors.background, colors.ink)
        return chart(kind, self.report(), lambda: along(self.network), width=width, tone=tone)

    def __repr__(self) -> str:
        inputs, outputs = (", ".join(str(t) for t in types) for types in (self.inputs, self.outputs))
        return f"<Model {self.name}: {inputs} -> {outputs}, {self.params:,} parameters, {self.macs:,} multiply-adds>"
