"""Hints: what a message asks about is what was meant, in full."""

from __future__ import annotations

import pytest
from told import compiled, told

from incspec.edits import edited

BLOCKS = "".join(f"  unit_{name}: {{params: {{n: 8}}, body: [1x1 conv n]}}\n" for name in "abc")
HEAD = f"incspec: 1\nname: N\ninput: [3, 16, 16]\nparams: {{width: 32}}\nblocks:\n{BLOCKS}network:\n  - 1x1 conv 3 name a\n  - 1x1 conv 3 name b\n"
HINTS: tuple[tuple[str, str | None], ...] = (
    ("3x3 conv width/3", "`//` rounds down: `width//3`"),
    ("3x3 conv 1/2", None),
    ("3x3 conv (width+2)/3", "`//` rounds down: `(width+2)//3`"),
    ("conv 64 kernel 3", "the size stands first: `3x3 conv ...`, without `kernel`"),
    ("conv 64", "write `3x3 conv ...`"),
    ("3x3 conv 2 * width", "write `2*width`"),
    ("1x1 conv128", "write `conv 128`"),
    ("unit_d", "did you mean `unit_a`, `unit_b` or `unit_c`?"),
    ("unit_a: 32", "write `unit_a: {n: 32}`"),
    ("conv: {num_output: 8, kernel: 3}", "did you mean `out`?"),
    ("conv: {filters: 8, kernel: 3}", "did you mean `out`?"),
    ("unit_a: {n: 8, if: width > 3}", "did you mean `when`?"),
    ("unit_a if width>3", "did you mean `when`?"),
    ("relu: {if: width > 3}", "did you mean `when`?"),
    ("3 x unit_a: {n: width}", "write `unit_a: {n: width, repeat: 3}`"),
    ("3x unit_a:\n      n: width", "write `unit_a: {..., repeat: 3}`"),
    ("3 × unit_a", "write `unit_a repeat 3`"),
    ("2 x 3x3 conv 8 V", "write `3x3 conv 8 repeat 2 V`"),
    ("3x3 conv width^2", "a power is `width**2`"),
    ("3x3 conv 2^width", "a power is `2**width`"),
    ("conv: {out: 'width > 8 ? 8 : width', kernel: 3}", "write `8 if width > 8 else width`"),
    ("3x3 depthwise_conv 3", "a depthwise convolution is `3x3 conv in groups in`"),
    ("3x3 SeparableConv2D 8", "a depthwise convolution is `3x3 conv in groups in`; a `1x1 conv` follows it"),
    ("GlobalAveragePooling2D", "did you mean `global_avg_pool`?"),
    ("3x3 MaxPooling2D", "did you mean `max_pool`?"),
    ("3x3 conv 32 groups 2", "the widths divide into 1"),
    ("concat: {from: [a, b]}", "write `concat: [a, b]`"),
    ("{type: Conv, out: 32, kernel: 3}", "write `conv: {out: 32, kernel: 3}`"),
    ("{op: conv, args: {out: 32}}", "write `conv: {...}`"),
    ("{type: relu}", "write `relu`"),
    ("{'type': 'conv', out: 8, kernel: 1}", "write `conv: {out: 8, kernel: 1}`"),
    ("3x3 conv ${width}", "the value of a parameter is its name alone: `width`"),
    ("3x3 conv {{width}}", "the value of a parameter is its name alone: `width`"),
    ("[-1, 1, Conv, [64, 3, 2]]", "write `3x3 conv 64`, or `conv: {kernel: 3x3, out: 64}`"),
    ("[3x3 conv 8, relu]", "remove one pair of brackets"),
    ("conv3x3 32", "the size stands first: `3x3 conv ...`"),
    ("max_pool_2x2", "the size stands first: `2x2 max_pool ...`"),
    ("3x3 conv 32 norm true", "one of `batch_norm`, `layer_norm`, `lrn`, `none`"),
)


def hints(step: str, rest: str = "") -> list[tuple[str | None, str]]:
    """The hints of the errors, and the text with the fixes of each."""
    text = f"{HEAD}  - {step}\n{rest}"
    return [(item.help, edited(text, [edit for fix in item.fixes for edit in fix.edits])) for item in told(text)]


@pytest.mark.parametrize(("step", "hint"), HINTS, ids=[step for step, _ in HINTS])
def test_what_was_meant_is_written_out(step: str, hint: str | None) -> None:
    assert [found for found, _ in hints(step)] == [hint]


def test_the_words_of_other_frameworks_are_replaced_by_fixes() -> None:
    assert hints("conv: {num_output: 8, kernel: 3}")[0][1] == f"{HEAD}  - conv: {{out: 8, kernel: 3}}\n"
    assert hints("unit_a: {if: width > 3}")[0][1] == f"{HEAD}  - unit_a: {{when: width > 3}}\n"


def test_a_number_of_times_before_a_step_is_moved_into_it() -> None:
    assert hints("3 x unit_a: {n: width}")[0][1] == f"{HEAD}  - unit_a: {{n: width, repeat: 3}}\n"
    assert hints("3 x unit_a: {}")[0][1] == f"{HEAD}  - unit_a: {{repeat: 3}}\n"
    assert hints("2 x 3x3 conv 8 V # so")[0][1] == f"{HEAD}  - 3x3 conv 8 repeat 2 V # so\n"


def test_ops_of_other_frameworks_are_replaced_by_fixes() -> None:
    assert hints("GlobalAveragePooling2D")[0][1] == f"{HEAD}  - global_avg_pool\n"
    assert hints("3x3 conv in groups in") == []


def test_groups_that_would_do_are_named() -> None:
    assert hints("1x1 conv 32\n  - 3x3 conv 64 groups 3")[0][0] == "the widths divide into 2 or 4"


def test_a_shape_of_features_alone_is_a_list() -> None:
    ((hint, _),) = hints("1x1 conv 8", "expect: {output: 10}\n")
    assert hint == "write `[10]`: a shape is a list, here of the features alone"


def test_the_only_parameter_of_a_block_is_named_by_a_fix() -> None:
    ((_, mended),) = hints("unit_a: 32")
    assert mended == f"{HEAD}  - unit_a: {{n: 32}}\n"


def test_the_quotient_that_a_parameter_is_given_is_shown_where_it_may_be_changed() -> None:
    (hint, _), *others = hints("unit_a: {n: width/3}")
    assert not others
    assert hint == "`//` rounds down: `width//3`"


@pytest.mark.parametrize(
    ("given", "meant"), [("[[3, 8, 8], [1, 8, 8]]", "{a: [3, 8, 8], b: [1, 8, 8]}"), ("[[3, 8, 8]]", "[3, 8, 8]")]
)
def test_shapes_in_a_list_are_given_names(given: str, meant: str) -> None:
    text = f"incspec: 1\nname: N\ninput: {given}\nnetwork: [3x3 conv 8]\n"
    (item,) = compiled(text)[1]
    assert item.help is not None
    assert f"`input: {meant}`" in item.help


def test_a_key_that_ends_in_another_is_that_one() -> None:
    text = "incspec: 1\nname: N\ninput: [3, 8, 8]\nnetwork: [3x3 conv 8 name x, global_avg_pool, linear 4]\n"
    text += "aux: {head: {from: x, loss_weight: 0.3, body: [global_avg_pool, linear 4]}}\n"
    assert [(item.code, item.help) for item in compiled(text)[1]] == [("unknown-key", "did you mean `weight`?")]


def test_a_size_in_the_name_of_a_block_is_no_size() -> None:
    text = "incspec: 1\nname: N\ninput: [3, 8, 8]\nblocks: {unit3x3: [3x3 conv 3]}\nnetwork: [unti3x3, global_avg_pool, linear 4]\n"
    (item,) = told(text)
    assert item.help == "did you mean `unit3x3`?"
    assert "network: [unit3x3," in edited(text, [edit for fix in item.fixes for edit in fix.edits])
