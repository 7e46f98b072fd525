"""Xception (arXiv:1610.02357).

Printed by incspec from xception.yaml; shapes in comments are those of an input of [N, 3, 299, 299].
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
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        return self.relu(self.bn(self.conv(x)))


class SepConv(nn.Module):
    """The block `sep_conv`."""

    def __init__(self, in_channels: int, out: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(
            in_channels,
            in_channels,
            kernel_size=3,
            padding=1,
            groups=in_channels,
            bias=False,
        )
        self.conv2 = ConvBn(in_channels, out, kernel_size=1)

    def forward(self, x: Tensor) -> Tensor:  # [N, C, H, W] -> [N, out, H, W]
        x = self.conv1(x)  # [N, C, H, W]
        return self.conv2(x)


class Reduction(nn.Module):
    """Reduction, figure 5 of arXiv:1610.02357."""

    def __init__(
        self, in_channels: int, mid: int, out: int, starts_with_relu: bool = True
    ) -> None:
        super().__init__()
        self.shortcut = ConvBn(in_channels, out, kernel_size=1, stride=2)
        self.body = nn.Sequential(
            nn.ReLU() if starts_with_relu else nn.Identity(),
            SepConv(in_channels, out=mid),
            nn.ReLU(),
            SepConv(mid, out=out),
            nn.MaxPool2d(3, stride=2, padding=1),
        )

    def forward(self, x: Tensor) -> Tensor:  # [N, C, H, W] -> [N, out, H', W']
        return self.shortcut(x) + self.body(x)


class Middle(nn.Module):
    """Middle, figure 5 of arXiv:1610.02357."""

    def __init__(self, in_channels: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.ReLU(),
            SepConv(in_channels, out=in_channels),
            nn.ReLU(),
            SepConv(in_channels, out=in_channels),
            nn.ReLU(),
            SepConv(in_channels, out=in_channels),
        )

    def forward(self, x: Tensor) -> Tensor:  # [N, 728, 19, 19] -> [N, 728, 19, 19]
        return x + self.body(x)


class Xception(nn.Module):
    """Xception."""

    def __init__(self, classes: int = 1000) -> None:
        super().__init__()
        self.conv1 = ConvBnRelu(3, 32, kernel_size=3, stride=2)
        self.conv2 = ConvBnRelu(32, 64, kernel_size=3)
        self.reduction1 = Reduction(64, mid=128, out=128, starts_with_relu=False)
        self.reduction2 = Reduction(128, mid=256, out=256)
        self.reduction3 = Reduction(256, mid=728, out=728)
        self.middle = nn.Sequential(*[Middle(728) for _ in range(8)])
        self.reduction4 = Reduction(728, mid=728, out=1024)
        self.sep_conv1 = SepConv(1024, out=1536)
        self.relu1 = nn.ReLU()
        self.sep_conv2 = SepConv(1536, out=2048)
        self.relu2 = nn.ReLU()
        self.linear = nn.Linear(2048, classes)

    def forward(self, x: Tensor) -> Tensor:  # [N, 3, 299, 299] -> [N, 1000]
        x = self.conv1(x)  # [N, 32, 149, 149]
        x = self.conv2(x)  # [N, 64, 147, 147]
        x = self.reduction1(x)  # [N, 128, 74, 74]
        x = self.reduction2(x)  # [N, 256, 37, 37]
        x = self.reduction3(x)  # [N, 728, 19, 19]
        x = self.middle(x)  # [N, 728, 19, 19]
        x = self.reduction4(x)  # [N, 1024, 10, 10]
        x = self.sep_conv1(x)  # [N, 1536, 10, 10]
        x = self.relu1(x)  # [N, 1536, 10, 10]
        x = self.sep_conv2(x)  # [N, 2048, 10, 10]
        x = self.relu2(x)  # [N, 2048, 10, 10]
        x = x.mean(dim=(2, 3))  # [N, 2048]
        return self.linear(x)
