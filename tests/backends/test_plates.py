"""Figures 3 to 9 of arXiv:1602.07261 as they are printed (but for two misprints), and what else a spec can hold.

The figures are written down by hand, from bottom to top and from left to right, as `paths` reads them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path
from xml.etree import ElementTree

import hypothesis
import pytest
from hypothesis import strategies as st

from incspec.backends.figures.drawing import Loop, Side
from incspec.backends.figures.layout import layout
from incspec.backends.figures.manners import MANNERS
from incspec.backends.figures.measure import Card
from incspec.backends.figures.plates import Plate, block_plate, network_plate, plates
from incspec.backends.figures.render import render
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


FIGURE_4 = [
    ("Avg Pooling", "1x1 Conv (96)"),
    ("1x1 Conv (96)",),
    ("1x1 Conv (64)", "3x3 Conv (96)"),
    ("1x1 Conv (64)", "3x3 Conv (96)", "3x3 Conv (96)"),
]
FIGURE_5 = [
    ("Avg Pooling", "1x1 Conv (128)"),
    ("1x1 Conv (384)",),
    ("1x1 Conv (192)", "1x7 Conv (224)", "7x1 Conv (256)"),  # printed: 1x7 twice
    ("1x1 Conv (192)", "1x7 Conv (192)", "7x1 Conv (224)", "1x7 Conv (224)", "7x1 Conv (256)"),
]
FIGURE_6 = [
    ("Avg Pooling", "1x1 Conv (256)"),
    ("1x1 Conv (256)",),
    ("1x1 Conv (384)", "1x3 Conv (256)"),
    ("1x1 Conv (384)", "3x1 Conv (256)"),
    ("1x1 Conv (384)", "1x3 Conv (448)", "3x1 Conv (512)", "3x1 Conv (256)"),
    ("1x1 Conv (384)", "1x3 Conv (448)", "3x1 Conv (512)", "1x3 Conv (256)"),
]
FIGURE_7 = [
    ("3x3 MaxPool (stride 2 V)",),
    ("3x3 Conv (n stride 2 V)",),
    ("1x1 Conv (k)", "3x3 Conv (l)", "3x3 Conv (m stride 2 V)"),
]
FIGURE_8 = [
    ("3x3 MaxPool (stride 2 V)",),
    ("1x1 Conv (192)", "3x3 Conv (192 stride 2 V)"),
    ("1x1 Conv (256)", "1x7 Conv (256)", "7x1 Conv (320)", "3x3 Conv (320 stride 2 V)"),
]


@pytest.mark.parametrize(
    ("name", "branches", "boxes"),
    [
        ("inception_a", FIGURE_4, 10),
        ("inception_b", FIGURE_5, 13),
        ("inception_c", FIGURE_6, 13),
        ("reduction_a", FIGURE_7, 7),
        ("reduction_b", FIGURE_8, 9),
    ],
)
def test_figures_4_to_8_of_the_paper(name: str, branches: Paths, boxes: int) -> None:
    drawn = Drawn.of(inception_v4()[name])
    assert drawn.paths == [(CONCAT, *branch, CONCAT) for branch in branches]
    assert len(drawn.labels) == boxes
    drawn.check_places()


def test_figure_3_of_the_paper() -> None:
    drawn = Drawn.of(inception_v4()["stem"])
    start = ("Input (299x299x3)", "3x3 Conv (32 stride 2 V)", "3x3 Conv (32 V)", "3x3 Conv (64)")
    first = [("3x3 MaxPool (stride 2 V)",), ("3x3 Conv (96 stride 2 V)",)]
    second = [
        ("1x1 Conv (64)", "3x3 Conv (96 V)"),
        ("1x1 Conv (64)", "7x1 Conv (64)", "1x7 Conv (64)", "3x3 Conv (96 V)"),
    ]
    # Printed: `3x3 Conv (192 V)` and `MaxPool (stride=2 V)`, which do not give the 35x35 beside them.
    third = [("3x3 Conv (192 stride 2 V)",), ("3x3 MaxPool (stride 2 V)",)]
    assert drawn.paths == [(*start, *a, CONCAT, *b, CONCAT, *c, CONCAT) for a, b, c in product(first, second, third)]
    assert len(drawn.labels) == 17
    assert drawn.printed_sizes == [
        ("3x3 Conv (32 stride 2 V)", "149x149x32"),
        ("3x3 Conv (32 V)", "147x147x32"),
        ("3x3 Conv (64)", "147x147x64"),
        (CONCAT, "73x73x160"),
        (CONCAT, "71x71x192"),
        (CONCAT, "35x35x384"),
    ]
    drawn.check_places()


def test_figure_9_of_the_paper() -> None:
    figure = inception_v4()["network"]
    drawn = Drawn.of(figure)
    rows = [
        ("Stem", "35x35x384"),
        ("4 x Inception-A", "35x35x384"),
        ("Reduction-A", "17x17x1024"),
        ("7 x Inception-B", "17x17x1024"),
        ("Reduction-B", "8x8x1536"),
        ("3 x Inception-C", "8x8x1536"),
        ("Average Pooling", "1536"),
        ("Dropout (0.2)", "1536"),  # in the paper's own words, "keep 0.8": see test_paper_figures
        ("Linear (1000)", "1000"),  # the paper draws its softmax here
    ]
    assert drawn.paths == [("Input (299x299x3)", *(label for label, _ in rows))]
    assert drawn.printed_sizes == [(label, f"Output: {size}") for label, size in rows]
    assert len({drawn.places[box][0] for box in drawn.labels}) == 1
    drawn.check_places()
    assert figure.caption == 'Inception-v4, figure 9 of arXiv:1602.07261; the paper prints "Avarage Pooling"'


def test_figures_of_a_model_come_in_order_of_use_and_each_block_once() -> None:
    titles = ["Inception-v4", "Stem", "Inception-A", "Reduction-A", "Inception-B", "Reduction-B", "Inception-C"]
    assert [figure.title for figure in inception_v4().values()] == titles


def test_captions_say_where_a_figure_is_from_and_what_its_letters_mean() -> None:
    assert inception_v4()["inception_a"].caption == "Inception-A, figure 4 of arXiv:1602.07261"
    assert inception_v4()["reduction_a"].caption == (
        "Reduction-A, figure 7 of arXiv:1602.07261; k = 192, l = 224, m = 256, n = 384"
    )


def test_a_size_is_printed_where_it_changes() -> None:
    assert Drawn.of(inception_v4()["inception_a"]).printed_sizes == [(CONCAT, "35x35x384")]
    assert Drawn.of(inception_v4()["reduction_a"]).printed_sizes == [(CONCAT, "35x35x384"), (CONCAT, "17x17x1024")]


def test_the_text_is_the_same_every_time() -> None:
    again = {figure.name: figure for figure in plates(network("3x3 conv 8"))}
    assert again == {figure.name: figure for figure in plates(network("3x3 conv 8"))}


def test_one_figure_can_be_made_alone() -> None:
    net = network("it", "it: {body: [relu, 3x3 conv 4]}")
    assert Drawn.of(block_plate(net.calls["it"])).paths == [("Previous layer", "Relu activation", "3x3 Conv (4)")]
    assert network_plate(net) == plates(net)[0]


# --- a block used in several ways


def test_widths_that_differ_between_uses_are_letters() -> None:
    net = network(
        "it: {w: 4}, it: {w: 6}", "it: {params: {w: required}, body: [1x1 conv w, conv: {out: 2*w}, 3x3 conv 8]}"
    )
    figure = plates(net)[1]
    assert len(plates(net)) == 2
    assert Drawn.of(figure).paths == [("Relu activation", "1x1 Conv (w)", "1x1 Conv (2w)", "3x3 Conv (8)")]
    assert figure.caption == "It"


def test_letters_stand_in_lists_too() -> None:
    two = "it: {params: {m: 1}, body: [crop: m]}"
    drawn = Drawn.of(plates(network("it, it: {m: 2}", two))[1])
    assert drawn.paths == [("Previous layer", "Crop (m)")]


def test_a_window_has_a_letter_if_its_parameter_is_one() -> None:
    body = "[conv: {out: 8, kernel: [1, n]}, conv: {out: 8, kernel: n}, conv: {out: 8, kernel: size}]"
    net = network("it: {n: 7}, it: {n: 5}", f"it: {{params: {{n: required, size: 3}}, body: {body}}}")
    (figure,) = plates(net)[1:]
    assert Drawn.of(figure).paths == [("Relu activation", "1xn Conv (8)", "nxn Conv (8)", "3x3 Conv (8)")]


def test_widths_that_agree_are_numbers_unless_a_parameter_names_them() -> None:
    net = network(
        "it: {w: 4, repeat: 2}", "it: {params: {w: required}, body: [1x1 conv w, conv: {out: 2*w}, 3x3 conv 8]}"
    )
    figure = plates(net)[1]
    assert Drawn.of(figure).paths[0][1:] == ("1x1 Conv (w)", "1x1 Conv (2w)", "3x3 Conv (8)")
    assert figure.caption == "It; w = 4"
    # arXiv:1602.07261 prints letters for parameters alone, figure 7.
    figure = plates(net, MANNERS["paper-2016"])[1]
    assert Drawn.of(figure).paths[0][1:] == ("1x1 Conv (w)", "1x1 Conv (8)", "3x3 Conv (8)")


@pytest.mark.parametrize(
    ("width", "words"),
    [("4*w", "4w"), ("2*w + 8", "2w + 8"), ("w//2", "w//2"), ("2*wide", "2*wide"), ("in//4", "w//4"), ("6", "6")],
)
def test_a_width_that_is_computed_from_a_letter_is_told_by_it(width: str, words: str) -> None:
    """What the author of a bottleneck expects, `4w`; what arrives there is w."""
    blocks = f"it: {{params: {{w: required, wide: 16}}, body: [1x1 conv w, conv: {{out: {width}}}]}}"
    figure = plates(network("1x1 conv 8, it: {w: 8}", blocks))[1]
    assert Drawn.of(figure).paths[0][2] == f"1x1 Conv ({words})"


def test_a_parameter_that_is_the_width_that_arrives_is_a_number_where_uses_agree() -> None:
    blocks = "it: {params: {w: in}, body: [1x1 conv 2, 1x1 conv w]}"
    (figure,) = plates(network("1x1 conv 4, it, it", blocks))[1:]
    assert Drawn.of(figure).paths[0][1:] == ("1x1 Conv (2)", "1x1 Conv (4)")
    (figure,) = plates(network("1x1 conv 4, it, 1x1 conv 6, it", blocks))[1:]
    assert Drawn.of(figure).paths[0][1:] == ("1x1 Conv (2)", "1x1 Conv (w)")


def test_sizes_that_differ_between_uses_are_left_out() -> None:
    net = network("it, 3x3 max_pool stride 2, it", "it: {body: [3x3 conv 8 stride 2]}")
    assert Drawn.of(plates(net)[1]).sizes == {}


def test_a_block_has_a_figure_for_each_form_it_takes() -> None:
    body = "params: {deep: 1}, body: [3x3 conv 8, conv: {out: 4, when: deep == 1}]"
    net = network("it, it: {deep: 0}, it", f"it: {{{body}}}")
    first, second = plates(net)[1:]
    assert [first.name, second.name] == ["it", "it_2"]
    assert [first.caption, second.caption] == ["It; deep = 1", "It; deep = 0"]
    assert Drawn.of(first).paths == [("Relu activation", "3x3 Conv (8)", "1x1 Conv (4)")]
    assert Drawn.of(second).paths == [("Relu activation", "3x3 Conv (8)")]


def test_names_of_figures_are_unique() -> None:
    net = network("network, it_2, it, it: {k: 3}", "network: {body: [relu]}, it_2: {body: [tanh]}, it: {params: {k: 1}, body: [tanh, relu: {when: k == 1}]}")  # fmt: skip
    names = [figure.name for figure in plates(net)]
    assert len(names) == 5
    assert len(set(names)) == 5


def test_blocks_of_blocks_come_after_those_that_use_them() -> None:
    net = network("outer", "inner: {body: [relu]}, outer: {body: [inner, inner]}")
    assert [figure.name for figure in plates(net)] == ["network", "outer", "inner"]
    assert Drawn.of(plates(net)[1]).paths == [("Input (32x32x8)", "Inner", "Inner")]


@pytest.mark.parametrize(
    ("before", "words"),
    [
        ("", "Input (32x32x8)"),
        ("3x3 conv 8, ", "Relu activation"),
        ("conv: {out: 8, act: none}, ", "Previous layer"),
        ("concat: [[identity], [relu]], ", CONCAT),
        ("other, ", "Relu activation"),
        ("other, other: {when: classes == 1}, passing, ", "Relu activation"),
        ("passing, ", "Input (32x32x8)"),
        ("relu: {repeat: 2}, ", "Relu activation"),
    ],
)
def test_the_input_of_a_block_is_called_after_what_comes_before(before: str, words: str) -> None:
    net = network_of(
        "incspec: 1\nname: Test\ninput: [8, 32, 32]\nparams: {classes: 2}\ndefaults: {conv: {act: relu}}\n"
        "blocks:\n  other: {body: [1x1 conv 8]}\n  passing: {body: [tanh: {when: false}, identity]}\n"
        f"  it: {{body: [3x3 conv 4]}}\nnetwork: [{before}it]\n"
    )
    figure = next(figure for figure in plates(net) if figure.name == "it")
    assert Drawn.of(figure).paths == [(words, "3x3 Conv (4)")]


# --- everything else that a graph can hold


def test_a_shortcut_is_drawn_on_the_left_and_an_activation_above_the_sum() -> None:
    drawn = block("residual: {scale: 0.1, act: relu, body: [3x3 conv 8, conv: {out: 8, act: none}]}")
    body = ("3x3 Conv (8)", "1x1 Conv (8 Linear)", "Activation Scaling")
    start, end = "Input (32x32x8)", ("+", "Relu activation")
    assert drawn.paths == [(start, *end), (start, *body, *end)]
    drawn.check_places()
    ((_, points),) = [
        route for route in drawn.routes.items() if drawn.labels[route[0][1]] == "+" and "input" in route[0]
    ]
    assert min(points) < min(x for box, (x, _) in drawn.places.items() if drawn.labels.get(box) in body)


def test_a_convolution_before_an_activation_is_not_linear() -> None:
    assert block("3x3 conv 8, conv: {out: 8, act: none}, sigmoid").paths[0][1:] == (
        "3x3 Conv (8)", "1x1 Conv (8)", "Sigmoid activation",
    )  # fmt: skip


def test_an_activation_that_makes_a_gate_is_named() -> None:
    assert block("conv: {out: 8, act: sigmoid}, 3x3 conv 8").paths[0][1:] == ("1x1 Conv (8 Sigmoid)", "3x3 Conv (8)")


def test_a_shortcut_of_layers_is_a_branch() -> None:
    drawn = block("residual: {shortcut: [1x1 conv 4], body: [3x3 conv 8, 3x3 conv 4]}")
    assert [path[1:] for path in drawn.paths] == [("1x1 Conv (4)", "+"), ("3x3 Conv (8)", "3x3 Conv (4)", "+")]
    drawn.check_places()


def test_a_split_gives_each_branch_its_slice() -> None:
    drawn = block("concat: {split: [rest, 2], branches: [[identity], [3x3 conv 2]]}")
    assert [path[1:] for path in drawn.paths] == [("Split", CONCAT), ("Split", "3x3 Conv (2)", CONCAT)]


def test_a_concat_that_only_feeds_a_concat_is_not_drawn() -> None:
    inner = "concat: [[1x1 conv 2], [3x3 conv 3]]"
    assert [path[1:] for path in block(f"concat: [[relu], [tanh, {inner}]]").paths] == [
        ("Relu activation", CONCAT),
        ("Tanh activation", "1x1 Conv (2)", CONCAT),
        ("Tanh activation", "3x3 Conv (3)", CONCAT),
    ]


@pytest.mark.parametrize(
    "body",
    [
        "concat: [[relu], [concat: {act: tanh, branches: [[1x1 conv 2], [3x3 conv 3]]}]]",
        "concat: [[relu], [concat: [[1x1 conv 2], [3x3 conv 3]], identity: {name: x}]]",
        "concat: [[relu], [add: [[1x1 conv 2], [3x3 conv 2]]]]",
        "concat: {name: x, branches: [[relu], [concat: [[1x1 conv 2], [3x3 conv 3]], tanh]]}",
    ],
)
def test_an_inner_merge_that_does_something_is_drawn(body: str) -> None:
    assert len([box for box, label in block(body).labels.items() if label in (CONCAT, "+")]) == 2


def test_tensors_are_read_from_afar() -> None:
    drawn = block(
        "conv: {out: 4, name: a}, 3x3 max_pool stride 2, upsample: {scale: 2}, concat: [[3x3 conv 4], a], relu"
    )
    assert [path[1:-1] for path in drawn.paths] == [
        ("1x1 Conv (4)", "3x3 MaxPool (stride 2)", "Upsample (x2)", "3x3 Conv (4)", CONCAT),
        ("1x1 Conv (4)", CONCAT),
    ]
    drawn.check_places()


def test_several_inputs_and_outputs_have_their_names() -> None:
    net = network(
        "cell: {from: [left, right], repeat: 2, name: cells}, relu: {from: cells.out}",
        "cell: {inputs: [x, prev], outputs: [out, x], body: [add: {name: out, branches: [[relu: {from: prev}], x]}]}",
        input="{left: [8, 4, 4], right: [8, 4, 4]}",
    )
    overall, cell = (Drawn.of(figure) for figure in plates(net))
    assert overall.paths == [
        ("Input left (4x4x8)", "2 x Cell", "Relu activation"),
        ("Input right (4x4x8)", "2 x Cell", "Relu activation"),
    ]
    assert sorted(cell.paths) == [("prev", "Relu activation", "+", "out"), ("x", "+", "out"), ("x", "x")]
    assert len({cell.places[box][1] for box in cell.inputs}) == 1
    assert cell.places["output.0"][1] == cell.places["output.1"][1]


def test_an_output_that_is_read_in_the_block_is_named() -> None:
    net = network("it", "it: {outputs: [a], body: [conv: {out: 4, name: a}, relu: {name: unused}]}")
    assert ("Input (32x32x8)", "1x1 Conv (4)", "output") in Drawn.of(plates(net)[1]).paths


def test_a_repeated_layer_is_one_box() -> None:
    assert block("conv: {out: 8, kernel: 3, repeat: 3}").paths == [("Input (32x32x8)", "3 x 3x3 Conv (8)")]


def test_turns_that_differ_are_drawn_apart() -> None:
    drawn = block("conv: {out: 8, kernel: 3, stride: 2 if i == 0 else 1, repeat: 3}, relu: {repeat: 0}")
    assert drawn.paths == [("Input (32x32x8)", "3x3 Conv (8 stride 2)", "2 x 3x3 Conv (8)")]


def test_repeated_branches_stand_once_in_a_frame_in_their_order() -> None:
    drawn = block("relu, concat: {repeat: 3, branches: [[1x1 conv 2], [3x3 conv 3], [5x5 conv 4, 7x7 conv 5]]}, tanh")
    (loop,) = drawn.loops.values()
    assert list(drawn.loops) == ["3 x"]
    assert {drawn.labels[box] for box in loop} == {
        "", "1x1 Conv (2)", "3x3 Conv (3)", "5x5 Conv (4)", "7x7 Conv (5)", CONCAT,
    }  # fmt: skip
    assert [path[2:-2] for path in drawn.paths] == [
        ("", "1x1 Conv (2)"), ("", "3x3 Conv (3)"), ("", "5x5 Conv (4)", "7x7 Conv (5)"),
    ]  # fmt: skip
    drawn.check_places()


def test_frames_stand_in_frames() -> None:
    inner = "residual: {repeat: 2, body: [3x3 conv 8, 1x1 conv 8]}"
    drawn = block(f"residual: {{repeat: 3, body: [{inner}, tanh]}}, relu")
    assert list(drawn.loops) == ["3 x", "2 x"]
    assert drawn.loops["2 x"] < drawn.loops["3 x"]
    drawn.check_places()


def test_a_frame_has_the_size_after_the_last_turn() -> None:
    drawn = block("concat: {repeat: 3, branches: [[identity], [3x3 conv 4]]}, relu")
    assert (CONCAT, "32x32x20") in drawn.printed_sizes


def test_a_repeated_body_without_shortcut_is_a_frame() -> None:
    drawn = block("residual: {repeat: 2, shortcut: none, act: tanh, body: [3x3 conv 8, 1x1 conv 8]}, relu")
    assert drawn.paths[0][1:] == ("3x3 Conv (8)", "1x1 Conv (8)", "Tanh activation", "Relu activation")
    assert list(drawn.loops) == ["2 x"]


def test_a_condition_that_fails_leaves_nothing() -> None:
    net = network("it: {deep: 0}", "it: {params: {deep: 1}, body: [relu, conv: {out: 8, when: deep == 1}, tanh]}")
    assert Drawn.of(plates(net)[1]).paths == [("Input (32x32x8)", "Relu activation", "Tanh activation")]


def test_titles_are_quoted() -> None:
    net = network_of('incspec: 1\nname: "a <b> \\"c\\" & \\\\N \\\\"\ninput: [3, 8, 8]\nnetwork: [relu]\n')
    assert Drawn.of(plates(net)[0]).paths == [("Input (8x8x3)", "Relu activation")]


BRANCH = st.recursive(
    st.lists(st.sampled_from(["1x1 conv 2", "3x3 conv 3", "relu"]), min_size=1, max_size=3).map(", ".join),
    lambda inner: st.lists(inner, min_size=2, max_size=4).map(
        lambda branches: f"3x3 conv 2, concat: [{', '.join(f'[{branch}]' for branch in branches)}], relu"
    ),
    max_leaves=5,
)


@hypothesis.settings(max_examples=25, derandomize=True, deadline=None, database=None)
@hypothesis.given(st.lists(BRANCH, min_size=2, max_size=5))
def test_branches_stand_in_the_order_of_the_spec(branches: list[str]) -> None:
    block(f"concat: [{', '.join(f'[{branch}]' for branch in branches)}], relu").check_places()


# --- auxiliary heads


def with_heads(heads: str, steps: str = "3x3 conv 8 name a, 1x1 conv 4 name b, global_avg_pool, linear 10") -> Drawn:
    blocks = "blocks: {head: {body: [global_avg_pool, linear 10]}}\n"
    text = f"incspec: 1\nname: Test\ninput: [8, 32, 32]\n{blocks}network: [{steps}]\naux: {{{heads}}}\n"
    return Drawn.of(network_plate(network_of(text)))


def test_heads_stand_in_frames_beside_the_trunk() -> None:
    drawn = with_heads(
        "aux1: {from: a, weight: 1, body: [head]}, aux2: {from: b, weight: 1, body: [1x1 conv 3, flatten]}"
    )
    assert ("Input (32x32x8)", "3x3 Conv (8)", "Head") in drawn.paths
    assert ("Input (32x32x8)", "3x3 Conv (8)", "1x1 Conv (4)", "1x1 Conv (3)", "Flatten") in drawn.paths
    assert len(drawn.paths) == 3
    frames = {label: {drawn.labels[box] for box in boxes} for label, boxes in drawn.loops.items()}
    assert frames == {"aux1, in training only": {"Head"}, "aux2, in training only": {"1x1 Conv (3)", "Flatten"}}
    assert len({drawn.places[box][0] for box in ("input", "a", "b", "global_avg_pool", "linear")}) == 1
    # Sizes are those of the trunk alone, and the output needs no name.
    assert set(drawn.sizes) == {"a", "b", "global_avg_pool", "linear"}
    assert "output" not in drawn.labels.values()


def test_arrows_into_heads_are_dashed() -> None:
    text = "incspec: 1\nname: Test\ninput: [8, 8, 8]\nnetwork: [3x3 conv 8 name a, relu]\n"
    figure = network_plate(network_of(text + "aux: {aux1: {from: a, weight: 1, body: [elu]}}\n"))
    root = ElementTree.fromstring(render(figure, "svg"))
    dashed = {
        group.attrib["data-name"]: any("stroke-dasharray" in path.attrib for path in group)
        for group in root.iterfind("{http://www.w3.org/2000/svg}g[@class='edge']")
    }
    assert dashed == {"input a": False, "a relu": False, "a aux1_elu": True}


def test_a_head_may_pass_a_tensor_on_or_read_several() -> None:
    drawn = with_heads(
        "same: {from: a, weight: 1, body: [identity]}, both: {from: [a, b], weight: 1, body: [concat: [a, b]]}"
    )
    frames = {label: [drawn.labels[box] for box in boxes] for label, boxes in drawn.loops.items()}
    assert frames == {"same, in training only": ["Identity"], "both, in training only": [CONCAT]}
    (merged,) = drawn.loops["both, in training only"]
    assert drawn.tails(merged) == ["a", "b"]


def test_a_block_that_only_heads_use_has_a_figure() -> None:
    text = "incspec: 1\nname: Test\ninput: [8, 8, 8]\nblocks: {head: {body: [global_avg_pool, linear 10]}}\n"
    text += "network: [3x3 conv 8 name a act relu, relu]\naux: {aux1: {from: a, weight: 1, body: [head]}}\n"
    made = {figure.name: figure for figure in plates(network_of(text))}
    assert list(made) == ["network", "head"]
    assert Drawn.of(made["head"]).paths == [("Relu activation", "Average Pooling", "Linear (10)")]


def test_a_tensor_that_is_read_twice_has_two_lines() -> None:
    root = ElementTree.fromstring(
        render(plates(network("it", "it: {body: [add: {branches: [[identity], [identity]]}]}"))[1], "svg")
    )
    edges = [group for group in root.iter("{http://www.w3.org/2000/svg}g") if group.attrib["class"] == "edge"]
    lines = [group[0].attrib["d"] for group in edges]
    assert len(lines) == 2
    assert len(set(lines)) == 2
