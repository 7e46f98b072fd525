"""Styles: the shipped ones are read, a user's own is one like them, and every mistake is told at its place."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import incspec
from incspec.backends.figures.palette import contrast
from incspec.backends.figures.render import scene
from incspec.backends.figures.scene import Group, Rect, Scene, Text, leaves
from incspec.diagnostics import CompileError
from incspec.pictures import Look, figures_of, style_of
from incspec.reading.files import shipped_specs
from incspec.styles.read import find_style, read_style, style_names
from incspec.styles.style import Style

MILLIMETRE = 72 / 25.4
SPECS = [name for name in shipped_specs() if not name.endswith("_posted")]


def written(folder: Path, text: str) -> Path:
    path = folder / "my.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def drawn(spec: str, block: str = "", **asked: object) -> Scene:
    network = incspec.load(spec).network
    look = Look(**asked)  # type: ignore[arg-type]
    style = style_of(network, look)
    plates = {plate.name: plate for plate in figures_of(network, look, style)}
    return scene(plates[block or "network"], style)


def fills(picture: Scene) -> dict[str, str]:
    """The colour of each box."""
    return {
        group.id: rect.paint.fill
        for group in picture.items
        if isinstance(group, Group) and group.role == "box"
        for rect in group.items
        if isinstance(rect, Rect)
    }


def test_the_shipped_styles_are_those_that_are_promised() -> None:
    assert style_names() == ("dark", "paper-2014", "paper-2015", "paper-2016", "plain", "print", "slide")
    for name in style_names():
        assert isinstance(find_style(name), Style)


def test_a_style_starts_from_another_and_changes_it_key_by_key(tmp_path: Path) -> None:
    style = read_style(written(tmp_path, "like: slide\nfont: 30\nwidth: 10 cm\ncolors: {pool: '#ff0000'}\n"))
    slide = find_style("slide")
    assert (style.font, style.direction, style.colors.pool) == (30, "right", "#ff0000")
    assert style.width == pytest.approx(100 * MILLIMETRE)
    assert style.colors.model_copy(update={"pool": slide.colors.pool}) == slide.colors


@pytest.mark.parametrize(
    ("line", "code", "message", "help"),
    [
        ("fnt: 12", "unknown-key", "a style has no `fnt`", "did you mean `font`?"),
        ("like: slid", "invalid-value", "there is no style `slid`", "did you mean `slide`?"),
        ("direction: rihgt", "invalid-value", "`direction` does not take `rihgt`", "did you mean `right`?"),
        ("color: cost", "invalid-value", "`color` does not take `cost`", "there is `type`, `parameters`, `macs`, `none`"),
        ("show: [shape, shpe]", "invalid-value", "`show` does not take `shpe`", "did you mean `shape`?"),
        ("show: shape", "invalid-value", "`show` does not take `shape`", "write a list: `[9, 5]`, or `[shape, macs]`"),
        ("padding: [1, 2, 3]", "invalid-value", "`padding` does not take a list or mapping", "write a list: `[9, 5]`, or `[shape, macs]`"),
        ("font: 0", "invalid-value", "`font` does not take `0`", "it is at least 1"),
        ("font: 1e9", "invalid-value", "`font` does not take `1e9`", "it is at most 200"),
        ("rows: nan", "invalid-value", "`rows` does not take `nan`", "it is at least 1"),
        ("width: 84 miles", "invalid-value", "`width` does not take `84 miles`", "a length is a number of points, or has a unit: `84 mm`"),
        ("legend: perhaps", "invalid-value", "`legend` does not take `perhaps`", "write `true` or `false`"),
        ("colors: {cnov: '#000000'}", "unknown-key", "`colors` of a style has no `cnov`", "did you mean `conv`?"),
        ("colors: {conv: blue}", "invalid-value", "`conv` does not take `blue`", "a colour is written `'#rrggbb'`, in quotes"),
        ("colors: {box: #f4f4f4}", "invalid-value", "`#f4f4f4` without quotes is a comment, and no colour", "write it in quotes: `'#f4f4f4'`"),
        ("colors: {pool: '#ff0000', box: #fAb, ink: red}", "invalid-value", "`#fAb` without quotes is a comment, and no colour", "write it in quotes: `'#ffAAbb'`"),
        ("colors: {box: null}", "null", "`box` has no value", "give it one, remove it, or write `none` for nothing, `required` for a parameter that must be given"),
        ("colors: dark", "invalid-value", "`colors` does not take `dark`", "write `colors: {conv: '#c9dcf3'}`"),
    ],
)  # fmt: skip
def test_each_mistake_is_told_at_its_line(tmp_path: Path, line: str, code: str, message: str, help: str) -> None:
    with pytest.raises(CompileError) as refused:
        read_style(written(tmp_path, f"margin: 4\n{line}\n"))
    (item,) = refused.value.diagnostics
    assert item.primary is not None
    assert (item.code, item.message, item.help, item.primary.span.position.line) == (code, message, help, 2)


def test_all_mistakes_are_told_in_one_run(tmp_path: Path) -> None:
    with pytest.raises(CompileError) as refused:
        read_style(written(tmp_path, "fnt: 1\ndirection: north\ncolors: {conv: blue, pol: red}\n"))
    assert len(refused.value.diagnostics) == 4


def test_each_colour_without_quotes_is_told_and_comments_stay_comments(tmp_path: Path) -> None:
    text = "font: 20   # of titles: #fff, says the editor\ncolors:\n  box: #f4f4f4\n  # ink: #000000\n  line: #000\n"
    with pytest.raises(CompileError) as refused:
        read_style(written(tmp_path, text))
    places = [item.primary.span for item in refused.value.diagnostics if item.primary is not None]
    assert [(at.position.line, at.text) for at in places] == [(3, "#f4f4f4"), (5, "#000")]
    assert read_style(written(tmp_path, text.splitlines()[0])).font == 20


@pytest.mark.parametrize("text", ["", "- a", "font: [", "font: &a 3", "colors: {conv: null}"])
def test_what_is_no_style_is_a_diagnostic(tmp_path: Path, text: str) -> None:
    with pytest.raises(CompileError):
        read_style(written(tmp_path, text))


def test_names_and_files_that_are_not_there_are_told(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="there is no style `slyde`: did you mean `slide`"):
        find_style("slyde")
    with pytest.raises(ValueError, match=r"there is no file `.*none.yaml`: there is `dark`"):
        find_style(str(tmp_path / "none.yaml"))


# --- what styles do


def test_googlenet_is_coloured_by_type_as_in_its_paper() -> None:
    """arXiv:1409.4842, figure 3: blue convolutions, red pools, green concatenations and normalisation, yellow softmax."""
    found = fills(drawn("googlenet"))
    hue = {"a8c6ee": "blue", "f0a8a0": "red", "b5dcae": "green", "f7e593": "yellow", "ffffff": "white"}
    labels = {
        group.id: group.label for group in drawn("googlenet").items if isinstance(group, Group) and group.role == "box"
    }
    by_word = {}
    for box, color in found.items():
        by_word.setdefault(labels[box].split(" ")[0], set()).add(hue[color[1:]])
    assert by_word == {
        "input": {"white"}, "Conv": {"blue"}, "MaxPool": {"red"}, "AveragePool": {"red"}, "LocalRespNorm": {"green"},
        "DepthConcat": {"green"}, "FC": {"blue"}, "SoftmaxActivation": {"yellow"},
        "softmax0": {"white"}, "softmax1": {"white"}, "softmax2": {"white"},
    }  # fmt: skip


@pytest.mark.parametrize("style", ["paper-2016", "paper-2015", "plain", "print"])
def test_styles_for_paper_have_no_colours(style: str) -> None:
    used = set()
    for item in leaves(drawn("inception_v4", "reduction_a", style=style).items):
        used |= {item.color} if isinstance(item, Text) else {item.paint.fill, item.paint.stroke}
    assert used <= {"", "#000000", "#ffffff"}


@pytest.mark.parametrize("style", style_names())
@pytest.mark.parametrize("color", ["type", "macs"])
def test_text_is_legible_on_every_colour(style: str, color: str) -> None:
    """WCAG 2, level AA: a contrast of 4.5 at least."""
    for group in drawn("zoo/efficientnet_b0", "mbconv", style=style, color=color).items:
        if isinstance(group, Group) and group.role == "box":
            rect = next(item for item in group.items if isinstance(item, Rect))
            texts = [item for item in group.items if isinstance(item, Text)]
            inside = [
                item.color
                for item in texts
                if rect.x < item.x < rect.x + rect.width and rect.y < item.y < rect.y + rect.height
            ]
            assert inside
            assert all(contrast(ink, rect.paint.fill) >= 4.5 for ink in inside)


@pytest.mark.parametrize("show", [(), ("shape", "parameters", "macs")])
@pytest.mark.parametrize("spec", ["inception_v4", "inception_resnet_v2", "inception_v3_paper", "googlenet"])
def test_figures_for_print_fit_a_column_in_type_that_can_be_read(spec: str, show: tuple[str, ...]) -> None:
    """No type is smaller than 6 points; what does not fit a column in it is wider, which the scene knows."""
    network = incspec.load(spec).network
    look = Look("print", show=show)
    style = style_of(network, look)
    wide = set()
    for plate in figures_of(network, look, style):
        picture = scene(plate, style)
        sizes = [item.size for item in leaves(picture.items) if isinstance(item, Text)]
        wide |= {plate.name} if picture.width > 84 * MILLIMETRE + 0.01 else set()
        assert (plate.name in wide) == (picture.excess > 0)
        assert min(sizes) >= 6, plate.name
    # Ten branches beside each other, six of them in two rows, with three facts; and GoogLeNet's whole with its heads.
    assert wide <= ({"inception_c", "network"} if show else set())


def test_heat_is_greatest_where_most_is_computed_and_the_legend_says_how_much() -> None:
    picture = drawn("inception_v4", color="macs")
    found = fills(picture)
    assert found["inception_b"] == find_style("plain").colors.hot  # 7 of them, 5.93 of 12.25 billion
    legend = [item for item in picture.items if isinstance(item, Group) and item.role == "legend"]
    assert [group.label for group in legend] == ["multiply-adds from 0 to 5.93 G"]


def test_heat_of_a_block_is_that_of_all_its_uses_where_these_cost_unlike() -> None:
    """The 3x3 convolutions of GoogLeNet's nine modules: arXiv:1409.4842, table 1."""
    at_28, at_14 = ((96, 128), (128, 192)), ((96, 208), (112, 224), (128, 256), (144, 288), (160, 320))
    at_7 = ((160, 320), (192, 384))
    macs = sum(
        9 * size**2 * reduced * out
        for size, modules in ((28, at_28), (14, at_14), (7, at_7))
        for reduced, out in modules
    )
    picture = drawn("googlenet", "inception", color="macs")
    legend = [item for item in picture.items if isinstance(item, Group) and item.role == "legend"]
    assert [group.label for group in legend] == [f"multiply-adds of 9 uses from 0 to {macs / 1e6:.1f} M"]
    hottest = [box for box, fill in fills(picture).items() if fill == find_style("plain").colors.hot]
    labels = {item.id: item.label for item in picture.items if isinstance(item, Group)}
    assert [labels[box] for box in hottest] == ["3x3 convolutions"]


def test_heat_of_a_block_is_that_of_one_use_where_all_are_alike() -> None:
    """Inception-A of Inception-v4, called four times: its second 3x3 convolution of 96 has 9 * 96 * 96 weights a cell."""
    legend = [
        item
        for item in drawn("inception_v4", "inception_a", color="macs").items
        if isinstance(item, Group) and item.role == "legend"
    ]
    assert [group.label for group in legend] == [f"multiply-adds from 0 to {9 * 96 * 96 * 35**2 / 1e6:.1f} M"]


def test_boxes_say_what_is_asked_for() -> None:
    texts = [
        item.text
        for item in leaves(drawn("inception_v4", "inception_a", show=("shape", "parameters", "macs")).items)
        if isinstance(item, Text)
    ]
    assert "35x35x96" in texts
    assert "37.06 k params, 45.16 M macs" in texts  # 384 * 96 + 2 * 96, and 35 * 35 * 384 * 96


def test_boxes_of_a_block_do_not_say_what_differs_from_use_to_use() -> None:
    """arXiv:1409.4842, table 1: no two of the nine inception modules have the same widths."""
    picture = drawn("googlenet", "inception", style="plain", show=("shape", "parameters", "macs"))
    texts = [item.text for item in leaves(picture.items) if isinstance(item, Text)]
    assert not [text for text in texts if re.search(r"params|macs|x.*x\d", text)]


def test_boxes_of_a_repeated_block_do_not_say_what_differs_from_turn_to_turn() -> None:
    """arXiv:1608.06993: each dense layer reads 32 channels more, so its 1x1 convolution to 128 has more parameters each
    time; the 3x3 one has 128 * 32 * 9.
    """
    picture = drawn("zoo/densenet121", style="plain", depth=2, show=("shape", "parameters"))
    boxes = [item for item in picture.items if isinstance(item, Group) and item.role == "box"]
    first = [box.label for box in boxes if box.id.startswith("dense_layer1")]
    (narrow,) = (label for label in first if "1x1" in label)
    (wide,) = (label for label in first if "3x3" in label)
    assert "params" not in narrow
    assert "56x56x128" in narrow
    assert "56x56x32 36.86 k params" in wide


@pytest.mark.parametrize("word", ["direction", "color", "show"])
def test_words_that_mean_nothing_are_told(word: str) -> None:
    value = ["shpe"] if word == "show" else "shpe"
    with pytest.raises(ValueError, match=r"there is no .* `shpe`"):
        incspec.load("inception_v4").draw(**{word: value})


def test_a_long_chain_goes_on_in_the_next_line() -> None:
    whole, folded = drawn("inception_v4", style="slide"), find_style("slide")
    boxes = [item for item in whole.items if isinstance(item, Group) and item.role == "box"]
    places = [next((rect.x, rect.y) for rect in box.items if isinstance(rect, Rect)) for box in boxes]
    lines = sorted({y for _, y in places})
    assert len(lines) == 3
    assert [y for _, y in places] == sorted(y for _, y in places)
    for line in lines:
        assert [x for x, y in places if y == line] == sorted(x for x, y in places if y == line)
    assert whole.width <= folded.length + 2 * folded.margin + folded.rows
    assert whole.height < 540  # points of a slide


def test_a_chain_is_folded_into_lines_of_one_box_where_nothing_else_fits(tmp_path: Path) -> None:
    style = read_style(written(tmp_path, "length: 1\n"))
    picture = scene(incspec.load("inception_v4").figure(), style)
    tops = {
        round(rect.y, 2)
        for item in picture.items
        if isinstance(item, Group)
        for rect in item.items
        if isinstance(rect, Rect)
    }
    assert len(tops) == 1


@pytest.mark.parametrize(
    ("wrap", "lines"),
    [
        ("none", ["Average Pooling", "Dropout (keep 0.8)"]),
        ("brackets", ["Average Pooling", "Dropout", "(keep 0.8)"]),
        ("words", ["Average", "Pooling", "Dropout", "(keep 0.8)"]),
    ],
)
def test_labels_go_on_in_a_second_line_where_a_style_says_so(tmp_path: Path, wrap: str, lines: list[str]) -> None:
    style = read_style(written(tmp_path, f"wrap: {wrap}\n"))
    picture = scene(incspec.load("inception_v4").figure(), style)
    texts = [item.text for item in leaves(picture.items) if isinstance(item, Text)]
    assert [
        text
        for text in texts
        if text in {"Average Pooling", "Average", "Pooling", "Dropout (keep 0.8)", "Dropout", "(keep 0.8)"}
    ] == lines
