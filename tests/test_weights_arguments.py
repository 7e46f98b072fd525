"""`incspec weights`: what it prints and writes, and what it makes of wrong use."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from typer.testing import CliRunner, Result

import incspec
from incspec.cli import app

SPEC = """\
incspec: 1
name: Tiny
input: [6, 8, 8]
params: {classes: 4}
network:
  - 3x3 conv 6
  - 3x3 conv 6
  - global_avg_pool
  - linear classes
"""


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, torch.Tensor]:
    """A checkpoint of the network, whose convolutions nothing tells apart, in the current folder with its spec."""
    monkeypatch.chdir(tmp_path)
    Path("tiny.yaml").write_text(SPEC)
    own = incspec.load("tiny.yaml").module(seed=1).state_dict()
    names = {"conv1": "left", "conv2": "right", "linear": "head"}
    state = {f"{names[key.partition('.')[0]]}.{key.partition('.')[2]}": tensor for key, tensor in own.items()}
    torch.save(state, "theirs.pth")
    return state


def run(command: str, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["weights", command, "theirs.pth", "-s", "tiny.yaml", *arguments])


def test_what_is_not_certain_is_refused_and_map_decides(state: dict[str, torch.Tensor]) -> None:
    refused = run("convert", "-o", "ours.safetensors")
    assert refused.exit_code == 1
    assert "weights-ambiguous" in refused.stderr
    assert not Path("ours.safetensors").exists()
    assert run("convert", "-o", "ours.safetensors", "--map", "right=conv1").exit_code == 0
    assert torch.equal(load_file("ours.safetensors")["conv1.weight"], state["right.weight"])


def test_a_name_that_is_mapped_twice_is_wrong_usage(state: dict[str, torch.Tensor]) -> None:
    result = run("explain", "--map", "left=conv1", "--map", "left=conv2")
    assert result.exit_code == 2
    assert "`left` is given twice in `--map`" in result.stderr


def test_explain_shows_the_mapping_and_names_cannot_steer_the_terminal(state: dict[str, torch.Tensor]) -> None:
    torch.save({f"\x1b[31m\n{name}": tensor for name, tensor in state.items()}, "theirs.pth")
    result = run("explain", "--map", "\x1b[31m\nleft=conv1")
    assert result.exit_code == 0, result.output
    assert "�[31m left" in result.stdout
    assert "\x1b" not in result.stdout
    found = json.loads(run("explain", "--map", "\x1b[31m\nleft=conv1", "--json").stdout)
    assert found["tensors"][0] == {
        "ours": "conv1.weight",
        "theirs": "\x1b[31m\nleft.weight",
        "shape": [6, 6, 3, 3],
        "block": "",
        "found_by": "map",
        "change": "",
    }
