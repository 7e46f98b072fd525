"""A network on the meta device without the arithmetic of batch norms: the same shapes, and what torch refuses."""

from __future__ import annotations

import pytest
import torch
from torch import nn

import incspec
from incspec.runtime.shapes_only import ShapesOnly


def shapes(module: nn.Module, *shape: int) -> list[torch.Size]:
    """What comes out of each submodule."""
    found: list[torch.Size] = []
    hooks = [
        child.register_forward_hook(lambda _, __, output: found.append(output.shape))
        for child in module.modules()
        if not list(child.children())
    ]
    with torch.no_grad():
        module(torch.empty(shape, device="meta"))
    for hook in hooks:
        hook.remove()
    return found


@pytest.mark.parametrize("training", [False, True], ids=["eval", "train"])
def test_shapes_are_those_that_torch_computes(training: bool) -> None:
    module = incspec.load("tutorials/t2_simple_inception").module(device="meta").train(training)
    wanted = shapes(module, 2, 3, 32, 32)
    with ShapesOnly():
        found = shapes(module, 2, 3, 32, 32)
    assert found == wanted
    assert len(found) > 10


@pytest.mark.parametrize("mode", [nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d])
def test_what_torch_refuses_is_refused(mode: type[nn.modules.batchnorm._BatchNorm]) -> None:
    norm = mode(8, device="meta")
    axes = {nn.BatchNorm1d: 1, nn.BatchNorm2d: 2, nn.BatchNorm3d: 3}[mode]
    with ShapesOnly():
        with pytest.raises(RuntimeError, match="should contain 9 elements not 8"):
            shapes(norm.eval(), 2, 9, *[4] * axes)
        with pytest.raises(ValueError, match="more than 1 value per channel"):
            shapes(norm.train(), 1, 8, *[1] * axes)
        assert shapes(norm.eval(), 1, 8, *[1] * axes) == [torch.Size((1, 8, *[1] * axes))]


def test_other_devices_are_left_alone() -> None:
    norm, x = nn.BatchNorm2d(3).train(), torch.randn(2, 3, 4, 4)
    wanted = norm(x)
    with ShapesOnly():
        assert torch.equal(norm(x), wanted)
