"""What is written in the boxes of a figure: a layer or op of a graph -> the papers' words for it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from enum import Enum

from ...expressions import TracedInt, expr_of, names_in, to_python
from ...ir import Graph, Layer, Node, Step, TypedGraph, Value, width_symbols
from ...ops.base import Op
from ...steps import all_steps, running
from .wording import Wording, fill

_LONGEST = 16  # characters of an expression; a longer one is printed as its number
_PRODUCT = re.compile(r"(?<![\w.])(\d+)\*([a-z])(?!\w)")  # `4*n`, which prints as 4n


class Widths(Enum):
    """How a width is printed that is a parameter of the block, or computed from some."""

    NUMBERS = "384"
    LETTERS = "n, and 4n where the wording has products"
    EXPRESSIONS = "n, 4n, in//2"


class Labels:
    """The labels of one graph's boxes; an empty one says that there is no box."""

    def __init__(self, typed: TypedGraph, widths: Widths, wording: Wording) -> None:
        self._typed, self._graph, self._widths, self._wording = typed, typed.graph, widths, wording
        self._activated = _read_by_activations(self._graph)
        self._usually: dict[type[Op], bool] = {}  # as far as it was asked
        self._names = {name: name for name in self._graph.params} | _width_names(self._graph)
        self._letters = {name for name in self._graph.params if not _follows_input(self._graph, name)}

    def of_layer(self, layer: Layer) -> str:
        """One label for an op with its norm and activation; a convolution without the usual one is called linear."""
        op = layer.nodes[0].op
        templated = self._templated(layer.nodes[0])
        if templated is not None:
            return templated
        label = self.of_node(layer.nodes[0])
        rank = self._rank(layer.nodes[0])
        told = [node.op.label(rank).removesuffix(" activation") for node in layer.nodes[1:] if node.op.told]
        if told and label.endswith(")"):
            return f"{label[:-1]} {told[0]})"
        linear = op.family == "conv" and not self.is_activated(layer) and label.endswith(")")
        if linear and self._is_usually_activated(type(op)):
            return f"{label[:-1]} Linear)"  # arXiv:1602.07261, figure 10
        return label

    def of_node(self, node: Node) -> str:
        """The words for an op, with letters for widths where they are wanted."""
        templated = self._templated(node)
        return self._printed(node.op).label(self._rank(node)) if templated is None else templated

    def is_activated(self, layer: Layer) -> bool:
        """Whether an activation belongs to a layer or follows it."""
        return _is_activated(layer, self._activated)

    def _is_usually_activated(self, op: type[Op]) -> bool:
        """Whether an activation follows such an op somewhere in the graph, or in a block that it leads to."""
        if op not in self._usually:
            self._usually[op] = any(op in _activated_ops(typed.graph) for typed in _with_calls(self._typed))
        return self._usually[op]

    def _templated(self, node: Node) -> str | None:
        """What the wording makes of an op; None where it has no words for it."""
        if not self._wording.words:
            return None
        inputs, outputs = self._typed.of(node.inputs), self._typed.of(node.outputs)
        details = self._printed(node.op).details(inputs, outputs)
        # Words for a size are for a number: a window of a letter has other ones.
        template = self._wording.template(node.op.keyword, details.get("kernel", ""))
        return None if template is None else fill(template, details)

    def _rank(self, node: Node) -> int:
        """The spatial axes of what arrives at a node."""
        return self._typed.types[node.inputs[0]].rank if node.inputs[0] in self._typed.types else 2

    def _printed(self, op: Op) -> Op:
        """The op whose widths print as letters where they should."""
        if self._widths is Widths.NUMBERS or not self._graph.block:
            return op
        return op.model_copy(update={name: self._lettered(getattr(op, name)) for name in type(op).model_fields})

    def _lettered(self, value: object) -> object:
        """A field's value that prints letters where it should."""
        if isinstance(value, tuple):
            return tuple(self._lettered(item) for item in value)
        text = self._text(value) if isinstance(value, TracedInt) else ""
        return _Lettered(value, text) if isinstance(value, int) and text else value

    def _text(self, width: TracedInt) -> str:
        """The letter or expression that stands for a width; nothing where its number does."""
        text = to_python(width.expr, lambda name: self._names.get(name, name))
        text = _PRODUCT.sub(r"\1\2", text.replace(" * ", "*").replace(" // ", "//"))
        if self._widths is Widths.LETTERS and not self._wording.products:
            return text if text in self._letters else ""
        names = self._letters if self._widths is Widths.LETTERS else self._names
        known = all(name.id in names for name in names_in(width.expr))
        return text if known and len(text) <= _LONGEST else ""


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


def _with_calls(typed: TypedGraph) -> Iterator[TypedGraph]:
    """A graph and all that it calls, each once."""
    waiting, seen = [typed], {typed}
    while waiting:
        found = waiting.pop()
        yield found
        called = [each for each in dict.fromkeys(found.calls.values()) if each not in seen]
        seen.update(called)
        waiting += called


def _activated_ops(graph: Graph) -> set[type[Op]]:
    """The ops that an activation follows somewhere in a graph."""
    read = _read_by_activations(graph)
    return {type(layer.nodes[0].op) for layer in _layers(all_steps(graph)) if _is_activated(layer, read)}


def _read_by_activations(graph: Graph) -> set[Value]:
    """What activations that are steps of their own read: it needs none before."""
    layers = _layers(all_steps(graph))
    return {value for layer in layers if layer.nodes[0].op.family == "act" for value in layer.inputs}


def _is_activated(layer: Layer, read: Collection[Value]) -> bool:
    return any(node.op.family == "act" for node in layer.nodes) or layer.outputs[0] in read


def _layers(steps: tuple[Step, ...]) -> Iterator[Layer]:
    """The layers that are drawn."""
    for step in steps:
        if isinstance(step, Layer):
            yield step
        yield from _layers(running(step))
