"""Overriding: `--set` changes parameters in the tree, and what it cannot change it says."""

from __future__ import annotations

from pathlib import Path

import pytest

import incspec
from incspec.diagnostics import Diagnostic, Diagnostics
from incspec.pipeline import compile_spec
from incspec.reading.files import SpecFile
from incspec.reading.override import override
from incspec.reading.parse import parse
from incspec.reading.settings import from_options
from incspec.source import SourceFile
from incspec.syntax import SyntaxTree, plain

TEXT = "params: {classes: 1000, width: 8}\nblocks:\n  stem: {params: {k: 1}, body: [a]}\n  head: {body: [b]}\n"


def overridden(*settings: str, text: str = TEXT) -> tuple[SyntaxTree, tuple[Diagnostic, ...]]:
    sink = Diagnostics()
    tree = parse(SourceFile("test.yaml", text), sink)
    assert tree is not None
    return override(tree, from_options(settings), sink), sink.sorted()


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


VARIANT = "extends: inception_v4\nname: V\nparams: {clases: 10}\n"
SET = """incspec: 1
name: N
input: [3, 8, 8]
blocks: {unit: {params: {n: 8, m: 8}, body: [3x3 conv n act relu, 3x3 conv m act relu]}}
network: [unit: {n: 16, m: 4}, unit: {n: 32}]
"""


def warned(text: str, *settings: str) -> list[tuple[str, str, str | None]]:
    sink = Diagnostics()
    assert compile_spec(SpecFile(SourceFile("test.yaml", text), Path()), sink, from_options(settings)) is not None
    return [(item.code, item.message, item.help) for item in sink if item.severity == "warning"]


def test_setting_that_every_use_of_the_block_overrides_is_warned_of() -> None:
    message = "`unit.n=3` changes nothing: every use of `unit` gives `n` itself"
    hint = "change it where the block is used, or set a parameter of the file there"
    assert warned(SET, "unit.n=3", "unit.m=3") == [("unused-parameter", message, hint)]


def test_parameter_of_a_variant_without_effect_is_asked_for_the_inherited_name() -> None:
    message = "nothing depends on the parameter `clases`"
    assert warned(VARIANT) == [("unused-parameter", message, "did you mean `classes`?")]
    assert warned(VARIANT.replace("clases", "zzz"))[0][2] == "use it, or remove it"


def refused(**arguments: object) -> str:
    with pytest.raises(incspec.CompileError) as error:
        incspec.create("inception_v4", device="meta", **arguments)
    return str(error.value)


@pytest.mark.parametrize(
    ("params", "place", "line"),
    [
        ({"clases": 3}, " --> <params>:1:2", '1 | "clases": 3'),
        ({"reduction_a.kk": 3}, " --> <params>:1:2", '1 | "reduction_a.kk": 3'),
        ({"classes": "a b"}, " --> <params>:1:15", '1 | "classes": "a b"'),
        ({"classes": 0}, "`classes` is `0`, given at <params>:1:12", "linear: {out: classes}"),
        ({"": 3}, '`"": 3` sets no parameter', '1 | "": 3'),
        ({"a=b": 3}, "there is no parameter `a=b`", '1 | "a=b": 3'),
    ],
)
def test_what_python_gives_is_told_as_it_is_written_there(params: dict[str, object], place: str, line: str) -> None:
    with pytest.raises(incspec.CompileError) as error:
        incspec.load("inception_v4", params=params)
    for text in (str(error.value), refused(params=params)):
        assert place in text
        assert line in text
        assert "--set" not in text


def test_what_is_given_as_an_argument_is_told_so() -> None:
    assert "`classes` is `0`, given at <arguments>:1:9" in refused(classes=0)
    assert '1 | classes="a b"' in refused(classes="a b")


def test_a_setting_of_python_without_effect_is_warned_of() -> None:
    (item,) = incspec.load(SET, params={"unit.n": 3}).diagnostics
    assert item.message == '`"unit.n": 3` changes nothing: every use of `unit` gives `n` itself'
