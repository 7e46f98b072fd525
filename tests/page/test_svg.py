"""Figures as a browser shows them: the font that they carry is what is seen, and text is where it was measured to be."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import incspec
from incspec.backends.figures.render import render
from incspec.pictures import Look, figures_of, style_of

if TYPE_CHECKING:
    from playwright.sync_api import Browser

# Per text: its words, its own width without help, the width that is said, and how far it sticks out of its box.
MEASURE = """
async () => {
    await document.fonts.ready;
    const found = [];
    for (const text of document.querySelectorAll("text")) {
        const said = Number(text.getAttribute("textLength"));
        text.removeAttribute("textLength");
        const own = text.getComputedTextLength();
        const rect = text.parentNode.querySelector("rect"), a = text.getBBox(), b = rect && rect.getBBox();
        const inside = b && a.x < b.x + b.width && a.x + a.width > b.x && a.y < b.y + b.height && a.y + a.height > b.y;
        const out = inside ? Math.max(b.x - a.x, a.x + a.width - b.x - b.width) : 0;
        found.push([text.textContent, own, said, out]);
    }
    return [found, document.fonts.size, [...document.fonts].every((font) => font.status === "loaded")];
}
"""


@pytest.mark.parametrize("style", ["paper-2016", "print", "slide", "dark"])
def test_text_in_a_browser_is_as_wide_as_it_was_measured_and_in_its_box(
    browser: Browser, tmp_path: Path, style: str
) -> None:
    network, look = incspec.load("inception_v4").network, Look(style, show=("shape", "macs"))
    drawn_in = style_of(network, look)
    page = browser.new_page()
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    for plate in figures_of(network, look, drawn_in):
        path = tmp_path / f"{plate.name}.svg"
        path.write_bytes(render(plate, "svg", style=drawn_in))
        page.goto(path.as_uri())
        texts, fonts, loaded = page.evaluate(MEASURE)
        assert (fonts, loaded) == (1, True)
        assert [text for text in texts if abs(text[1] - text[2]) > 0.01 * text[2] + 0.05] == []
        assert [text for text in texts if text[3] > 0] == []
    assert [url for url in requests if not url.startswith(("file:", "data:font/otf"))] == []
    page.close()
