"""Networks with auxiliary heads, their modules, and how outputs of them are compared."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

import incspec

HERE = Path(__file__).parent / "specs"
# GoogLeNet (arXiv:1409.4842) at an eighth of its widths, with its two heads, and a smaller input.
GOOGLENET = """
incspec: 1
name: Small GoogLeNet
input: [3, 96, 96]
params: {classes: 10, keep: 0.6, aux_weight: 0.3}
defaults: {conv: {act: relu}}
blocks:
  inception:
    params: {c1: required, r3: required, c3: required, r5: required, c5: required, p: required}
    body:
      - concat:
          - [1x1 conv c1]
          - [1x1 conv r3, 3x3 conv c3]
          - [1x1 conv r5, 5x5 conv c5]
          - [3x3 max_pool, 1x1 conv p]
  aux_head:
    body: [5x5 avg_pool stride 3 V, 1x1 conv 16, flatten, linear 128 act relu, dropout 1-keep, linear classes]
network:
  - 7x7 conv 8 stride 2
  - 3x3 max_pool stride 2
  - lrn
  - 1x1 conv 8
  - 3x3 conv 24
  - lrn
  - inception: {name: inception_3a, c1: 8, r3: 12, c3: 16, r5: 2, c5: 4, p: 4}
  - 3x3 max_pool stride 2
  - inception: {name: inception_4a, c1: 24, r3: 12, c3: 26, r5: 2, c5: 6, p: 8}
  - inception: {name: inception_4d, c1: 14, r3: 18, c3: 36, r5: 4, c5: 8, p: 8}
  - 3x3 max_pool stride 2
  - inception: {name: inception_5b, c1: 48, r3: 24, c3: 48, r5: 6, c5: 16, p: 16}
  - global_avg_pool
  - dropout 1-keep
  - linear classes
aux:
  aux1: {from: inception_4a, weight: aux_weight, body: [aux_head]}
  aux2: {from: inception_4d, weight: aux_weight, body: [aux_head]}
"""
SPECS = {"googlenet": GOOGLENET, "heads": HERE / "aux_heads.yaml", "names": HERE / "aux_names.yaml"}
MODES = pytest.mark.parametrize("training", [False, True], ids=["eval", "train"])
EACH = pytest.mark.parametrize("name", SPECS)


def made(model: incspec.Model, *, training: bool = True, aux: bool = True) -> nn.Module:
    """The module with nothing dropped, so that two runs agree."""
    module = model.module(seed=0, aux=aux)
    for child in module.modules():
        if isinstance(child, nn.Dropout):
            child.p = 0.0
    return module.train(training)


def images(model: incspec.Model, batch: int = 4) -> Tensor:
    return torch.randn(batch, *model.inputs[0].shape, generator=torch.Generator().manual_seed(1))


def flat(outputs: object) -> tuple[Tensor, ...]:
    return outputs if isinstance(outputs, tuple) else (outputs,)  # type: ignore[return-value]


def close(found: object, wanted: object, tolerance: float = 1e-5) -> bool:
    pairs = zip(flat(found), flat(wanted), strict=True)
    return all(torch.allclose(a, b, atol=tolerance) for a, b in pairs)
