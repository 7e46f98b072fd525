"""Oracles of ops: a case -> what torch does in it, written in plain torch from the same settings."""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812  # torch's own name for it
from op_cases import Case, Settings, Shape
from torch import Tensor, nn

Run = Callable[..., Any]  # tensors -> tensor, or tensors


class ByDesign(Exception):  # noqa: N818  # no error: torch has no word in this case
    """Raised by an oracle where torch would compute something that the language does not have."""


def each(function: Run) -> Callable[[Case], Run]:
    """The oracle of an op that needs no settings."""
    return lambda case: function


def spread(value: int | Shape, rank: int) -> Shape:
    return value if isinstance(value, tuple) else (value,) * rank


def same_totals(s: Settings, rank: int) -> list[int]:
    kernel, dilation = spread(s.get("kernel", 1), rank), spread(s.get("dilation", 1), rank)
    return [d * (k - 1) for k, d in zip(kernel, dilation, strict=False)]


def initialised(module: nn.Module, s: Settings) -> nn.Module:
    init = s.get("init", {})
    if "weight" in init:
        kind = init["weight"]
        (name, kwargs) = (kind, {}) if isinstance(kind, str) else next(iter(kind.items()))
        getattr(nn.init, f"{name}_")(module.weight, **kwargs)
    if "bias" in init and s.get("bias", True):
        nn.init.constant_(module.bias, init["bias"])  # type: ignore[arg-type]
    return module


def conv(case: Case) -> Run:
    s, rank = case.settings, case.rank
    padding = s.get("pad", "same")
    if padding == "valid":
        padding = 0
    elif padding == "same" and max(spread(s.get("stride", 1), rank)) > 1:
        totals = same_totals(s, rank)  # torch has no "same" for a stride, but half of it on each side is the same
        padding = "same" if any(total % 2 for total in totals) else tuple(total // 2 for total in totals)
    module = getattr(nn, f"Conv{rank}d")(
        case.shapes[0][0],
        s["out"],
        s.get("kernel", 1),
        s.get("stride", 1),
        padding,
        s.get("dilation", 1),
        s.get("groups", 1),
        s.get("bias", True),
    )
    return initialised(module, s)


def conv_transpose(case: Case) -> Run:
    s, rank = case.settings, case.rank
    kernel, stride = spread(s.get("kernel", 1), rank), spread(s.get("stride", 1), rank)
    dilation, padding = spread(s.get("dilation", 1), rank), s.get("pad", "same")
    same = padding == "same"
    if same:
        surplus = [d * (k - 1) + 1 - step for k, step, d in zip(kernel, stride, dilation, strict=True)]
        padding = tuple(max(0, -(-n // 2)) for n in surplus)
    module = getattr(nn, f"ConvTranspose{rank}d")(
        case.shapes[0][0],
        s["out"],
        kernel,
        stride,
        0 if padding == "valid" else padding,
        0 if same else s.get("output_padding", 0),
        s.get("groups", 1),
        s.get("bias", True),
        dilation,
    )
    initialised(module, s)
    return (
        Wrapped(module, lambda x: module(x, [n * k for n, k in zip(x.shape[2:], stride, strict=True)]))
        if same
        else module
    )


class Wrapped(nn.Module):
    """A module that is called in another way; its parameters keep their names."""

    def __init__(self, inner: nn.Module, run: Run) -> None:
        super().__init__()
        self.weight, self.bias = inner.weight, inner.bias
        self.forward = run


def linear(case: Case) -> Run:
    s = case.settings
    width = case.shapes[0][-1] if any(case.last) else case.shapes[0][0]
    return initialised(nn.Linear(width, s["out"], s.get("bias", True)), s)


def layer_norm(case: Case) -> Run:
    s = case.settings
    width = case.shapes[0][-1] if any(case.last) else case.shapes[0][0]
    norm = initialised(nn.LayerNorm(width, s.get("eps", 1e-5), s.get("affine", True)), s | {"bias": True})
    if case.rank == 0 or any(case.last):
        return norm
    return Wrapped(norm, lambda x: norm(x.transpose(1, -1)).transpose(1, -1))


def layer_scale(case: Case) -> Run:
    factors = nn.Parameter(torch.ones(case.types[0].channels, *[1] * (0 if any(case.last) else case.rank)))
    module = nn.Module()
    module.register_parameter("weight", factors)
    module.forward = lambda x: x * factors
    return module


def permute(case: Case) -> Run:
    before = case.types[0].axes
    wanted = case.settings["axes"]
    if "C" not in (wanted[0], wanted[-1]) and sorted(wanted) == sorted(before):
        raise ByDesign("no op takes channels between the other axes")
    return lambda x: x.permute(0, *(1 + before.index(axis) for axis in wanted))


def crop(case: Case) -> Run:
    cells = spread(case.settings["sizes"], 2 * case.rank)
    if len(cells) != 2 * case.rank:
        raise ValueError("two numbers for each axis")
    ends = [(cells[2 * k], n - cells[2 * k + 1]) for k, n in enumerate(case.shapes[0][1:])]
    if any(start >= end for start, end in ends):
        raise ByDesign("a map without cells is no map here")
    return lambda x: x[(..., *(slice(start, end) for start, end in ends))]


def batch_norm(case: Case) -> Run:
    s = case.settings
    kind = {0: nn.BatchNorm1d, 1: nn.BatchNorm1d, 2: nn.BatchNorm2d, 3: nn.BatchNorm3d}[case.rank]
    module = kind(case.shapes[0][0], s.get("eps", 1e-5), s.get("momentum", 0.1), s.get("affine", True))
    return initialised(module, s)


def normalize(case: Case) -> Run:
    mean, std = (
        torch.tensor(case.settings[name]).expand(case.shapes[0][0]).reshape(-1, *[1] * case.rank)
        for name in ("mean", "std")
    )
    return lambda x: (x - mean) / std


def pool_padding(case: Case) -> int | Shape:
    padding = case.settings.get("pad", "same")
    if padding == "valid":
        return 0
    if padding == "same":
        return tuple(total // 2 for total in same_totals(case.settings, case.rank))
    assert isinstance(padding, int | tuple)
    return padding


def max_pool(case: Case) -> Run:
    s = case.settings
    return getattr(nn, f"MaxPool{case.rank}d")(  # type: ignore[no-any-return]
        s["kernel"], s.get("stride", 1), pool_padding(case), s.get("dilation", 1), ceil_mode=s.get("ceil_mode", False)
    )


def avg_pool(case: Case) -> Run:
    s = case.settings
    return getattr(nn, f"AvgPool{case.rank}d")(  # type: ignore[no-any-return]
        s["kernel"],
        s.get("stride", 1),
        pool_padding(case),
        ceil_mode=s.get("ceil_mode", False),
        count_include_pad=s.get("count_include_pad", True),
    )


def adaptive(name: str) -> Callable[[Case], Run]:
    return lambda case: getattr(nn, f"{name}{case.rank}d")(case.settings["size"])


def global_pool(pool: Callable[[Tensor], Tensor]) -> Callable[[Case], Run]:
    def oracle(case: Case) -> Run:
        ones = [1] * case.rank if case.settings.get("keep", False) else []

        def run(x: Tensor) -> Tensor:
            if any(case.last):
                return pool(x.flatten(1, -2).transpose(1, 2)).reshape(x.shape[0], *ones, x.shape[-1])
            return pool(x.flatten(2)).reshape(*x.shape[:2], *ones)

        return run

    return oracle


def refuse_mixed(case: Case) -> None:
    if len(set(case.last)) > 1:
        raise ByDesign("torch would take channels for a width")


def concat(case: Case) -> Run:
    refuse_mixed(case)
    return lambda *tensors: torch.cat(tensors, case.channel_dim)


def mul(case: Case) -> Run:
    refuse_mixed(case)
    if len({len(shape) for shape in case.shapes}) > 1:
        raise ByDesign("torch would take channels for a width")
    return lambda *tensors: functools.reduce(operator.mul, tensors)


def split(case: Case) -> Run:
    found, dim = case.settings["sizes"], case.channel_dim
    if isinstance(found, int):
        return lambda x: x.unflatten(dim, (found, -1)).unbind(dim if dim == 1 else -2)
    rest = case.types[0].channels - sum(size for size in found if size != "rest")
    if found.count("rest") > 1:
        raise ByDesign("which of two would be what is left?")
    if "rest" in found and rest == 0:
        raise ByDesign("a tensor without channels is no tensor here")
    return lambda x: x.split([rest if size == "rest" else size for size in found], dim)


def dropout(case: Case) -> Run:
    p, channels = case.settings.get("p", 0.5), case.settings.get("channels", False)
    return getattr(nn, f"Dropout{case.rank}d")(p) if channels else nn.Dropout(p)


def upsample(case: Case) -> Run:
    s = case.settings
    mode = s.get("mode", "nearest").replace("_", "-")
    if mode == "linear":
        mode = ["linear", "linear", "bilinear", "trilinear"][case.rank]
    scale = s.get("scale")
    return lambda x: F.interpolate(
        x,
        s.get("size"),
        tuple(map(float, scale)) if isinstance(scale, tuple) else scale,
        mode,
        s.get("align_corners") or None,
    )


def pad(case: Case) -> Run:
    s = case.settings
    cells = spread(s["sizes"], 2 * case.rank)
    if len(cells) != 2 * case.rank:
        raise ByDesign("torch would pad the last axes alone")
    pairs = [cells[i : i + 2] for i in range(0, len(cells), 2)]
    flat = [n for pair in pairs[::-1] for n in pair]
    return lambda x: F.pad(x, flat, s.get("mode", "constant"), s.get("value", 0) or None)


def softmax(case: Case) -> Run:
    return lambda x: x.exp() / x.exp().sum(case.channel_dim, keepdim=True)


def activation(function: Callable[..., Tensor], **names: str) -> Callable[[Case], Run]:
    """The oracle of an activation; `names` are torch's names of its fields."""
    return lambda case: functools.partial(function, **{names[name]: v for name, v in case.settings.items()})
