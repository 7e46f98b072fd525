"""What others call incspec by: the hook of pre-commit, and the recipes of the README."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parent.parent
SPEC = "incspec: 1\nname: x\ninput: [3, 8, 8]\nnetwork: [3x3 conv 4]\n"
RECIPES = {
    text.partition("\n")[0].removeprefix("# "): yaml.safe_load(text)
    for text in re.findall(r"```yml\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)
}


def hooks() -> list[dict[str, object]]:
    """The hooks that this repository offers, and the one that the README shows."""
    (local,) = RECIPES[".pre-commit-config.yaml"]["repos"]
    return [*yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8")), *local["hooks"]]


def run(entry: str, *files: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [*shlex.split(entry), *files]
    assert command[0] == "incspec"
    return subprocess.run(
        [sys.executable, "-m", *command],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def test_all_hooks_are_one_call_with_yaml_files() -> None:
    assert len(hooks()) == 3
    (call,) = {(str(hook["entry"]), str(hook["types"]), hook["require_serial"]) for hook in hooks()}
    assert call == ("incspec check --quiet --only-specs", "['yaml']", True)


def test_the_hook_passes_right_specs_and_other_yaml_and_fails_at_a_mistake(tmp_path: Path) -> None:
    entry = str(hooks()[0]["entry"])
    files = {
        "a.yaml": SPEC,
        ".compose.yml": "services: {}\n",
        "blocks.yaml": "incspec: 1\nname: b\nblocks: {a: [relu]}\n",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    passed = run(entry, *files, cwd=tmp_path)
    assert (passed.returncode, passed.stdout, passed.stderr) == (0, "", "")
    assert run(entry, ".compose.yml", cwd=tmp_path).returncode == 0
    (tmp_path / "b.yaml").write_text(SPEC.replace("conv", "cnov"))
    failed = run(entry, *files, "b.yaml", cwd=tmp_path)
    assert failed.returncode == 1
    assert "--> b.yaml:4:15" in failed.stderr


@pytest.mark.parametrize("format_", ["github", "sarif"])
def test_the_workflow_fails_at_a_mistake_and_only_then(tmp_path: Path, format_: str) -> None:
    (job,) = RECIPES[".github/workflows/specs.yml"]["jobs"].values()
    (command,) = (step["run"] for step in job["steps"] if f"--format {format_}" in step.get("run", ""))
    command = command.split(" >")[0].split("  #")[0]
    (tmp_path / "specs").mkdir()
    (tmp_path / "specs/a.yaml").write_text(SPEC)
    assert run(command, cwd=tmp_path).returncode == 0
    (tmp_path / "specs/a.yaml").write_text(SPEC.replace("conv", "cnov"))
    failed = run(command, cwd=tmp_path)
    assert failed.returncode == 1
    assert "unknown-op" in failed.stdout


def test_check_runs_with_the_packages_that_the_workflow_installs() -> None:
    (job,) = RECIPES[".github/workflows/specs.yml"]["jobs"].values()
    installed = next(step["run"] for step in job["steps"] if "run" in step).removeprefix("pip install ").split()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    needed = [re.match(r"[\w-]+", each).group() for each in project["dependencies"]]  # type: ignore[union-attr]
    missing = [name.replace("-", "_") for name in needed if name not in (*installed, "rich")]  # typer brings rich
    assert "torch" in missing
    assert "pydantic" not in missing
    program = (
        f"import sys\nsys.modules.update(dict.fromkeys({missing}))\n"  # importing one of them fails
        "sys.argv = ['incspec', 'check', 'inception_v4', '-f', 'sarif']\nfrom incspec.cli import main\nmain()"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert (done.returncode, done.stderr) == (0, "")
