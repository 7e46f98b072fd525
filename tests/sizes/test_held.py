"""An input that is declared open is held to: all sizes that it allows run in torch, or the spec is refused."""

from __future__ import annotations

import pytest
import torch

import incspec
from incspec.diagnostics import Diagnostic
from incspec.loading import load_text
from incspec.model import Model


def loaded(input_: str, *steps: str) -> Model:
    network = "".join(f"  - {step}\n" for step in steps)
    return load_text(f"incspec: 1\nname: X\ninput: {input_}\nnetwork:\n{network}".encode(), "x.yaml")


def refused(input_: str, *steps: str) -> tuple[Diagnostic, ...]:
    with pytest.raises(incspec.CompileError) as caught:
        loaded(input_, *steps)
    return caught.value.diagnostics


def runs(model: Model, *shapes: tuple[int, ...]) -> bool:
    try:
        model.module(device="meta").eval()(*(torch.empty((2, *shape), device="meta") for shape in shapes))
    except RuntimeError:
        return False
    return True


LAYERS = ("7x7 conv 4 stride 2 V", "3x3 conv 4 stride 2 V", "global_avg_pool", "linear 3")


def test_a_network_takes_all_that_it_declares() -> None:
    model = loaded("[3, H >= 11, W % 2 == 1 and W > 10]", *LAYERS)
    assert model.inputs[0].shape == (3, 224, 225)
    assert all(runs(model, (3, n, 225)) for n in range(11, 60))
    assert all(runs(model, (3, 224, n)) for n in range(11, 60, 2))


def test_a_network_that_does_not_is_refused_at_the_axis_with_the_sizes_that_it_takes() -> None:
    errors = refused("[3, any, W >= 4]", *LAYERS)
    assert [error.code for error in errors] == ["open-input", "open-input"]
    height, width = errors
    assert height.message == "`any` allows a height of 10, which the network does not take"
    assert height.secondary[0].text == "at 10, a 3x3 window does not fit into 4x2x109"
    assert height.help == "write `H >= 11`"
    assert width.help == "write `W >= 11`"
    model = loaded("[3, 11, 11]", *LAYERS)
    assert (runs(model, (3, 10, 11)), runs(model, (3, 11, 11))) == (False, True)


def test_weights_for_one_size_refuse_an_open_one() -> None:
    (error,) = refused("[1, L <= 20]", "3 conv 4", "flatten", "linear 2")
    assert error.secondary[0].text == "at 19, its weights are made for 80 features, 76 arrive"
    assert error.help == "let a global or adaptive pool give it one size, or state the size of the input"


def test_auxiliary_heads_count() -> None:
    text = (
        "incspec: 1\nname: X\ninput: [3, H >= 8, 32]\nnetwork:\n  - conv: {out: 4, kernel: 1, name: a}\n  - global_avg_pool\n  - linear 2\n"
        "aux:\n  aux1: {from: a, weight: 0.3, body: [flatten, linear 2]}\n"
    )
    with pytest.raises(incspec.CompileError, match="allows a height of"):
        load_text(text.encode(), "x.yaml")


@pytest.mark.parametrize(
    ("axis", "size"),
    [("any", 224), ("H", 224), ("H >= 300", 300), ("H <= 40", 40), ("H % 100 == 0", 300), ("64 * 4 == H", 256)],
)
def test_numbers_are_given_for_the_size_next_to_224(axis: str, size: int) -> None:
    assert loaded(f"[3, {axis}, 9]", "1x1 conv 4").inputs[0].shape == (3, size, 9)


def test_a_condition_may_use_parameters_of_the_file() -> None:
    text = "incspec: 1\nname: X\nparams: {least: 50}\ninput: [3, H >= least, 9]\nnetwork: [49x1 conv 4 V]\n"
    assert load_text(text.encode(), "x.yaml").inputs[0].shape == (3, 224, 9)


@pytest.mark.parametrize(
    ("axis", "message"),
    [
        ("H + 1", "a length, `any` or a condition on `H` is wanted here"),
        ("H < 1", "no `H` meets `H < 1`"),
        ("H * H > 9", "`H * H > 9` cannot be followed: a length is multiplied or divided by another one"),
        ("H % 0 == 1", "division by zero"),
        ("W > 3", "there is no parameter `W` here"),
    ],
)
def test_what_is_no_condition_is_refused(axis: str, message: str) -> None:
    (error,) = refused(f"[3, {axis}, 9]", "1x1 conv 4")
    assert error.message == message


def test_sizes_that_repeat_are_proposed_as_a_condition_that_holds() -> None:
    network = "{concat: [[{max_pool: {kernel: 2, stride: 2, pad: valid}}, {upsample: {scale: 2}}], [1x1 conv 2]]}"
    height, width = refused("[3, any, any]", network)
    assert (height.help, width.help) == ("write `H % 2 == 0`", "write `W % 2 == 0`")
    model = loaded("[3, H % 2 == 0, W % 2 == 0]", network)
    assert model.diagnostics == ()  # what is declared is held to: nothing is to be warned of


def test_letters_of_other_axes_and_open_channels_are_told() -> None:
    (error,) = refused("[3, H >= 3, H >= 3]", "1x1 conv 4")
    assert (error.message, error.help) == ("there is no parameter `H` here", "it may be `any`, `W`")
    (error,) = refused("[any, 8, 8]", "1x1 conv 4")
    assert error.message == "the channels of an input cannot be open"


# --- several inputs

MERGED = ("add: [a, b]", "7x7 conv 4 V", "global_avg_pool", "linear 3")


def test_one_letter_is_one_length() -> None:
    model = loaded("{a: [3, H >= 7, W], b: [3, H, W >= 7]}", *MERGED)
    assert all(runs(model, (3, n, 30), (3, n, 30)) and runs(model, (3, 30, n), (3, 30, n)) for n in range(7, 60))
    assert not runs(model, (3, 30, 30), (3, 31, 30))
    height, width = refused("{a: [3, H, W], b: [3, H, W]}", *MERGED)
    assert (height.help, width.help) == ("write `H >= 7`", "write `W >= 7`")
    assert not runs(model, (3, 6, 30), (3, 6, 30))


def test_the_conditions_of_one_letter_are_met_together() -> None:
    model = loaded("{a: [3, H % 2 == 1, 9], b: [3, H > 224, 9]}", "add: [a, b]")
    assert [type_.sizes for type_ in model.inputs] == [(225, 9), (225, 9)]
    (error,) = refused("{a: [3, H >= 9, 9], b: [3, H < 9, 9]}", "add: [a, b]")
    assert error.message == "no `H` meets `H < 9` and what is wanted of it before"


def test_axes_that_have_to_be_equal_are_told_once_with_the_letter_that_makes_them_so() -> None:
    height, width = refused("{a: [3, any, any], b: [3, any, any]}", *MERGED)
    assert height.message == "`any` allows a height of 223, which the network does not take"
    assert height.help == "write `H >= 7` for `a.H` and `b.H`: one letter is one length"
    assert width.help == "write `W >= 7` for `a.W` and `b.W`: one letter is one length"
    loaded("{a: [3, H >= 7, W >= 7], b: [3, H >= 7, W >= 7]}", *MERGED)


def test_lengths_of_one_axis_are_told_apart_by_numbers() -> None:
    text = "concat: [[{conv: {out: 4, from: [a]}}, global_avg_pool], [{conv: {out: 4, from: [b]}}, 5x5 conv 4 V, global_avg_pool]]"
    model = loaded("{a: [3, H1 >= 300, 9], b: [3, H2 >= 5, 9]}", text)
    assert [type_.sizes for type_ in model.inputs] == [(300, 9), (224, 9)]
    assert runs(model, (3, 301, 9), (3, 5, 9))
