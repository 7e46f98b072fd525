"""Inception-ResNet-v2 (arXiv:1602.07261).

Printed by incspec from inception_resnet_v2.yaml; shapes in comments are those of an input of [N, 3, 299, 299].
"""

import torch
from torch import Tensor, nn


class ConvBnRelu(nn.Module):
    """Conv2d without bias, then BatchNorm2d, then ReLU."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | tuple[int, int],
        stride: int = 1,
        padding: int | tuple[int, int] = 0,
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
    """Stem, figure 3 of arXiv:1602.07261."""

    def __init__(self, in_channels: int) -> None:
        super().__init__()
        self.conv1 = ConvBnRelu(in_channels, 32, kernel_size=3, stride=2)
        self.conv2 = ConvBnRelu(32, 32, kernel_size=3)
        self.conv3 = ConvBnRelu(32, 64, kernel_size=3, padding=1)
        self.concat1_branch1 = nn.MaxPool2d(3, stride=2)
        self.concat1_branch2 = ConvBnRelu(64, 96, kernel_size=3, stride=2)
        self.concat2_branch1 = nn.Sequential(
            ConvBnRelu(160, 64, kernel_size=1),
            ConvBnRelu(64, 96, kernel_size=3),
        )
        self.concat2_branch2 = nn.Sequential(
            ConvBnRelu(160, 64, kernel_size=1),
            ConvBnRelu(64, 64, kernel_size=(7, 1), padding=(3, 0)),
            ConvBnRelu(64, 64, kernel_size=(1, 7), padding=(0, 3)),
            ConvBnRelu(64, 96, kernel_size=3),
        )
        self.concat3_branch1 = ConvBnRelu(192, 192, kernel_size=3, stride=2)
        self.concat3_branch2 = nn.MaxPool2d(3, stride=2)

    def forward(self, x: Tensor) -> Tensor:  # [N, 3, 299, 299] -> [N, 384, 35, 35]
        x = self.conv1(x)  # [N, 32, 149, 149]
        x = self.conv2(x)  # [N, 32, 147, 147]
        x = self.conv3(x)  # [N, 64, 147, 147]
        x = torch.cat(
            [self.concat1_branch1(x), self.concat1_branch2(x)], dim=1
        )  # [N, 160, 73, 73]
        x = torch.cat(
            [self.concat2_branch1(x), self.concat2_branch2(x)], dim=1
        )  # [N, 192, 71, 71]
        return torch.cat([self.concat3_branch1(x), self.concat3_branch2(x)], dim=1)


class InceptionResnetA(nn.Module):
    """Inception-resnet-A, figure 16 of arXiv:1602.07261."""

    def __init__(self, in_channels: int, scale: float = 0.17) -> None:
        super().__init__()
        self.branch1 = ConvBnRelu(in_channels, 32, kernel_size=1)
        self.branch2 = nn.Sequential(
            ConvBnRelu(in_channels, 32, kernel_size=1),
            ConvBnRelu(32, 32, kernel_size=3, padding=1),
        )
        self.branch3 = nn.Sequential(
            ConvBnRelu(in_channels, 32, kernel_size=1),
            ConvBnRelu(32, 48, kernel_size=3, padding=1),
            ConvBnRelu(48, 64, kernel_size=3, padding=1),
        )
        self.conv = nn.Conv2d(128, in_channels, kernel_size=1)
        self.relu = nn.ReLU(inplace=True)
        self.factor = scale

    def forward(self, x: Tensor) -> Tensor:  # [N, 384, 35, 35] -> [N, 384, 35, 35]
        body = torch.cat(
            [self.branch1(x), self.branch2(x), self.branch3(x)], dim=1
        )  # [N, 128, 35, 35]
        body = self.conv(body)  # [N, 384, 35, 35]
        body = self.factor * body  # [N, 384, 35, 35]
        x = x + body  # [N, 384, 35, 35]
        return self.relu(x)


class ReductionA(nn.Module):
    """Reduction-A, figure 7 of arXiv:1602.07261."""

    def __init__(
        self, in_channels: int, k: int = 256, l_: int = 256, m: int = 384, n: int = 384
    ) -> None:
        super().__init__()
        self.branch1 = nn.MaxPool2d(3, stride=2)
        self.branch2 = ConvBnRelu(in_channels, n, kernel_size=3, stride=2)
        self.branch3 = nn.Sequential(
            ConvBnRelu(in_channels, k, kernel_size=1),
            ConvBnRelu(k, l_, kernel_size=3, padding=1),
            ConvBnRelu(l_, m, kernel_size=3, stride=2),
        )

    def forward(self, x: Tensor) -> Tensor:  # [N, 384, 35, 35] -> [N, 1152, 17, 17]
        return torch.cat([self.branch1(x), self.branch2(x), self.branch3(x)], dim=1)


class InceptionResnetB(nn.Module):
    """Inception-resnet-B, figure 17 of arXiv:1602.07261."""

    def __init__(self, in_channels: int, scale: float = 0.1) -> None:
        super().__init__()
        self.branch1 = ConvBnRelu(in_channels, 192, kernel_size=1)
        self.branch2 = nn.Sequential(
            ConvBnRelu(in_channels, 128, kernel_size=1),
            ConvBnRelu(128, 160, kernel_size=(1, 7), padding=(0, 3)),
            ConvBnRelu(160, 192, kernel_size=(7, 1), padding=(3, 0)),
        )
        self.conv = nn.Conv2d(384, in_channels, kernel_size=1)
        self.relu = nn.ReLU(inplace=True)
        self.factor = scale

    def forward(self, x: Tensor) -> Tensor:  # [N, 1152, 17, 17] -> [N, 1152, 17, 17]
        body = torch.cat([self.branch1(x), self.branch2(x)], dim=1)  # [N, 384, 17, 17]
        body = self.conv(body)  # [N, 1152, 17, 17]
        body = self.factor * body  # [N, 1152, 17, 17]
        x = x + body  # [N, 1152, 17, 17]
        return self.relu(x)


class ReductionB(nn.Module):
    """Reduction-B, figure 18 of arXiv:1602.07261."""

    def __init__(self, in_channels: int) -> None:
        super().__init__()
        self.branch1 = nn.MaxPool2d(3, stride=2)
        self.branch2 = nn.Sequential(
            ConvBnRelu(in_channels, 256, kernel_size=1),
            ConvBnRelu(256, 384, kernel_size=3, stride=2),
        )
        self.branch3 = nn.Sequential(
            ConvBnRelu(in_channels, 256, kernel_size=1),
            ConvBnRelu(256, 288, kernel_size=3, stride=2),
        )
        self.branch4 = nn.Sequential(
            ConvBnRelu(in_channels, 256, kernel_size=1),
            ConvBnRelu(256, 288, kernel_size=3, padding=1),
            ConvBnRelu(288, 320, kernel_size=3, stride=2),
        )

    def forward(self, x: Tensor) -> Tensor:  # [N, 1152, 17, 17] -> [N, 2144, 8, 8]
        return torch.cat(
            [self.branch1(x), self.branch2(x), self.branch3(x), self.branch4(x)], dim=1
        )


class InceptionResnetC(nn.Module):
    """Inception-resnet-C, figure 19 of arXiv:1602.07261."""

    def __init__(self, in_channels: int, scale: float = 0.2) -> None:
        super().__init__()
        self.branch1 = ConvBnRelu(in_channels, 192, kernel_size=1)
        self.branch2 = nn.Sequential(
            ConvBnRelu(in_channels, 192, kernel_size=1),
            ConvBnRelu(192, 224, kernel_size=(1, 3), padding=(0, 1)),
            ConvBnRelu(224, 256, kernel_size=(3, 1), padding=(1, 0)),
        )
        self.conv = nn.Conv2d(448, in_channels, kernel_size=1)
        self.relu = nn.ReLU(inplace=True)
        self.factor = scale

    def forward(self, x: Tensor) -> Tensor:  # [N, 2144, 8, 8] -> [N, 2144, 8, 8]
        body = torch.cat([self.branch1(x), self.branch2(x)], dim=1)  # [N, 448, 8, 8]
        body = self.conv(body)  # [N, 2144, 8, 8]
        body = self.factor * body  # [N, 2144, 8, 8]
        x = x + body  # [N, 2144, 8, 8]
        return self.relu(x)


class InceptionResNetV2(nn.Module):
    """Inception-ResNet-v2, figure 15 of arXiv:1602.07261."""

    def __init__(self, classes: int = 1000, dropout: float = 0.2) -> None:
        super().__init__()
        self.stem = Stem(3)
        self.inception_resnet_a = nn.Sequential(
            *[InceptionResnetA(384) for _ in range(5)]
        )
        self.reduction_a = ReductionA(384)
        self.inception_resnet_b = nn.Sequential(
            *[InceptionResnetB(1152) for _ in range(10)]
        )
        self.reduction_b = ReductionB(1152)
        self.inception_resnet_c = nn.Sequential(
            *[InceptionResnetC(2144) for _ in range(5)]
        )
        self.dropout = nn.Dropout(dropout)
        self.linear = nn.Linear(2144, classes)

    def forward(self, x: Tensor) -> Tensor:  # [N, 3, 299, 299] -> [N, 1000]
        x = self.stem(x)  # [N, 384, 35, 35]
        x = self.inception_resnet_a(x)  # [N, 384, 35, 35]
        x = self.reduction_a(x)  # [N, 1152, 17, 17]
        x = self.inception_resnet_b(x)  # [N, 1152, 17, 17]
        x = self.reduction_b(x)  # [N, 2144, 8, 8]
        x = self.inception_resnet_c(x)  # [N, 2144, 8, 8]
        x = x.mean(dim=(2, 3))  # [N, 2144]
        x = self.dropout(x)  # [N, 2144]
        return self.linear(x)
