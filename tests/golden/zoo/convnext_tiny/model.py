"""ConvNeXt-Tiny (arXiv:2201.03545).

Printed by incspec from convnext_tiny.yaml; shapes in comments are those of an input of [N, 3, 224, 224].
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


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


class ChannelLayerNorm(nn.LayerNorm):
    """Layer normalisation over the channels at each position, which come before the other axes."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x.movedim(1, -1)
        x = F.layer_norm(x, self.normalized_shape, self.weight, self.bias, self.eps)
        return x.movedim(-1, 1)


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


class ConvLn(nn.Module):
    """Conv2d (trunc_normal weight, constant bias), then ChannelLayerNorm."""

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
        self.ln = ChannelLayerNorm(out_channels, eps=1e-06)

    def forward(self, x: Tensor) -> Tensor:
        return self.ln(self.conv(x))


class ConvnextBlock(nn.Module):
    """Convnext-block, figure 4 of arXiv:2201.03545."""

    def __init__(
        self, in_channels: int, drop_path: float, call: int, calls: int
    ) -> None:
        super().__init__()
        self.conv = trunc_normal_conv2d(
            nn.Conv2d(
                in_channels, in_channels, kernel_size=7, padding=3, groups=in_channels
            ),
        )
        self.layer_norm = nn.LayerNorm(in_channels, eps=1e-06)
        self.linear1 = LinearGelu(in_channels, 4 * in_channels)
        self.linear2 = trunc_normal_linear(nn.Linear(4 * in_channels, in_channels))
        self.layer_scale = LayerScale(in_channels, 1e-06, axes=2)
        self.drop_path = DropPath(drop_path * call / (calls - 1))

    def forward(self, x: Tensor) -> Tensor:  # [N, C, H, W] -> [N, C, H, W]
        body = self.conv(x)  # [N, C, H, W]
        body = body.permute(0, 2, 3, 1)  # [N, H, W, C]
        body = self.layer_norm(body)  # [N, H, W, C]
        body = self.linear1(body)  # [N, H, W, C']
        body = self.linear2(body)  # [N, H, W, C]
        body = body.permute(0, 3, 1, 2)  # [N, C, H, W]
        body = self.layer_scale(body)  # [N, C, H, W]
        body = self.drop_path(body)  # [N, C, H, W]
        return x + body


class Downsample(nn.Module):
    """The block `downsample`."""

    def __init__(self, in_channels: int, out: int) -> None:
        super().__init__()
        self.layer_norm = ChannelLayerNorm(in_channels, eps=1e-06)
        self.conv = trunc_normal_conv2d(
            nn.Conv2d(in_channels, out, kernel_size=2, stride=2)
        )

    def forward(self, x: Tensor) -> Tensor:  # [N, C, H, W] -> [N, out, H', W']
        x = self.layer_norm(x)  # [N, C, H, W]
        return self.conv(x)


class ConvNeXtTiny(nn.Module):
    """ConvNeXt-Tiny."""

    def __init__(self, classes: int = 1000, drop_path: float = 0.1) -> None:
        super().__init__()
        self.conv = ConvLn(3, 96, kernel_size=4, stride=4)
        self.convnext_block1 = nn.Sequential(
            *[
                ConvnextBlock(96, drop_path=drop_path, call=i, calls=18)
                for i in range(3)
            ]
        )
        self.downsample1 = Downsample(96, out=192)
        self.convnext_block2 = nn.Sequential(
            *[
                ConvnextBlock(192, drop_path=drop_path, call=3 + i, calls=18)
                for i in range(3)
            ]
        )
        self.downsample2 = Downsample(192, out=384)
        self.convnext_block3 = nn.Sequential(
            *[
                ConvnextBlock(384, drop_path=drop_path, call=6 + i, calls=18)
                for i in range(9)
            ]
        )
        self.downsample3 = Downsample(384, out=768)
        self.convnext_block4 = nn.Sequential(
            *[
                ConvnextBlock(768, drop_path=drop_path, call=15 + i, calls=18)
                for i in range(3)
            ]
        )
        self.layer_norm = nn.LayerNorm(768, eps=1e-06)
        self.linear = trunc_normal_linear(nn.Linear(768, classes))

    def forward(self, x: Tensor) -> Tensor:  # [N, 3, 224, 224] -> [N, 1000]
        x = self.conv(x)  # [N, 96, 56, 56]
        x = self.convnext_block1(x)  # [N, 96, 56, 56]
        x = self.downsample1(x)  # [N, 192, 28, 28]
        x = self.convnext_block2(x)  # [N, 192, 28, 28]
        x = self.downsample2(x)  # [N, 384, 14, 14]
        x = self.convnext_block3(x)  # [N, 384, 14, 14]
        x = self.downsample3(x)  # [N, 768, 7, 7]
        x = self.convnext_block4(x)  # [N, 768, 7, 7]
        x = x.mean(dim=(2, 3))  # [N, 768]
        x = self.layer_norm(x)  # [N, 768]
        return self.linear(x)
