"""The page as a file: it stands by itself, whatever is in the network; it can be used by all, and shows newer documents."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest

import incspec
from incspec.model import Model
from incspec.page.document import Document
from incspec.page.html import page as page_of
from incspec.page.rules import Json
from incspec.page.told import refused
from incspec.reading.files import shipped_specs

from .conftest import APP, ROOT, Opened

Open = Callable[..., Opened]

HOSTILE = """</script><script>document.title = 'taken'</script><!-- & "quotes" \\\\ ]]> \u2028"""


def model_of(text: str, folder: Path, name: str = "net.yaml") -> Model:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return incspec.load(path)


class Parts(HTMLParser):
    """The elements of a page that could load something, and the texts in scripts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.scripts: list[str] = []
        self.inside = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href", "data", "action")]
        self.inside = tag == "script"
        if self.inside:
            self.scripts.append("")

    def handle_endtag(self, tag: str) -> None:
        self.inside = False

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.scripts[-1] += data


@pytest.mark.parametrize("name", ["inception_v4", "googlenet", "zoo/densenet121"])
def test_the_page_is_one_small_file_that_names_no_other(name: str) -> None:
    data = incspec.load(name).page()
    assert len(data) < 1_500_000
    parts = Parts(data.decode())
    assert parts.addresses == []
    assert len(parts.scripts) == 2
    assert json.loads(parts.scripts[0])["name"] == incspec.load(name).name


def test_the_page_is_the_same_every_time() -> None:
    assert incspec.load("googlenet").page() == incspec.load("googlenet").page()


# With heads, residuals, letters and words; with splits, three axes and one, skips, dense blocks, and weights for one size.
SAMPLE = (
    "googlenet",
    "inception_resnet_v2",
    "tutorials/t2_simple_inception",
    "zoo/efficientnet_b0",
    "zoo/i3d",
    "zoo/unet",
)


@pytest.mark.parametrize(
    "names", [SAMPLE, pytest.param(tuple(shipped_specs()), marks=pytest.mark.nightly)], ids=["some", "all"]
)
def test_shipped_specs_have_pages(opened: Open, names: tuple[str, ...]) -> None:
    """Each is drawn with all boxes open, and computes the counts that the compiler has."""
    page, shown = opened("inception_v4"), 0
    for name in names:
        try:
            model = incspec.load(name)
        except incspec.CompileError:
            continue
        page.page.evaluate("(shown) => incspec.show(shown)", model.page_document())
        state = page.js("app.state")
        assert isinstance(state, dict)
        assert state["fine"] is True
        assert (state["total"]["params"], state["total"]["macs"]) == (model.params, model.macs), name
        assert state["total"]["bytes"] == model.report().total.activation_bytes
        page.page.click("#open-all")
        places = page.js("[...app.figure.places.values()].every((place) => Number.isFinite(place.x + place.y))")
        assert places is True
        page.page.click("#close-all")
        shown += 1
    assert shown > len(names) * 3 / 4  # some are wrong on purpose


@pytest.mark.parametrize("count", [1000, pytest.param(5000, marks=pytest.mark.nightly)])
def test_a_long_network_is_folded_into_sections(opened: Open, tmp_path: Path, count: int) -> None:
    layers = "\n".join("  - 3x3 conv 8" for _ in range(count))
    model = model_of(f"incspec: 1\nname: Long\ninput: [8, 64, 64]\nnetwork:\n{layers}\n", tmp_path)
    page = opened(model)
    labels = page.page.locator(".box > .head > .label").all_text_contents()
    assert labels[1] == {1000: "steps 1–25", 5000: "steps 1–625"}[count]
    assert len(labels) <= 42
    page.js("app.select(app.model.find('conv600'), true)")
    assert page.page.locator('.box.selected[data-key="conv600"]').count() == 1
    assert page.page.locator(".box").count() < 100
    assert page.js("app.model.total().params") == model.params


@pytest.mark.parametrize("count", [200, pytest.param(1000, marks=pytest.mark.nightly)])
def test_a_merge_of_many_branches_is_folded(opened: Open, tmp_path: Path, count: int) -> None:
    branches = ", ".join(["[1x1 conv 1]"] * count)
    text = f"incspec: 1\nname: Wide\ninput: [3, 8, 8]\nblocks:\n  wide:\n    body:\n      - concat: [{branches}]\nnetwork: [wide]\n"
    page = opened(model_of(text, tmp_path))
    page.js("app.toggle(app.model.find('wide'))")
    labels = page.page.locator(".box > .head > .label").all_text_contents()
    assert "branches 1–25" in labels
    assert page.page.locator('.box[data-key="wide"] .box').count() == count / 25 + 1
    section = page.page.locator(".box[data-kind=section]").first.get_attribute("data-key")
    page.js("app.toggle(app.model.find(argument))", section)
    assert page.page.locator(f'.box[data-key="{section}"] .box').count() == 25


def test_no_text_of_a_spec_can_leave_its_place(opened: Open, tmp_path: Path) -> None:
    quoted = json.dumps(HOSTILE)
    text = (
        f"incspec: 1\n# {HOSTILE.replace(chr(0x2028), '')}\nname: {quoted}\ninput: [3, 8, 8]\nnetwork: [1x1 conv 4]\n"
    )
    page = opened(model_of(text, tmp_path))
    assert page.page.locator("#name").text_content() == HOSTILE.replace("\\\\", "\\\\")
    assert page.page.evaluate("document.title") != "taken"
    assert page.page.locator("script").count() == 2
    page.page.click("#tab-source")
    assert "</script><script>" in page.page.locator(".pane .code").first.inner_text()


def test_names_in_any_script_are_shown(opened: Open, tmp_path: Path) -> None:
    page = opened(model_of("incspec: 1\nname: 初期 モデル 🏗\ninput: [3, 8, 8]\nnetwork: [1x1 conv 4]\n", tmp_path))
    assert page.page.locator("#name").text_content() == "初期 モデル 🏗"


# --- for all


def axe() -> str:
    program = APP / "node_modules" / "axe-core" / "axe.min.js"
    if not program.exists():
        pytest.skip(f"accessibility is not tested: `npm ci` has not been run in {APP.relative_to(ROOT)}")
    return program.read_text(encoding="utf-8")


# What a page has of GoogLeNet, once: blocks, branches, repeats, notes, a paper, an auxiliary head.
SMALL = """incspec: 1
name: GoogLeNet, in small
paper: {title: Going Deeper with Convolutions, arxiv: "1409.4842", figure: 3}
input: [3, 32, 32]
defaults: {conv: {act: relu}}
blocks:
  inception:
    params: {n: required}
    figure: 2(b)
    note: Two branches of four.
    body:
      - concat: [[1x1 conv n], [1x1 conv n, 3x3 conv 2*n]]
network:
  - 3x3 conv 8 stride 2   # one line is enough
  - lrn
  - inception: {name: inception_3a, n: 8, repeat: 2}
  - residual: [3x3 conv in]
  - 8x8 avg_pool V
  - global_avg_pool
  - dropout: {p: 0.4}
  - linear: {out: 10}
aux:
  aux1: {from: inception_3a, weight: 0.3, body: [global_avg_pool, linear: {out: 10}]}
"""

WRONG: dict[str, Json] = {
    "name": "googlenet",
    "diagnostics": [
        {
            "severity": "error",
            "code": "unknown-op",
            "message": "there is no op `cnov`",
            "labels": [
                {"text": 0, "file": "googlenet.yaml", "line": 2, "column": 7, "after": 11, "says": "no `op`"},
                {"text": 0, "file": "googlenet.yaml", "line": 1, "column": 1, "after": 3, "says": "another"},
            ],
            "notes": ["in block `a`"],
            "help": "did you mean `conv`?",
        }
    ],
    "texts": [{"name": "googlenet.yaml", "language": "yaml", "text": "- 1x1 conv 4\n- 3x3 cnov 4 # no\n"}],
}


@pytest.mark.parametrize(
    "size", [{"width": 1440, "height": 900}, {"width": 375, "height": 720}], ids=["wide", "narrow"]
)
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("network", ["small", pytest.param("googlenet", marks=pytest.mark.nightly)])
def test_axe_finds_no_violation(opened: Open, tmp_path: Path, network: str, scheme: str, size: dict[str, int]) -> None:
    program, model = axe(), model_of(SMALL, tmp_path, "googlenet.yaml") if network == "small" else incspec.load(network)
    page = opened(model, "#inception_3a/branch2", size=size, color_scheme=scheme, bypass_csp=True)
    page.page.evaluate(program)
    run = "async () => (await axe.run()).violations.map((found) => [found.id, found.nodes.map((node) => [node.html, node.failureSummary])])"
    assert page.page.evaluate(run) == []
    page.page.select_option("#colour", "params")
    page.page.click("#tab-source")
    page.page.fill("input[type=number]", "13")
    page.page.fill("#search", "conv")
    assert page.page.evaluate(run) == []
    page.page.keyboard.press("Escape")
    page.page.evaluate("(shown) => incspec.show(shown)", WRONG)
    page.page.click(".diagnostic button")
    assert page.page.evaluate(run) == []
    page.page.click("#help-button")
    assert page.page.evaluate(run) == []


# --- newer documents


def test_a_newer_document_takes_the_place_of_the_last(opened: Open, tmp_path: Path) -> None:
    text = (ROOT / "specs" / "inception_v4.yaml").read_text(encoding="utf-8")
    page = opened(model_of(text, tmp_path), "#inception_a/branch2_conv")
    page.page.keyboard.press("+")
    scale = page.js("app.viewport.view.scale")
    page.page.fill("input[type=number]", "331")
    changed = model_of(text.replace("3x3 avg_pool, 1x1 conv 96", "3x3 max_pool, 1x1 conv 96"), tmp_path, "other.yaml")
    page.page.evaluate("(shown) => incspec.show(shown)", changed.page_document())
    assert (
        page.page.locator('.box[data-key="inception_a/branch1_max_pool"] > .head > .label').text_content()
        == "3x3 MaxPool"
    )
    assert page.js("app.state.open") == ["inception_a"]
    assert page.js("app.state.selected") == "inception_a/branch2_conv"
    assert page.js("app.viewport.view.scale") == scale
    assert page.page.locator('.box[data-key="stem"] > .head > .extent').text_content() == "384 × 39 × 39"


def test_a_size_that_the_newer_network_takes_is_not_refused_any_more(opened: Open, tmp_path: Path) -> None:
    text = "incspec: 1\nname: N\ninput: [3, 32, 32]\nnetwork:\n  - 1x1 conv 4\n  - 9x9 conv 4 V\n"
    page = opened(model_of(text, tmp_path))
    page.page.fill("input[type=number]", "8")
    assert "9x9 Conv (4 V) gets 4 × 8 × 8" in page.page.locator("#size-status").inner_text()
    newer = model_of(text.replace("9x9", "7x7"), tmp_path, "newer.yaml")
    page.page.evaluate("(shown) => incspec.show(shown)", newer.page_document())
    assert not page.page.locator("#size-status").is_visible()
    assert page.page.locator(".box[data-key=conv2] > .head > .extent").text_content() == "4 × 2 × 2"
    page.page.evaluate("(shown) => incspec.show(shown)", model_of(text, tmp_path, "again.yaml").page_document())
    assert page.page.locator("#size-status").is_visible()


def test_a_sketch_changes_the_figure_alone(opened: Open, tmp_path: Path) -> None:
    """What a preview sends first; the rest of the page is the last document's until the next one is there."""
    text = (ROOT / "specs" / "inception_v4.yaml").read_text(encoding="utf-8")
    page = opened(model_of(text, tmp_path), "#inception_a/branch2_conv")
    page.page.fill("input[type=number]", "331")
    before = page.page.locator("#details").inner_text()
    changed = model_of(text.replace("3x3 avg_pool, 1x1 conv 96", "3x3 max_pool, 1x1 conv 96"), tmp_path, "other.yaml")
    box = page.page.locator('.box[data-key="inception_a/branch1_max_pool"] > .head')
    page.page.evaluate("(shown) => incspec.show(shown)", Document(changed.compiled).sketch())
    assert box.locator(".label").text_content() == "3x3 MaxPool"
    assert page.page.locator('.box[data-key="stem"] > .head > .extent').text_content() == "384 × 39 × 39"
    assert page.page.locator("#details").inner_text() == before
    assert page.page.locator(".pane").count() in (0, 2)  # no source was lost
    # What is of the new network alone is known with its document: until then a click on it does no harm.
    box.click()
    assert page.js("app.state.selected") is None
    page.page.evaluate("(shown) => incspec.show(shown)", changed.page_document())
    box.click()
    assert page.js("app.state.selected") == "inception_a/branch1_max_pool"


def test_mistakes_stand_beside_the_last_good_figure(opened: Open, tmp_path: Path) -> None:
    text = (ROOT / "specs" / "inception_v4.yaml").read_text(encoding="utf-8")
    model = model_of(text, tmp_path, "inception_v4.yaml")
    page = opened(model)
    # A line more above it: what is marked stands elsewhere than it did in the last good text.
    wrong = "# new\n" + text.replace("[3x3 conv n stride 2 V]", "[3x3 conv n]")
    page.page.evaluate("(shown) => incspec.show(shown)", refused_of(wrong, tmp_path / "inception_v4.yaml"))
    message = page.page.locator(".diagnostic").inner_text()
    assert "concat-shape-mismatch" in message
    assert "this branch is 384x35x35" in message
    assert "note in block reduction_a" in message
    assert "`" not in message
    assert "stride 2 V" in page.page.locator(".diagnostic .remark code").all_inner_texts()
    assert [box.get_attribute("data-key") for box in page.page.query_selector_all(".box.faulty")] == ["reduction_a"]
    assert page.page.locator(".box").count() == 10  # the last good figure
    page.js("app.toggle(app.model.find('reduction_a'))")
    faulty = [box.get_attribute("data-key") for box in page.page.query_selector_all(".box.faulty")]
    assert faulty == ["reduction_a/branch2_conv"]  # what is seen of it now
    page.js("app.toggle(app.model.find('reduction_a'))")
    assert [box.get_attribute("data-key") for box in page.page.query_selector_all(".box.faulty")] == ["reduction_a"]
    assert "stale" in (page.page.get_attribute("body", "class") or "")
    page.js("app.viewport.pan(0, 2000)")  # away from the figure
    page.page.click(".diagnostic button")
    assert page.js("app.viewport.view.y") != pytest.approx(2000, abs=500)  # the box it is about has come into view
    marked = page.page.locator(".pane").first.locator(".line.current")
    line = next(k for k, line in enumerate(wrong.splitlines()) if "[3x3 conv n]" in line)
    assert marked.locator("code").inner_text() == wrong.splitlines()[line]
    assert marked.locator(".line-number").inner_text() == str(line + 1)
    assert "".join(marked.locator("mark").all_inner_texts()) == "conv"
    assert marked.locator(".said").inner_text() == "this branch is 384x35x35"
    assert page.page.locator(".line mark[data-severity=other]").count() == 1
    # Both texts are linked with the last good figure as before.
    page.page.locator(".line code", has_text="3x3 conv m stride 2 V").click()
    assert str(page.js("app.state.selected")).startswith("reduction_a/branch3")
    page.page.evaluate("(shown) => incspec.show(shown)", model.page_document())
    assert page.page.locator(".diagnostic").count() == 0
    assert page.page.locator(".box.faulty").count() == 0
    assert page.page.locator(".line mark").count() == 0


def test_a_spec_that_begins_with_mistakes_is_shown_in_the_style_of_the_page(opened: Open, tmp_path: Path) -> None:
    text = "incspec: 1\nname: New\ninput: [3, 8, 8]\nnetwork:\n  - 3x3 cnov 4\n"
    page = opened(page_of(refused_of(text, tmp_path / "new.yaml")), color_scheme="dark", bypass_csp=True)
    assert page.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(20, 23, 26)"
    assert "unknown-op" in page.page.locator(".diagnostic").inner_text()
    assert page.page.locator(".line mark").inner_text() == "cnov"
    page.page.evaluate(axe())
    assert page.page.evaluate("async () => (await axe.run()).violations.map((found) => found.id)") == []


def refused_of(text: str, path: Path) -> dict[str, Json]:
    """What a preview tells of a text with mistakes."""
    path.write_text(text, encoding="utf-8")
    with pytest.raises(incspec.CompileError) as error:
        incspec.load(path)
    found = error.value.diagnostics
    assert found[0].primary is not None
    return refused(path.name, found, [found[0].primary.span.source])


def test_a_page_with_an_address_for_events_follows_them(tmp_path: Path, browser: object) -> None:
    """A server on this machine serves the page and sends one document; the page says when it is gone."""
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
    from threading import Thread

    data = incspec.load("googlenet").page(events="/events")
    newer = json.dumps(incspec.load("inception_v4").page_document())

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            events = self.path == "/events"
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream" if events else "text/html")
            self.end_headers()
            self.wfile.write(f"retry: 50\ndata: {newer}\n\n".encode() if events else data)
            while events and server.socket.fileno() >= 0:
                time.sleep(0.02)

        def log_message(self, *_: object) -> None:
            pass

    def serve(port: int) -> ThreadingHTTPServer:
        made = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        made.block_on_close = False
        Thread(target=made.serve_forever, args=(0.02,), daemon=True).start()
        return made

    def end() -> None:
        server.shutdown()
        server.server_close()

    server = serve(0)
    port = server.server_port
    page = browser.new_page()  # type: ignore[attr-defined]
    try:
        page.goto(f"http://127.0.0.1:{port}/")
        page.wait_for_selector('.box[data-key="inception_a"]')
        assert page.title().startswith("Inception-v4")
        assert not page.locator("#ended").is_visible()
        end()
        page.wait_for_selector("#ended:not([hidden])")
        assert page.locator("#ended").inner_text() == "The preview has ended; run incspec preview again."
        server = serve(port)
        page.wait_for_selector("#ended", state="hidden")
    finally:
        page.close()
        end()


# --- how it is made


def test_the_committed_script_and_style_are_what_the_source_is_bundled_to(tmp_path: Path) -> None:
    if shutil.which("node") is None or not (APP / "node_modules").exists():
        pytest.skip(
            f"the page's script is not bundled anew: node is missing, or `npm ci` has not been run in {APP.relative_to(ROOT)}"
        )
    subprocess.run(["npm", "run", "--silent", "check"], cwd=APP, check=True, timeout=120)
    subprocess.run(["node", "build.mjs", str(tmp_path)], cwd=APP, check=True, timeout=120)
    committed = ROOT / "incspec" / "page" / "assets"
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(path.name for path in committed.iterdir())
    for path in tmp_path.iterdir():
        assert path.read_bytes() == (committed / path.name).read_bytes(), path.name
