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


def test_a_narrow_network_learns_them_and_says_so_while_it_does(
    example, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[str] = []
    accuracy = example["accuracy"]

    def watched(*arguments: object) -> float:
        shown.append(capsys.readouterr().out)
        return accuracy(*arguments)  # type: ignore[no-any-return]

    monkeypatch.setitem(example["train"].__globals__, "accuracy", watched)
    (tmp_path / "narrow.yaml").write_text(NARROW)
    before = torch.get_rng_state()
    options = ["--spec", str(tmp_path / "narrow.yaml"), "--epochs", "4", "--images", "500", "--rate", "3e-3"]
    reached = example["main"](options)
    torch.set_rng_state(before)
    assert reached > 0.6  # a tenth by chance
    shown.append(capsys.readouterr().out)
    # Into a pipe too: what was told before the accuracy after each epoch was reckoned, and at the end.
    assert shown[0].startswith("Narrow: ")
    assert [text.partition(":")[0] for text in shown[1:]] == [f"epoch {number}" for number in (1, 2, 3, 4)]
    assert all(text.count("\n") == 1 for text in shown[1:])
    assert shown[-1].endswith(f"accuracy {reached:.1%}\n")


@pytest.mark.nightly
def test_simple_inception_reaches_what_the_readme_says(example) -> None:
    assert example["main"]([]) > 0.93
