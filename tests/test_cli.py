"""The command line: exit codes, what goes where, and that nothing half-written stays behind."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tiny import TINY
from typer.testing import CliRunner, Result

import incspec
from incspec import checking
from incspec.build import build as build_model
from incspec.cli import app, main


def run(*arguments: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(app, list(arguments), input=stdin)


def spawn(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "incspec", *arguments],
        cwd=cwd,
        capture_output=True,
        timeout=120,
        check=False,
        env={"PATH": os.environ["PATH"], **environment},
    )


def tree(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


# --- usage and faults


@pytest.mark.parametrize(
    "arguments",
    [
        ("chekc", "tiny.yaml"),
        ("check",),
        ("build", "tiny.yaml", "--figures", "gif"),
        ("draw", "tiny.yaml", "--block", "stm"),
        ("summary", "tiny.yaml", "--format", "xml"),
        ("explain", "no-such-code"),
        ("ops", "cnov"),
    ],
)
def test_wrong_usage_exits_with_2(tiny: Path, arguments: tuple[str, ...]) -> None:
    result = run(*arguments)
    assert result.exit_code == 2, result.output
    assert "Traceback" not in result.output


def test_a_fault_of_ours_exits_with_70_and_asks_for_a_report(
    tiny: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fault(*_: object) -> None:
        raise ZeroDivisionError("planted")

    monkeypatch.setattr(checking, "load_file", fault)
    monkeypatch.setattr(sys, "argv", ["incspec", "check", "tiny.yaml"])
    with pytest.raises(SystemExit) as exit_info:
        main()
    assert exit_info.value.code == 70
    error = capsys.readouterr().err
    assert "planted" in error
    assert "please report this" in error


def test_a_reader_that_stops_early_is_no_error(tiny: Path) -> None:
    command = f"{sys.executable} -m incspec ops --json | head -1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout == "[\n"
    assert done.stderr == ""


def test_version_is_printed() -> None:
    assert run("--version").stdout.startswith("incspec 0.")


@pytest.mark.parametrize("verb", [(), ("build",), ("check",), ("draw",), ("weights",), ("weights", "convert")])
def test_help_names_the_type_of_what_takes_a_value_alone(verb: tuple[str, ...]) -> None:
    told = run(*verb, "--help").stdout
    assert "--help" in told
    assert "bool" not in told.lower()


# --- build


def test_build_writes_everything_and_a_manifest_with_the_hashes(tiny: Path) -> None:
    result = run("build", "tiny.yaml", "--figures", "svg", "--figures", "dot")
    assert result.exit_code == 0, result.output
    folder = Path("build/tiny")
    files = tree(folder)
    assert {"model.py", "report.json", "report.csv", "report.md", "manifest.json"} <= set(files)
    assert {"figures/network.svg", "figures/network.dot", "figures/stem.svg"} <= set(files)
    assert (folder / "index.html").read_bytes() == incspec.load("tiny.yaml").page()
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["verified"] is True
    assert {name: entry["sha256"] for name, entry in manifest["files"].items()} == {
        name: digest for name, digest in files.items() if name != "manifest.json"
    }
    assert manifest["specs"] == [{"file": "tiny.yaml", "sha256": hashlib.sha256(TINY.encode()).hexdigest()}]


def test_figures_of_a_build_are_those_that_draw_gives_in_the_same_style(tiny: Path) -> None:
    Path("mine.yaml").write_text("like: slide\ncolors: {conv: '#f4f4f4'}\n")
    assert run("build", "tiny.yaml", "-q", "--style", "mine.yaml", "--no-verify").exit_code == 0
    assert run("draw", "tiny.yaml", "-q", "--style", "mine.yaml", "-o", "drawn").exit_code == 0
    assert tree(Path("build/tiny/figures")) == tree(Path("drawn"))
    assert b"#f4f4f4" in (Path("drawn") / "network.svg").read_bytes()
    assert json.loads(Path("build/tiny/manifest.json").read_text())["style"] == "mine.yaml"


def test_a_build_tells_the_figures_that_are_larger_than_their_style_wants_them(tiny: Path) -> None:
    Path("narrow.yaml").write_text("like: print\nwidth: 8 mm\n", "utf-8")
    told = run("build", "tiny.yaml", "--style", "narrow.yaml", "--no-verify").stderr
    note = "note: network and stem are larger than the style `narrow.yaml` wants; `incspec draw tiny.yaml --style narrow.yaml` tells"
    assert " ".join(told.split()).startswith(note)
    assert "larger" not in run("build", "tiny.yaml", "--style", "print", "--no-verify").stderr


def test_a_build_in_a_style_that_is_wrong_writes_nothing(tiny: Path) -> None:
    Path("mine.yaml").write_text("colors: {box: blue}\n")
    refused = run("build", "tiny.yaml", "--style", "mine.yaml")
    assert (refused.exit_code, "`box` does not take `blue`" in refused.stderr) == (1, True)
    found = json.loads(run("build", "tiny.yaml", "--style", "mine.yaml", "--json").stdout)
    assert (found["ok"], [item["code"] for item in found["diagnostics"]]) == (False, ["invalid-value"])
    unknown = run("build", "tiny.yaml", "--style", "slid")
    assert (unknown.exit_code, unknown.stderr) == (2, "incspec: there is no style `slid`: did you mean `slide`?\n")
    assert not Path("build").exists()


def test_two_builds_give_the_same_bytes(tiny: Path) -> None:
    """One in this process and one in another, whose sets are in another order."""
    arguments = ("build", "tiny.yaml", "-q", "--figures", "pdf", "--figures", "png", "-o")
    here, there = run(*arguments, "one"), spawn(*arguments, "two", cwd=tiny.parent)
    assert (here.exit_code, here.output) == (0, "")
    assert (there.returncode, there.stdout, there.stderr) == (0, b"", b"")
    assert tree(Path("one")) == tree(Path("two"))


def test_a_build_of_a_wrong_spec_leaves_the_last_one_whole(tiny: Path) -> None:
    assert run("build", "tiny.yaml", "-q").exit_code == 0
    before = tree(Path("build"))
    tiny.write_text(TINY.replace("conv n", "cnov n"))
    assert run("build", "tiny.yaml").exit_code == 1
    assert tree(Path("build")) == before


def test_a_build_that_is_interrupted_leaves_the_last_one_whole(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("build", "tiny.yaml", "-q").exit_code == 0
    before = tree(Path("build"))
    write_bytes = Path.write_bytes

    def fails_at_the_manifest(path: Path, data: bytes) -> int:
        if path.name == "manifest.json":
            raise OSError(28, "No space left on device")
        return write_bytes(path, data)

    monkeypatch.setattr(Path, "write_bytes", fails_at_the_manifest)
    result = run("build", "tiny.yaml", "--set", "classes=3")
    assert result.exit_code == 2
    assert "no space left on device" in result.stderr
    assert tree(Path("build")) == before
    assert [path.name for path in Path("build").iterdir()] == ["tiny"]


def test_a_new_build_replaces_the_last_one(tiny: Path) -> None:
    assert run("build", "tiny.yaml", "-q", "--figures", "dot").exit_code == 0
    assert run("build", "tiny.yaml", "-q", "--set", "classes=3").exit_code == 0
    files = tree(Path("build/tiny"))
    assert "figures/network.dot" not in files
    assert "classes: int = 3" in Path("build/tiny/model.py").read_text()
    assert [path.name for path in Path("build").iterdir()] == ["tiny"]


def test_a_folder_with_foreign_files_is_not_replaced(tiny: Path) -> None:
    Path("mine").mkdir()
    Path("mine/notes.txt").write_text("keep")
    result = run("build", "tiny.yaml", "-o", "mine")
    assert result.exit_code == 2
    assert "notes.txt" in result.stderr
    assert tree(Path("mine")).keys() == {"notes.txt"}


@pytest.mark.parametrize("edit", ["edited", "link"])
def test_what_was_changed_since_the_last_build_is_not_replaced(tiny: Path, edit: str) -> None:
    assert run("build", "tiny.yaml", "-q").exit_code == 0
    path = Path("build/tiny/model.py")
    if edit == "edited":
        path.write_text("mine\n")
    else:
        path.rename("model.py")
        path.symlink_to(Path("model.py").resolve())
    result = run("build", "tiny.yaml")
    assert result.exit_code == 2
    assert "changed since it was built" in result.stderr


def test_a_link_to_a_folder_stays_a_link(tiny: Path) -> None:
    Path("real").mkdir()
    Path("out").symlink_to("real")
    assert run("build", "tiny.yaml", "-q", "-o", "out").exit_code == 0
    assert run("build", "tiny.yaml", "-q", "-o", "out").exit_code == 0
    assert Path("out").is_symlink()
    assert Path("real/model.py").exists()


def test_the_current_folder_is_not_replaced(tiny: Path) -> None:
    result = run("build", "tiny.yaml", "-o", ".")
    assert result.exit_code == 2
    assert "current folder" in result.stderr


def test_json_of_a_build_is_its_manifest(tiny: Path) -> None:
    result = run("build", "tiny.yaml", "--json", "--no-verify")
    assert result.exit_code == 0
    found = json.loads(result.stdout)
    assert found["folder"] == str(Path("build/tiny"))
    assert found["verified"] is False


# --- draw, summary, list


@pytest.mark.parametrize(
    ("name", "magic"), [("a.svg", b"<?xml"), ("a.png", b"\x89PNG"), ("a.pdf", b"%PDF"), ("a.dot", b"digraph")]
)
def test_draw_takes_the_format_from_the_file_name(tiny: Path, name: str, magic: bytes) -> None:
    result = run("draw", "tiny.yaml", "--block", "stem", "-o", name)
    assert result.exit_code == 0, result.output
    assert Path(name).read_bytes().lstrip(b"/ ").startswith(magic)
    assert result.stdout == f"{name}\n"


def test_what_is_no_file_is_written_to_and_not_replaced(tiny: Path) -> None:
    Path("a.svg").symlink_to(os.devnull)
    assert run("draw", "tiny.yaml", "-o", "a.svg").exit_code == 0
    assert not Path("a.svg").is_file()
    assert [path.name for path in Path().glob(".a.svg*")] == []


def test_draw_writes_the_network_and_each_block_into_a_folder(tiny: Path) -> None:
    assert run("draw", "tiny.yaml").exit_code == 0
    assert sorted(path.name for path in Path("tiny").iterdir()) == ["network.svg", "stem.svg"]


def test_a_build_in_python_refuses_a_format_that_there_is_not_and_writes_nothing(tiny: Path) -> None:
    model = incspec.load("tiny.yaml")
    with pytest.raises(ValueError, match="there is no format `sgv`: did you mean `svg`"):
        build_model(model, Path("build"), formats=["sgv"], verify=False)  # type: ignore[list-item]
    assert not Path("build").exists()


def test_a_build_of_graphs_alone_tells_no_size(tiny: Path) -> None:
    Path("narrow.yaml").write_text("like: print\nwidth: 8 mm\n", "utf-8")
    told = run("build", "tiny.yaml", "--style", "narrow.yaml", "--no-verify", "--figures", "dot").stderr
    assert "larger" not in told  # whoever lays it out knows how wide it is


def test_python_refuses_a_format_that_there_is_not(tiny: Path) -> None:
    with pytest.raises(ValueError, match="there is no format `gif`"):
        incspec.load("tiny.yaml").draw(format="gif")  # type: ignore[arg-type]


def test_draw_writes_the_page_where_it_is_told(tiny: Path) -> None:
    page = incspec.load("tiny.yaml").page()
    for arguments, written in (
        ((), "tiny/index.html"),
        (("-o", "some/where.html"), "some/where.html"),
        (("-o", "some/"), "some/index.html"),
    ):
        done = run("draw", "tiny.yaml", "--format", "html", *arguments)
        assert (done.exit_code, done.stdout) == (0, f"{written}\n"), done.output
        assert Path(written).read_bytes() == page
    assert run("draw", "tiny.yaml", "-o", "-", "-f", "html").stdout_bytes == page
    refused = run("draw", "tiny.yaml", "--format", "html", "--block", "stem")
    assert refused.exit_code == 2
    assert "`#stem`" in refused.stderr


def test_draw_to_standard_output_prints_the_figure_alone(tiny: Path) -> None:
    assert run("draw", "tiny.yaml", "-o", "-", "-f", "dot").stdout.lstrip("/ ").startswith("digraph")


def test_summary_fits_80_columns_and_opens_blocks_with_depth(tiny: Path) -> None:
    folded, opened = (run("summary", "inception_v4", *more).stdout for more in ((), ("--depth", "3")))
    assert len(folded.splitlines()) < len(opened.splitlines())
    for text in (folded, opened):
        assert max(map(len, text.splitlines())) <= 80
        assert "42,679,816" in text


def test_summary_has_machine_readable_formats(tiny: Path) -> None:
    assert json.loads(run("summary", "tiny.yaml", "--json").stdout)["params"] == 282
    assert run("summary", "tiny.yaml", "-f", "csv").stdout.startswith("path,")
    assert run("summary", "tiny.yaml", "-f", "markdown").stdout.startswith("#")


def test_shipped_specs_are_found_by_name_from_any_folder(tiny: Path) -> None:
    names = {row["name"] for row in json.loads(run("list", "--json").stdout)}
    assert {"inception_v4", "inception_v4_tf"} <= names
    right = sorted(name for name in names if not name.endswith("_posted"))
    assert run("check", *right).exit_code == 0


# --- colour, encoding


def test_pipes_and_no_color_get_no_escapes(tiny: Path) -> None:
    tiny.write_text(TINY.replace("conv n", "cnov n"))
    assert b"\x1b" not in spawn("check", "tiny.yaml", cwd=tiny.parent).stderr


def test_a_terminal_without_unicode_gets_ascii_and_question_marks_not_a_traceback(tiny: Path) -> None:
    tiny.write_text(TINY.replace("Tiny", "Tïny"))
    done = spawn("summary", "tiny.yaml", cwd=tiny.parent, PYTHONIOENCODING="ascii", COLUMNS="80")
    assert done.returncode == 0, done.stderr.decode()
    assert b"T?ny" in done.stdout
    assert b"+- Stem" in done.stdout


def test_schema_and_reference_and_explanations_are_printed() -> None:
    assert json.loads(run("schema").stdout)["$schema"]
    assert "conv" in run("ops").stdout
    assert "kernel" in run("ops", "conv").stdout
    assert {entry["keyword"] for entry in json.loads(run("ops", "--json").stdout)} >= {"conv", "residual"}
    assert "unknown-op" in run("explain").stdout
    page = run("explain", "dropout-on-output").stdout
    assert "```" not in page
    assert "\n    network:\n      - global_avg_pool\n" in page  # an example, set in
    assert max(map(len, (page + run("explain").stdout).splitlines())) <= 80
