"""Overriding: `--set` changes parameters in the tree, and what it cannot change it says."""

from __future__ import annotations

import pytest

from incspec.diagnostics import Diagnostic, Diagnostics
from incspec.reading.override import override
from incspec.reading.parse import parse
from incspec.source import SourceFile
from incspec.syntax import SyntaxTree, plain

TEXT = "params: {classes: 1000, width: 8}\nblocks:\n  stem: {params: {k: 1}, body: [a]}\n  head: {body: [b]}\n"


def overridden(*settings: str, text: str = TEXT) -> tuple[SyntaxTree, tuple[Diagnostic, ...]]:
    sink = Diagnostics()
    tree = parse(SourceFile("test.yaml", text), sink)
    assert tree is not None
    return override(tree, settings, sink), sink.sorted()


def test_parameters_of_the_file_and_of_blocks_are_set() -> None:
    tree, diagnostics = overridden("classes=10", " stem.k = 2*3 ")
    assert not diagnostics
    assert plain(tree.node_at(("params",))) == {"classes": "10", "width": "8"}
    assert plain(tree.node_at(("blocks", "stem", "params", "k"))) == "2*3"


def test_value_has_its_place_on_the_command_line() -> None:
    tree, _ = overridden(" stem.k = 2*3 ")
    span = tree.span_at(("blocks", "stem", "params", "k"))
    assert (str(span), span.text) == ("--set:1:11", "2*3")


@pytest.mark.parametrize(
    ("setting", "code", "help"),
    [
        ("classes", "invalid-override", "write `--set classes=10`"),
        ("classes=", "invalid-override", "write `--set classes=10`"),
        ("=10", "invalid-override", "write `--set classes=10`"),
        ("clases=10", "unknown-parameter", "did you mean `classes`?"),
        ("stem.kk=2", "unknown-parameter", "did you mean `stem.k`?"),
        ("stam.k=2", "unknown-parameter", "did you mean `stem`?"),
        ("k=2", "unknown-parameter", "did you mean `stem.k`?"),
        ("head.k=2", "unknown-parameter", None),
    ],
)
def test_setting_that_sets_nothing_is_told(setting: str, code: str, help: str | None) -> None:
    tree, (item,) = overridden(setting)
    assert item.code == code
    assert help is None or item.help == help
    assert plain(tree.root) == plain(overridden()[0].root)


def test_one_parameter_set_twice_is_a_mistake() -> None:
    _, (item,) = overridden("classes=10", "classes=20")
    assert item.message == "`classes` is set twice"


def test_parameters_that_could_not_be_read_may_be_there() -> None:
    _, (item,) = overridden("depth=2", text="params: {<<: {a: 1}}\n")
    assert item.code == "merge-key"
