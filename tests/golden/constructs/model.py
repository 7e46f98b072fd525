"""Constructs (arXiv:0000.00000).

Printed by incspec from spec.yaml; shapes in comments are those of an input of [N, 3, 64, 64].
"""

import math

import torch
from torch import Tensor, nn


def round_to(x: float, m: int = 8) -> int:
    """The multiple of m nearest to x, at least m, one more where that loses over a tenth."""
    rounded = max(m, int(x + m / 2) // m * m)
    return rounded + m if rounded < 0.9 * x else rounded


class DropPath(nn.Module):
    """Drop an image's whole tensor with probability p in training, scale the others up."""

    def __init__(self, p: float) -> None:
        super().__init__()
        self.p = p

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if not self.training or self.p == 0.0:
            return x
        keep = 1.0 - self.p
        shape = [x.shape[0]] + [1] * (x.dim() - 1)
        mask = torch.empty(shape, dtype=x.dtype, device=x.device).bernoulli_(keep)
        return x * mask / keep if keep > 0.0 else x * mask

    def extra_repr(self) -> str:
        return f"p={self.p}"


def trunc_normal_linear(layer: nn.Linear) -> nn.Linear:
    """Initialise a new layer, and return it."""
    nn.init.trunc_normal_(layer.weight, std=0.01)
    nn.init.zeros_(layer.bias)
    return layer


class ConvBnRelu(nn.Module):
    """Conv2d without bias (kaiming_normal weight), then BatchNorm2d, then ReLU."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | tuple[int, int],
        stride: int = 1,
        padding: int | tuple[int, int] = 0,
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
        nn.init.kaiming_normal_(self.conv.weight, mode="fan_out", nonlinearity="relu")
        self.bn = nn.BatchNorm2d(out_channels)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        return self.relu(self.bn(self.conv(x)))


class ConvBn(nn.Module):
    """Conv2d without bias (kaiming_normal weight), then BatchNorm2d."""

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
        nn.init.kaiming_normal_(self.conv.weight, mode="fan_out", nonlinearity="relu")
        self.bn = nn.BatchNorm2d(out_channels)

    def forward(self, x: Tensor) -> Tensor:
        return self.bn(self.conv(x))


class ConvBn2(nn.Module):
    """Conv2d without bias (kaiming_normal weight), then BatchNorm2d (zeros weight)."""

    def __init__(self, in_channels: int, out_channels: int, kernel_size: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(
            in_channels, out_channels, kernel_size=kernel_size, bias=False
        )
        nn.init.kaiming_normal_(self.conv.weight, mode="fan_out", nonlinearity="relu")
        self.bn = nn.BatchNorm2d(out_channels)
        nn.init.zeros_(self.bn.weight)

    def forward(self, x: Tensor) -> Tensor:
        return self.bn(self.conv(x))


class ConvSilu(nn.Module):
    """Conv2d (kaiming_normal weight), then SiLU."""

    def __init__(self, in_channels: int, out_channels: int, kernel_size: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(in_channels, out_channels, kernel_size=kernel_size)
        nn.init.kaiming_normal_(self.conv.weight, mode="fan_out", nonlinearity="relu")
        self.silu = nn.SiLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        return self.silu(self.conv(x))


class ConvSigmoid(nn.Module):
    """Conv2d (kaiming_normal weight), then Sigmoid."""

    def __init__(self, in_channels: int, out_channels: int, kernel_size: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(in_channels, out_channels, kernel_size=kernel_size)
        nn.init.kaiming_normal_(self.conv.weight, mode="fan_out", nonlinearity="relu")
        self.sigmoid = nn.Sigmoid()

    def forward(self, x: Tensor) -> Tensor:
        return self.sigmoid(self.conv(x))


class Unet(nn.Module):
    """The block `unet`."""

    def __init__(self, in_channels: int) -> None:
        super().__init__()
        self.skip = ConvBnRelu(in_channels, 16, kernel_size=3, padding=1)
        self.max_pool = nn.MaxPool2d(2, stride=2)
        self.conv1 = ConvBnRelu(16, 32, kernel_size=3, padding=1)
        self.upsample = nn.Upsample(scale_factor=2, mode="bilinear")
        self.conv2 = ConvBnRelu(48, 16, kernel_size=3, padding=1)

    def forward(self, x: Tensor) -> Tensor:  # [N, 3, 64, 64] -> [N, 16, 64, 64]
        skip = self.skip(x)  # [N, 16, 64, 64]
        x = self.max_pool(skip)  # [N, 16, 32, 32]
        x = self.conv1(x)  # [N, 32, 32, 32]
        x = self.upsample(x)  # [N, 32, 64, 64]
        x = torch.cat([x, skip], dim=1)  # [N, 48, 64, 64]
        return self.conv2(x)


class DenseConcat(nn.Module):
    """One turn of `concat` in the block `dense`."""

    def __init__(self, in_channels: int, growth: int) -> None:
        super().__init__()
        self.branch2 = nn.Sequential(
            nn.BatchNorm2d(in_channels),
            nn.ReLU(),
            ConvBnRelu(in_channels, growth, kernel_size=3, padding=1),
        )

    def forward(self, x: Tensor) -> Tensor:  # [N, C, 16, 16] -> [N, C', 16, 16]
        return torch.cat([x, self.branch2(x)], dim=1)


class Dense(nn.Module):
    """The block `dense`."""

    def __init__(self, in_channels: int, n: int, growth: int) -> None:
        super().__init__()
        self.concat = nn.Sequential(
            *[DenseConcat(in_channels + growth * i, growth=growth) for i in range(n)]
        )

    def forward(self, x: Tensor) -> Tensor:  # [N, C, 16, 16] -> [N, C', 16, 16]
        return self.concat(x)


class Bottleneck(nn.Module):
    """The block `bottleneck`."""

    def __init__(self, in_channels: int, planes: int, stride: int = 1) -> None:
        super().__init__()
        self.shortcut = (
            ConvBn(in_channels, 4 * planes, kernel_size=1, stride=stride)
            if stride != 1 or in_channels != 4 * planes
            else nn.Identity()
        )
        self.body = nn.Sequential(
            ConvBnRelu(in_channels, planes, kernel_size=1),
            ConvBnRelu(planes, planes, kernel_size=3, stride=stride, padding=1),
            ConvBn2(planes, 4 * planes, kernel_size=1),
        )
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:  # [N, C, H, W] -> [N, 64, 8, 8]
        x = self.shortcut(x) + self.body(x)  # [N, 64, 8, 8]
        return self.relu(x)


class Dwconv(nn.Module):
    """The block `dwconv`."""

    def __init__(self, in_channels: int, band: int = 11) -> None:
        super().__init__()
        g = in_channels // 8
        self.branch2 = ConvBnRelu(g, g, kernel_size=3, padding=1, groups=g)
        self.branch3 = ConvBnRelu(
            g, g, kernel_size=(1, band), padding=(0, (band - 1) // 2), groups=g
        )
        self.branch4 = ConvBnRelu(
            g, g, kernel_size=(band, 1), padding=((band - 1) // 2, 0), groups=g
        )
        self.split_size = [in_channels - 3 * g, g, g, g]

    def forward(self, x: Tensor) -> Tensor:  # [N, 64, 8, 8] -> [N, 64, 8, 8]
        branch1, branch2, branch3, branch4 = x.split(
            self.split_size, dim=1
        )  # [N, 40, 8, 8], [N, 8, 8, 8], [N, 8, 8, 8], [N, 8, 8, 8]
        return torch.cat(
            [
                branch1,
                self.branch2(branch2),
                self.branch3(branch3),
                self.branch4(branch4),
            ],
            dim=1,
        )


class Ends(nn.Module):
    """The block `ends`."""

    def __init__(self, in_channels: int) -> None:
        super().__init__()
        self.a = ConvBnRelu(in_channels, 32, kernel_size=3, padding=1)
        self.b = ConvBnRelu(32, 32, kernel_size=3, padding=1)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        # [N, 64, 8, 8] -> [N, 32, 8, 8], [N, 32, 8, 8]
        a = self.a(x)  # [N, 32, 8, 8]
        b = self.b(a)  # [N, 32, 8, 8]
        return a, b


class Excite(nn.Module):
    """The block `excite`."""

    def __init__(self, in_channels: int, mid: int) -> None:
        super().__init__()
        self.branch2_conv1 = ConvSilu(in_channels, mid, kernel_size=1)
        self.branch2_conv2 = ConvSigmoid(mid, in_channels, kernel_size=1)

    def forward(self, x: Tensor) -> Tensor:  # [N, C, 16, 16] -> [N, C, 16, 16]
        branch2 = x.mean(dim=(2, 3), keepdim=True)  # [N, C, 1, 1]
        branch2 = self.branch2_conv1(branch2)  # [N, 4, 1, 1]
        branch2 = self.branch2_conv2(branch2)  # [N, C, 1, 1]
        return x * branch2


class Fit(nn.Module):
    """The block `fit`."""

    def __init__(self, in_channels: int, out: int) -> None:
        super().__init__()
        self.conv = ConvBnRelu(in_channels, out, kernel_size=1)

    def forward(self, x: Tensor) -> Tensor:  # [N, C, 8, 8] -> [N, 32, 8, 8]
        return self.conv(x)


class Mbconv(nn.Module):
    """Mbconv, figure 1 of arXiv:0000.00000."""

    def __init__(
        self,
        in_channels: int,
        out: int,
        drop_path: float,
        call: int,
        calls: int,
        expand: int = 6,
        kernel: int = 3,
        stride: int = 1,
        squeeze: int = 0,
    ) -> None:
        super().__init__()
        self.conv1 = (
            ConvBnRelu(in_channels, expand * in_channels, kernel_size=1)
            if expand != 1
            else nn.Identity()
        )
        channels = expand * in_channels if expand != 1 else in_channels
        self.conv2 = ConvBnRelu(
            channels,
            channels,
            kernel_size=kernel,
            stride=stride,
            padding=(kernel - 1) // 2,
            groups=channels,
        )
        self.excite = Excite(channels, mid=squeeze) if squeeze > 0 else nn.Identity()
        self.conv3 = ConvBn(channels, out, kernel_size=1)
        self.use_residual = stride == 1 and in_channels == out
        self.drop_path = (
            DropPath(drop_path * call / calls) if self.use_residual else nn.Identity()
        )

    def forward(self, x: Tensor) -> Tensor:  # [N, C, H, W] -> [N, out, H', W']
        y = self.conv1(x)  # [N, C', H, W]
        y = self.conv2(y)  # [N, C', H', W']
        y = self.excite(y)  # [N, C', H', W']
        y = self.conv3(y)  # [N, out, H', W']
        if self.use_residual:
            y = x + self.drop_path(y)
        return y


class Cell(nn.Module):
    """The block `cell`."""

    def __init__(self, x_channels: int, prev_channels: int, c: int = 32) -> None:
        super().__init__()
        self.left = Fit(prev_channels, out=c)
        self.right = Fit(x_channels, out=c)
        self.out_branch2_branch1 = ConvBnRelu(c, c, kernel_size=3, padding=1)
        self.out_branch2_branch2 = ConvBnRelu(c, c, kernel_size=5, padding=2)

    def forward(self, x: Tensor, prev: Tensor) -> tuple[Tensor, Tensor]:
        # [N, C, 8, 8], [N, prev_channels, 8, 8] -> [N, 64, 8, 8], [N, C, 8, 8]
        left = self.left(prev)  # [N, 32, 8, 8]
        y = self.right(x)  # [N, 32, 8, 8]
        out_branch2_branch1 = self.out_branch2_branch1(y)  # [N, 32, 8, 8]
        out_branch2_branch2 = self.out_branch2_branch2(left)  # [N, 32, 8, 8]
        out_branch2 = out_branch2_branch1 + out_branch2_branch2  # [N, 32, 8, 8]
        out = torch.cat([left, out_branch2], dim=1)  # [N, 64, 8, 8]
        return out, x


class Stage(nn.Module):
    """The block `stage`."""

    def __init__(
        self,
        in_channels: int,
        n: int,
        out: int,
        drop_path: float,
        call: int,
        kernel: int = 3,
        stride: int = 2,
    ) -> None:
        super().__init__()
        self.mbconv = nn.Sequential(
            *[
                Mbconv(
                    in_channels if i == 0 else out,
                    out=out,
                    drop_path=drop_path,
                    call=call + i,
                    calls=6,
                    kernel=kernel,
                    stride=stride if i == 0 else 1,
                    squeeze=4,
                )
                for i in range(n)
            ]
        )

    def forward(self, x: Tensor) -> Tensor:  # [N, C, H, W] -> [N, out, 16, 16]
        return self.mbconv(x)


class Residual(nn.Module):
    """One turn of `residual`."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(
            ConvBnRelu(64, 16, kernel_size=1),
            ConvBnRelu(16, 16, kernel_size=(1, 3), padding=(0, 1)),
            ConvBnRelu(16, 64, kernel_size=(3, 1), padding=(1, 0)),
        )

    def forward(self, x: Tensor) -> Tensor:  # [N, 64, 8, 8] -> [N, 64, 8, 8]
        return x + 0.17 * self.body(x)


class Constructs(nn.Module):
    """Constructs."""

    def __init__(
        self,
        classes: int = 10,
        width: float = 1.0,
        growth: int = 12,
        drop_path: float = 0.2,
    ) -> None:
        super().__init__()
        self.unet = Unet(3)
        self.conv = ConvBnRelu(16, 32, kernel_size=3, stride=2, padding=1)
        self.mbconv = Mbconv(32, out=16, drop_path=drop_path, call=0, calls=6, expand=1)
        self.stage1 = Stage(
            16,
            n=math.ceil(2 * width),
            out=round_to(24 * width),
            drop_path=drop_path,
            call=1,
            kernel=5,
        )
        self.stage2 = Stage(
            round_to(24 * width), n=3, out=40, drop_path=drop_path, call=3, stride=1
        )
        self.dense1 = Dense(40, n=2, growth=growth)
        self.dense2 = Dense(2 * growth + 40, n=4, growth=growth)
        self.bottleneck = nn.Sequential(
            Bottleneck(6 * growth + 40, planes=16, stride=2),
            Bottleneck(64, planes=16),
        )
        self.dwconv = Dwconv(64)
        self.residual = nn.Sequential(*[Residual() for _ in range(3)])
        self.ends = Ends(64)
        self.cells = nn.ModuleList(
            [
                Cell(x_channels=32, prev_channels=32),
                Cell(x_channels=64, prev_channels=32),
                Cell(x_channels=64, prev_channels=64),
            ],
        )
        self.relu = nn.ReLU()
        self.dropout = nn.Dropout(0.2)
        self.linear = trunc_normal_linear(nn.Linear(64, classes))

    def forward(self, x: Tensor) -> Tensor:  # [N, 3, 64, 64] -> [N, 10]
        x = self.unet(x)  # [N, 16, 64, 64]
        x = self.conv(x)  # [N, 32, 32, 32]
        x = self.mbconv(x)  # [N, 16, 32, 32]
        x = self.stage1(x)  # [N, 24, 16, 16]
        x = self.stage2(x)  # [N, 40, 16, 16]
        x = self.dense1(x)  # [N, 64, 16, 16]
        x = self.dense2(x)  # [N, 112, 16, 16]
        x = self.bottleneck(x)  # [N, 64, 8, 8]
        x = self.dwconv(x)  # [N, 64, 8, 8]
        x = self.residual(x)  # [N, 64, 8, 8]
        a, b = self.ends(x)  # [N, 32, 8, 8], [N, 32, 8, 8]
        out, x2 = a, b
        for module in self.cells:
            out, x2 = module(out, x2)
        x = self.relu(out)  # [N, 64, 8, 8]
        x = x.mean(dim=(2, 3))  # [N, 64]
        x = self.dropout(x)  # [N, 64]
        return self.linear(x)
