"""Parsing: YAML's shape without its types, places kept, and what the language has no use for refused."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incspec.diagnostics import Diagnostic, Diagnostics
from incspec.limits import DEFAULT, Limits
from incspec.reading.parse import parse
from incspec.source import SourceFile
from incspec.syntax import UNREADABLE, Mapping, Scalar, Sequence, SyntaxTree, plain


def read(text: str, limits: Limits = DEFAULT) -> tuple[SyntaxTree | None, tuple[Diagnostic, ...]]:
    sink = Diagnostics()
    return parse(SourceFile("test.yaml", text), sink, limits), sink.sorted()


def tree_of(text: str) -> object:
    tree, _ = read(text)
    assert tree is not None
    return plain(tree.root)


def only(text: str) -> tuple[str, str]:
    """The code of the only diagnostic, and what it underlines."""
    _, (item,) = read(text)
    assert item.primary is not None
    return item.code, item.primary.span.text


@pytest.mark.parametrize("text", ["on", "no", "1e-3", "1:30", "1602.07261", "0x10", "2024-01-01", "=", ".inf", "yes"])
def test_scalars_are_what_they_look_like(text: str) -> None:
    assert tree_of(f"a: {text}") == {"a": text}


def test_every_node_knows_its_place() -> None:
    text = "a: 1\nb:\n  - [x, 'y z']\n  - {c: d}\n"
    tree, _ = read(text)
    assert tree is not None
    for path, shown in [(("a",), "1"), (("b", 0, 0), "x"), (("b", 0, 1), "'y z'"), (("b", 1, "c"), "d")]:
        assert tree.span_at(path).text == shown
    assert tree.span_at(("b", 1, "c"), key=True).text == "c"
    assert tree.span_at(("b", 0)).text == "[x, 'y z']"
    assert str(tree.span_at(("b", 1))) == "test.yaml:4:5"
    assert tree.span_at(("b", 7, "nowhere")).text == tree.span_at(("b",)).text


def test_words_in_a_scalar_have_their_places_unless_it_is_folded() -> None:
    tree, _ = read('a: 3x3 conv\nb: "3x3 conv"\nc: 3x3\n  conv\n')
    assert tree is not None
    for key, shown in (("a", "conv"), ("b", "conv"), ("c", "3x3\n  conv")):
        node = tree.node_at((key,))
        assert isinstance(node, Scalar)
        assert node.text == "3x3 conv"
        assert node.part(4, 8).text == shown


@pytest.mark.parametrize(
    ("text", "code", "shown"),
    [
        ("a: 1\nb:", "null", "b"),
        ("a: ~", "null", "a"),
        ("a: null", "null", "a"),
        ("a: [1, ~]", "null", "~"),
        ("n:\n  - conv:\n    out: 3", "null", "conv"),
        ("a: 1\na: 2", "duplicate-key", "a"),
        ("a: &x 1", "anchor", "&x"),
        ("a: *x", "anchor", "*x"),
        ("a: !!int 1", "tag", "!!int"),
        ("a: {<<: 3}", "merge-key", "<<"),
        ("{[a]: 3}", "invalid-key", "[a]"),
        ("a: {b: min(c, d)}", "unquoted-comma", "min(c, d)"),
        ("a: {b: min(c, d, e), f: 3}", "unquoted-comma", "min(c, d, e)"),
        ("a: [min(c, d)]", "unquoted-comma", "min(c, d)"),
        ("a: {b:3}", "missing-space", "b:3"),
        ("a: {b 3}", "missing-colon", "b 3"),
        ('a: "\\x1b[31m"', "control-character", '"\\x1b[31m"'),
        ("a: b\x07", "control-character", "\x07"),
        ("a: 1\n---\nb: 2", "several-documents", "---"),
        ("- a", "not-a-spec", "- a"),
        ("a", "not-a-spec", "a"),
        ("# nothing", "empty-spec", ""),
        ("a: [1, 2", "invalid-yaml", ""),
        ("a: 'b", "invalid-yaml", "'"),
        ("a:\n\t- b", "invalid-yaml", "\t"),
        ("a: 1\n b: 2", "invalid-yaml", ":"),
        ("a: @b", "invalid-yaml", "@"),
    ],
)
def test_mistake_is_told_once_at_its_place(text: str, code: str, shown: str) -> None:
    assert only(text) == (code, shown)


def test_what_cannot_be_read_leaves_the_rest() -> None:
    assert tree_of("a: ~\nb: [1, ~, 3]\nc: *x\nd: 1\n") == {
        "a": UNREADABLE,
        "b": ["1", UNREADABLE, "3"],
        "c": UNREADABLE,
        "d": "1",
    }
    assert tree_of("a: {<<: {b: 1}, c: 2}") == {"a": {UNREADABLE: UNREADABLE, "c": "2"}}
    assert tree_of("a: {out: min(b, c), stride: 2}") == {"a": {"out": UNREADABLE, "stride": "2"}}
    assert tree_of("a: {out:8, kernel 3}") == {"a": {"out": "8", "kernel": "3"}}


def test_a_key_given_twice_says_what_both_say() -> None:
    assert tree_of("a: {x: 1}\na: {y: 2}") == {"a": {"x": "1", "y": "2"}}
    assert tree_of("a: [1]\na: [2]") == {"a": ["1", UNREADABLE]}
    assert tree_of("a: 1\na: 2") == {"a": UNREADABLE}


def test_a_block_whose_head_is_indented_like_its_keys_is_a_block() -> None:
    text = "blocks:\n  a:\n    figure: 1\n    body: [x]\n    b:\n    figure: 2\n    body: [y]\n"
    assert only(text) == ("null", "b")
    assert tree_of(text) == {"blocks": {"a": {"figure": "1", "body": ["x"]}, "b": {"figure": "2", "body": ["y"]}}}


def test_keys_that_follow_each_other_twice_are_one_mistake() -> None:
    _, (item,) = read("a: 1\nb: 2\na: 3\nb: 4\n")
    assert item.message == "`a`, `b` are given twice"
    assert "a line is missing before the second `a`" in str(item.help)


def test_an_anchor_is_told_once_with_its_uses() -> None:
    _, (item,) = read("a: &x 1\nb: [*x, *x]\n")
    assert [label.text for label in item.secondary] == ["used here", "used here"]


def test_a_bracket_that_is_not_closed_is_shown_where_it_opens() -> None:
    _, (item,) = read("a: [1,\nb: 2\n")
    assert [label.span.text for label in item.secondary] == ["["]


@pytest.mark.parametrize(
    "text",
    [
        "[" * 1_000_000,
        "{a: " * 200_000,
        "- " * 500_000,
        "".join(f"{' ' * depth}a:\n" for depth in range(1000)),
        "a: &a [x]\n" + "".join(f"b{i}: &b{i} [*a, *a, *a, *a, *a, *a, *a, *a]\n" for i in range(5000)),
        "a: " + "x" * 1_000_000,
        "a: 1\n" * 100_000,
    ],
    ids=["brackets", "braces", "dashes", "indentation", "aliases", "scalar", "duplicates"],
)
def test_hostile_texts_end_in_a_message_soon(text: str) -> None:
    started = time.perf_counter()
    read(text)
    assert time.perf_counter() - started < 10  # a hang, not a slow machine


def test_limits_are_told() -> None:
    assert read("[" * (DEFAULT.depth + 1))[1][0].code == "spec-too-large"
    assert read("- a\n" * 101, Limits(values=100))[1][0].code == "spec-too-large"


def test_line_ends_of_all_systems_are_counted() -> None:
    for end in ("\n", "\r\n", "\r"):
        tree, _ = read(end.join(("a: 1", "b: 2", "c: [x]")))
        assert tree is not None
        assert str(tree.span_at(("c", 0))) == "test.yaml:3:5"


documents = st.recursive(
    st.text(st.characters(min_codepoint=32, max_codepoint=0x2FFF, blacklist_categories=("Cs", "Cc")), max_size=8),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text("abc", min_size=1), inner, max_size=4)
    ),
    max_leaves=12,
)


def quoted(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{quoted(key)}: {quoted(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(quoted(item) for item in value) + "]"
    return "'" + str(value).replace("'", "''") + "'"


@given(st.dictionaries(st.text("abc", min_size=1), documents, min_size=1, max_size=4))
def test_quoted_documents_are_read_back(document: dict[str, object]) -> None:
    tree, diagnostics = read(quoted(document))
    assert not diagnostics
    assert tree is not None
    assert plain(tree.root) == document


@given(st.text(alphabet="ab: -[]{}&*!|>'\"#%@\n\t,?x3", max_size=60))
def test_any_text_gives_a_tree_or_a_message(text: str) -> None:
    tree, diagnostics = read(text)
    assert tree is not None or diagnostics
    if tree is not None:
        assert isinstance(tree.root, Mapping | Sequence)
