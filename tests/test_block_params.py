"""A block's parameter that a variant sets at the wrong place is told with the right one, put there, and read as if it stood there."""

from __future__ import annotations

import pytest
from told import compiled, mended, told

HEAD = "extends: inception_v4\nname: W\n"
RIGHT = HEAD + "blocks: {reduction_a: {params: {k: 96}}}\n"
WRITE = "write `blocks: {reduction_a: {params: {k: 96}}}`"


@pytest.mark.parametrize(
    "wrong",
    ["params: {reduction_a.k: 96}\n", "blocks: {reduction_a: {k: 96}}\n", "blocks:\n  reduction_a: {k: 96}\n"],
)
def test_it_is_told_and_put_where_it_belongs(wrong: str) -> None:
    assert [(item.code, item.help) for item in told(HEAD + wrong)] == [("misplaced-key", WRITE)]
    found, right = compiled(mended(HEAD + wrong))[0], compiled(RIGHT)[0]
    assert found is not None
    assert right is not None
    assert found.spec == right.spec
    assert found.spec.blocks["reduction_a"].params["k"] == "96"


def test_beside_other_keys_it_is_told_and_all_else_is_read() -> None:
    text = f"{HEAD}params: {{classes: 10, reduction_a.k: 96}}\nblocks:\n  reduction_a: {{l: 3x, figure: 8}}\n"
    codes = [(item.code, item.help) for item in told(text) if item.code == "misplaced-key"]
    assert codes == [
        ("misplaced-key", WRITE),
        ("misplaced-key", "write `blocks: {reduction_a: {params: {l: 3x}}}`"),
    ]
    assert len(told(text)) == 3  # and what `l` is


def test_a_misspelt_key_of_a_block_stays_one() -> None:
    assert [item.code for item in told(f"{HEAD}blocks: {{stem: {{figur: 4}}}}\n")] == ["unknown-key"]
