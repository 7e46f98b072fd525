"""DOT: Drawing -> a graph in Graphviz's language, which lays it out anew; for those who go on with it there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ....styles.style import Style
from ..drawing import Box, Drawing, Loop, Side
from ..fonts import FONT
from ..palette import Palette
from ..tags import without_sizes, words_on_arrows

if TYPE_CHECKING:
    from graphviz import Digraph

_DIRECTIONS = {"up": "BT", "down": "TB", "right": "LR", "left": "RL"}


def dot(drawing: Drawing, style: Style, title: str, prefix: str = "") -> str:
    """The text of the graph; sizes stand under labels."""
    from graphviz import Digraph, escape

    colors = style.colors
    text = {"fontname": FONT, "fontsize": f"{style.font:g}", "fontcolor": colors.ink, "color": colors.line}
    graph = Digraph(
        escape(title),
        graph_attr={"rankdir": _DIRECTIONS[style.direction], "ordering": "out", **text},
        node_attr={"shape": "box", "margin": "0.12,0.04", "style": "filled", "fillcolor": colors.box, **text},
        edge_attr={"arrowsize": "0.6", "color": colors.line},
    )
    if colors.background != "none":
        graph.attr(bgcolor=colors.background)
    words, drawing = words_on_arrows(drawing, style), without_sizes(drawing, style)
    boxes = {box.id: box for box in drawing.boxes}
    writer = _Writer(boxes, Palette(drawing, style), prefix)
    writer.inside(graph, tuple(boxes), (*drawing.loops, *drawing.sides), "cluster")
    aside = drawing.aside
    for arrow in drawing.arrows:
        look = {} if arrow.slack else {"weight": "4"}
        look |= {"arrowhead": "none"} if boxes[arrow.head].kind == "point" else {}
        look |= {"style": "dashed"} if arrow.head in aside and arrow.tail not in aside else {}
        look |= {"label": _lines(words[arrow]), "fontsize": f"{style.small:g}"} if arrow in words else {}
        graph.edge(arrow.tail, arrow.head, **look)
    return str(graph.source)


class _Writer:
    def __init__(self, boxes: dict[str, Box], palette: Palette, prefix: str) -> None:
        self.boxes, self.palette, self.prefix = boxes, palette, prefix

    def inside(self, graph: Digraph, names: Sequence[str], frames: Sequence[Loop | Side], cluster: str) -> None:
        """The boxes of a graph or frame, and the frames in it."""
        from graphviz import escape

        framed = {name for frame in frames for name in frame.boxes}
        for name in names:
            if name not in framed:
                self._box(graph, self.boxes[name])
        for number, frame in enumerate(frames):
            inner = f"{cluster}_{number}"
            with graph.subgraph(name=inner, graph_attr={"label": escape(frame.title), "style": "dashed"}) as subgraph:
                self.inside(subgraph, frame.boxes, frame.loops, inner)

    def _box(self, graph: Digraph, box: Box) -> None:
        if box.kind == "point":
            graph.node(box.id, "", shape="point", width="0.03")
            return
        lines = [box.label, *([self.prefix + box.size] if box.size else [])]
        label = _lines(lines)
        fill = self.palette.fill(box)
        plain = {"shape": "plaintext", "style": ""}
        filled = {"fillcolor": fill} if fill != self.palette.style.colors.box else {}
        graph.node(box.id, label, **(plain if box.kind == "name" else filled))


def _lines(texts: Sequence[str]) -> str:
    from graphviz import escape

    return "\\n".join(escape(text) for text in texts)
