"""ResNet-50 (arXiv:1512.03385).

Printed by incspec from resnet50.yaml; shapes in comments are those of an input of [N, 3, 224, 224].
"""

from torch import Tensor, nn


class ConvBn(nn.Module):
    """Conv2d without bias, then BatchNorm2d."""

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: int, stride: int = 1
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(
            in_channels,
            out_channels,
            kernel_size=kernel_size,
            stride=stride,
            bias=False,
        )
        self.bn = nn.BatchNorm2d(out_channels)

    def forward(self, x: Tensor) -> Tensor:
        return self.bn(self.conv(x))


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


class Bottleneck(nn.Module):
    """Bottleneck, figure 5 of arXiv:1512.03385."""

    def __init__(self, in_channels: int, width: int, stride: int = 1) -> None:
        super().__init__()
        self.shortcut = (
            ConvBn(in_channels, 4 * width, kernel_size=1, stride=stride)
            if in_channels != 4 * width
            else nn.Identity()
        )
        self.body = nn.Sequential(
            ConvBnRelu(in_channels, width, kernel_size=1),
            ConvBnRelu(width, width, kernel_size=3, stride=stride, padding=1),
            ConvBn(width, 4 * width, kernel_size=1),
        )
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:  # [N, C, H, W] -> [N, C', H', W']
        x = self.shortcut(x) + self.body(x)  # [N, C', H', W']
        return self.relu(x)


class ResNet50(nn.Module):
    """ResNet-50."""

    def __init__(self, classes: int = 1000) -> None:
        super().__init__()
        self.conv = ConvBnRelu(3, 64, kernel_size=7, stride=2, padding=3)
        self.max_pool = nn.MaxPool2d(3, stride=2, padding=1)
        self.bottleneck1 = nn.Sequential(
            *[Bottleneck(64 if i == 0 else 256, width=64) for i in range(3)]
        )
        self.bottleneck2 = nn.Sequential(
            *[
                Bottleneck(256 if i == 0 else 512, width=128, stride=2 if i == 0 else 1)
                for i in range(4)
            ]
        )
        self.bottleneck3 = nn.Sequential(
            *[
                Bottleneck(
                    512 if i == 0 else 1024, width=256, stride=2 if i == 0 else 1
                )
                for i in range(6)
            ]
        )
        self.bottleneck4 = nn.Sequential(
            *[
                Bottleneck(
                    1024 if i == 0 else 2048, width=512, stride=2 if i == 0 else 1
                )
                for i in range(3)
            ]
        )
        self.linear = nn.Linear(2048, classes)

    def forward(self, x: Tensor) -> Tensor:  # [N, 3, 224, 224] -> [N, 1000]
        x = self.conv(x)  # [N, 64, 112, 112]
        x = self.max_pool(x)  # [N, 64, 56, 56]
        x = self.bottleneck1(x)  # [N, 256, 56, 56]
        x = self.bottleneck2(x)  # [N, 512, 28, 28]
        x = self.bottleneck3(x)  # [N, 1024, 14, 14]
        x = self.bottleneck4(x)  # [N, 2048, 7, 7]
        x = x.mean(dim=(2, 3))  # [N, 2048]
        return self.linear(x)
