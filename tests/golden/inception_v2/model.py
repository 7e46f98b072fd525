"""Inception-v2 (arXiv:1502.03167).

Printed by incspec from inception_v2.yaml; shapes in comments are those of an input of [N, 3, 224, 224].
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


class Stem(nn.Module):
    """The block `stem`."""

    def __init__(self, in_channels: int) -> None:
        super().__init__()
        self.conv1 = ConvBnRelu(in_channels, 64, kernel_size=7, stride=2, padding=3)
        self.pool1 = nn.MaxPool2d(3, stride=2, ceil_mode=True)
        self.conv2_reduce = ConvBnRelu(64, 64, kernel_size=1)
        self.conv2 = ConvBnRelu(64, 192, kernel_size=3, padding=1)
        self.pool2 = nn.MaxPool2d(3, stride=2, ceil_mode=True)

    def forward(self, x: Tensor) -> Tensor:  # [N, 3, 224, 224] -> [N, 192, 28, 28]
        x = self.conv1(x)  # [N, 64, 112, 112]
        x = self.pool1(x)  # [N, 64, 56, 56]
        x = self.conv2_reduce(x)  # [N, 64, 56, 56]
        x = self.conv2(x)  # [N, 192, 56, 56]
        return self.pool2(x)


class Inception(nn.Module):
    """The block `inception`."""

    def __init__(
        self,
        in_channels: int,
        n1: int,
        r3: int,
        n3: int,
        rd: int,
        nd: int,
        proj: int,
        maximum: bool = False,
    ) -> None:
        super().__init__()
        self.branch1 = ConvBnRelu(in_channels, n1, kernel_size=1)
        self.branch2 = nn.Sequential(
            ConvBnRelu(in_channels, r3, kernel_size=1),
            ConvBnRelu(r3, n3, kernel_size=3, padding=1),
        )
        self.branch3 = nn.Sequential(
            ConvBnRelu(in_channels, rd, kernel_size=1),
            ConvBnRelu(rd, nd, kernel_size=3, padding=1),
            ConvBnRelu(nd, nd, kernel_size=3, padding=1),
        )
        self.branch4 = nn.Sequential(
            nn.AvgPool2d(3, stride=1, padding=1, count_include_pad=False)
            if not maximum
            else nn.Identity(),
            nn.MaxPool2d(3, stride=1, padding=1, ceil_mode=True)
            if maximum
            else nn.Identity(),
            ConvBnRelu(in_channels, proj, kernel_size=1),
        )

    def forward(self, x: Tensor) -> Tensor:  # [N, C, H, W] -> [N, C', H, W]
        return torch.cat(
            [self.branch1(x), self.branch2(x), self.branch3(x), self.branch4(x)], dim=1
        )


class Reduction(nn.Module):
    """The block `reduction`."""

    def __init__(self, in_channels: int, r3: int, n3: int, rd: int, nd: int) -> None:
        super().__init__()
        self.branch1 = nn.Sequential(
            ConvBnRelu(in_channels, r3, kernel_size=1),
            ConvBnRelu(r3, n3, kernel_size=3, stride=2, padding=1),
        )
        self.branch2 = nn.Sequential(
            ConvBnRelu(in_channels, rd, kernel_size=1),
            ConvBnRelu(rd, nd, kernel_size=3, padding=1),
            ConvBnRelu(nd, nd, kernel_size=3, stride=2, padding=1),
        )
        self.branch3 = nn.MaxPool2d(3, stride=2, ceil_mode=True)

    def forward(self, x: Tensor) -> Tensor:  # [N, C, H, W] -> [N, C', H', W']
        return torch.cat([self.branch1(x), self.branch2(x), self.branch3(x)], dim=1)


class InceptionV2(nn.Module):
    """Inception-v2."""

    def __init__(
        self, classes: int = 1000, dropout: float = 0.2, proj4: int = 96
    ) -> None:
        super().__init__()
        self.stem = Stem(3)
        self.inception_3a = Inception(192, n1=64, r3=64, n3=64, rd=64, nd=96, proj=32)
        self.inception_3b = Inception(256, n1=64, r3=64, n3=96, rd=64, nd=96, proj=64)
        self.inception_3c = Reduction(320, r3=128, n3=160, rd=64, nd=96)
        self.inception_4a = Inception(
            576, n1=224, r3=64, n3=96, rd=96, nd=128, proj=128
        )
        self.inception_4b = Inception(
            576, n1=192, r3=96, n3=128, rd=96, nd=128, proj=128
        )
        self.inception_4c = Inception(
            576, n1=160, r3=128, n3=160, rd=128, nd=160, proj=proj4
        )
        self.inception_4d = Inception(
            proj4 + 480, n1=96, r3=128, n3=192, rd=160, nd=192, proj=proj4
        )
        self.inception_4e = Reduction(proj4 + 480, r3=128, n3=192, rd=192, nd=256)
        self.inception_5a = Inception(
            proj4 + 928, n1=352, r3=192, n3=320, rd=160, nd=224, proj=128
        )
        self.inception_5b = Inception(
            1024, n1=352, r3=192, n3=320, rd=192, nd=224, proj=128, maximum=True
        )
        self.dropout = nn.Dropout(dropout) if dropout > 0 else nn.Identity()
        self.linear = nn.Linear(1024, classes)

    def forward(self, x: Tensor) -> Tensor:  # [N, 3, 224, 224] -> [N, 1000]
        x = self.stem(x)  # [N, 192, 28, 28]
        x = self.inception_3a(x)  # [N, 256, 28, 28]
        x = self.inception_3b(x)  # [N, 320, 28, 28]
        x = self.inception_3c(x)  # [N, 576, 14, 14]
        x = self.inception_4a(x)  # [N, 576, 14, 14]
        x = self.inception_4b(x)  # [N, 576, 14, 14]
        x = self.inception_4c(x)  # [N, 576, 14, 14]
        x = self.inception_4d(x)  # [N, 576, 14, 14]
        x = self.inception_4e(x)  # [N, 1024, 7, 7]
        x = self.inception_5a(x)  # [N, 1024, 7, 7]
        x = self.inception_5b(x)  # [N, 1024, 7, 7]
        x = x.mean(dim=(2, 3))  # [N, 1024]
        x = self.dropout(x)  # [N, 1024]
        return self.linear(x)
