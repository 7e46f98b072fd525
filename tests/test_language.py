"""Constructs of the language that meet each other, from text to what comes out."""

from __future__ import annotations

import time

import pytest

import incspec
from incspec import CompileError, Model


def compiled(blocks: str, network: str, size: int = 32) -> Model:
    """A network of some blocks, each written on one line of flow mapping."""
    return incspec.load(
        f"incspec: 1\nname: N\ninput: [3, {size}, {size}]\nblocks: {blocks or '{}'}\nnetwork: {network}\n"
    )


def codes(blocks: str, network: str) -> list[str]:
    with pytest.raises(CompileError) as caught:
        compiled(blocks, network)
    return [item.code for item in caught.value.diagnostics]


def test_i_is_known_in_the_bodies_inside_a_repeated_step() -> None:
    model = compiled("", "[concat: {repeat: 3, branches: [[identity], [3x3 conv 2*i+1]]}]")
    assert model.outputs[0].channels == 3 + 1 + 3 + 5


def test_true_and_false_are_truth_values_as_defaults() -> None:
    model = compiled("{b: {params: {deep: true}, body: [3x3 conv 8 when deep]}}", "[b, b: {deep: false}]")
    assert model.outputs[0].channels == 8
    assert model.params == 3 * 9 * 8 + 8
    assert "deep: bool = True" in model.source()


def test_a_lone_word_as_default_is_itself() -> None:
    model = compiled("{b: {params: {mode: same}, body: [3x3 conv 8 pad mode]}}", "[b, b: {mode: valid}]")
    assert model.outputs[0].sizes == (30, 30)


@pytest.mark.parametrize("pad", ["3x3 conv 8 pad 0x1", "conv: {out: 8, kernel: 3, pad: [0, 1]}"])
def test_padding_of_one_axis_alone_is_written_in_a_line_as_well(pad: str) -> None:
    assert compiled("", f"[{pad}]").outputs[0].sizes == (30, 32)


def test_a_residual_without_shortcut_keeps_its_whole_body_under_a_condition() -> None:
    block = "{b: {params: {k: 1}, body: [residual: {when: k > 0, shortcut: none, body: [3x3 conv 4, 3x3 conv 8]}]}}"
    assert compiled(block, "[b]").outputs[0].channels == 8
    assert compiled(block, "[b: {k: 0}]").outputs[0].channels == 3


def test_a_residual_without_shortcut_is_repeated_as_a_whole() -> None:
    model = compiled("", "[residual: {repeat: 3, shortcut: none, body: [3x3 conv 4, 3x3 conv 8]}]")
    assert model.report().total.layers["conv"] == 6


def test_a_block_whose_shortcut_depends_on_its_parameters_is_one_class() -> None:
    block = (
        "{unit: {params: {out: in, stride: 1}, body: [residual: {shortcut: identity if stride == 1 and in == out else none, "
        "act: relu, body: [conv: {out: out, kernel: 3, stride: stride}]}]}}"
    )
    source = compiled(block, "[unit: {out: 8}, unit, unit: {stride: 2}]").source()
    assert source.count("class Unit") == 1
    assert "stride == 1 and in_channels == out" in source


def test_a_repeated_block_with_arguments_of_i_is_a_loop() -> None:
    block = "{unit: {params: {out: required, stride: 1}, body: [conv: {out: out, stride: stride, norm: batch_norm}]}}"
    source = compiled(block, "[unit: {repeat: 3, out: 16, stride: 2 if i == 0 else 1}]").source()
    assert "for i in range(3)" in source
    assert source.count("Unit(") == 2  # the class and one construction


def test_a_mistake_that_was_met_where_nothing_runs_is_told_where_something_does() -> None:
    for body, code in (
        ("conv: n - 5", "invalid-value"),
        ("conv: {out: n, kernel: 99, pad: valid}", "window-too-large"),
    ):
        blocks = (
            f"{{b: {{params: {{n: required}}, body: [{body}]}}, "
            "a: {params: {flag: required}, body: [b: {n: 3, when: flag > 0}]}}"
        )
        assert codes(blocks, "[a: {flag: 0}, b: {n: 3}]") == [code]


def test_what_does_not_run_may_be_too_large() -> None:
    block = "{b: {params: {n: 1}, body: [residual: {when: n > 5, body: [conv: {out: 3, repeat: 9000}, conv: {out: 3, repeat: 9000}]}]}}"
    assert compiled(block, "[b]").params == 0


def test_windows_of_one_and_three_axes_are_called_so() -> None:
    steps = "[conv: {out: 8, kernel: 80, stride: 4, pad: valid}, max_pool: {kernel: 3, stride: 2, pad: valid}]"
    model = incspec.load(f"incspec: 1\nname: N\ninput: [1, 16000]\nnetwork: {steps}\n")
    assert [row.label for row in model.report().rows] == ["80 Conv (8 stride 4 V)", "3 MaxPool (stride 2 V)"]
    assert "80 Conv (8 stride 4 V)" in model.draw(format="dot").decode()
    model = incspec.load("incspec: 1\nname: N\ninput: [1, 8, 8, 8]\nnetwork: [3x3x3 conv 8]\n")
    assert model.report().rows[0].label == "3x3x3 Conv (8)"


def test_layers_larger_than_any_memory_are_refused() -> None:
    assert codes("", "[conv: 1e14, conv: 1e14]") == ["number-too-large"]


@pytest.mark.parametrize("depth", [24, 60])
def test_blocks_that_call_blocks_end_at_the_limit_at_once(depth: int) -> None:
    calls = ", ".join(f"b{k}: {{body: [b{k - 1}, b{k - 1}]}}" for k in range(1, depth))
    started = time.monotonic()
    assert codes(f"{{b0: {{body: [relu]}}, {calls}}}", f"[b{depth - 1}]") == ["spec-too-large"]
    assert time.monotonic() - started < 30  # not the time that it takes to run through 2**24 ops


def test_a_parameter_of_the_file_reaches_the_blocks() -> None:
    model = incspec.load(
        "incspec: 1\nname: N\ninput: [3, 8, 8]\nparams: {width: 4}\n"
        "blocks: {b: {body: [3x3 conv 2*width]}}\nnetwork: [b, linear: {out: width, when: 1 == 2}]\n",
        params={"width": 6},
    )
    assert model.outputs[0].channels == 12
    assert "width: int = 6" in model.source()
