"""InceptionNeXt-Tiny (arXiv:2303.16900).

Printed by incspec from inception_next_tiny.yaml; shapes in comments are those of an input of [N, 3, 224, 224].
"""

import torch
from torch import Tensor, nn


class LayerScale(nn.Module):
    """A learnt factor for each channel; `axes` more axes come after that of the channels."""

    def __init__(self, channels: int, value: float, axes: int = 0) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.full((channels, *[1] * axes), value))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * self.weight

    def extra_repr(self) -> str:
        return f"{self.weight.shape[0]}"


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


def trunc_normal_conv2d(layer: nn.Conv2d) -> nn.Conv2d:
    """Initialise a new layer, and return it."""
    nn.init.trunc_normal_(layer.weight, std=0.02)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    return layer


def trunc_normal_linear(layer: nn.Linear) -> nn.Linear:
    """Initialise a new layer, and return it."""
    nn.init.trunc_normal_(layer.weight, std=0.02)
    nn.init.zeros_(layer.bias)
    return layer


class ConvGelu(nn.Module):
    """Conv2d (trunc_normal weight, constant bias), then GELU."""

    def __init__(self, in_channels: int, out_channels: int, kernel_size: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(in_channels, out_channels, kernel_size=kernel_size)
        nn.init.trunc_normal_(self.conv.weight, std=0.02)
        if self.conv.bias is not None:
            nn.init.zeros_(self.conv.bias)
        self.gelu = nn.GELU()

    def forward(self, x: Tensor) -> Tensor:
        return self.gelu(self.conv(x))


class ConvBn(nn.Module):
    """Conv2d (trunc_normal weight, constant bias), then BatchNorm2d."""

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: int, stride: int = 1
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(
            in_channels, out_channels, kernel_size=kernel_size, stride=stride
        )
        nn.init.trunc_normal_(self.conv.weight, std=0.02)
        if self.conv.bias is not None:
            nn.init.zeros_(self.conv.bias)
        self.bn = nn.BatchNorm2d(out_channels)

    def forward(self, x: Tensor) -> Tensor:
        return self.bn(self.conv(x))


class LinearGelu(nn.Module):
    """Linear (trunc_normal weight, constant bias), then GELU."""

    def __init__(self, in_features: int, out_features: int) -> None:
        super().__init__()
        self.linear = nn.Linear(in_features, out_features)
        nn.init.trunc_normal_(self.linear.weight, std=0.02)
        nn.init.zeros_(self.linear.bias)
        self.gelu = nn.GELU()

    def forward(self, x: Tensor) -> Tensor:
        return self.gelu(self.linear(x))


class Downsample(nn.Module):
    """The block `downsample`."""

    def __init__(self, in_channels: int, out: int) -> None:
        super().__init__()
        self.batch_norm = nn.BatchNorm2d(in_channels)
        self.conv = trunc_normal_conv2d(
            nn.Conv2d(in_channels, out, kernel_size=2, stride=2)
        )

    def forward(self, x: Tensor) -> Tensor:  # [N, C, H, W] -> [N, out, H', W']
        x = self.batch_norm(x)  # [N, C, H, W]
        return self.conv(x)


class InceptionDwconv(nn.Module):
    """The block `inception_dwconv`."""

    def __init__(self, in_channels: int, band: int = 11) -> None:
        super().__init__()
        g = in_channels // 8
        self.branch2 = trunc_normal_conv2d(
            nn.Conv2d(g, g, kernel_size=3, padding=1, groups=g)
        )
        self.branch3 = trunc_normal_conv2d(
            nn.Conv2d(
                g, g, kernel_size=(1, band), padding=(0, (band - 1) // 2), groups=g
            ),
        )
        self.branch4 = trunc_normal_conv2d(
            nn.Conv2d(
                g, g, kernel_size=(band, 1), padding=((band - 1) // 2, 0), groups=g
            ),
        )
        self.split_size = [in_channels - 3 * g, g, g, g]

    def forward(self, x: Tensor) -> Tensor:  # [N, C, H, W] -> [N, C, H, W]
        branch1, branch2, branch3, branch4 = x.split(
            self.split_size, dim=1
        )  # [N, C', H, W], [N, g, H, W], [N, g, H, W], [N, g, H, W]
        return torch.cat(
            [
                branch1,
                self.branch2(branch2),
                self.branch3(branch3),
                self.branch4(branch4),
            ],
            dim=1,
        )


class MetanextBlock(nn.Module):
    """Metanext-block, figure 2 of arXiv:2303.16900."""

    def __init__(
        self, in_channels: int, drop_path: float, call: int, calls: int, ratio: int = 4
    ) -> None:
        super().__init__()
        self.body = nn.Sequential(
            InceptionDwconv(in_channels),
            nn.BatchNorm2d(in_channels),
            ConvGelu(in_channels, ratio * in_channels, kernel_size=1),
            trunc_normal_conv2d(
                nn.Conv2d(ratio * in_channels, in_channels, kernel_size=1)
            ),
            LayerScale(in_channels, 1e-06, axes=2),
            DropPath(drop_path * call / (calls - 1)),
        )

    def forward(self, x: Tensor) -> Tensor:  # [N, C, H, W] -> [N, C, H, W]
        return x + self.body(x)


class InceptionNeXtTiny(nn.Module):
    """InceptionNeXt-Tiny."""

    def __init__(self, classes: int = 1000, drop_path: float = 0.1) -> None:
        super().__init__()
        self.conv = ConvBn(3, 96, kernel_size=4, stride=4)
        self.metanext_block1 = nn.Sequential(
            *[
                MetanextBlock(96, drop_path=drop_path, call=i, calls=18)
                for i in range(3)
            ]
        )
        self.downsample1 = Downsample(96, out=192)
        self.metanext_block2 = nn.Sequential(
            *[
                MetanextBlock(192, drop_path=drop_path, call=3 + i, calls=18)
                for i in range(3)
            ]
        )
        self.downsample2 = Downsample(192, out=384)
        self.metanext_block3 = nn.Sequential(
            *[
                MetanextBlock(384, drop_path=drop_path, call=6 + i, calls=18)
                for i in range(9)
            ]
        )
        self.downsample3 = Downsample(384, out=768)
        self.metanext_block4 = nn.Sequential(
            *[
                MetanextBlock(768, drop_path=drop_path, call=15 + i, calls=18, ratio=3)
                for i in range(3)
            ]
        )
        self.linear1 = LinearGelu(768, 2304)
        self.layer_norm = nn.LayerNorm(2304, eps=1e-06)
        self.linear2 = trunc_normal_linear(nn.Linear(2304, classes))

    def forward(self, x: Tensor) -> Tensor:  # [N, 3, 224, 224] -> [N, 1000]
        x = self.conv(x)  # [N, 96, 56, 56]
        x = self.metanext_block1(x)  # [N, 96, 56, 56]
        x = self.downsample1(x)  # [N, 192, 28, 28]
        x = self.metanext_block2(x)  # [N, 192, 28, 28]
        x = self.downsample2(x)  # [N, 384, 14, 14]
        x = self.metanext_block3(x)  # [N, 384, 14, 14]
        x = self.downsample3(x)  # [N, 768, 7, 7]
        x = self.metanext_block4(x)  # [N, 768, 7, 7]
        x = x.mean(dim=(2, 3))  # [N, 768]
        x = self.linear1(x)  # [N, 2304]
        x = self.layer_norm(x)  # [N, 2304]
        return self.linear2(x)
