"""Shapes alone: while this mode is on, batch norms on the meta device give outputs without going through their arithmetic.

torch decomposes a batch norm on this device into a dozen operations written in Python, which take most of a network's
time there. What it checks comes before, so it stays: the number of channels, and of values per channel in training.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode


class ShapesOnly(TorchDispatchMode):  # type: ignore[no-untyped-call]  # of torch
    """On the meta device, the output of a batch norm is like its input; its statistics stay as they are."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # of torch

    def __torch_dispatch__(
        self,
        func: Callable[..., object],
        types: Sequence[type],
        args: tuple[object, ...] = (),
        kwargs: Mapping[str, object] | None = None,
    ) -> object:
        x = args[0] if args else None
        if func is torch.ops.aten.native_batch_norm.default and isinstance(x, Tensor) and x.is_meta:
            statistics = torch.empty(x.shape[1], device="meta")
            return torch.empty_like(x), statistics, statistics
        return func(*args, **(kwargs or {}))
