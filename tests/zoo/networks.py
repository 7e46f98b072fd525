"""Networks that no package has, in plain torch, after the public code that their papers name.

They are written for their sizes alone, without parameters, and know nothing of ours.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812  # torch's own name for it
from torch import Tensor, nn

# --- InceptionTime, after the Keras code of arXiv:1909.04939


class TimeInception(nn.Module):
    """A bottleneck before three long kernels; a pool before a short one."""

    def __init__(self, channels: int, filters: int = 32, bottleneck: int = 32) -> None:
        super().__init__()
        self.bottleneck = nn.Conv1d(channels, bottleneck, 1, bias=False) if channels > 1 else None
        width = bottleneck if channels > 1 else channels
        self.long = nn.ModuleList(nn.Conv1d(width, filters, size, bias=False) for size in (40, 20, 10))
        self.short = nn.Conv1d(channels, filters, 1, bias=False)
        self.norm = nn.BatchNorm1d(4 * filters, eps=1e-3, momentum=0.01)

    def forward(self, x: Tensor) -> Tensor:
        narrow = self.bottleneck(x) if self.bottleneck is not None else x
        # TensorFlow's "same": all cells but one of the kernel, the odd one behind.
        found = [conv(F.pad(narrow, ((k - 1) // 2, k // 2))) for conv, k in zip(self.long, (40, 20, 10), strict=True)]
        found.append(self.short(F.max_pool1d(x, 3, 1, 1)))
        return F.relu(self.norm(torch.cat(found, 1)))


class InceptionTime(nn.Module):
    """Six modules, with a shortcut past every third."""

    def __init__(self, channels: int = 1, classes: int = 2) -> None:
        super().__init__()
        parts: list[nn.Module] = []
        for start in (0, 3):
            width = channels if start == 0 else 128
            parts += [nn.Conv1d(width, 128, 1, bias=False), nn.BatchNorm1d(128, eps=1e-3, momentum=0.01)]
            parts += [TimeInception(width if depth == 0 else 128) for depth in range(3)]
        self.parts = nn.ModuleList(parts)
        self.head = nn.Linear(128, classes)

    def forward(self, x: Tensor) -> Tensor:
        for start in (0, 5):
            conv, norm, *modules = self.parts[start : start + 5]
            y = x
            for module in modules:
                y = module(y)
            x = F.relu(norm(conv(x)) + y)
        return self.head(x.mean(2))  # type: ignore[no-any-return]


# --- I3D, after the published TensorFlow code of arXiv:1705.07750 and its port to torch


def pad_same(x: Tensor, kernel: tuple[int, ...], stride: tuple[int, ...]) -> Tensor:
    """Zeros round a tensor as TensorFlow has them, for windows that give the size divided by the stride, rounded up."""
    cells: list[int] = []
    for size, k, s in zip(x.shape[2:], kernel, stride, strict=True):
        total = max(k - s if size % s == 0 else k - size % s, 0)
        cells = [total // 2, total - total // 2, *cells]
    return F.pad(x, cells)


class Unit3D(nn.Module):
    """Convolution, batch norm and activation."""

    def __init__(self, channels: int, out: int, kernel: int = 1, stride: int = 1) -> None:
        super().__init__()
        self.size, self.step = (kernel,) * 3, (stride,) * 3
        self.conv = nn.Conv3d(channels, out, kernel, stride, bias=False)
        self.norm = nn.BatchNorm3d(out, eps=1e-3, momentum=0.01)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.norm(self.conv(pad_same(x, self.size, self.step))))


class SamePool3D(nn.Module):
    """Maximum; the zeros of the padding are never larger than what comes out of an activation."""

    def __init__(self, kernel: tuple[int, int, int], stride: tuple[int, int, int]) -> None:
        super().__init__()
        self.size, self.step = kernel, stride

    def forward(self, x: Tensor) -> Tensor:
        return F.max_pool3d(pad_same(x, self.size, self.step), self.size, self.step)


class Inception3D(nn.Module):
    """Four branches."""

    def __init__(self, channels: int, widths: tuple[int, int, int, int, int, int]) -> None:
        super().__init__()
        a, b, c, d, e, f = widths
        self.b0 = Unit3D(channels, a)
        self.b1 = nn.Sequential(Unit3D(channels, b), Unit3D(b, c, 3))
        self.b2 = nn.Sequential(Unit3D(channels, d), Unit3D(d, e, 3))
        self.b3 = nn.Sequential(SamePool3D((3, 3, 3), (1, 1, 1)), Unit3D(channels, f))

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([self.b0(x), self.b1(x), self.b2(x), self.b3(x)], 1)


class I3D(nn.Module):
    """The RGB stream, without dropout; the logits of all moments averaged. `window` is that of the last pool."""

    def __init__(self, classes: int = 400, window: tuple[int, int, int] = (2, 7, 7)) -> None:
        super().__init__()
        self.window = window
        self.features = nn.Sequential(
            Unit3D(3, 64, 7, 2),
            SamePool3D((1, 3, 3), (1, 2, 2)),
            Unit3D(64, 64),
            Unit3D(64, 192, 3),
            SamePool3D((1, 3, 3), (1, 2, 2)),
            Inception3D(192, (64, 96, 128, 16, 32, 32)),
            Inception3D(256, (128, 128, 192, 32, 96, 64)),
            SamePool3D((3, 3, 3), (2, 2, 2)),
            Inception3D(480, (192, 96, 208, 16, 48, 64)),
            Inception3D(512, (160, 112, 224, 24, 64, 64)),
            Inception3D(512, (128, 128, 256, 24, 64, 64)),
            Inception3D(512, (112, 144, 288, 32, 64, 64)),
            Inception3D(528, (256, 160, 320, 32, 128, 128)),
            SamePool3D((2, 2, 2), (2, 2, 2)),
            Inception3D(832, (256, 160, 320, 32, 128, 128)),
            Inception3D(832, (384, 192, 384, 48, 128, 128)),
        )
        self.logits = nn.Conv3d(1024, classes, 1)

    def forward(self, x: Tensor) -> Tensor:
        x = F.avg_pool3d(self.features(x), self.window, stride=1)
        return self.logits(x).squeeze(4).squeeze(3).mean(2)  # type: ignore[no-any-return]


# --- U-Net, after figure 1 of arXiv:1505.04597


class DoubleConv(nn.Sequential):
    """Two convolutions without padding."""

    def __init__(self, channels: int, out: int) -> None:
        super().__init__(nn.Conv2d(channels, out, 3), nn.ReLU(), nn.Conv2d(out, out, 3), nn.ReLU())


class UpConv(nn.Module):
    """Twice the size and half the channels, the middle of a skip beside it, and two convolutions."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.up = nn.ConvTranspose2d(channels, channels // 2, 2, 2)
        self.convs = DoubleConv(channels, channels // 2)

    def forward(self, x: Tensor, skip: Tensor) -> Tensor:
        x = self.up(x)
        top, left = ((skip.shape[axis] - x.shape[axis]) // 2 for axis in (2, 3))
        middle = skip[:, :, top : top + x.shape[2], left : left + x.shape[3]]
        return self.convs(torch.cat([middle, x], 1))  # type: ignore[no-any-return]


class UNet(nn.Module):
    """Down and up again, without dropout."""

    def __init__(self, channels: int = 1, classes: int = 2) -> None:
        super().__init__()
        widths = (64, 128, 256, 512, 1024)
        self.down = nn.ModuleList(DoubleConv(a, b) for a, b in zip((channels, *widths), widths, strict=False))
        self.up = nn.ModuleList(UpConv(width) for width in widths[:0:-1])
        self.head = nn.Conv2d(64, classes, 1)

    def forward(self, x: Tensor) -> Tensor:
        skips: list[Tensor] = []
        for level, convs in enumerate(self.down):
            x = convs(F.max_pool2d(x, 2) if level else x)
            skips.append(x)
        for up, skip in zip(self.up, skips[-2::-1], strict=True):
            x = up(x, skip)
        return self.head(x)  # type: ignore[no-any-return]
