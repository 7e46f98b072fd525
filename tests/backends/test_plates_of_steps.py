"""Figures of all that a graph can hold: shortcuts, splits, repeats, tensors from afar, auxiliary heads."""

from __future__ import annotations

from xml.etree import ElementTree

import hypothesis
import pytest
from drawn import CONCAT, Drawn, block, network, network_of
from hypothesis import strategies as st

from incspec.backends.figures.plates import network_plate, plates
from incspec.backends.figures.render import render


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


def test_a_convolution_is_linear_where_others_have_an_activation_also_those_in_blocks() -> None:
    """A projection in the network is told as one in a block is (arXiv:1602.07261, figure 10)."""
    steps, blocks = "outer, residual: {shortcut: [1x1 conv 4 act none], body: [it]}", "outer: {body: [it]}"
    (network_figure, *_) = plates(network(steps, f"it: {{body: [3x3 conv 4]}}, {blocks}"))
    assert ("Input (32x32x8)", "Outer", "1x1 Conv (4 Linear)", "+") in Drawn.of(network_figure).paths
    bare = "it: {defaults: {conv: {act: none}}, body: [3x3 conv 4]}"
    (network_figure, *_) = plates(network(steps, f"{bare}, {blocks}"))
    assert ("Input (32x32x8)", "Outer", "1x1 Conv (4)", "+") in Drawn.of(network_figure).paths


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
