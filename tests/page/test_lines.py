"""The figure's geometry in the browser: lines into open boxes are straight, and none runs through a box or a text."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import incspec
from incspec.reading.files import shipped_specs

from .conftest import Opened

Open = Callable[..., Opened]

# What is wrong in the figure as it is drawn, in its own pixels: lines between the edge of an open box and what is in it that
# are not upright, lines in closed boxes or in the texts of open ones, texts in each other or beyond their box.
FAULTS = """() => {
  const scale = document.querySelector(".figure .view").getScreenCTM().a;
  const placed = (selector) => [...document.querySelectorAll(selector)].filter((each) => each.matches("rect") || each.textContent)
    .map((each) => ({ key: each.closest(".box").dataset.key, place: each.getBoundingClientRect() }));
  const closed = placed(".box:not(.open) > .head > .shape"), titles = placed(".box.open > .head > text");
  const within = (point, { left, right, top, bottom }, margin) =>
    point.x > left + margin && point.x < right - margin && point.y > top + margin && point.y < bottom - margin;
  const found = [];
  for (const line of document.querySelectorAll(".figure .arrow")) {
    const of = line.closest(".box")?.dataset.key ?? "";
    if (line.dataset.way && line.getBBox().width > 0.6) found.push(`${of}: line ${line.dataset.way} is not straight`);
    const reach = line.getBoundingClientRect(), near = (place) =>
      place.left < reach.right + scale && place.right > reach.left - scale && place.top < reach.bottom + scale && place.bottom > reach.top - scale;
    const [passed, beside] = [closed, titles].map((all) => all.filter(({ place }) => near(place)));
    if (!passed.length && !beside.length) continue;
    const length = line.getTotalLength(), steps = Math.max(8, Math.ceil(length / 6)), matrix = line.getScreenCTM();
    const points = Array.from({ length: steps + 1 }, (_, step) => line.getPointAtLength((length * step) / steps).matrixTransform(matrix));
    for (const { key, place } of passed) if (points.some((point) => within(point, place, 2 * scale))) found.push(`${of}: a line through ${key}`);
    for (const { key, place } of beside) if (points.some((point) => within(point, place, -2 * scale))) found.push(`${of}: a line on the text of ${key}`);
  }
  for (const head of document.querySelectorAll(".box > .head")) {
    const key = head.parentElement.dataset.key, frame = head.querySelector(".shape").getBoundingClientRect();
    const [title, extent] = [...head.querySelectorAll("text")].map((text) => text.textContent ? text.getBoundingClientRect() : null);
    for (const text of [title, extent]) if (text && (text.left < frame.left || text.right > frame.right)) found.push(`${key}: a text beyond it`);
    if (extent && head.parentElement.classList.contains("open") && title.right > extent.left) found.push(`${key}: a text on its title`);
  }
  return found;
}"""

# Branches with an entry that is not in the middle, shortcuts at the side, two inputs and narrow frames.
SAMPLE = ("inception_v4", "inception_resnet_v2", "zoo/unet")


@pytest.mark.parametrize(
    "names", [SAMPLE, pytest.param(tuple(shipped_specs()), marks=pytest.mark.nightly)], ids=["some", "all"]
)
def test_lines_are_straight_and_clear_of_boxes_and_texts(opened: Open, names: tuple[str, ...]) -> None:
    """With one block open, with two, with all, and with all that is in them."""
    page = opened("inception_v4")
    for name in names:
        try:
            document = incspec.load(name).page_document()
        except incspec.CompileError:
            continue  # it is wrong on purpose
        page.page.evaluate("(shown) => incspec.show(shown)", document)
        blocks = page.js(
            "(() => { const spots = app.model.children(null).filter((spot) => app.model.opens(spot));"
            " return [spots[spots.length >> 1], spots[0]].filter(Boolean).map(({ key }) => key); })()"
        )
        assert isinstance(blocks, list)
        for key in blocks:
            page.js("app.toggle(app.model.find(argument))", key)
            assert page.page.evaluate(FAULTS) == [], (name, key)
        for depth in range(1, 3):
            page.page.click("#open-all")
            assert page.page.evaluate(FAULTS) == [], (name, depth)
        page.page.click("#close-all")


WRONG = {  # attributes of what a selector finds, and what is told of them
    ".box[data-key=stem] [data-way]": ("d", "M0,0C9,9 9,9 30,30", "stem: line i0 is not straight"),
    ".box[data-key=stem] .box:not(.open) > .head > .label": ("x", "900", ": a text beyond it"),
    ".box[data-key=stem] > .head > .extent": ("x", "60", "stem: a text on its title"),
    ".figure .level > .arrows > .arrow": ("d", "M0,-900L300,2100", ": a line through"),
}


def test_what_is_wrong_with_lines_and_texts_is_seen(opened: Open) -> None:
    page = opened("inception_v4")
    page.js("app.toggle(app.model.find('stem'))")
    assert page.page.evaluate(FAULTS) == []
    for selector, (name, value, _) in WRONG.items():
        page.js("document.querySelector(argument[0]).setAttribute(argument[1], argument[2])", [selector, name, value])
    found = page.page.evaluate(FAULTS)
    assert [told for *_, told in WRONG.values() if not any(told in fault for fault in found)] == []


def test_a_block_stands_with_its_entry_on_the_line_that_leads_to_it(opened: Open) -> None:
    """The layers before and behind stay where they are when a block opens whose entry is at its side."""
    page = opened("inception_resnet_v2")

    def middle(key: str) -> float:
        box = page.page.locator(f'.box[data-key="{key}"] > .head > .shape').bounding_box()
        assert box is not None
        return box["x"] + box["width"] / 2

    page.js("app.toggle(app.model.find('inception_resnet_a'))")
    inside = middle("inception_resnet_a/residual:add")
    assert middle("stem") == pytest.approx(inside, abs=0.5)
    assert middle("reduction_a") == pytest.approx(inside, abs=0.5)
    assert abs(middle("inception_resnet_a") - inside) > 50  # its frame is not in the middle
