"""Figures of blocks that are used in several ways: what differs is a letter, or has a figure of its own."""

from __future__ import annotations

import pytest
from drawn import CONCAT, Drawn, network, network_of

from incspec.backends.figures.manners import MANNERS
from incspec.backends.figures.plates import plates


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


def test_a_squeeze_excite_of_the_width_that_arrives_has_one_figure_with_letters() -> None:
    body = "global_avg_pool, reshape: [width, 1, 1], conv: {out: width//r}, conv: {out: width, act: sigmoid}"
    blocks = f"se: {{params: {{r: 2, width: in}}, body: [mul: [[identity], [{body}]]]}}"
    net = network("1x1 conv 8, se, 1x1 conv 12, se", blocks)
    (figure,) = plates(net)[1:]
    words = ("Average Pooling", "Reshape (1 x 1 x width)", "1x1 Conv (width//r)", "1x1 Conv (width Sigmoid)")
    assert Drawn.of(figure).paths[-1] == ("Relu activation", *words, "×")


@pytest.mark.parametrize(("shape", "words"), [("n, 1, 1", "1x1xn"), ("2, n//2", "n//2 x 2"), ("4, 1, 1", "1x1x4")])
def test_a_reshape_has_letters(shape: str, words: str) -> None:
    blocks = f"it: {{params: {{n: 4}}, body: [global_avg_pool, reshape: [{shape}]]}}"
    figure = plates(network("1x1 conv 4, it", blocks))[-1]
    assert Drawn.of(figure).paths[0][-1] == f"Reshape ({words})"


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
        ("mul: [[identity], [sigmoid]], ", "Previous layer"),
        ("add: [[identity], [tanh]], ", "Previous layer"),
        ("residual: [1x1 conv 8], ", "Previous layer"),
        ("add: {branches: [[identity], [tanh]], act: relu}, ", "Relu activation"),
        ("gated, ", "Previous layer"),
        ("other, ", "Relu activation"),
        ("other, other: {when: classes == 1}, passing, ", "Relu activation"),
        ("passing, ", "Input (32x32x8)"),
        ("relu: {repeat: 2}, ", "Relu activation"),
    ],
)
def test_the_input_of_a_block_is_called_after_what_comes_before(before: str, words: str) -> None:
    net = network_of(
        "incspec: 1\nname: Test\ninput: [8, 32, 32]\nparams: {classes: 2}\ndefaults: {conv: {act: relu}}\n"
        "blocks:\n  other: {body: [1x1 conv 8]}\n  gated: {body: [concat: [[1x1 conv 8]], mul: [[identity], [sigmoid]]]}\n  passing: {body: [tanh: {when: false}, identity]}\n"
        f"  it: {{body: [3x3 conv 4]}}\nnetwork: [{before}it]\n"
    )
    figure = next(figure for figure in plates(net) if figure.name == "it")
    assert Drawn.of(figure).paths == [(words, "3x3 Conv (4)")]


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ("relu, it, concat: [[identity], [relu]], it", "Previous layer"),
        ("relu, it, concat: [[identity], [relu]], it, 1x1 conv 8, it", "Relu activation"),
        ("it, relu, it", "Relu activation"),
        # Of an Inception module that ends in a product, and is repeated, only the first turn reads a concat.
        ("concat: [[identity], [relu]], module: {repeat: 3}", "Previous layer"),
    ],
)
def test_an_input_that_is_something_else_in_half_of_the_uses_has_a_neutral_name(steps: str, words: str) -> None:
    blocks = (
        "it: {body: [3x3 max_pool, sigmoid: {when: false}]}, module: {body: [1x1 conv 8, mul: [[identity], [sigmoid]]]}"
    )
    figure = plates(network(steps, blocks))[-1]
    assert Drawn.of(figure).paths[0][0] == words


def test_what_blocks_cost_together_is_that_of_all_calls_in_all_calls() -> None:
    """Of w and 4 channels, called through another block three times each: 3 * (4*w + 4*w) for w of 1 and of 2."""
    blocks = "it: {params: {w: required}, body: [conv: {out: w, bias: false}, conv: {out: 4, bias: false}]}"
    outer = "outer: {params: {w: required}, body: [it: {w: w, repeat: 3}]}"
    figures = plates(network("1x1 conv 4, outer: {w: 1}, outer: {w: 2}", f"{outer}, {blocks}"))
    (drawing,) = (plate.drawing for plate in figures if plate.block == "it")
    assert drawing.together == 6
    assert sum(box.cost.params for box in drawing.boxes if box.cost) == 3 * (8 + 16)
