"""DOT: Drawing -> a graph in Graphviz's language, which lays it out anew; for those who go on with it there."""

from __future__ import annotations

from collections.abc import Sequence

import graphviz

from ....styles.style import Style
from ..drawing import Box, Drawing, Loop, Side
from ..fonts import FONT

_DIRECTIONS = {"up": "BT", "down": "TB", "right": "LR", "left": "RL"}


def dot(drawing: Drawing, style: Style, title: str, prefix: str = "") -> str:
    """The text of the graph; sizes stand under labels."""
    text = {"fontname": FONT, "fontsize": f"{style.font:g}", "fontcolor": style.colors.ink}
    graph = graphviz.Digraph(
        graphviz.escape(title),
        graph_attr={"rankdir": _DIRECTIONS[style.direction], "ordering": "out", **text, "color": style.colors.ink},
        node_attr={
            "shape": "box",
            "margin": "0.12,0.04",
            "style": "filled",
            "fillcolor": style.colors.box,
            **text,
            "color": style.colors.ink,
        },
        edge_attr={"arrowsize": "0.6", "color": style.colors.ink},
    )
    if style.colors.background != "none":
        graph.attr(bgcolor=style.colors.background)
    boxes = {box.id: box for box in drawing.boxes}
    _inside(graph, tuple(boxes), (*drawing.loops, *drawing.sides), "cluster", boxes, prefix)
    aside = {box for side in drawing.sides for box in side.boxes}
    for arrow in drawing.arrows:
        look = {} if arrow.slack else {"weight": "4"}
        look |= {"arrowhead": "none"} if boxes[arrow.head].kind == "point" else {}
        look |= {"style": "dashed"} if arrow.head in aside and arrow.tail not in aside else {}
        graph.edge(arrow.tail, arrow.head, **look)
    return str(graph.source)


def _inside(
    graph: graphviz.Digraph,
    ids: Sequence[str],
    frames: Sequence[Loop | Side],
    cluster: str,
    boxes: dict[str, Box],
    prefix: str,
) -> None:
    framed = {name for frame in frames for name in frame.boxes}
    for name in ids:
        if name not in framed:
            _box(graph, boxes[name], prefix)
    for number, frame in enumerate(frames):
        inner = f"{cluster}_{number}"
        with graph.subgraph(
            name=inner, graph_attr={"label": graphviz.escape(frame.title), "style": "dashed"}
        ) as inside:
            _inside(inside, frame.boxes, frame.loops, inner, boxes, prefix)


def _box(graph: graphviz.Digraph, box: Box, prefix: str) -> None:
    if box.kind == "point":
        graph.node(box.id, "", shape="point", width="0.03")
        return
    lines = [box.label, *([prefix + box.size] if box.size else [])]
    label = "\\n".join(graphviz.escape(line) for line in lines)
    graph.node(box.id, label, **({"shape": "plaintext"} if box.kind == "name" else {}))
