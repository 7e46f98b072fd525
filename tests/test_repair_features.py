"""Repair of what wants a map and gets features: the step that made them is shown, and what may have been meant with it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from test_repair import only, told, underlined

from incspec.edits import edited

HEAD = """incspec: 1
name: N
input: [3, 32, 32]
allow: {unused-block: each test calls what it wants}
blocks:
  tail: [3x3 conv 8, global_avg_pool, linear 10]
  module: [concat: [[1x1 conv 8], [3x3 max_pool, 1x1 conv 8]]]
  classifier: [linear 10]
network:
  - 1x1 conv 16 act relu
"""


def spec(steps: Sequence[str]) -> str:
    return HEAD + "".join(f"  - {step}\n" for step in steps)


@pytest.mark.parametrize(
    ("wrong", "right", "place", "help"),
    [
        (
            ["flatten", "global_avg_pool", "linear 10"],
            ["global_avg_pool", "linear 10"],
            "flatten",
            "did you mean it without `flatten`?",
        ),
        (["flatten", "tail"], ["tail"], "flatten", "did you mean it without `flatten`?"),
        (
            ["flatten", "module", "module", "linear 10"],
            ["module", "module", "flatten", "linear 10"],
            "flatten",
            "did you mean it to stand right before `linear`?",
        ),
        (
            ["flatten", "3x3 max_pool", "classifier"],
            ["3x3 max_pool", "flatten", "classifier"],
            "flatten",
            "did you mean it to stand right before `classifier`?",
        ),
        (
            ["global_avg_pool", "batch_norm", "3x3 conv 16", "linear 10"],
            ["batch_norm", "3x3 conv 16", "global_avg_pool", "linear 10"],
            "global_avg_pool",
            "did you mean it to stand right before `linear`?",
        ),
    ],
)
def test_the_step_that_made_features_is_asked_about(wrong: list[str], right: list[str], place: str, help: str) -> None:
    item = only(spec(wrong))
    assert item.code == "wrong-rank"
    assert underlined(item)[1] == place
    assert item.help == help
    assert [each for each in told(spec(right)) if each.severity == "error"] == []


@pytest.mark.parametrize("squeeze", ["global_avg_pool", "global_max_pool"])
def test_the_pool_of_a_squeeze_excite_is_asked_to_keep_its_axes(squeeze: str) -> None:
    """Its 1x1 convolutions want a map, and the product one of size 1 (arXiv:1709.01507, figure 3)."""
    lines = ("  se:", "    - mul:", "        - [identity]", f"        - - {squeeze}", "          - 1x1 conv 4 act relu")
    block = "\n".join((*lines, "          - 1x1 conv 16 act sigmoid", "  module:"))
    text = spec(["se", "module", "se", "tail"]).replace("  module:", block)
    item = only(text)
    assert item.code == "wrong-rank"
    assert (underlined(item)[1], item.help) == (squeeze, f"did you mean `{squeeze} keep true`?")
    (fix,) = item.fixes
    assert [each for each in told(edited(text, fix.edits)) if each.severity == "error"] == []


def test_where_another_mistake_comes_to_light_behind_it_the_pool_may_still_keep_its_axes() -> None:
    module = "mul: [[identity], [global_avg_pool, conv: {out: 4, act: relu}, conv: {out: 16, act: sigmoid}]]"
    item = only(spec([module, module, "tail"]))
    assert underlined(item)[1] == "conv"
    assert item.help == "put `conv` before `global_avg_pool`, or keep its axes: `global_avg_pool keep true`"


def test_a_pool_that_is_read_by_name_may_keep_its_axes() -> None:
    item = only(spec(["global_avg_pool name few", "1x1 conv 16", "add: [few, [relu]]", "flatten", "linear 10"]))
    assert (underlined(item)[1], item.help) == ("global_avg_pool", "did you mean `global_avg_pool keep true`?")


def test_a_window_on_a_map_of_one_cell_is_not_asked_for() -> None:
    for step in ("3x3 conv 8", "3x3 max_pool", "global_max_pool"):
        assert "keep" not in (only(spec(["global_avg_pool", step, "relu"])).help or "")


def test_where_nothing_mends_it_the_place_is_shown_all_the_same() -> None:
    item = only(spec(["flatten", "batch_norm", "tail", "tail"]))
    assert underlined(item)[1] == "conv"
    assert [(label.span.text, label.text) for label in item.secondary] == [
        ("flatten", "16x32x32 becomes 16384 features here")
    ]


def test_a_body_is_not_left_without_a_step() -> None:
    text = spec(["alone", "module", "tail"]).replace("  tail:", "  alone: [flatten]\n  tail:")
    item = only(text)
    assert underlined(item)[1] == "conv"
    assert [label.span.text for label in item.secondary] == ["flatten"]


def test_a_step_that_is_read_by_name_is_not_moved() -> None:
    item = only(spec(["flatten: {name: flat}", "module", "linear 10"]))
    assert underlined(item)[1] == "conv"
    assert [label.span.text for label in item.secondary] == ["flatten"]


def test_features_that_are_the_input_come_from_no_step() -> None:
    item = only("incspec: 1\nname: N\ninput: [16]\nnetwork: [linear 10, 3x3 conv 8]\n")
    assert item.code == "wrong-rank"
    assert item.secondary == ()
