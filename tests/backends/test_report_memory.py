"""What a report says of memory, against what torch makes and holds."""

from __future__ import annotations

import weakref
from typing import Any

import pytest
import torch
from reported import HEAD, typed
from torch import Tensor, fx, nn
from torch.utils._python_dispatch import TorchDispatchMode

from incspec.backends.report import report

ORACLE = (
    HEAD
    + """
defaults: {conv: {norm: batch_norm, act: relu}}
blocks:
  unit: {params: {width: in}, body: [residual: {body: [3x3 conv 6, conv: {out: width, act: none}], act: relu}]}
network:
  - 3x3 conv 8 stride 2 V
  - concat: [[3x3 max_pool], [1x1 conv 4, 3x3 conv 6], [identity]]
  - unit: {repeat: 3}
  - global_avg_pool
  - linear 10
"""
)


class ConvBnRelu(nn.Sequential):
    def __init__(
        self, inputs: int, outputs: int, size: int, *, stride: int = 1, padding: int = 0, relu: bool = True
    ) -> None:
        conv = nn.Conv2d(inputs, outputs, size, stride, padding, bias=False)
        super().__init__(conv, nn.BatchNorm2d(outputs), *([nn.ReLU()] if relu else []))


class Cat(nn.Module):
    def forward(self, *tensors: Tensor) -> Tensor:
        return torch.cat(tensors, 1)


class Add(nn.Module):
    def forward(self, a: Tensor, b: Tensor) -> Tensor:
        return a + b


class Mean(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x.mean((2, 3))


class Unit(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = ConvBnRelu(22, 6, 3, padding=1)
        self.conv2 = ConvBnRelu(6, 22, 1, relu=False)
        self.add, self.relu = Add(), nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        return self.relu(self.add(x, self.conv2(self.conv1(x))))


class Oracle(nn.Module):
    """The network of `ORACLE`, by hand."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = ConvBnRelu(3, 8, 3, stride=2)
        self.pool = nn.MaxPool2d(3, 1, 1)
        self.conv1, self.conv2 = ConvBnRelu(8, 4, 1), ConvBnRelu(4, 6, 3, padding=1)
        self.cat = Cat()
        self.units = nn.Sequential(Unit(), Unit(), Unit())
        self.mean, self.linear = Mean(), nn.Linear(22, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv(x)
        x = self.cat(self.pool(x), self.conv2(self.conv1(x)), x)
        return self.linear(self.mean(self.units(x)))


CELLS = (
    HEAD
    + """
blocks:
  cell:
    inputs: [x, prev]
    outputs: [out, x]
    body:
      - conv: {from: prev, out: 8, name: left}
      - 3x3 conv 8 name middle
      - add: {name: sum, branches: [left, middle]}
      - conv: {from: x, out: 8, name: right}
      - add: {name: out, branches: [sum, right]}
network:
  - 1x1 conv 8 name a
  - 3x3 conv 16 from a name b
  - cell: {from: [b, a], name: cells}
  - cell: {name: more}
  - relu: {from: more.out}
  - 1x1 conv WIDTH name wide
  - 1x1 conv 8 name last
  - add: [last, more.x, cells.out]
"""
)


class Cells(nn.Module):
    """The network of `CELLS`, by hand. The peak is in a cell, or at the wide layer with a tensor of two names alive."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.a, self.b = nn.Conv2d(3, 8, 1), nn.Conv2d(8, 16, 3, padding=1)
        self.left1, self.mid1, self.right1 = nn.Conv2d(8, 8, 1), nn.Conv2d(8, 8, 3, padding=1), nn.Conv2d(16, 8, 1)
        self.left2, self.mid2, self.right2 = nn.Conv2d(16, 8, 1), nn.Conv2d(8, 8, 3, padding=1), nn.Conv2d(8, 8, 1)
        self.wide, self.last = nn.Conv2d(8, width, 1), nn.Conv2d(width, 8, 1)

    def forward(self, image: Tensor) -> Tensor:
        a = self.a(image)
        b = self.b(a)
        left = self.left1(a)
        out = left + self.mid1(left) + self.right1(b)
        left = self.left2(b)
        more = left + self.mid2(left) + self.right2(out)
        return self.last(self.wide(torch.relu(more))) + out + out


class Allocations(TorchDispatchMode):
    """The most elements that torch's tensors hold at one time; what exists before is not counted."""

    def __init__(self, known: list[Tensor]) -> None:
        super().__init__()
        self.known = {tensor.untyped_storage().data_ptr() for tensor in known}
        self.alive: dict[int, int] = {}
        self.peak = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        for tensor in result if isinstance(result, tuple) else (result,):
            place = tensor.untyped_storage().data_ptr()
            if tensor.numel() and place not in self.known and place not in self.alive:
                self.alive[place] = tensor.numel()
                weakref.finalize(tensor, self.alive.pop, place)
        self.peak = max(self.peak, sum(self.alive.values()))
        return result


def test_activations_are_the_outputs_that_torch_makes() -> None:
    module, elements = Oracle().eval(), []
    for leaf in module.modules():
        if not list(leaf.children()):
            leaf.register_forward_hook(lambda _module, _inputs, output: elements.append(output.numel()))
    module(torch.zeros(1, 3, 32, 32))
    found = report(typed(ORACLE))
    assert found.total.activations == sum(elements)
    assert sum(found.total.layers.values()) == len(elements)
    assert found.total.params == sum(parameter.numel() for parameter in module.parameters())


@pytest.mark.parametrize(
    ("text", "module"),
    [
        (ORACLE, Oracle()),
        (CELLS.replace("WIDTH", "1"), Cells(1)),
        (CELLS.replace("WIDTH", "64"), Cells(64)),
    ],
    ids=["blocks", "in a block of two inputs", "two names for one tensor"],
)
def test_the_peak_is_what_torch_holds_when_it_frees_early(text: str, module: nn.Module) -> None:
    module.eval()
    image = torch.zeros(1, 3, 32, 32)
    interpreter = fx.Interpreter(fx.symbolic_trace(module), garbage_collect_values=True)
    with torch.no_grad(), Allocations([image, *module.parameters(), *module.buffers()]) as allocations:
        interpreter.run(image)
    assert report(typed(text)).peak == allocations.peak + image.numel()
