"""Keys and lists that stand beside or below a step instead of in it are told with what was meant, and mended."""

from __future__ import annotations

import pytest
from told import mended, told

HEAD = """incspec: 1
name: N
input: [3, 16, 16]
blocks: {unit: {params: {n: 8}, body: [3x3 conv n]}}
network:
"""


# The step as it is written, how it is mended, and what is told on the way.
MENDED = {
    "a key beside a mapping in braces": (
        "  - unit: {n: 48}\n    repeat: 2\n",
        "  - unit: {n: 48, repeat: 2}\n",
        ["write `unit: {n: 48, repeat: 2}`"],
    ),
    "two keys, with comments": (
        "  - unit: {n: 48}  # one\n    repeat: 2\n    name: a  # two\n  - relu\n",
        "  - unit: {n: 48, repeat: 2, name: a}  # one  # two\n  - relu\n",
        ["write `unit: {n: 48, repeat: 2, name: a}`"],
    ),
    "empty braces": (
        "  - unit: {}\n    repeat: 2\n",
        "  - unit: {repeat: 2}\n",
        ["write `unit: {repeat: 2}`"],
    ),
    "a main field": (
        "  - conv: 8\n    expect: [8, 16, 16]\n",
        "  - conv: {out: 8, expect: [8, 16, 16]}\n",
        ["write `conv: {out: 8, expect: [8, 16, 16]}`"],
    ),
    "a field that is called like an op": (
        "  - residual: [3x3 conv 3]\n    drop_path: 0.1\n",
        "  - residual: {body: [3x3 conv 3], drop_path: 0.1}\n",
        ["write `residual: {body: [3x3 conv 3], drop_path: 0.1}`"],
    ),
    "fields on lines of their own": (
        "  - conv:\n      out: 8\n      kernel: 3\n    repeat: 2\n",
        "  - conv:\n      out: 8\n      kernel: 3\n      repeat: 2\n",
        ["put `repeat` into its mapping, among the fields of `conv`"],
    ),
    "a list on lines of its own": (
        "  - concat:\n      - [relu]\n      - [1x1 conv 8]\n    name: a\n",
        "  - concat:\n      branches:\n      - [relu]\n      - [1x1 conv 8]\n      name: a\n",
        ["put `name` into its mapping, among the fields of `concat`"],
    ),
    "an op without a value": (
        "  - conv:\n    out: 8\n    expect:\n      - 8\n      - 16\n      - 16\n",
        "  - conv:\n      out: 8\n      expect:\n        - 8\n        - 16\n        - 16\n",
        ["indent what belongs to `conv` deeper than it"],
    ),
    "keys below a line": (
        "  - 3x3 conv 8 stride 2 V\n    repeat: 2\n    name: a\n  - relu\n",
        "  - 3x3 conv 8 stride 2 repeat 2 name a V\n  - relu\n",
        ["write `3x3 conv 8 stride 2 repeat 2 V`", "write `3x3 conv 8 stride 2 repeat 2 name a V`"],
    ),
    "a key below a line that ends in a comment": (
        "  - 3x3 conv 8  # so\n    repeat: 2\n",
        "  - 3x3 conv 8 repeat 2  # so\n",
        ["write `3x3 conv 8 repeat 2`"],
    ),
    "a list as a key below a line": (
        "  - 3x3 conv 8 V\n    expect: [8, 14, 14]\n",
        "  - conv: {kernel: 3x3, out: 8, pad: valid, expect: [8, 14, 14]}\n",
        ["write `conv: {kernel: 3x3, out: 8, pad: valid, expect: [8, 14, 14]}`"],
    ),
    "a list in a line": (
        "  - 3x3 conv 8 expect [8, 14, 14] V\n",
        "  - conv: {kernel: 3x3, out: 8, pad: valid, expect: [8, 14, 14]}\n",
        ["write `conv: {kernel: 3x3, out: 8, pad: valid, expect: [8, 14, 14]}`"],
    ),
    "branches below an op without its colon": (
        "  - concat\n      - [relu]\n      - [1x1 conv 8]\n",
        "  - concat:\n      - [relu]\n      - [1x1 conv 8]\n",
        ["write `concat:` before its list"],
    ),
    "steps that are indented too far": (
        "  - 3x3 conv 8\n    - relu\n    - 1x1 conv 8\n",
        "  - 3x3 conv 8\n  - relu\n  - 1x1 conv 8\n",
        ["begin each item of a list with `- `, all in the same column"],
    ),
}


@pytest.mark.parametrize(("wrong", "right", "hints"), MENDED.values(), ids=MENDED)
def test_what_stands_beside_a_step_is_told_and_moved_in(wrong: str, right: str, hints: list[str]) -> None:
    assert [item.help for item in told(HEAD + wrong)] == hints
    assert mended(HEAD + wrong) == HEAD + right
    assert told(HEAD + right) == []


def test_behind_a_key_below_a_line_all_else_is_told() -> None:
    steps = "  - 3x3 conv 8\n    repeat: 2\n  - 3x3 cnov 8\n  - relu\n    name: act\n  - conv: {out: 8, kernal: 3}\n"
    codes = ["step-not-a-mapping", "unknown-op", "step-not-a-mapping", "unknown-field"]
    assert [item.code for item in told(HEAD + steps)] == codes


def test_what_is_no_yaml_behind_a_key_below_a_line_is_told_once() -> None:
    items = told(HEAD + "  - 3x3 conv 8\n    repeat: 2\n  - unit: {n: [}\n")
    assert [item.code for item in items] == ["step-not-a-mapping", "invalid-yaml"]


def test_a_key_that_needs_lines_of_its_own_is_told_and_left() -> None:
    text = HEAD + "  - unit: {n: 8}\n    expect:\n      - 8\n      - 16\n      - 16\n"
    (item,) = told(text)
    assert item.help == "put `expect` into its mapping, among the fields of `unit`"
    assert mended(text) == text


@pytest.mark.parametrize("indent", [1, 3, 4])
def test_an_item_in_another_column_is_told_as_one(indent: int) -> None:
    text = f"{HEAD}  - unit: {{n: 8}}\n{' ' * indent}- relu\n  - 1x1 conv 8\n"
    (item,) = told(text)
    assert item.primary is not None
    assert (item.code, item.primary.span.position.line) == ("invalid-yaml", 7)
    assert item.help == "begin each item with `- `, all in the same column"


def test_of_very_many_keys_beside_a_step_some_are_named_and_none_is_moved() -> None:
    text = HEAD + "  - conv: 8\n" + "".join(f"    dilation{n}: 2\n" for n in range(20))
    first = told(text)[0]
    assert first.message.endswith("`dilation9` and 10 more stand beside it")
    assert first.fixes == ()


def test_lines_may_end_as_on_other_systems() -> None:
    wrong, right, _ = MENDED["keys below a line"]
    assert mended((HEAD + wrong).replace("\n", "\r\n")) == (HEAD + right).replace("\n", "\r\n")
