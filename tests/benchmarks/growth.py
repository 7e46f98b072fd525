"""How the compiler grows with the network: `python -m tests.benchmarks growth`, with `--most 100000` for the largest.

Chains, wide merges, deep nests, dense graphs and one repeated block, of 10 to 10,000 layers: the seconds of each pass and
the peak memory of a whole check, each in a process of its own, and the exponent that fits from 1,000 layers up. Layers
are counted as `summary` counts them, merges too: a dense graph of 10,000 has 5,000 convolutions. Seconds are those of the
processor, since others may work at the same time. Beside it torch's forward on the meta device, torchinfo and torchview
on the same network, where it is small enough for them.

A dense graph has a number of edges that grows with the square of its layers; here each layer reads the last sixteen,
as the blocks of a DenseNet end, so that what is written grows as the layers do.
"""

from __future__ import annotations

import json
import math
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import incspec
from incspec import pipeline
from incspec.limits import Limits

HEAD = "incspec: 1\nname: N\ninput: [8, 16, 16]\n"
BLOCK = "blocks:\n  b:\n    body:\n      - concat: [[1x1 conv 4], [1x1 conv 4, 3x3 conv 4]]\n"
LIMITS = Limits(bytes=2**30, values=10**8, steps=10**8, repeat=10**8, ops=10**9)
PASSES = ("link", "desugar", "validate", "resolve", "elaborate", "infer", "lint")
THEIRS = 1_000  # layers; beyond, theirs take minutes, or end in Python's limit on recursion


def chain(layers: int) -> str:
    return f"{HEAD}network:\n" + "  - 3x3 conv 8\n" * layers


def wide(layers: int) -> str:
    return f"{HEAD}network:\n  - concat:\n" + "      - [1x1 conv 2]\n" * layers


def deep(layers: int) -> str:
    """Residuals in residuals, ten deep, one such nest after the other: ten convolutions and nine sums."""
    nest = "3x3 conv 8"
    for level in range(9):
        nest = f"residual: [3x3 conv 8, {nest if level == 0 else f'{{{nest}}}'}]"
    return f"{HEAD}network:\n" + f"  - {nest}\n" * math.ceil(layers / 19)


def dense(layers: int) -> str:
    """Merges of the last sixteen layers by name, each with a convolution behind it."""
    lines = ["  - 1x1 conv 8 name x0\n"]
    for layer in range(1, layers // 2):
        read = ", ".join(f"x{k}" for k in range(max(0, layer - 16), layer))
        lines.append(f"  - concat: [{read}]\n  - 3x3 conv 4 name x{layer}\n")
    return f"{HEAD}network:\n" + "".join(lines)


def repeat(layers: int) -> str:
    """One block, repeated as often."""
    return f"{HEAD}{BLOCK}network:\n  - b: {{repeat: {layers}}}\n"


KINDS: dict[str, Callable[[int], str]] = {each.__name__: each for each in (chain, wide, deep, dense, repeat)}


@contextmanager
def timed(seconds: dict[str, float]) -> Iterator[None]:
    """While it is open, each pass of the pipeline notes the seconds that it takes."""
    passes = {name: getattr(pipeline, name) for name in PASSES if hasattr(pipeline, name)}

    def noting(name: str) -> Callable[..., object]:
        def run(*arguments: object, **options: object) -> object:
            start = time.process_time()
            try:
                return passes[name](*arguments, **options)
            finally:
                seconds[name] = seconds.get(name, 0) + time.process_time() - start

        return run

    for name in passes:
        setattr(pipeline, name, noting(name))
    try:
        yield
    finally:
        for name, function in passes.items():
            setattr(pipeline, name, function)


def measure(kind: str, layers: int) -> None:
    """Print what one check takes, as JSON; a small one before it, so that imports are not counted."""
    text, seconds = KINDS[kind](layers), dict[str, float]()
    incspec.load(KINDS[kind](10), limits=LIMITS)
    with timed(seconds):
        start = time.process_time()
        incspec.load(text, limits=LIMITS)
        seconds["all"] = time.process_time() - start
    print(json.dumps({"seconds": seconds, "peak": peak()}))


def peak() -> float:
    """The most memory that this process had, in MB. `ru_maxrss` would count the one that started it as well."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("the system does not say")


def theirs(kind: str, layers: int) -> None:
    """Print what torch, torchinfo and torchview take for the same network, as JSON."""
    import torch

    module = incspec.load(KINDS[kind](layers), limits=LIMITS).module(device="meta").eval()
    shape = (1, 8, 16, 16)
    x, seconds = torch.zeros(shape, device="meta"), {}
    sys.setrecursionlimit(10**6)

    def note(name: str, run: Callable[[], object]) -> None:
        start = time.process_time()
        try:
            run()
            seconds[name] = time.process_time() - start
        except Exception as error:
            seconds[name] = type(error).__name__

    with torch.no_grad():
        note("torch", lambda: module(x))
        note("torch", lambda: module(x))
        note("torchinfo", lambda: __import__("torchinfo").summary(module, input_size=shape, device="meta", verbose=0))
        note("torchview", lambda: __import__("torchview").draw_graph(module, input_size=shape, device="meta", depth=99))
    print(json.dumps(seconds))


def exponent(points: dict[int, float]) -> float:
    """The slope that fits best on logarithmic axes."""
    xs, ys = [math.log(x) for x in points], [math.log(y) for y in points.values()]
    x0, y0 = sum(xs) / len(xs), sum(ys) / len(ys)
    return sum((x - x0) * (y - y0) for x, y in zip(xs, ys, strict=True)) / sum((x - x0) ** 2 for x in xs)


def _measured(what: str, kind: str, layers: int) -> dict[str, object]:
    command = [sys.executable, "-m", "tests.benchmarks.growth", what, kind, str(layers)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, object] = json.loads(done.stdout)
    return found


def growth(arguments: list[str]) -> None:
    """Measure all kinds, or those that are named."""
    if arguments[:1] == ["measure"]:
        return measure(arguments[1], int(arguments[2]))
    if arguments[:1] == ["theirs"]:
        return theirs(arguments[1], int(arguments[2]))
    most = int(arguments[arguments.index("--most") + 1]) if "--most" in arguments else 10_000
    for kind in [name for name in KINDS if name in arguments] or KINDS:
        print(kind)
        points: dict[int, float] = {}
        layers = 10
        while layers <= most:
            runs = [_measured("measure", kind, layers) for _ in range(3 if layers <= 3_000 else 1)]
            best = min(runs, key=lambda run: run["seconds"]["all"])
            points[layers] = best["seconds"]["all"]
            parts = "  ".join(f"{name} {value:.3f}" for name, value in best["seconds"].items() if name != "all")
            print(f"  {layers:>7,}  {points[layers]:7.3f} s  {best['peak']:5.0f} MB   {parts}", flush=True)
            if layers <= THEIRS:
                beside = _measured("theirs", kind, layers)
                told = (f"{k} {v:.3f}" if isinstance(v, float) else f"{k} {v}" for k, v in beside.items())
                print(f"           {'  '.join(told)}", flush=True)
            layers *= 10 if layers != 1_000 else 3
            layers = 10_000 if layers == 30_000 else layers
        large = {n: seconds for n, seconds in points.items() if n >= 1_000}
        if len(large) > 1:
            print(f"  exponent from 1,000 up: {exponent(large):.2f}", flush=True)
    return None


if __name__ == "__main__":  # without torch, whose memory would count
    growth(sys.argv[1:])
