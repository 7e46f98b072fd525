"""SimpleInception.

Printed by incspec from t2_simple_inception.yaml; shapes in comments are those of an input of [N, 3, 32, 32].
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


class Inception(nn.Module):
    """The block `inception`."""

    def __init__(self, in_channels: int) -> None:
        super().__init__()
        self.branch1 = ConvRelu(in_channels, 64, kernel_size=1)
        self.branch2 = nn.Sequential(
            ConvRelu(in_channels, 64, kernel_size=1),
            ConvRelu(64, 128, kernel_size=3, padding=1),
        )
        self.branch3 = nn.Sequential(
            ConvRelu(in_channels, 64, kernel_size=1),
            ConvRelu(64, 128, kernel_size=5, padding=2),
        )
        self.branch4 = nn.Sequential(
            nn.MaxPool2d(3, stride=1, padding=1),
            ConvRelu(in_channels, 32, kernel_size=1),
        )

    def forward(self, x: Tensor) -> Tensor:  # [N, 64, 32, 32] -> [N, 352, 32, 32]
        return torch.cat(
            [self.branch1(x), self.branch2(x), self.branch3(x), self.branch4(x)], dim=1
        )


class SimpleInception(nn.Module):
    """SimpleInception."""

    def __init__(self, classes: int = 10) -> None:
        super().__init__()
        self.conv = ConvRelu(3, 64, kernel_size=3, padding=1)
        self.inception = Inception(64)
        self.flatten = nn.Flatten()
        self.linear = nn.Linear(360448, classes)

    def forward(self, x: Tensor) -> Tensor:  # [N, 3, 32, 32] -> [N, 10]
        x = self.conv(x)  # [N, 64, 32, 32]
        x = self.inception(x)  # [N, 352, 32, 32]
        x = self.flatten(x)  # [N, 360448]
        return self.linear(x)
