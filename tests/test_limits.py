"""Limits: what is too large is told by the name of the limit, which can be raised."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest
from typer.testing import CliRunner

import incspec
from incspec.cli import app
from incspec.limits import DEFAULT, Limits, read_limits

README = Path(__file__).parents[1] / "README.md"
HEAD = "incspec: 1\nname: N\ninput: [4, 8, 8]\n"
BLOCKS = "blocks: {b: {params: {n: 4}, body: [1x1 conv n, relu]}}\n"
# For each limit a value, a spec that exceeds it, and the least value that takes the spec.
TOO_LARGE = {
    "bytes": (40, f"{HEAD}network: [relu]\n", len(f"{HEAD}network: [relu]\n")),
    "values": (12, f"{HEAD}network: [relu]\n", 20),
    "depth": (3, f"{HEAD}network: [concat: [[relu], [tanh]]]\n", 5),
    "nesting": (1, f"{HEAD}network: [concat: [[relu], [tanh]]]\n", 2),
    "repeat": (4, f"{HEAD}network: [relu: {{repeat: 5}}]\n", 5),
    "steps": (5, f"{HEAD}network: [relu, relu, relu, relu, relu, relu]\n", 6),
    "variants": (1, f"{HEAD}{BLOCKS}network: [b, b: {{n: 8}}]\n", 2),
    "ops": (5, f"{HEAD}{BLOCKS}network: [b: {{repeat: 3}}]\n", 6),
}


@pytest.mark.parametrize("name", TOO_LARGE)
def test_a_limit_is_told_by_its_name_and_can_be_raised(name: str) -> None:
    low, text, enough = TOO_LARGE[name]
    for value in (low, enough - 1):
        with pytest.raises(incspec.CompileError) as caught:
            incspec.load(text, limits=Limits(**{name: value}))
        (item,) = caught.value.diagnostics
        assert item.code == "spec-too-large"
        assert f"`incspec --limit {name}=N`" in (item.help or "")
    assert incspec.load(text, limits=Limits(**{name: enough})).outputs[0].shape[1:] == (8, 8)


def test_files_are_counted(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text(f"{HEAD}network: [relu]\n")
    (tmp_path / "net.yaml").write_text("incspec: 1\nextends: base.yaml\n")
    assert incspec.load(tmp_path / "net.yaml", limits=Limits(files=2)).name == "N"
    with pytest.raises(incspec.CompileError, match="--limit files=N"):
        incspec.load(tmp_path / "net.yaml", limits=Limits(files=1))


def test_every_limit_is_tried_here_and_stands_in_the_readme() -> None:
    assert {each.name for each in fields(Limits)} == {*TOO_LARGE, "files"}
    table = re.findall(r"^\| `(\w+)` \| ([\d_]+) \|", README.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert {name: int(value) for name, value in table} == {each.name: each.default for each in fields(Limits)}


def test_the_command_line_takes_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "net.yaml"
    path.write_text(f"{HEAD}network: [relu: {{repeat: 60_000}}]\n")
    monkeypatch.setenv("INCSPEC_LIMITS", "")  # and so put back behind the test
    runner = CliRunner()
    assert "--limit repeat=N" in runner.invoke(app, ["check", str(path)]).output
    raised = ["--limit", "repeat=60_000", "--limit", "steps=70000"]
    assert runner.invoke(app, [*raised, "check", str(path)]).exit_code == 0


def test_limits_come_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "net.yaml"
    path.write_text(f"{HEAD}network: [relu, relu]\n")
    monkeypatch.setenv("INCSPEC_LIMITS", "steps=1")
    assert CliRunner().invoke(app, ["check", str(path)]).exit_code == 1
    monkeypatch.setenv("INCSPEC_LIMITS", "steps=2, repeat=1")
    assert CliRunner().invoke(app, ["check", str(path)]).exit_code == 0
    monkeypatch.setenv("INCSPEC_LIMITS", "stops=2")
    result = CliRunner().invoke(app, ["check", str(path)])
    assert result.exit_code == 2
    assert "did you mean `steps`?" in result.output


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("steps", "not of the form"),
        ("steps=", "whole number"),
        ("steps=0", "at least 1"),
        ("steps=-1", "whole number"),
        ("steps=1e5", "whole number"),
        ("steps=" + "9" * 5000, "whole number"),
        ("depth=100000", "can be raised to"),
        ("step=1", "did you mean `steps`?"),
    ],
)
def test_limits_that_are_none_are_refused(written: str, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        read_limits([written])


def test_limits_are_read() -> None:
    assert read_limits([]) == DEFAULT
    assert read_limits(["steps=1_000", "ops=7"]) == Limits(steps=1000, ops=7)


def test_the_highest_depths_can_be_stood() -> None:
    """Deeper would end in Python's own limit on recursion."""
    most = {each.name: each.metadata["most"] for each in fields(Limits) if "most" in each.metadata}
    nest = "relu"
    for level in range((most["depth"] - 5) // 3):
        nest = f"concat: [[{nest if level == 0 else f'{{{nest}}}'}], [relu]]"
    model = incspec.load(f"{HEAD}network: [{nest}]\n", limits=Limits(**most))
    assert model.source()
    assert model.report()
    assert model.figures()
    blocks = ", ".join(f"b{k}: {{body: [b{k - 1}]}}" for k in range(1, most["nesting"] - 1))
    text = f"{HEAD}blocks: {{b0: {{body: [relu]}}, {blocks}}}\nnetwork: [b{most['nesting'] - 2}]\n"
    model = incspec.load(text, limits=Limits(**most))
    assert model.source()
    assert model.report()
    assert model.figures()
