"""EfficientNet-B0 (arXiv:1905.11946).

Printed by incspec from efficientnet_b0.yaml; shapes in comments are those of an input of [N, 3, 224, 224].
"""

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


class ConvSilu(nn.Module):
    """Conv2d, then SiLU."""

    def __init__(self, in_channels: int, out_channels: int, kernel_size: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(in_channels, out_channels, kernel_size=kernel_size)
        self.silu = nn.SiLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        return self.silu(self.conv(x))


class ConvSigmoid(nn.Module):
    """Conv2d, then Sigmoid."""

    def __init__(self, in_channels: int, out_channels: int, kernel_size: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(in_channels, out_channels, kernel_size=kernel_size)
        self.sigmoid = nn.Sigmoid()

    def forward(self, x: Tensor) -> Tensor:
        return self.sigmoid(self.conv(x))


class ConvBnSilu(nn.Module):
    """Conv2d without bias, then BatchNorm2d, then SiLU."""

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
        self.silu = nn.SiLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        return self.silu(self.bn(self.conv(x)))


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


class SqueezeExcite(nn.Module):
    """The block `squeeze_excite`."""

    def __init__(self, in_channels: int, mid: int) -> None:
        super().__init__()
        self.branch2_conv1 = ConvSilu(in_channels, mid, kernel_size=1)
        self.branch2_conv2 = ConvSigmoid(mid, in_channels, kernel_size=1)

    def forward(self, x: Tensor) -> Tensor:  # [N, C, H, W] -> [N, C, H, W]
        branch2 = x.mean(dim=(2, 3), keepdim=True)  # [N, C, 1, 1]
        branch2 = self.branch2_conv1(branch2)  # [N, mid, 1, 1]
        branch2 = self.branch2_conv2(branch2)  # [N, C, 1, 1]
        return x * branch2


class Mbconv(nn.Module):
    """The block `mbconv`."""

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
    ) -> None:
        super().__init__()
        hidden = expand * in_channels
        squeeze = in_channels // 4
        self.conv1 = (
            ConvBnSilu(in_channels, hidden, kernel_size=1)
            if expand != 1
            else nn.Identity()
        )
        self.conv2 = ConvBnSilu(
            hidden if expand != 1 else in_channels,
            hidden,
            kernel_size=kernel,
            stride=stride,
            padding=(kernel - 1) // 2,
            groups=hidden,
        )
        self.squeeze_excite = SqueezeExcite(hidden, mid=squeeze)
        self.conv3 = ConvBn(hidden, out, kernel_size=1)
        self.use_residual = stride == 1 and in_channels == out
        self.drop_path = (
            DropPath(drop_path * call / calls) if self.use_residual else nn.Identity()
        )

    def forward(self, x: Tensor) -> Tensor:  # [N, C, H, W] -> [N, out, H', W']
        y = self.conv1(x)  # [N, C', H, W]
        y = self.conv2(y)  # [N, C', H', W']
        y = self.squeeze_excite(y)  # [N, C', H', W']
        y = self.conv3(y)  # [N, out, H', W']
        if self.use_residual:
            y = x + self.drop_path(y)
        return y


class EfficientNetB0(nn.Module):
    """EfficientNet-B0."""

    def __init__(
        self,
        classes: int = 1000,
        width: float = 1.0,
        dropout: float = 0.2,
        drop_path: float = 0.2,
    ) -> None:
        super().__init__()
        self.conv1 = ConvBnSilu(
            3, round_to(32 * width), kernel_size=3, stride=2, padding=1
        )
        self.mbconv1 = nn.Sequential(
            Mbconv(
                round_to(32 * width),
                out=round_to(16 * width),
                drop_path=drop_path,
                call=0,
                calls=16,
                expand=1,
            ),
        )
        self.mbconv2 = nn.Sequential(
            Mbconv(
                round_to(16 * width),
                out=round_to(24 * width),
                drop_path=drop_path,
                call=1,
                calls=16,
                stride=2,
            ),
            Mbconv(
                round_to(24 * width),
                out=round_to(24 * width),
                drop_path=drop_path,
                call=2,
                calls=16,
            ),
        )
        self.mbconv3 = nn.Sequential(
            Mbconv(
                round_to(24 * width),
                out=round_to(40 * width),
                drop_path=drop_path,
                call=3,
                calls=16,
                kernel=5,
                stride=2,
            ),
            Mbconv(
                round_to(40 * width),
                out=round_to(40 * width),
                drop_path=drop_path,
                call=4,
                calls=16,
                kernel=5,
            ),
        )
        self.mbconv4 = nn.Sequential(
            *[
                Mbconv(
                    round_to(40 * width) if i == 0 else round_to(80 * width),
                    out=round_to(80 * width),
                    drop_path=drop_path,
                    call=5 + i,
                    calls=16,
                    stride=2 if i == 0 else 1,
                )
                for i in range(3)
            ]
        )
        self.mbconv5 = nn.Sequential(
            *[
                Mbconv(
                    round_to(80 * width) if i == 0 else round_to(112 * width),
                    out=round_to(112 * width),
                    drop_path=drop_path,
                    call=8 + i,
                    calls=16,
                    kernel=5,
                )
                for i in range(3)
            ]
        )
        self.mbconv6 = nn.Sequential(
            *[
                Mbconv(
                    round_to(112 * width) if i == 0 else round_to(192 * width),
                    out=round_to(192 * width),
                    drop_path=drop_path,
                    call=11 + i,
                    calls=16,
                    kernel=5,
                    stride=2 if i == 0 else 1,
                )
                for i in range(4)
            ]
        )
        self.mbconv7 = nn.Sequential(
            Mbconv(
                round_to(192 * width),
                out=round_to(320 * width),
                drop_path=drop_path,
                call=15,
                calls=16,
            ),
        )
        self.conv2 = ConvBnSilu(
            round_to(320 * width), 4 * round_to(320 * width), kernel_size=1
        )
        self.dropout = nn.Dropout(dropout)
        self.linear = nn.Linear(4 * round_to(320 * width), classes)

    def forward(self, x: Tensor) -> Tensor:  # [N, 3, 224, 224] -> [N, 1000]
        x = self.conv1(x)  # [N, 32, 112, 112]
        x = self.mbconv1(x)  # [N, 16, 112, 112]
        x = self.mbconv2(x)  # [N, 24, 56, 56]
        x = self.mbconv3(x)  # [N, 40, 28, 28]
        x = self.mbconv4(x)  # [N, 80, 14, 14]
        x = self.mbconv5(x)  # [N, 112, 14, 14]
        x = self.mbconv6(x)  # [N, 192, 7, 7]
        x = self.mbconv7(x)  # [N, 320, 7, 7]
        x = self.conv2(x)  # [N, 1280, 7, 7]
        x = x.mean(dim=(2, 3))  # [N, 1280]
        x = self.dropout(x)  # [N, 1280]
        return self.linear(x)
