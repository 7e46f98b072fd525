"""Workflow commands: GitHub's runner takes back out of them what went in."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from incspec.diagnostics import Diagnostic, Diagnostics, Label
from incspec.rendering.github import render_github
from incspec.source import SourceFile, Span

TEXT = "name: Test\nnetwork:\n  - 3x3 cnov 96 stride 2 V\n"


def understood(line: str) -> tuple[str, dict[str, str], str]:
    """A command as the runner reads it: https://github.com/actions/toolkit, docs/commands.md."""
    command, properties, data = re.fullmatch(r"::(\w+) (.*?)::(.*)", line).groups()  # type: ignore[union-attr]
    return command, dict(_pair(each) for each in properties.split(",")), _unescaped(data)


def _pair(text: str) -> tuple[str, str]:
    key, _, value = text.partition("=")
    return key, _unescaped(value.replace("%3A", ":").replace("%2C", ","))


def _unescaped(text: str) -> str:
    return text.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")


def at(word: str, source: SourceFile) -> Span:
    start = source.text.index(word)
    return Span(source, start, start + len(word))


def test_a_message_has_its_place_its_code_and_all_that_is_said() -> None:
    source = SourceFile("nets/test.yaml", TEXT)
    sink = Diagnostics()
    sink.error(
        "unknown-op",
        "there is no op `cnov`",
        at("cnov", source),
        label="here",
        notes=["a note"],
        help="did you mean `conv`?",
        secondary=[Label(at("3x3", source), "the size")],
    )
    (line,) = render_github({"nets/test.yaml": sink.sorted()}).splitlines()
    assert line.startswith("::error file=nets/test.yaml,line=3,endLine=3,col=9,endColumn=13,title=")
    command, properties, data = understood(line)
    assert command == "error"
    assert properties["title"] == "error[unknown-op]"
    assert data.splitlines() == [
        "there is no op `cnov`",
        "here",
        "nets/test.yaml:3:5: the size",
        "note: a note",
        "help: did you mean `conv`?",
    ]


def test_severities_are_those_of_github() -> None:
    items = [Diagnostic("a-code", "x", severity=severity) for severity in ("error", "warning", "note")]
    lines = render_github({"a.yaml": items}).splitlines()
    assert [understood(line)[0] for line in lines] == ["error", "warning", "notice"]
    assert all(understood(line)[1]["file"] == "a.yaml" for line in lines)


def test_what_is_no_file_is_named_as_none() -> None:
    setting = SourceFile("--set", "clases=10")
    item = Diagnostic("unknown-parameter", "x", Label(Span(setting, 0, 6)))
    assert understood(render_github({"a.yaml": [item]}).rstrip())[1] == {
        "file": "a.yaml",
        "title": "error[unknown-parameter]",
    }
    assert "file" not in understood(render_github({"<stdin>": [item]}).rstrip())[1]


@given(st.text(st.characters(exclude_categories=("Cs",)), max_size=30), st.text(min_size=1, max_size=30))
def test_no_text_and_no_file_name_ends_a_command_or_begins_another(message: str, name: str) -> None:
    item = Diagnostic("a-code", message, Label(Span(SourceFile(f"{name}.yaml", "x"), 0, 1)))
    written = render_github({"a.yaml": [item]})
    assert written.count("\n") == 1
    assert "\r" not in written
    # The runner takes the escapes out one after the other, so text that looks like one stays what it was.
    command, _, rest = written.rstrip("\n").partition(" ")
    assert command == "::error"
    properties, data = rest.split("::", 1)
    assert len(properties.split(",")) == 6
    assert decoded(data) == message
    assert decoded(properties.split(",")[0].removeprefix("file=")) == f"{name}.yaml"


def decoded(text: str) -> str:
    return re.sub(r"%(25|0D|0A|3A|2C)", lambda found: chr(int(found.group(1), 16)), text)
