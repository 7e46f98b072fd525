"""What a drawing knows of its boxes beside their words: what they are, and what runs there."""

from __future__ import annotations

from pathlib import Path

import pytest

import incspec
from incspec.backends.figures.detail import Detail
from incspec.backends.figures.draw import draw
from incspec.backends.figures.drawing import Box, Drawing, Loop
from incspec.backends.figures.manners import MANNERS
from incspec.backends.figures.wording import Wording, fill
from incspec.ops import BY_KEYWORD

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


# --- blocks that are opened


def opened(model: incspec.Model, *blocks: str, depth: int | None = 1) -> Drawing:
    return draw(model.network, Detail(depth=depth, opened=frozenset(blocks)))


def titles(frames: tuple[Loop, ...]) -> list[object]:
    """What is written on frames, each followed by those in it."""
    return [item for frame in frames for item in (frame.title, *([titles(frame.loops)] if frame.loops else []))]


def test_a_block_that_is_opened_is_drawn_as_its_steps_in_a_frame_and_once_if_repeated() -> None:
    drawing = opened(V4, "inception_a")
    (frame,) = drawing.loops
    assert frame.title == "4 x Inception-A"
    boxes = by_id(drawing)
    assert [boxes[name].label for name in frame.boxes][1:3] == ["Avg Pooling", "1x1 Conv (96)"]
    assert {arrow.tail for arrow in drawing.arrows if arrow.head == "reduction_a"} == {frame.boxes[-1]}
    assert {arrow.tail for arrow in drawing.arrows if arrow.head in frame.boxes} - {*frame.boxes} == {"stem"}


@pytest.mark.parametrize("model", [V4, GOOGLENET], ids=lambda model: model.name)
def test_all_blocks_can_be_opened_and_cost_what_they_did(model: incspec.Model) -> None:
    drawing = opened(model, depth=None)
    assert not any(box.family == "call" for box in drawing.boxes)
    turns = {name: frame.count for frame in drawing.loops for name in frame.boxes}
    costs = [(turns.get(box.id, 1), box.work.cost) for box in drawing.boxes if box.work is not None]
    assert (sum(n * cost.params for n, cost in costs), sum(n * cost.macs for n, cost in costs)) == COUNTS[model]


def test_every_arrow_of_an_opened_network_leads_from_box_to_box() -> None:
    drawing = opened(GOOGLENET, depth=None)
    boxes = by_id(drawing)
    assert len(boxes) == len(drawing.boxes)
    assert {name for arrow in drawing.arrows for name in (arrow.tail, arrow.head)} == boxes.keys()
    assert titles(drawing.loops) == ["Stem", *["Inception"] * 9]
    assert [side.loops[0].title for side in drawing.sides] == ["Aux-head", "Aux-head"]


def test_depth_opens_blocks_of_blocks_one_level_each() -> None:
    inner, outer = "inner: {body: [3x3 conv 4, relu]}", "outer: {body: [inner: {repeat: 3}, inner, tanh]}"
    text = f"incspec: 1\nname: T\ninput: [4, 8, 8]\nblocks: {{{inner}, {outer}}}\nnetwork: [outer: {{repeat: 2}}]\n"
    model = incspec.load(text)
    labels = {depth: [box.label for box in opened(model, depth=depth).boxes] for depth in (1, 2, 3)}
    assert labels[1] == ["Input (8x8x4)", "2 x Outer"]
    assert labels[2] == ["Input (8x8x4)", "3 x Inner", "Inner", "Tanh activation"]
    conv = ["3x3 Conv (4)", "Relu activation"]
    assert labels[3] == ["Input (8x8x4)", *conv, *conv, "Tanh activation"]
    assert titles(opened(model, depth=3).loops) == ["2 x Outer", ["3 x Inner", "Inner"]]
    assert labels[2] == [box.label for box in opened(model, "outer").boxes]


def test_a_block_of_nothing_can_be_opened() -> None:
    text = "incspec: 1\nname: T\ninput: [4, 8, 8]\nblocks: {it: {body: [identity]}}\nnetwork: [it: {repeat: 2}, relu]\n"
    drawing = draw(incspec.load(text).network, Detail(depth=None, wording=Wording({"identity": ""})))
    assert [box.label for box in drawing.boxes] == ["Input (8x8x4)", "Relu activation"]
    assert [(arrow.tail, arrow.head) for arrow in drawing.arrows] == [("input", "relu")]
    assert drawing.loops == ()


def test_a_drawing_says_which_ops_it_hides() -> None:
    wording = Wording({"dropout": "", "concat": "", "lrn": ""})
    drawing = draw(GOOGLENET.network, Detail(wording=wording, depth=None))
    assert drawing.hidden == ("lrn", "concat", "dropout")
    assert not {box.label for box in drawing.boxes} & {"Filter concat", "LocalRespNorm", "Dropout (keep 0.6)"}


# --- words


def words(step: str, template: str, size: int = 8) -> str:
    keyword = step.split()[1]
    text = f"incspec: 1\nname: T\ninput: [4, {size}, {size}]\nnetwork: [{step}]\n"
    drawing = draw(incspec.load(text).network, Detail(wording=Wording({keyword: template})))
    return drawing.boxes[1].label


@pytest.mark.parametrize(
    ("step", "size", "letter"),
    [
        # arXiv:1409.4842, figure 3: (S) halves, whatever it takes; (V) is only what fits.
        ("7x7 conv 4 stride 2", 224, "S"),
        ("7x7 conv 4 stride 2 pad 3", 224, "S"),
        ("3x3 max_pool stride 2 ceil_mode true V", 112, "S"),
        ("3x3 max_pool stride 2 ceil_mode true pad 1", 112, "1"),
        ("3x3 max_pool stride 2 V", 112, "V"),
        ("5x5 avg_pool stride 3 V", 14, "V"),
        ("1x1 conv 4 V", 8, "V"),
        ("1x1 conv 4", 8, "S"),
        ("3x3 conv 4 pad 0", 8, "0"),
    ],
)
def test_the_letter_of_a_padding_is_that_of_the_sizes(step: str, size: int, letter: str) -> None:
    assert words(step, "{pad}", size) == letter


def test_what_is_usual_is_left_out_of_square_brackets() -> None:
    template = "{kernel} Conv ({out}[ stride {stride}][ {pad}])"
    assert words("3x3 conv 4", template) == "3x3 Conv (4)"
    assert words("3x3 conv 4 stride 2", template) == "3x3 Conv (4 stride 2)"
    assert words("3x3 conv 4 stride 2 V", template) == "3x3 Conv (4 stride 2 V)"


def test_words_for_one_size_come_before_those_for_all() -> None:
    wording = Wording({"1x1 conv": "small", "conv": "large"})
    assert [wording.template("conv", size) for size in ("1x1", "3x3", "")] == ["small", "large", "large"]


def test_a_detail_that_an_op_has_not_is_an_error() -> None:
    with pytest.raises(KeyError):
        fill("{colour}", {"out": "4"})


def test_the_words_of_the_papers_are_for_ops() -> None:
    wordings = [
        wording for manner in MANNERS.values() for wording in (manner.network, manner.block, *manner.figures.values())
    ]
    assert {key.split()[-1] for wording in wordings for key in wording.words} <= BY_KEYWORD.keys()
