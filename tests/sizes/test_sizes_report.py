"""What `incspec sizes` tells: in words, for people and for programs; couplings are those that torch has."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import torch
from typer.testing import CliRunner

import incspec
from incspec.cli import app
from incspec.loading import load_text
from incspec.sizes.data import to_json
from incspec.sizes.describe import describe
from incspec.sizes.size_set import ALL, NONE, SizeSet


def periodic(period: int, residues: range | tuple[int, ...], start: int = 1) -> SizeSet:
    """The sizes from `start` on that leave one of these remainders."""
    head = [False] * (start - 1)
    remainders = {residue % period for residue in residues}
    return SizeSet.of(head, [(start + place) % period in remainders for place in range(period)])


@pytest.mark.parametrize(
    ("sizes", "text"),
    [
        (ALL, "every size"),
        (NONE, "none"),
        (SizeSet.between(75, None), "75 and up"),
        (SizeSet.between(223, 254), "223 to 254"),
        (SizeSet.between(32, 32), "32"),
        (SizeSet.between(1, 3) | SizeSet.between(7, 7), "1 to 3 and 7"),
        (SizeSet.between(1, 3) | SizeSet.between(9, None), "1 to 3 and 9 and up"),
        (periodic(2, (0,)), "even sizes"),
        (periodic(2, (1,), 5), "odd sizes from 5 on"),
        (periodic(32, (0,)), "multiples of 32"),
        (periodic(32, range(-1, 7), 31), "32k-1 to 32k+6 from 31 on"),
        (periodic(16, (12,), 188), "16k-4 from 188 on"),
        (periodic(10, (1, 3)), "10k+1, 10k+3".replace(", ", " and ")),
        (SizeSet.between(2, 2) | periodic(4, (0,), 8), "2 and multiples of 4 from 8 on"),
    ],
)
def test_sets_of_sizes_in_words(sizes: SizeSet, text: str) -> None:
    assert describe(sizes) == text


def test_a_set_of_many_parts_is_shortened() -> None:
    several = NONE
    for n in range(1, 20, 2):
        several = several | SizeSet.between(n, n)
    assert describe(several) == "1, 3, 7 more ranges and 19"


def test_axes_that_depend_on_each_other_are_those_of_torch() -> None:
    model = incspec.load("tutorials/t2_simple_inception")
    (coupling,) = model.sizes().couplings
    assert coupling.axes == ("H", "W")
    assert coupling.text == "takes every H, W with H*W = 1024"
    module = model.module(device="meta").eval()

    def runs(height: int, width: int) -> bool:
        try:
            module(torch.empty((1, 3, height, width), device="meta"))
        except RuntimeError:
            return False
        return True

    sides = (1, 2, 8, 16, 31, 32, 33, 64, 512, 1024)
    assert {(h, w) for h in sides for w in sides if runs(h, w)} == {
        (h, w) for h in sides for w in sides if h * w == 1024
    }


def test_axes_of_a_network_without_such_an_op_do_not_depend_on_each_other() -> None:
    assert incspec.load("inception_v4").sizes().couplings == ()


def test_axes_that_are_exchanged_and_added_depend_on_each_other() -> None:
    text = "incspec: 1\nname: X\ninput: [1, 9, 9]\nnetwork: [{residual: [{permute: [C, W, H]}]}]\n"
    (coupling,) = load_text(text.encode(), "x.yaml").sizes().couplings
    assert coupling.text == "H with W"


def run(*arguments: str) -> str:
    result = CliRunner().invoke(app, ["sizes", *arguments], env={"COLUMNS": "80"})
    assert result.exit_code == 0, result.output
    return result.stdout


def test_the_text_names_bounds_with_their_lines() -> None:
    text = run("googlenet")
    assert "  H, W                  31 and up\n" in text
    assert "  H, W with aux1, aux2  223 to 270\n" in text
    assert "(Linear (1024), googlenet.yaml:" in text.replace("\n", " ").replace("  ", "")
    assert max(map(len, text.splitlines())) <= 80


def test_merges_that_agree_for_some_sizes_name_one_that_does_not_fit() -> None:
    text = run("bn_inception")
    assert "32k-1 to 32k+6 from 31 on; 239 does not fit" in text


def test_blocks_are_opened_on_request() -> None:
    assert "concat1" not in run("inception_v4")
    assert "    concat1 " in run("inception_v4", "--depth", "2")
    assert "inception_a.3" in run("inception_v4", "--depth", "0")


def test_the_data_hold_what_the_text_says() -> None:
    data = json.loads(run("zoo/unet", "--json"))
    height, width = data["takes"]
    assert (height["axis"], width["axis"]) == ("H", "W")
    assert (height["smallest"], height["text"]) == (188, "16k-4 from 188 on")
    assert sum(height["first"]) == 0
    assert sum(height["then"]) == 1
    assert height["limits"][0]["size"] == 187
    assert {merge["fails"] for merge in data["merges"]} == {573, 574, 576, 580}
    assert data["rows"][-1]["axes"][0] == {"axis": "H", "stride": 1.0, "receptive_field": 204, "center": 93.5}


def keys(data: object) -> set[str]:
    """All keys of some data, but for the names of inputs."""
    if isinstance(data, list):
        return {key for item in data for key in keys(item)}
    if isinstance(data, dict):
        return {*data, *(key for name, value in data.items() if name != "inputs" for key in keys(value))}
    return set()


def test_the_readme_names_all_that_the_data_hold() -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
    section = readme.split("<summary>What `sizes --json` holds</summary>")[1].split("</details>")[0]
    named = set(re.findall(r"`([a-z_]+)`", section))
    network = (
        "incspec: 1\nname: X\ninput: [8, 32, 33]\nnetwork:\n  - 2x2 max_pool stride 2 V\n  - flatten\n  - linear 3\n"
    )
    several = "incspec: 1\nname: X\ninput: {a: [1, 9], b: [1, 9]}\nnetwork: [{add: [a, b]}]\n"
    made = [to_json(load_text(text.encode(), "x.yaml").sizes()) for text in (network, several)]
    held = keys([json.loads(run("bn_inception", "--json")), *made])
    assert named == held


def test_sizes_that_cannot_be_told_are_said_so() -> None:
    strides = ", ".join(f"1x1 conv 1 stride {stride}" for stride in (97, 89, 83))
    text = f"incspec: 1\nname: X\ninput: [1, 800000, 1]\nnetwork: [{strides}]\n"
    result = CliRunner().invoke(app, ["sizes", "-"], input=text)
    assert result.exit_code == 1
    assert "the sizes of X cannot be told: strides or sizes are so large" in result.stderr
