"""The corpus of wrong specs: each mistake is told once, at its line, and nothing else is said.

A line of `errors/*.yaml` ends in `# error: <code>` where a diagnostic must underline something in it, with several
codes where there are several. `# error at 3: <code>` stands elsewhere for line 3, where the line itself cannot hold
a comment, and `# error at 3 of parts/base.yaml: <code>` for one of another file. Warnings and notes likewise.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from pathlib import Path
from random import Random

import pytest

from incspec.diagnostics import Diagnostic, Diagnostics
from incspec.explain import codes
from incspec.pipeline import compile_spec
from incspec.reading.files import SpecFile, read_spec, shipped_specs
from incspec.rendering.text import render_text
from incspec.source import SourceFile

FOLDER = Path(__file__).parent / "errors"
CORPUS = sorted(FOLDER.glob("*.yaml"))
MARKER = re.compile(r"# (error|warning|note)(?: at (\d+)(?: of (\S+))?)?: ([a-z0-9, -]+)$")
# What does not arise from the text of a file, or not from one that can be kept here.
NOT_FROM_A_TEXT = {"empty-spec", "file-unreadable", "invalid-override", "not-text", "too-many-messages"}

Place = tuple[str, int, str, str]


def expected(path: Path) -> Counter[Place]:
    """File, line, severity and code of the diagnostics that the markers of a file announce."""
    found: Counter[Place] = Counter()
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        marker = MARKER.search(line)
        if marker is not None:
            severity, at, other, named = marker.groups()
            for code in named.split(", "):
                found[other or path.name, int(at or number), severity, code] += 1
    return found


def _blank(found: re.Match[str]) -> str:
    return " " * len(found.group())


@cache
def told(path: Path) -> tuple[Diagnostic, ...]:
    sink = Diagnostics()
    file = read_spec(path, sink)
    assert file is not None
    compile_spec(file, sink)
    return sink.sorted()


def told_of(text: str) -> tuple[Diagnostic, ...]:
    sink = Diagnostics()
    compile_spec(SpecFile(SourceFile("spec.yaml", text), FOLDER), sink)
    return sink.sorted()


def place(item: Diagnostic) -> Place:
    assert item.primary is not None
    span = item.primary.span
    file = Path(span.source.name).relative_to(FOLDER).as_posix()
    return file, span.position.line, item.severity, item.code


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_each_mistake_is_told_once_and_at_its_line(path: Path) -> None:
    wanted = expected(path)
    diagnostics = told(path)
    found = Counter(place(item) for item in diagnostics)
    missing, unexpected = wanted - found, found - wanted
    assert wanted, "a corpus file announces at least one diagnostic"
    assert not missing, f"missing: {sorted(missing)}\n{render_text(diagnostics)}"
    assert not unexpected, f"unexpected: {sorted(unexpected)}\n{render_text(diagnostics)}"


def test_every_code_that_a_text_can_give_appears() -> None:
    appearing = {code for path in CORPUS for _, _, _, code in expected(path)}
    of_specs = {code for code in codes() if not code.startswith("weights-")}  # the others are of checkpoints
    assert appearing | NOT_FROM_A_TEXT == of_specs
    assert not appearing & NOT_FROM_A_TEXT


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_messages_keep_the_wording_rules(path: Path) -> None:
    for item in told(path):
        assert re.match(r"[a-z`0-9]|[A-Z]+ |YAML", item.message), item.message
        assert not item.message.endswith("."), item.message
        for text in (item.message, item.help or "", *item.notes):
            assert "illegal" not in text
            assert "\n" not in text
            assert text.count("`") % 2 == 0, text
        if item.help is not None:
            assert not re.search(r"[^.]\.$", item.help), item.help


INCEPTION = shipped_specs()["inception_v4"].read_text(encoding="utf-8")
# Every word of the spec that means something, where it first stands.
WORDS = {
    found.group(): found.start()
    for found in reversed(
        list(re.finditer(r"(?<![\w\"])[a-z_]{3,}(?![\w\"])", re.sub(r"#.*|(title|name|note):.*", _blank, INCEPTION)))
    )
}


@pytest.mark.parametrize("word", sorted(WORDS))
def test_any_misspelt_word_is_told_once_with_what_was_meant(word: str) -> None:
    start = WORDS[word]
    misspelt = word[0] + word[2] + word[1] + word[3:]
    items = told_of(INCEPTION[:start] + misspelt + INCEPTION[start + len(word) :])
    assert [item.severity for item in items] == ["error"], render_text(items)
    assert f"`{misspelt}`" in items[0].message or f"`{word}`" in items[0].message
    assert f"did you mean `{word}`?" == items[0].help or f"did you mean `{misspelt}`?" == items[0].help


def _mutated(text: str, random: Random) -> str:
    """The text with a line or sign taken away, put in, moved or indented."""
    lines = text.split("\n")
    line, at = random.randrange(len(lines)), random.randrange(len(text))
    kind = random.randrange(6)
    if kind == 0:
        del lines[line]
    elif kind == 1:
        lines.insert(line, random.choice(lines))
    elif kind == 2:
        lines[line] = "  " + lines[line]
    elif kind == 3:
        lines[line] = lines[line][2:]
    elif kind == 4:
        return text[:at] + random.choice("[]{},:-&*!#|>'\"%@ x0") + text[at:]
    else:
        return text[:at] + text[at + random.choice((1, 2, 8)) :]
    return "\n".join(lines)


def test_any_change_of_a_text_gives_a_network_or_a_message() -> None:
    random = Random(0)
    texts = [path.read_text(encoding="utf-8") for path in CORPUS if "too_" not in path.name]
    for _ in range(200):
        text = _mutated(random.choice([INCEPTION, *texts]), random)
        told_of(text)  # it raises InternalError where a spec is refused without a reason
