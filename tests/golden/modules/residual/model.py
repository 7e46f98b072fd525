"""Residual connections (arXiv:1602.07261).

Printed by incspec from residual.yaml; shapes in comments are those of an input of [N, 3, 70, 70].
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
        self.bn = nn.BatchNorm2d(out_channels)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        return self.relu(self.bn(self.conv(x)))


class ConvBn(nn.Module):
    """Conv2d without bias, then BatchNorm2d."""

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: int, padding: int = 0
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(
            in_channels,
            out_channels,
            kernel_size=kernel_size,
            padding=padding,
            bias=False,
        )
        self.bn = nn.BatchNorm2d(out_channels)

    def forward(self, x: Tensor) -> Tensor:
        return self.bn(self.conv(x))


class ResidualPlain(nn.Module):
    """Residual-plain, figure 1 of arXiv:1602.07261."""

    def __init__(self, in_channels: int, width: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            ConvBnRelu(in_channels, width, kernel_size=3, padding=1),
            ConvBn(width, width, kernel_size=3, padding=1),
        )
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:  # [N, 64, 35, 35] -> [N, 64, 35, 35]
        x = x + self.body(x)  # [N, 64, 35, 35]
        return self.relu(x)


class ResidualCheap(nn.Module):
    """Residual-cheap, figure 2 of arXiv:1602.07261."""

    def __init__(self, in_channels: int, width: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            ConvBnRelu(in_channels, width // 4, kernel_size=1),
            ConvBnRelu(width // 4, width // 4, kernel_size=3, padding=1),
            ConvBn(width // 4, width, kernel_size=1),
        )
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:  # [N, 64, 35, 35] -> [N, 64, 35, 35]
        x = x + self.body(x)  # [N, 64, 35, 35]
        return self.relu(x)


class Inception(nn.Module):
    """The block `inception`."""

    def __init__(self, in_channels: int, width: int) -> None:
        super().__init__()
        self.branch1 = ConvBnRelu(in_channels, width // 4, kernel_size=1)
        self.branch2 = nn.Sequential(
            ConvBnRelu(in_channels, width // 4, kernel_size=1),
            ConvBnRelu(width // 4, width // 4, kernel_size=3, padding=1),
        )
        self.conv = nn.Conv2d(2 * (width // 4), width, kernel_size=1)

    def forward(self, x: Tensor) -> Tensor:  # [N, 64, 35, 35] -> [N, 64, 35, 35]
        x = torch.cat([self.branch1(x), self.branch2(x)], dim=1)  # [N, 32, 35, 35]
        return self.conv(x)


class ResidualScaled(nn.Module):
    """Residual-scaled, figure 20 of arXiv:1602.07261."""

    def __init__(self, in_channels: int, width: int, scale: float = 0.1) -> None:
        super().__init__()
        self.inception = Inception(in_channels, width=width)
        self.relu = nn.ReLU(inplace=True)
        self.factor = scale

    def forward(self, x: Tensor) -> Tensor:  # [N, 64, 35, 35] -> [N, 64, 35, 35]
        x = x + self.factor * self.inception(x)  # [N, 64, 35, 35]
        return self.relu(x)


class ResidualConnections(nn.Module):
    """Residual connections."""

    def __init__(self, width: int = 64) -> None:
        super().__init__()
        self.conv = ConvBnRelu(3, width, kernel_size=3, stride=2, padding=1)
        self.residual_plain = ResidualPlain(width, width=width)
        self.residual_cheap = ResidualCheap(width, width=width)
        self.residual_scaled = ResidualScaled(width, width=width)

    def forward(self, x: Tensor) -> Tensor:  # [N, 3, 70, 70] -> [N, 64, 35, 35]
        x = self.conv(x)  # [N, 64, 35, 35]
        x = self.residual_plain(x)  # [N, 64, 35, 35]
        x = self.residual_cheap(x)  # [N, 64, 35, 35]
        return self.residual_scaled(x)
