"""The Inception family starts from the weights that its references start from."""

from __future__ import annotations

from math import prod, sqrt

import pytest
import torch
from implementations import torchvision_googlenet, torchvision_inception_v3
from torch import Tensor, nn

import incspec


def in_our_order(module: nn.Module) -> list[Tensor]:
    """The parameters as registered, but those of auxiliary heads last."""
    heads = ("aux1.", "aux2.", "AuxLogits.")
    return [p.detach() for _, p in sorted(module.named_parameters(), key=lambda item: item[0].startswith(heads))]


@pytest.mark.parametrize(
    ("spec", "build"), [("googlenet_tv", torchvision_googlenet), ("inception_v3", torchvision_inception_v3)]
)
def test_torchvisions_networks_start_as_torchvision_starts_them(spec: str, build: type[nn.Module]) -> None:
    torch.manual_seed(0)
    theirs = in_our_order(build(aux_logits=True, init_weights=True))
    ours = [parameter.detach() for parameter in incspec.load(spec).module(seed=1).parameters()]
    for wanted, found in zip(theirs, ours, strict=True):
        if wanted.ndim > 1:
            # Five standard errors of an estimate from as many numbers, on both sides.
            assert float(found.std() / wanted.std()) == pytest.approx(1, abs=5 / sqrt(wanted.numel()))
            assert abs(float(found.mean() - wanted.mean())) < 10 * float(wanted.std()) / sqrt(wanted.numel())
        elif float(wanted.std()) == 0:
            assert torch.equal(wanted, found)
        else:  # biases of linear layers, as torch starts them
            assert float(found.abs().max() / wanted.abs().max()) == pytest.approx(1, abs=0.05)


def test_googlenet_starts_as_caffes_prototxt_says() -> None:
    module = incspec.load("googlenet").module(seed=1)
    layers = {name: child for name, child in module.named_modules() if isinstance(child, nn.Conv2d | nn.Linear)}
    assert len(layers) == 59 + 5
    for name, layer in layers.items():
        bound = sqrt(3 / prod(layer.weight.shape[1:]))
        assert float(layer.weight.detach().abs().max()) == pytest.approx(bound, rel=0.01)
        assert float(layer.weight.detach().std()) == pytest.approx(bound / sqrt(3), rel=0.05)
        classifier = name == "linear" or (name.startswith("aux") and layer.weight.shape[0] == 1000)
        assert torch.equal(layer.bias.detach(), torch.full_like(layer.bias, 0.0 if classifier else 0.2))
