"""Ops on axes, sizes and several tensors, each as a call of torch, from the fields as they were written."""

from __future__ import annotations

import functools
from dataclasses import replace
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812  # torch's own name for it
from torch import nn

from .flow import LETTERS, Flow, Run, needs_map, torch_class
from .values import Fields, RuleRefuses, torch_decides


def scale(run: Run, f: Fields, x: Flow) -> Flow:
    """Times a constant."""
    return replace(x, tensor=x.tensor * f.real("factor", 1))


def dropout(run: Run, f: Fields, x: Flow) -> Flow:
    """Of elements, or of channels."""
    p, channels = f.real("p", 0.5, least=0, most=1), f.flag("channels", default=False)
    if channels:
        needs_map(x)
    return replace(x, tensor=run.module(lambda: torch_class("Dropout", x)(p) if channels else nn.Dropout(p), x.tensor))


def drop_path(run: Run, f: Fields, x: Flow) -> Flow:
    """Of whole images, in training."""
    f.real("p", 0, least=0, most=1)
    return x


def flatten(run: Run, f: Fields, x: Flow) -> Flow:
    """To features."""
    return Flow(x.tensor.flatten(1))


def reshape(run: Run, f: Fields, x: Flow) -> Flow:
    """Other axes, channels first."""
    shape = f.wholes("shape", None, 1)
    shape = shape if isinstance(shape, tuple) else (shape,)
    with torch_decides():
        result = x.tensor.reshape(x.tensor.shape[0], *shape)
    if len(shape) - 1 not in LETTERS:
        raise RuleRefuses("wrong-axis-count", "no op takes so many axes")
    return Flow(result)


def permute(run: Run, f: Fields, x: Flow) -> Flow:
    """Axes by their letters."""
    axes = f.value("axes", (), ("C", "L", "T", "H", "W"))
    if x.rank == 0:
        raise RuleRefuses("wrong-rank", "features have nothing to permute")
    if sorted(axes) != sorted(x.letters) or "C" not in (axes[0], axes[-1]):
        raise RuleRefuses("axes-mismatch", "each axis once, channels first or last")
    return Flow(x.tensor.permute(0, *(1 + x.letters.index(axis) for axis in axes)), axes[-1] == "C")


def channel_shuffle(run: Run, f: Fields, x: Flow) -> Flow:
    """torch's."""
    needs_map(x)
    groups = f.count("groups")
    return Flow(run.module(lambda: nn.ChannelShuffle(groups), x.tensor))


def _margins(f: Fields, x: Flow) -> list[tuple[int, int]]:
    needs_map(x)
    cells = f.wholes("sizes", None, 0)
    cells = cells if isinstance(cells, tuple) else (cells,)
    cells = cells * 2 * x.rank if len(cells) == 1 else cells
    if len(cells) != 2 * x.rank:
        raise RuleRefuses("wrong-axis-count", "two numbers for each axis, or one for all")
    return list(zip(cells[::2], cells[1::2], strict=True))


def pad(run: Run, f: Fields, x: Flow) -> Flow:
    """torch's, which has the last axis first."""
    flat = [cells for pair in reversed(_margins(f, x)) for cells in pair]
    mode = f.word("mode", "constant", ("constant", "reflect", "replicate", "circular"))
    value = f.real("value", 0)
    with torch_decides():
        return Flow(F.pad(x.tensor, flat, mode, value or None))


def crop(run: Run, f: Fields, x: Flow) -> Flow:
    """Slices."""
    spans = [(a, n - b) for (a, b), n in zip(_margins(f, x), x.tensor.shape[2:], strict=True)]
    if any(start >= end for start, end in spans):
        raise RuleRefuses("crop-too-large", "a map without cells is none")
    return Flow(x.tensor[(..., *(slice(start, end) for start, end in spans))])


def upsample(run: Run, f: Fields, x: Flow) -> Flow:
    """torch's."""
    needs_map(x)
    size = f.axes("size", x.rank) if "size" in f else None
    factor = tuple(map(float, f.axes("scale", x.rank))) if "scale" in f else None
    mode = f.word("mode", "nearest", ("nearest", "nearest_exact", "linear", "bicubic")).replace("_", "-")
    if mode == "linear":
        mode = {1: "linear", 2: "bilinear", 3: "trilinear"}[x.rank]
    corners = f.flag("align_corners", default=False) or None
    with torch_decides():
        return Flow(F.interpolate(x.tensor, size, factor, mode, corners))


def identity(run: Run, f: Fields, x: Flow) -> Flow:
    """Nothing."""
    return x


def join(op: str, flows: tuple[Flow, ...]) -> Flow:
    """`concat`, `add` and `mul` of tensors."""
    first = flows[0]
    if len({flow.last for flow in flows}) > 1 and all(flow.rank for flow in flows):
        raise RuleRefuses(f"{op}-shape-mismatch", "torch would take channels for a width")
    if op == "mul" and len({flow.rank for flow in flows}) > 1:
        raise RuleRefuses("mul-shape-mismatch", "torch would take channels for a width")
    with torch_decides():
        tensors = [flow.tensor for flow in flows]
        if op == "concat":
            return replace(first, tensor=torch.cat(tensors, first.dim))
        result = functools.reduce(torch.add if op == "add" else torch.mul, tensors)
    if op == "add" and any(tensor.shape != result.shape for tensor in tensors):
        raise RuleRefuses("add-shape-mismatch", "torch would repeat an axis")
    return replace(first, tensor=result)


def slices(sizes: Any, x: Flow) -> tuple[Flow, ...]:
    """`split`: so many equal ones, or such of given widths."""
    with torch_decides():
        if isinstance(sizes, int):
            parts = torch.tensor_split(x.tensor, sizes, x.dim)
            if len({part.shape for part in parts}) > 1 or sizes > x.channels:
                raise RuleRefuses("split-mismatch", "the slices are not equal")
        else:
            if sizes.count("rest") > 1:
                raise RuleRefuses("split-mismatch", "which is what is left?")
            rest = x.channels - sum(size for size in sizes if size != "rest")
            if "rest" in sizes and rest == 0:
                raise RuleRefuses("split-mismatch", "a slice without channels is none")
            parts = x.tensor.split([rest if size == "rest" else size for size in sizes], x.dim)
    return tuple(replace(x, tensor=part) for part in parts)
