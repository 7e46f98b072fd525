"""Inception-v3, repaired (arXiv:1512.00567).

Printed by incspec from t3_inception_v3.yaml; shapes in comments are those of an input of [N, 3, 299, 299].
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class ConvBnRelu(nn.Module):
    """Conv2d without bias, then BatchNorm2d, then ReLU."""

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
        self.bn = nn.BatchNorm2d(out_channels, eps=0.001)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        return self.relu(self.bn(self.conv(x)))


class LinearRelu(nn.Module):
    """Linear, then ReLU."""

    def __init__(self, in_features: int, out_features: int) -> None:
        super().__init__()
        self.linear = nn.Linear(in_features, out_features)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        return self.relu(self.linear(x))


class Stem(nn.Module):
    """The block `stem`."""

    def __init__(self, in_channels: int) -> None:
        super().__init__()
        self.conv1 = ConvBnRelu(in_channels, 32, kernel_size=3, stride=2)
        self.conv2 = ConvBnRelu(32, 32, kernel_size=3)
        self.conv3 = ConvBnRelu(32, 64, kernel_size=3, padding=1)
        self.max_pool = nn.MaxPool2d(3, stride=2)
        self.conv4 = ConvBnRelu(64, 80, kernel_size=3)
        self.conv5 = ConvBnRelu(80, 192, kernel_size=3, stride=2)
        self.conv6 = ConvBnRelu(192, 288, kernel_size=3, padding=1)

    def forward(self, x: Tensor) -> Tensor:  # [N, 3, 299, 299] -> [N, 288, 35, 35]
        x = self.conv1(x)  # [N, 32, 149, 149]
        x = self.conv2(x)  # [N, 32, 147, 147]
        x = self.conv3(x)  # [N, 64, 147, 147]
        x = self.max_pool(x)  # [N, 64, 73, 73]
        x = self.conv4(x)  # [N, 80, 71, 71]
        x = self.conv5(x)  # [N, 192, 35, 35]
        return self.conv6(x)


class InceptionA(nn.Module):
    """Inception-A, figure 5 of arXiv:1512.00567."""

    def __init__(self, in_channels: int) -> None:
        super().__init__()
        self.branch1 = nn.Sequential(
            ConvBnRelu(in_channels, 64, kernel_size=1),
            ConvBnRelu(64, 96, kernel_size=3, padding=1),
            ConvBnRelu(96, 96, kernel_size=3, padding=1),
        )
        self.branch2 = nn.Sequential(
            ConvBnRelu(in_channels, 48, kernel_size=1),
            ConvBnRelu(48, 64, kernel_size=3, padding=1),
        )
        self.branch3 = nn.Sequential(
            nn.MaxPool2d(3, stride=1, padding=1),
            ConvBnRelu(in_channels, 64, kernel_size=1),
        )
        self.branch4 = ConvBnRelu(in_channels, 64, kernel_size=1)

    def forward(self, x: Tensor) -> Tensor:  # [N, 288, 35, 35] -> [N, 288, 35, 35]
        return torch.cat(
            [self.branch1(x), self.branch2(x), self.branch3(x), self.branch4(x)], dim=1
        )


class ReductionA(nn.Module):
    """Reduction-A, figure 10 of arXiv:1512.00567."""

    def __init__(self, in_channels: int) -> None:
        super().__init__()
        self.branch1 = nn.Sequential(
            ConvBnRelu(in_channels, 64, kernel_size=1),
            ConvBnRelu(64, 96, kernel_size=3, padding=1),
            ConvBnRelu(96, 96, kernel_size=3, stride=2),
        )
        self.branch2 = ConvBnRelu(in_channels, 384, kernel_size=3, stride=2)
        self.branch3 = nn.MaxPool2d(3, stride=2)

    def forward(self, x: Tensor) -> Tensor:  # [N, 288, 35, 35] -> [N, 768, 17, 17]
        return torch.cat([self.branch1(x), self.branch2(x), self.branch3(x)], dim=1)


class InceptionB(nn.Module):
    """Inception-B, figure 6 of arXiv:1512.00567."""

    def __init__(self, in_channels: int, c: int) -> None:
        super().__init__()
        self.branch1 = nn.Sequential(
            ConvBnRelu(in_channels, c, kernel_size=1),
            ConvBnRelu(c, c, kernel_size=(1, 7), padding=(0, 3)),
            ConvBnRelu(c, c, kernel_size=(7, 1), padding=(3, 0)),
            ConvBnRelu(c, c, kernel_size=(1, 7), padding=(0, 3)),
            ConvBnRelu(c, 192, kernel_size=(7, 1), padding=(3, 0)),
        )
        self.branch2 = nn.Sequential(
            ConvBnRelu(in_channels, c, kernel_size=1),
            ConvBnRelu(c, c, kernel_size=(1, 7), padding=(0, 3)),
            ConvBnRelu(c, 192, kernel_size=(7, 1), padding=(3, 0)),
        )
        self.branch3 = nn.Sequential(
            nn.MaxPool2d(3, stride=1, padding=1),
            ConvBnRelu(in_channels, 192, kernel_size=1),
        )
        self.branch4 = ConvBnRelu(in_channels, 192, kernel_size=1)

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
            ConvBnRelu(192, 192, kernel_size=(1, 7), padding=(0, 3)),
            ConvBnRelu(192, 192, kernel_size=(7, 1), padding=(3, 0)),
            ConvBnRelu(192, 192, kernel_size=3, stride=2),
        )
        self.branch2 = nn.Sequential(
            ConvBnRelu(in_channels, 192, kernel_size=1),
            ConvBnRelu(192, 320, kernel_size=3, stride=2),
        )
        self.branch3 = nn.MaxPool2d(3, stride=2)

    def forward(self, x: Tensor) -> Tensor:  # [N, 768, 17, 17] -> [N, 1280, 8, 8]
        return torch.cat([self.branch1(x), self.branch2(x), self.branch3(x)], dim=1)


class InceptionC(nn.Module):
    """Inception-C, figure 7 of arXiv:1512.00567."""

    def __init__(self, in_channels: int) -> None:
        super().__init__()
        self.branch1_conv1 = ConvBnRelu(in_channels, 448, kernel_size=1)
        self.branch1_conv2 = ConvBnRelu(448, 384, kernel_size=3, padding=1)
        self.branch1_branch1 = ConvBnRelu(384, 384, kernel_size=(1, 3), padding=(0, 1))
        self.branch1_branch2 = ConvBnRelu(384, 384, kernel_size=(3, 1), padding=(1, 0))
        self.branch2_conv = ConvBnRelu(in_channels, 384, kernel_size=1)
        self.branch2_branch1 = ConvBnRelu(384, 384, kernel_size=(1, 3), padding=(0, 1))
        self.branch2_branch2 = ConvBnRelu(384, 384, kernel_size=(3, 1), padding=(1, 0))
        self.branch3 = nn.Sequential(
            nn.MaxPool2d(3, stride=1, padding=1),
            ConvBnRelu(in_channels, 192, kernel_size=1),
        )
        self.branch4 = ConvBnRelu(in_channels, 320, kernel_size=1)

    def forward(self, x: Tensor) -> Tensor:  # [N, C, 8, 8] -> [N, 2048, 8, 8]
        branch1 = self.branch1_conv1(x)  # [N, 448, 8, 8]
        branch1 = self.branch1_conv2(branch1)  # [N, 384, 8, 8]
        branch1 = torch.cat(
            [self.branch1_branch1(branch1), self.branch1_branch2(branch1)], dim=1
        )  # [N, 768, 8, 8]
        branch2 = self.branch2_conv(x)  # [N, 384, 8, 8]
        branch2 = torch.cat(
            [self.branch2_branch1(branch2), self.branch2_branch2(branch2)], dim=1
        )  # [N, 768, 8, 8]
        return torch.cat([branch1, branch2, self.branch3(x), self.branch4(x)], dim=1)


class AuxHead(nn.Module):
    """Aux-head, figure 8 of arXiv:1512.00567."""

    def __init__(self, in_channels: int, classes: int) -> None:
        super().__init__()
        self.avg_pool = nn.AvgPool2d(5, stride=3)
        self.conv = ConvBnRelu(in_channels, 128, kernel_size=1)
        self.flatten = nn.Flatten()
        self.linear1 = LinearRelu(3200, 1024)
        self.dropout = nn.Dropout(0.7)
        self.linear2 = nn.Linear(1024, classes)

    def forward(self, x: Tensor) -> Tensor:  # [N, 768, 17, 17] -> [N, 1000]
        x = self.avg_pool(x)  # [N, 768, 5, 5]
        x = self.conv(x)  # [N, 128, 5, 5]
        x = self.flatten(x)  # [N, 3200]
        x = self.linear1(x)  # [N, 1024]
        x = self.dropout(x)  # [N, 1024]
        return self.linear2(x)


class InceptionV3RepairedOutputs(NamedTuple):
    """What Inception-v3, repaired returns in training."""

    logits: Tensor  # [N, 1000]
    aux: Tensor  # [N, 1000]


class InceptionV3Repaired(nn.Module):
    """Inception-v3, repaired.

    In training it returns the outputs of the auxiliary heads as well, unless `aux` is false.
    """

    def __init__(self, classes: int = 1000, aux: bool = True) -> None:
        super().__init__()
        self.stem = Stem(3)
        self.inception_a = nn.Sequential(*[InceptionA(288) for _ in range(3)])
        self.reduction_a = ReductionA(288)
        self.inception_b1 = InceptionB(768, c=128)
        self.inception_b2 = nn.Sequential(*[InceptionB(768, c=160) for _ in range(3)])
        self.last_17x17 = InceptionB(768, c=192)
        self.reduction_b = ReductionB(768)
        self.inception_c1 = InceptionC(1280)
        self.inception_c2 = InceptionC(2048)
        self.dropout = nn.Dropout(0.5)
        self.linear = nn.Linear(2048, classes)
        self.aux = AuxHead(768, classes=classes) if aux else None

    def forward(self, x: Tensor) -> Tensor | InceptionV3RepairedOutputs:
        # [N, 3, 299, 299] -> [N, 1000]
        x = self.stem(x)  # [N, 288, 35, 35]
        x = self.inception_a(x)  # [N, 288, 35, 35]
        x = self.reduction_a(x)  # [N, 768, 17, 17]
        x = self.inception_b1(x)  # [N, 768, 17, 17]
        x = self.inception_b2(x)  # [N, 768, 17, 17]
        last_17x17 = self.last_17x17(x)  # [N, 768, 17, 17]
        x = self.reduction_b(last_17x17)  # [N, 1280, 8, 8]
        x = self.inception_c1(x)  # [N, 2048, 8, 8]
        x = self.inception_c2(x)  # [N, 2048, 8, 8]
        x = x.mean(dim=(2, 3))  # [N, 2048]
        x = self.dropout(x)  # [N, 2048]
        logits = self.linear(x)  # [N, 1000]
        if self.training and self.aux is not None:
            return InceptionV3RepairedOutputs(logits, self.aux(last_17x17))
        return logits

    def loss(
        self,
        outputs: Tensor | InceptionV3RepairedOutputs,
        target: Tensor,
        criterion: Callable[[Tensor, Tensor], Tensor] = F.cross_entropy,
    ) -> Tensor:
        """The loss of the outputs, those of auxiliary heads with their weights."""
        if isinstance(outputs, Tensor):
            return criterion(outputs, target)
        return criterion(outputs.logits, target) + 0.3 * criterion(outputs.aux, target)

    def _load_from_state_dict(
        self, state_dict: dict[str, Any], prefix: str, *args: Any
    ) -> None:
        """Pass over the weights of auxiliary heads where there are none."""
        if self.aux is None:
            for key in list(state_dict):
                if key.startswith(f"{prefix}aux."):
                    del state_dict[key]
        super()._load_from_state_dict(state_dict, prefix, *args)
