"""The document that the page shows: Compiled, PythonSource -> JSON values.

It holds all graphs of a network, each once: its items, levels and program, which call each other by number. See
`outline.py`, `levels.py`, `rules.py`, `seen.py` and `texts.py` for what the parts mean; `app/src/document.ts` has their types.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

from ..backends.figures.manners import PLAIN
from ..backends.memory import peak_elements
from ..backends.python import PythonSource
from ..backends.report import BYTES_PER_ELEMENT
from ..diagnostics import Diagnostic
from ..explain import explanation
from ..pipeline import Compiled
from ..sizes.axis import axes
from .items import Item, Outline, every
from .levels import Level, levels
from .outline import Outlines, outlines
from .rules import Json
from .seen import seen
from .texts import Texts, call_prefix
from .told import told


class Document:
    """The document of a network, which is made in two steps: what the figure is drawn from is there in half the time."""

    def __init__(self, compiled: Compiled, diagnostics: Sequence[Diagnostic] = ()) -> None:
        self.compiled, self.diagnostics = compiled, diagnostics

    @cached_property
    def _made(self) -> Outlines:
        # One wording for all networks, with widths, which the figures of 2014 and 2015 do not print.
        return outlines(self.compiled.network, PLAIN)

    def sketch(self) -> dict[str, Json]:
        """What the figure is drawn from: all but the texts, places in them, and receptive fields."""
        return {
            **self._shared(None),
            "sketch": True,
            "sight": {"fields": [], "uses": []},
            "texts": [],
        }

    def whole(self, printed: PythonSource) -> dict[str, Json]:
        """All that the page shows of the network."""
        texts = Texts(self.compiled.files, self.compiled.tree, printed)
        return {
            **self._shared(texts),
            "sight": seen(self.compiled.network, self._made),
            "texts": list(texts.all),
        }

    def _shared(self, texts: Texts | None) -> dict[str, Json]:
        network, made = self.compiled.network, self._made
        prefixes = _prefixes(made)
        return {
            "name": network.graph.title,
            "arxiv": network.graph.arxiv,
            "inputs": [_input(self.compiled, value.producer) for value in network.graph.inputs],
            "peak": peak_elements(network) * BYTES_PER_ELEMENT,
            "graphs": [_graph(outline, texts, prefix) for outline, prefix in zip(made.graphs, prefixes, strict=True)],
            "rules": list(made.rules),
            "refusals": {code: _summary(code) for code in sorted(set(_codes(made.rules)))},
            "diagnostics": told(self.diagnostics, [file.source for file in self.compiled.files]),
        }


def _input(compiled: Compiled, name: str) -> Json:
    network = compiled.network
    place = [value.producer for value in network.graph.inputs].index(name)
    type_ = network.input_types[place]
    found = [axis for axis in axes(network.graph, network.input_types) if axis.input == name]
    return {
        "name": name,
        "shape": [int(length) for length in type_.shape],
        "axes": [{"name": axis.name, "letter": type_.axes[axis.place], "place": axis.place} for axis in found],
    }


def _prefixes(made: Outlines) -> list[str]:
    """What leads to the first use of each graph, in the names of the dataflow graph."""
    found: dict[int, str] = {}

    def visit(graph: int, prefix: str) -> None:
        if graph not in found:
            found[graph] = prefix
            for item in every(made.graphs[graph].items):
                if item.graph is not None and item.call is not None:
                    visit(item.graph, call_prefix(item.call, prefix))

    visit(len(made.graphs) - 1, "")
    return [found[graph] for graph in range(len(made.graphs))]


def _graph(outline: Outline, texts: Texts | None, prefix: str) -> Json:
    graph = outline.typed.graph
    items = list(every(outline.items))
    number = {id(item): index for index, item in enumerate(items)}
    drawn = levels(outline)
    return {
        "block": graph.block,
        "title": graph.title,
        "figure": graph.figure,
        "arxiv": graph.arxiv,
        "params": {name: _plain(value) for name, value in graph.params.items()},
        "inputs": list(outline.inputs),
        "outputs": list(outline.outputs),
        "main": outline.main,
        "program": [[target, list(read), list(made)] for target, read, made in outline.program],
        "items": [_item(item, number, drawn.get(id(item)), texts, prefix) for item in items],
        "top": [number[id(item)] for item in outline.items],
        "level": _level(drawn[0], number),
        "yaml": None if texts is None else texts.of_spec(graph.path),
        "code": None if texts is None else texts.of_class(prefix),
    }


def _item(item: Item, number: dict[int, int], level: Level | None, texts: Texts | None, prefix: str) -> Json:
    found: dict[str, Json] = {
        "kind": item.kind,
        "name": item.name,
        "label": item.label,
        "family": item.family,
        "inputs": list(item.inputs),
        "outputs": list(item.outputs),
        "start": item.start,
        "end": item.end,
        "times": item.times,
        "parts": [number[id(part)] for part in item.parts],
        "graph": item.graph,
        "level": None if level is None else _level(level, number),
        "ops": [_op(node.op.keyword, node.op.label()) for node in item.nodes] if item.kind == "layer" else [],
        "yaml": None if texts is None else texts.of_spec(item.path),
        "code": None if texts is None else texts.of_code(item, prefix),
    }
    return {key: value for key, value in found.items() if value not in (None, [], "")}


def _op(keyword: str, label: str) -> Json:
    return [keyword, label]


def _level(level: Level, number: dict[int, int]) -> Json:
    return {
        "boxes": [number[id(item)] for item in level.boxes],
        "entries": len(level.entries),
        "exits": len(level.exits),
        "arrows": [
            [arrow.tail, arrow.tail_port, arrow.head, arrow.head_port, int(arrow.slack)] for arrow in level.arrows
        ],
    }


def _codes(data: Json) -> Iterator[str]:
    """The codes of all refusals in rules."""
    waiting = [data]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            if isinstance(part.get("refused"), str):
                yield str(part["refused"])
            waiting += part.values()
        elif isinstance(part, list):
            waiting += part


def _summary(code: str) -> str:
    found = explanation(code)
    return found.summary if found else "What it does at such a size is not known here."


def _plain(value: object) -> Json:
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return int(value)
    return float(value) if isinstance(value, float) else str(value)
