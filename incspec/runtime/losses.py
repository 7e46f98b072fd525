"""Losses: what a module from here returns in training -> the number to minimise."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

Criterion: TypeAlias = Callable[[Tensor, Tensor], Tensor]


def training_loss(
    module: nn.Module, outputs: Tensor | tuple[Tensor, ...], target: Tensor, criterion: Criterion = cross_entropy
) -> Tensor:
    """The loss of what `module(x)` returned, those of auxiliary heads with the weights that the spec gives them.

    `module` may be compiled or wrapped for parallel training, and need not have auxiliary heads: the losses of several
    outputs are summed.

    Raises:
        TypeError: the module is scripted, and so has no weights; give the one that it was made of.
    """
    bare = _unwrapped(module)
    weighted = getattr(type(bare), "loss", None)
    if weighted is not None:
        loss: Tensor = weighted(bare, outputs, target, criterion)
        return loss
    if isinstance(bare, torch.jit.ScriptModule) and isinstance(outputs, tuple):
        raise TypeError("a scripted module does not know the weights of its losses: give the module it was made of")
    several = (outputs,) if isinstance(outputs, Tensor) else outputs
    first, *others = (criterion(output, target) for output in several)
    return sum(others, start=first)


def _unwrapped(module: nn.Module) -> nn.Module:
    """The module itself, without what compiles it or runs it in parallel."""
    while True:
        if isinstance(module, nn.DataParallel | nn.parallel.DistributedDataParallel):
            inner = module.module
        else:
            inner = getattr(module, "_orig_mod", None)
        if not isinstance(inner, nn.Module):
            return module
        module = inner
