"""GoogLeNet (arXiv:1409.4842).

Printed by incspec from googlenet.yaml; shapes in comments are those of an input of [N, 3, 224, 224].
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def kaiming_uniform_linear(layer: nn.Linear) -> nn.Linear:
    """Initialise a new layer, and return it."""
    nn.init.kaiming_uniform_(layer.weight, nonlinearity="linear")
    nn.init.zeros_(layer.bias)
    return layer


class ConvRelu(nn.Module):
    """Conv2d (kaiming_uniform weight, constant bias), then ReLU."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int,
        stride: int = 1,
        padding: int = 0,
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(
            in_channels,
            out_channels,
            kernel_size=kernel_size,
            stride=stride,
            padding=padding,
        )
        nn.init.kaiming_uniform_(self.conv.weight, nonlinearity="linear")
        if self.conv.bias is not None:
            nn.init.constant_(self.conv.bias, val=0.2)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        return self.relu(self.conv(x))


class LinearRelu(nn.Module):
    """Linear (kaiming_uniform weight, constant bias), then ReLU."""

    def __init__(self, in_features: int, out_features: int) -> None:
        super().__init__()
        self.linear = nn.Linear(in_features, out_features)
        nn.init.kaiming_uniform_(self.linear.weight, nonlinearity="linear")
        nn.init.constant_(self.linear.bias, val=0.2)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        return self.relu(self.linear(x))


class Stem(nn.Module):
    """The block `stem`."""

    def __init__(self, in_channels: int) -> None:
        super().__init__()
        self.conv1 = ConvRelu(in_channels, 64, kernel_size=7, stride=2, padding=3)
        self.pool1 = nn.MaxPool2d(3, stride=2, ceil_mode=True)
        self.norm1 = nn.LocalResponseNorm(5)
        self.conv2_reduce = ConvRelu(64, 64, kernel_size=1)
        self.conv2 = ConvRelu(64, 192, kernel_size=3, padding=1)
        self.norm2 = nn.LocalResponseNorm(5)
        self.pool2 = nn.MaxPool2d(3, stride=2, ceil_mode=True)

    def forward(self, x: Tensor) -> Tensor:  # [N, 3, 224, 224] -> [N, 192, 28, 28]
        x = self.conv1(x)  # [N, 64, 112, 112]
        x = self.pool1(x)  # [N, 64, 56, 56]
        x = self.norm1(x)  # [N, 64, 56, 56]
        x = self.conv2_reduce(x)  # [N, 64, 56, 56]
        x = self.conv2(x)  # [N, 192, 56, 56]
        x = self.norm2(x)  # [N, 192, 56, 56]
        return self.pool2(x)


class Inception(nn.Module):
    """Inception, figure 2(b) of arXiv:1409.4842."""

    def __init__(
        self, in_channels: int, n1: int, r3: int, n3: int, r5: int, n5: int, proj: int
    ) -> None:
        super().__init__()
        self.branch1 = ConvRelu(in_channels, n1, kernel_size=1)
        self.branch2 = nn.Sequential(
            ConvRelu(in_channels, r3, kernel_size=1),
            ConvRelu(r3, n3, kernel_size=3, padding=1),
        )
        self.branch3 = nn.Sequential(
            ConvRelu(in_channels, r5, kernel_size=1),
            ConvRelu(r5, n5, kernel_size=5, padding=2),
        )
        self.branch4 = nn.Sequential(
            nn.MaxPool2d(3, stride=1, padding=1, ceil_mode=True),
            ConvRelu(in_channels, proj, kernel_size=1),
        )

    def forward(self, x: Tensor) -> Tensor:  # [N, C, H, W] -> [N, C', H, W]
        return torch.cat(
            [self.branch1(x), self.branch2(x), self.branch3(x), self.branch4(x)], dim=1
        )


class AuxHead(nn.Module):
    """Aux-head, figure 3 of arXiv:1409.4842."""

    def __init__(self, in_channels: int, dropout_aux: float, classes: int) -> None:
        super().__init__()
        self.avg_pool = nn.AvgPool2d(5, stride=3)
        self.conv = ConvRelu(in_channels, 128, kernel_size=1)
        self.flatten = nn.Flatten()
        self.linear1 = LinearRelu(2048, 1024)
        self.dropout = nn.Dropout(dropout_aux)
        self.linear2 = kaiming_uniform_linear(nn.Linear(1024, classes))

    def forward(self, x: Tensor) -> Tensor:  # [N, C, 14, 14] -> [N, 1000]
        x = self.avg_pool(x)  # [N, C, 4, 4]
        x = self.conv(x)  # [N, 128, 4, 4]
        x = self.flatten(x)  # [N, 2048]
        x = self.linear1(x)  # [N, 1024]
        x = self.dropout(x)  # [N, 1024]
        return self.linear2(x)


class GoogLeNetOutputs(NamedTuple):
    """What GoogLeNet returns in training."""

    logits: Tensor  # [N, 1000]
    aux1: Tensor  # [N, 1000]
    aux2: Tensor  # [N, 1000]


class GoogLeNet(nn.Module):
    """GoogLeNet, figure 3 of arXiv:1409.4842.

    In training it returns the outputs of the auxiliary heads as well, unless `aux` is false.
    """

    def __init__(
        self,
        classes: int = 1000,
        dropout: float = 0.4,
        dropout_aux: float = 0.7,
        pool4: int = 3,
        aux: bool = True,
    ) -> None:
        super().__init__()
        self.stem = Stem(3)
        self.inception_3a = Inception(192, n1=64, r3=96, n3=128, r5=16, n5=32, proj=32)
        self.inception_3b = Inception(
            256, n1=128, r3=128, n3=192, r5=32, n5=96, proj=64
        )
        self.pool3 = nn.MaxPool2d(3, stride=2, ceil_mode=True)
        self.inception_4a = Inception(480, n1=192, r3=96, n3=208, r5=16, n5=48, proj=64)
        self.inception_4b = Inception(
            512, n1=160, r3=112, n3=224, r5=24, n5=64, proj=64
        )
        self.inception_4c = Inception(
            512, n1=128, r3=128, n3=256, r5=24, n5=64, proj=64
        )
        self.inception_4d = Inception(
            512, n1=112, r3=144, n3=288, r5=32, n5=64, proj=64
        )
        self.inception_4e = Inception(
            528, n1=256, r3=160, n3=320, r5=32, n5=128, proj=128
        )
        self.pool4 = nn.MaxPool2d(pool4, stride=2, ceil_mode=True)
        self.inception_5a = Inception(
            832, n1=256, r3=160, n3=320, r5=32, n5=128, proj=128
        )
        self.inception_5b = Inception(
            832, n1=384, r3=192, n3=384, r5=48, n5=128, proj=128
        )
        self.dropout = nn.Dropout(dropout)
        self.linear = kaiming_uniform_linear(nn.Linear(1024, classes))
        self.aux1 = (
            AuxHead(512, dropout_aux=dropout_aux, classes=classes) if aux else None
        )
        self.aux2 = (
            AuxHead(528, dropout_aux=dropout_aux, classes=classes) if aux else None
        )

    def forward(self, x: Tensor) -> Tensor | GoogLeNetOutputs:
        # [N, 3, 224, 224] -> [N, 1000]
        x = self.stem(x)  # [N, 192, 28, 28]
        x = self.inception_3a(x)  # [N, 256, 28, 28]
        x = self.inception_3b(x)  # [N, 480, 28, 28]
        x = self.pool3(x)  # [N, 480, 14, 14]
        inception_4a = self.inception_4a(x)  # [N, 512, 14, 14]
        x = self.inception_4b(inception_4a)  # [N, 512, 14, 14]
        x = self.inception_4c(x)  # [N, 512, 14, 14]
        inception_4d = self.inception_4d(x)  # [N, 528, 14, 14]
        x = self.inception_4e(inception_4d)  # [N, 832, 14, 14]
        x = self.pool4(x)  # [N, 832, 7, 7]
        x = self.inception_5a(x)  # [N, 832, 7, 7]
        x = self.inception_5b(x)  # [N, 1024, 7, 7]
        x = x.mean(dim=(2, 3))  # [N, 1024]
        x = self.dropout(x)  # [N, 1024]
        logits = self.linear(x)  # [N, 1000]
        if self.training and self.aux1 is not None and self.aux2 is not None:
            return GoogLeNetOutputs(
                logits, self.aux1(inception_4a), self.aux2(inception_4d)
            )
        return logits

    def loss(
        self,
        outputs: Tensor | GoogLeNetOutputs,
        target: Tensor,
        criterion: Callable[[Tensor, Tensor], Tensor] = F.cross_entropy,
    ) -> Tensor:
        """The loss of the outputs, those of auxiliary heads with their weights."""
        if isinstance(outputs, Tensor):
            return criterion(outputs, target)
        return (
            criterion(outputs.logits, target)
            + 0.3 * criterion(outputs.aux1, target)
            + 0.3 * criterion(outputs.aux2, target)
        )

    def _load_from_state_dict(
        self, state_dict: dict[str, Any], prefix: str, *args: Any
    ) -> None:
        """Pass over the weights of auxiliary heads where there are none."""
        if self.aux1 is None:
            for key in list(state_dict):
                if key.startswith((f"{prefix}aux1.", f"{prefix}aux2.")):
                    del state_dict[key]
        super()._load_from_state_dict(state_dict, prefix, *args)
