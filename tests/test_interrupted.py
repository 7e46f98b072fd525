"""Builds that are interrupted leave the old result or the new one, never a mixture, and the next one cleans up."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

# One process makes two networks, and then forks a child for each round that builds them in turn until it is ended.
# `whole` says which of the two a folder holds.
SCRIPT = """
import hashlib, json, os, random, resource, signal, sys, time
from pathlib import Path
import incspec
import incspec.build
from incspec.build import BuildError, build
from incspec.pictures import Look

folder = Path("build/net")
TEXT = "incspec: 1\\nname: N\\ninput: [4, 8, 8]\\nparams: {n: 8}\\nnetwork: [1x1 conv n, relu]\\n"
networks = [incspec.load(TEXT, params={"n": n}) for n in (8, 16)]
formats = (("svg",), ("svg", "dot"))
# Made once, so that the time goes into writing.
contents = {network.params: incspec.build._contents(network, f, Look(), lambda *told: None) for network, f in zip(networks, formats)}
def made_before(network, formats, look, tell):
    files, too_large = contents[network.params]
    return dict(files), too_large

incspec.build._contents = made_before

def made(which):
    build(networks[which], folder, formats=formats[which], verify=False)

def whole():
    manifest = json.loads((folder / "manifest.json").read_text())
    found = {p.relative_to(folder).as_posix(): p for p in folder.rglob("*") if p.is_file() and p.name != "manifest.json"}
    assert found.keys() == manifest["files"].keys(), (found.keys(), manifest["files"].keys())
    for name, entry in manifest["files"].items():
        assert hashlib.sha256(found[name].read_bytes()).hexdigest() == entry["sha256"], name
    which = [network.params for network in networks].index(manifest["params"])
    assert ("figures/network.dot" in found) == (which == 1)
    return which

def child(first):
    pid = os.fork()
    if pid == 0:
        sys.stderr.close()
        try:
            for turn in range(first, first + 200):  # an interrupt can be lost where Python drops exceptions
                made(turn % 2)
        finally:
            os._exit(0)
    return pid

made(0)
"""
INTERRUPTED = """
seen, left = set(), 0
for round in range(ROUNDS):
    random.seed(round)
    children = [child(k) for k in range(1 + round % 2)]  # one build, or two at once
    time.sleep(random.uniform(0.002, 0.04))
    for pid in children:
        os.kill(pid, SIGNALS[round // 2 % 2])
    for pid in children:
        os.waitpid(pid, 0)
    seen.add(whole())
    left += len(list(folder.parent.iterdir())) > 1
made(0)
assert whole() == 0
assert [path.name for path in folder.parent.iterdir()] == ["net"], list(folder.parent.iterdir())
assert seen == {0, 1} or ROUNDS < 100, seen
print("left something behind:", left)
"""
FULL = """
largest = max(path.stat().st_size for path in folder.rglob("*") if path.is_file())
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
for size in (0, 1, largest // 2, largest - 1):
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
    try:
        made(1)
        raise SystemExit("there was room")
    except BuildError as error:
        assert "cannot be written" in str(error)
    assert whole() == 0
    assert [path.name for path in folder.parent.iterdir()] == ["net"]
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
made(1)
assert whole() == 1
"""
READ_ONLY = """
made(1)
for path in (folder, folder.parent):
    path.chmod(0o555)
if os.geteuid() == 0:
    os.seteuid(65534)  # root may write everywhere
try:
    made(0)
    raise SystemExit("it was written")
except BuildError as error:
    assert "cannot be written: permission denied" in str(error), error
assert whole() == 1
"""


def run(script: str, folder: Path) -> str:
    folder.chmod(0o755)
    code = SCRIPT + script
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, timeout=1200)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("rounds", [10, pytest.param(200, marks=pytest.mark.nightly)])
def test_builds_that_are_killed_leave_a_whole_result(tmp_path: Path, rounds: int) -> None:
    """By SIGKILL and by SIGINT, one build and two at once into one folder."""
    head = f"ROUNDS, SIGNALS = {rounds}, (signal.SIGKILL, signal.SIGINT)\n"
    print(run(head + INTERRUPTED, tmp_path))


def test_a_full_disk_leaves_the_last_result(tmp_path: Path) -> None:
    run(FULL, tmp_path)


def test_a_read_only_folder_is_told_and_left(tmp_path: Path) -> None:
    run(READ_ONLY, tmp_path)
