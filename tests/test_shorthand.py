"""Desugaring: however a step is written, it becomes the same thing, and every word keeps its place."""

from __future__ import annotations

import pytest

from incspec.diagnostics import Diagnostic, Diagnostics
from incspec.reading.parse import parse
from incspec.reading.shorthand import desugar
from incspec.source import SourceFile
from incspec.syntax import UNREADABLE, SyntaxTree, plain

BLOCKS = "blocks:\n  wide: {params: {width: 8, stride: 1}, body: [relu]}\n"


def desugared(step: str) -> tuple[SyntaxTree, list[Diagnostic]]:
    sink = Diagnostics()
    tree = parse(SourceFile("test.yaml", f"{BLOCKS}network:\n  - {step}\n"), sink)
    assert tree is not None
    assert not len(sink)
    return desugar(tree, sink), list(sink)


def step(text: str) -> object:
    tree, diagnostics = desugared(text)
    assert not diagnostics, [item.message for item in diagnostics]
    return plain(tree.node_at(("network", 0)))


def mistake(text: str) -> Diagnostic:
    _, (item,) = desugared(text)
    return item


@pytest.mark.parametrize(
    ("line", "mapping"),
    [
        ("3x3 conv 96 stride 2 V", "conv: {kernel: 3x3, out: 96, stride: 2, pad: valid}"),
        ("1x7 conv 64", "conv: {kernel: 1x7, out: 64}"),
        ("3x3 conv stride 2", "conv: {kernel: 3x3, stride: 2}"),
        ("3 conv 8", "conv: {kernel: 3, out: 8}"),
        ("3x3 conv 8 pad 1", "conv: {kernel: 3x3, out: 8, pad: 1}"),
        ("1x1 conv out stride 2", "conv: {kernel: 1x1, out: out, stride: 2}"),
        ("1x1 conv 2*in act relu name relu", "conv: {kernel: 1x1, out: 2*in, act: relu, name: relu}"),
        ("3x3 max_pool stride 2 V", "max_pool: {kernel: 3x3, stride: 2, pad: valid}"),
        ("relu", "relu: {}"),
        ("dropout 0.2", "dropout: {p: 0.2}"),
        ("conv: 8", "conv: {out: 8}"),
        ("wide width 96 repeat 2", "wide: {width: 96, repeat: 2}"),
        ("relu from left", "relu: {from: [left]}"),
        ("concat: [[relu], left, cells.out]", "concat: {branches: [[relu], left, cells.out]}"),
        ("residual: [relu]", "residual: {body: [relu]}"),
    ],
)
def test_two_ways_of_writing_a_step_are_the_same(line: str, mapping: str) -> None:
    assert step(line) == step(mapping)


def test_form_of_every_step() -> None:
    assert step("3x3 conv 96 name left when a==1 repeat 2 expect b in 8 V") == {
        "op": "conv",
        "args": {"kernel": "3x3", "out": "96", "pad": "valid"},
        "name": "left",
        "when": "a==1",
        "repeat": "2",
        "expect": "b",
        "in": "8",
    }
    assert step("concat: {split: 2, branches: [[relu], left, {name: a, body: [relu]}], act: relu}") == {
        "op": "concat",
        "branches": [{"body": [{"op": "relu"}]}, "left", {"name": "a", "body": [{"op": "relu"}]}],
        "args": {"split": "2", "act": "relu"},
    }
    assert step("residual: {body: [relu], shortcut: [1x1 conv 8], scale: 0.1}") == {
        "op": "residual",
        "body": [{"op": "relu"}],
        "shortcut": [{"op": "conv", "args": {"kernel": "1x1", "out": "8"}}],
        "args": {"scale": "0.1"},
    }
    assert step("residual: {body: [relu], shortcut: identity if a else none}") == {
        "op": "residual",
        "body": [{"op": "relu"}],
        "shortcut": "identity if a else none",
    }


def test_words_keep_their_places() -> None:
    tree, _ = desugared("3x3 conv 96 stride 2 V")
    for path, shown in [
        (("op",), "conv"),
        (("args", "kernel"), "3x3"),
        (("args", "out"), "96"),
        (("args", "stride"), "2"),
        (("args", "pad"), "V"),
    ]:
        assert tree.span_at(("network", 0, *path)).text == shown
    assert tree.span_at(("network", 0, "args", "stride"), key=True).text == "stride"


@pytest.mark.parametrize(
    ("text", "code", "shown"),
    [
        ("3x3 cnov 96", "unknown-op", "cnov"),
        ("3x3", "unknown-op", "3x3"),
        ("squeeze_excite", "unknown-op", "squeeze_excite"),
        ("conv 96", "missing-size", "conv"),
        ("conv 3x3 96", "missing-size", "3x3"),
        ("3x3 relu", "unexpected-size", "3x3"),
        ("3X3 conv 8", "invalid-size", "3X3"),
        ("3×3 conv 8", "invalid-size", "3×3"),
        ("03x3 conv 8", "invalid-size", "03x3"),
        ("kxk conv 8", "invalid-size", "kxk"),
        ("3x3 conv 8 stride", "missing-value", "stride"),
        ("3x3 conv 8 valid", "unexpected-word", "valid"),
        ("wide 96", "unexpected-word", "96"),
        ("3x3 conv 8 V stride 2", "unexpected-v", "V"),
        ("relu V", "unexpected-v", "V"),
        ("3x3 conv 8 pad 1 V", "duplicate-key", "pad"),
        ("3x3 conv 8 stride 1 stride 2", "duplicate-key", "stride"),
        ("1x1 conv 64 3x3 conv 96", "missing-comma", "3x3"),
        ("1x1 conv 64 relu", "missing-comma", "relu"),
        ("relu relu", "missing-comma", "relu"),
        ("3x3 conv 8 stride 2 wide", "missing-comma", "wide"),
        ("conv:8", "missing-space", "conv:8"),
        ("'conv: 8'", "quoted-step", "'conv: 8'"),
        ("''", "empty-step", "''"),
        ("{}", "empty-step", "{}"),
        ("3x3 conv: {out: 8}", "mixed-step", "3x3 conv"),
        ("3x3conv: 8", "mixed-step", "3x3conv"),
        ("3x3 conv 8 stride = 2", "unexpected-word", "stride"),
        ("3x3 conv 8 stride=2", "missing-space", "stride=2"),
        ("3x3 conv:8", "missing-space", "conv:8"),
        ("relu: 6", "no-main-field", "6"),
        ("wide: 96", "no-main-field", "96"),
        ("[relu, relu]", "step-not-a-mapping", "[relu, relu]"),
        ("{conv: 8, stride: 2}", "step-not-a-mapping", "stride"),
        ("{conv: 8, relu: {}}", "step-not-a-mapping", "relu"),
        ("concat: [relu]", "branch-not-a-list", "relu"),
        ("concat: [3x3 conv 8]", "branch-not-a-list", "3x3 conv 8"),
        ("concat: 3x3 conv 8", "body-not-a-list", "3x3 conv 8"),
        ("concat: [{bdoy: [relu], name: a}]", "unknown-key", "bdoy"),
        ("concat: [{name: a}]", "missing-key", "{name: a}"),
        ("concat: []", "empty-value", "[]"),
        ("concat: [[]]", "empty-value", "[]"),
        ("residual: 3x3 conv 3", "body-not-a-list", "3x3 conv 3"),
        ("residual: {body: [relu], shortcut: 1x1 conv 3}", "body-not-a-list", "1x1 conv 3"),
        ("relu: {nmae: left}", "unknown-field", "nmae"),
        ("wide: {repaet: 2}", "unknown-parameter", "repaet"),
    ],
)
def test_mistake_is_told_once_at_its_words(text: str, code: str, shown: str) -> None:
    item = mistake(text)
    assert item.primary is not None
    assert (item.code, item.primary.span.text) == (code, shown)


def test_second_relu_is_the_one_that_begins_a_second_step() -> None:
    item = mistake("relu relu")
    assert item.primary is not None
    assert item.primary.span.position.column == 10


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("cnov", "conv"),
        ("Conv2d", "conv"),
        ("MaxPool2d", "max_pool"),
        ("batchnorm", "batch_norm"),
        ("fc", "linear"),
        ("wdie", "wide"),
    ],
)
def test_unknown_op_gets_the_nearest_name(word: str, meant: str) -> None:
    assert mistake(word).help == f"did you mean `{meant}`?"


def test_step_that_cannot_be_read_keeps_its_name_and_bodies() -> None:
    assert plain(desugared("3x3 cnov 8 name left")[0].node_at(("network", 0))) == {"op": UNREADABLE, "name": "left"}
    assert plain(desugared("cnocat: [[relu], [relu]]")[0].node_at(("network", 0))) == {
        "op": UNREADABLE,
        "branches": [{"body": [{"op": "relu"}]}, {"body": [{"op": "relu"}]}],
    }


def test_misspelt_name_of_a_step_is_its_name() -> None:
    assert plain(desugared("relu: {nmae: left}")[0].node_at(("network", 0))) == {"op": "relu", "name": "left"}


def test_fields_beside_the_op_are_read_as_its_fields() -> None:
    tree, _ = desugared("{conv: 8, stride: 2}")
    assert plain(tree.node_at(("network", 0))) == {"op": "conv", "args": {"out": "8", "stride": "2"}}


def test_lists_without_a_merge_are_one_mistake() -> None:
    sink = Diagnostics()
    tree = parse(SourceFile("test.yaml", "network:\n  - [relu]\n  - [relu]\n  - [relu]\n"), sink)
    assert tree is not None
    desugar(tree, sink)
    assert [item.code for item in sink] == ["step-not-a-mapping"]


def test_parameter_may_be_called_like_an_op() -> None:
    sink = Diagnostics()
    tree = parse(SourceFile("test.yaml", "params: {scale: 0.1}\nnetwork:\n  - dropout scale\n"), sink)
    assert tree is not None
    assert plain(desugar(tree, sink).node_at(("network", 0))) == {"op": "dropout", "args": {"p": "scale"}}
    assert not len(sink)
