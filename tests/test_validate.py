"""Validation: the form of the document, told at the right place; what is wrong is unreadable behind it."""

from __future__ import annotations

import pytest

from incspec.diagnostics import Diagnostic, Diagnostics
from incspec.reading.parse import parse
from incspec.resolution.validate import validate
from incspec.source import SourceFile
from incspec.spec import ModelSpec
from incspec.syntax import UNREADABLE

HEAD = {
    "incspec": "incspec: 1",
    "name": "name: Test",
    "input": "input: [3, 32, 32]",
    "network": "network: [{op: relu}]",
}


def validated(**changes: str) -> tuple[ModelSpec | None, list[Diagnostic]]:
    sink = Diagnostics()
    text = "\n".join(part for part in (HEAD | changes).values() if part) + "\n"
    tree = parse(SourceFile("test.yaml", text), sink)
    assert tree is not None
    spec, _ = validate(tree, sink)
    return spec, list(sink)


def only(**changes: str) -> tuple[str, str, ModelSpec]:
    """The code of the only diagnostic, what it underlines, and what is left of the spec."""
    spec, (item,) = validated(**changes)
    assert spec is not None
    assert item.primary is not None
    return item.code, item.primary.span.text, spec


def test_right_document_becomes_a_spec() -> None:
    blocks = "blocks: {a: {params: {k: 1}, inputs: [x, y], body: [{op: conv, args: {out: k}}]}}"
    spec, diagnostics = validated(blocks=blocks, paper="paper: {arxiv: 1602.07261}")
    assert not diagnostics
    assert spec is not None
    assert spec.inputs == {"input": ["3", "32", "32"]}
    assert spec.paper is not None
    assert spec.paper.arxiv == "1602.07261"
    assert spec.blocks["a"].inputs == ["x", "y"]
    assert spec.blocks["a"].body[0].args == {"out": "k"}
    assert spec.network[0].shortcut == "identity"


def test_keys_that_are_missing_are_told_together() -> None:
    spec, (item,) = validated(incspec="", input="", network="", params="params: {a: 1}")
    assert item.message == "the spec has no `incspec`, `input`, `network`"
    assert spec is not None
    assert spec.network[0].op == UNREADABLE


@pytest.mark.parametrize(
    ("changes", "code", "shown"),
    [
        ({"incspec": "incspec: 2"}, "unsupported-version", "2"),
        ({"name": "name: ''"}, "empty-value", "''"),
        ({"input": "input: 3"}, "wrong-type", "3"),
        ({"input": "input: []"}, "empty-value", "[]"),
        ({"input": "input: {a: 3}"}, "wrong-type", "3"),
        ({"input": "input: [[3], 4]"}, "wrong-type", "[3]"),
        ({"params": "params: [a]"}, "wrong-type", "[a]"),
        ({"params": "params: {a: [1]}"}, "wrong-type", "[1]"),
        ({"defaults": "defaults: {conv: relu}"}, "wrong-type", "relu"),
        ({"blocks": "blocks: {a: {figure: 3}}"}, "missing-key", "a"),
        ({"blocks": "blocks: {a: {inputs: x, body: [{op: relu}]}}"}, "wrong-type", "x"),
        ({"blocks": "blocks: {a: {outputs: [], body: [{op: relu}]}}"}, "empty-value", "[]"),
        ({"network": "network: [{op: relu, repeat: [2]}]"}, "wrong-type", "[2]"),
        ({"network": "network: [{op: relu, expect: 3}]"}, "wrong-type", "3"),
        ({"network": "network: [{op: add, branches: [{bdoy: []}]}]"}, "unknown-key", "bdoy"),
    ],
)
def test_mistake_is_told_once_and_leaves_the_rest(changes: dict[str, str], code: str, shown: str) -> None:
    found, underlined, spec = only(**changes)
    assert (found, underlined) == (code, shown)
    assert spec.network


def test_what_is_wrong_is_unreadable() -> None:
    _, _, spec = only(params="params: {a: [1], b: 2}")
    assert spec.params == {"a": UNREADABLE, "b": "2"}
    _, _, spec = only(params="params: [a]")
    assert spec.params == {UNREADABLE: UNREADABLE}
    _, _, spec = only(network="network: [{op: relu, expect: 3}]")
    assert spec.network[0].expect == [UNREADABLE]


def test_what_could_not_be_read_is_not_told_again() -> None:
    for text in ("params: {a: ~}", "input: ~", "blocks: {a: ~}", "params: {<<: {}}", "blocks: {<<: {}}"):
        key = text.partition(":")[0]
        spec, diagnostics = validated(**{key: text})
        assert spec is not None
        assert [item.code for item in diagnostics] in (["null"], ["merge-key"])
