"""Grid reduction (arXiv:1512.00567).

Printed by incspec from grid_reduction.yaml; shapes in comments are those of an input of [N, 320, 35, 35].
"""

import torch
from torch import Tensor, nn


class ConvBnRelu(nn.Module):
    """Conv2d without bias, then BatchNorm2d, then ReLU."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int,
        stride: int = 1,
        padding: int = 0,
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(
            in_channels,
            out_channels,
            kernel_size=kernel_size,
            stride=stride,
            padding=padding,
            bias=False,
        )
        self.bn = nn.BatchNorm2d(out_channels, eps=0.001)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        return self.relu(self.bn(self.conv(x)))


class Sizes(nn.Module):
    """Sizes, figure 10 (right) of arXiv:1512.00567."""

    def __init__(self, in_channels: int) -> None:
        super().__init__()
        self.branch1 = ConvBnRelu(in_channels, 320, kernel_size=3, stride=2)
        self.branch2 = nn.MaxPool2d(3, stride=2)

    def forward(self, x: Tensor) -> Tensor:  # [N, 320, 35, 35] -> [N, 640, 17, 17]
        return torch.cat([self.branch1(x), self.branch2(x)], dim=1)


class Layers(nn.Module):
    """Layers, figure 10 (left) of arXiv:1512.00567."""

    def __init__(self, in_channels: int, w: int = 320) -> None:
        super().__init__()
        self.branch1 = nn.Sequential(
            ConvBnRelu(in_channels, w, kernel_size=1),
            ConvBnRelu(w, w, kernel_size=3, padding=1),
            ConvBnRelu(w, w, kernel_size=3, stride=2),
        )
        self.branch2 = nn.Sequential(
            ConvBnRelu(in_channels, w, kernel_size=1),
            ConvBnRelu(w, w, kernel_size=3, stride=2),
        )
        self.branch3 = nn.MaxPool2d(3, stride=2)

    def forward(self, x: Tensor) -> Tensor:  # [N, 640, 17, 17] -> [N, 1280, 8, 8]
        return torch.cat([self.branch1(x), self.branch2(x), self.branch3(x)], dim=1)


class GridReduction(nn.Module):
    """Grid reduction."""

    def __init__(self) -> None:
        super().__init__()
        self.sizes = Sizes(320)
        self.layers = Layers(640)

    def forward(self, x: Tensor) -> Tensor:  # [N, 320, 35, 35] -> [N, 1280, 8, 8]
        x = self.sizes(x)  # [N, 640, 17, 17]
        return self.layers(x)
