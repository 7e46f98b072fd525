"""Captions: what a figure shows, where it is from, what its letters mean, and what differs from the paper's own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ...expressions import Plain, is_flag, untraced
from ...ir import Graph, TypedGraph
from .drawing import Drawing
from .wording import Wording


def caption(blocks: Sequence[TypedGraph], drawing: Drawing, wording: Wording) -> str:
    """The caption of a drawing that shows all these forms of a block, or the network."""
    graph = blocks[0].graph
    settings = ", ".join(f"{name} = {_shown(value)}" for name, value in _settings(blocks)) if graph.block else ""
    hidden = f"not drawn: {', '.join(drawing.hidden)}" if drawing.hidden else ""
    parts = (_head(graph), settings, hidden, wording.remark, graph.note)
    return "; ".join(part for part in parts if part)


def _head(graph: Graph) -> str:
    """`Inception-A, figure 4 of arXiv:1602.07261`."""
    if graph.block:
        paper = f" of arXiv:{graph.arxiv}" if graph.arxiv else ""
        return graph.title + (f", figure {graph.figure}{paper}" if graph.figure else "")
    figure = f"figure {graph.figure} of " if graph.figure and graph.arxiv else ""
    return graph.title + (f", {figure}arXiv:{graph.arxiv}" if graph.arxiv else "")


def _settings(blocks: Sequence[TypedGraph]) -> Iterator[tuple[str, Plain]]:
    """The parameters of a block that have one value in all uses."""
    for name, value in blocks[0].graph.params.items():
        if all(untraced(block.graph.params[name]) == untraced(value) for block in blocks):
            yield name, value


def _shown(value: Plain) -> str:
    if is_flag(value):
        return str(bool(value)).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)
