"""DOT: Drawing -> a graph in Graphviz's language, which lays it out anew; for those who go on with it there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ..drawing import Box, Drawing, Loop, Side
from ..fonts import FONT
from ..style import Style

_DIRECTIONS = {"up": "BT", "down": "TB", "right": "LR", "left": "RL"}
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z_0-9]*")
_WORDS = {"node", "edge", "graph", "digraph", "subgraph", "strict"}


def dot(drawing: Drawing, style: Style, title: str, prefix: str = "") -> str:
    """The text of the graph; sizes stand under labels."""
    writer = _Writer(drawing, style, prefix)
    return "\n".join((f"digraph {_quoted(title)} {{", *writer.lines(), "}", ""))


class _Writer:
    def __init__(self, drawing: Drawing, style: Style, prefix: str) -> None:
        self.drawing, self.style, self.prefix = drawing, style, prefix
        self.boxes = {box.id: box for box in drawing.boxes}

    def lines(self) -> Iterator[str]:
        style = self.style
        color = f"color={_quoted(style.ink)}, fontcolor={_quoted(style.ink)}"
        text = f"fontname={_quoted(FONT)}, fontsize={style.size:g}"
        background = f", bgcolor={_quoted(style.background)}" if style.background else ""
        yield f"  graph [rankdir={_DIRECTIONS[style.direction]}, ordering=out, {text}, {color}{background}]"
        yield f'  node [shape=box, style=filled, fillcolor={_quoted(style.fill)}, margin="0.12,0.04", {text}, {color}]'
        yield f"  edge [arrowsize=0.6, {color}]"
        yield from self._inside(tuple(self.boxes), (*self.drawing.loops, *self.drawing.sides), "cluster", "  ")
        aside = {box for side in self.drawing.sides for box in side.boxes}
        for arrow in self.drawing.arrows:
            looks = ["weight=4"] if not arrow.slack else []
            looks += ["arrowhead=none"] if self.boxes[arrow.head].kind == "point" else []
            looks += ["style=dashed"] if arrow.head in aside and arrow.tail not in aside else []
            look = f" [{', '.join(looks)}]" if looks else ""
            yield f"  {_name(arrow.tail)} -> {_name(arrow.head)}{look}"

    def _inside(self, ids: Sequence[str], frames: Sequence[Loop | Side], cluster: str, indent: str) -> Iterator[str]:
        framed = {name for frame in frames for name in frame.boxes}
        for name in ids:
            if name not in framed:
                yield f"{indent}{self._box(self.boxes[name])}"
        for number, frame in enumerate(frames):
            yield f"{indent}subgraph {cluster}_{number} {{"
            yield f"{indent}  graph [label={_quoted(frame.title)}, style=dashed]"
            yield from self._inside(frame.boxes, frame.loops, f"{cluster}_{number}", indent + "  ")
            yield f"{indent}}}"

    def _box(self, box: Box) -> str:
        if box.kind == "point":
            return f"{_name(box.id)} [shape=point, width=0.03]"
        label = box.label + (f"\n{self.prefix}{box.size}" if box.size else "")
        return f"{_name(box.id)} [label={_quoted(label)}{', shape=plaintext' if box.kind == 'name' else ''}]"


def _name(name: str) -> str:
    return name if _PLAIN.fullmatch(name) and name.lower() not in _WORDS else _quoted(name)


def _quoted(text: str) -> str:
    """Text as Graphviz shows it: neither a backslash nor what looks like HTML means anything."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
