"""Diagnostics: collected once each, and shown in rustc's manner at any width, or as JSON."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incspec.diagnostics import MAX_MESSAGES, CompileError, Diagnostics, Label, did_you_mean, nearest
from incspec.edits import replaced
from incspec.rendering.json import render_json
from incspec.rendering.text import render_text, summary
from incspec.source import SourceFile, Span

TEXT = "name: Test\nnetwork:\n  - 3x3 cnov 96 stride 2 V\n"
SOURCE = SourceFile("nets/test.yaml", TEXT)


def at(word: str, source: SourceFile = SOURCE) -> Span:
    start = source.text.index(word)
    return Span(source, start, start + len(word))


def shown(*items: tuple[str, str, Span | None], width: int = 80, color: bool = False, **more: object) -> str:
    sink = Diagnostics()
    for code, message, span in items:
        sink.error(code, message, span, **more)  # type: ignore[arg-type]
    return render_text(sink.sorted(), width=width, color=color)


def columns(line: str) -> int:
    import unicodedata

    return sum(
        2 if unicodedata.east_asian_width(c) in ("W", "F") else 0 if unicodedata.combining(c) else 1 for c in line
    )


def test_message_shows_place_line_caret_notes_and_help() -> None:
    text = shown(
        ("unknown-op", "there is no op or block `cnov`", at("cnov")),
        label="here",
        notes=["in block `stem`, used at nets/test.yaml:9:5"],
        help="did you mean `conv`?",
    )
    assert text == (
        "error[unknown-op]: there is no op or block `cnov`\n"
        " --> nets/test.yaml:3:9\n"
        "  |\n"
        "3 |   - 3x3 cnov 96 stride 2 V\n"
        "  |         ^^^^ here\n"
        "  |\n"
        "  = note: in block `stem`, used at nets/test.yaml:9:5\n"
        "  = help: did you mean `conv`?\n"
        "\n"
        "1 error\n"
    )


def test_second_place_in_the_same_line_has_its_caret_under_it() -> None:
    text = shown(("duplicate-key", "twice", at("stride")), secondary=[Label(at("3x3"), "first here")])
    assert text.splitlines()[3:6] == [
        "3 |   - 3x3 cnov 96 stride 2 V",
        "  |                 ^^^^^^",
        "  |     --- first here",
    ]


def test_second_place_in_another_line_is_shown_with_it() -> None:
    text = shown(("duplicate-key", "twice", at("stride")), secondary=[Label(at("name"), "first here")])
    assert " ::: nets/test.yaml:1:1\n  |\n1 | name: Test\n  | ---- first here\n" in text


def test_message_without_a_place_is_its_first_line() -> None:
    assert (
        shown(("file-not-found", "there is no file `a`", None))
        == "error[file-not-found]: there is no file `a`\n\n1 error\n"
    )


def test_span_over_several_lines_is_underlined_in_its_first() -> None:
    source = SourceFile("a.yaml", "a: [1,\n  2,\n  3]\n")
    text = shown(("wrong-type", "wrong", Span(source, 3, len(source.text) - 1)))
    assert "1 | a: [1,\n  |    ^^^\n" in text


def test_color_marks_and_changes_nothing_else() -> None:
    plain = shown(("unknown-op", "there is no op `cnov`" + " and so on" * 9, at("cnov")), help="help")
    colored = shown(("unknown-op", "there is no op `cnov`" + " and so on" * 9, at("cnov")), help="help", color=True)
    assert "\x1b[" not in plain
    assert re.sub(r"\x1b\[[0-9;]*m", "", colored) == plain


def test_tabs_and_wide_characters_keep_the_caret_under_its_word() -> None:
    source = SourceFile("a.yaml", "a:\t全角 cnov\u0301 x\n")
    text = shown(("unknown-op", "wrong", at("cnov\u0301", source)))
    line, caret = text.splitlines()[3:5]
    assert columns(line[: line.index("cnov")]) == columns(caret[: caret.index("^")])
    assert caret.count("^") == 4


def test_what_is_shown_cannot_steer_the_terminal() -> None:
    source = SourceFile("a\x1b[2J.yaml", "a: b\u202ec\x07 d\n")
    text = shown(("unknown-op", "no `\x1b[31mred`\nand more", at("d", source)), label="\x1b]0;x", help="\x1b[1m")
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f\u202e]", text)


@pytest.mark.parametrize("width", [40, 60, 80])
@pytest.mark.parametrize("word", ["first", "middle", "last"])
def test_long_lines_are_cut_round_the_caret(width: int, word: str) -> None:
    source = SourceFile("a.yaml", f"first {'全 b' * 200} middle {'c d' * 200} last\n")
    text = shown(("unknown-op", "wrong", at(word, source)), width=width)
    lines = text.splitlines()
    assert all(columns(line) <= width for line in lines)
    line, caret = lines[3:5]
    assert columns(line[: line.index(word)]) == columns(caret[: caret.index("^")])


def test_long_messages_and_labels_are_wrapped() -> None:
    words = "a message of many words " * 8
    text = shown(("unknown-op", words, at("cnov")), width=60, label=words, help=words, notes=[words])
    assert all(len(line) <= 60 for line in text.splitlines())


@pytest.mark.parametrize("label", ["", "here"])
def test_caret_may_fill_the_line(label: str) -> None:
    source = SourceFile("a.yaml", "a: " + "x" * 200)
    lines = shown(("invalid-name", "wrong", at("x" * 200, source)), width=60, label=label).splitlines()
    assert all(len(line) <= 60 for line in lines)


def test_line_of_a_million_characters_is_no_matter() -> None:
    source = SourceFile("a.yaml", "a" * 500_000 + " cnov " + "b" * 500_000)
    assert "cnov" in shown(("unknown-op", "wrong", at("cnov", source)))


@given(
    text=st.text(st.characters(blacklist_categories=("Cs",)), min_size=1, max_size=120),
    start=st.integers(0, 119),
    length=st.integers(0, 50),
    width=st.integers(40, 100),
)
def test_any_span_of_any_text_can_be_shown(text: str, start: int, length: int, width: int) -> None:
    source = SourceFile("a.yaml", text)
    span = Span(source, min(start, len(text)), min(start + length, len(text)))
    lines = shown(("unknown-op", "wrong", span), width=width).splitlines()
    assert any("^" in line for line in lines)
    assert all(columns(line) <= width for line in lines[3:5])


def test_count_names_each_severity() -> None:
    sink = Diagnostics()
    sink.error("a", "one")
    sink.error("b", "two")
    sink.error("c", "three", severity="note")
    assert summary(tuple(sink)) == "2 errors, 1 note"
    assert summary(()) == "no errors"


def test_json_counts_from_one_and_ends_exclusively() -> None:
    sink = Diagnostics()
    at_cnov, fixes = at("cnov"), replaced(at("cnov"), "cnov", "conv")
    related = [Label(at("3x3"))]
    sink.error("unknown-op", "wrong", at_cnov, label="here", notes=["a"], help="b", secondary=related, fixes=fixes)
    (item,) = render_json(sink)
    assert json.loads(json.dumps(item)) == {
        "code": "unknown-op",
        "severity": "error",
        "message": "wrong",
        "place": {"file": "nets/test.yaml", "line": 3, "column": 9, "end_line": 3, "end_column": 13, "label": "here"},
        "related": [{"file": "nets/test.yaml", "line": 3, "column": 5, "end_line": 3, "end_column": 8, "label": ""}],
        "notes": ["a"],
        "help": "b",
        "fixes": [
            {
                "certain": True,
                "edits": [
                    {
                        "file": "nets/test.yaml",
                        "line": 3,
                        "column": 9,
                        "end_line": 3,
                        "end_column": 13,
                        "text": "conv",
                    }
                ],
            }
        ],
    }


def test_same_mistake_at_the_same_place_is_told_once() -> None:
    sink = Diagnostics()
    for message in ("got 3", "got 4"):
        sink.error("invalid-value", message, at("96"))
    sink.error("invalid-value", "got 5", at("2 V"))
    assert [item.message for item in sink] == ["got 3", "got 5"]


def test_messages_are_in_the_order_of_the_text() -> None:
    sink = Diagnostics()
    sink.error("b", "later", at("stride"))
    sink.error("a", "earlier", at("3x3"))
    sink.error("c", "no place")
    assert [item.message for item in sink.sorted()] == ["no place", "earlier", "later"]


def test_more_messages_than_anybody_reads_are_counted_out() -> None:
    sink = Diagnostics()
    for number in range(MAX_MESSAGES + 5):
        sink.error("unknown-op", f"message {number}")
    assert sink.full
    assert len(sink.sorted()) == MAX_MESSAGES + 1
    assert sink.sorted()[-1].code == "too-many-messages"


def test_a_mistake_is_told_behind_any_number_of_warnings() -> None:
    sink = Diagnostics()
    for number in range(MAX_MESSAGES + 5):
        sink.error("unused-parameter", f"message {number}", severity="warning")
    assert not sink.failed
    sink.error("unknown-op", "the mistake")
    assert sink.failed
    assert not sink.full
    assert "the mistake" in [item.message for item in sink.sorted()]
    assert len(sink.sorted()) == MAX_MESSAGES + 1


def test_long_quotes_are_cut() -> None:
    sink = Diagnostics()
    sink.error("unknown-op", f"there is no op `{'x' * 10_000}`")
    (item,) = sink
    assert len(item.message) < 300


def test_compile_error_prints_like_the_command_line() -> None:
    sink = Diagnostics()
    sink.error("unknown-op", "there is no op or block `cnov`", at("cnov"))
    assert str(CompileError(sink)).endswith(render_text(tuple(sink)))


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("cnov", "conv"),
        ("Conv", "conv"),
        ("kernel_size", "kernel"),
        ("paramters", "params"),
        ("batch", "batch_norm"),
        ("strid", "stride"),
        ("k", None),
        ("foo", None),
        ("layer_norm", None),
        ("", None),
        ("x" * 10_000, None),
    ],
)
def test_nearest_name(word: str, meant: str | None) -> None:
    assert nearest(word, ["conv", "kernel", "params", "batch_norm", "stride", "floor"]) == meant


def test_did_you_mean_lists_a_few_names_where_none_is_near() -> None:
    assert did_you_mean("foo", ["conv", "relu"]) == "there is `conv`, `relu`"
    assert did_you_mean("foo", [f"name{number}" for number in range(20)]) is None
    assert did_you_mean("foo", []) is None
