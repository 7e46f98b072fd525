"""Verification: a module on the meta device -> what differs from what the compiler inferred.

Every submodule's output shape and parameter count, and the multiply-adds of convolutions and linear layers,
counted from torch's own modules. Nothing is allocated.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

import torch
from torch import Tensor, nn

from ..shapes import TensorType


@dataclass(frozen=True, slots=True)
class Measured:
    """What torch says of a network: shapes by module path, parameters, multiply-adds, convolutions."""

    outputs: dict[str, tuple[int, ...]]
    params: dict[str, int]
    output: tuple[tuple[int, ...], ...]
    total_params: int
    macs: int
    convs: int


def measure(module: nn.Module, inputs: Sequence[TensorType]) -> Measured:
    """Run a module that lives on the meta device, in eval mode, with a batch of two."""
    outputs: dict[str, tuple[int, ...]] = {}
    macs = 0
    convs = 0

    def watch(path: str, child: nn.Module) -> None:
        def hook(_: nn.Module, __: object, output: object) -> None:
            nonlocal macs, convs
            first = output[0] if isinstance(output, tuple) else output
            if not isinstance(first, Tensor):
                return
            outputs[path] = tuple(first.shape[1:])
            if isinstance(child, nn.Conv1d | nn.Conv2d | nn.Conv3d):
                macs += child.weight.numel() * prod(first.shape[2:])
                convs += 1
            elif isinstance(child, nn.Linear):
                macs += child.weight.numel() * prod(first.shape[1:-1])

        handles.append(child.register_forward_hook(hook))

    handles: list[torch.utils.hooks.RemovableHandle] = []
    for path, child in module.named_modules():
        watch(path, child)
    training = module.training
    try:
        with torch.no_grad():
            result = module.eval()(*(torch.empty(2, *t.shape, device="meta") for t in inputs))
    finally:
        module.train(training)
        for handle in handles:
            handle.remove()
    results = result if isinstance(result, tuple) else (result,)
    return Measured(
        outputs=outputs,
        params={path: sum(p.numel() for p in child.parameters()) for path, child in module.named_modules()},
        output=tuple(tuple(tensor.shape[1:]) for tensor in results),
        total_params=sum(p.numel() for p in module.parameters()),
        macs=macs,
        convs=convs,
    )


def differences(
    measured: Measured,
    modules: Sequence[tuple[str, TensorType, int]],
    outputs: Sequence[TensorType],
    params: int,
    macs: int,
) -> list[str]:
    """What torch and the compiler do not agree on; empty where all is well."""
    found = []
    for path, type_, count in modules:
        shape = measured.outputs.get(path)
        if shape is None:
            found.append(f"{path} did not run")
        elif shape != tuple(int(n) for n in type_.shape):
            found.append(f"{path}: inferred {type_}, torch gives {'x'.join(map(str, shape))}")
        if measured.params.get(path) != count:
            found.append(f"{path}: inferred {count} parameters, torch has {measured.params.get(path)}")
    wanted = tuple(tuple(int(n) for n in type_.shape) for type_ in outputs)
    if measured.output != wanted:
        found.append(f"output: inferred {wanted}, torch gives {measured.output}")
    if measured.total_params != params:
        found.append(f"parameters: inferred {params}, torch has {measured.total_params}")
    if measured.macs != macs:
        found.append(f"multiply-adds: inferred {macs}, torch does {measured.macs}")
    return found
