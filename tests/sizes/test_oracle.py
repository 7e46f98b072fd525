"""What a network takes along an axis is what torch takes, for every length from 1 to 400, in eval and in training.

torch runs on its meta device. Batch norms and activations are left out, which change no size and take most of the
time; a sample runs whole. In CI a sample of the networks runs, all of them under the marker `nightly`.
"""

from __future__ import annotations

from collections.abc import Sequence

import pytest
import torch
from shipped import RIGHT, model_of
from torch import nn

import incspec
from incspec.runtime.shapes_only import ShapesOnly
from incspec.sizes.legal import AxisSizes, axis_sizes

MOST = 400
# Heads and ceiling pools, a flatten, crops and skips, branches that agree for some sizes, three axes, one axis.
SAMPLE = (
    "googlenet",
    "tutorials/t1_googlenet_bn",
    "tutorials/t2_simple_inception",
    "zoo/unet",
    "bn_inception",
    "inception_v4",
    "zoo/i3d",
    "zoo/inception_time",
)
WHOLE = ("tutorials/t2_simple_inception", "googlenet", "zoo/unet", "googlenet_tv")
KEEP_THE_SIZE = (nn.modules.batchnorm._BatchNorm, nn.ReLU, nn.ReLU6, nn.SiLU, nn.GELU, nn.Sigmoid, nn.Dropout)


def without_what_keeps_the_size(module: nn.Module) -> nn.Module:
    for child in module.modules():
        for name, inner in child.named_children():
            if isinstance(inner, KEEP_THE_SIZE):
                setattr(child, name, nn.Identity())
    return module


def run(module: nn.Module, shapes: Sequence[Sequence[int]], batch: int = 2) -> list[tuple[int, ...]] | None:
    """The shapes of the outputs without the batch, None where torch refuses."""
    try:
        with torch.no_grad(), ShapesOnly():
            found = module(*(torch.empty((batch, *shape), device="meta") for shape in shapes))
    except (RuntimeError, ValueError, IndexError):
        return None
    return [tuple(output.shape[1:]) for output in (found if isinstance(found, tuple) else (found,))]


def differences(
    model: incspec.Model, sizes: AxisSizes, module: nn.Module, lengths: Sequence[int], *, whole: bool = False
) -> list[str]:
    """Where torch and the size functions disagree: in eval, in training, and of a `whole` module in that of one image."""
    axis, wrong = sizes.axis, []
    modes = [(False, 2, sizes.legal), (True, 2, sizes.legal_with_aux)]
    modes += [(True, 1, sizes.legal_single)] if whole else []
    for training, batch, legal in modes:
        module.train(training)
        for n in lengths:
            shapes = [list(map(int, type_.shape)) for type_ in model.inputs]
            shapes[[value.producer for value in model.network.graph.inputs].index(axis.input)][axis.place] = n
            ran, outputs = run(module, shapes, batch), sizes.outputs(n)
            if (ran is not None) != (n in legal):
                wrong.append(f"{axis.name} = {n}, training {training}, {batch} images: torch {ran}, we {n in legal}")
            elif ran is not None and outputs is not None and ran[: len(outputs)] != [type_.shape for type_ in outputs]:
                wrong.append(f"{axis.name} = {n}: torch gives {ran}, we {outputs}")
    return wrong


def lengths_of(sizes: AxisSizes) -> list[int]:
    """Lengths around every bound, and some between: those that run always."""
    edges = [n for n in sizes.legal_with_aux.edges() if n <= MOST] + [n for n in sizes.legal.edges() if n <= MOST]
    near = {n + more for n in edges[:8] for more in (-1, 0, 1)}
    return sorted({1, sizes.axis.stated, MOST, *near, *range(5, MOST, 79)} - {0})


@pytest.mark.parametrize("name", SAMPLE)
def test_the_bounds_are_those_of_torch(name: str) -> None:
    model = model_of(name)
    module = without_what_keeps_the_size(model.module(device="meta"))
    for sizes in axis_sizes(model.network.graph, model.inputs):
        assert differences(model, sizes, module, lengths_of(sizes)) == []


@pytest.mark.nightly
@pytest.mark.parametrize("name", RIGHT)
def test_all_sizes_are_those_of_torch(name: str) -> None:
    model = model_of(name)
    module = without_what_keeps_the_size(model.module(device="meta"))
    for sizes in axis_sizes(model.network.graph, model.inputs):
        assert differences(model, sizes, module, range(1, MOST + 1)) == []


@pytest.mark.nightly
@pytest.mark.parametrize("name", WHOLE)
def test_so_they_are_with_batch_norms_and_activations(name: str) -> None:
    model = model_of(name)
    for sizes in axis_sizes(model.network.graph, model.inputs):
        assert differences(model, sizes, model.module(device="meta"), range(1, MOST + 1), whole=True) == []


def test_one_image_in_training_needs_more_than_one_value_per_channel() -> None:
    """The auxiliary head of this network ends in batch norm of 1x1 maps at the stated size."""
    model = model_of("inception_v4_tf")
    module = model.module(device="meta")
    height = axis_sizes(model.network.graph, model.inputs)[0]
    assert height.legal_single.smallest == 347
    assert differences(model, height, module, (74, 75, 298, 299, 346, 347), whole=True) == []
