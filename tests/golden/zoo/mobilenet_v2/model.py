"""MobileNetV2 (arXiv:1801.04381).

Printed by incspec from mobilenet_v2.yaml; shapes in comments are those of an input of [N, 3, 224, 224].
"""

from torch import Tensor, nn


def round_to(x: float, m: int = 8) -> int:
    """The multiple of m nearest to x, at least m, one more where that loses over a tenth."""
    rounded = max(m, int(x + m / 2) // m * m)
    return rounded + m if rounded < 0.9 * x else rounded


class ConvBnRelu6(nn.Module):
    """Conv2d without bias, then BatchNorm2d, then ReLU6."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int,
        stride: int = 1,
        padding: int = 0,
        groups: int = 1,
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(
            in_channels,
            out_channels,
            kernel_size=kernel_size,
            stride=stride,
            padding=padding,
            groups=groups,
            bias=False,
        )
        self.bn = nn.BatchNorm2d(out_channels)
        self.relu6 = nn.ReLU6(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        return self.relu6(self.bn(self.conv(x)))


class ConvBn(nn.Module):
    """Conv2d without bias, then BatchNorm2d."""

    def __init__(self, in_channels: int, out_channels: int, kernel_size: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(
            in_channels, out_channels, kernel_size=kernel_size, bias=False
        )
        self.bn = nn.BatchNorm2d(out_channels)

    def forward(self, x: Tensor) -> Tensor:
        return self.bn(self.conv(x))


class InvertedResidual(nn.Module):
    """Inverted-residual, figure 4 of arXiv:1801.04381."""

    def __init__(
        self, in_channels: int, c: int, width: float, t: int = 6, s: int = 1
    ) -> None:
        super().__init__()
        hidden = t * in_channels
        out = round_to(c * width)
        self.conv1 = (
            ConvBnRelu6(in_channels, hidden, kernel_size=1) if t != 1 else nn.Identity()
        )
        self.conv2 = ConvBnRelu6(
            hidden if t != 1 else in_channels,
            hidden,
            kernel_size=3,
            stride=s,
            padding=1,
            groups=hidden,
        )
        self.conv3 = ConvBn(hidden, out, kernel_size=1)
        self.use_residual = s == 1 and in_channels == out

    def forward(self, x: Tensor) -> Tensor:  # [N, C, H, W] -> [N, out, H', W']
        y = self.conv1(x)  # [N, C', H, W]
        y = self.conv2(y)  # [N, C', H', W']
        y = self.conv3(y)  # [N, out, H', W']
        if self.use_residual:
            y = x + y
        return y


class MobileNetV2(nn.Module):
    """MobileNetV2."""

    def __init__(
        self, classes: int = 1000, width: float = 1.0, dropout: float = 0.2
    ) -> None:
        super().__init__()
        self.conv1 = ConvBnRelu6(
            3, round_to(32 * width), kernel_size=3, stride=2, padding=1
        )
        self.inverted_residual1 = InvertedResidual(
            round_to(32 * width), c=16, width=width, t=1
        )
        self.inverted_residual2 = nn.Sequential(
            InvertedResidual(round_to(16 * width), c=24, width=width, s=2),
            InvertedResidual(round_to(24 * width), c=24, width=width),
        )
        self.inverted_residual3 = nn.Sequential(
            *[
                InvertedResidual(
                    round_to(24 * width) if i == 0 else round_to(32 * width),
                    c=32,
                    width=width,
                    s=2 if i == 0 else 1,
                )
                for i in range(3)
            ]
        )
        self.inverted_residual4 = nn.Sequential(
            *[
                InvertedResidual(
                    round_to(32 * width) if i == 0 else round_to(64 * width),
                    c=64,
                    width=width,
                    s=2 if i == 0 else 1,
                )
                for i in range(4)
            ]
        )
        self.inverted_residual5 = nn.Sequential(
            *[
                InvertedResidual(
                    round_to(64 * width) if i == 0 else round_to(96 * width),
                    c=96,
                    width=width,
                )
                for i in range(3)
            ]
        )
        self.inverted_residual6 = nn.Sequential(
            *[
                InvertedResidual(
                    round_to(96 * width) if i == 0 else round_to(160 * width),
                    c=160,
                    width=width,
                    s=2 if i == 0 else 1,
                )
                for i in range(3)
            ]
        )
        self.inverted_residual7 = InvertedResidual(
            round_to(160 * width), c=320, width=width
        )
        self.conv2 = ConvBnRelu6(
            round_to(320 * width), round_to(1280 * max(1, width)), kernel_size=1
        )
        self.dropout = nn.Dropout(dropout)
        self.linear = nn.Linear(round_to(1280 * max(1, width)), classes)

    def forward(self, x: Tensor) -> Tensor:  # [N, 3, 224, 224] -> [N, 1000]
        x = self.conv1(x)  # [N, 32, 112, 112]
        x = self.inverted_residual1(x)  # [N, 16, 112, 112]
        x = self.inverted_residual2(x)  # [N, 24, 56, 56]
        x = self.inverted_residual3(x)  # [N, 32, 28, 28]
        x = self.inverted_residual4(x)  # [N, 64, 14, 14]
        x = self.inverted_residual5(x)  # [N, 96, 14, 14]
        x = self.inverted_residual6(x)  # [N, 160, 7, 7]
        x = self.inverted_residual7(x)  # [N, 320, 7, 7]
        x = self.conv2(x)  # [N, 1280, 7, 7]
        x = x.mean(dim=(2, 3))  # [N, 1280]
        x = self.dropout(x)  # [N, 1280]
        return self.linear(x)
