"""Naive Inception module (arXiv:1409.4842).

Printed by incspec from inception_naive.yaml; shapes in comments are those of an input of [N, 192, 28, 28].
"""

import torch
from torch import Tensor, nn


class ConvRelu(nn.Module):
    """Conv2d, then ReLU."""

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: int, padding: int = 0
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(
            in_channels, out_channels, kernel_size=kernel_size, padding=padding
        )
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        return self.relu(self.conv(x))


class InceptionNaive(nn.Module):
    """Inception-naive, figure 2(a) of arXiv:1409.4842."""

    def __init__(
        self, in_channels: int, n1: int = 64, n3: int = 128, n5: int = 32
    ) -> None:
        super().__init__()
        self.branch1 = ConvRelu(in_channels, n1, kernel_size=1)
        self.branch2 = ConvRelu(in_channels, n3, kernel_size=3, padding=1)
        self.branch3 = ConvRelu(in_channels, n5, kernel_size=5, padding=2)
        self.branch4 = nn.MaxPool2d(3, stride=1, padding=1)

    def forward(self, x: Tensor) -> Tensor:  # [N, 192, 28, 28] -> [N, 416, 28, 28]
        return torch.cat(
            [self.branch1(x), self.branch2(x), self.branch3(x), self.branch4(x)], dim=1
        )


class NaiveInceptionModule(nn.Module):
    """Naive Inception module."""

    def __init__(self) -> None:
        super().__init__()
        self.inception_naive = InceptionNaive(192)

    def forward(self, x: Tensor) -> Tensor:  # [N, 192, 28, 28] -> [N, 416, 28, 28]
        return self.inception_naive(x)
