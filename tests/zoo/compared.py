"""Comparing a network with one that somebody else wrote: equal weights, then outputs, statistics and gradients."""

from __future__ import annotations

import re
from collections.abc import Iterable

import torch
from torch import Tensor, nn

SAME = 1e-10  # relative to the largest number


def randomise(module: nn.Module, seed: int) -> None:
    """Fill what a new module has filled with one number, so that no two channels stand for each other by chance."""
    draw = torch.Generator().manual_seed(seed)
    for tensor in (*module.parameters(), *module.buffers()):
        if tensor.is_floating_point() and tensor.numel() == max(tensor.shape, default=0):
            with torch.no_grad():
                tensor.copy_(0.5 + torch.rand(tensor.shape, generator=draw))


def reordered(names: Iterable[str], moved: str) -> list[str]:
    """Names in the order in which our module registers them.

    `moved` is a pattern whose first group is a block's prefix: what matches comes first in that block; last, if the
    pattern begins with `>`.
    """
    rest = list(names)
    if not moved:
        return rest
    pattern = re.compile(moved.removeprefix(">"))
    ordered: list[str] = []
    while rest:
        found = next((match for name in rest if (match := pattern.match(name))), None)
        block = found[1] if found else None
        start = next((k for k, name in enumerate(rest) if block is not None and name.startswith(block)), len(rest))
        ordered += rest[:start]
        inside = [name for name in rest[start:] if block is not None and name.startswith(block)]
        rest = [name for name in rest[start:] if name not in inside]
        out = [name for name in inside if pattern.match(name)]
        others = [name for name in inside if name not in out]
        ordered += [*others, *out] if moved.startswith(">") else [*out, *others]
    return ordered


def pairs(theirs: nn.Module, ours: nn.Module, moved: str = "") -> list[tuple[str, str]]:
    """The names of the same parameters and buffers in two modules.

    Raises:
        ValueError: their numbers or lengths differ.
    """
    own, other = ours.state_dict(), theirs.state_dict()
    if len(own) != len(other):
        raise ValueError(f"{len(other)} tensors for {len(own)}")
    found = list(zip(reordered(other, moved), own, strict=True))
    for their_name, name in found:
        if _plain(other[their_name]) != _plain(own[name]):
            raise ValueError(f"{their_name} {tuple(other[their_name].shape)} for {name} {tuple(own[name].shape)}")
    return found


def _plain(tensor: Tensor) -> tuple[int, ...]:
    """A shape without axes of length 1 at its end: a factor per channel is kept with them, or without."""
    return tuple(tensor.reshape(tensor.shape[0], -1).shape) if tensor.dim() else ()


def copy(theirs: nn.Module, ours: nn.Module, names: Iterable[tuple[str, str]]) -> None:
    """Give our module the weights of the other one."""
    own, other = ours.state_dict(), theirs.state_dict()
    ours.load_state_dict({name: other[their_name].reshape(own[name].shape) for their_name, name in names})


def assert_close(found: Tensor, wanted: Tensor, scale: float, what: str) -> None:
    """Two tensors are equal up to the order of additions; `scale` is the size of numbers that rounding comes from."""
    error = (found.reshape(wanted.shape) - wanted).abs().max().item()
    largest = wanted.abs().max().item()
    assert error <= SAME * largest + 1e-3 * SAME * scale, f"{what}: {error:g} of {largest:g}"
