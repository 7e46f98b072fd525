"""Progress: a line on a terminal that is gone in the end, and nothing anywhere else."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from tiny import TINY

import incspec
from incspec.cli import progress

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="terminals of POSIX")

_PROGRAM = """
import sys, time
from incspec import checking
from incspec.cli import main, progress
progress.PATIENCE, progress._EVERY = {patience}, 0.01
checking.PAYS = {pays}
sys.argv = ["incspec", *{arguments!r}]
main()
"""


def run(
    *arguments: str, terminal: bool = True, patience: float = 0.0, pays: float = 60.0, **environment: str
) -> tuple[str, str]:
    """What a command writes to standard output, a pipe, and to standard error, a terminal of 60 columns or a pipe."""
    from_pipe, to_pipe = os.openpty() if terminal else os.pipe()
    program = _PROGRAM.format(arguments=arguments, patience=patience, pays=pays)
    usual = {"TERM": "xterm", "NO_COLOR": "", "COLUMNS": "60", "PYTHONIOENCODING": "utf-8"}
    started = subprocess.Popen(
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        stderr=to_pipe,
        text=True,
        env={**os.environ, **usual, **environment},
    )
    os.close(to_pipe)
    said = _all_of(from_pipe)
    assert started.stdout is not None
    output = started.stdout.read()
    started.stdout.close()
    assert started.wait(timeout=60) in (0, 1)
    return output, said.decode().replace("\r\n", "\n")


def _all_of(source: int) -> bytes:
    """What comes out of a pipe or terminal until all who write to it have ended."""
    said = b""
    with suppress(OSError):  # how a terminal ends
        while part := os.read(source, 65536):
            said += part
    os.close(source)
    return said


def left(said: str) -> str:
    """What a terminal shows in the end, of lines that were cleared and written over."""
    lines = said.split("\n")
    return "\n".join(re.sub(r"^.*\r\x1b\[K", "", line) for line in lines)


@pytest.fixture
def three(tiny: Path) -> list[str]:
    wrong = tiny.with_name("wrong.yaml")
    wrong.write_text(TINY.replace("conv n", "cnov n"))
    return ["tiny.yaml", "wrong.yaml", "inception_v4"]


@pytest.mark.parametrize("pays", [60.0, 0.0])
def test_a_check_of_many_counts_and_leaves_what_it_would_have_said(three: list[str], pays: float) -> None:
    output, said = run("check", *three, pays=pays)
    assert "\r\x1b[Kchecking  ░░░░░░░░░░░░░░░░░░░░ 0/3  0 s" in said
    assert "\r\x1b[Kchecking  █████████████░░░░░░░ 2/3  " in said
    plain, messages = run("check", *three, patience=60)
    assert (output, left(said)) == (plain, messages)
    assert "\x1b[K" not in messages


def test_a_build_says_what_it_does(tiny: Path) -> None:
    _, said = run("build", "tiny.yaml", "-o", "out")
    assert re.search(r"\r\x1b\[Krunning Tiny on the meta device  \d+ s", said)
    assert left(said).startswith("wrote out/: model.py (verified)")


@pytest.mark.nightly
def test_a_build_says_which_of_its_figures_it_is_at(tiny: Path) -> None:
    _, said = run("build", "inception_v4", "-o", "out")
    assert re.search(r"\r\x1b\[Krunning Inception-v4 on the meta device  \d+ s", said)
    assert re.search(r"\r\x1b\[Kdrawing \w+  [█░]{20} \d/7  \d+ s", said)
    assert left(said).startswith("wrote out/: model.py (verified)")


def test_a_comparison_says_which_of_its_runs_it_is_at(tiny: Path) -> None:
    Path("net.py").write_text(incspec.load("tiny.yaml").source())
    _, said = run("verify", "tiny.yaml", "--against", "net.py:Tiny", "--sizes", "16,32", "--train")
    assert re.search(r"\r\x1b\[K(starting torch|building the reference)  \d+ s", said)
    told = (
        "running ours at 16x16  ",
        "running `net.py:Tiny` at 32x32",
        "training ours at 32x32",
        "gradients of",
    )
    shown = [doing for doing in told if doing in said]  # each takes some milliseconds: not all are seen
    assert shown
    assert re.search(r"  [█░]{20} \d/3  \d+ s", said)
    assert left(said) == ""


def test_what_is_done_gives_way_to_how_far_it_is() -> None:
    def shown(doing: str, room: int, *, total: int = 4) -> str:
        return progress._fitted(progress._Line(doing, total // 2, total), room)

    assert shown("running a", 59) == "running a  ██████████░░░░░░░░░░ 2/4  0 s"
    assert shown("running a" * 9, 59) == "running arunning arunning a…  ██████████░░░░░░░░░░ 2/4  0 s"
    assert shown("running a" * 9, 40) == "running arunning arunning aru…  2/4  0 s"
    assert shown("走" * 40, 20, total=0) == f"{'走' * 7}…  0 s"
    assert shown("a\x1b[2Jb\nc", 40, total=0) == "a�[2Jb c  0 s"


def test_a_comparison_tells_all_that_it_does(tiny: Path) -> None:
    told: list[tuple[str, int, int]] = []
    model = incspec.load("tiny.yaml")
    model.verify(model.module(), sizes=[16, 32], train=True, tell=lambda *what: told.append(what))
    assert [(doing.replace("`Tiny`", "theirs"), f"{done}/{total}") for doing, done, total in told] == [
        ("building the reference", "0/0"),
        ("finding which weights of theirs are which", "0/0"),
        ("drawing equal weights", "0/3"),
        ("running theirs at 16x16", "0/3"),
        ("running ours at 16x16", "0/3"),
        ("running theirs at 32x32", "1/3"),
        ("running ours at 32x32", "1/3"),
        ("training theirs at 16x16", "2/3"),
        ("training ours at 16x16", "2/3"),
        ("computing gradients of theirs", "2/3"),
        ("computing gradients of ours", "2/3"),
    ]


@pytest.mark.parametrize(
    "arguments",
    [
        ("draw", "inception_v4", "-f", "png"),
        ("draw", "inception_v4", "-f", "html", "-o", "page.html"),
        ("check", "inception_v4"),
        ("sizes", "inception_v4"),
        ("check", "tiny.yaml", "inception_v4", "--diff"),
        ("weights", "convert", "x.pth"),
    ],
)
def test_what_takes_long_shows_it_and_cleans_up(tiny: Path, arguments: tuple[str, ...]) -> None:
    if arguments[0] == "weights":
        import torch

        torch.save(incspec.load("tiny.yaml").module(seed=1).state_dict(), "x.pth")
        arguments = (*arguments, "-s", "tiny.yaml", "-o", "y.safetensors")
    _, said = run(*arguments)
    assert "\x1b[K" in said
    assert "\x1b" not in left(said)
    assert all(len(part) < 60 for part in re.split(r"\r\x1b\[K|\n", said))


@pytest.mark.parametrize(
    ("more", "terminal", "environment"),
    [((), True, {"NO_COLOR": "1"}), ((), True, {"TERM": "dumb"}), (("--json",), True, {}), ((), False, {})],
)
def test_elsewhere_nothing_is_shown(
    three: list[str], more: tuple[str, ...], terminal: bool, environment: dict[str, str]
) -> None:
    for command in (("check", *three), ("build", "tiny.yaml", "-o", "out", "--no-verify")):
        _, said = run(*command, *more, terminal=terminal, **environment)
        assert "\x1b" not in said


@pytest.mark.parametrize("arguments", [("--help",), ("check", "-h")])
def test_help_has_colors_that_are_read_on_light_and_on_dark(arguments: tuple[str, ...]) -> None:
    seen, process = os.openpty()
    program = _PROGRAM.format(arguments=arguments, patience=60, pays=60)
    environment = {**os.environ, "TERM": "xterm-256color", "NO_COLOR": "", "COLUMNS": "80"}
    subprocess.run([sys.executable, "-c", program], stdout=process, env=environment, check=True, timeout=60)
    os.close(process)
    codes = {int(code) for found in re.findall(r"\x1b\[([\d;]+)m", _all_of(seen).decode()) for code in found.split(";")}
    assert 35 in codes
    assert codes <= {0, 1, 2, 31, 35}  # rendering/test_colors.py says why


def test_what_is_done_in_a_moment_shows_nothing(tiny: Path) -> None:
    _, said = run("check", "tiny.yaml", "tiny.yaml", patience=30)
    assert "checking" not in said
