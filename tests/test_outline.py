"""The outline of a file: misspelt and misplaced keys are told, and read as what they mean."""

from __future__ import annotations

from incspec.diagnostics import Diagnostic, Diagnostics
from incspec.reading.outline import check_outline
from incspec.reading.parse import parse
from incspec.source import SourceFile
from incspec.syntax import plain


def outline(text: str) -> tuple[object, list[Diagnostic]]:
    sink = Diagnostics()
    tree = parse(SourceFile("test.yaml", text), sink)
    assert tree is not None
    return plain(check_outline(tree, sink).root), list(sink)


def test_misspelt_key_is_read_as_the_one_it_means() -> None:
    tree, (first, second) = outline("netwrok: [a]\nblocks: {stem: {bdoy: [b]}}\n")
    assert tree == {"network": ["a"], "blocks": {"stem": {"body": ["b"]}}}
    assert {first.help, second.help} == {"did you mean `network`?", "did you mean `body`?"}


def test_key_is_not_renamed_to_one_that_is_there() -> None:
    tree, (item,) = outline("network: [a]\nnetwrok: [b]\n")
    assert tree == {"network": ["a"]}
    assert str(item.help).startswith("there is `incspec`")


def test_key_like_no_other_is_left_out() -> None:
    tree, (item,) = outline("colour: red\nnetwork: [a]\n")
    assert tree == {"network": ["a"]}
    assert item.code == "unknown-key"


def test_block_outside_of_blocks_is_moved_there() -> None:
    for text in (
        "blocks: {b: {body: [y]}}\na: {body: [x]}\n",
        "defaults: {a: {body: [x]}}\nblocks: {b: {body: [y]}}\n",
    ):
        tree, (item,) = outline(text)
        assert isinstance(tree, dict)
        assert tree["blocks"] == {"b": {"body": ["y"]}, "a": {"body": ["x"]}}
        assert item.code == "misplaced-key"


def test_blocks_without_the_line_before_them_are_one_mistake() -> None:
    tree, (item,) = outline("params: {k: 1}\na: {body: [x]}\nb: {body: [y]}\n")
    assert tree == {"params": {"k": "1"}, "blocks": {"a": {"body": ["x"]}, "b": {"body": ["y"]}}}
    assert item.help == "put `blocks:` before it"


def test_key_beside_the_blocks_belongs_into_the_one_before() -> None:
    tree, (item,) = outline("blocks:\n  a:\n    figure: 1\n  body: [x]\n  b: {body: [y]}\n")
    assert tree == {"blocks": {"a": {"figure": "1", "body": ["x"]}, "b": {"body": ["y"]}}}
    assert item.code == "misplaced-key"


def test_block_that_is_a_list_is_its_body() -> None:
    tree, items = outline("blocks: {a: [x, y]}\n")
    assert tree == {"blocks": {"a": {"body": ["x", "y"]}}}
    assert items == []


def test_block_that_is_one_value_is_told() -> None:
    _, (item,) = outline("blocks: {a: x}\n")
    assert item.message == "the block `a` wants steps or a mapping, got one value"
    assert item.help == "write its steps as a list: `a: [...]`"


def test_keys_of_a_head_are_checked() -> None:
    tree, items = outline("aux: {a: {form: x, weigth: 0.3, body: [y], loss: 1}}\n")
    assert tree == {"aux": {"a": {"from": "x", "weight": "0.3", "body": ["y"]}}}
    assert [item.message for item in items] == [f"the head `a` has no `{key}`" for key in ("form", "weigth", "loss")]


def test_head_without_a_name_is_told_and_gets_one() -> None:
    tree, (item,) = outline("aux: {from: x, weight: 0.3, body: [y]}\n")
    assert tree == {"aux": {"aux": {"from": "x", "weight": "0.3", "body": ["y"]}}}
    assert item.code == "misplaced-key"
