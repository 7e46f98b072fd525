"""`incspec weights`: tables, files, exit codes; no traceback whatever the file is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor
from typer.testing import CliRunner, Result

import incspec
from incspec.cli import app

SPEC = """\
incspec: 1
name: Small
input: [3, 16, 16]
params: {classes: 10}
blocks:
  inception:
    body: [concat: [[1x1 conv 4], [3x3 conv 4, 3x3 conv 6]]]
network: [3x3 conv 8, inception, global_avg_pool, linear classes]
"""


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Tensor]:
    """A checkpoint of the spec under other names, which lies beside it as `theirs.pth`."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    Path("small.yaml").write_text(SPEC)
    own = incspec.load(SPEC).module(seed=1).state_dict()
    theirs = {f"net.{key.replace('inception', 'mixed').replace('branch', 'b')}": tensor for key, tensor in own.items()}
    torch.save({"model": theirs, "epoch": 7}, "theirs.pth")
    return own


def run(*arguments: str, charset: str = "utf-8") -> Result:
    return CliRunner(charset=charset).invoke(app, ["weights", *arguments])


TABLE = """\
ours                 theirs      shape
────────────────────────────────────────
conv                 conv        8x3x3x3
inception.branch1    mixed.b1    4x8x1x1
inception.branch2.0  mixed.b2.0  4x8x3x3
inception.branch2.1  mixed.b2.1  6x4x3x3
linear               linear      10x10

10 tensors: 10 by the structure of names
note: the weights are under `model` in the file
note: all names in the file begin with `net.`, which is left out
"""


def test_explain_shows_each_module(state: dict[str, Tensor]) -> None:
    result = run("explain", "theirs.pth", "--spec", "small.yaml")
    assert result.exit_code == 0
    assert result.stdout == TABLE


def test_explain_fits_into_80_columns_whatever_the_names(state: dict[str, Tensor]) -> None:
    long = {f"{'module_of_a_long_name.' * 4}{key}": tensor for key, tensor in state.items()}
    torch.save({**long, "x.weight": torch.zeros(2)}, "long.pth")
    assert run("explain", "long.pth", "--spec", "small.yaml").exit_code == 1
    torch.save({f"{index}.{key}": tensor for index, (key, tensor) in enumerate(long.items())}, "long.pth")
    result = run("explain", "long.pth", "--spec", "small.yaml")
    assert result.exit_code == 0
    assert "…" in result.stdout
    assert max(map(len, result.stdout.splitlines())) <= 80
    plain = run("explain", "long.pth", "--spec", "small.yaml", charset="ascii").stdout
    assert plain == result.stdout.replace("…", "~").replace("─", "-")


def test_explain_as_json_has_every_tensor(state: dict[str, Tensor]) -> None:
    found = json.loads(run("explain", "theirs.pth", "--spec", "small.yaml", "--set", "classes=3", "--json").stdout)
    assert {row["ours"] for row in found["tensors"]} == state.keys() - {"linear.weight", "linear.bias"}
    assert found["kept"] == ["linear.weight", "linear.bias"]
    assert found["unused"] == ["linear.weight", "linear.bias"]
    assert found["tensors"][0] == {
        "ours": "conv.weight",
        "theirs": "conv.weight",
        "shape": [8, 3, 3, 3],
        "block": "",
        "found_by": found["tensors"][0]["found_by"],
        "change": "",
    }
    assert "`linear` keeps its initialisation: it has 3 outputs, 10 in the checkpoint" in found["notes"]


@pytest.mark.parametrize("name", ["ours.safetensors", "ours.pth", "ours"])
def test_convert_writes_our_names_in_the_format_of_the_name(name: str, state: dict[str, Tensor]) -> None:
    result = run("convert", "theirs.pth", "--spec", "small.yaml", "-o", name)
    assert result.exit_code == 0
    assert f"wrote {name}: 10 tensors" in result.stderr
    written = torch.load(name, weights_only=True) if name.endswith(".pth") else load_file(name)
    assert written.keys() == state.keys()
    assert all(torch.equal(written[key], tensor) for key, tensor in state.items())
    assert sorted(path.name for path in Path().iterdir()) == sorted(["small.yaml", "theirs.pth", name])


def test_convert_gives_the_same_bytes_every_time(state: dict[str, Tensor]) -> None:
    """The classifier that keeps its initialisation is drawn from a seed."""
    for name in ("a", "b"):
        result = run("convert", "theirs.pth", "--spec", "small.yaml", "--set", "classes=3", "-o", name)
        assert "`linear` keeps its initialisation" in result.stderr
    assert Path("a").read_bytes() == Path("b").read_bytes()


@pytest.mark.parametrize("verb", ["explain", "convert"])
def test_a_checkpoint_that_is_refused_ends_with_1_and_leaves_no_file(verb: str, state: dict[str, Tensor]) -> None:
    out = ["-o", "out.safetensors"] if verb == "convert" else []
    torch.save({"conv.weight": torch.zeros(2)}, "other.pth")
    Path("text.pth").write_text("no weights")
    for file, code in {"other.pth": "mismatch", "text.pth": "unreadable", "none.pth": "unreadable"}.items():
        result = run(verb, file, "--spec", "small.yaml", *out)
        assert result.exit_code == 1
        assert f"error[weights-{code}]" in result.stderr
        assert "Traceback" not in result.stderr
        assert not result.stdout
    assert not Path("out.safetensors").exists()
    refused = json.loads(run(verb, "text.pth", "--spec", "small.yaml", *out, "--json").stdout)
    assert [each["code"] for each in refused["diagnostics"]] == ["weights-unreadable"]


def test_wrong_usage_ends_with_2(state: dict[str, Tensor]) -> None:
    assert run("explain", "theirs.pth").exit_code == 2  # without a spec
    assert run("explain", "theirs.pth", "--spec", "small.yaml", "--map", "conv").exit_code == 2
    assert run("convert", "theirs.pth", "--spec", "small.yaml").exit_code == 2  # without -o
    assert run("convert", "theirs.pth", "--spec", "small.yaml", "-o", ".").exit_code == 2
    assert run("convert", "theirs.pth", "--spec", "small.yaml", "-o", "no/../small.yaml/x").exit_code == 2


def test_mistakes_of_the_spec_are_told_before_the_file_is_read(state: dict[str, Tensor]) -> None:
    Path("broken.yaml").write_text(SPEC.replace("3x3 conv 8", "3x3 cnov 8"))
    result = run("explain", "none.pth", "--spec", "broken.yaml")
    assert result.exit_code == 1
    assert "cnov" in result.stderr
    assert "none.pth" not in result.stderr


def test_map_decides_on_the_command_line(state: dict[str, Tensor]) -> None:
    text = "incspec: 1\nname: x\ninput: [4, 8, 8]\nnetwork: [3x3 conv 4, 3x3 conv 4, global_avg_pool, linear 3]\n"
    Path("two.yaml").write_text(text)
    own = incspec.load(text).module().state_dict()
    names = {"conv2": "left", "conv1": "right", "linear": "head"}
    theirs = {f"{names[key.split('.')[0]]}.{key.split('.')[1]}": tensor for key, tensor in reversed(own.items())}
    torch.save(theirs, "two.pth")
    result = run("explain", "two.pth", "--spec", "two.yaml")
    assert result.exit_code == 1
    assert "error[weights-ambiguous]" in result.stderr
    assert "--map left=conv1" in result.stderr
    result = run("explain", "two.pth", "--spec", "two.yaml", "--map", "left=conv2")
    assert result.exit_code == 0
    assert "conv1   right" in result.stdout
