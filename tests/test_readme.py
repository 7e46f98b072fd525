"""The README: what it shows is what comes out. `pytest --update-golden` writes the outputs anew."""

from __future__ import annotations

import doctest
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer.main

from incspec.catalogue import catalogue, to_markdown
from incspec.cli import app
from incspec.reference import as_markdown, op_reference
from incspec.styles.reference import as_markdown as styles

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
_BLOCK = re.compile(r"```(\w+)\n(.*?)```", re.DOTALL)
_GENERATED = re.compile(r"(<!-- (ops|networks|styles): [^\n]*-->\n)(.*?)(<!-- /\2 -->)", re.DOTALL)


def _blocks(language: str) -> Iterator[re.Match[str]]:
    return (match for match in _BLOCK.finditer(README.read_text("utf-8")) if match.group(1) == language)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the specs that the README shows, under the names that it gives them."""
    path = tmp_path_factory.mktemp("readme")
    for match in _blocks("yaml"):
        text = match.group(2)
        name = re.match(r"# (\S+\.yaml)\n", text)
        assert name, f"a spec without a name: {text[:40]}"
        (path / name.group(1)).write_text(text)
    return path


def _run(command: str, folder: Path) -> str:
    words = shlex.split(command)
    assert words[0] == "incspec"
    done = subprocess.run(
        [sys.executable, "-m", *words],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
        env={"PATH": "/usr/bin:/bin", "COLUMNS": "80", "PYTHONIOENCODING": "utf-8", "PYTHONPATH": str(ROOT)},
    )
    assert done.returncode in (0, 1), done.stdout
    return done.stdout


def _session(block: str, folder: Path) -> str:
    """A console block with what its commands print today."""
    commands = [line[2:] for line in block.splitlines() if line.startswith("$ ")]
    return "\n".join(f"$ {command}\n{_run(command, folder)}".rstrip("\n") + "\n" for command in commands)


def _excerpt(block: str, folder: Path) -> str:
    """A piece of a file: the whole, or the class or function that the block begins with."""
    first, *rest = block.splitlines()
    name = first.removeprefix("# from ")
    text = ((folder if name.startswith("build/") else ROOT) / name).read_text("utf-8")
    if rest and rest[0].startswith(("class ", "def ")):
        start = text.index(rest[0])
        text = text[start:].split("\n\n\n")[0] + "\n"
    return f"{first}\n{text}"


def _rewritten(folder: Path) -> str:
    """The README with every output as it is today."""

    def renew(match: re.Match[str]) -> str:
        language, block = match.groups()
        if language == "console":
            block = _session(block, folder)
        elif language == "python":
            block = _excerpt(block, folder)
        return f"```{language}\n{block}```"

    text = _BLOCK.sub(renew, README.read_text("utf-8"))
    made = {
        "ops": as_markdown(op_reference()).strip(),
        "networks": to_markdown(catalogue()).strip(),
        "styles": styles(),
    }
    return _GENERATED.sub(lambda match: f"{match.group(1)}\n{made[match.group(2)]}\n\n{match.group(4)}", text)


def test_outputs_excerpts_and_reference_are_those_of_today(folder: Path, request: pytest.FixtureRequest) -> None:
    renewed = _rewritten(folder)
    if request.config.getoption("--update-golden"):
        README.write_text(renewed, "utf-8")
    assert README.read_text("utf-8") == renewed


def test_python_examples_print_what_is_shown() -> None:
    parser = doctest.DocTestParser()
    runner = doctest.DocTestRunner(
        optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE | doctest.IGNORE_EXCEPTION_DETAIL
    )
    for match in _blocks("pycon"):
        runner.run(parser.get_doctest(match.group(2), {}, "README", str(README), 0))
    assert runner.summarize().attempted > 5
    assert runner.summarize().failed == 0


def test_every_command_of_the_command_line_is_mentioned() -> None:
    text = README.read_text("utf-8")
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    assert commands
    for name in commands:
        assert f"`incspec {name}" in text, name


def test_install_comes_before_what_needs_it_and_names_the_environment_that_make_makes() -> None:
    sections = re.split(r"^## ", README.read_text("utf-8"), flags=re.MULTILINE)
    install = next(section for section in sections if section.startswith("Install\n"))
    assert sections.index(install) == 1  # before it, only what comes out is shown
    (folder,) = re.findall(r"^VENV := (\S+)$", (ROOT / "Makefile").read_text("utf-8"), flags=re.MULTILINE)
    assert f"\n    make demo\n    . {folder}/bin/activate\n" in install


def test_every_file_it_links_to_exists() -> None:
    for target in re.findall(r"(?:\]\(|src=\")(?!https?:)([^)\"#]+)", README.read_text("utf-8")):
        assert (ROOT / target).exists(), target
