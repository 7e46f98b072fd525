"""An input that is stated with its batch, as other frameworks have it, is told as that; all else is told of the input without."""

from __future__ import annotations

import pytest
from told import mended, told

NETWORK = "network: [3x3 conv 8 act relu, global_avg_pool, linear 10]\n"


def spec(shape: str, network: str = NETWORK) -> str:
    return f"incspec: 1\nname: N\ninput: {shape}\n{network}"


@pytest.mark.parametrize("batch", ["null", "none", "None", "~", "-1", "1"])
def test_the_batch_is_told_and_taken_away(batch: str) -> None:
    (item,) = told(spec(f"[{batch}, 3, 32, 32]"))
    assert item.primary is not None
    assert (item.code, item.primary.span.text) == ("invalid-input", batch)
    assert (item.message, item.help) == ("the batch is not stated", "write `[3, 32, 32]`")
    assert mended(spec(f"[{batch}, 3, 32, 32]")) == spec("[3, 32, 32]")


@pytest.mark.parametrize("batch", ["null", "1"])
def test_of_several_inputs_each_is_told(batch: str) -> None:
    network = "network:\n  - concat: [[conv: {out: 8, kernel: 3x3, from: a}], [conv: {out: 8, kernel: 3x3, from: b}]]\n"
    text = spec(f"{{a: [{batch}, 3, 32, 32], b: [{batch}, 1, 32, 32]}}", network)
    assert [item.help for item in told(text)] == ["write `[3, 32, 32]`", "write `[1, 32, 32]`"]


@pytest.mark.parametrize("batch", ["null", "1"])
def test_all_else_is_told_of_the_input_without_it(batch: str) -> None:
    network = "network: [3x3 conv 8, 3x3 conv 8 groups 3]\n"
    assert [item.code for item in told(spec(f"[{batch}, 3, 32, 32]", network))] == ["invalid-input", "groups-mismatch"]


def test_an_input_of_one_channel_and_four_axes_stays_one() -> None:
    assert told(spec("[1, 8, 32, 32]", "network: [3x3x3 conv 8 act relu, global_avg_pool, linear 10]\n")) == []
    network = "network: [3x3x3 conv 8 groups 3]\n"
    assert [item.code for item in told(spec("[1, 8, 32, 32]", network))] == ["groups-mismatch"]


def test_where_its_absence_mends_nothing_the_layer_is_told() -> None:
    network = "network: [3x3x3 conv 8 act relu, 3x3 conv 8]\n"
    assert [item.code for item in told(spec("[1, 8, 32, 32]", network))] == ["wrong-axis-count"]


def test_an_item_of_another_list_is_not_null() -> None:
    assert [item.code for item in told(spec("[3, null, 32]"))] == ["null"]
