"""Where the input does not suit the network, the message says which sizes would; the layer is told, or a variant's input."""

from __future__ import annotations

from pathlib import Path

import pytest

import incspec
from incspec.diagnostics import Diagnostic
from incspec.loading import load_text


def mistakes(text: str) -> tuple[Diagnostic, ...]:
    with pytest.raises(incspec.CompileError) as caught:
        load_text(text.encode(), "x.yaml")
    return caught.value.diagnostics


def line(diagnostic: Diagnostic) -> int:
    assert diagnostic.primary is not None
    return diagnostic.primary.span.position.line


HEAD = "incspec: 1\nname: X\n"


def test_a_layer_that_does_not_fit_says_which_sizes_would() -> None:
    (error,) = mistakes(f"{HEAD}input: [3, 32, 32]\nnetwork:\n  - 8x8 avg_pool stride 8 V\n  - 5x5 conv 8 V\n")
    assert (error.code, line(error)) == ("window-too-large", 6)
    assert error.notes == ("the network takes a height and a width of 40 and up; the nearest to 32 is 40",)


def test_a_mistake_elsewhere_does_not_hide_the_sizes() -> None:
    text = (
        f"{HEAD}input: [3, 32, 32]\nnetwork:\n  - 3x3 conv 8 stride 4\n  - 9x9 avg_pool V\n  - 3x3 conv 8 bais true\n"
    )
    refused, misspelt = mistakes(text)
    assert (misspelt.code, line(misspelt)) == ("unknown-field", 7)
    taken = "as far as it can be read, the network takes a height and a width of 33 and up; the nearest to 32 is 33"
    assert refused.notes == (taken,)


def test_axes_that_take_other_sizes_are_told_apart() -> None:
    (error,) = mistakes(f"{HEAD}input: [3, 6, 10]\nnetwork: [7x12 conv 8 V]\n")
    assert error.notes == (
        "the network takes a height of 7 and up; the nearest to 6 is 7",
        "the network takes a width of 12 and up; the nearest to 10 is 12",
    )


def test_branches_that_agree_for_some_sizes_name_the_nearest() -> None:
    network = "network: [{concat: [[3x3 conv 8 stride 2 V], [2x2 max_pool stride 2 V]]}]\n"
    (error,) = mistakes(f"{HEAD}input: [3, 8, 9]\n{network}")
    assert (error.code, error.notes[-1]) == (
        "concat-shape-mismatch",
        "the network takes a height of odd sizes from 3 on; the nearest to 8 are 7 and 9",
    )


def test_branches_that_agree_for_no_size_but_the_smallest_say_nothing_of_sizes() -> None:
    network = "network: [{concat: [[3x3 conv 8 stride 2], [3x3 max_pool]]}]\n"
    (error,) = mistakes(f"{HEAD}input: [3, 8, 8]\n{network}")
    assert not any("takes" in note for note in error.notes)


def test_a_variants_input_is_told_where_it_stands() -> None:
    (error,) = mistakes("incspec: 1\nextends: zoo/unet\nname: X\ninput: [1, 570, 572]\n")
    assert (error.code, line(error)) == ("input-size", 4)
    assert error.help == "the next that it takes is `[1, 572, 572]`"
    assert error.secondary[0].text == "branches differ in height"
    assert "the network takes a height of 16k-4 from 188 on; the nearest to 570 are 556 and 572" in error.notes


def test_a_variants_input_that_is_too_small_names_the_smallest() -> None:
    (error,) = mistakes("incspec: 1\nextends: inception_v4\nname: X\ninput: [3, 64, 64]\n")
    assert error.help == "the next that it takes is `[3, 75, 75]`"


@pytest.mark.parametrize("size", [74, 75])
def test_the_nearest_size_is_taken(size: int, tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(f"incspec: 1\nextends: inception_v4\nname: X\ninput: [3, {size}, {size}]\n")
    if size == 75:
        assert incspec.load(path).inputs[0].shape == (3, 75, 75)
    else:
        with pytest.raises(incspec.CompileError):
            incspec.load(path)
