"""SE-Inception-v3 (arXiv:1512.00567).

Printed by incspec from se_inception_v3.yaml; shapes in comments are those of an input of [N, 3, 299, 299].
"""

import torch
from torch import Tensor, nn


def trunc_normal_linear(layer: nn.Linear) -> nn.Linear:
    """Initialise a new layer, and return it."""
    nn.init.trunc_normal_(layer.weight, std=0.1)
    return layer


class ConvBnRelu(nn.Module):
    """Conv2d without bias (trunc_normal weight), then BatchNorm2d, then ReLU."""

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
        nn.init.trunc_normal_(self.conv.weight, std=0.1)
        self.bn = nn.BatchNorm2d(out_channels, eps=0.001)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        return self.relu(self.bn(self.conv(x)))


class ConvRelu(nn.Module):
    """Conv2d (trunc_normal weight), then ReLU."""

    def __init__(self, in_channels: int, out_channels: int, kernel_size: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(in_channels, out_channels, kernel_size=kernel_size)
        nn.init.trunc_normal_(self.conv.weight, std=0.1)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        return self.relu(self.conv(x))


class ConvSigmoid(nn.Module):
    """Conv2d (trunc_normal weight), then Sigmoid."""

    def __init__(self, in_channels: int, out_channels: int, kernel_size: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(in_channels, out_channels, kernel_size=kernel_size)
        nn.init.trunc_normal_(self.conv.weight, std=0.1)
        self.sigmoid = nn.Sigmoid()

    def forward(self, x: Tensor) -> Tensor:
        return self.sigmoid(self.conv(x))


class InceptionA(nn.Module):
    """Inception-A, figure 5 of arXiv:1512.00567."""

    def __init__(self, in_channels: int, pool: int = 64) -> None:
        super().__init__()
        self.branch1 = ConvBnRelu(in_channels, 64, kernel_size=1)
        self.branch2 = nn.Sequential(
            ConvBnRelu(in_channels, 48, kernel_size=1),
            ConvBnRelu(48, 64, kernel_size=5, padding=2),
        )
        self.branch3 = nn.Sequential(
            ConvBnRelu(in_channels, 64, kernel_size=1),
            ConvBnRelu(64, 96, kernel_size=3, padding=1),
            ConvBnRelu(96, 96, kernel_size=3, padding=1),
        )
        self.branch4 = nn.Sequential(
            nn.AvgPool2d(3, stride=1, padding=1),
            ConvBnRelu(in_channels, pool, kernel_size=1),
        )

    def forward(self, x: Tensor) -> Tensor:  # [N, C, 35, 35] -> [N, C', 35, 35]
        return torch.cat(
            [self.branch1(x), self.branch2(x), self.branch3(x), self.branch4(x)], dim=1
        )


class SqueezeExcite(nn.Module):
    """The block `squeeze_excite`."""

    def __init__(self, in_channels: int) -> None:
        super().__init__()
        mid = in_channels // 16
        self.branch2_conv1 = ConvRelu(in_channels, mid, kernel_size=1)
        self.branch2_conv2 = ConvSigmoid(mid, in_channels, kernel_size=1)

    def forward(self, x: Tensor) -> Tensor:  # [N, C, H, W] -> [N, C, H, W]
        branch2 = x.mean(dim=(2, 3), keepdim=True)  # [N, C, 1, 1]
        branch2 = self.branch2_conv1(branch2)  # [N, mid, 1, 1]
        branch2 = self.branch2_conv2(branch2)  # [N, C, 1, 1]
        return x * branch2


class ReductionA(nn.Module):
    """Reduction-A, figure 10 of arXiv:1512.00567."""

    def __init__(self, in_channels: int) -> None:
        super().__init__()
        self.branch1 = ConvBnRelu(in_channels, 384, kernel_size=3, stride=2)
        self.branch2 = nn.Sequential(
            ConvBnRelu(in_channels, 64, kernel_size=1),
            ConvBnRelu(64, 96, kernel_size=3, padding=1),
            ConvBnRelu(96, 96, kernel_size=3, stride=2),
        )
        self.branch3 = nn.MaxPool2d(3, stride=2)

    def forward(self, x: Tensor) -> Tensor:  # [N, 288, 35, 35] -> [N, 768, 17, 17]
        return torch.cat([self.branch1(x), self.branch2(x), self.branch3(x)], dim=1)


class InceptionB(nn.Module):
    """Inception-B, figure 6 of arXiv:1512.00567."""

    def __init__(self, in_channels: int, c: int) -> None:
        super().__init__()
        self.branch1 = ConvBnRelu(in_channels, 192, kernel_size=1)
        self.branch2 = nn.Sequential(
            ConvBnRelu(in_channels, c, kernel_size=1),
            ConvBnRelu(c, c, kernel_size=(1, 7), padding=(0, 3)),
            ConvBnRelu(c, 192, kernel_size=(7, 1), padding=(3, 0)),
        )
        self.branch3 = nn.Sequential(
            ConvBnRelu(in_channels, c, kernel_size=1),
            ConvBnRelu(c, c, kernel_size=(7, 1), padding=(3, 0)),
            ConvBnRelu(c, c, kernel_size=(1, 7), padding=(0, 3)),
            ConvBnRelu(c, c, kernel_size=(7, 1), padding=(3, 0)),
            ConvBnRelu(c, 192, kernel_size=(1, 7), padding=(0, 3)),
        )
        self.branch4 = nn.Sequential(
            nn.AvgPool2d(3, stride=1, padding=1),
            ConvBnRelu(in_channels, 192, kernel_size=1),
        )

    def forward(self, x: Tensor) -> Tensor:  # [N, 768, 17, 17] -> [N, 768, 17, 17]
        return torch.cat(
            [self.branch1(x), self.branch2(x), self.branch3(x), self.branch4(x)], dim=1
        )


class ReductionB(nn.Module):
    """Reduction-B, figure 10 of arXiv:1512.00567."""

    def __init__(self, in_channels: int) -> None:
        super().__init__()
        self.branch1 = nn.Sequential(
            ConvBnRelu(in_channels, 192, kernel_size=1),
            ConvBnRelu(192, 320, kernel_size=3, stride=2),
        )
        self.branch2 = nn.Sequential(
            ConvBnRelu(in_channels, 192, kernel_size=1),
            ConvBnRelu(192, 192, kernel_size=(1, 7), padding=(0, 3)),
            ConvBnRelu(192, 192, kernel_size=(7, 1), padding=(3, 0)),
            ConvBnRelu(192, 192, kernel_size=3, stride=2),
        )
        self.branch3 = nn.MaxPool2d(3, stride=2)

    def forward(self, x: Tensor) -> Tensor:  # [N, 768, 17, 17] -> [N, 1280, 8, 8]
        return torch.cat([self.branch1(x), self.branch2(x), self.branch3(x)], dim=1)


class InceptionC(nn.Module):
    """Inception-C, figure 7 of arXiv:1512.00567."""

    def __init__(self, in_channels: int) -> None:
        super().__init__()
        self.branch1 = ConvBnRelu(in_channels, 320, kernel_size=1)
        self.branch2_conv = ConvBnRelu(in_channels, 384, kernel_size=1)
        self.branch2_branch1 = ConvBnRelu(384, 384, kernel_size=(1, 3), padding=(0, 1))
        self.branch2_branch2 = ConvBnRelu(384, 384, kernel_size=(3, 1), padding=(1, 0))
        self.branch3_conv1 = ConvBnRelu(in_channels, 448, kernel_size=1)
        self.branch3_conv2 = ConvBnRelu(448, 384, kernel_size=3, padding=1)
        self.branch3_branch1 = ConvBnRelu(384, 384, kernel_size=(1, 3), padding=(0, 1))
        self.branch3_branch2 = ConvBnRelu(384, 384, kernel_size=(3, 1), padding=(1, 0))
        self.branch4 = nn.Sequential(
            nn.AvgPool2d(3, stride=1, padding=1),
            ConvBnRelu(in_channels, 192, kernel_size=1),
        )

    def forward(self, x: Tensor) -> Tensor:  # [N, C, 8, 8] -> [N, 2048, 8, 8]
        branch2 = self.branch2_conv(x)  # [N, 384, 8, 8]
        branch2 = torch.cat(
            [self.branch2_branch1(branch2), self.branch2_branch2(branch2)], dim=1
        )  # [N, 768, 8, 8]
        branch3 = self.branch3_conv1(x)  # [N, 448, 8, 8]
        branch3 = self.branch3_conv2(branch3)  # [N, 384, 8, 8]
        branch3 = torch.cat(
            [self.branch3_branch1(branch3), self.branch3_branch2(branch3)], dim=1
        )  # [N, 768, 8, 8]
        return torch.cat([self.branch1(x), branch2, branch3, self.branch4(x)], dim=1)


class SEInceptionV3(nn.Module):
    """SE-Inception-v3."""

    def __init__(self, classes: int = 1000, dropout: float = 0.5) -> None:
        super().__init__()
        self.conv2d_1a_3x3 = ConvBnRelu(3, 32, kernel_size=3, stride=2)
        self.conv2d_2a_3x3 = ConvBnRelu(32, 32, kernel_size=3)
        self.conv2d_2b_3x3 = ConvBnRelu(32, 64, kernel_size=3, padding=1)
        self.max_pool1 = nn.MaxPool2d(3, stride=2)
        self.conv2d_3b_1x1 = ConvBnRelu(64, 80, kernel_size=1)
        self.conv2d_4a_3x3 = ConvBnRelu(80, 192, kernel_size=3)
        self.max_pool2 = nn.MaxPool2d(3, stride=2)
        self.mixed_5b = InceptionA(192, pool=32)
        self.squeeze_excite1 = SqueezeExcite(256)
        self.mixed_5c = InceptionA(256)
        self.squeeze_excite2 = SqueezeExcite(288)
        self.mixed_5d = InceptionA(288)
        self.squeeze_excite3 = SqueezeExcite(288)
        self.mixed_6a = ReductionA(288)
        self.squeeze_excite4 = SqueezeExcite(768)
        self.mixed_6b = InceptionB(768, c=128)
        self.squeeze_excite5 = SqueezeExcite(768)
        self.mixed_6c = InceptionB(768, c=160)
        self.squeeze_excite6 = SqueezeExcite(768)
        self.mixed_6d = InceptionB(768, c=160)
        self.squeeze_excite7 = SqueezeExcite(768)
        self.mixed_6e = InceptionB(768, c=192)
        self.squeeze_excite8 = SqueezeExcite(768)
        self.mixed_7a = ReductionB(768)
        self.squeeze_excite9 = SqueezeExcite(1280)
        self.mixed_7b = InceptionC(1280)
        self.squeeze_excite10 = SqueezeExcite(2048)
        self.mixed_7c = InceptionC(2048)
        self.squeeze_excite11 = SqueezeExcite(2048)
        self.dropout = nn.Dropout(dropout)
        self.linear = trunc_normal_linear(nn.Linear(2048, classes))

    def forward(self, x: Tensor) -> Tensor:  # [N, 3, 299, 299] -> [N, 1000]
        x = self.conv2d_1a_3x3(x)  # [N, 32, 149, 149]
        x = self.conv2d_2a_3x3(x)  # [N, 32, 147, 147]
        x = self.conv2d_2b_3x3(x)  # [N, 64, 147, 147]
        x = self.max_pool1(x)  # [N, 64, 73, 73]
        x = self.conv2d_3b_1x1(x)  # [N, 80, 73, 73]
        x = self.conv2d_4a_3x3(x)  # [N, 192, 71, 71]
        x = self.max_pool2(x)  # [N, 192, 35, 35]
        x = self.mixed_5b(x)  # [N, 256, 35, 35]
        x = self.squeeze_excite1(x)  # [N, 256, 35, 35]
        x = self.mixed_5c(x)  # [N, 288, 35, 35]
        x = self.squeeze_excite2(x)  # [N, 288, 35, 35]
        x = self.mixed_5d(x)  # [N, 288, 35, 35]
        x = self.squeeze_excite3(x)  # [N, 288, 35, 35]
        x = self.mixed_6a(x)  # [N, 768, 17, 17]
        x = self.squeeze_excite4(x)  # [N, 768, 17, 17]
        x = self.mixed_6b(x)  # [N, 768, 17, 17]
        x = self.squeeze_excite5(x)  # [N, 768, 17, 17]
        x = self.mixed_6c(x)  # [N, 768, 17, 17]
        x = self.squeeze_excite6(x)  # [N, 768, 17, 17]
        x = self.mixed_6d(x)  # [N, 768, 17, 17]
        x = self.squeeze_excite7(x)  # [N, 768, 17, 17]
        x = self.mixed_6e(x)  # [N, 768, 17, 17]
        x = self.squeeze_excite8(x)  # [N, 768, 17, 17]
        x = self.mixed_7a(x)  # [N, 1280, 8, 8]
        x = self.squeeze_excite9(x)  # [N, 1280, 8, 8]
        x = self.mixed_7b(x)  # [N, 2048, 8, 8]
        x = self.squeeze_excite10(x)  # [N, 2048, 8, 8]
        x = self.mixed_7c(x)  # [N, 2048, 8, 8]
        x = self.squeeze_excite11(x)  # [N, 2048, 8, 8]
        x = x.mean(dim=(2, 3))  # [N, 2048]
        x = self.dropout(x)  # [N, 2048]
        return self.linear(x)
