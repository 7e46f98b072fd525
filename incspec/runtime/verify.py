"""Verification: a module on the meta device -> what differs from what the compiler inferred.

Every submodule's output shapes and parameter count, and the multiply-adds of convolutions and linear layers,
counted from torch's own modules. Nothing is allocated.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import prod
from typing import Protocol, TypeAlias

import torch
from torch import Tensor, nn

from ..shapes import TensorType
from .shapes_only import ShapesOnly

Shapes: TypeAlias = tuple[tuple[int, ...], ...]


class Inferred(Protocol):
    """What the compiler says of a submodule."""

    @property
    def path(self) -> str:
        """Its path as in `named_modules()`."""
        ...

    @property
    def outputs(self) -> tuple[TensorType, ...]:
        """The types of its outputs."""
        ...

    @property
    def params(self) -> int:
        """The number of its parameters."""
        ...


@dataclass(frozen=True, slots=True)
class Measured:
    """What torch says of a network: shapes without the batch and parameters by module path, and totals."""

    outputs: dict[str, Shapes]
    params: dict[str, int]
    output: Shapes
    total_params: int
    macs: int
    convs: int


def measure(module: nn.Module, inputs: Sequence[TensorType], *, training: bool = False) -> Measured:
    """Run a module that lives on the meta device, in eval or training mode, with a batch of two."""
    outputs: dict[str, Shapes] = {}
    macs = 0
    convs = 0

    def watch(path: str, child: nn.Module) -> None:
        def hook(_: nn.Module, given: tuple[Tensor, ...], output: object) -> None:
            nonlocal macs, convs
            outputs[path] = _shapes(output)
            if isinstance(child, nn.ConvTranspose1d | nn.ConvTranspose2d | nn.ConvTranspose3d):
                macs += child.weight.numel() * prod(given[0].shape[2:])
                convs += 1
            elif isinstance(child, nn.Conv1d | nn.Conv2d | nn.Conv3d):
                macs += child.weight.numel() * prod(outputs[path][0][1:])
                convs += 1
            elif isinstance(child, nn.Linear):
                macs += child.weight.numel() * prod(outputs[path][0][:-1])

        handles.append(child.register_forward_hook(hook))

    handles: list[torch.utils.hooks.RemovableHandle] = []
    for path, child in module.named_modules():
        watch(path, child)
    before = module.training
    try:
        with torch.no_grad(), ShapesOnly():
            result = module.train(training)(*(torch.empty(2, *t.shape, device="meta") for t in inputs))
    finally:
        module.train(before)
        for handle in handles:
            handle.remove()
    return Measured(
        outputs=outputs,
        params={path: sum(p.numel() for p in child.parameters()) for path, child in module.named_modules()},
        output=_shapes(result),
        total_params=sum(p.numel() for p in module.parameters()),
        macs=macs,
        convs=convs,
    )


def differences(
    measured: Measured, modules: Iterable[Inferred], outputs: Sequence[TensorType], params: int, macs: int
) -> list[str]:
    """What torch and the compiler do not agree on; empty where all is well."""
    found = []
    for module in modules:
        path, shapes = module.path, measured.outputs.get(module.path)
        if shapes is None:
            found.append(f"{path} did not run")
        elif shapes != _inferred(module.outputs):
            found.append(f"{path}: inferred {_text(_inferred(module.outputs))}, torch gives {_text(shapes)}")
        if measured.params.get(path) != module.params:
            found.append(f"{path}: inferred {module.params} parameters, torch has {measured.params.get(path)}")
    if measured.output != _inferred(outputs):
        found.append(f"output: inferred {_text(_inferred(outputs))}, torch gives {_text(measured.output)}")
    if measured.total_params != params:
        found.append(f"parameters: inferred {params}, torch has {measured.total_params}")
    if measured.macs != macs:
        found.append(f"multiply-adds: inferred {macs}, torch does {measured.macs}")
    return found


def _shapes(output: object) -> Shapes:
    tensors = output if isinstance(output, tuple) else tuple(output.values()) if isinstance(output, dict) else (output,)
    return tuple(tuple(tensor.shape[1:]) for tensor in tensors if isinstance(tensor, Tensor))


def _inferred(types: Sequence[TensorType]) -> Shapes:
    return tuple(tuple(int(n) for n in type_.shape) for type_ in types)


def _text(shapes: Shapes) -> str:
    return ", ".join("x".join(map(str, shape)) for shape in shapes)
