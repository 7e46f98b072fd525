"""DenseNet-121 (arXiv:1608.06993).

Printed by incspec from densenet121.yaml; shapes in comments are those of an input of [N, 3, 224, 224].
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


class DenseLayer(nn.Module):
    """The block `dense_layer`."""

    def __init__(self, in_channels: int, k: int) -> None:
        super().__init__()
        self.branch2 = nn.Sequential(
            nn.BatchNorm2d(in_channels),
            nn.ReLU(),
            nn.Conv2d(in_channels, 4 * k, kernel_size=1, bias=False),
            nn.BatchNorm2d(4 * k),
            nn.ReLU(),
            nn.Conv2d(4 * k, k, kernel_size=3, padding=1, bias=False),
        )

    def forward(self, x: Tensor) -> Tensor:  # [N, C, H, W] -> [N, C', H, W]
        return torch.cat([x, self.branch2(x)], dim=1)


class Transition(nn.Module):
    """The block `transition`."""

    def __init__(self, in_channels: int) -> None:
        super().__init__()
        self.batch_norm = nn.BatchNorm2d(in_channels)
        self.relu = nn.ReLU()
        self.conv = nn.Conv2d(in_channels, in_channels // 2, kernel_size=1, bias=False)
        self.avg_pool = nn.AvgPool2d(2, stride=2)

    def forward(self, x: Tensor) -> Tensor:  # [N, C, H, W] -> [N, C', H', W']
        x = self.batch_norm(x)  # [N, C, H, W]
        x = self.relu(x)  # [N, C, H, W]
        x = self.conv(x)  # [N, C', H, W]
        return self.avg_pool(x)


class DenseNet121(nn.Module):
    """DenseNet-121."""

    def __init__(self, classes: int = 1000, k: int = 32) -> None:
        super().__init__()
        self.conv = ConvBnRelu(3, 2 * k, kernel_size=7, stride=2, padding=3)
        self.max_pool = nn.MaxPool2d(3, stride=2, padding=1)
        self.dense_layer1 = nn.Sequential(
            *[DenseLayer(2 * k + k * i, k=k) for i in range(6)]
        )
        self.transition1 = Transition(8 * k)
        self.dense_layer2 = nn.Sequential(
            *[DenseLayer(8 * k // 2 + k * i, k=k) for i in range(12)]
        )
        self.transition2 = Transition(8 * k // 2 + 12 * k)
        self.dense_layer3 = nn.Sequential(
            *[DenseLayer((8 * k // 2 + 12 * k) // 2 + k * i, k=k) for i in range(24)]
        )
        self.transition3 = Transition((8 * k // 2 + 12 * k) // 2 + 24 * k)
        self.dense_layer4 = nn.Sequential(
            *[
                DenseLayer(((8 * k // 2 + 12 * k) // 2 + 24 * k) // 2 + k * i, k=k)
                for i in range(16)
            ]
        )
        self.batch_norm = nn.BatchNorm2d(
            ((8 * k // 2 + 12 * k) // 2 + 24 * k) // 2 + 16 * k
        )
        self.relu = nn.ReLU()
        self.linear = nn.Linear(
            ((8 * k // 2 + 12 * k) // 2 + 24 * k) // 2 + 16 * k, classes
        )

    def forward(self, x: Tensor) -> Tensor:  # [N, 3, 224, 224] -> [N, 1000]
        x = self.conv(x)  # [N, 64, 112, 112]
        x = self.max_pool(x)  # [N, 64, 56, 56]
        x = self.dense_layer1(x)  # [N, 256, 56, 56]
        x = self.transition1(x)  # [N, 128, 28, 28]
        x = self.dense_layer2(x)  # [N, 512, 28, 28]
        x = self.transition2(x)  # [N, 256, 14, 14]
        x = self.dense_layer3(x)  # [N, 1024, 14, 14]
        x = self.transition3(x)  # [N, 512, 7, 7]
        x = self.dense_layer4(x)  # [N, 1024, 7, 7]
        x = self.batch_norm(x)  # [N, 1024, 7, 7]
        x = self.relu(x)  # [N, 1024, 7, 7]
        x = x.mean(dim=(2, 3))  # [N, 1024]
        return self.linear(x)
