"""Gradients and buffers after a step of training: a pair that has run -> what differs.

A gradient is compared relative to the largest in its module: that of a bias before a batch norm is nothing but
rounding, and the weight beside it gives the scale.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

import torch
from torch import Tensor

from .align import distance, relative
from .comparison import FirstDifference
from .pair import Pair, owner
from .stages import stage_of


def backward(outputs: Iterable[Tensor]) -> None:
    """Compute the gradients of the sum of all outputs' elements under random factors, the same for equal shapes."""
    found = list(outputs)
    generator = torch.Generator().manual_seed(0)
    factors = [torch.randn(output.shape, generator=generator, dtype=output.dtype) for output in found]
    torch.autograd.backward(found, factors)


def gradient_differences(pair: Pair) -> dict[str, float]:
    """How far the gradient of each parameter of ours is from the reference's."""
    theirs = pair.theirs.state_dict(keep_vars=True)
    expected = pair.assignment.apply({name: _gradient(tensor) for name, tensor in theirs.items()})
    own = {name: _gradient(each) for name, each in pair.ours.named_parameters() if name in expected}
    scales: dict[str, float] = {}
    for name in own:
        scales[owner(name)] = max(scales.get(owner(name), 0.0), float(expected[name].abs().max()))
    return {
        name: relative(float((gradient - expected[name]).abs().max()), scales[owner(name)])
        for name, gradient in own.items()
    }


def by_stage(gradients: Mapping[str, float]) -> dict[str, float]:
    """The largest difference of each stage."""
    found: dict[str, float] = {}
    for name, difference in gradients.items():
        found[stage_of(owner(name))] = max(found.get(stage_of(owner(name)), 0.0), difference)
    return found


def first_gradient(pair: Pair, gradients: Mapping[str, float], stages: Sequence[str]) -> FirstDifference | None:
    """The first gradient that differs. Gradients go backwards: it is in the last of the stages."""
    place = {stage: index for index, stage in enumerate(stages)}
    differing = [name for name, difference in gradients.items() if not difference <= pair.tolerance]
    if not differing:
        return None
    name = max(reversed(differing), key=lambda name: place.get(stage_of(owner(name)), -1))
    return _of_tensor(pair, name, "gradient", gradients[name])


def first_buffer(pair: Pair) -> FirstDifference | None:
    """The first running mean or variance that differs."""
    expected = pair.assignment.apply(pair.theirs.state_dict())
    for name, buffer in pair.ours.named_buffers():
        if buffer.is_floating_point() and name in expected:  # not what merely counts batches
            difference = distance(buffer.double(), expected[name].double())
            if not difference <= pair.tolerance:
                return _of_tensor(pair, name, "buffer", difference)
    return None


def _gradient(tensor: Tensor) -> Tensor:
    return tensor.grad if tensor.grad is not None else torch.zeros_like(tensor)


def _of_tensor(pair: Pair, name: str, subject: Literal["gradient", "buffer"], difference: float) -> FirstDifference:
    path = owner(name)
    return FirstDifference(
        stage=stage_of(path),
        module=path,
        op=name.rpartition(".")[2],
        subject=subject,
        kind="values",
        difference=difference,
        theirs=pair.partners.get(path),
    )
