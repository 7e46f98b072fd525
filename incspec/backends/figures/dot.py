"""Figures: TypedGraph -> Figure, a drawing in Graphviz's language, from bottom to top as the papers draw.

`figures` gives all figures of a model: the whole network at the level of its blocks, then each block once. A block
that is used with several parameters or sizes has letters for what differs, and a figure for each form it takes.

Not here: what a figure shows (drawing.py, labels.py), how it becomes an image (render.py).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import graphviz

from ...expressions import Plain, is_flag, untraced
from ...ir import TypedGraph
from .draw import INPUT, PREVIOUS, Style, draw
from .drawing import Box, Drawing, Loop, Side
from .fonts import FONT
from .labels import Widths
from .uses import Use, uses_of_blocks

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


def figures(network: TypedGraph) -> tuple[Figure, ...]:
    """All figures of a model: the network, then each distinct block in order of use."""
    made = {"network": network_figure(network)}
    blocks_used = uses_of_blocks(network)
    for block, uses in blocks_used.items():
        for number, (drawing, blocks) in enumerate(_forms(uses), start=1):
            name = block if number == 1 else f"{block}_{number}"
            while name in made or (number > 1 and name in blocks_used):
                name += "_"
            made[name] = _block_figure(name, drawing, blocks)
    return tuple(made.values())


def network_figure(network: TypedGraph) -> Figure:
    """The whole network, a box for each block, with the output size beside each."""
    graph = network.graph
    drawing = draw(network, Style(sizes="all"))
    caption = graph.title + (f", arXiv:{graph.arxiv}" if graph.arxiv else "")
    return Figure("network", graph.title, caption, _Writer(drawing, "Output: ", aligned=True).text(graph.title))


def block_figure(block: TypedGraph, before: str = PREVIOUS) -> Figure:
    """One block as it is used in one place; `before` is what its input is called."""
    drawing = draw(block, Style(Widths.LETTERS, "changed", before))
    return _block_figure(block.graph.block, drawing, [block])


def _block_figure(name: str, drawing: Drawing, blocks: Sequence[TypedGraph]) -> Figure:
    graph = blocks[0].graph
    paper = f" of arXiv:{graph.arxiv}" if graph.arxiv else ""
    caption = graph.title + (f", figure {graph.figure}{paper}" if graph.figure else "")
    settings = ", ".join(f"{name} = {_shown(value)}" for name, value in _settings(blocks))
    return Figure(
        name, graph.title, f"{caption}; {settings}" if settings else caption, _Writer(drawing).text(graph.title)
    )


def _forms(uses: Sequence[Use]) -> Iterator[tuple[Drawing, list[TypedGraph]]]:
    """The different looks of a block and the blocks that look so; numbers and sizes are printed where these agree."""
    forms: dict[Drawing, list[Use]] = {}
    for use in uses:
        forms.setdefault(draw(use.typed, Style(Widths.EXPRESSIONS)), []).append(use)
    for form in forms.values():
        blocks = list(dict.fromkeys(use.typed for use in form))
        before = _usual([use.before for use in form])
        for style in (
            Style(Widths.LETTERS, "changed", before),
            Style(Widths.LETTERS, "none", before),
            Style(Widths.EXPRESSIONS, "none", before),
        ):
            drawings = {draw(block, style) for block in blocks}
            if len(drawings) == 1:
                yield drawings.pop(), blocks
                break


def _usual(words: Sequence[str]) -> str:
    """What the input of a block is called in most uses; the network's input, only if it is that in all."""
    counts = Counter(words)
    others = [word for word, _ in counts.most_common() if not word.startswith(INPUT)]
    return others[0] if others and len(counts) > 1 else words[0]


def _settings(blocks: Sequence[TypedGraph]) -> Iterator[tuple[str, Plain]]:
    """The parameters that have one value in all uses."""
    for name, value in blocks[0].graph.params.items():
        if all(untraced(block.graph.params[name]) == untraced(value) for block in blocks):
            yield name, value


def _shown(value: Plain) -> str:
    if is_flag(value):
        return str(bool(value)).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)


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
