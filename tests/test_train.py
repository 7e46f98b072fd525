"""The worked example of training: its images, and that a network learns them."""

from __future__ import annotations

import runpy
from collections.abc import Mapping
from pathlib import Path

import pytest
import torch

SCRIPT = Path(__file__).parent.parent / "specs" / "tutorials" / "train.py"
# SimpleInception with an eighth of its channels, and no more than that changed.
NARROW = """\
extends: t2_simple_inception
name: Narrow
blocks:
  inception:
    body:
      - concat:
          - [1x1 conv 8]
          - [1x1 conv 8, 3x3 conv 16]
          - [1x1 conv 8, 5x5 conv 16]
          - [3x3 max_pool, 1x1 conv 4]
network: [3x3 conv 8, inception, flatten, linear classes]
"""


@pytest.fixture(scope="module")
def example() -> Mapping[str, object]:
    """What the script defines; its dataclass is looked up by the name of its module."""
    return runpy.run_path(str(SCRIPT), run_name="train")


def test_images_are_of_all_shapes_and_the_same_for_the_same_seed(example) -> None:
    one, same, other = (example["draw_images"](200, 32, torch.Generator().manual_seed(seed)) for seed in (1, 1, 2))
    assert one.pixels.shape == (200, 3, 32, 32)
    assert set(one.labels.tolist()) == set(range(10))
    assert torch.equal(one.pixels, same.pixels)
    assert not torch.equal(one.pixels, other.pixels)


def test_a_narrow_network_learns_them(example, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "narrow.yaml").write_text(NARROW)
    before = torch.get_rng_state()
    options = ["--spec", str(tmp_path / "narrow.yaml"), "--epochs", "4", "--images", "500", "--rate", "3e-3"]
    reached = example["main"](options)
    torch.set_rng_state(before)
    assert reached > 0.6  # a tenth by chance
    shown = capsys.readouterr().out
    assert "Narrow: " in shown
    assert "epoch 4" in shown
    assert f"accuracy {reached:.1%}" in shown


@pytest.mark.nightly
def test_simple_inception_reaches_what_the_readme_says(example) -> None:
    assert example["main"]([]) > 0.93
