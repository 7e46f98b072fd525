"""Figures as they are laid out: labels, arrows and places, to be held against what is written down by hand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from incspec.backends.figures.drawing import Loop, Side
from incspec.backends.figures.layout import layout
from incspec.backends.figures.measure import Card
from incspec.backends.figures.plates import Plate, plates
from incspec.backends.figures.routes import routes
from incspec.diagnostics import Diagnostics
from incspec.ir import TypedGraph
from incspec.pipeline import compile_spec
from incspec.reading.files import SpecFile, decode, read_spec
from incspec.rendering.text import render_text
from incspec.styles.style import PLAIN

SPECS = Path(__file__).parents[2] / "specs"
CONCAT = "Filter concat"
Paths = list[tuple[str, ...]]


def compiled(file: SpecFile | None, sink: Diagnostics) -> TypedGraph:
    made = compile_spec(file, sink) if file else None
    assert made is not None, render_text(sink.sorted())
    return made.network


def network_of(text: str) -> TypedGraph:
    sink = Diagnostics()
    source = decode(text.encode(), "spec.yaml", sink)
    return compiled(SpecFile(source, Path()) if source else None, sink)


def network(steps: str, blocks: str = "", input: str = "[8, 32, 32]") -> TypedGraph:
    return network_of(
        f"incspec: 1\nname: Test\ninput: {input}\ndefaults: {{conv: {{act: relu}}}}\n"
        f"blocks: {{{blocks}}}\nnetwork: [{steps}]\n"
    )


def block(body: str, more: str = "", **kwargs: str) -> Drawn:
    """The figure of a block with this body."""
    return Drawn.of(plates(network("it", f"it: {{body: [{body}]}}{more}", **kwargs))[1])


@cache
def inception_v4() -> dict[str, Plate]:
    sink = Diagnostics()
    return {figure.name: figure for figure in plates(compiled(read_spec(SPECS / "inception_v4.yaml", sink), sink))}


@dataclass(frozen=True)
class Drawn:
    """A figure as it is laid out. Places are in points, y upwards; routes are the x of an arrow's points."""

    labels: dict[str, str]
    sizes: dict[str, str]
    arrows: list[tuple[str, str]]
    places: dict[str, tuple[float, float]]
    routes: dict[tuple[str, str], list[float]]
    loops: dict[str, set[str]]

    @classmethod
    def of(cls, figure: Plate) -> Drawn:
        drawing = figure.drawing
        laid = layout(drawing, PLAIN, aligned=figure.aligned, prefix=figure.prefix)
        places, routed = {}, {}
        for part in laid.parts.values():
            for name, item in part.part.items.items():
                area = part.areas[name]
                places[name] = (area.axis, (area.start + area.end) / 2)
                if isinstance(item, Card) and item.beside:
                    places[f"{name}.size"] = (area.axis + part.column, places[name][1])
        for route in routes(laid, PLAIN):
            steps = [x for step in route.steps for x in (step.x, *(step.controls or ())[::2])]
            routed[route.arrow.tail, route.arrow.head] = [route.c, *steps]
        frames: list[Loop | Side] = [*drawing.loops, *drawing.sides]
        for frame in frames:
            frames += frame.loops
        return cls(
            {box.id: box.label for box in drawing.boxes},
            {box.id: figure.prefix + box.size for box in drawing.boxes if box.size},
            [(arrow.tail, arrow.head) for arrow in drawing.arrows],
            places,
            routed,
            {frame.title: set(frame.boxes) for frame in frames},
        )

    def heads(self, box: str) -> list[str]:
        return [head for tail, head in self.arrows if tail == box]

    def tails(self, box: str) -> list[str]:
        return [tail for tail, head in self.arrows if head == box]

    @property
    def inputs(self) -> list[str]:
        return [box for box in self.labels if not self.tails(box)]

    @property
    def paths(self) -> Paths:
        """All ways from an input to an output, as labels; the first is the leftmost."""

        def on(box: str) -> Iterator[tuple[str, ...]]:
            for head in self.heads(box):
                yield from ((self.labels[box], *rest) for rest in on(head))
            if not self.heads(box):
                yield (self.labels[box],)

        return [path for box in self.inputs for path in on(box)]

    @property
    def order(self) -> list[str]:
        """The boxes, those of a branch before those of the branches to its right."""
        found: dict[str, None] = {}

        def on(box: str) -> None:
            if box not in found:
                found[box] = None
                for head in self.heads(box):
                    on(head)

        for box in self.inputs:
            on(box)
        return list(found)

    @property
    def printed_sizes(self) -> list[tuple[str, str]]:
        return [(self.labels[box], size) for box, size in self.sizes.items()]

    def check_places(self) -> None:
        """Arrows go up, branches stand from left to right, sizes stand directly to the right of their boxes."""
        for tail, head in self.arrows:
            assert self.places[head][1] > self.places[tail][1]
        rows: dict[float, list[float]] = {}
        for box in self.order:
            x, y = self.places[box]
            rows.setdefault(y, []).append(x)
        assert all(row == sorted(row) for row in rows.values())
        for box in self.sizes:
            (x, y), (size_x, size_y) = self.places[box], self.places[f"{box}.size"]
            assert size_y == y
            assert size_x > x
            between = [name for name, place in self.places.items() if place[1] == y and x < place[0] < size_x]
            assert between == []
