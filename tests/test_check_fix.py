"""`incspec check --fix`, `--diff` and `--strict`: what is written, what is said of it, and how the command exits."""

from __future__ import annotations

import json
import os
import stat
import subprocess
from pathlib import Path

import pytest
from jsonschema import Draft4Validator
from typer.testing import CliRunner, Result

from incspec.cli import app

RIGHT = """\
# A comment that stays.
incspec: 1
name: Tiny
input:   [3, 16, 16]     # and odd blanks
network:
  - 3x3 conv 8           # here too
  - global_avg_pool
  - linear: {out: 10}
"""
WRONG = RIGHT.replace("conv", "cnov").replace("linear: {out: 10}", "linear: {out:10}")
WARNED = RIGHT.replace("3x3 conv 8", "3x3 conv 8 norm batch_norm bias true")
SCHEMA = Path(__file__).parent / "rendering/schemas/sarif-schema-2.1.0.json"


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    path = tmp_path / "tiny.yaml"
    path.write_text(WRONG)
    return path


def run(*arguments: str, stdin: str | bytes | None = None) -> Result:
    return CliRunner().invoke(app, ["check", *arguments], input=stdin)


def test_fix_writes_the_file_and_says_what_it_mended(tiny: Path) -> None:
    result = run("--fix", "tiny.yaml")
    assert result.exit_code == 0
    assert tiny.read_text() == RIGHT
    assert result.stderr == (
        "tiny.yaml: 2 mistakes mended\n"
        "  line 6: there is no op or block `cnov`\n"
        "  line 8: a space is missing after the colon in `out:10`\n"
    )
    assert result.stdout.startswith("tiny.yaml: no errors\n")


def test_fix_leaves_what_is_not_certain_and_exits_with_1(tiny: Path) -> None:
    tiny.write_text(WRONG.replace("global_avg_pool", "3x3 conv 8 groups 3\n  - global_avg_pool"))
    result = run("--fix", "tiny.yaml", "--json")
    assert result.exit_code == 1
    assert [item["code"] for item in json.loads(result.stdout)["diagnostics"]] == ["groups-mismatch"]
    assert "cnov" not in tiny.read_text()


def test_fix_keeps_permissions_links_marks_and_line_breaks(tiny: Path) -> None:
    tiny.write_bytes(b"\xef\xbb\xbf" + WRONG.replace("\n", "\r\n").encode())
    tiny.chmod(0o640)
    link = tiny.with_name("link.yaml")
    link.symlink_to(tiny)
    assert run("--fix", "link.yaml", "-q").output == ""
    assert link.is_symlink()
    assert stat.S_IMODE(tiny.stat().st_mode) == 0o640
    assert tiny.read_bytes() == b"\xef\xbb\xbf" + RIGHT.replace("\n", "\r\n").encode()


def test_fix_leaves_a_right_file_untouched(tiny: Path) -> None:
    tiny.write_text(RIGHT)
    os.utime(tiny, ns=(1, 1))
    assert run("--fix", ".").exit_code == 0
    assert tiny.stat().st_mtime_ns == 1
    assert sorted(path.name for path in tiny.parent.iterdir()) == ["tiny.yaml"]


def test_fix_changes_no_file_that_another_extends(tiny: Path) -> None:
    variant = tiny.with_name("variant.yaml")
    variant.write_text("extends: tiny.yaml\nnmae: Variant\n")
    assert run("--fix", "variant.yaml").exit_code == 1
    assert variant.read_text() == "extends: tiny.yaml\nname: Variant\n"
    assert tiny.read_text() == WRONG


def test_fix_of_a_folder_mends_each_file(tiny: Path) -> None:
    (tiny.parent / "more").mkdir()
    (tiny.parent / "more/other.yaml").write_text(WRONG)
    assert run("--fix", ".").exit_code == 0
    assert {path.read_text() for path in tiny.parent.rglob("*.yaml")} == {RIGHT}


def test_fix_of_standard_input_prints_the_mended_text(tiny: Path) -> None:
    result = run("--fix", "-", stdin=WRONG.replace("\n", "\r\n").encode())
    assert result.exit_code == 0
    assert result.stdout_bytes == RIGHT.replace("\n", "\r\n").encode()
    assert result.stderr == ""


def test_fix_of_standard_input_tells_what_is_left(tiny: Path) -> None:
    result = run("--fix", "-", "--stdin-filename", "nets/mine.yaml", stdin=WRONG + "  - 3x3 conv 8\n")
    assert result.exit_code == 1
    assert result.stdout == RIGHT + "  - 3x3 conv 8\n"
    assert "error[wrong-rank]" in result.stderr
    assert "nets/mine.yaml:9" in result.stderr


def test_fix_of_standard_input_that_is_no_text_prints_it_as_it_is(tiny: Path) -> None:
    result = run("--fix", "-", stdin=b"\xff\xfe")
    assert (result.exit_code, result.stdout_bytes) == (1, b"\xff\xfe")


def test_diff_shows_what_fix_would_write_and_writes_nothing(tiny: Path) -> None:
    result = run("--diff", "tiny.yaml")
    assert result.exit_code == 1
    assert tiny.read_text() == WRONG
    changed = [line for line in result.stdout.splitlines() if line[0] in "+-"]
    assert changed == [
        "--- tiny.yaml",
        "+++ tiny.yaml",
        "-  - 3x3 cnov 8           # here too",
        "+  - 3x3 conv 8           # here too",
        "-  - linear: {out:10}",
        "+  - linear: {out: 10}",
    ]
    assert run("--diff", "-", stdin=WRONG).stdout == result.stdout.replace("tiny.yaml", "<stdin>")


def test_patch_makes_of_the_diff_what_fix_writes(tiny: Path) -> None:
    tiny.write_text(WRONG.rstrip("\n"))
    diff = run("--diff", "tiny.yaml").stdout
    subprocess.run(["git", "apply", "-p0", "-"], input=diff, text=True, check=True, cwd=tiny.parent)
    assert tiny.read_text() == RIGHT.rstrip("\n")


def test_diff_of_a_right_file_is_empty(tiny: Path) -> None:
    tiny.write_text(RIGHT)
    assert (run("--diff", "tiny.yaml").output, run("--diff", "tiny.yaml").exit_code) == ("", 0)


def test_diff_tells_what_it_would_leave(tiny: Path) -> None:
    left = RIGHT.replace("conv 8", "conv 8 groups 3", 1)
    tiny.write_text(left.replace("{out: 10}", "{out:10}"))
    result = run("--diff", "tiny.yaml")
    assert result.stdout.startswith("--- tiny.yaml\n")
    assert result.stderr.startswith("tiny.yaml: what is left, in the text as it would be then:\nerror[")
    tiny.write_text(left)
    result = run("--diff", "tiny.yaml")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "--> tiny.yaml:6:" in result.stderr
    assert run("--diff", "-", stdin=left).stderr == result.stderr.replace("tiny.yaml", "<stdin>")


@pytest.mark.parametrize(
    "arguments",
    [
        ("--fix", "--watch", "tiny.yaml"),
        ("--diff", "--json", "tiny.yaml"),
        ("--fix", "--json", "-"),
        ("--fix", "-", "tiny.yaml"),
    ],
)
def test_what_fix_cannot_be_combined_with_is_wrong_usage(tiny: Path, arguments: tuple[str, ...]) -> None:
    assert run(*arguments, stdin=RIGHT).exit_code == 2


def test_strict_takes_warnings_for_errors(tiny: Path) -> None:
    tiny.write_text(WARNED)
    assert run("tiny.yaml").exit_code == 0
    result = run("--strict", "tiny.yaml")
    assert result.exit_code == 1
    assert "error[bias-before-norm]" in result.stderr
    assert json.loads(run("--strict", "--json", "tiny.yaml").stdout)["ok"] is False
    assert run("--strict", "--fix", "-", stdin=WARNED).exit_code == 1
    assert run("--strict", "--diff", "tiny.yaml").exit_code == 1
    tiny.write_text(RIGHT)
    assert run("--strict", "tiny.yaml").exit_code == 0


def test_json_and_sarif_hold_the_fixes(tiny: Path) -> None:
    (found,) = json.loads(run("--json", "tiny.yaml").stdout)["diagnostics"][:1]
    (fix,) = found["fixes"]
    assert fix["certain"] is True
    assert fix["edits"] == [
        {"file": "tiny.yaml", "line": 6, "column": 9, "end_line": 6, "end_column": 13, "text": "conv"}
    ]
    log = json.loads(run("--format", "sarif", "tiny.yaml").stdout)
    Draft4Validator(json.loads(SCHEMA.read_text("utf-8"))).validate(log)
    (change,) = log["runs"][0]["results"][0]["fixes"][0]["artifactChanges"]
    assert [each["insertedContent"]["text"] for each in change["replacements"]] == ["conv"]
