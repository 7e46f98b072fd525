"""What is written in the boxes of a figure: a layer or op of a graph -> the papers' words for it."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum

from ...expressions import TracedInt, expr_of, names_in, to_python
from ...ir import Graph, Layer, Step, width_symbols
from ...ops.base import Op
from ...steps import all_steps, running

_LONGEST = 16  # characters of an expression; a longer one is printed as its number


class Widths(Enum):
    """How a width is printed that is a parameter of the block, or computed from some."""

    NUMBERS = "384"
    LETTERS = "n, but the number of 4*n"  # arXiv:1602.07261, figure 7
    EXPRESSIONS = "n, 4*n, in//2"


class Labels:
    """The labels of one graph's boxes."""

    def __init__(self, graph: Graph, widths: Widths) -> None:
        self._graph, self._widths = graph, widths
        layers = list(_layers(all_steps(graph)))
        # What an activation reads needs none of its own.
        self._activated = {value for layer in layers if layer.nodes[0].op.family == "act" for value in layer.inputs}
        # The ops that an activation follows somewhere in the graph.
        self._usually = {type(layer.nodes[0].op) for layer in layers if self._is_activated(layer)}
        self._names = {name: name for name in graph.params} | _width_names(graph)
        self._letters = {name for name in graph.params if not _follows_input(graph, name)}

    def of_layer(self, layer: Layer, rank: int) -> str:
        """One label for an op with its norm and activation; a convolution without the usual one is called linear."""
        op = layer.nodes[0].op
        label = self.of_op(op, rank)
        told = [node.op.label(rank).removesuffix(" activation") for node in layer.nodes[1:] if node.op.told]
        if told and label.endswith(")"):
            return f"{label[:-1]} {told[0]})"
        if op.family == "conv" and type(op) in self._usually and not self._is_activated(layer) and label.endswith(")"):
            return f"{label[:-1]} Linear)"  # arXiv:1602.07261, figure 10
        return label

    def of_op(self, op: Op, rank: int) -> str:
        """The op's label, with letters for widths where they are wanted; `rank` is its input's number of spatial axes."""
        if self._widths is Widths.NUMBERS or not self._graph.block:
            return op.label(rank)
        printed = {name: self._lettered(getattr(op, name)) for name in type(op).model_fields}
        return op.model_copy(update=printed).label(rank)

    def _lettered(self, value: object) -> object:
        """A field's value that prints letters where it should."""
        if isinstance(value, tuple):
            return tuple(self._lettered(item) for item in value)
        text = self._text(value) if isinstance(value, TracedInt) else ""
        return _Lettered(value, text) if isinstance(value, int) and text else value

    def _text(self, width: TracedInt) -> str:
        """The letter or expression that stands for a width; nothing where its number does."""
        text = to_python(width.expr, lambda name: self._names.get(name, name))
        text = text.replace(" * ", "*").replace(" // ", "//")
        if self._widths is Widths.LETTERS:
            return text if text in self._letters else ""
        known = all(name.id in self._names for name in names_in(width.expr))
        return text if known and len(text) <= _LONGEST else ""

    def _is_activated(self, layer: Layer) -> bool:
        return any(node.op.family == "act" for node in layer.nodes) or layer.outputs[0] in self._activated


class _Lettered(int):
    """A width that prints as the letter or expression it stands for."""

    text: str

    def __new__(cls, value: int, text: str) -> _Lettered:
        made = super().__new__(cls, value)
        made.text = text
        return made

    def __str__(self) -> str:
        return self.text


def _width_names(graph: Graph) -> dict[str, str]:
    """What the language calls the width of the first input."""
    return dict.fromkeys(width_symbols(graph.inputs)[:1], "in")


def _follows_input(graph: Graph, name: str) -> bool:
    """Whether a parameter is by default computed from the width that arrives, which a figure shows as a number."""
    default = graph.defaults.get(name)
    return default is not None and any(found.id in width_symbols(graph.inputs) for found in names_in(expr_of(default)))


def _layers(steps: tuple[Step, ...]) -> Iterator[Layer]:
    """The layers that are drawn."""
    for step in steps:
        if isinstance(step, Layer):
            yield step
        yield from _layers(running(step))
