"""Speed against torch and timm: `python -m tests.benchmarks`. All ratios are of alternating runs in one process.

Quote the ratios: a machine that does other work at the same time stretches both sides alike.
"""

from __future__ import annotations

import functools
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import torch
from torch import nn

import incspec

sys.path.insert(0, str(Path(__file__).parent.parent))
from references import copy_in_order, timm_inception_v4


def alternate(ours: Callable[[], object], theirs: Callable[[], object], pairs: int) -> tuple[float, float, float]:
    """The median seconds of each, and the median of the ratios pair by pair; one pair first warms both up."""
    seconds: list[tuple[float, float]] = []
    for pair in range(pairs + 1):
        timed = []
        for run in (ours, theirs):
            start = time.perf_counter()
            run()
            timed.append(time.perf_counter() - start)
        if pair:
            seconds.append((timed[0], timed[1]))
    mine, other = (statistics.median(column) for column in zip(*seconds, strict=True))
    return mine, other, statistics.median(a / b for a, b in seconds)


def show(what: str, result: tuple[float, float, float], wanted: str) -> None:
    mine, other, ratio = result
    print(f"{what:<44} {mine:8.3f} s {other:8.3f} s   ratio {ratio:.3f}   wanted {wanted}", flush=True)


def process(*arguments: str) -> Callable[[], object]:
    return lambda: subprocess.run([sys.executable, *arguments], check=True, capture_output=True)


def step(module: nn.Module, x: torch.Tensor) -> None:
    """One training step without an optimizer: forward, backward."""
    module.zero_grad()
    module(x).square().sum().backward()


def main() -> None:
    root = Path(__file__).parent.parent.parent
    check = process("-m", "incspec", "check", "-q", str(root / "specs/inception_v4.yaml"))
    show("check, cold / import torch", alternate(check, process("-c", "import torch"), 10), "<= 0.25")

    build = functools.partial(incspec.load("inception_v4_tf", params={"dropout": 0}).module, aux=False)
    show("module() / timm's construction", alternate(build, timm_inception_v4, 10), "<= 1.1")

    ours, theirs = build(), timm_inception_v4()
    copy_in_order(theirs, ours)
    x = torch.randn(2, 3, 299, 299)
    with torch.no_grad():
        ours.eval()
        theirs.eval()
        show("forward, batch 2 at 299 / timm's", alternate(lambda: ours(x), lambda: theirs(x), 20), "0.95 to 1.05")
    ours.train()
    theirs.train()
    steps = alternate(lambda: step(ours, x), lambda: step(theirs, x), 20)
    show("training step, batch 2 at 299 / timm's", steps, "0.95 to 1.05")


main()
