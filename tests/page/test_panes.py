"""What stands round the figure in the browser: details, source, table, search, colours, sizes, export, print."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

import pytest

import incspec

from .conftest import Opened

Open = Callable[..., Opened]


def facts(page: Opened) -> dict[str, str]:
    """What the details say."""
    rows = page.page.locator("#details .facts > div").all()
    return {row.locator("dt").inner_text(): row.locator("dd").inner_text() for row in rows}


def test_a_click_shows_the_layer(opened: Open) -> None:
    page = opened(address="#stem/conv1")
    page.page.click('.box[data-key="stem/conv2"] > .head > .shape')
    told = facts(page)
    assert told["Input"] == "32 × 149 × 149"
    assert told["Output"] == "32 × 147 × 147"
    assert told["Parameters"].startswith("9,280")  # 3*3*32*32 and the norm's 64
    assert told["Multiply-adds"].startswith(f"{3 * 3 * 32 * 32 * 147 * 147:,}")
    assert told["Activations"].startswith("8.30 MB")  # three ops of 32x147x147, four bytes each
    assert told["Receptive field"].startswith("7 ")  # two windows of 3, the first with stride 2
    assert told["Stride"] == "2"
    assert page.page.locator("#details .ops").inner_text() == "3x3 Conv (32 V) → BatchNorm → Relu activation"
    assert "3x3 conv 32 V" in page.page.locator("#details .excerpt").nth(0).inner_text()
    assert "self.conv2" in page.page.locator("#details .excerpt").nth(1).inner_text()
    page.page.click("#details .way-to button >> text=stem")
    assert page.js("app.state.selected") == "stem"


def test_repeats_tell_what_all_turns_cost_and_what_one_does(opened: Open) -> None:
    page = opened(address="#inception_b")
    assert facts(page)["Parameters"].startswith("20,553,792")
    assert "7 × 2,936,256" in facts(page)["Parameters"]
    page.js("app.select(app.model.find('inception_b/branch2_conv'))")
    assert facts(page)["Runs"].startswith("7 times")


def test_source_and_figure_are_linked_both_ways(opened: Open) -> None:
    page = opened()
    spec = Path(__file__).parents[2] / "specs" / "inception_v4.yaml"
    lines = spec.read_text(encoding="utf-8").splitlines()
    page.page.click("#tab-source")
    number = next(k for k, line in enumerate(lines, 1) if "3x3 conv m stride 2 V" in line)
    line = page.page.locator(f"#line-0-{number}")
    line.scroll_into_view_if_needed()
    word = line.locator("code").bounding_box()
    assert word is not None
    column = lines[number - 1].index("3x3 conv l") + 3
    page.page.mouse.click(word["x"] + word["width"] * column / len(lines[number - 1]), word["y"] + 8)
    assert page.js("app.state.selected") == "reduction_a/branch3_conv2"
    chosen = page.page.locator(".pane").nth(1).locator('[aria-selected="true"]').all_text_contents()
    assert len(chosen) == 1
    assert "ConvBnRelu" in chosen[0]
    code = page.page.locator(".line", has_text="self.linear = ")
    code.click()
    assert page.js("app.state.selected") == "linear"
    page.page.locator(".pane .code").nth(0).focus()
    page.page.keyboard.press("ArrowUp")
    page.page.keyboard.press("Enter")
    assert page.js("app.state.selected") == "dropout"
    assert (
        page.page.locator(".pane")
        .nth(0)
        .locator('[aria-selected="true"]')
        .all_text_contents()[0]
        .endswith("- dropout: {p: dropout}")
    )


def test_the_source_is_highlighted_line_by_line(opened: Open) -> None:
    page = opened()
    page.page.click("#tab-source")
    python = page.page.locator(".pane").nth(1)
    assert python.locator(".hljs-keyword", has_text="class").count() >= 7
    text = "\n".join(python.locator(".line code").all_text_contents())
    source = incspec.load("inception_v4").source()
    assert [line.rstrip() for line in text.rstrip().splitlines()] == [line.rstrip() for line in source.splitlines()]


def table(page: Opened) -> list[list[str]]:
    """The rows of the table."""
    return [row.locator("td").all_inner_texts() for row in page.page.locator("#table tbody tr").all()]


def test_the_table_folds_and_sorts(opened: Open) -> None:
    page = opened()
    names = page.page.locator("#table tbody .label").all_inner_texts()
    assert names[:3] == ["Input", "Stem", "4 x Inception-A"]
    page.page.click("th[data-column=params] button")
    assert page.page.get_attribute("th[data-column=params]", "aria-sort") == "descending"
    assert page.page.locator("#table tbody .label").first.inner_text() == "7 x Inception-B"
    page.page.click("th[data-column=params] button")
    assert page.page.get_attribute("th[data-column=params]", "aria-sort") == "ascending"
    assert page.page.locator("#table tbody .label").last.inner_text() == "7 x Inception-B"
    page.page.click("th[data-column=params] button")
    assert page.page.locator("#table tbody .label").all_inner_texts() == names
    page.page.click('tr[data-key="reduction_a"] .fold')
    assert page.page.get_attribute('tr[data-key="reduction_a"]', "aria-expanded") == "true"
    assert page.page.locator('tr[data-key^="reduction_a/"]').count() == 4
    page.page.click('tr[data-key="reduction_a/branch3"]')
    assert page.js("app.state.selected") == "reduction_a/branch3"
    page.page.keyboard.press("ArrowRight")
    page.page.keyboard.press("ArrowDown")
    page.page.keyboard.press("Enter")
    assert page.js("app.state.selected") == "reduction_a/branch3_conv1"
    page.page.click("#fold-all")
    assert page.page.locator("#table tbody tr").count() == 10
    page.page.click("#unfold-all")
    assert page.page.locator("#table tbody tr").count() > 80


def test_the_tables_bars_are_shares_of_the_whole(opened: Open) -> None:
    page = opened()
    bar = page.page.locator('tr[data-key="inception_b"] td.number').nth(0).locator(".bar")
    assert bar.evaluate("bar => bar.style.width") == f"{100 * 20_553_792 / 42_679_816:.2f}%"


def test_search_finds_layers_blocks_and_paths(opened: Open) -> None:
    page = opened()
    page.page.keyboard.press("/")
    page.page.keyboard.type("1x7")
    options = page.page.locator("#found [role=option]:not(.more)")
    spec = Path(__file__).parents[2] / "specs" / "inception_v4.yaml"
    assert options.count() == spec.read_text(encoding="utf-8").count("1x7 conv")
    assert all("1x7 Conv" in text for text in options.all_inner_texts())
    assert "inception_b" in {box.get_attribute("data-key") for box in page.page.query_selector_all(".box.hit")}
    page.page.keyboard.press("ArrowDown")
    page.page.keyboard.press("ArrowDown")
    page.page.keyboard.press("Enter")
    selected = page.js("app.state.selected")
    assert isinstance(selected, str)
    assert "1x7" in page.page.locator(f'.box[data-key="{selected}"] > .head > .label').text_content()
    page.page.fill("#search", "reduction_b")
    page.page.keyboard.press("Enter")
    assert page.js("app.state.selected") == "reduction_b"
    page.page.fill("#search", "nothing like it")
    assert page.page.locator("#found").inner_text() == "Nothing found"


def test_boxes_are_coloured_by_what_they_cost(opened: Open) -> None:
    page = opened()
    page.page.select_option("#colour", "params")
    heat = page.page.locator('.box[data-key="inception_b"]').evaluate("box => box.style.getPropertyValue('--heat')")
    assert heat == "100.0%"
    assert (
        page.page.locator('.box[data-key="dropout"]').evaluate("box => box.style.getPropertyValue('--heat')") == "0.0%"
    )
    assert page.page.locator("#legend").inner_text().split() == ["Parameters", "0", "20.55", "M"]
    # What is in a repeat counts as often as it runs: here a convolution of 7 x 1 in seven turns, with its batch norm.
    page.js("app.toggle(app.model.find('inception_b'))")
    assert page.page.locator("#legend").inner_text().split() == ["Parameters", "0", "13.66", "M"]
    inside = page.page.locator('.box[data-key="inception_b/branch4_conv5"]')
    heat = inside.evaluate("box => parseFloat(box.style.getPropertyValue('--heat'))")
    assert heat == pytest.approx(100 * (7 * (224 * 7 * 256 + 2 * 256) / 13.66e6) ** 0.5, abs=0.1)
    page.page.select_option("#colour", "none")
    assert not page.page.locator("#legend").is_visible()


def test_the_size_of_the_input_is_chosen_and_refused_with_a_reason(opened: Open) -> None:
    page = opened()
    page.page.fill("input[type=number]", "331")
    assert page.page.locator('.box[data-key="inception_c"] > .head > .extent').text_content() == "1536 × 9 × 9"
    assert page.page.locator("tr[data-key=stem] .shape").inner_text() == "384 × 39 × 39"
    page.page.fill("input[type=number]", "60")
    told = page.page.locator("#size-status")
    assert told.is_visible()
    assert "The network refuses this size" in told.inner_text()
    assert "The window of a conv or pool does not fit into its input." in told.inner_text()
    assert page.page.locator(".box.refused").count() > 0
    assert page.page.locator(".box.unreached").count() > 0
    told.locator("button").click()
    assert page.js("app.model.refusal(app.selected)") == "window-too-large"
    page.page.click("#reset-size")
    assert not told.is_visible()
    page.page.wait_for_selector(".marks[data-refused]")
    smallest = incspec.load("inception_v4").sizes().taken[0].sizes.smallest
    assert smallest is not None
    assert page.page.locator(".marks").evaluate("marks => Number(marks.dataset.refused)") == smallest - 1


def test_axes_have_sizes_of_their_own(opened: Open) -> None:
    page = opened()
    page.page.click("#link-axes")
    sliders = page.page.locator("input[type=range]")
    assert sliders.count() == 2
    page.page.locator("input[type=number]").nth(1).fill("427")
    shape = page.page.locator('.box[data-key="stem"] > .head > .extent').text_content()
    assert shape == "384 × 35 × 51"
    page.page.click("#link-axes")
    assert page.page.locator('.box[data-key="stem"] > .head > .extent').text_content() == "384 × 35 × 35"


NIGHTLY = ("googlenet", "zoo/unet", "zoo/efficientnet_b0", "zoo/se_inception_v3", "zoo/densenet121")


@pytest.mark.parametrize(
    "name",
    [
        *("inception_v4", "tutorials/t2_simple_inception", "zoo/i3d", "zoo/inception_time"),
        *(pytest.param(name, marks=pytest.mark.nightly) for name in NIGHTLY),
    ],
)
def test_shapes_and_costs_at_any_size_are_those_of_the_module(opened: Open, name: str) -> None:
    """torch on its meta device is asked for a few sizes, the checker's size functions for many."""
    import torch

    from incspec.runtime.shapes_only import ShapesOnly

    model = incspec.load(name)
    page, module = opened(model), model.module(device="meta", aux=False).eval()
    (type_,) = model.inputs
    sizes = model.sizes()
    page_takes = "argument.map((shape) => app.model.takes([shape]))"
    for k, taken in enumerate(taken for taken in sizes.taken if not taken.head and not taken.single):
        others = [
            [*map(int, type_.shape[: taken.axis.place]), n, *map(int, type_.shape[taken.axis.place + 1 :])]
            for n in range(1, 400)
        ]
        assert page.js(page_takes, others) == [n in taken.sizes for n in range(1, 400)], k
    for more in (0, 1, 32, -32):
        shape = type_.with_sizes(tuple(max(1, int(n) + more) for n in type_.sizes)).shape
        told = page.js("app.totalsAt([argument])", list(map(int, shape)))
        try:
            with torch.no_grad(), ShapesOnly():
                made = module(torch.empty(2, *map(int, shape), device="meta"))
        except (RuntimeError, ValueError):
            assert told is None
            continue
        assert told is not None, shape
        assert told["outputs"] == [list(made.shape[1:])]
        assert told["params"] == sum(p.numel() for p in module.parameters())
        assert told["macs"] == counted(module, shape)


def counted(module: object, shape: tuple[int, ...]) -> int:
    """The multiply-adds of a module, as torch's own counter has them."""
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    from incspec.runtime.shapes_only import ShapesOnly

    with torch.no_grad(), FlopCounterMode(display=False) as counter, ShapesOnly():
        module(torch.empty(1, *map(int, shape), device="meta"))  # type: ignore[operator]
    return counter.get_total_flops() // 2


def test_the_figure_is_saved_as_svg_and_png(opened: Open, tmp_path: Path) -> None:
    page = opened(address="#reduction_a/branch1")
    with page.page.expect_download() as saved:
        page.page.click("#export-svg")
    assert saved.value.suggested_filename == "inception_v4.svg"
    saved.value.save_as(tmp_path / "figure.svg")
    text = (tmp_path / "figure.svg").read_text(encoding="utf-8")
    svg = ET.fromstring(text)
    texts = ["".join(each.itertext()) for each in svg.iter("{http://www.w3.org/2000/svg}text")]
    assert "3x3 Conv (384 stride 2 V)" in texts  # what is open is shown open
    assert not re.search(r"(?:href|src)=\"http|url\(http|<script|var\(", text)
    # Only the three repeats have a second outline, and nothing that is there to be pressed is seen.
    drawn = {shape: list(svg.iter(f"{{http://www.w3.org/2000/svg}}{shape}")) for shape in ("rect", "path")}
    assert [(rect.get("x"), rect.get("y")) for rect in drawn["rect"]].count(("4", "-4")) == 3
    assert len(drawn["path"]) == page.page.locator(".arrow, .arrow-tip").count()
    assert {"convolution", "pool", "merge", "block"} <= set(texts)  # what the colours mean
    # Colours as every program reads them.
    assert {re.sub(r"\d+", "0", each.get("fill", "")) for each in svg.iter()} <= {"", "none", "rgb(0, 0, 0)"}
    with page.page.expect_download() as saved:
        page.page.click("#export-png")
    saved.value.save_as(tmp_path / "figure.png")
    from PIL import Image

    image = Image.open(tmp_path / "figure.png")
    page.page.select_option("#colour", "macs")
    with page.page.expect_download() as saved:
        page.page.click("#export-svg")
    coloured = ET.fromstring(Path(saved.value.path()).read_text(encoding="utf-8"))
    texts = ["".join(each.itertext()) for each in coloured.iter("{http://www.w3.org/2000/svg}text")]
    assert texts[-3:] == ["Multiply-adds", "0", page.page.locator("#legend .entry").inner_text().split("\n")[-1]]
    assert len(list(coloured.iter("{http://www.w3.org/2000/svg}stop"))) > 2
    width, height = float(svg.get("width", "0")), float(svg.get("height", "0"))
    assert image.size == (round(2 * width), round(2 * height))
    assert len(image.convert("RGB").getcolors(1 << 24) or []) > 20


def test_on_paper_the_whole_figure_and_the_table_are_seen(opened: Open, tmp_path: Path) -> None:
    page = opened(address="#stem/conv1")
    page.page.keyboard.press("+")
    page.page.emulate_media(media="print", color_scheme="dark")
    page.page.wait_for_selector("#figure[viewBox]")
    box, figure = (
        page.page.locator(what).bounding_box() for what in ('.box[data-key="linear"] > .head > .shape', "#figure")
    )
    assert box is not None
    assert figure is not None
    assert figure["y"] <= box["y"]
    assert box["y"] + box["height"] <= figure["y"] + figure["height"]
    assert page.page.locator("#table").is_visible()
    # Chromium leaves buttons out of the head of a table that it repeats on each page.
    assert page.page.locator("th button").first.evaluate("button => getComputedStyle(button).display") == "contents"
    for hidden in ("#search", ".sign", ".fold", ".hint", "h3"):
        assert page.page.locator(f"{hidden}:visible").count() == 0, hidden
    assert page.page.locator("#details .excerpt").first.is_visible()
    assert page.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    page.page.emulate_media(media="screen")
    page.page.wait_for_selector("#figure:not([viewBox])")


def test_at_375_pixels_all_of_it_can_be_reached(opened: Open) -> None:
    page = opened(address="#stem", size={"width": 375, "height": 720}, has_touch=True)
    assert page.page.evaluate("document.documentElement.scrollWidth") <= 375
    assert page.page.locator("#details h2").is_visible()
    page.page.tap("#tab-layers")
    assert page.page.locator("#table").is_visible()
    page.page.tap("#tab-source")
    assert page.page.locator(".pane").nth(1).is_visible()
    for key in ("#search", "input[type=range]", "#zoom-in", "#export-svg", "#theme"):
        box = page.page.locator(key).bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 375


def test_light_and_dark_follow_the_system_and_the_button(opened: Open) -> None:
    page = opened(color_scheme="dark")
    dark = page.page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.page.click("#theme")
    light = page.page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert dark == "rgb(20, 23, 26)"
    assert light == "rgb(247, 246, 243)"
