"""Inception-v3 (arXiv:1512.00567).

Printed by incspec from inception_v3.yaml; shapes in comments are those of an input of [N, 3, 299, 299].
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Normalize(nn.Module):
    """Each channel minus its mean, divided by its deviation."""

    def __init__(self, mean: tuple[float, ...], std: tuple[float, ...]) -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor(mean), persistent=False)
        self.register_buffer("std", torch.tensor(std), persistent=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        shape = [-1] + [1] * (x.dim() - 2)
        return (x - self.mean.view(shape)) / self.std.view(shape)


def trunc_normal_linear(layer: nn.Linear, std: float) -> nn.Linear:
    """Initialise a new layer, and return it."""
    nn.init.trunc_normal_(layer.weight, std=std)
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


class AuxHead(nn.Module):
    """Aux-head, figure 8 of arXiv:1512.00567."""

    def __init__(self, in_channels: int, classes: int) -> None:
        super().__init__()
        self.avg_pool = nn.AvgPool2d(5, stride=3)
        self.conv1 = ConvBnRelu(in_channels, 128, kernel_size=1)
        self.conv2 = ConvBnRelu(128, 768, kernel_size=5)
        self.linear = trunc_normal_linear(nn.Linear(768, classes), std=0.001)

    def forward(self, x: Tensor) -> Tensor:  # [N, 768, 17, 17] -> [N, 1000]
        x = self.avg_pool(x)  # [N, 768, 5, 5]
        x = self.conv1(x)  # [N, 128, 5, 5]
        x = self.conv2(x)  # [N, 768, 1, 1]
        x = x.mean(dim=(2, 3))  # [N, 768]
        return self.linear(x)


class InceptionV3Outputs(NamedTuple):
    """What Inception-v3 returns in training."""

    logits: Tensor  # [N, 1000]
    aux: Tensor  # [N, 1000]


class InceptionV3(nn.Module):
    """Inception-v3.

    In training it returns the outputs of the auxiliary heads as well, unless `aux` is false.
    """

    def __init__(
        self,
        classes: int = 1000,
        dropout: float = 0.5,
        transform_input: bool = False,
        aux: bool = True,
    ) -> None:
        super().__init__()
        self.normalize = (
            Normalize(
                (0.06550218340611359, 0.19642857142857134, 0.41777777777777764),
                (2.1834061135371177, 2.232142857142857, 2.2222222222222223),
            )
            if transform_input
            else nn.Identity()
        )
        self.conv2d_1a_3x3 = ConvBnRelu(3, 32, kernel_size=3, stride=2)
        self.conv2d_2a_3x3 = ConvBnRelu(32, 32, kernel_size=3)
        self.conv2d_2b_3x3 = ConvBnRelu(32, 64, kernel_size=3, padding=1)
        self.max_pool1 = nn.MaxPool2d(3, stride=2)
        self.conv2d_3b_1x1 = ConvBnRelu(64, 80, kernel_size=1)
        self.conv2d_4a_3x3 = ConvBnRelu(80, 192, kernel_size=3)
        self.max_pool2 = nn.MaxPool2d(3, stride=2)
        self.mixed_5b = InceptionA(192, pool=32)
        self.mixed_5c = InceptionA(256)
        self.mixed_5d = InceptionA(288)
        self.mixed_6a = ReductionA(288)
        self.mixed_6b = InceptionB(768, c=128)
        self.mixed_6c = InceptionB(768, c=160)
        self.mixed_6d = InceptionB(768, c=160)
        self.mixed_6e = InceptionB(768, c=192)
        self.mixed_7a = ReductionB(768)
        self.mixed_7b = InceptionC(1280)
        self.mixed_7c = InceptionC(2048)
        self.dropout = nn.Dropout(dropout)
        self.linear = trunc_normal_linear(nn.Linear(2048, classes), std=0.1)
        self.aux = AuxHead(768, classes=classes) if aux else None

    def forward(self, x: Tensor) -> Tensor | InceptionV3Outputs:
        # [N, 3, 299, 299] -> [N, 1000]
        x = self.normalize(x)  # [N, 3, 299, 299]
        x = self.conv2d_1a_3x3(x)  # [N, 32, 149, 149]
        x = self.conv2d_2a_3x3(x)  # [N, 32, 147, 147]
        x = self.conv2d_2b_3x3(x)  # [N, 64, 147, 147]
        x = self.max_pool1(x)  # [N, 64, 73, 73]
        x = self.conv2d_3b_1x1(x)  # [N, 80, 73, 73]
        x = self.conv2d_4a_3x3(x)  # [N, 192, 71, 71]
        x = self.max_pool2(x)  # [N, 192, 35, 35]
        x = self.mixed_5b(x)  # [N, 256, 35, 35]
        x = self.mixed_5c(x)  # [N, 288, 35, 35]
        x = self.mixed_5d(x)  # [N, 288, 35, 35]
        x = self.mixed_6a(x)  # [N, 768, 17, 17]
        x = self.mixed_6b(x)  # [N, 768, 17, 17]
        x = self.mixed_6c(x)  # [N, 768, 17, 17]
        x = self.mixed_6d(x)  # [N, 768, 17, 17]
        mixed_6e = self.mixed_6e(x)  # [N, 768, 17, 17]
        x = self.mixed_7a(mixed_6e)  # [N, 1280, 8, 8]
        x = self.mixed_7b(x)  # [N, 2048, 8, 8]
        x = self.mixed_7c(x)  # [N, 2048, 8, 8]
        x = x.mean(dim=(2, 3))  # [N, 2048]
        x = self.dropout(x)  # [N, 2048]
        logits = self.linear(x)  # [N, 1000]
        if self.training and self.aux is not None:
            return InceptionV3Outputs(logits, self.aux(mixed_6e))
        return logits

    def loss(
        self,
        outputs: Tensor | InceptionV3Outputs,
        target: Tensor,
        criterion: Callable[[Tensor, Tensor], Tensor] = F.cross_entropy,
    ) -> Tensor:
        """The loss of the outputs, those of auxiliary heads with their weights."""
        if isinstance(outputs, Tensor):
            return criterion(outputs, target)
        return criterion(outputs.logits, target) + 0.4 * criterion(outputs.aux, target)

    def _load_from_state_dict(
        self, state_dict: dict[str, Any], prefix: str, *args: Any
    ) -> None:
        """Pass over the weights of auxiliary heads where there are none."""
        if self.aux is None:
            for key in list(state_dict):
                if key.startswith(f"{prefix}aux."):
                    del state_dict[key]
        super()._load_from_state_dict(state_dict, prefix, *args)
