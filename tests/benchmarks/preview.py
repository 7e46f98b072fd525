"""How long a preview takes from a save to the picture: `python -m tests.benchmarks preview`, with `--saves 100`.

A real browser shows Inception-v4. The number of classes is changed in the file, and the time is taken until the box of the
last layer says so, on the screen.
"""

from __future__ import annotations

import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from incspec.reading.files import shipped_specs

CHROMIUM = "chromium"
LOST = 5_000.0  # milliseconds
PAUSE = 700.0  # between two saves, in which the rest of the page follows the figure


def preview(arguments: list[str]) -> None:
    """Print the median and the longest time, and how many saves were never shown."""
    from playwright.sync_api import TimeoutError as NotShown
    from playwright.sync_api import sync_playwright

    saves = int(arguments[arguments.index("--saves") + 1]) if "--saves" in arguments else 100
    text = shipped_specs()["inception_v4"].read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        spec = Path(folder, "net.yaml")
        # What is expected of the whole is of 1,000 classes.
        text = text[: text.rindex("\nexpect:")] + "\n"
        spec.write_text(text, encoding="utf-8")
        command = [sys.executable, "-m", "incspec", "preview", spec.name]
        server = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        try:
            assert server.stdout is not None
            url = re.search(r"http://\S+", server.stdout.readline())
            assert url is not None
            browser = playwright.chromium.launch(executable_path=shutil.which(CHROMIUM), args=["--no-sandbox"])
            page = browser.new_page()
            page.goto(url[0])
            page.wait_for_selector("html[data-ready=true]")
            page.wait_for_timeout(1_000)
            taken, lost = [], 0
            for number in range(saves):
                classes = 1_001 + number
                begun = time.perf_counter()
                spec.write_text(text.replace("classes: 1000", f"classes: {classes}"), encoding="utf-8")
                try:
                    page.wait_for_function(
                        "(label) => document.querySelector('#figure')?.textContent.includes(label)",
                        arg=f"Linear ({classes})",
                        timeout=LOST,
                    )
                except NotShown:
                    lost += 1
                    continue
                taken.append((time.perf_counter() - begun) * 1_000)
                page.wait_for_timeout(PAUSE)
            browser.close()
        finally:
            server.terminate()
            server.wait()
    print(
        f"preview: {saves} saves, {lost} lost; to the picture {statistics.median(taken):.0f} ms in the median,", end=""
    )
    print(f" {max(taken):.0f} ms at most (wanted 200, none lost)")
