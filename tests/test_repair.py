"""Repair: a mistake of shapes is told with the single change that mends it, and only where it does."""

from __future__ import annotations

from pathlib import Path

import pytest

from incspec.diagnostics import Diagnostic, Diagnostics
from incspec.edits import edited
from incspec.pipeline import compile_spec
from incspec.reading.files import SpecFile
from incspec.rendering.text import render_text
from incspec.repair.fit import closing
from incspec.source import SourceFile

REDUCTION = """incspec: 1
name: Small
input: [3, 35, 35]
blocks:
  reduction:
    body:
      - concat:
          - [3x3 max_pool stride 2 V]
          - [1x1 conv 64, 3x3 conv 96]
          - [conv: {out: 96, kernel: 3, stride: 2, pad: valid}]
network:
  - 3x3 conv 16
  - reduction
  - residual: [3x3 conv 208, 3x3 conv in]
  - global_avg_pool
  - linear 10
"""


def told(text: str) -> tuple[Diagnostic, ...]:
    sink = Diagnostics()
    compile_spec(SpecFile(SourceFile("spec.yaml", text), Path()), sink)
    return sink.sorted()


def only(text: str) -> Diagnostic:
    """The only message."""
    items = told(text)
    assert len(items) == 1, render_text(items)
    return items[0]


def underlined(item: Diagnostic) -> tuple[int, str]:
    """The line and the characters of the first place."""
    assert item.primary is not None
    return item.primary.span.position.line, item.primary.span.text


def test_a_branch_without_the_stride_and_pad_of_the_others_is_asked_for_them() -> None:
    item = only(REDUCTION)
    assert item.code == "concat-shape-mismatch"
    assert underlined(item) == (9, "conv")
    assert item.help == "did you mean `stride 2 V`?"
    mended = REDUCTION.replace("3x3 conv 96]", "3x3 conv 96 stride 2 V]")
    assert told(mended) == ()


def test_a_field_of_a_mapping_is_asked_for_as_one() -> None:
    text = REDUCTION.replace("3x3 conv 96]", "3x3 conv 96 stride 2 V]").replace(", pad: valid", "")
    assert only(text).help == "did you mean `pad: valid`?"


RIGHT = """incspec: 1
name: Small
input: [3, 35, 35]
params: {classes: 10}
blocks:
  reduction:
    params: {n: 96}
    body:
      - concat:
          - [3x3 max_pool stride 2 V]
          - [1x1 conv 64, 3x3 conv n stride 2 V]
          - [conv: {out: 96, kernel: 3, stride: 2, pad: valid}]
network:
  - 3x3 conv 16 V
  - reduction: {expect: [208, 16, 16]}
  - residual: [1x1 conv 104, 3x3 conv 208]
  - reduction
  - global_avg_pool
  - linear classes in 400
expect: {params: 540_066, macs: 89_585_488}
defaults: {conv: {act: relu}}
"""
# What is changed, and to what; what is underlined then, and the question that is asked.
MENDED = (
    ("3x3 conv n stride 2 V", "3x3 conv n V", (11, "conv"), "did you mean `stride 2`?"),
    ("3x3 conv n stride 2 V", "3x3 conv n stride 2", (11, "conv"), "did you mean `V`?"),
    ("3x3 conv n stride 2 V", "3x3 conv n stride 3 V", (11, "3"), "did you mean `2`?"),
    ("3x3 conv n stride 2 V", "2x3 conv n stride 2 V", (11, "2"), "did you mean `3x3`?"),
    ("1x1 conv 64", "1x1 conv 64 stride 2", (11, "2"), "did you mean it without `stride 2`?"),
    ("stride: 2,", "stride: 4,", (12, "4"), "did you mean `2`?"),
    ("conv 16 V", "conv 16", (14, "conv"), "did you mean `V`?"),
    ("conv 16 V", "conv 17 V", (14, "17"), "did you mean `16`?"),
    ("conv 208]", "conv 209]", (16, "209"), "did you mean `208`?"),
    ("1x1 conv 104", "1x2 conv 104", (16, "2"), "did you mean `1x1`?"),
    ("conv 104", "conv 105", (16, "105"), "did you mean `104`?"),
    ("n: 96", "n: 97", (7, "97"), "did you mean `96`?"),
    ("classes: 10", "classes: 11", (4, "11"), "did you mean `10`?"),
    ("[3, 35", "[3, 36", (3, "36"), "did you mean `35`?"),
    ("  - reduction\n", "  - reduction\n  - reduction\n", (18, "reduction"), "did you mean it to stand once?"),
)


def test_the_spec_without_a_change_is_right() -> None:
    assert told(RIGHT) == ()


@pytest.mark.parametrize(("old", "new", "place", "question"), MENDED, ids=[f"{case[0]}-{case[1]}" for case in MENDED])
def test_what_was_changed_is_underlined_wherever_it_shows(
    old: str, new: str, place: tuple[int, str], question: str
) -> None:
    item = only(RIGHT.replace(old, new, 1))
    assert (underlined(item), item.help) == (place, question)


@pytest.mark.parametrize(("right", "wrong", "place", "question"), MENDED)
def test_what_is_asked_for_is_offered_as_a_fix_that_is_not_certain(
    right: str, wrong: str, place: tuple[int, str], question: str
) -> None:
    text = RIGHT.replace(right, wrong, 1)
    item = only(text)
    in_a_line = ":" not in question and "stand" not in question
    assert bool(item.fixes) == in_a_line
    for fix in item.fixes:
        assert not fix.certain
        assert told(edited(text, fix.edits)) == ()


def test_what_moved_from_the_first_place_is_shown_as_the_second() -> None:
    item = only(RIGHT.replace("conv 104", "conv 105"))
    assert item.primary is not None
    assert item.primary.text == "with `104` here everything fits"
    label = item.secondary[0]
    assert (label.span.position.line, label.text) == (20, "2_081 more")


def test_an_expectation_that_is_wrong_itself_is_left_to_be_blamed() -> None:
    item = only(RIGHT.replace("[208, 16, 16]", "[209, 16, 16]"))
    assert underlined(item) == (15, "[209, 16, 16]")
    assert item.help is not None
    assert "write what comes out" in item.help


def test_the_input_is_not_asked_about_for_the_sake_of_one_expectation() -> None:
    item = only("incspec: 1\nname: Small\ninput: [3, 8, 8]\nnetwork: [3x3 conv 4, relu: {expect: [4, 9, 8]}]\n")
    assert underlined(item) == (4, "[4, 9, 8]")


def test_of_two_mistakes_each_is_told_with_its_own_change() -> None:
    text = RIGHT.replace("3x3 conv n stride 2 V", "3x3 conv n V").replace("conv 208]", "conv 209]")
    assert [item.help for item in told(text)] == ["did you mean `stride 2`?", "did you mean `208`?"]


def test_nothing_is_asked_where_two_changes_are_as_likely() -> None:
    text = """incspec: 1
name: Small
input: [3, 8, 8]
network: [1x1 conv 8, concat: [[1x1 conv 12], [3x3 conv 12]], relu: {expect: [28, 8, 8]}]
"""
    item = only(text)
    assert underlined(item) == (4, "[28, 8, 8]")
    assert "did you mean" not in str(item.help)


def test_closing_finds_the_number_by_a_line_and_by_a_parabola() -> None:
    assert closing([(97, (5, 10)), (98, (10, 20))]) == 96
    # x * x + x = 72
    points = [(10, (38,)), (11, (60,))]
    first = closing(points)
    assert first == 8
    assert closing([(10, (38,)), (11, (60,)), (9, (18,))]) == 8


def test_closing_gives_up_where_measures_contradict_each_other() -> None:
    assert closing([(97, (5, 10)), (98, (10, 10))]) is None
    assert closing([(97, (5, 100)), (98, (10, 101))]) is None
    assert closing([(97, (5, 0)), (98, (10, 1))]) is None


def test_width_that_no_use_of_a_block_gets_is_the_mistake_of_the_block() -> None:
    text = """incspec: 1
name: Small
input: [3, 32, 32]
blocks:
  inception:
    params: {a: required, b: required}
    body:
      - concat:
          - [1x1 conv a]
          - [1x1 conv b]
          - [3x3 max_pool, 1x1 conv 32]
network:
  - inception: {a: 16, b: 16, expect: [96, 32, 32]}
  - inception: {a: 24, b: 16, expect: [104, 32, 32]}
  - inception: {a: 24, b: 48, expect: [136, 32, 32]}
  - inception: {a: 40, b: 48, expect: [152, 32, 32]}
"""
    item = only(text.replace("conv 32]", "conv 32]\n          - [1x1 conv a+b]"))
    # What is behind a use that gives the wrong width is not judged.
    assert item.message == "the block `inception` gives another width than 2 of its uses expect"
    assert underlined(item) == (8, "concat")
    assert [label.span.position.line for label in item.secondary] == [15, 17]


@pytest.mark.parametrize(
    "given", ["[64, 48, 3]", "{image: [64, 48, 3]}", "\n  - 64\n  - 48\n  - 3"], ids=["list", "named", "lines"]
)
def test_channels_that_stand_last_in_the_input_are_put_first(given: str) -> None:
    text = f"incspec: 1\nname: N\ninput: {given}\nnetwork: [3x3 conv 8 stride 2 V, relu, 3x3 conv 8 V]\n"
    item = only(text)
    assert item.help == "channels come first; did you mean `[3, 64, 48]`?"
    assert item.primary is not None
    assert item.primary.text == "with `[3, 64, 48]` here everything fits"
    for fix in item.fixes:
        assert not fix.certain
        assert told(edited(text, fix.edits)) == ()
    assert len(item.fixes) == ("\n" not in given)


@pytest.mark.parametrize(
    "given",
    ["{rgb: [64, 48, 3], mask: [2], depth: [64, 48, 1]}", "\n  rgb: [64, 48, 3]\n  mask: [2]\n  depth: [64, 48, 1]"],
    ids=["line", "lines"],
)
def test_channels_that_stand_last_in_several_inputs_are_put_first_in_all(given: str) -> None:
    steps = "[concat: [rgb, depth], 3x3 conv 8 stride 2 V, relu, 3x3 conv 8 V, global_avg_pool: {name: all}, concat: [all, mask]]"
    text = f"incspec: 1\nname: N\ninput: {given}\nnetwork: {steps}\n"
    item = only(text)
    meant = "{rgb: [3, 64, 48], mask: [2], depth: [1, 64, 48]}"
    assert item.help == f"channels come first; did you mean `{meant}`?"
    assert item.primary is not None
    assert item.primary.text == f"with `{meant}` here everything fits"
    for fix in item.fixes:
        assert told(edited(text, fix.edits)) == ()
    assert len(item.fixes) == ("\n" not in given)


def test_a_pad_that_takes_much_of_a_small_map_is_found() -> None:
    text = "incspec: 1\nname: N\ninput: [3, 15, 15]\nnetwork: [concat: [[7x1 conv 8 V], [3x3 conv 8], [relu]]]\n"
    assert only(text).help == "did you mean it without `V`?"
