"""What a drawing knows of its boxes beside their words: what they are, and what runs there."""

from __future__ import annotations

from pathlib import Path

import pytest

import incspec
from incspec.backends.figures.detail import Detail
from incspec.backends.figures.draw import draw
from incspec.backends.figures.drawing import Box, Drawing

SPECS = Path(__file__).parents[2] / "specs"
V4, GOOGLENET = incspec.load(SPECS / "inception_v4.yaml"), incspec.load(SPECS / "googlenet.yaml")
# The published counts, shared/inception_facts.md, section 1: parameters, multiply-adds, with auxiliary heads.
COUNTS = {V4: (42_679_816, 12_253_974_624), GOOGLENET: (13_378_280, 1_582_671_872 + 8_372_224)}


def drawn(model: incspec.Model) -> Drawing:
    return draw(model.network, Detail())


def by_id(drawing: Drawing) -> dict[str, Box]:
    return {box.id: box for box in drawing.boxes}


@pytest.mark.parametrize("model", [V4, GOOGLENET], ids=lambda model: model.name)
def test_boxes_cost_what_the_network_costs(model: incspec.Model) -> None:
    """Those of repeats all turns, a block all that is in it."""
    works = [box.work for box in drawn(model).boxes if box.work is not None]
    costs = [work.cost for work in works]
    assert (sum(cost.params for cost in costs), sum(cost.macs for cost in costs)) == COUNTS[model]


def test_activations_are_counted_inside_blocks() -> None:
    """The outputs of all ops, by figure 3: convolutions thrice (with norm and activation), pools and concats once."""
    (stem,) = (box.work for box in drawn(V4).boxes if box.label == "Stem")
    sides = {
        149: 3 * 32,
        147: 3 * 32 + 3 * 64,
        73: 64 + 3 * 96 + 160 + 3 * (64 + 64 + 64 + 64),
        71: 3 * (96 + 96) + 192,
        35: 3 * 192 + 192 + 384,
    }
    assert stem is not None
    assert stem.activations == sum(side * side * channels for side, channels in sides.items())


def test_boxes_know_the_types_of_what_they_give() -> None:
    types = {box.label: str(box.work.types[0]) for box in drawn(V4).boxes if box.work is not None}
    assert types["Stem"] == types["4 x Inception-A"] == "384x35x35"
    assert types["Linear (1000)"] == "1000"


def test_boxes_know_what_they_are() -> None:
    families = [box.family for box in drawn(GOOGLENET).boxes]
    assert families[:3] == ["input", "call", "call"]
    boxes = by_id(drawn(GOOGLENET))
    assert [boxes[name].family for name in ("pool3", "dropout", "linear")] == ["pool", "dropout", "linear"]
    text = "incspec: 1\nname: T\ninput: [3, 8, 8]\nnetwork: [1x1 conv 4, lrn: {}, relu, softmax]\n"
    assert [box.family for box in drawn(incspec.load(text)).boxes] == ["input", "conv", "norm", "act", "softmax"]


def test_boxes_that_look_the_same_are_equal_whatever_they_cost() -> None:
    assert drawn(V4).boxes[1] == Box("stem", "Stem", family="call")
