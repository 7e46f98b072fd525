"""U-Net (arXiv:1505.04597).

Printed by incspec from unet.yaml; shapes in comments are those of an input of [N, 1, 572, 572].
"""

import torch
from torch import Tensor, nn


def kaiming_normal_conv2d(layer: nn.Conv2d) -> nn.Conv2d:
    """Initialise a new layer, and return it."""
    nn.init.kaiming_normal_(layer.weight)
    return layer


class ConvRelu(nn.Module):
    """Conv2d (kaiming_normal weight), then ReLU."""

    def __init__(self, in_channels: int, out_channels: int, kernel_size: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(in_channels, out_channels, kernel_size=kernel_size)
        nn.init.kaiming_normal_(self.conv.weight)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        return self.relu(self.conv(x))


class Double(nn.Module):
    """The block `double`."""

    def __init__(self, in_channels: int, out: int) -> None:
        super().__init__()
        self.conv1 = ConvRelu(in_channels, out, kernel_size=3)
        self.conv2 = ConvRelu(out, out, kernel_size=3)

    def forward(self, x: Tensor) -> Tensor:  # [N, C, H, W] -> [N, out, H', W']
        x = self.conv1(x)  # [N, out, H'', W'']
        return self.conv2(x)


class Expand(nn.Module):
    """The block `expand`."""

    def __init__(self, x_channels: int, skip_channels: int, margin: int) -> None:
        super().__init__()
        out = x_channels // 2
        self.cropped = nn.ZeroPad2d(-margin)
        self.up = nn.ConvTranspose2d(x_channels, out, kernel_size=2, stride=2)
        self.double_ = Double(skip_channels + out, out=out)

    def forward(self, x: Tensor, skip: Tensor) -> Tensor:
        # [N, C, H, W], [N, skip_channels, H', W'] -> [N, skip_channels, H'', W'']
        cropped = self.cropped(skip)  # [N, skip_channels, H''', W''']
        y = self.up(x)  # [N, skip_channels, H''', W''']
        y = torch.cat([cropped, y], dim=1)  # [N, C, H''', W''']
        return self.double_(y)


class UNet(nn.Module):
    """U-Net."""

    def __init__(self, classes: int = 2, dropout: float = 0.5) -> None:
        super().__init__()
        self.level1 = Double(1, out=64)
        self.max_pool1 = nn.MaxPool2d(2, stride=2)
        self.level2 = Double(64, out=128)
        self.max_pool2 = nn.MaxPool2d(2, stride=2)
        self.level3 = Double(128, out=256)
        self.max_pool3 = nn.MaxPool2d(2, stride=2)
        self.double1 = Double(256, out=512)
        self.level4 = nn.Dropout(dropout)
        self.max_pool4 = nn.MaxPool2d(2, stride=2)
        self.double2 = Double(512, out=1024)
        self.level5 = nn.Dropout(dropout)
        self.up4 = Expand(x_channels=1024, skip_channels=512, margin=4)
        self.up3 = Expand(x_channels=512, skip_channels=256, margin=16)
        self.up2 = Expand(x_channels=256, skip_channels=128, margin=40)
        self.up1 = Expand(x_channels=128, skip_channels=64, margin=88)
        self.conv = kaiming_normal_conv2d(nn.Conv2d(64, classes, kernel_size=1))

    def forward(self, x: Tensor) -> Tensor:  # [N, 1, 572, 572] -> [N, 2, 388, 388]
        level1 = self.level1(x)  # [N, 64, 568, 568]
        x = self.max_pool1(level1)  # [N, 64, 284, 284]
        level2 = self.level2(x)  # [N, 128, 280, 280]
        x = self.max_pool2(level2)  # [N, 128, 140, 140]
        level3 = self.level3(x)  # [N, 256, 136, 136]
        x = self.max_pool3(level3)  # [N, 256, 68, 68]
        x = self.double1(x)  # [N, 512, 64, 64]
        level4 = self.level4(x)  # [N, 512, 64, 64]
        x = self.max_pool4(level4)  # [N, 512, 32, 32]
        x = self.double2(x)  # [N, 1024, 28, 28]
        level5 = self.level5(x)  # [N, 1024, 28, 28]
        up4 = self.up4(level5, level4)  # [N, 512, 52, 52]
        up3 = self.up3(up4, level3)  # [N, 256, 100, 100]
        up2 = self.up2(up3, level2)  # [N, 128, 196, 196]
        x = self.up1(up2, level1)  # [N, 64, 388, 388]
        return self.conv(x)
