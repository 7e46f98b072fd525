"""The pages of `incspec explain`: one for every code, with examples that do what they say."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import incspec
from incspec.diagnostics import Diagnostics
from incspec.explain import codes, explanation
from incspec.pipeline import compile_spec
from incspec.reading.files import SpecFile
from incspec.source import SourceFile

PACKAGE = Path(incspec.__file__).parent
# The calls whose first argument is the code of a diagnostic.
REPORTING = re.compile(r"_?error|OpError|ExpressionError|Diagnostic|Lint|_warn")

# What one spec alone cannot show: it comes of the command line, of several files, or of weights. Their pages show a session.
NOT_OF_ONE_SPEC = {
    "empty-spec",
    "file-cycle",
    "file-unreadable",
    "invalid-override",
    "not-text",
    "too-many-messages",
    "weights-ambiguous",
    "weights-map",
    "weights-mismatch",
    "weights-order",
    "weights-unreadable",
    "weights-value",
}


def codes_in_sources() -> Iterator[str]:
    """Every code that the sources can report, by their syntax trees."""
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not node.args or not isinstance(node.args[0], ast.Constant):
                continue
            function = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            code = node.args[0].value
            collecting = function == "add" and len(node.args) > 3  # unknown.py
            if (
                (REPORTING.fullmatch(function) or collecting)
                and isinstance(code, str)
                and re.fullmatch(r"[a-z]+(-[a-z0-9]+)*", code)
            ):
                yield code


def examples(code: str, heading: str) -> list[str]:
    """The specs under a heading of a page; none where a console session stands there."""
    page = explanation(code)
    assert page is not None
    section = page.text.split(f"## {heading}\n")[1].split("\n## ")[0]
    return re.findall(r"```yaml\n(.*?)```", section, flags=re.DOTALL)


def compiled(text: str) -> list[str]:
    sink = Diagnostics()
    compile_spec(SpecFile(SourceFile("example.yaml", text), Path.cwd()), sink)
    return [item.code for item in sink]


def test_every_code_has_its_page_and_every_page_its_code() -> None:
    assert set(codes_in_sources()) == set(codes())


@pytest.mark.parametrize("code", codes())
def test_page_has_its_form(code: str) -> None:
    page = explanation(code)
    assert page is not None
    title, _, why, *_ = page.text.split("\n")
    assert re.fullmatch(rf"# {code}: [A-Z`].*\.", title)
    assert page.summary == title.removeprefix(f"# {code}: ")
    assert why
    assert re.findall(r"^## (.*)$", page.text, flags=re.MULTILINE) == ["Wrong", "Right"]
    assert len(re.findall(r"^```(?:yaml|console)$", page.text, flags=re.MULTILINE)) == 2


def test_all_codes_but_those_have_a_wrong_and_a_right_spec_and_are_a_hundred() -> None:
    shown = {code for code in codes() if len(examples(code, "Wrong")) == len(examples(code, "Right")) == 1}
    assert set(codes()) - shown == NOT_OF_ONE_SPEC
    assert len(shown) >= 100


@pytest.mark.parametrize("code", codes())
def test_wrong_example_gives_this_code_and_nothing_else(code: str) -> None:
    for text in examples(code, "Wrong"):
        assert compiled(text) == [code]


@pytest.mark.parametrize("code", codes())
def test_right_example_compiles_without_any_message(code: str) -> None:
    for text in examples(code, "Right"):
        assert compiled(text) == []


def test_unknown_code_has_no_explanation() -> None:
    assert explanation("no-such-code") is None
    assert explanation("../explain") is None
