"""How long the page takes in Chromium: its first view, opening a box, another size of the input.

`python -m tests.benchmarks page` for some specs and a chain of 5,000 layers, with their names for others, with `--all` for
every shipped spec.
"""

from __future__ import annotations

import shutil
import statistics
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import incspec
from incspec.model import Model
from incspec.reading.files import shipped_specs

NAMES = ("inception_v4", "googlenet", "inception_resnet_v2", "zoo/densenet121", "zoo/unet")
TURNS = 7
# Until the browser has painted what came of an action.
_TIMED = """async ([what, argument]) => {
  const app = await incspec.ready;
  const actions = {
    toggle: () => app.toggle(app.model.find(argument)),
    size: () => {
      app.model.choose(app.model.stated.map((shape) => [shape[0], ...shape.slice(1).map((n) => n + argument)]));
      app.resized();
    },
  };
  const start = performance.now();
  actions[what]();
  const done = performance.now();
  await new Promise((painted) => requestAnimationFrame(() => setTimeout(painted)));
  return [done - start, performance.now() - start];
}"""


def page(options: Sequence[str] = ()) -> None:
    """Print the medians, in milliseconds: of the work alone, and until it is painted."""
    from playwright.sync_api import Browser, sync_playwright

    def measure(browser: Browser, name: str, model: Model, folder: Path) -> None:
        path = folder / f"{name.replace('/', '_')}.html"
        path.write_bytes(model.page())
        first, opened, sized = [], [], []
        for _ in range(TURNS):
            shown = browser.new_page(viewport={"width": 1440, "height": 900})
            shown.goto(path.as_uri())
            shown.wait_for_selector("html[data-ready]")
            first.append([shown.evaluate("performance.getEntriesByName('incspec-ready')[0].startTime")] * 2)
            shown.wait_for_timeout(1500)  # until the engine has started
            blocks = shown.evaluate(
                "incspec.ready.then((app) => app.model.children(null).filter((spot) => app.model.opens(spot)).map(({key}) => key))"
            )
            for block in blocks:
                opened.append(shown.evaluate(_TIMED, ["toggle", block]))
                shown.evaluate(_TIMED, ["toggle", block])
            sized += [shown.evaluate(_TIMED, ["size", more]) for more in (32, 64, 0)]
            shown.close()
        told = "   ".join(
            f"{what} {_median(times)}" for what, times in (("first view", first), ("open", opened), ("size", sized))
        )
        print(f"  {name:<22} {path.stat().st_size / 1e6:.2f} MB   {told}", flush=True)

    print("page, in ms: the work / until it is painted; wanted: 1000, 100, 100")
    program = shutil.which("chromium")
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        for name in shipped_specs() if "--all" in options else options or NAMES:
            with suppress(incspec.CompileError):  # some of the posted ones are refused, as they should be
                measure(browser, name, incspec.load(name), Path(folder))
        layers = "\n".join("  - 3x3 conv 8" for _ in range(5000))
        long = Path(folder) / "long.yaml"
        long.write_text(f"incspec: 1\nname: Long\ninput: [8, 64, 64]\nnetwork:\n{layers}\n", encoding="utf-8")
        measure(browser, "5,000 layers", incspec.load(long), Path(folder))
        browser.close()


def _median(times: Sequence[Sequence[float]]) -> str:
    if not times:
        return "-"
    work, painted = (statistics.median(column) for column in zip(*times, strict=True))
    return f"{work:.0f} / {painted:.0f} (most {max(each[1] for each in times):.0f})"
