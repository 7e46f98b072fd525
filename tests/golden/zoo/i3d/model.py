"""I3D (arXiv:1705.07750).

Printed by incspec from i3d.yaml; shapes in comments are those of an input of [N, 3, 64, 224, 224].
"""

import torch
from torch import Tensor, nn


class ConvBnRelu(nn.Module):
    """Conv3d without bias, then BatchNorm3d, then ReLU."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int,
        stride: int = 1,
        padding: int = 0,
    ) -> None:
        super().__init__()
        self.conv = nn.Conv3d(
            in_channels,
            out_channels,
            kernel_size=kernel_size,
            stride=stride,
            padding=padding,
            bias=False,
        )
        self.bn = nn.BatchNorm3d(out_channels, eps=0.001, momentum=0.01)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        return self.relu(self.bn(self.conv(x)))


class Inception(nn.Module):
    """Inception, figure 3 of arXiv:1705.07750."""

    def __init__(
        self, in_channels: int, n1: int, r3: int, n3: int, r5: int, n5: int, proj: int
    ) -> None:
        super().__init__()
        self.branch1 = ConvBnRelu(in_channels, n1, kernel_size=1)
        self.branch2 = nn.Sequential(
            ConvBnRelu(in_channels, r3, kernel_size=1),
            ConvBnRelu(r3, n3, kernel_size=3, padding=1),
        )
        self.branch3 = nn.Sequential(
            ConvBnRelu(in_channels, r5, kernel_size=1),
            ConvBnRelu(r5, n5, kernel_size=3, padding=1),
        )
        self.branch4 = nn.Sequential(
            nn.MaxPool3d(3, stride=1, padding=1, ceil_mode=True),
            ConvBnRelu(in_channels, proj, kernel_size=1),
        )

    def forward(self, x: Tensor) -> Tensor:  # [N, C, T, H, W] -> [N, C', T, H, W]
        return torch.cat(
            [self.branch1(x), self.branch2(x), self.branch3(x), self.branch4(x)], dim=1
        )


class I3D(nn.Module):
    """I3D."""

    def __init__(self, classes: int = 400, dropout: float = 0.5) -> None:
        super().__init__()
        self.pad = nn.ZeroPad3d((2, 3, 2, 3, 2, 3))
        self.conv1 = ConvBnRelu(3, 64, kernel_size=7, stride=2)
        self.max_pool1 = nn.MaxPool3d((1, 3, 3), stride=(1, 2, 2), ceil_mode=True)
        self.conv2 = ConvBnRelu(64, 64, kernel_size=1)
        self.conv3 = ConvBnRelu(64, 192, kernel_size=3, padding=1)
        self.max_pool2 = nn.MaxPool3d((1, 3, 3), stride=(1, 2, 2), ceil_mode=True)
        self.inception_3b = Inception(192, n1=64, r3=96, n3=128, r5=16, n5=32, proj=32)
        self.inception_3c = Inception(
            256, n1=128, r3=128, n3=192, r5=32, n5=96, proj=64
        )
        self.max_pool3 = nn.MaxPool3d(3, stride=2, ceil_mode=True)
        self.inception_4b = Inception(480, n1=192, r3=96, n3=208, r5=16, n5=48, proj=64)
        self.inception_4c = Inception(
            512, n1=160, r3=112, n3=224, r5=24, n5=64, proj=64
        )
        self.inception_4d = Inception(
            512, n1=128, r3=128, n3=256, r5=24, n5=64, proj=64
        )
        self.inception_4e = Inception(
            512, n1=112, r3=144, n3=288, r5=32, n5=64, proj=64
        )
        self.inception_4f = Inception(
            528, n1=256, r3=160, n3=320, r5=32, n5=128, proj=128
        )
        self.max_pool4 = nn.MaxPool3d(2, stride=2, ceil_mode=True)
        self.inception_5b = Inception(
            832, n1=256, r3=160, n3=320, r5=32, n5=128, proj=128
        )
        self.inception_5c = Inception(
            832, n1=384, r3=192, n3=384, r5=48, n5=128, proj=128
        )
        self.avg_pool = nn.AvgPool3d((2, 7, 7), stride=1)
        self.dropout = nn.Dropout(dropout)
        self.conv4 = nn.Conv3d(1024, classes, kernel_size=1)

    def forward(self, x: Tensor) -> Tensor:  # [N, 3, 64, 224, 224] -> [N, 400]
        x = self.pad(x)  # [N, 3, 69, 229, 229]
        x = self.conv1(x)  # [N, 64, 32, 112, 112]
        x = self.max_pool1(x)  # [N, 64, 32, 56, 56]
        x = self.conv2(x)  # [N, 64, 32, 56, 56]
        x = self.conv3(x)  # [N, 192, 32, 56, 56]
        x = self.max_pool2(x)  # [N, 192, 32, 28, 28]
        x = self.inception_3b(x)  # [N, 256, 32, 28, 28]
        x = self.inception_3c(x)  # [N, 480, 32, 28, 28]
        x = self.max_pool3(x)  # [N, 480, 16, 14, 14]
        x = self.inception_4b(x)  # [N, 512, 16, 14, 14]
        x = self.inception_4c(x)  # [N, 512, 16, 14, 14]
        x = self.inception_4d(x)  # [N, 512, 16, 14, 14]
        x = self.inception_4e(x)  # [N, 528, 16, 14, 14]
        x = self.inception_4f(x)  # [N, 832, 16, 14, 14]
        x = self.max_pool4(x)  # [N, 832, 8, 7, 7]
        x = self.inception_5b(x)  # [N, 832, 8, 7, 7]
        x = self.inception_5c(x)  # [N, 1024, 8, 7, 7]
        x = self.avg_pool(x)  # [N, 1024, 7, 1, 1]
        x = self.dropout(x)  # [N, 1024, 7, 1, 1]
        x = self.conv4(x)  # [N, 400, 7, 1, 1]
        return x.mean(dim=(2, 3, 4))
