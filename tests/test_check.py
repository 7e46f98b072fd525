"""`incspec check`: of one spec and of many, what it says of them in each format, and how it exits."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from jsonschema import Draft4Validator
from tiny import TINY
from typer.testing import CliRunner, Result

from incspec import checking
from incspec.checking import check_specs, counted
from incspec.cli import app
from incspec.diagnostics import Diagnostic
from incspec.reading.files import shipped_specs

WRONG = TINY.replace("conv n", "cnov n")
SCHEMA = Path(__file__).parent / "rendering/schemas/sarif-schema-2.1.0.json"


@pytest.fixture
def nets(tiny: Path) -> Path:
    """A folder with two right specs, one with an error, one that extends the wrong one, blocks, and other YAML."""
    folder = tiny.parent / "nets"
    (folder / "more").mkdir(parents=True)
    (folder / "a.yaml").write_text(TINY)
    (folder / "more/b.yaml").write_text(TINY)
    (folder / "wrong.yaml").write_text(WRONG)
    (folder / "variant.yaml").write_text("extends: wrong.yaml\nname: Variant\n")
    (folder / "blocks.yaml").write_text("incspec: 1\nname: blocks\nblocks: {a: [relu]}\n")
    (folder / "compose.yaml").write_text("services: {}\n")
    return folder


def run(*arguments: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(app, list(arguments), input=stdin)


def spawn(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "incspec", *arguments], cwd=cwd, capture_output=True, text=True, timeout=120, check=False
    )


# --- one


def test_check_of_a_right_spec_says_its_shape_and_counts(tiny: Path) -> None:
    result = run("check", "tiny.yaml")
    assert result.exit_code == 0
    assert result.stdout == "tiny.yaml: no errors\n  3x16x16 -> 10, 282 parameters, 9,080 multiply-adds\n"
    assert result.stderr == ""


def test_check_of_a_wrong_spec_exits_with_1_and_speaks_on_standard_error(tiny: Path) -> None:
    tiny.write_text(TINY.replace("conv n", "cnov n"))
    result = run("check", "tiny.yaml")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert "error[unknown-op]" in result.stderr
    assert "tiny.yaml:9:16" in result.stderr


def test_check_of_several_goes_on_after_a_wrong_one_and_sums_up(tiny: Path) -> None:
    result = run("check", "nowhere.yaml", "tiny.yaml", "inception_v4")
    assert result.exit_code == 1
    assert "error[file-not-found]" in result.stderr
    assert result.stdout == "3 specs: 2 fine, 1 with errors (1 error)\n"


def test_quiet_prints_nothing_of_a_right_spec(tiny: Path) -> None:
    result = run("check", "-q", "tiny.yaml")
    assert (result.exit_code, result.output) == (0, "")


def test_json_holds_the_diagnostics_with_their_places(tiny: Path) -> None:
    tiny.write_text(WRONG)
    result = run("check", "--json", "tiny.yaml")
    assert result.exit_code == 1
    found = json.loads(result.stdout)
    assert not found["ok"]
    (diagnostic,) = found["diagnostics"]
    assert diagnostic["code"] == "unknown-op"
    assert (diagnostic["place"]["line"], diagnostic["place"]["column"]) == (9, 16)


def test_a_spec_on_standard_input_is_checked() -> None:
    assert run("check", "-", stdin=TINY).exit_code == 0
    assert "<stdin>" in run("check", "-", stdin=TINY.replace("stem,", "stm,")).stderr


@pytest.mark.parametrize("override", ["classes=3", "stem.n=16"])
def test_set_overrides_parameters_and_defaults_of_blocks(tiny: Path, override: str) -> None:
    before, after = (
        json.loads(run("check", "--json", "tiny.yaml", *more).stdout) for more in ((), ("--set", override))
    )
    assert after["ok"]
    assert after["params"] != before["params"]


def test_an_expectation_that_fails_under_set_is_a_note(tiny: Path) -> None:
    result = run("check", "tiny.yaml", "--set", "stem.n=16")
    assert result.exit_code == 0
    assert "note[expectation-failed]" in result.stderr


def test_an_unknown_parameter_is_told_with_the_nearest_name(tiny: Path) -> None:
    result = run("check", "tiny.yaml", "--set", "clases=3")
    assert result.exit_code == 1
    assert "did you mean `classes`?" in result.stderr


# --- many


def test_a_folder_is_checked_with_all_below_and_every_mistake_is_told_once(nets: Path) -> None:
    result = run("check", "nets")
    assert result.exit_code == 1
    assert result.stdout == "4 specs: 2 fine, 2 with errors (1 error); 2 YAML files are no specs\n"
    assert result.stderr.count("error[unknown-op]") == 1
    assert "nets/wrong.yaml:9:16" in result.stderr
    assert "nets/wrong.yaml: 1 message, told above" in result.stderr  # the variant comes before its base


def test_a_folder_of_right_specs_is_one_line_and_quietly_none(nets: Path) -> None:
    assert run("check", "nets/more", "nets/a.yaml").output == "2 specs: 2 fine\n"
    assert run("check", "nets/more", "nets/a.yaml", "-q").output == ""


def test_quiet_leaves_out_right_specs_and_keeps_mistakes(nets: Path) -> None:
    result = run("check", "-q", "nets")
    assert result.exit_code == 1
    assert "error[unknown-op]" in result.stderr


def test_nothing_to_check_is_wrong_usage_but_not_for_a_hook(nets: Path) -> None:
    (nets / "empty").mkdir()
    result = run("check", "nets/empty", "nets/*.json")
    assert result.exit_code == 2
    assert "no spec in the folder `nets/empty`" in result.stderr
    assert "no spec matches `nets/*.json`" in result.stderr
    assert run("check", "nets/blocks.yaml", "nets/compose.yaml", "--only-specs").exit_code == 0
    assert run("check", "nets/compose.yaml").exit_code == 1


def test_json_of_a_folder_is_a_list_even_of_one(nets: Path) -> None:
    (only,) = json.loads(run("check", "--json", "nets/more").stdout)
    assert only["spec"] == "nets/more/b.yaml"
    found = json.loads(run("check", "--format", "json", "nets").stdout)
    assert [each["ok"] for each in found] == [True, True, False, False]
    assert [len(each["diagnostics"]) for each in found] == [0, 0, 1, 1]


def test_sarif_of_a_folder_is_valid_and_holds_each_mistake_once(nets: Path) -> None:
    result = run("check", "nets", "-f", "sarif")
    assert result.exit_code == 1
    log = json.loads(result.stdout)
    Draft4Validator(json.loads(SCHEMA.read_text("utf-8"))).validate(log)
    (found,) = log["runs"][0]["results"]
    assert found["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "nets/wrong.yaml"


def test_github_gets_commands_on_standard_output_and_readers_the_summary(nets: Path) -> None:
    result = run("check", "nets", "-f", "github")
    assert result.exit_code == 1
    (line,) = result.stdout.splitlines()
    assert line.startswith("::error file=nets/wrong.yaml,line=9,endLine=9,col=16,")
    assert result.stderr.startswith("4 specs: 2 fine")


def test_an_unknown_format_is_wrong_usage(tiny: Path) -> None:
    result = run("check", "tiny.yaml", "-f", "sarfi")
    assert result.exit_code == 2
    assert "did you mean `sarif`?" in result.stderr


def test_the_summary_counts_specs_and_messages() -> None:
    warning = Diagnostic("a", "x", severity="warning")
    errors = [Diagnostic("b", "x"), Diagnostic("b", "y")]
    found = checking.Found((), (), 0, 0, 0, (), ())
    right, warned = checking.Verdict("a", (), found), checking.Verdict("b", (warning,), found)
    wrong = checking.Verdict("c", (*errors, warning), None)
    assert counted([right]) == "1 spec: 1 fine"
    assert counted([right, warned]) == "2 specs: 2 fine (1 warning)"
    assert counted([wrong, right, wrong]) == "3 specs: 1 fine, 2 with errors (2 errors, 1 warning)"
    assert counted([wrong]) == "1 spec: 1 with errors (2 errors, 1 warning)"


# --- standard input


def test_standard_input_is_checked_as_the_file_that_it_is_the_text_of(nets: Path) -> None:
    variant = "extends: a.yaml\nname: V\nnetwork: [stem, 3x3 cnov 4]\n"
    result = run("check", "-", "--stdin-filename", "nets/new.yaml", stdin=variant)
    assert result.exit_code == 1
    assert "--> nets/new.yaml:3:21" in result.stderr
    assert "file-not-found" not in result.stderr
    right = run("check", "-", "--stdin-filename", "nets/new.yaml", stdin=variant.replace("cnov", "conv"))
    assert right.stdout.startswith("nets/new.yaml: no errors\n")


def test_mistakes_in_what_standard_input_extends_are_in_that_file(nets: Path) -> None:
    result = run("check", "-", "--stdin-filename", "nets/new.yaml", "-f", "json", stdin="extends: wrong.yaml\n")
    (item,) = json.loads(result.stdout)["diagnostics"]
    assert item["place"]["file"] == "nets/wrong.yaml"


def test_a_text_that_extends_its_own_file_leads_back_to_itself(nets: Path) -> None:
    result = run("check", "-", "--stdin-filename", "nets/wrong.yaml", stdin="extends: variant.yaml\n")
    assert "error[file-cycle]" in result.stderr


def test_without_standard_input_a_name_for_it_is_wrong_usage(tiny: Path) -> None:
    assert run("check", "tiny.yaml", "--stdin-filename", "x.yaml").exit_code == 2


# --- several processes


@pytest.fixture
def parallel(monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes from the second spec on, whether they pay or not."""
    monkeypatch.setattr(checking, "PAYS", 0.0)


def test_processes_give_what_one_gives_in_the_order_of_the_names(parallel: None) -> None:
    names = [name for name in shipped_specs() if name.startswith("tutorials/")]
    assert len(names) > 10
    alone, shared = (
        [(each.spec, each.found, *map(str, map(_said, each.diagnostics))) for each in check_specs(names, jobs=jobs)]
        for jobs in (1, 3)
    )
    assert alone == shared
    assert [each[0] for each in shared] == names


def _said(item: Diagnostic) -> tuple[object, ...]:
    return (*item.identity, item.message, item.notes, item.help, item.primary and item.primary.span.position)


def test_a_fault_in_a_process_is_a_fault_of_the_whole(parallel: None, monkeypatch: pytest.MonkeyPatch) -> None:
    load_file = checking.load_file

    def faulty(name: str, *_: object) -> object:
        if name == "c.yaml":
            raise ZeroDivisionError("planted")
        return load_file("inception_v4")

    monkeypatch.setattr(checking, "load_file", faulty)
    with pytest.raises(ZeroDivisionError, match="planted"):
        list(check_specs(["a.yaml", "b.yaml", "c.yaml", "d.yaml"], jobs=2))


def test_little_work_starts_no_process(nets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> None:
        raise AssertionError("started")

    monkeypatch.setattr(checking, "_in_parallel", never)
    assert len(list(check_specs(["tiny.yaml"] * 3, jobs=8))) == 3


def _two_at_work(folder: Path) -> tuple[subprocess.Popen[str], int]:
    """A check of which two processes have much to do, and the id of one of the two."""
    program = (
        "import os, signal, sys, time\nfrom incspec import checking\nfrom incspec.cli import main\nchecking.PAYS = 0.0\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # a test run in the background ignores it
        "read = checking.read\n"
        "def slow(name, *more, **given):\n"
        "    if name == 'b.yaml': print(os.getpid(), flush=True); time.sleep(60)\n"
        "    return read('tiny.yaml')\n"
        "checking.read = slow\nsys.argv = ['incspec', 'check', 'a.yaml', 'b.yaml', 'c.yaml', '-j', '2']\nmain()\n"
    )
    started = subprocess.Popen(
        [sys.executable, "-c", program],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert started.stdout is not None
    return started, int(started.stdout.readline())


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.parametrize("first", ["all at once, as a terminal does it", "the others", "the one that began them"])
def test_an_interrupt_ends_all_processes_with_130_and_without_a_traceback(tiny: Path, first: str) -> None:
    started, other = _two_at_work(tiny.parent)
    begun = time.perf_counter()
    if first == "the one that began them":
        os.kill(started.pid, signal.SIGINT)
    else:
        if first == "the others":
            os.kill(other, signal.SIGINT)
            time.sleep(0.3)
        os.killpg(started.pid, signal.SIGINT)
    output, error = started.communicate(timeout=30)  # until all of them are gone
    assert time.perf_counter() - begun < 10
    assert (started.returncode, output, error) == (130, "", "")


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_no_process_outlives_the_one_that_began_it(tiny: Path) -> None:
    started, _ = _two_at_work(tiny.parent)
    started.kill()
    assert started.communicate(timeout=10) == ("", "")  # the end of what they write to
