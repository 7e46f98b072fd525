"""Mermaid: Drawing -> a flow chart for Markdown, which whoever shows it lays out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ....styles.style import Style
from ..drawing import Box, Drawing, Loop, Side
from ..palette import Palette
from ..tags import without_sizes, words_on_arrows

_DIRECTIONS = {"up": "BT", "down": "TB", "right": "LR", "left": "RL"}
# What would mean something in Mermaid's texts, or in the HTML that they become.
_SPECIAL = {letter: f"#{ord(letter)};" for letter in '#;&<>"`\\'}


def mermaid(drawing: Drawing, style: Style, title: str, prefix: str = "") -> str:
    """The text of the chart; sizes stand under labels."""
    writer = _Writer(drawing, style, prefix)
    escaped = title.replace("\\", "\\\\").replace('"', '\\"')
    return "\n".join(
        ("---", f'title: "{escaped}"', "---", f"flowchart {_DIRECTIONS[style.direction]}", *writer.lines(), "")
    )


class _Writer:
    def __init__(self, drawing: Drawing, style: Style, prefix: str) -> None:
        self.words, drawing = words_on_arrows(drawing, style), without_sizes(drawing, style)
        self.drawing, self.style, self.prefix = drawing, style, prefix
        self.palette = Palette(drawing, style)
        self.boxes = {box.id: box for box in drawing.boxes}
        # Names may be words of Mermaid's own, `end` for one.
        self.names = {box.id: f"n{number}" for number, box in enumerate(drawing.boxes)}

    def lines(self) -> Iterator[str]:
        yield from self._inside(tuple(self.boxes), (*self.drawing.loops, *self.drawing.sides), "f", "  ")
        aside = self.drawing.aside
        for arrow in self.drawing.arrows:
            line = "-->"
            if self.boxes[arrow.head].kind == "point":
                line = "---"
            elif arrow.head in aside and arrow.tail not in aside:
                line = "-.->"
            words = "<br/>".join(map(_escaped, self.words.get(arrow, ())))
            line += f'|"{words}"|' if words else ""
            yield f"  {self.names[arrow.tail]} {line} {self.names[arrow.head]}"
        yield from self._looks()

    def _inside(self, names: Sequence[str], frames: Sequence[Loop | Side], id: str, indent: str) -> Iterator[str]:
        framed = {name for frame in frames for name in frame.boxes}
        for name in names:
            if name not in framed:
                yield f"{indent}{self.names[name]}{self._box(self.boxes[name])}"
        for number, frame in enumerate(frames):
            yield f'{indent}subgraph {id}{number} ["{_escaped(frame.title) or " "}"]'
            yield from self._inside(frame.boxes, frame.loops, f"{id}{number}_", indent + "  ")
            yield f"{indent}end"

    def _box(self, box: Box) -> str:
        if box.kind == "point":
            return '((" "))'
        label = _escaped(box.label) + (f"<br/>{_escaped(self.prefix + box.size)}" if box.size else "")
        return f'["{label}"]'

    def _looks(self) -> Iterator[str]:
        """Colours, where the style has any."""
        filled: dict[str, list[str]] = {}
        for box in self.drawing.boxes:
            if box.kind == "box" and self.style.color != "none":
                filled.setdefault(self.palette.fill(box), []).append(self.names[box.id])
        for number, (fill, names) in enumerate(filled.items()):
            yield f"  classDef c{number} fill:{fill},stroke:{self.style.colors.line},color:{self.palette.ink(fill)}"
            yield f"  class {','.join(names)} c{number}"


def _escaped(text: str) -> str:
    return "".join(_SPECIAL.get(letter, letter) for letter in text)
