"""Charts: their bars, slabs and lines against published counts and sums by hand, and that nothing hides anything else."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from functools import cache
from pathlib import Path as File

import pytest
from generated import random_spec
from typer.testing import CliRunner, Result

import incspec
from incspec.backends.charts.kinds import KINDS, chart
from incspec.backends.charts.sheet import MM, Tone
from incspec.backends.figures.detail import Opening
from incspec.backends.figures.fonts import metrics
from incspec.backends.figures.manners import MANNERS
from incspec.backends.figures.plates import plates
from incspec.backends.figures.scene import Group, Item, Path, Rect, Scene, Text
from incspec.cli import app
from incspec.reading.files import shipped_specs
from incspec.sizes.along import Along, along

SHIPPED = tuple(name for name in shipped_specs() if not name.endswith("_posted"))
SAMPLE = (
    "googlenet",
    "inception_v3_paper",
    "inception_v4",
    "zoo/densenet121",
    "zoo/i3d",
    "zoo/inception_time",
    "zoo/unet",
)
HEAD = "incspec: 1\nname: Test\n"


@cache
def shipped(name: str) -> incspec.Model:
    return incspec.load(name)


def scene(model: incspec.Model, kind: str, width: float = 180) -> Scene:
    return model.chart_scene(kind, width=width)


def groups(picture: Scene) -> dict[str, Group]:
    return {item.id: item for item in picture.items if isinstance(item, Group)}


def shapes(items: tuple[Item, ...]) -> Iterator[Rect | Text | Path]:
    for item in items:
        if isinstance(item, Group):
            yield from shapes(item.items)
        else:
            yield item


def bars(picture: Scene, step: str, panel: int) -> Rect:
    return [shape for shape in groups(picture)[step].items if isinstance(shape, Rect)][panel]


# --- costs

# arXiv:1409.4842 as Caffe has it: parameters of its modules with biases, by sum over their convolutions.
GOOGLENET = {
    "inception_3a": 163_696, "inception_3b": 388_736, "inception_4a": 376_176, "inception_4b": 449_160,
    "inception_4c": 510_104, "inception_4d": 605_376, "inception_4e": 868_352, "inception_5a": 1_043_456,
    "inception_5b": 1_444_080, "linear": 1_025_000,
}  # fmt: skip


def test_bars_are_as_long_as_the_published_counts() -> None:
    picture = scene(shipped("googlenet"), "cost")
    lengths = {step: bars(picture, step, 0).width for step in GOOGLENET}
    scale = lengths["inception_5b"] / GOOGLENET["inception_5b"]
    assert lengths == pytest.approx({step: scale * count for step, count in GOOGLENET.items()})


def test_the_longest_bar_ends_where_its_number_is_on_the_axis() -> None:
    """Ticks are texts under lines: the place of a count follows from two of them."""
    picture = scene(shipped("googlenet"), "cost")
    places = {shape.text: shape.x for shape in shapes(picture.items) if isinstance(shape, Text)}
    one = places["2 M"] - places["1 M"]
    bar = bars(picture, "inception_5b", 0)
    assert (bar.x + bar.width - places["1 M"]) / one == pytest.approx(0.44408)


def test_a_repeat_is_parted_into_its_turns() -> None:
    group = groups(scene(shipped("inception_v4"), "cost"))["inception_b"]
    cuts = [shape for shape in group.items if isinstance(shape, Path)]
    assert len(cuts) == 3 * (7 - 1)
    assert group.label.startswith("7 x Inception-B: ")


def test_totals_are_told_and_heads_are_apart() -> None:
    texts = {shape.text for shape in shapes(scene(shipped("googlenet"), "cost").items) if isinstance(shape, Text)}
    assert {"total 7 M", "total 1.58 G", "in training only", "aux1", "aux2"} <= texts
    texts = {shape.text for shape in shapes(scene(shipped("inception_v4"), "cost").items) if isinstance(shape, Text)}
    assert {"total 42.7 M", "total 12.3 G"} <= texts
    assert "in training only" not in texts


def test_a_long_network_is_shown_in_parts() -> None:
    text = HEAD + f"input: [4, 8, 8]\nnetwork: [{', '.join(['3x3 conv 4', 'relu'] * 500)}]\n"
    picture = scene(incspec.load(text), "cost")
    assert len(groups(picture)) <= 60
    assert picture.height < 700
    assert "conv1 to conv9" in groups(picture)


# --- sizes


def test_slabs_are_the_tensors_of_figure_9_and_of_the_stem() -> None:
    """arXiv:1602.07261, figures 3 and 9; the pool and dropout change no map."""
    labels = [group.label for group in groups(scene(shipped("inception_v4"), "sizes")).values()]
    assert labels == [
        "Input: 299x299x3", "3x3 Conv (32 stride 2 V): 149x149x32", "3x3 Conv (32 V): 147x147x32",
        "3x3 Conv (64): 147x147x64", "Filter concat: 73x73x160", "Filter concat: 71x71x192", "Filter concat: 35x35x384",
        "4 x Inception-A: 35x35x384", "Reduction-A: 17x17x1024", "7 x Inception-B: 17x17x1024", "Reduction-B: 8x8x1536",
        "3 x Inception-C: 8x8x1536", "Average Pooling: 1536", "Linear (1000): 1000",
    ]  # fmt: skip


def edges(group: Group) -> tuple[float, float, float]:
    """Thickness and height of a slab's front, and how far its face goes to the right."""
    face, _, front = (shape for shape in group.items if isinstance(shape, Path))
    (left, upper), *others = [(front.x, front.y), *((step.x, step.y) for step in front.steps)]
    reach = max(step.x for step in face.steps) - face.x
    return others[1][0] - left, others[0][1] - upper, reach


def test_sides_and_thickness_are_square_roots() -> None:
    text = HEAD + "input: [4, 64, 16]\nnetwork: [conv: {out: 100, kernel: 4, stride: 4, pad: valid}]\n"
    before, after = groups(scene(incspec.load(text), "sizes")).values()
    (thin, high, deep), (thick, low, shallow) = edges(before), edges(after)
    assert thick / thin == pytest.approx(math.sqrt(100 / 4))
    assert high / low == pytest.approx(math.sqrt(64 / 16))
    assert deep / shallow == pytest.approx(math.sqrt(16 / 4))


@pytest.mark.parametrize("input", ["[8]", "[8, 100]", "[2, 6, 20, 30]", "{a: [3, 8, 8], b: [3, 8, 8]}"])
def test_tensors_of_all_ranks_have_slabs(input: str) -> None:
    steps = "add: [a, b]" if "a:" in input else "relu, identity"
    picture = scene(incspec.load(HEAD + f"input: {input}\nnetwork: [{steps}]\n"), "sizes", 80)
    assert len(groups(picture)) >= 1


# --- receptive fields

# 3x3/2, 3x3, 2x2/2, 3x3: 1 + 2, + 2 * 2, + 1 * 2, + 2 * 4; strides 2, 2, 4, 4.
SEEING = HEAD + (
    "input: [3, 32, 32]\nnetwork: [3x3 conv 4 stride 2 name a, 3x3 conv 4 name b, 2x2 max_pool stride 2 name c V, "
    "3x3 conv 4 name d, global_avg_pool, dropout]\n"
)


def test_fields_and_strides_are_those_by_hand() -> None:
    tensors = along(incspec.load(SEEING).network)
    assert [(tensor.step, tensor.field, tensor.stride) for tensor in tensors if not tensor.whole] == [
        ("a", 3, 2.0), ("b", 7, 2.0), ("c", 9, 4.0), ("d", 17, 4.0),
    ]  # fmt: skip
    assert [tensor.step for tensor in tensors if tensor.whole] == ["global_avg_pool"]


def test_points_stand_on_a_logarithmic_axis() -> None:
    picture = scene(incspec.load(SEEING), "receptive-field")
    heights = {
        shape.text: shape.y - metrics().cap_height * shape.size / 2
        for shape in shapes(picture.items)
        if isinstance(shape, Text) and shape.anchor == "end" and shape.x < 30
    }
    decade = heights["1"] - heights["10"]
    dots = [shape for shape in groups(picture)["receptive field"].items if isinstance(shape, Rect)]
    found = [10 ** ((heights["1"] - dot.y - dot.height / 2) / decade) for dot in dots]
    assert found == pytest.approx([1, 3, 7, 9, 17])


@pytest.mark.parametrize("width", [80.0, 180.0])
def test_the_axis_of_fields_says_what_it_counts_and_leaves_room_for_the_word_behind_it(width: float) -> None:
    text = HEAD + f"input: [4, 8, 8]\nnetwork: [3x3 conv 4, global_avg_pool, {', '.join(['linear 4'] * 60)}]\n"
    picture = scene(incspec.load(text), "receptive-field", width=width)
    texts = {shape.text: shape for shape in shapes(picture.items) if isinstance(shape, Text)}
    title, word = texts["cells of the input"], texts["all"]
    assert title.y == word.y
    end = title.x + title.width
    assert end < word.x - word.width / 2


def test_a_tensor_from_farther_down_is_not_on_the_line() -> None:
    """In a U-Net what is cropped for a merge sees less than what it is merged with."""
    fields = [tensor.field for tensor in along(shipped("unet").network)]
    assert len(fields) > 20
    assert fields == sorted(fields)


def test_a_long_network_has_fewer_points() -> None:
    text = HEAD + f"input: [4, 8, 8]\nnetwork: [{', '.join(['1x3 conv 4'] * 700)}]\n"
    picture = scene(incspec.load(text), "receptive-field")
    line = next(shape for shape in groups(picture)["receptive field"].items if isinstance(shape, Path))
    assert 200 <= len(line.steps) <= 301
    assert groups(picture)["receptive field"].label == "receptive field, from 1 to 1,401"


def test_a_network_without_maps_has_none() -> None:
    model = incspec.load(HEAD + "input: [8]\nnetwork: [linear 4]\n")
    with pytest.raises(ValueError, match="no receptive fields"):
        scene(model, "receptive-field")


# --- several inputs


TWO = (
    HEAD
    + """
input: {rgb: [3, 64, 64], depth: [1, 128, 128]}
network:
  - 3x3 conv 8 stride 2 from rgb name x
  - 7x7 conv 8 stride 4 from depth name y
  - 3x3 conv 16 name z
  - concat: [x, z]
  - 3x3 conv 8
"""
)


def test_each_of_two_inputs_has_a_plot_of_what_sees_it() -> None:
    """By hand: x sees 3 of rgb at stride 2; y 7 of depth at stride 4, z 15; the last layer two strides more of each."""
    model = incspec.load(TWO)
    seen = [(tensor.input, tensor.step, tensor.field, tensor.stride) for tensor in along(model.network)]
    assert seen == [
        ("rgb", "x", 3, 2), ("rgb", "concat", 3, 2), ("rgb", "conv", 7, 2),
        ("depth", "y", 7, 4), ("depth", "z", 15, 4), ("depth", "concat", 15, 4), ("depth", "conv", 23, 4),
    ]  # fmt: skip
    picture = scene(model, "receptive-field")
    parts = groups(picture)
    assert [group.label for group in parts.values()] == [
        "stride of rgb, from 1 to 2", "receptive field of rgb, from 1 to 7",
        "stride of depth, from 1 to 4", "receptive field of depth, from 1 to 23",
    ]  # fmt: skip
    below = min(shape.y for shape in shapes((parts["stride of rgb"],)) if isinstance(shape, Path))
    assert below < min(shape.y for shape in shapes((parts["receptive field of depth"],)) if isinstance(shape, Path))
    texts = {shape.text for shape in shapes(picture.items) if isinstance(shape, Text)}
    assert {"rgb", "depth", "rgb, 64 cells", "depth, 128 cells"} <= texts
    assert "Input" not in texts
    for width in (80, 180):
        check_texts(scene(model, "receptive-field", width), width)


def test_each_of_two_inputs_has_a_row_of_slabs_until_they_meet() -> None:
    model = incspec.load(TWO)
    picture = scene(model, "sizes")
    tops: dict[float, list[str]] = {}
    for group in groups(picture).values():
        face, _, front = (shape for shape in group.items if isinstance(shape, Path))
        upper, lower = min(step.y for step in face.steps), max(step.y for step in front.steps)
        tops.setdefault(round((upper + lower) / 2, 3), []).append(group.label)
    assert [tops[height] for height in sorted(tops)] == [
        ["rgb: 64x64x3", "3x3 Conv (8 stride 2): 32x32x8"],
        ["depth: 128x128x1", "7x7 Conv (8 stride 4): 32x32x8", "3x3 Conv (16): 32x32x16"],
        ["Filter concat: 32x32x24", "3x3 Conv (8): 32x32x8"],
    ]
    texts = [shape.text for shape in shapes(picture.items) if isinstance(shape, Text)]
    assert "rgb and depth" in texts
    for width in (80, 180):
        check_texts(scene(model, "sizes", width), width)


def test_what_is_made_of_the_same_several_inputs_has_a_row() -> None:
    text = HEAD + (
        "input: {a: [3, 8, 8], b: [1, 8, 8], v: [6]}\nnetwork:\n  - concat: {branches: [a, b], name: s}\n"
        "  - global_avg_pool\n  - linear 6 name g\n  - concat: [g, v]\n"
    )
    picture = scene(incspec.load(text), "sizes")
    rows = [shape.text for shape in picture.items if isinstance(shape, Text) and shape.weight == "semibold"]
    assert rows == ["a", "b", "v", "a and b", "a, b and v"]


# --- what holds of all


@cache
def seen(name: str) -> tuple[Along, ...]:
    return along(shipped(name).network)


def test_the_numbers_at_the_ends_keep_off_the_lines_where_strides_are_larger_than_fields() -> None:
    text = HEAD + "input: [3, 128, 128]\nnetwork: [3x3 conv 8 stride 4]\n"
    picture = scene(incspec.load(text), "receptive-field")
    ends = {}
    for name in ("stride", "receptive field"):
        (line,) = (shape for shape in groups(picture)[name].items if isinstance(shape, Path))
        ends[name] = line.steps[-1]
    texts = {shape.text: shape.y for shape in picture.items if isinstance(shape, Text) and shape.anchor == "end"}
    cap = metrics().cap_height * 7.5
    assert texts["4"] < ends["stride"].y < ends["receptive field"].y < texts["3"] - cap


def test_numbers_of_an_axis_that_would_touch_are_left_out() -> None:
    """Ticks at 20 kB and 40 kB of a narrow chart."""
    block = "a_block_with_a_name_as_long_as_its_column"
    text = HEAD + f"input: [12, 30, 30]\nblocks: {{{block}: [1x1 conv 12]}}\nnetwork: [{block}]\n"
    texts = [shape for shape in shapes(scene(incspec.load(text), "cost", 80).items) if isinstance(shape, Text)]
    row = [shape for shape in texts if shape.text in ("20 kB", "40 kB")]
    assert [shape.text for shape in row] == ["20 kB"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name in SAMPLE else pytest.mark.nightly) for name in SHIPPED]
)
def test_texts_are_on_the_sheet_and_clear_of_each_other_at_every_width(name: str, kind: str) -> None:
    report = shipped(name).report()
    for width in (80, 120, 180):
        check_texts(chart(kind, report, lambda: seen(name), width=width), width)


@pytest.mark.parametrize(
    "seed", [*range(4), *(pytest.param(seed, marks=pytest.mark.nightly) for seed in range(4, 200))]
)
def test_random_networks_have_charts_and_figures_in_every_manner(seed: int) -> None:
    try:
        model = incspec.load(random_spec(seed))
    except incspec.CompileError:
        return
    # All is seen from the first layer on in some.
    sighted = any(tensor.field for tensor in along(model.network))
    for kind, width in itertools.product(KINDS if sighted else ("cost", "sizes"), (80, 180)):
        check_texts(scene(model, kind, width), width)
    for manner, depth in itertools.product(MANNERS.values(), (1, 0)):
        for plate in plates(model.network, manner, Opening(depth)):
            boxes = {box.id for box in plate.drawing.boxes}
            assert len(boxes) == len(plate.drawing.boxes)
            assert boxes >= {end for arrow in plate.drawing.arrows for end in (arrow.tail, arrow.head)}


def check_texts(picture: Scene, width: float) -> None:
    assert picture.width == pytest.approx(width * MM)
    boxes = []
    for text in shapes(picture.items):
        if isinstance(text, Text):
            top, bottom = text.y - metrics().cap_height * text.size, text.y + 0.2 * text.size
            boxes.append((text.left, top, text.left + text.width, bottom, text.text))
    for left, top, right, bottom, text in boxes:
        assert left >= -0.01, text
        assert right <= picture.width + 0.01, text
        assert top >= 0, text
        assert bottom <= picture.height + 0.01, text
    for a, b in itertools.combinations(boxes, 2):
        assert a[2] <= b[0] + 0.01 or b[2] <= a[0] + 0.01 or a[3] <= b[1] or b[3] <= a[1], (width, a, b)


@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_is_told_in_words(kind: str) -> None:
    picture = scene(shipped("inception_v4"), kind)
    assert picture.title.startswith("Inception-v4: ")
    for word in ("Stem" if kind == "cost" else "Reduction" if kind == "sizes" else "stem 55 at stride 8",):
        assert word in picture.description


@pytest.mark.parametrize("kind", KINDS)
def test_the_bytes_are_the_same_every_time(kind: str) -> None:
    first, second = (incspec.load("inception_v4").chart(kind, format="svg") for _ in range(2))
    assert first == second
    assert first.startswith(b"<")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("tone", [Tone(), Tone("#12161c", "#e8edf3"), Tone("none", "#222222")])
def test_texts_can_be_read_on_the_paper(kind: str, tone: Tone) -> None:
    """At least 4.5 to 1, as the web's guidelines want it."""
    picture = chart(kind, shipped("googlenet").report(), lambda: seen("googlenet"), tone=tone)
    paper = "#ffffff" if tone.background == "none" else tone.background
    assert picture.background == ("" if tone.background == "none" else tone.background)
    assert min(contrast(shape.color, paper) for shape in shapes(picture.items) if isinstance(shape, Text)) >= 4.5


def contrast(one: str, other: str) -> float:
    def light(color: str) -> float:
        parts = [int(color[start : start + 2], 16) / 255 for start in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    dark, bright = sorted((light(one), light(other)))
    return (bright + 0.05) / (dark + 0.05)


def test_a_chart_has_the_paper_and_ink_of_a_style(tmp_path: File) -> None:
    dark = shipped("googlenet").chart_scene("cost", style="dark")
    assert contrast(dark.background, "#000000") < 2
    done = run("draw", "googlenet", "--kind", "cost", "--style", "dark", "-o", str(tmp_path / "it.svg"))
    assert (done.exit_code, dark.background in (tmp_path / "it.svg").read_text()) == (0, True)


# --- commands


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


@pytest.mark.parametrize("kind", KINDS)
def test_draw_writes_a_chart(kind: str, tmp_path: File) -> None:
    done = run("draw", "googlenet", "--kind", kind, "--width", "84", "-o", str(tmp_path / "it.png"))
    assert (done.exit_code, done.stdout) == (0, f"{tmp_path / 'it.png'}\n")
    assert (tmp_path / "it.png").read_bytes().startswith(b"\x89PNG")
    assert run("draw", "googlenet", "--kind", kind, "-q", "-o", f"{tmp_path}/all/").exit_code == 0
    assert [path.name for path in (tmp_path / "all").iterdir()] == [f"{kind}.svg"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--kind", "costs"), "there is no kind `costs`: did you mean `cost`?"),
        (("--kind", "cost", "--block", "stem"), "`--block` is for figures, and a chart is of the whole network"),
        (("--kind", "cost", "--whole"), "`--whole` is for figures"),
        (("--kind", "cost", "--show", "shape"), "`--show` is for figures"),
        (("--kind", "cost", "--style", "slides"), "there is no style `slides`"),
        (("--kind", "sizes", "--format", "dot"), "boxes and arrows"),
        (("--kind", "cost", "--width", "10"), "80"),
    ],
)
def test_what_has_no_meaning_is_told(arguments: tuple[str, ...], message: str, tmp_path: File) -> None:
    done = run("draw", "googlenet", *arguments, "-o", str(tmp_path))
    assert done.exit_code == 2
    assert message in done.output
    assert list(tmp_path.iterdir()) == []
