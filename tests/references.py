"""Reference implementations that others wrote, and weights carried over to them."""

from __future__ import annotations

import torch
from torch import nn


def import_torchvision_and_timm() -> None:
    """Make both importable beside a CPU build of torch: torchvision declares its operators in a library of its own."""
    if not hasattr(torch.ops.torchvision, "nms"):
        library = torch.library.Library("torchvision", "DEF")
        for name in ("nms", "qnms"):
            library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        _KEPT.append(library)


_KEPT: list[torch.library.Library] = []


def timm_inception_v4() -> nn.Module:
    """timm's `inception_v4`, without dropout, which its published configuration leaves out."""
    import_torchvision_and_timm()
    import timm

    module: nn.Module = timm.create_model("inception_v4", pretrained=False)
    return module


def copy_in_order(source: nn.Module, target: nn.Module) -> None:
    """Copy parameters and buffers in the order of registration; every shape must agree."""
    state = target.state_dict()
    values = list(source.state_dict().values())
    if len(values) != len(state):
        raise ValueError(f"{len(values)} tensors for {len(state)}")
    for (name, own), value in zip(state.items(), values, strict=True):
        if own.shape != value.shape:
            raise ValueError(f"{name}: {tuple(value.shape)} for {tuple(own.shape)}")
    target.load_state_dict(dict(zip(state, values, strict=True)))
