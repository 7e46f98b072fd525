"""Blame: what a message underlines first, and what it shows beside it."""

from __future__ import annotations

from pathlib import Path

from incspec.diagnostics import Diagnostic, Diagnostics, Label
from incspec.pipeline import compile_spec
from incspec.reading.files import SpecFile
from incspec.rendering.text import render_text
from incspec.source import SourceFile

HEAD = """incspec: 1
name: Test
input: [3, 32, 32]
"""


def only(text: str, folder: Path = Path()) -> Diagnostic:
    """The only message."""
    sink = Diagnostics()
    compile_spec(SpecFile(SourceFile("spec.yaml", text), folder), sink)
    assert len(sink) == 1, render_text(sink.sorted())
    return sink.sorted()[0]


def shown(label: Label | None) -> tuple[int, str, str]:
    """The line, the characters and what is said of them."""
    assert label is not None
    return label.span.position.line, label.span.text, label.text


def test_layer_is_shown_after_which_a_branch_has_a_size_of_its_own() -> None:
    item = only(
        f"""{HEAD}network:
  - concat:
      - [3x3 conv 8, 3x3 conv 8 stride 2]
      - [3x3 conv 8 stride 2, 3x3 conv 8]
      - [1x1 conv 8, 3x3 conv 8 stride 3, 5x5 conv 8 stride 2]
"""
    )
    assert shown(item.primary) == (8, "conv", "this branch is 8x6x6")
    assert [shown(label) for label in item.secondary] == [(8, "3", "11x11 from here on, which no other branch is")]


def test_layer_of_another_branch_is_shown_that_gives_the_size_that_one_lacks() -> None:
    item = only(
        f"""{HEAD}network:
  - concat:
      - [3x3 conv 8, 3x3 max_pool stride 2]
      - [3x3 conv 8 stride 2]
      - [1x1 conv 8, 3x3 conv 8]
"""
    )
    assert shown(item.primary) == (8, "conv", "this branch is 8x32x32")
    assert [shown(label) for label in item.secondary] == [(6, "2", "another branch is 16x16 from here on")]


def test_step_that_made_the_width_of_a_branch_is_shown() -> None:
    item = only(
        f"""{HEAD}network:
  - 1x1 conv 8
  - add: [[1x1 conv 8], [identity], [1x1 conv 24, batch_norm, relu]]
"""
    )
    assert shown(item.primary) == (6, "24", "with `8` here everything fits")
    assert [shown(label) for label in item.secondary] == [
        (6, "relu", "this branch is 24x32x32"),
        (6, "conv", "24 channels come from here"),
    ]


def test_both_of_two_branches_are_shown_that_differ_in_width() -> None:
    item = only(
        f"""{HEAD}network:
  - add:
      - [3x3 conv 7, relu]
      - [3x3 conv 15]
"""
    )
    assert shown(item.primary) == (7, "conv", "this branch is 15x32x32")
    assert [shown(label) for label in item.secondary] == [(6, "relu", "the other branch is 7x32x32")]
    assert item.notes == ()
    item = only(f"{HEAD}network:\n  - 1x1 conv 7\n  - add:\n      - [identity]\n      - [3x3 conv 15]\n")
    assert shown(item.secondary[-1])[::2] == (7, "the other branch is 7x32x32")


def test_head_that_is_attached_to_features_is_to_blame_not_its_first_pool() -> None:
    item = only(
        f"""{HEAD}blocks:
  head: [5x5 avg_pool V, 1x1 conv 8, flatten, linear 10]
network: [3x3 conv 8, global_avg_pool, linear 10]
aux: {{one: {{from: linear, weight: 0.3, body: [head]}}}}
"""
    )
    assert shown(item.primary) == (7, "linear", "this has no height and width")
    assert [shown(label) for label in item.secondary] == [
        (5, "avg_pool", "the input is 10"),
        (6, "global_avg_pool", "8x32x32 becomes 8 features here"),
    ]
    assert item.help == "attach the head to a tensor before the global pool or `flatten`"


def test_second_global_pool_is_to_be_left_out() -> None:
    item = only(f"{HEAD}network: [3x3 conv 8, global_avg_pool, global_max_pool]\n")
    assert item.help == "what arrives has no height and width any more: leave this pool out"


def test_what_is_inside_a_block_cannot_be_read_and_the_message_says_so() -> None:
    item = only(
        f"""{HEAD}blocks:
  stem: [3x3 conv 8, batch_norm: {{name: norm}}]
network: [stem, relu: {{from: stem.norm}}]
"""
    )
    assert item.code == "unknown-tensor"
    assert item.help == "blocks are closed: only what a block names in `outputs` can be read, as `stem.output`"


def test_expectation_of_another_file_that_a_variant_does_not_meet_is_to_be_restated_there(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text(
        f"{HEAD}params: {{width: 8}}\nblocks:\n  stem: {{expect: [8, 32, 32], body: [3x3 conv width]}}\nnetwork: [stem]\n"
    )
    item = only("extends: base.yaml\nname: Wider\nparams: {width: 16}\n", tmp_path)
    assert (item.severity, item.notes) == ("note", ())
    assert item.help == "if that is meant, say so in this file: `expect: [16, 32, 32]`"
