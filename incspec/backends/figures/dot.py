"""Figures: TypedGraph -> Figure, a drawing in Graphviz's language, from bottom to top as the papers draw.

Not here: what figures there are and what they show (plates.py, draw.py), how one becomes an image (render.py).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import graphviz

from ...ir import TypedGraph
from .detail import PREVIOUS
from .drawing import Box, Drawing, Loop, Side
from .fonts import FONT
from .manners import PLAIN
from .plates import Plate, block_plate, network_plate, plates
from .wording import Manner

_GRAPH = {"rankdir": "BT", "ordering": "out", "nodesep": "0.2", "pad": "0.08"}
_BOX = {"shape": "box", "height": "0.32", "width": "0.4", "margin": "0.12,0.04", "penwidth": "0.8"}
_ARROW = {"arrowsize": "0.6", "penwidth": "0.8"}
_TEXT = {"fontname": FONT, "fontsize": "12"}
_NAME = {"shape": "plaintext", "width": "0", "height": "0.2", "margin": "0.04,0"}
_POINT = {"shape": "point", "width": "0.03", "height": "0.03"}
_LOOP = {"style": "dashed", "penwidth": "0.8", "labeljust": "r", "margin": "8"}
_SIDE = {"style": "dashed,rounded", "penwidth": "0.8", "labeljust": "l", "labelloc": "b", "margin": "8"}
_ASIDE = {"style": "dashed"}


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure: `name` is good for a file and unique in its model, `caption` says what is seen and where it is from."""

    name: str
    title: str
    caption: str
    dot: str


def figures(network: TypedGraph, manner: Manner = PLAIN) -> tuple[Figure, ...]:
    """All figures of a model in a paper's manner: the network, then each distinct block in order of use."""
    return tuple(figure(plate) for plate in plates(network, manner))


def network_figure(network: TypedGraph, manner: Manner = PLAIN) -> Figure:
    """The whole network, a box for each block, with the output size beside each."""
    return figure(network_plate(network, manner))


def block_figure(block: TypedGraph, before: str = PREVIOUS, manner: Manner = PLAIN) -> Figure:
    """One block as it is used in one place; `before` is what its input is called."""
    return figure(block_plate(block, before, manner))


def figure(plate: Plate) -> Figure:
    """A plate as a text for Graphviz."""
    dot = _Writer(plate.drawing, plate.prefix, aligned=plate.aligned).text(plate.title)
    return Figure(plate.name, plate.title, plate.caption, dot)


class _Writer:
    """A drawing as text; `prefix` stands before sizes, `aligned` boxes are equally wide, so that sizes make a column."""

    def __init__(self, drawing: Drawing, prefix: str = "", *, aligned: bool = False) -> None:
        self.drawing, self.prefix = drawing, prefix
        self.boxes: Mapping[str, Box] = {box.id: box for box in drawing.boxes}
        self.width = {"width": f"{max(map(_width, drawing.boxes)):.2f}"} if aligned else {}

    def text(self, title: str) -> str:
        """The whole text."""
        look = _GRAPH | _TEXT | {"ranksep": f"{self._distance():g}"}
        digraph = graphviz.Digraph(graphviz.escape(title), graph_attr=look, node_attr=_BOX | _TEXT, edge_attr=_ARROW)
        self._boxes(digraph, tuple(self.boxes), (*self.drawing.loops, *self.drawing.sides), "cluster")
        self._arrows(digraph)
        self._ends(digraph)
        return str(digraph.source)

    def _distance(self) -> float:
        """The distance between rows, in inches: more where many arrows meet, so that they are not too flat."""
        heads = Counter(arrow.head for arrow in self.drawing.arrows)
        return 0.32 + 0.14 * min(max(0, max(heads.values(), default=0) - 4), 4)

    def _boxes(self, graph: graphviz.Digraph, ids: Sequence[str], loops: Sequence[Loop | Side], cluster: str) -> None:
        looped = {name for loop in loops for name in loop.boxes}
        for name in ids:
            if name not in looped:
                self._box(graph, self.boxes[name])
        for index, loop in enumerate(loops):
            inner = f"{cluster}_{index}"
            look = _SIDE if isinstance(loop, Side) else _LOOP
            with graph.subgraph(name=inner, graph_attr=look | {"label": loop.title}) as frame:
                self._boxes(frame, loop.boxes, loop.loops, inner)

    def _box(self, graph: graphviz.Digraph, box: Box) -> None:
        look = {"box": self.width, "name": _NAME, "point": _POINT}[box.kind]
        graph.node(box.id, graphviz.escape(box.label), **look)
        if box.size:
            with graph.subgraph(graph_attr={"rank": "same"}) as rank:
                rank.node(_beside(box), graphviz.escape(self.prefix + box.size), **_NAME)
                rank.edge(box.id, _beside(box), style="invis", weight="16")

    def _arrows(self, graph: graphviz.Digraph) -> None:
        """A body's chain stays together and straight, slack arrows take what is over."""
        last = {arrow.head: arrow for arrow in self.drawing.arrows}
        aside = {name: side for side in self.drawing.sides for name in side.boxes}
        passed = self._passed()
        for arrow in self.drawing.arrows:
            head = self.boxes[arrow.head]
            look = {"arrowhead": "none"} if head.kind == "point" else {}
            if arrow.head in aside and arrow.tail not in aside:
                look |= _ASIDE
            graph.edge(arrow.tail, arrow.head, weight="1" if arrow.slack else "4", **look)
            if head.size and head.id in passed and arrow is last[head.id]:
                # Arrows that go past the box go past its size as well.
                graph.edge(arrow.tail, _beside(head), style="invis", weight="0")

    def _passed(self) -> set[str]:
        """The boxes that arrows go past, from a box before them to one after them."""
        order = {name: index for index, name in enumerate(self.boxes)}
        farthest = Counter[str]()
        for arrow in self.drawing.arrows:
            farthest[arrow.tail] = max(farthest[arrow.tail], order[arrow.head])
        passed, reach = set(), 0
        for name, index in order.items():
            if index < reach:
                passed.add(name)
            reach = max(reach, farthest[name])
        return passed

    def _ends(self, graph: graphviz.Digraph) -> None:
        """Several inputs stand at the bottom, several outputs at the top."""
        heads = {arrow.head for arrow in self.drawing.arrows}
        inputs = [box.id for box in self.drawing.boxes if box.id not in heads]
        outputs = [box.id for box in self.drawing.boxes if box.id in heads and box.kind == "name"]
        for rank, ids in (("min", inputs), ("max", outputs)):
            if len(ids) > 1:
                with graph.subgraph(graph_attr={"rank": rank}) as level:
                    for name in ids:
                        level.node(name)


def _beside(box: Box) -> str:
    return f"{box.id}.size"


def _width(box: Box) -> float:
    """The width that a box needs, in inches, and rather more."""
    return 0.075 * len(box.label) + 0.3
