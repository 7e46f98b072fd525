"""Inception-ResNet-v2 (TF-slim) (arXiv:1602.07261).

Printed by incspec from inception_resnet_v2_tf.yaml; shapes in comments are those of an input of [N, 3, 299, 299].
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
    """The block `stem`."""

    def __init__(self, in_channels: int) -> None:
        super().__init__()
        self.conv2d_1a_3x3 = ConvBnRelu(in_channels, 32, kernel_size=3, stride=2)
        self.conv2d_2a_3x3 = ConvBnRelu(32, 32, kernel_size=3)
        self.conv2d_2b_3x3 = ConvBnRelu(32, 64, kernel_size=3, padding=1)
        self.max_pool1 = nn.MaxPool2d(3, stride=2)
        self.conv2d_3b_1x1 = ConvBnRelu(64, 80, kernel_size=1)
        self.conv2d_4a_3x3 = ConvBnRelu(80, 192, kernel_size=3)
        self.max_pool2 = nn.MaxPool2d(3, stride=2)

    def forward(self, x: Tensor) -> Tensor:  # [N, 3, 299, 299] -> [N, 192, 35, 35]
        x = self.conv2d_1a_3x3(x)  # [N, 32, 149, 149]
        x = self.conv2d_2a_3x3(x)  # [N, 32, 147, 147]
        x = self.conv2d_2b_3x3(x)  # [N, 64, 147, 147]
        x = self.max_pool1(x)  # [N, 64, 73, 73]
        x = self.conv2d_3b_1x1(x)  # [N, 80, 73, 73]
        x = self.conv2d_4a_3x3(x)  # [N, 192, 71, 71]
        return self.max_pool2(x)


class Mixed5b(nn.Module):
    """The block `mixed_5b`."""

    def __init__(self, in_channels: int) -> None:
        super().__init__()
        self.branch1 = ConvBnRelu(in_channels, 96, kernel_size=1)
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
            nn.AvgPool2d(3, stride=1, padding=1, count_include_pad=False),
            ConvBnRelu(in_channels, 64, kernel_size=1),
        )

    def forward(self, x: Tensor) -> Tensor:  # [N, 192, 35, 35] -> [N, 320, 35, 35]
        return torch.cat(
            [self.branch1(x), self.branch2(x), self.branch3(x), self.branch4(x)], dim=1
        )


class InceptionResnetA(nn.Module):
    """Inception-resnet-A, figure 16 of arXiv:1602.07261."""

    def __init__(self, in_channels: int, scale: float = 0.17) -> None:
        super().__init__()
        self.branch1 = ConvBnRelu(in_channels, 32, kernel_size=1)
        self.branch2 = nn.Sequential(
            ConvBnRelu(in_channels, 32, kernel_size=1),
            ConvBnRelu(32, 32, kernel_size=3, padding=1),
        )
        self.branch3 = nn.Sequential(
            ConvBnRelu(in_channels, 32, kernel_size=1),
            ConvBnRelu(32, 48, kernel_size=3, padding=1),
            ConvBnRelu(48, 64, kernel_size=3, padding=1),
        )
        self.conv = nn.Conv2d(128, in_channels, kernel_size=1)
        self.relu = nn.ReLU(inplace=True)
        self.factor = scale

    def forward(self, x: Tensor) -> Tensor:  # [N, 320, 35, 35] -> [N, 320, 35, 35]
        body = torch.cat(
            [self.branch1(x), self.branch2(x), self.branch3(x)], dim=1
        )  # [N, 128, 35, 35]
        body = self.conv(body)  # [N, 320, 35, 35]
        body = self.factor * body  # [N, 320, 35, 35]
        x = x + body  # [N, 320, 35, 35]
        return self.relu(x)


class ReductionA(nn.Module):
    """Reduction-A, figure 7 of arXiv:1602.07261."""

    def __init__(
        self, in_channels: int, k: int = 256, l_: int = 256, m: int = 384, n: int = 384
    ) -> None:
        super().__init__()
        self.branch1 = ConvBnRelu(in_channels, n, kernel_size=3, stride=2)
        self.branch2 = nn.Sequential(
            ConvBnRelu(in_channels, k, kernel_size=1),
            ConvBnRelu(k, l_, kernel_size=3, padding=1),
            ConvBnRelu(l_, m, kernel_size=3, stride=2),
        )
        self.branch3 = nn.MaxPool2d(3, stride=2)

    def forward(self, x: Tensor) -> Tensor:  # [N, 320, 35, 35] -> [N, 1088, 17, 17]
        return torch.cat([self.branch1(x), self.branch2(x), self.branch3(x)], dim=1)


class InceptionResnetB(nn.Module):
    """Inception-resnet-B, figure 17 of arXiv:1602.07261."""

    def __init__(self, in_channels: int, scale: float = 0.1) -> None:
        super().__init__()
        self.branch1 = ConvBnRelu(in_channels, 192, kernel_size=1)
        self.branch2 = nn.Sequential(
            ConvBnRelu(in_channels, 128, kernel_size=1),
            ConvBnRelu(128, 160, kernel_size=(1, 7), padding=(0, 3)),
            ConvBnRelu(160, 192, kernel_size=(7, 1), padding=(3, 0)),
        )
        self.conv = nn.Conv2d(384, in_channels, kernel_size=1)
        self.relu = nn.ReLU(inplace=True)
        self.factor = scale

    def forward(self, x: Tensor) -> Tensor:  # [N, 1088, 17, 17] -> [N, 1088, 17, 17]
        body = torch.cat([self.branch1(x), self.branch2(x)], dim=1)  # [N, 384, 17, 17]
        body = self.conv(body)  # [N, 1088, 17, 17]
        body = self.factor * body  # [N, 1088, 17, 17]
        x = x + body  # [N, 1088, 17, 17]
        return self.relu(x)


class ReductionB(nn.Module):
    """Reduction-B, figure 18 of arXiv:1602.07261."""

    def __init__(self, in_channels: int) -> None:
        super().__init__()
        self.branch1 = nn.Sequential(
            ConvBnRelu(in_channels, 256, kernel_size=1),
            ConvBnRelu(256, 384, kernel_size=3, stride=2),
        )
        self.branch2 = nn.Sequential(
            ConvBnRelu(in_channels, 256, kernel_size=1),
            ConvBnRelu(256, 288, kernel_size=3, stride=2),
        )
        self.branch3 = nn.Sequential(
            ConvBnRelu(in_channels, 256, kernel_size=1),
            ConvBnRelu(256, 288, kernel_size=3, padding=1),
            ConvBnRelu(288, 320, kernel_size=3, stride=2),
        )
        self.branch4 = nn.MaxPool2d(3, stride=2)

    def forward(self, x: Tensor) -> Tensor:  # [N, 1088, 17, 17] -> [N, 2080, 8, 8]
        return torch.cat(
            [self.branch1(x), self.branch2(x), self.branch3(x), self.branch4(x)], dim=1
        )


class InceptionResnetC(nn.Module):
    """Inception-resnet-C, figure 19 of arXiv:1602.07261, with `act: relu`."""

    def __init__(self, in_channels: int, scale: float = 0.2) -> None:
        super().__init__()
        self.branch1 = ConvBnRelu(in_channels, 192, kernel_size=1)
        self.branch2 = nn.Sequential(
            ConvBnRelu(in_channels, 192, kernel_size=1),
            ConvBnRelu(192, 224, kernel_size=(1, 3), padding=(0, 1)),
            ConvBnRelu(224, 256, kernel_size=(3, 1), padding=(1, 0)),
        )
        self.conv = nn.Conv2d(448, in_channels, kernel_size=1)
        self.relu = nn.ReLU(inplace=True)
        self.factor = scale

    def forward(self, x: Tensor) -> Tensor:  # [N, 2080, 8, 8] -> [N, 2080, 8, 8]
        body = torch.cat([self.branch1(x), self.branch2(x)], dim=1)  # [N, 448, 8, 8]
        body = self.conv(body)  # [N, 2080, 8, 8]
        body = self.factor * body  # [N, 2080, 8, 8]
        x = x + body  # [N, 2080, 8, 8]
        return self.relu(x)


class InceptionResnetCNoneModule(nn.Module):
    """Inception-resnet-C, figure 19 of arXiv:1602.07261, with `act: none`."""

    def __init__(self, in_channels: int, scale: float = 0.2) -> None:
        super().__init__()
        self.branch1 = ConvBnRelu(in_channels, 192, kernel_size=1)
        self.branch2 = nn.Sequential(
            ConvBnRelu(in_channels, 192, kernel_size=1),
            ConvBnRelu(192, 224, kernel_size=(1, 3), padding=(0, 1)),
            ConvBnRelu(224, 256, kernel_size=(3, 1), padding=(1, 0)),
        )
        self.conv = nn.Conv2d(448, in_channels, kernel_size=1)
        self.factor = 1.0 * scale

    def forward(self, x: Tensor) -> Tensor:  # [N, 2080, 8, 8] -> [N, 2080, 8, 8]
        body = torch.cat([self.branch1(x), self.branch2(x)], dim=1)  # [N, 448, 8, 8]
        body = self.conv(body)  # [N, 2080, 8, 8]
        body = self.factor * body  # [N, 2080, 8, 8]
        return x + body


class AuxHead(nn.Module):
    """The block `aux_head`."""

    def __init__(self, in_channels: int, classes: int) -> None:
        super().__init__()
        self.avg_pool = nn.AvgPool2d(5, stride=3)
        self.conv1 = ConvBnRelu(in_channels, 128, kernel_size=1)
        self.conv2 = ConvBnRelu(128, 768, kernel_size=5)
        self.linear = nn.Linear(768, classes)

    def forward(self, x: Tensor) -> Tensor:  # [N, 1088, 17, 17] -> [N, 1000]
        x = self.avg_pool(x)  # [N, 1088, 5, 5]
        x = self.conv1(x)  # [N, 128, 5, 5]
        x = self.conv2(x)  # [N, 768, 1, 1]
        x = x.mean(dim=(2, 3))  # [N, 768]
        return self.linear(x)


class InceptionResNetV2TFSlimOutputs(NamedTuple):
    """What Inception-ResNet-v2 (TF-slim) returns in training."""

    logits: Tensor  # [N, 1000]
    aux: Tensor  # [N, 1000]


class InceptionResNetV2TFSlim(nn.Module):
    """Inception-ResNet-v2 (TF-slim), figure 15 of arXiv:1602.07261.

    In training it returns the outputs of the auxiliary heads as well, unless `aux` is false.
    """

    def __init__(
        self, classes: int = 1000, dropout: float = 0.2, aux: bool = True
    ) -> None:
        super().__init__()
        self.stem = Stem(3)
        self.mixed_5b = Mixed5b(192)
        self.inception_resnet_a = nn.Sequential(
            *[InceptionResnetA(320) for _ in range(10)]
        )
        self.mixed_6a = ReductionA(320)
        self.inception_resnet_b = nn.Sequential(
            *[InceptionResnetB(1088) for _ in range(20)]
        )
        self.mixed_7a = ReductionB(1088)
        self.inception_resnet_c = nn.Sequential(
            *[InceptionResnetC(2080) for _ in range(9)]
        )
        self.block8 = InceptionResnetCNoneModule(2080, scale=1)
        self.conv2d_7b_1x1 = ConvBnRelu(2080, 1536, kernel_size=1)
        self.dropout = nn.Dropout(dropout)
        self.linear = nn.Linear(1536, classes)
        self.aux = AuxHead(1088, classes=classes) if aux else None

    def forward(self, x: Tensor) -> Tensor | InceptionResNetV2TFSlimOutputs:
        # [N, 3, 299, 299] -> [N, 1000]
        x = self.stem(x)  # [N, 192, 35, 35]
        x = self.mixed_5b(x)  # [N, 320, 35, 35]
        x = self.inception_resnet_a(x)  # [N, 320, 35, 35]
        x = self.mixed_6a(x)  # [N, 1088, 17, 17]
        inception_resnet_b = self.inception_resnet_b(x)  # [N, 1088, 17, 17]
        x = self.mixed_7a(inception_resnet_b)  # [N, 2080, 8, 8]
        x = self.inception_resnet_c(x)  # [N, 2080, 8, 8]
        x = self.block8(x)  # [N, 2080, 8, 8]
        x = self.conv2d_7b_1x1(x)  # [N, 1536, 8, 8]
        x = x.mean(dim=(2, 3))  # [N, 1536]
        x = self.dropout(x)  # [N, 1536]
        logits = self.linear(x)  # [N, 1000]
        if self.training and self.aux is not None:
            return InceptionResNetV2TFSlimOutputs(logits, self.aux(inception_resnet_b))
        return logits

    def loss(
        self,
        outputs: Tensor | InceptionResNetV2TFSlimOutputs,
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
