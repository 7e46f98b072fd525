"""Layers, activations and pools, each as a call of torch, from the fields as they were written.

No shape is computed here: torch has it, or refuses. Where torch would do something else than the op is for, the rule of
the language that forbids it is raised by its code.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import torch
from torch import Tensor, nn

from .flow import Flow, Operator, Run, needs_first, needs_map, torch_class
from .values import Fields, RuleRefuses, torch_decides


def conv(run: Run, f: Fields, x: Flow) -> Flow:
    """`pad: same` is dilation*(k-1) in all; half of it on each side, or what torch calls so."""
    needs_map(x)
    kernel, dilation = f.axes("kernel", x.rank), f.axes("dilation", x.rank)
    pad = f.axes("pad", x.rank, "same", 0, ("same", "valid"))
    if pad == "same" and not any(d * (k - 1) % 2 for k, d in zip(kernel, dilation, strict=True)):
        pad = tuple(d * (k - 1) // 2 for k, d in zip(kernel, dilation, strict=True))
    arguments = (x.channels, f.count("out"), kernel, f.axes("stride", x.rank), pad, dilation, f.count("groups", 1))
    bias = f.flag("bias", default=True)
    return Flow(run.module(lambda: torch_class("Conv", x)(*arguments, bias=bias), x.tensor, f))


def conv_transpose(run: Run, f: Fields, x: Flow) -> Flow:
    """`pad: same` cuts off, and adds at the end, what makes the output the input's size times the stride."""
    needs_map(x)
    kernel, stride, dilation = (f.axes(name, x.rank) for name in ("kernel", "stride", "dilation"))
    cut, more = f.axes("pad", x.rank, "same", 0, ("same", "valid")), f.axes("output_padding", x.rank, 0, 0)
    same = cut == "same"
    if same and any(more):
        raise RuleRefuses("value-mismatch", "`same` decides the output padding")
    if same:
        surplus = [d * (k - 1) + 1 - s for k, s, d in zip(kernel, stride, dilation, strict=True)]
        cut = tuple(max(0, -(-each // 2)) for each in surplus)
        more = tuple(2 * c - each for c, each in zip(cut, surplus, strict=True))
    cut = (0,) * x.rank if cut == "valid" else cut
    arguments = (x.channels, f.count("out"), kernel, stride, cut, more, f.count("groups", 1))
    bias = f.flag("bias", default=True)
    result = run.module(lambda: torch_class("ConvTranspose", x)(*arguments, bias, dilation), x.tensor, f)
    assert not same or list(result.shape[2:]) == [n * s for n, s in zip(x.tensor.shape[2:], stride, strict=True)]
    return Flow(result)


def linear(run: Run, f: Fields, x: Flow) -> Flow:
    """On the last axis, which must be the channels."""
    if x.rank and not x.last:
        raise RuleRefuses("wrong-rank", "torch would work on the width")
    out, bias = f.count("out"), f.flag("bias", default=True)
    return replace(x, tensor=run.module(lambda: nn.Linear(x.channels, out, bias), x.tensor, f))


def batch_norm(run: Run, f: Fields, x: Flow) -> Flow:
    """Over the batch."""
    needs_first(x)
    eps, momentum = f.real("eps", 1e-5, above=0), f.real("momentum", 0.1, least=0, most=1)
    affine = f.flag("affine", default=True)
    return Flow(run.module(lambda: torch_class("BatchNorm", x)(x.channels, eps, momentum, affine), x.tensor, f))


def layer_norm(run: Run, f: Fields, x: Flow) -> Flow:
    """Over the channels at each position, wherever they are."""
    eps, affine = f.real("eps", 1e-5, above=0), f.flag("affine", default=True)
    moved = x.tensor.movedim(x.dim, -1)
    result = run.module(lambda: nn.LayerNorm(x.channels, eps, affine), moved, f)
    return replace(x, tensor=result.movedim(-1, x.dim))


def lrn(run: Run, f: Fields, x: Flow) -> Flow:
    """torch's."""
    needs_map(x)
    size, alpha, beta, k = f.count("size", 5), f.real("alpha", 1e-4), f.real("beta", 0.75), f.real("k", 1.0)
    return Flow(run.module(lambda: nn.LocalResponseNorm(size, alpha, beta, k), x.tensor))


def normalize(run: Run, f: Fields, x: Flow) -> Flow:
    """Known means and deviations."""
    needs_first(x)
    numbers = []
    for name in ("mean", "std"):
        value = f.value(name, 0.0)
        numbers.append(torch.tensor(value).reshape(-1).to(x.tensor.dtype))
        if name == "std" and not bool((numbers[-1] > 0).all()):
            raise RuleRefuses("invalid-value", "a deviation is above 0")
    shape = (-1, *[1] * x.rank)
    with torch_decides():  # one number stands for all channels, as torch has it
        result = (x.tensor - numbers[0].reshape(shape)) / numbers[1].reshape(shape)
    if result.shape != x.tensor.shape:
        raise RuleRefuses("normalize-mismatch", "torch would repeat the channel")
    return Flow(result)


def layer_scale(run: Run, f: Fields, x: Flow) -> Flow:
    """A factor for each channel."""

    def make() -> nn.Module:
        made = nn.Module()
        shape = (x.channels, *[1] * (0 if x.last else x.rank))
        made.register_parameter("weight", nn.Parameter(torch.full(shape, value)))
        made.forward = lambda tensor: tensor * made.weight
        return made

    value = f.real("value", 0)
    return replace(x, tensor=run.module(make, x.tensor))


# --- activations


def activation(name: str, **arguments: tuple[str, float]) -> Operator:
    def apply(run: Run, f: Fields, x: Flow) -> Flow:
        given = {torchs: f.real(ours, default, least=0) for torchs, (ours, default) in arguments.items()}
        return replace(x, tensor=run.module(lambda: getattr(nn, name)(**given), x.tensor))

    return apply


def gelu(run: Run, f: Fields, x: Flow) -> Flow:
    """Exact, or by tanh."""
    approximate = f.word("approximate", "none", ("none", "tanh"))
    return replace(x, tensor=run.module(lambda: nn.GELU(approximate), x.tensor))


def softmax(run: Run, f: Fields, x: Flow) -> Flow:
    """Over the channels."""
    return replace(x, tensor=run.module(lambda: nn.Softmax(x.dim), x.tensor))


# --- pools


def _pool_padding(f: Fields, x: Flow, kernel: tuple[int, ...], dilation: tuple[int, ...]) -> tuple[int, ...]:
    pad = f.axes("pad", x.rank, "same", 0, ("same", "valid"))
    if pad == "valid":
        return (0,) * x.rank
    if pad == "same":
        total = [d * (k - 1) for k, d in zip(kernel, dilation, strict=True)]
        if any(each % 2 for each in total):
            raise RuleRefuses("even-kernel-pool", "torch pads both sides of a pool alike")
        return tuple(each // 2 for each in total)
    return tuple(pad)


def max_pool(run: Run, f: Fields, x: Flow) -> Flow:
    """torch's, with a stride of 1."""
    needs_map(x)
    kernel, stride, dilation = f.axes("kernel", x.rank), f.axes("stride", x.rank), f.axes("dilation", x.rank)
    pad, ceil = _pool_padding(f, x, kernel, dilation), f.flag("ceil_mode", default=False)
    return Flow(run.module(lambda: torch_class("MaxPool", x)(kernel, stride, pad, dilation, ceil_mode=ceil), x.tensor))


def avg_pool(run: Run, f: Fields, x: Flow) -> Flow:
    """torch's, with a stride of 1."""
    needs_map(x)
    kernel, stride = f.axes("kernel", x.rank), f.axes("stride", x.rank)
    pad, ceil = _pool_padding(f, x, kernel, (1,) * x.rank), f.flag("ceil_mode", default=False)
    counted = f.flag("count_include_pad", default=True)
    return Flow(run.module(lambda: torch_class("AvgPool", x)(kernel, stride, pad, ceil, counted), x.tensor))


def adaptive(name: str) -> Operator:
    def apply(run: Run, f: Fields, x: Flow) -> Flow:
        needs_map(x)
        size = f.axes("size", x.rank)
        return Flow(run.module(lambda: torch_class(name, x)(size), x.tensor))

    return apply


def global_pool(pool: Callable[..., Tensor]) -> Operator:
    def apply(run: Run, f: Fields, x: Flow) -> Flow:
        if x.rank == 0:
            raise RuleRefuses("wrong-rank", "features have nothing to pool")
        return x.moved(pool(x.tensor, x.spatial, keepdim=f.flag("keep", default=False)))

    return apply
