"""Inception-v4 (TF-slim) (arXiv:1602.07261).

Printed by incspec from inception_v4_tf.yaml; shapes in comments are those of an input of [N, 3, 299, 299].
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


class Stem(nn.Module):
    """Stem, figure 3 of arXiv:1602.07261."""

    def __init__(self, in_channels: int) -> None:
        super().__init__()
        self.conv1 = ConvBnRelu(in_channels, 32, kernel_size=3, stride=2)
        self.conv2 = ConvBnRelu(32, 32, kernel_size=3)
        self.conv3 = ConvBnRelu(32, 64, kernel_size=3, padding=1)
        self.concat1_branch1 = nn.MaxPool2d(3, stride=2)
        self.concat1_branch2 = ConvBnRelu(64, 96, kernel_size=3, stride=2)
        self.concat2_branch1 = nn.Sequential(
            ConvBnRelu(160, 64, kernel_size=1),
            ConvBnRelu(64, 96, kernel_size=3),
        )
        self.concat2_branch2 = nn.Sequential(
            ConvBnRelu(160, 64, kernel_size=1),
            ConvBnRelu(64, 64, kernel_size=(1, 7), padding=(0, 3)),
            ConvBnRelu(64, 64, kernel_size=(7, 1), padding=(3, 0)),
            ConvBnRelu(64, 96, kernel_size=3),
        )
        self.concat3_branch1 = ConvBnRelu(192, 192, kernel_size=3, stride=2)
        self.concat3_branch2 = nn.MaxPool2d(3, stride=2)

    def forward(self, x: Tensor) -> Tensor:  # [N, 3, 299, 299] -> [N, 384, 35, 35]
        x = self.conv1(x)  # [N, 32, 149, 149]
        x = self.conv2(x)  # [N, 32, 147, 147]
        x = self.conv3(x)  # [N, 64, 147, 147]
        x = torch.cat(
            [self.concat1_branch1(x), self.concat1_branch2(x)], dim=1
        )  # [N, 160, 73, 73]
        x = torch.cat(
            [self.concat2_branch1(x), self.concat2_branch2(x)], dim=1
        )  # [N, 192, 71, 71]
        return torch.cat([self.concat3_branch1(x), self.concat3_branch2(x)], dim=1)


class InceptionA(nn.Module):
    """Inception-A, figure 4 of arXiv:1602.07261."""

    def __init__(self, in_channels: int) -> None:
        super().__init__()
        self.branch1 = ConvBnRelu(in_channels, 96, kernel_size=1)
        self.branch2 = nn.Sequential(
            ConvBnRelu(in_channels, 64, kernel_size=1),
            ConvBnRelu(64, 96, kernel_size=3, padding=1),
        )
        self.branch3 = nn.Sequential(
            ConvBnRelu(in_channels, 64, kernel_size=1),
            ConvBnRelu(64, 96, kernel_size=3, padding=1),
            ConvBnRelu(96, 96, kernel_size=3, padding=1),
        )
        self.branch4 = nn.Sequential(
            nn.AvgPool2d(3, stride=1, padding=1, count_include_pad=False),
            ConvBnRelu(in_channels, 96, kernel_size=1),
        )

    def forward(self, x: Tensor) -> Tensor:  # [N, 384, 35, 35] -> [N, 384, 35, 35]
        return torch.cat(
            [self.branch1(x), self.branch2(x), self.branch3(x), self.branch4(x)], dim=1
        )


class ReductionA(nn.Module):
    """Reduction-A, figure 7 of arXiv:1602.07261."""

    def __init__(
        self, in_channels: int, k: int = 192, l_: int = 224, m: int = 256, n: int = 384
    ) -> None:
        super().__init__()
        self.branch1 = ConvBnRelu(in_channels, n, kernel_size=3, stride=2)
        self.branch2 = nn.Sequential(
            ConvBnRelu(in_channels, k, kernel_size=1),
            ConvBnRelu(k, l_, kernel_size=3, padding=1),
            ConvBnRelu(l_, m, kernel_size=3, stride=2),
        )
        self.branch3 = nn.MaxPool2d(3, stride=2)

    def forward(self, x: Tensor) -> Tensor:  # [N, 384, 35, 35] -> [N, 1024, 17, 17]
        return torch.cat([self.branch1(x), self.branch2(x), self.branch3(x)], dim=1)


class InceptionB(nn.Module):
    """Inception-B, figure 5 of arXiv:1602.07261."""

    def __init__(self, in_channels: int) -> None:
        super().__init__()
        self.branch1 = ConvBnRelu(in_channels, 384, kernel_size=1)
        self.branch2 = nn.Sequential(
            ConvBnRelu(in_channels, 192, kernel_size=1),
            ConvBnRelu(192, 224, kernel_size=(1, 7), padding=(0, 3)),
            ConvBnRelu(224, 256, kernel_size=(7, 1), padding=(3, 0)),
        )
        self.branch3 = nn.Sequential(
            ConvBnRelu(in_channels, 192, kernel_size=1),
            ConvBnRelu(192, 192, kernel_size=(7, 1), padding=(3, 0)),
            ConvBnRelu(192, 224, kernel_size=(1, 7), padding=(0, 3)),
            ConvBnRelu(224, 224, kernel_size=(7, 1), padding=(3, 0)),
            ConvBnRelu(224, 256, kernel_size=(1, 7), padding=(0, 3)),
        )
        self.branch4 = nn.Sequential(
            nn.AvgPool2d(3, stride=1, padding=1, count_include_pad=False),
            ConvBnRelu(in_channels, 128, kernel_size=1),
        )

    def forward(self, x: Tensor) -> Tensor:  # [N, 1024, 17, 17] -> [N, 1024, 17, 17]
        return torch.cat(
            [self.branch1(x), self.branch2(x), self.branch3(x), self.branch4(x)], dim=1
        )


class ReductionB(nn.Module):
    """Reduction-B, figure 8 of arXiv:1602.07261."""

    def __init__(self, in_channels: int) -> None:
        super().__init__()
        self.branch1 = nn.Sequential(
            ConvBnRelu(in_channels, 192, kernel_size=1),
            ConvBnRelu(192, 192, kernel_size=3, stride=2),
        )
        self.branch2 = nn.Sequential(
            ConvBnRelu(in_channels, 256, kernel_size=1),
            ConvBnRelu(256, 256, kernel_size=(1, 7), padding=(0, 3)),
            ConvBnRelu(256, 320, kernel_size=(7, 1), padding=(3, 0)),
            ConvBnRelu(320, 320, kernel_size=3, stride=2),
        )
        self.branch3 = nn.MaxPool2d(3, stride=2)

    def forward(self, x: Tensor) -> Tensor:  # [N, 1024, 17, 17] -> [N, 1536, 8, 8]
        return torch.cat([self.branch1(x), self.branch2(x), self.branch3(x)], dim=1)


class InceptionC(nn.Module):
    """Inception-C, figure 6 of arXiv:1602.07261."""

    def __init__(self, in_channels: int) -> None:
        super().__init__()
        self.branch1 = ConvBnRelu(in_channels, 256, kernel_size=1)
        self.branch2_conv = ConvBnRelu(in_channels, 384, kernel_size=1)
        self.branch2_branch1 = ConvBnRelu(384, 256, kernel_size=(1, 3), padding=(0, 1))
        self.branch2_branch2 = ConvBnRelu(384, 256, kernel_size=(3, 1), padding=(1, 0))
        self.branch3_conv1 = ConvBnRelu(in_channels, 384, kernel_size=1)
        self.branch3_conv2 = ConvBnRelu(384, 448, kernel_size=(3, 1), padding=(1, 0))
        self.branch3_conv3 = ConvBnRelu(448, 512, kernel_size=(1, 3), padding=(0, 1))
        self.branch3_branch1 = ConvBnRelu(512, 256, kernel_size=(1, 3), padding=(0, 1))
        self.branch3_branch2 = ConvBnRelu(512, 256, kernel_size=(3, 1), padding=(1, 0))
        self.branch4 = nn.Sequential(
            nn.AvgPool2d(3, stride=1, padding=1, count_include_pad=False),
            ConvBnRelu(in_channels, 256, kernel_size=1),
        )

    def forward(self, x: Tensor) -> Tensor:  # [N, 1536, 8, 8] -> [N, 1536, 8, 8]
        branch2 = self.branch2_conv(x)  # [N, 384, 8, 8]
        branch2 = torch.cat(
            [self.branch2_branch1(branch2), self.branch2_branch2(branch2)], dim=1
        )  # [N, 512, 8, 8]
        branch3 = self.branch3_conv1(x)  # [N, 384, 8, 8]
        branch3 = self.branch3_conv2(branch3)  # [N, 448, 8, 8]
        branch3 = self.branch3_conv3(branch3)  # [N, 512, 8, 8]
        branch3 = torch.cat(
            [self.branch3_branch1(branch3), self.branch3_branch2(branch3)], dim=1
        )  # [N, 512, 8, 8]
        return torch.cat([self.branch1(x), branch2, branch3, self.branch4(x)], dim=1)


class AuxHead(nn.Module):
    """The block `aux_head`."""

    def __init__(self, in_channels: int, classes: int) -> None:
        super().__init__()
        self.avg_pool = nn.AvgPool2d(5, stride=3, count_include_pad=False)
        self.conv1 = ConvBnRelu(in_channels, 128, kernel_size=1)
        self.conv2 = ConvBnRelu(128, 768, kernel_size=5)
        self.linear = nn.Linear(768, classes)

    def forward(self, x: Tensor) -> Tensor:  # [N, 1024, 17, 17] -> [N, 1000]
        x = self.avg_pool(x)  # [N, 1024, 5, 5]
        x = self.conv1(x)  # [N, 128, 5, 5]
        x = self.conv2(x)  # [N, 768, 1, 1]
        x = x.mean(dim=(2, 3))  # [N, 768]
        return self.linear(x)


class InceptionV4TFSlimOutputs(NamedTuple):
    """What Inception-v4 (TF-slim) returns in training."""

    logits: Tensor  # [N, 1000]
    aux: Tensor  # [N, 1000]


class InceptionV4TFSlim(nn.Module):
    """Inception-v4 (TF-slim), figure 9 of arXiv:1602.07261.

    In training it returns the outputs of the auxiliary heads as well, unless `aux` is false.
    """

    def __init__(
        self, classes: int = 1000, dropout: float = 0.2, aux: bool = True
    ) -> None:
        super().__init__()
        self.stem = Stem(3)
        self.inception_a = nn.Sequential(*[InceptionA(384) for _ in range(4)])
        self.reduction_a = ReductionA(384)
        self.inception_b = nn.Sequential(*[InceptionB(1024) for _ in range(7)])
        self.reduction_b = ReductionB(1024)
        self.inception_c = nn.Sequential(*[InceptionC(1536) for _ in range(3)])
        self.dropout = nn.Dropout(dropout)
        self.linear = nn.Linear(1536, classes)
        self.aux = AuxHead(1024, classes=classes) if aux else None

    def forward(self, x: Tensor) -> Tensor | InceptionV4TFSlimOutputs:
        # [N, 3, 299, 299] -> [N, 1000]
        x = self.stem(x)  # [N, 384, 35, 35]
        x = self.inception_a(x)  # [N, 384, 35, 35]
        x = self.reduction_a(x)  # [N, 1024, 17, 17]
        inception_b = self.inception_b(x)  # [N, 1024, 17, 17]
        x = self.reduction_b(inception_b)  # [N, 1536, 8, 8]
        x = self.inception_c(x)  # [N, 1536, 8, 8]
        x = x.mean(dim=(2, 3))  # [N, 1536]
        x = self.dropout(x)  # [N, 1536]
        logits = self.linear(x)  # [N, 1000]
        if self.training and self.aux is not None:
            return InceptionV4TFSlimOutputs(logits, self.aux(inception_b))
        return logits

    def loss(
        self,
        outputs: Tensor | InceptionV4TFSlimOutputs,
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
