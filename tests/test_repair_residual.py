"""Repair of residuals: the shortcut is to blame where the body changes the shape on purpose."""

from __future__ import annotations

import pytest
from test_repair import only, told, underlined

from incspec.diagnostics import Diagnostic
from incspec.edits import edited
from incspec.rendering.text import render_text

HEAD = """incspec: 1
name: Test
input: [3, 64, 64]
defaults: {conv: {norm: batch_norm, act: relu}}
"""


def network(*steps: str) -> str:
    lines = ["3x3 conv 64", *steps, "global_avg_pool", "linear 10"]
    return HEAD + "network:\n" + "".join(f"  - {line}\n" for line in lines)


def block(*lines: str, params: str = "{w: required, stride: 2}") -> str:
    body = "".join(f"          {line}\n" for line in lines)
    blocks = f"blocks:\n  unit:\n    params: {params}\n    body:\n      - residual:\n{body}"
    return HEAD + blocks + network("unit: {w: 128}", "unit: {w: 256}").removeprefix(HEAD)


IDENTITY = "the shortcut is the identity, 64x64x64"
# A spec, what is underlined first and what is said of it, and what is asked.
MENDED = {
    "no projection": (
        network("residual: [3x3 conv 128 stride 2, 3x3 conv 128]"),
        (7, "residual", IDENTITY),
        "did you mean `residual: {body: [...], shortcut: [1x1 conv 128 stride 2]}`?",
    ),
    "no projection, as a mapping in one line": (
        network("residual: {act: relu, body: [3x3 conv 128 stride 2, 3x3 conv 128 act none]}"),
        (7, "residual", IDENTITY),
        "did you mean `shortcut: [1x1 conv 128 stride 2 act none]`?",
    ),
    "the identity is written": (
        network("residual: {body: [3x3 max_pool stride 2, 3x3 conv 128], shortcut: identity}"),
        (7, "identity", IDENTITY),
        "did you mean `shortcut: [1x1 conv 128 stride 2]`?",
    ),
    "no projection of a width alone": (
        network("residual: [1x1 conv 32, 3x3 conv 128]"),
        (7, "residual", "with `shortcut: [1x1 conv 128]` here everything fits"),
        "did you mean `residual: {body: [...], shortcut: [1x1 conv 128]}`?",
    ),
    "no projection in a block": (
        block("act: relu", "body: [3x3 conv w stride stride, 3x3 conv w]"),
        (9, "residual", IDENTITY),
        "did you mean `shortcut: [1x1 conv w stride stride]`?",
    ),
    "no stride in the shortcut": (
        network("residual: {body: [3x3 conv 128 stride 2, 3x3 conv 128], shortcut: [1x1 conv 128]}"),
        (7, "conv", "the shortcut is 128x64x64"),
        "did you mean `stride 2`?",
    ),
    "no stride in the shortcut, where it is a parameter": (
        block("body: [3x3 conv w stride stride, 3x3 conv w]", "shortcut: [1x1 conv w]"),
        (11, "conv", "the shortcut is 128x64x64"),
        "did you mean `stride stride`?",
    ),
    "no stride in the shortcut, where the body has it twice": (
        block("body: [3x3 conv w stride stride, 3x3 conv w stride stride]", "shortcut: [conv: {out: w}]"),
        (11, "conv", "the shortcut is 128x64x64"),
        "did you mean `stride: stride*stride`?",
    ),
    "no stride in the body": (
        block("body: [1x1 conv w, 3x3 conv w, 1x1 conv w]", "shortcut: [1x1 conv w stride stride]"),
        (10, "conv", "with `stride stride` here everything fits"),
        "did you mean `stride stride`?",
    ),
    "another width in the shortcut": (
        block("body: [3x3 conv w stride stride, 3x3 conv w]", "shortcut: [1x1 conv w//2 stride stride]"),
        (11, "w//2", "with `w` here everything fits"),
        "did you mean `w`?",
    ),
    "another width in the body": (
        block("body: [3x3 conv w stride stride, conv: {out: 2*w}, batch_norm]", "shortcut: [1x1 conv w stride stride]"),
        (10, "2*w", "with `w` here everything fits"),
        "did you mean `w`?",
    ),
    "another width in the shortcut, where what follows needs that of the body": (
        block(
            "body: [3x3 conv 2*w stride stride]", "shortcut: [1x1 conv w//2 stride stride]", "expect: [256, 32, 32]"
        ).replace("  - unit: {w: 256}\n", ""),
        (11, "w//2", "with `2*w` here everything fits"),
        "did you mean `2*w`?",
    ),
    "a width that is one off": (
        network("residual: [1x1 conv 32, 3x3 conv 65]"),
        (7, "65", "with `64` here everything fits"),
        "did you mean `64`?",
    ),
}


@pytest.mark.parametrize(("text", "place", "question"), MENDED.values(), ids=MENDED)
def test_what_a_residual_lacks_is_asked_for(text: str, place: tuple[int, str, str], question: str) -> None:
    item = only(text)
    assert item.primary is not None
    assert (*underlined(item), item.primary.text, item.help) == (*place, question)


def test_which_of_two_computed_widths_is_meant_is_not_guessed() -> None:
    item = only(block("body: [3x3 conv 2*w stride stride]", "shortcut: [1x1 conv w//2 stride stride]"))
    assert (underlined(item), item.help) == ((10, "conv"), None)
    assert [(label.span.text, label.text) for label in item.secondary] == [("conv", "the shortcut is 64x32x32")]


def test_a_width_is_offered_as_a_fix_that_is_not_certain() -> None:
    text = MENDED["another width in the shortcut"][0]
    (fix,) = only(text).fixes
    assert not fix.certain
    assert told(edited(text, fix.edits)) == ()


def test_a_projection_is_offered_as_a_fix_that_is_not_certain() -> None:
    block_style = block("act: relu", "body:", "  - 3x3 conv w stride stride", "  - 3x3 conv w")
    flow, listed = MENDED["no projection, as a mapping in one line"][0], MENDED["no projection"][0]
    for text in (block_style, flow, listed, MENDED["the identity is written"][0]):
        (fix,) = only(text).fixes
        assert not fix.certain
        assert told(edited(text, fix.edits)) == ()


def test_each_of_several_residuals_without_a_projection_is_told_with_its_own() -> None:
    items = told(network("residual: [3x3 conv 128 stride 2]", "relu", "residual: [3x3 conv 256 stride 2]"))
    assert [_asked(item) for item in items] == ["[1x1 conv 128 stride 2]", "[1x1 conv 256 stride 2]"], render_text(
        items
    )


def _asked(item: Diagnostic) -> str:
    return (item.help or "").partition("shortcut: ")[2].removesuffix("}`?")


def test_which_of_two_strides_is_one_too_many_is_not_guessed() -> None:
    text = block("body: [3x3 conv w stride stride, 3x3 conv w stride stride]", "shortcut: [1x1 conv w stride stride]")
    item = only(text)
    assert (underlined(item), item.help) == ((11, "conv"), None)


def test_a_stride_in_a_body_that_contradicts_what_is_expected_is_the_mistake() -> None:
    text = network("residual: {body: [3x3 conv 64 stride 2, 3x3 conv 64], expect: [64, 64, 64]}")
    assert only(text).help == "did you mean it without `stride 2`?"
