"""`incspec check --watch`: checks again when a file changes that a spec is made of, until it is interrupted."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from incspec import watching
from incspec.cli import app
from incspec.watching import Round, watched

BASE = "incspec: 1\nname: Base\ninput: [3, 16, 16]\nnetwork: [3x3 conv 8, global_avg_pool, linear 10]\n"
VARIANT = "extends: base.yaml\nname: Variant\n"
BLOCKS = "incspec: 1\nname: Blocks\nblocks: {stem: [3x3 conv 4]}\n"


@pytest.fixture
def nets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(watching, "PAUSE", 0.0)
    folder = tmp_path / "nets"
    folder.mkdir()
    (folder / "base.yaml").write_text(BASE)
    (folder / "variant.yaml").write_text(VARIANT)
    (folder / "other.yaml").write_text(BASE.replace("name: Base", "name: Other\nimport: {blocks.yaml: [stem]}"))
    (folder / "blocks.yaml").write_text(BLOCKS)
    return folder


def verdicts(seen: Round) -> dict[str, bool]:
    return {verdict.spec: verdict.ok for verdict in seen.verdicts}


def checked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the specs that are checked from now on."""
    names: list[str] = []
    check = watching.check_specs
    monkeypatch.setattr(
        watching, "check_specs", lambda specs, *more, **given: names.extend(specs) or check(specs, *more, **given)
    )
    return names


def test_a_change_of_a_base_concerns_its_variants_and_nothing_else(nets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rounds = watched(["nets"])
    assert verdicts(next(rounds)) == {"nets/base.yaml": True, "nets/other.yaml": True, "nets/variant.yaml": True}
    names = checked(monkeypatch)
    (nets / "base.yaml").write_text(BASE.replace("conv", "cnov"))
    seen = next(rounds)
    assert verdicts(seen) == {"nets/base.yaml": False, "nets/other.yaml": True, "nets/variant.yaml": False}
    assert seen.changed == ("nets/base.yaml",)
    assert names == ["nets/base.yaml", "nets/variant.yaml"]


def test_a_change_of_blocks_concerns_the_spec_that_imports_them(nets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rounds = watched(["nets"])
    next(rounds)
    names = checked(monkeypatch)
    (nets / "blocks.yaml").write_text(BLOCKS.replace("stem", "head"))
    assert verdicts(next(rounds))["nets/other.yaml"] is False
    assert names == ["nets/other.yaml"]


def test_a_file_that_was_missing_is_seen_when_it_comes(nets: Path) -> None:
    (nets / "variant.yaml").write_text("extends: later.yaml\nname: Variant\n")
    rounds = watched(["nets/variant.yaml"])
    assert verdicts(next(rounds)) == {"nets/variant.yaml": False}
    (nets / "later.yaml").write_text(BASE)
    assert verdicts(next(rounds)) == {"nets/variant.yaml": True}


def test_a_spec_that_cannot_be_parsed_is_checked_again_when_it_can(nets: Path) -> None:
    rounds = watched(["nets/base.yaml"])
    next(rounds)
    for text, ok in (("incspec: [", False), (BASE, True), ("incspec: [", False)):
        (nets / "base.yaml").write_text(text)
        assert verdicts(next(rounds)) == {"nets/base.yaml": ok}


def test_files_come_into_a_folder_and_go(nets: Path) -> None:
    rounds = watched(["nets"])
    assert len(next(rounds).verdicts) == 3
    (nets / "new.yaml").write_text(BASE)
    assert "nets/new.yaml" in verdicts(next(rounds))
    for path in nets.glob("*.yaml"):
        path.unlink()
    seen = next(rounds)
    assert (seen.verdicts, seen.gathered.faults) == ((), ("there is no spec in the folder `nets`",))
    (nets / "new.yaml").write_text(BASE)
    assert verdicts(next(rounds)) == {"nets/new.yaml": True}


@pytest.mark.parametrize("arguments", [("-",), ("nets", "--json"), ("nets", "-f", "github"), ("nowhere/*.yaml",)])
def test_what_cannot_be_watched_is_wrong_usage(nets: Path, arguments: tuple[str, ...]) -> None:
    assert CliRunner().invoke(app, ["check", "--watch", *arguments]).exit_code == 2


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_the_command_tells_every_change_and_ends_at_an_interrupt(nets: Path) -> None:
    started = subprocess.Popen(
        [sys.executable, "-m", "incspec", "check", "nets", "--watch"],
        cwd=nets.parent,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    killer = threading.Timer(60, started.kill)
    killer.start()
    try:
        assert started.stdout is not None
        assert _round(started.stdout) == ["3 specs: 3 fine; 1 YAML file is no spec"]
        (nets / "base.yaml").write_text(BASE.replace("conv 8", "conv 8 repaet 2"))
        second = _round(started.stdout)
        assert second[0] == "incspec: `nets/base.yaml` changed"
        assert second[1] == "error[unknown-field]: `conv` has no field `repaet`"
        assert second[-1] == "3 specs: 1 fine, 2 with errors (1 error); 1 YAML file is no spec"
        started.send_signal(signal.SIGINT)
        assert started.stdout.read() == ""
        assert started.wait(timeout=30) == 130
    finally:
        killer.cancel()
        started.kill()
        started.communicate()


def _round(lines: Iterator[str]) -> list[str]:
    """What is told up to the line that says that it waits."""
    found: list[str] = []
    for line in lines:
        if re.fullmatch(r"incspec: checked at \d\d:\d\d:\d\d; watching, Ctrl-C ends\n", line):
            return found
        found.append(line.rstrip("\n"))
    raise AssertionError(found)
