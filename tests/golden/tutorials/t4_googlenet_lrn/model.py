"""GoogLeNet with LRN (arXiv:1409.4842).

Printed by incspec from t4_googlenet_lrn.yaml; shapes in comments are those of an input of [N, 3, 256, 256].
"""

import torch
from torch import Tensor, nn


class ConvRelu(nn.Module):
    """Conv2d, then ReLU."""

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
        )
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        return self.relu(self.conv(x))


class ConvLrnRelu(nn.Module):
    """Conv2d, then LocalResponseNorm, then ReLU."""

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: int, padding: int = 0
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(
            in_channels, out_channels, kernel_size=kernel_size, padding=padding
        )
        self.lrn = nn.LocalResponseNorm(5, alpha=0.001, k=2.0)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        return self.relu(self.lrn(self.conv(x)))


class Stem(nn.Module):
    """The block `stem`."""

    def __init__(self, in_channels: int) -> None:
        super().__init__()
        self.conv1 = ConvRelu(in_channels, 96, kernel_size=7, stride=2, padding=2)
        self.max_pool1 = nn.MaxPool2d(3, stride=2)
        self.lrn1 = nn.LocalResponseNorm(5, alpha=0.001, k=2.0)
        self.conv2 = ConvRelu(96, 64, kernel_size=1)
        self.conv3 = ConvRelu(64, 192, kernel_size=3)
        self.lrn2 = nn.LocalResponseNorm(5, alpha=0.001, k=2.0)
        self.max_pool2 = nn.MaxPool2d(3, stride=2)

    def forward(self, x: Tensor) -> Tensor:  # [N, 3, 256, 256] -> [N, 192, 30, 30]
        x = self.conv1(x)  # [N, 96, 127, 127]
        x = self.max_pool1(x)  # [N, 96, 63, 63]
        x = self.lrn1(x)  # [N, 96, 63, 63]
        x = self.conv2(x)  # [N, 64, 63, 63]
        x = self.conv3(x)  # [N, 192, 61, 61]
        x = self.lrn2(x)  # [N, 192, 61, 61]
        return self.max_pool2(x)


class Inception(nn.Module):
    """The block `inception`."""

    def __init__(
        self,
        in_channels: int,
        n1: int,
        n3_reduce: int,
        n3: int,
        n5_reduce: int,
        n5: int,
        pool: int,
    ) -> None:
        super().__init__()
        self.branch1 = ConvLrnRelu(in_channels, n1, kernel_size=1)
        self.branch2 = nn.Sequential(
            ConvLrnRelu(in_channels, n3_reduce, kernel_size=1),
            ConvLrnRelu(n3_reduce, n3, kernel_size=3, padding=1),
        )
        self.branch3 = nn.Sequential(
            ConvLrnRelu(in_channels, n5_reduce, kernel_size=1),
            ConvLrnRelu(n5_reduce, n5, kernel_size=5, padding=2),
        )
        self.branch4 = nn.Sequential(
            nn.MaxPool2d(3, stride=1, padding=1),
            ConvLrnRelu(in_channels, pool, kernel_size=1),
        )

    def forward(self, x: Tensor) -> Tensor:  # [N, C, H, W] -> [N, C', H, W]
        return torch.cat(
            [self.branch1(x), self.branch2(x), self.branch3(x), self.branch4(x)], dim=1
        )


class GoogLeNetWithLRN(nn.Module):
    """GoogLeNet with LRN."""

    def __init__(self, classes: int = 1000) -> None:
        super().__init__()
        self.stem = Stem(3)
        self.inception_3a = Inception(
            192, n1=64, n3_reduce=96, n3=128, n5_reduce=16, n5=32, pool=32
        )
        self.inception_3b = Inception(
            256, n1=128, n3_reduce=128, n3=192, n5_reduce=32, n5=96, pool=64
        )
        self.max_pool1 = nn.MaxPool2d(3, stride=2, padding=1)
        self.inception_4a = Inception(
            480, n1=192, n3_reduce=96, n3=208, n5_reduce=16, n5=48, pool=64
        )
        self.inception_4b = Inception(
            512, n1=160, n3_reduce=112, n3=224, n5_reduce=24, n5=64, pool=64
        )
        self.inception_4c = Inception(
            512, n1=128, n3_reduce=128, n3=256, n5_reduce=24, n5=64, pool=64
        )
        self.inception_4d = Inception(
            512, n1=112, n3_reduce=144, n3=288, n5_reduce=32, n5=64, pool=64
        )
        self.inception_4e = Inception(
            528, n1=256, n3_reduce=160, n3=320, n5_reduce=32, n5=128, pool=128
        )
        self.max_pool2 = nn.MaxPool2d(3, stride=2, padding=1)
        self.inception_5a = Inception(
            832, n1=256, n3_reduce=160, n3=320, n5_reduce=32, n5=128, pool=128
        )
        self.inception_5b = Inception(
            832, n1=384, n3_reduce=192, n3=384, n5_reduce=48, n5=128, pool=128
        )
        self.avg_pool = nn.AvgPool2d(8, stride=1)
        self.flatten = nn.Flatten()
        self.dropout = nn.Dropout(0.4)
        self.linear = nn.Linear(1024, classes)

    def forward(self, x: Tensor) -> Tensor:  # [N, 3, 256, 256] -> [N, 1000]
        x = self.stem(x)  # [N, 192, 30, 30]
        x = self.inception_3a(x)  # [N, 256, 30, 30]
        x = self.inception_3b(x)  # [N, 480, 30, 30]
        x = self.max_pool1(x)  # [N, 480, 15, 15]
        x = self.inception_4a(x)  # [N, 512, 15, 15]
        x = self.inception_4b(x)  # [N, 512, 15, 15]
        x = self.inception_4c(x)  # [N, 512, 15, 15]
        x = self.inception_4d(x)  # [N, 528, 15, 15]
        x = self.inception_4e(x)  # [N, 832, 15, 15]
        x = self.max_pool2(x)  # [N, 832, 8, 8]
        x = self.inception_5a(x)  # [N, 832, 8, 8]
        x = self.inception_5b(x)  # [N, 1024, 8, 8]
        x = self.avg_pool(x)  # [N, 1024, 1, 1]
        x = self.flatten(x)  # [N, 1024]
        x = self.dropout(x)  # [N, 1024]
        return self.linear(x)
