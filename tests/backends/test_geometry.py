"""No figure of a shipped spec, in any style, has a box on another, a text that leaves its box or a line through a box."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import product
from random import Random

import hypothesis
import pytest
from backends.geometry import findings
from hypothesis import strategies as st

import incspec
from incspec.backends.figures.drawing import Arrow, Box, Drawing, Loop
from incspec.backends.figures.plates import Plate
from incspec.backends.figures.render import render
from incspec.pictures import Look, figures_of, style_of
from incspec.reading.files import shipped_specs
from incspec.styles.read import style_names
from incspec.styles.style import Direction, EdgeFact, Style

SPECS = [name for name in shipped_specs() if not name.endswith("_posted")]
FACTS = ("shape", "parameters", "macs")
DEPTHS = (None, 2, 0)
EDGES = ((), ("shape",), ("field",))
LOOKS = [Look(style, depth=depth, edges=edges) for style, depth, edges in product(style_names(), DEPTHS, EDGES)]
LOOKS += [Look(style, depth=depth, show=FACTS) for style, depth in product(("plain", "print", "slide"), DEPTHS)]
LOOKS += [Look(style, depth=2, show=FACTS, edges=("shape", "field")) for style in ("plain", "dark", "slide")]
# Lines beside each other, and such as are broken in frames.
FOLDED = Style(length=400, breadth=500)
LOOKS += [Look(FOLDED, depth=depth, edges=edges) for depth, edges in product(DEPTHS, ((), ("shape",)))]
# What every run looks at: each spec in some looks, each look on some specs.
SAMPLE = Random(0).sample(list(product(SPECS, LOOKS)), 30)


def wrong(name: str, looks: Iterable[Look]) -> Iterator[str]:
    """All findings in the figures of a spec."""
    network = incspec.load(name).network
    seen = set[tuple[Style, str, Drawing]]()  # most blocks look the same to any depth
    for look in looks:
        style = style_of(network, look)
        for plate in figures_of(network, look, style):
            if (style, plate.name, plate.drawing) in seen:
                continue
            seen.add((style, plate.name, plate.drawing))
            asked = f"depth={look.depth} show={look.show} edges={look.edges}"
            for found in findings(render(plate, "svg", style=style)):
                yield f"{name} {_named(look)} {asked} {plate.name}: {found}"


def _named(value: str | Look) -> str:
    return value if isinstance(value, str) else value.style if isinstance(value.style, str) else "folded"


@pytest.mark.parametrize(("name", "look"), SAMPLE, ids=_named)
def test_nothing_lies_on_anything_else(name: str, look: Look) -> None:
    assert list(wrong(name, [look])) == []


@pytest.mark.nightly
@pytest.mark.parametrize("name", SPECS)
def test_nothing_lies_on_anything_else_in_any_look(name: str) -> None:
    assert list(wrong(name, LOOKS)) == []


@pytest.mark.parametrize("direction", ["down", "left", "right"])
def test_nothing_lies_on_anything_else_in_any_direction(direction: str) -> None:
    for name in ("inception_v4", "googlenet", "zoo/unet", "zoo/efficientnet_b0"):
        look = Look("plain", direction=direction, depth=2)
        assert list(wrong(name, [look])) == []


@st.composite
def drawings(draw: st.DrawFn) -> Drawing:
    """Any boxes and arrows at all, some of them in a frame."""
    count = draw(st.integers(2, 12))
    boxes = [
        Box(f"b{n}", "x" * draw(st.integers(1, 25)), draw(st.sampled_from(["", "", "17x17x96"]))) for n in range(count)
    ]
    pairs = draw(st.sets(st.tuples(st.integers(0, count - 1), st.integers(0, count - 1)), max_size=2 * count))
    arrows = [Arrow(f"b{a}", f"b{b}") for a, b in sorted(pairs) if a < b]
    first, last = draw(st.integers(0, count)), draw(st.integers(0, count))
    framed = tuple(f"b{n}" for n in range(first, last))
    loops = (Loop(2, framed, label="L" * draw(st.integers(0, 30))),) if framed else ()
    gives = {box.id: ("9" * draw(st.integers(0, 15)),) for box in boxes}
    return Drawing(tuple(boxes), tuple(arrows), loops, gives=gives)


@hypothesis.settings(max_examples=60, derandomize=True, deadline=None, database=None)
@hypothesis.given(
    drawings(),
    st.sampled_from(["up", "down", "left", "right"]),
    st.sampled_from([(), ("shape",)]),
    st.sampled_from([0, 150]),
)
def test_nothing_lies_on_anything_else_in_drawings_of_any_form(
    drawing: Drawing, direction: Direction, edges: tuple[EdgeFact, ...], length: float
) -> None:
    plate = Plate("any", "Any", "Any drawing", drawing)
    style = Style(direction=direction, edges=edges, length=length)
    assert list(findings(render(plate, "svg", style=style))) == []


def svg(*groups: str) -> bytes:
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100">{"".join(groups)}</svg>'.encode()


def box(name: str, x: float, y: float, *texts: str) -> str:
    rect = f'<rect x="{x}" y="{y}" width="30" height="20"/>'
    return f'<g class="box" data-name="{name}">{rect}{"".join(texts)}</g>'


def text(words: str, x: float, y: float) -> str:
    return f'<text x="{x}" y="{y}" font-size="10">{words}</text>'


def frame(name: str, *texts: str) -> str:
    return f'<g class="frame" data-name="{name}"><rect x="5" y="5" width="80" height="80"/>{"".join(texts)}</g>'


def edge(name: str, path: str, *texts: str) -> str:
    return f'<g class="edge" data-name="{name}"><path d="{path}"/>{"".join(texts)}</g>'


@pytest.mark.parametrize(
    ("groups", "found"),
    [
        ([box("a", 0, 0), box("b", 30, 0), box("c", 0, 50), edge("a b", "M30 10L30 10")], []),
        ([box("a", 0, 0), box("b", 20, 10)], ["box of a on box of b"]),
        ([box("a", 0, 0, text("abcdefghij", 2, 14))], ["`abcdefghij` leaves its box"]),
        ([box("a", 0, 0), box("b", 0, 50, text("beside", 10, 10))], ["text of b on a"]),
        ([frame("f", text("abc", 20, 20)), edge("b c", "M10 22.5L60 22.5")], ["line b c touches the title of f"]),
        ([box("a", 0, 0, text("ab", 50, 50)), box("b", 0, 60, text("cd", 52, 52))], ["text of a on text of b"]),
        ([box("a", 0, 0, text("abcdefg", 80, 50))], ["`abcdefg` leaves the page"]),
        ([box("a", 80, 0)], ["a leaves the page"]),
        ([box("a", 0, 40), edge("b c", "M10 0L12 100")], ["line b c through a"]),
        ([box("a", 0, 40), edge("b c", "M50 0C90 0 -30 100 50 100")], ["line b c through a"]),
        ([box("a", 0, 0, text("ab", 50, 50)), edge("b c", "M50 47L70 47")], ["line b c through text of a"]),
        ([edge("b c", "M50 47L170 47")], ["line b c leaves the page"]),
        ([edge("b c", "M50 10L50 90", text("ab", 54, 50))], []),
        ([edge("b c", "M50 10L50 90", text("ab", 48, 50))], ["line b c through text of b c"]),
        ([edge("b c", "M50 10L50 90", text("ab", 60, 50))], ["text of b c is not beside it"]),
        (
            [edge("b c", "M50 10L50 90", text("ab", 54, 50)), edge("d e", "M65 0L65 90")],
            ["text of b c is not beside it"],
        ),
        ([box("a", 56, 40), edge("b c", "M50 10L50 90", text("ab", 54, 50))], ["text of b c on a"]),
    ],
)
def test_this_test_finds_what_is_wrong(groups: list[str], found: list[str]) -> None:
    assert list(findings(svg(*groups))) == found
