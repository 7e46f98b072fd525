"""The tutorials' networks in torch, as their authors posted them: what torch says of them is held against the checker.

Layers are made in the order in which they run, with the input widths that the authors state. `repaired` names the
mistakes to leave out, for networks that torch refuses for one after the other.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

NONE: frozenset[str] = frozenset()


class Concat(nn.Module):
    """Branches side by side, each on the whole input, their channels one after the other."""

    def __init__(self, *branches: nn.Module) -> None:
        super().__init__()
        self.branches = nn.ModuleList(branches)

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([branch(x) for branch in self.branches], 1)


class Mean(nn.Module):
    """The mean of each channel."""

    def forward(self, x: Tensor) -> Tensor:
        return x.mean((2, 3))


class WithHeads(nn.Module):
    """A network of stages, and in training auxiliary heads behind some of them: their outputs come as well."""

    def __init__(self, stages: list[nn.Module], heads: dict[int, nn.Module]) -> None:
        super().__init__()
        self.stages, self.behind = nn.ModuleList(stages), list(heads)
        self.heads = nn.ModuleList(heads.values())

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        outputs = []
        for index, stage in enumerate(self.stages):
            x = stage(x)
            if self.training and index in self.behind:
                outputs.append(self.heads[self.behind.index(index)](x))
        return x, *outputs


Layer = Callable[..., nn.Module]


def conv_relu(*args: int, **kwargs: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(*args, **kwargs), nn.ReLU())


def inception_v1(
    inputs: int, n1: int, r3: int, n3: int, r5: int, n5: int, pool: int, *, layer: Layer = conv_relu, pad_5x5: int = 2
) -> Concat:
    return Concat(
        layer(inputs, n1, 1),
        nn.Sequential(layer(inputs, r3, 1), layer(r3, n3, 3, padding=1)),
        nn.Sequential(layer(inputs, r5, 1), layer(r5, n5, 5, padding=pad_5x5)),
        nn.Sequential(nn.MaxPool2d(3, stride=1, padding=1), layer(inputs, pool, 1)),
    )


def half() -> nn.MaxPool2d:
    return nn.MaxPool2d(3, stride=2, padding=1)


def t0_googlenet(base: int = 64, classes: int = 2) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(3, base, 7, stride=2, padding=3),
        half(),
        nn.Conv2d(base, 3 * base, 3, padding=1),
        half(),
        inception_v1(3 * base, 64, 96, 128, 16, 32, 32),
        inception_v1(4 * base, 128, 128, 192, 32, 96, 64),
        half(),
        inception_v1(480, 192, 96, 208, 16, 48, 64),
        inception_v1(512, 160, 112, 224, 24, 64, 64),
        inception_v1(512, 128, 128, 256, 24, 64, 64),
        inception_v1(512, 112, 144, 288, 32, 64, 64),
        inception_v1(528, 256, 160, 320, 32, 128, 128),
        half(),
        inception_v1(832, 256, 160, 320, 32, 128, 128),
        inception_v1(832, 384, 192, 384, 48, 128, 128),
        nn.AvgPool2d(7, stride=1),
        nn.Dropout2d(0.4),
        nn.Flatten(),
        nn.Linear(1024, classes),
    )


class TransformInput(nn.Module):
    """Images that ImageNet's mean and deviation normalise, as 0.5 and 0.5 would."""

    def forward(self, x: Tensor) -> Tensor:
        mean = torch.tensor([0.485, 0.456, 0.406], dtype=x.dtype, device=x.device)[:, None, None]
        std = torch.tensor([0.229, 0.224, 0.225], dtype=x.dtype, device=x.device)[:, None, None]
        return x * (std / 0.5) + (mean - 0.5) / 0.5


def t1_googlenet_bn() -> WithHeads:
    def layer(inputs: int, outputs: int, *args: int, **kwargs: int) -> nn.Sequential:
        return nn.Sequential(nn.Conv2d(inputs, outputs, *args, **kwargs), nn.BatchNorm2d(outputs), nn.ReLU())

    def inception(*widths: int) -> Concat:
        return inception_v1(*widths, layer=layer)

    def head(inputs: int) -> nn.Sequential:
        pooled = [nn.AvgPool2d(5, stride=3), layer(inputs, 128, 1), nn.Flatten()]
        return nn.Sequential(*pooled, nn.Linear(2048, 1024), nn.ReLU(), nn.Dropout(0.7), nn.Linear(1024, 1000))

    stages = [
        TransformInput(),
        layer(3, 64, 7, stride=2, padding=3),
        nn.MaxPool2d(3, stride=2, padding=1, ceil_mode=True),
        layer(64, 64, 1),
        layer(64, 192, 3, padding=1),
        nn.MaxPool2d(3, stride=2, ceil_mode=True),
        inception(192, 64, 96, 128, 16, 32, 32),
        inception(256, 128, 128, 192, 32, 96, 64),
        nn.MaxPool2d(3, stride=2, padding=1, ceil_mode=True),
        inception(480, 192, 96, 208, 16, 48, 64),
        inception(512, 160, 112, 224, 24, 64, 64),
        inception(512, 128, 128, 256, 24, 64, 64),
        inception(512, 112, 144, 288, 32, 64, 64),
        inception(528, 256, 160, 320, 32, 128, 128),
        half(),
        inception(832, 256, 160, 320, 32, 128, 128),
        inception(832, 384, 192, 384, 48, 128, 128),
        nn.AvgPool2d(8, stride=1),
        nn.Flatten(),
        nn.Linear(1024, 1000),
        nn.Dropout(0.4),
    ]
    return WithHeads(stages, {9: head(512), 12: head(528)})


def t2_simple_inception(repaired: frozenset[str] = NONE) -> nn.Sequential:
    module = Concat(
        nn.Conv2d(64, 64, 1),
        nn.Sequential(nn.Conv2d(64, 64, 1), nn.Conv2d(64, 128, 3, padding=1)),
        nn.Sequential(nn.Conv2d(64, 64, 1), nn.Conv2d(64, 128, 5, padding=2)),
        nn.Sequential(nn.MaxPool2d(3, stride=1, padding=1), nn.Conv2d(64, 32, 1)),
    )
    features = 352 * 32 * 32 if "features" in repaired else 64 * 4 * 32 * 32
    return nn.Sequential(nn.Conv2d(3, 64, 3, padding=1), module, nn.Flatten(), nn.Linear(features, 10))


# --- T3


def unit(inputs: int, outputs: int, size: tuple[int, int], stride: int = 1, *, valid: bool = False) -> nn.Sequential:
    """A convolution without bias, its batch norm and ReLU; padded to keep the size unless `valid`."""
    padding = 0 if valid else (size[0] // 2, size[1] // 2)
    conv = nn.Conv2d(inputs, outputs, size, stride=stride, padding=padding, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(outputs), nn.ReLU())


def chain(inputs: int, *layers: str) -> nn.Sequential:
    """Layers written as the paper's figures do: `1x7 224`, `3x3 96 /2 V`; `max` and `avg` are the 3x3 pools."""
    made: list[nn.Module] = []
    for layer in layers:
        size, *words = layer.split()
        stride = 2 if "/2" in words else 1
        if size == "max":
            made.append(nn.MaxPool2d(3, stride=2) if stride == 2 else nn.MaxPool2d(3, stride=1, padding=1))
        elif size == "avg":
            made.append(nn.AvgPool2d(3, stride=1, padding=1))
        else:
            height, width = map(int, size.split("x"))
            made.append(unit(inputs, int(words[0]), (height, width), stride, valid="V" in words))
            inputs = int(words[0])
    return nn.Sequential(*made)


def split_at_end(inputs: int, *layers: str, ends: tuple[str, str]) -> nn.Sequential:
    """A chain whose last layer is two side by side."""
    last = int(layers[-1].split()[1])
    return nn.Sequential(chain(inputs, *layers), Concat(*(chain(last, end) for end in ends)))


def figure_3() -> nn.Sequential:
    """The stem of Inception-v4 and Inception-ResNet-v2."""
    return nn.Sequential(
        chain(3, "3x3 32 /2 V", "3x3 32 V", "3x3 64"),
        Concat(chain(64, "max /2"), chain(64, "3x3 96 /2 V")),
        Concat(chain(160, "1x1 64", "3x3 96 V"), chain(160, "1x1 64", "7x1 64", "1x7 64", "3x3 96 V")),
        Concat(chain(192, "3x3 192 /2 V"), chain(192, "max /2")),
    )


def t3_inception_v3() -> WithHeads:
    def a() -> Concat:
        return Concat(
            chain(288, "1x1 64", "3x3 96", "3x3 96"),
            chain(288, "1x1 48", "3x3 64"),
            chain(288, "max", "1x1 64"),
            chain(288, "1x1 64"),
        )

    def b(c: int) -> Concat:
        return Concat(
            chain(768, f"1x1 {c}", f"1x7 {c}", f"7x1 {c}", f"1x7 {c}", "7x1 192"),
            chain(768, f"1x1 {c}", f"1x7 {c}", "7x1 192"),
            chain(768, "max", "1x1 192"),
            chain(768, "1x1 192"),
        )

    def c(inputs: int) -> Concat:
        return Concat(
            split_at_end(inputs, "1x1 448", "3x3 384", ends=("1x3 384", "3x1 384")),
            split_at_end(inputs, "1x1 384", ends=("1x3 384", "3x1 384")),
            chain(inputs, "max", "1x1 192"),
            chain(inputs, "1x1 320"),
        )

    head = nn.Sequential(
        nn.AdaptiveAvgPool2d(5),
        unit(768, 128, (1, 1)),
        nn.Flatten(),
        nn.Linear(3200, 1024),
        nn.ReLU(),
        nn.Dropout(0.7),
        nn.Linear(1024, 1000),
    )
    stages = [
        chain(3, "3x3 32 /2 V", "3x3 32 V", "3x3 64", "max /2", "3x3 80 V", "3x3 192 /2 V", "3x3 288"),
        *(a() for _ in range(3)),
        Concat(chain(288, "1x1 64", "3x3 96", "3x3 96 /2 V"), chain(288, "3x3 384 /2 V"), chain(288, "max /2")),
        *(b(width) for width in (128, 160, 160, 160, 192)),
        Concat(
            chain(768, "1x1 192", "1x7 192", "7x1 192", "3x3 192 /2 V"),
            chain(768, "1x1 192", "3x3 320 /2 V"),
            chain(768, "max /2"),
        ),
        c(1280),
        c(2048),
        Mean(),
        nn.Dropout(0.5),
        nn.Linear(2048, 1000),
    ]
    return WithHeads(stages, {9: head})


def t3_inception_v4(last_1x1: int = 64) -> nn.Sequential:
    def a() -> Concat:
        return Concat(
            chain(384, "avg", "1x1 96"),
            chain(384, "1x1 96"),
            chain(384, "1x1 64", "3x3 96"),
            chain(384, "1x1 64", "3x3 96", "3x3 96"),
        )

    def b() -> Concat:
        return Concat(
            chain(1024, "avg", "1x1 128"),
            chain(1024, "1x1 384"),
            chain(1024, "1x1 192", "1x7 224", "7x1 256"),
            chain(1024, f"1x1 {last_1x1}", "1x7 192", "7x1 224", "1x7 224", "7x1 256"),
        )

    def c() -> Concat:
        return Concat(
            chain(1536, "avg", "1x1 256"),
            chain(1536, "1x1 256"),
            split_at_end(1536, "1x1 384", ends=("1x3 256", "3x1 256")),
            split_at_end(1536, "1x1 384", "1x3 448", "3x1 512", ends=("3x1 256", "1x3 256")),
        )

    return nn.Sequential(
        figure_3(),
        *(a() for _ in range(4)),
        Concat(chain(384, "max /2"), chain(384, "3x3 384 /2 V"), chain(384, "1x1 192", "3x3 224", "3x3 256 /2 V")),
        *(b() for _ in range(7)),
        Concat(
            chain(1024, "max /2"),
            chain(1024, "1x1 192", "3x3 192 /2 V"),
            chain(1024, "1x1 256", "1x7 256", "7x1 320", "3x3 320 /2 V"),
        ),
        *(c() for _ in range(3)),
        Mean(),
        nn.Dropout(0.8),
        nn.Linear(1536, 1000),
    )


class Residual(nn.Module):
    """Branches, a linear 1x1 convolution back to the input's width, added to the input as it is; then ReLU."""

    def __init__(self, inputs: int, middle: int, *branches: nn.Module) -> None:
        super().__init__()
        self.branches, self.up, self.relu = Concat(*branches), nn.Conv2d(middle, inputs, 1), nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        return self.relu(x + self.up(self.branches(x)))


def t3_inception_resnet_v2() -> nn.Sequential:
    def a() -> Residual:
        return Residual(
            384,
            128,
            chain(384, "1x1 32"),
            chain(384, "1x1 32", "3x3 32"),
            chain(384, "1x1 32", "3x3 48", "3x3 64"),
        )

    def b() -> Residual:
        return Residual(1152, 384, chain(1152, "1x1 192"), chain(1152, "1x1 128", "1x7 160", "7x1 192"))

    def c() -> Residual:
        return Residual(2144, 448, chain(2144, "1x1 192"), chain(2144, "1x1 192", "1x3 224", "3x1 256"))

    return nn.Sequential(
        figure_3(),
        *(a() for _ in range(5)),
        Concat(chain(384, "3x3 384 /2 V"), chain(384, "1x1 256", "3x3 256", "3x3 384 /2 V"), chain(384, "max /2")),
        *(b() for _ in range(10)),
        Concat(
            chain(1152, "1x1 256", "3x3 384 /2 V"),
            chain(1152, "1x1 256", "3x3 288 /2 V"),
            chain(1152, "1x1 256", "3x3 288", "3x3 320 /2 V"),
            chain(1152, "max /2"),
        ),
        *(c() for _ in range(5)),
        Mean(),
        nn.Dropout(0.8),
        nn.Linear(2144, 1000),
    )


# --- T4


def t4_googlenet_lrn(repaired: frozenset[str] = NONE) -> nn.Sequential:
    def lrn() -> nn.LocalResponseNorm:
        return nn.LocalResponseNorm(5, alpha=1e-3, beta=0.75, k=2.0)

    def layer(*args: int, **kwargs: int) -> nn.Sequential:
        return nn.Sequential(nn.Conv2d(*args, **kwargs), lrn(), nn.ReLU())

    def inception(*widths: int) -> Concat:
        return inception_v1(*widths, layer=layer, pad_5x5=2 if "padding" in repaired else 1)

    widths_3b = (128, 128, 192, 32, 96, 64) if "widths" in repaired else (128, 192, 32, 32, 96, 64)
    return nn.Sequential(
        conv_relu(3, 96, 7, stride=2 if "stride" in repaired else 1, padding=2),
        nn.MaxPool2d(3, stride=2),
        lrn(),
        conv_relu(96 if "channels" in repaired else 64, 64, 1),
        conv_relu(64, 192, 3),
        lrn(),
        nn.MaxPool2d(3, stride=2),
        inception(192, 64, 96, 128, 16, 32, 32),
        inception(256, *widths_3b),
        half(),
        inception(480, 192, 96, 208, 16, 48, 64),
        inception(512, 160, 112, 224, 24, 64, 64),
        inception(512, 128, 128, 256, 24, 64, 64),
        inception(512, 112, 144, 288, 32, 64, 64),
        inception(528, 256, 160, 320, 32, 128, 128),
        half(),
        inception(832, 256, 160, 320, 32, 128, 128),
        inception(832, 384, 192, 384, 48, 128, 128),
        nn.AvgPool2d(8, stride=1),
        *([nn.Flatten()] if "flatten" in repaired else []),
        nn.Dropout(0.4),
        nn.Linear(1024, 1000),
    )
