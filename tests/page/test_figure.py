"""The figure in the browser: boxes that open and close, zoom and pan, the minimap, the way to a box, keys, addresses."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

import incspec

from .conftest import Opened

if TYPE_CHECKING:
    from playwright.sync_api import FloatRect

Open = Callable[..., Opened]


def boxes(page: Opened) -> list[str]:
    """The boxes that are drawn."""
    return [box.get_attribute("data-key") or "" for box in page.page.query_selector_all(".box")]


def view(page: Opened) -> tuple[float, float, float]:
    """Where the figure is: its place on the screen and its scale."""
    text = page.page.get_attribute(".figure .view", "transform") or ""
    found = re.fullmatch(r"translate\(([-\d.]+),([-\d.]+)\) scale\(([\d.]+)\)", text)
    assert found is not None
    x, y, scale = map(float, found.groups())
    return x, y, scale


def place(page: Opened, key: str) -> FloatRect:
    """Where a box is, on the screen."""
    box = page.page.locator(f'.box[data-key="{key}"] > .head > .shape').bounding_box()
    assert box is not None
    return box


def foot(page: Opened, key: str) -> tuple[float, float]:
    """The middle of a box's lower edge, on the screen."""
    box = place(page, key)
    return box["x"] + box["width"] / 2, box["y"] + box["height"]


def check_inside(page: Opened, key: str, outer: str) -> None:
    """Check that a box lies in the frame of another."""
    box, frame = place(page, key), place(page, outer)
    assert frame["x"] < box["x"]
    assert box["x"] + box["width"] < frame["x"] + frame["width"]
    assert frame["y"] < box["y"]
    assert box["y"] + box["height"] < frame["y"] + frame["height"]


def test_the_first_view_is_the_papers_overall_figure(opened: Open) -> None:
    page = opened()
    labels = page.page.locator(".box > .head > .label").all_text_contents()
    assert labels == [
        "Input", "Stem", "4 x Inception-A", "Reduction-A", "7 x Inception-B", "Reduction-B", "3 x Inception-C",
        "Average Pooling", "Dropout (0.2)", "Linear (1000)",
    ]  # fmt: skip
    assert page.page.locator('.box[data-key="reduction_a"] > .head > .extent').text_content() == "1024 × 17 × 17"
    heights = [foot(page, key)[1] for key in boxes(page)]
    assert heights == sorted(heights, reverse=True)  # from bottom to top


def test_a_box_opens_and_closes_in_place(opened: Open) -> None:
    page = opened()
    before, where, below = boxes(page), foot(page, "reduction_a"), foot(page, "stem")
    page.page.dblclick('.box[data-key="reduction_a"] > .head > .shape')
    inside = [key for key in boxes(page) if key.startswith("reduction_a/")]
    assert len(inside) == 6  # arXiv:1602.07261, figure 7: a pool, four convolutions, the concat
    assert page.page.get_attribute('.box[data-key="reduction_a"] > .head', "aria-expanded") == "true"
    assert foot(page, "reduction_a")[1] == pytest.approx(where[1], abs=1)
    assert foot(page, "stem") == pytest.approx(below, abs=1)  # what is below it stays, wherever its entry is
    for key in inside:
        check_inside(page, key, "reduction_a")
    page.page.click('.box[data-key="reduction_a"] > .head > .hit-area')
    assert boxes(page) == before
    assert foot(page, "reduction_a") == pytest.approx(where, abs=1)


def test_a_box_grows_with_what_is_in_it_while_all_below_it_stands_still(opened: Open) -> None:
    page = opened("inception_resnet_v2", reduced_motion="no-preference")
    before = [foot(page, key) for key in ("stem", "input:input")]
    assert page.js("document.getAnimations().length") == 0
    page.js("app.toggle(app.model.find('inception_resnet_a'))")
    times = page.js("(document.getAnimations().forEach((each) => each.pause()), document.getAnimations().length)")
    assert isinstance(times, int)
    assert times > 10
    for time in (20, 110, 200):  # milliseconds of 220
        page.js("document.getAnimations().forEach((each) => { each.currentTime = argument; })", time)
        for key, where in zip(("stem", "input:input"), before, strict=True):
            assert foot(page, key) == pytest.approx(where, abs=1)
        check_inside(page, "inception_resnet_a/residual:add", "inception_resnet_a")


def test_a_tap_on_a_sign_opens_and_a_finger_moves_the_figure(opened: Open) -> None:
    page = opened(size={"width": 375, "height": 720}, has_touch=True)
    page.page.tap('.box[data-key="stem"] > .head > .hit-area')
    assert page.js("app.state.open") == ["stem"]
    page.page.tap('.box[data-key="input:input"] > .head > .shape')
    assert page.js("app.state.selected") == "input:input"
    before = view(page)
    session = page.page.context.new_cdp_session(page.page)
    for kind, points in (
        ("touchStart", [(200, 300)]), ("touchMove", [(210, 320)]), ("touchMove", [(230, 360)]), ("touchEnd", []),
    ):  # fmt: skip
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y} for x, y in points]})
    after = view(page)
    assert (after[0] - before[0], after[1] - before[1]) == pytest.approx((30, 60), abs=12)
    assert page.js("app.state.selected") == "input:input"


def test_branches_stand_in_their_order(opened: Open) -> None:
    page = opened(address="#inception_b/concat:concat")
    first = [f"inception_b/branch{k}_{name}" for k, name in ((1, "avg_pool"), (2, "conv"), (3, "conv1"), (4, "conv1"))]
    places = [foot(page, key)[0] for key in first]
    assert places == sorted(places)


def test_no_two_boxes_overlap_whatever_is_open(opened: Open) -> None:
    page = opened()
    page.page.click("#open-all")
    assert 11 * view(page)[2] >= 9  # pixels: the smallest type is read
    places = page.js("[...app.figure.places].map(([key, place]) => [key, place.x, place.y, place.width, place.height])")
    assert isinstance(places, list)
    assert len(places) > 60
    for place, (key, x, y, width, height) in enumerate(places):
        for other, left, top, wide, high in places[:place]:
            apart = x + width <= left or left + wide <= x or y + height <= top or top + high <= y
            assert apart or key.startswith(f"{other}/"), (key, other)
    page.page.click("#close-all")
    assert len(boxes(page)) == 10


def test_zoom_and_pan_by_wheel_buttons_and_keys(opened: Open) -> None:
    page = opened()
    start = view(page)
    page.page.mouse.move(500, 300)
    page.page.mouse.wheel(0, -300)
    nearer = view(page)
    assert nearer[2] > 1.5 * start[2]
    pane = page.page.locator("#figure").bounding_box()
    assert pane is not None
    at = (500 - pane["x"] - start[0]) / start[2], (300 - pane["y"] - start[1]) / start[2]
    assert (nearer[0] + at[0] * nearer[2], nearer[1] + at[1] * nearer[2]) == pytest.approx(
        (500 - pane["x"], 300 - pane["y"]), abs=1
    )
    page.page.keyboard.down("Shift")
    page.page.mouse.wheel(0, 100)
    page.page.keyboard.up("Shift")
    assert view(page)[0] == pytest.approx(nearer[0] - 100, abs=0.1)
    page.page.click("#fit")
    assert view(page) == pytest.approx(start, abs=0.5)
    page.page.click("#zoom-in")
    assert view(page)[2] == pytest.approx(1.3 * start[2], rel=0.01)
    page.page.keyboard.press("0")
    page.page.keyboard.press("-")
    assert view(page)[2] == pytest.approx(0.8 * start[2], rel=0.01)
    page.page.focus("#figure")
    before = view(page)
    page.page.keyboard.press("Shift+ArrowRight")
    assert view(page)[0] == pytest.approx(before[0] - 60, abs=0.1)


def test_dragging_pans_and_selects_nothing(opened: Open) -> None:
    page = opened()
    before = view(page)
    x, y = foot(page, "stem")
    page.page.mouse.move(x, y - 10)
    page.page.mouse.down()
    page.page.mouse.move(x + 30, y - 10, steps=3)
    page.page.mouse.move(x + 120, y - 50, steps=5)
    page.page.mouse.up()
    after = view(page)
    assert (after[0] - before[0], after[1] - before[1]) == pytest.approx((120, -40), abs=6)
    assert page.js("app.state.selected") is None


def test_two_fingers_zoom(opened: Open) -> None:
    page = opened(has_touch=True)
    before = view(page)
    session = page.page.context.new_cdp_session(page.page)

    def touch(kind: str, *points: tuple[float, float]) -> None:
        fingers = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(points)]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": fingers})

    touch("touchStart", (400, 300), (500, 300))
    for more in range(10, 110, 10):
        touch("touchMove", (400 - more, 300), (500 + more, 300))
    touch("touchEnd")
    assert view(page)[2] == pytest.approx(3 * before[2], rel=0.15)


def test_the_minimap_shows_what_is_in_view_and_moves_it(opened: Open) -> None:
    page = opened()
    assert "idle" in (page.page.get_attribute("#minimap", "class") or "")
    page.page.mouse.move(500, 300)
    page.page.mouse.wheel(0, -500)
    page.page.wait_for_function("document.querySelector('#minimap').getAttribute('class') !== 'idle'")
    before = view(page)
    box = page.page.locator("#minimap").bounding_box()
    assert box is not None
    page.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] - 5)
    after = view(page)
    assert after[1] < before[1] - 100  # the input, at the bottom, has come up
    assert after[2] == before[2]


def test_the_way_from_the_input_is_shown_on_hover(opened: Open) -> None:
    page = opened(address="#inception_c/branch4_conv3")
    page.page.hover('.box[data-key="inception_c/branch4_conv3"] > .head > .shape')
    way = {box.get_attribute("data-key") for box in page.page.query_selector_all(".box.way")}
    assert {"input:input", "stem", "reduction_b", "inception_c/branch4_conv1", "inception_c/branch4_conv2"} <= way
    assert not {"linear", "inception_c/branch1_conv", "inception_c/branch4_branch1_conv"} & way
    assert page.page.locator(".arrow.way").count() == 10  # 6 to the block, 1 into it, 3 in it
    page.page.mouse.move(5, 5)
    assert page.page.locator(".view .way").count() == 0


def test_keys_lead_through_the_figure(opened: Open) -> None:
    page = opened()
    page.page.focus("#figure")
    page.page.keyboard.press("ArrowUp")
    assert page.js("app.state.selected") == "input:input"
    page.page.keyboard.press("ArrowUp")
    assert page.js("app.state.selected") == "stem"
    page.page.keyboard.press("Enter")
    assert page.js("app.state.open") == ["stem"]
    page.page.keyboard.press("ArrowUp")
    assert str(page.js("app.state.selected")).startswith("stem/")
    assert page.js("document.activeElement.parentElement.getAttribute('data-key') === app.state.selected") is True
    page.page.keyboard.press("Escape")
    assert page.js("app.state.selected") == "stem"
    page.page.keyboard.press("Enter")
    assert page.js("app.state.open") == []
    page.page.keyboard.press("?")
    assert page.page.locator("#help").is_visible()
    page.page.keyboard.press("Escape")
    assert not page.page.locator("#help").is_visible()


def test_an_address_leads_to_a_place(opened: Open) -> None:
    page = opened(address="#inception_b/branch3")
    assert page.js("app.state.selected") == "inception_b/branch3"
    selected = [box.get_attribute("data-key") for box in page.page.query_selector_all(".box.selected")]
    assert selected == [f"inception_b/branch3_conv{k}" for k in (1, 2, 3)]
    assert page.page.locator('.box[data-key="inception_b/branch3_conv2"]').is_visible()
    page.page.evaluate("location.hash = '#reduction_a/branch2_conv'")
    page.page.wait_for_selector('.box.selected[data-key="reduction_a/branch2_conv"]')
    page.page.keyboard.press("0")
    page.page.click('.box[data-key="linear"] > .head > .shape')
    assert page.page.evaluate("location.hash") == "#linear"


LONG = """
incspec: 1
name: Long
input: [3, 128, 128]
blocks:
  a: {params: {n: required}, body: [concat: [[1x1 conv n, 3x3 conv n, 7x1 conv 2*n], [3x3 avg_pool, 1x1 conv n]]]}
network:
  - 3x3 conv 32 stride 2
  - 3x3 conv 48
  - 3x3 conv 64
  - 3x3 max_pool stride 2
  - a: {n: 64}
  - a: {n: 72, repeat: 2}
  - 3x3 conv 80 stride 2
  - 3x3 conv 96
  - a: {n: 128, repeat: 3, name: middle}
  - 3x3 conv 112
  - 3x3 conv 128
  - global_avg_pool
  - linear 10
"""


def test_a_long_figure_begins_so_that_it_is_read(opened: Open) -> None:
    page = opened(incspec.load(LONG))
    for size in ({"width": 1440, "height": 900}, {"width": 375, "height": 812}):
        page.page.set_viewport_size(size)
        page.page.wait_for_function("width => document.documentElement.clientWidth === width", arg=size["width"])
        input_, tools, figure, colours = (
            page.page.locator(what).bounding_box()
            for what in ('[data-kind="input"] > .head > .shape', ".figure-tools", "#figure", "#legend")
        )
        assert input_ is not None
        assert tools is not None
        assert figure is not None
        assert 11 * view(page)[2] >= 9  # pixels: the smallest type
        assert figure["x"] <= input_["x"]
        assert input_["y"] + input_["height"] <= figure["y"] + figure["height"]
        assert input_["x"] > tools["x"] + tools["width"]
        assert colours is None or colours["y"] >= figure["y"] + figure["height"]
    assert page.js("app.state.open") == []  # repeats whose turns differ would make it longer still
    assert page.page.locator('.box[data-key="middle"] > .head > .back').is_visible()
    page.page.click("#fit")
    assert view(page)[2] < 0.7


def test_an_address_into_a_repeat_of_unlike_turns_leads_into_the_first(opened: Open) -> None:
    page = opened(incspec.load(LONG), "#middle/branch1")
    assert page.js("app.state.selected") == "middle.0/branch1"
    assert page.page.evaluate("location.hash") == "#middle.0/branch1"
    pre = page.page.locator("#details .excerpt pre").last
    assert "padding=(3, 0)" in pre.inner_text()
    assert pre.evaluate("pre => pre.scrollWidth <= pre.clientWidth")  # nothing of it is cut


@pytest.mark.parametrize("address", ["#no_such/thing", "#%", "#stem/", "#linear/conv"])
def test_an_address_that_leads_nowhere_does_no_harm(opened: Open, address: str) -> None:
    page = opened(address=address)
    assert page.js("app.state.selected") is None
    assert len(boxes(page)) == 10
