"""A browser for the tests of the page: Debian's Chromium, driven by Playwright."""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import incspec
from incspec.model import Model

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

ROOT = Path(__file__).parents[2]
APP = ROOT / "incspec" / "page" / "app"
WIDE = {"width": 1440, "height": 900}


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, without a window."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("the page is not tested in a browser: there is no chromium on the path")
    if importlib.util.find_spec("playwright") is None:
        pytest.skip("the page is not tested in a browser: playwright is not installed")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        # Without its sandbox, in which it does not run as root: it shows nothing but our own page. And without a graphics
        # processor, which would be emulated.
        started = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        yield started
        started.close()


@dataclass
class Opened:
    """A page in the browser, and what it did that it must not do."""

    page: Page
    faults: list[str] = field(default_factory=list)

    def js(self, expression: str, argument: object = None) -> object:
        """The value of an expression in which `app` is the page's application."""
        return self.page.evaluate(
            f"async (argument) => {{ const app = await incspec.ready; return {expression}; }}", argument
        )


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str | Model | bytes], Path]:
    """The file of a page: of a shipped network by its name, of a model, or as it is; each is written once."""
    folder, known = tmp_path_factory.mktemp("pages"), dict[object, Path]()

    def write(network: str | Model | bytes) -> Path:
        if network not in known:
            model = incspec.load(network) if isinstance(network, str) else network
            known[network] = folder / f"{len(known)}.html"
            known[network].write_bytes(model if isinstance(model, bytes) else model.page())
        return known[network]

    return write


@pytest.fixture
def opened(browser: Browser, written: Callable[[str | Model | bytes], Path]) -> Iterator[Callable[..., Opened]]:
    """Opens a network's page. At the end, nothing may have been said on the console, nor asked of anything but the file."""
    contexts: list[BrowserContext] = []
    pages: list[Opened] = []

    def open_(
        network: str | Model | bytes = "inception_v4",
        address: str = "",
        *,
        size: dict[str, int] = WIDE,
        **options: object,
    ) -> Opened:
        context = browser.new_context(viewport=size, **{"reduced_motion": "reduce", **options})
        contexts.append(context)
        made = Opened(context.new_page())
        pages.append(made)
        url = written(network).as_uri()

        def asked(where: str) -> None:
            if where != url and not where.startswith((f"{url}#", "data:", "blob:")):
                made.faults.append(f"asked for {where}")

        made.page.on("request", lambda request: asked(request.url))
        made.page.on("console", lambda message: made.faults.append(f"{message.type}: {message.text}"))
        made.page.on("pageerror", lambda error: made.faults.append(f"error: {error}"))
        made.page.goto(url + address)
        made.page.wait_for_selector("html[data-ready]", timeout=20_000)
        return made

    yield open_
    for context in contexts:
        context.close()
    assert [fault for page in pages for fault in page.faults] == []
