"""Speed against torch, torchvision and timm: `python -m tests.benchmarks`, or with the names of specs for those alone.
`python -m tests.benchmarks growth` says how the compiler grows with the network (growth.py), `figures` how long figures take,
`preview` how long a preview takes from a save to the picture (preview.py), `page` how long the page takes in a browser
(page.py; with `--all` of every shipped spec).

All ratios are of alternating runs in one process. Quote the ratios: a machine that does other work at the same time
stretches both sides alike.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeAlias

import pygraphviz
import torch
from torch import nn

import incspec
from incspec.reading.files import shipped_specs
from incspec.runtime.reference import load_reference
from incspec.runtime.weights import load_weights

from .growth import growth
from .page import page
from .preview import preview

Run: TypeAlias = Callable[[], object]
# Each with a reference that draws its weights in the same way.
NETWORKS = {
    "inception_v4_tf": "timm:inception_v4",
    "inception_resnet_v2_tf": "timm:inception_resnet_v2",
    "inception_v3": "torchvision:inception_v3",
    "googlenet_tv": "torchvision:googlenet",
    "zoo/resnet50": "torchvision:resnet50",
    "zoo/densenet121": "torchvision:densenet121",
    "zoo/mobilenet_v2": "torchvision:mobilenet_v2",
    "zoo/convnext_tiny": "torchvision:convnext_tiny",
}


def alternate(ours: Run, theirs: Run, pairs: int) -> tuple[float, float, float]:
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


def show(what: str, ours: Run, theirs: Run, pairs: int, wanted: str) -> None:
    mine, other, ratio = alternate(ours, theirs, pairs)
    print(f"  {what:<42} {mine:7.3f} s {other:7.3f} s   ratio {ratio:5.2f}   wanted {wanted}", flush=True)


def process(*arguments: str) -> Run:
    return lambda: subprocess.run([sys.executable, *arguments], check=True, capture_output=True)


def step(module: nn.Module, x: torch.Tensor) -> None:
    """One training step without an optimizer: forward, backward."""
    module.zero_grad()
    outputs = module(x)
    tensors = (outputs,) if isinstance(outputs, torch.Tensor) else tuple(outputs)
    sum(output.square().sum() for output in tensors).backward()


def command_line() -> None:
    """Processes, from start to end."""
    print("command line")
    import_torch = process("-c", "import torch")
    show(
        "check inception_v4 / import torch",
        process("-m", "incspec", "check", "-q", "inception_v4"),
        import_torch,
        5,
        "<= 0.25",
    )
    everything = [name for name in shipped_specs() if not name.endswith("_posted")]  # those are wrong on purpose
    show(
        f"check all {len(everything)} specs / import torch",
        process("-m", "incspec", "check", "-q", *everything),
        import_torch,
        5,
        "<= 2",
    )


def network(spec: str, against: str) -> None:
    """Building a network, loading somebody else's checkpoint, and running it."""
    print(f"{spec} / {against}")
    model, theirs = incspec.load(spec), load_reference(against, {})
    aux = any(name.lower().startswith("aux") for name, _ in theirs.named_children())
    ours = model.module(aux=aux)
    show("construction", lambda: model.module(aux=aux), lambda: load_reference(against, {}), 5, "<= 1.1")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "checkpoint.pth"
        torch.save(theirs.state_dict(), path)
        show(
            "their checkpoint: mapped, loaded / loaded",
            lambda: load_weights(ours, model, path),
            lambda: theirs.load_state_dict(torch.load(path, weights_only=True)),
            5,
            "<= 1 s",
        )
    x = torch.randn(2, *model.inputs[0].shape)
    with torch.no_grad():
        ours.eval()
        theirs.eval()
        show("forward, a batch of 2", lambda: ours(x), lambda: theirs(x), 7, "0.95 to 1.05")
    ours.train()
    theirs.train()
    show("training step, a batch of 2", lambda: step(ours, x), lambda: step(theirs, x), 5, "0.95 to 1.05")


def figures() -> None:
    """Figures to SVG, laid out, painted and written; beside them, what Graphviz takes for the same boxes and arrows."""
    print("inception_v4 / Graphviz")
    model = incspec.load("inception_v4")
    for what, block, depth, wanted in (
        ("a block, Inception-C, to SVG", "inception_c", None, "<= 0.030 s"),
        ("the whole network, all blocks open, to SVG", None, 0, "<= 0.300 s"),
    ):
        dot = model.draw(block, depth=depth, format="dot").decode()
        ours: Run = partial(model.draw, block, depth=depth)
        show(what, ours, lambda dot=dot: pygraphviz.AGraph(string=dot).draw(format="svg", prog="dot"), 9, wanted)  # type: ignore[misc]


def main() -> None:
    chosen = sys.argv[1:]
    if chosen[:1] == ["growth"]:
        return growth(chosen[1:])
    if chosen[:1] == ["preview"]:
        return preview(chosen[1:])
    if chosen == ["figures"]:
        return figures()
    if chosen[:1] == ["page"]:
        return page(chosen[1:])
    if not chosen:
        command_line()
        figures()
        page()
    for spec in chosen or NETWORKS:
        network(spec, NETWORKS[spec])
    return None


main()
