"""The figures of the papers as they are printed, typed from shared descriptions of them and not from our output.

A figure is a body from bottom to top: a box's label (or label and the size printed beside it), a list of branches from
left to right, or a `Side`, which nothing comes back from. A branch is a body; an empty one is an arrow that passes.
`wrong` are labels and sizes that the paper prints and that cannot be, with what is right.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias


@dataclass(frozen=True)
class Side:
    """Boxes beside the trunk."""

    body: Body


Item: TypeAlias = "str | tuple[str, str] | Sequence[Body] | Side"
Body: TypeAlias = "list[Item]"


@dataclass(frozen=True)
class PaperFigure:
    """A figure of a paper, and the spec and block (or `network`) of ours that show it."""

    paper: str
    number: str
    spec: str
    block: str
    body: Body
    wrong: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return f"{self.paper}-{self.number}-{self.spec.rpartition('/')[2]}"


# --- arXiv:1409.4842, Going Deeper with Convolutions

_A, _B, _C = "1409.4842", "1512.00567", "1602.07261"
PREVIOUS, CONCATENATION = "Previous layer", "Filter concatenation"
P1, P3, P5, POOL = "1x1 convolutions", "3x3 convolutions", "5x5 convolutions", "3x3 max pooling"

G_1, G_3, G_5 = "Conv 1x1+1(S)", "Conv 3x3+1(S)", "Conv 5x5+1(S)"
MODULE: Body = [[[G_1], [G_1, G_3], [G_1, G_5], ["MaxPool 3x3+1(S)", G_1]], "DepthConcat"]


def _head(number: int) -> Side:
    return Side(["AveragePool 5x5+3(V)", G_1, "FC", "FC", "SoftmaxActivation", f"softmax{number}"])


GOOGLENET: Body = [
    "input",
    "Conv 7x7+2(S)",
    "MaxPool 3x3+2(S)",
    "LocalRespNorm",
    "Conv 1x1+1(V)",
    "Conv 3x3+1(S)",
    "LocalRespNorm",
    "MaxPool 3x3+2(S)",
    *MODULE,  # 3a
    *MODULE,
    "MaxPool 3x3+2(S)",
    *MODULE,  # 4a
    _head(0),
    *MODULE,
    *MODULE,
    *MODULE,  # 4d
    _head(1),
    *MODULE,
    "MaxPool 3x3+2(S)",
    *MODULE,  # 5a
    *MODULE,
    "AveragePool 7x7+1(V)",
    "FC",
    "SoftmaxActivation",
    "softmax2",
]

FIGURES_2014 = (
    PaperFigure(
        _A,
        "2(a)",
        "modules/inception_naive",
        "inception_naive",
        [PREVIOUS, [[P1], [P3], [P5], [POOL]], CONCATENATION],
    ),
    PaperFigure(
        _A,
        "2(b)",
        "googlenet",
        "inception",
        [PREVIOUS, [[P1], [P1, P3], [P1, P5], [POOL, P1]], CONCATENATION],
    ),
    PaperFigure(_A, "3", "googlenet", "network", GOOGLENET),
)

# --- arXiv:1512.00567, Rethinking the Inception Architecture for Computer Vision

FILTER = "Filter Concat"
FIGURES_2015 = (
    PaperFigure(
        _B,
        "5",
        "inception_v3_paper",
        "inception_a",
        ["Base", [["1x1", "3x3", "3x3"], ["1x1", "3x3"], ["Pool", "1x1"], ["1x1"]], FILTER],
    ),
    PaperFigure(
        _B,
        "6",
        "inception_v3_paper",
        "inception_b",
        ["Base", [["1x1", "1xn", "nx1", "1xn", "nx1"], ["1x1", "1xn", "nx1"], ["Pool", "1x1"], ["1x1"]], FILTER],
    ),
    PaperFigure(
        _B,
        "7",
        "inception_v3_paper",
        "inception_c",
        [
            "Base",
            [["1x1", "3x3", [["1x3"], ["3x1"]]], ["1x1", [["1x3"], ["3x1"]]], ["Pool", "1x1"], ["1x1"]],
            FILTER,
        ],
    ),
    PaperFigure(
        _B,
        "10 (left)",
        "modules/grid_reduction",
        "layers",
        ["Base", [["1x1", "3x3 stride 1", "3x3 stride 2"], ["1x1", "3x3 stride 2"], ["Pool stride 2"]], FILTER],
    ),
    # The paper gives sizes boxes of their own, after what has them.
    PaperFigure(
        _B,
        "10 (right)",
        "modules/grid_reduction",
        "sizes",
        ["35x35x320", [[("conv", "17x17x320")], [("pool", "17x17x320")]], ("concat", "17x17x640")],
    ),
)

# --- arXiv:1602.07261, Inception-v4, Inception-ResNet and the Impact of Residual Connections on Learning

CONCAT, RELU, AVG, MAX = "Filter concat", "Relu activation", "Avg Pooling", "3x3 MaxPool (stride 2 V)"
INPUT = "Input (299x299x3)"


def c(kernel: str, out: object, more: str = "") -> str:
    """`3x3 Conv (96 stride 2 V)`."""
    return f"{kernel} Conv ({' '.join(str(word) for word in (out, more) if word)})"


def _residual(branches: list[Body], width: int) -> Body:
    return [RELU, [[], [branches, c("1x1", width, "Linear")]], "+", RELU]


def _overall(rows: dict[str, str]) -> Body:
    return [INPUT, *((label, f"Output: {size}") for label, size in rows.items())]


STEM: Body = [
    INPUT,
    (c("3x3", 32, "stride 2 V"), "149x149x32"),
    (c("3x3", 32, "V"), "147x147x32"),
    (c("3x3", 64), "147x147x64"),
    [[MAX], [c("3x3", 96, "stride 2 V")]],
    (CONCAT, "73x73x160"),
    [[c("1x1", 64), c("3x3", 96, "V")], [c("1x1", 64), c("7x1", 64), c("1x7", 64), c("3x3", 96, "V")]],
    (CONCAT, "71x71x192"),
    [["3x3 Conv (192 V)"], ["MaxPool (stride=2 V)"]],
    (CONCAT, "35x35x384"),
]
STEM_WRONG = {"3x3 Conv (192 V)": "3x3 Conv (192 stride 2 V)", "MaxPool (stride=2 V)": MAX}
REDUCTION_A: Body = [
    CONCAT,
    [[MAX], [c("3x3", "n", "stride 2 V")], [c("1x1", "k"), c("3x3", "l"), c("3x3", "m", "stride 2 V")]],
    CONCAT,
]
RESNET_15 = {
    "Stem": "35x35x256",
    "5 x Inception-resnet-A": "35x35x256",
    "Reduction-A": "17x17x896",
    "10 x Inception-resnet-B": "17x17x896",
    "Reduction-B": "8x8x1792",
    "5 x Inception-resnet-C": "8x8x1792",
    "Average Pooling": "1792",
    "Dropout (keep 0.8)": "1792",
    "Softmax": "1000",
}
RESIDUAL = "modules/residual"
V1, V2, V4 = "inception_resnet_v1", "inception_resnet_v2", "inception_v4"

FIGURES_2016 = (
    PaperFigure(_C, "1", RESIDUAL, "residual_plain", [RELU, [[], ["Conv", "Conv"]], "+", RELU]),
    PaperFigure(_C, "2", RESIDUAL, "residual_cheap", [RELU, [[], ["1x1 Conv", "3x3 Conv", "1x1 Conv"]], "+", RELU]),
    PaperFigure(_C, "3", V4, "stem", STEM, STEM_WRONG),
    PaperFigure(_C, "3", V2, "stem", STEM, STEM_WRONG),
    PaperFigure(
        _C,
        "4",
        V4,
        "inception_a",
        [
            CONCAT,
            [
                [AVG, c("1x1", 96)],
                [c("1x1", 96)],
                [c("1x1", 64), c("3x3", 96)],
                [c("1x1", 64), c("3x3", 96), c("3x3", 96)],
            ],
            CONCAT,
        ],
    ),
    PaperFigure(
        _C,
        "5",
        V4,
        "inception_b",
        [
            CONCAT,
            [
                [AVG, c("1x1", 128)],
                [c("1x1", 384)],
                [c("1x1", 192), c("1x7", 224), c("1x7", 256)],
                [c("1x1", 192), c("1x7", 192), c("7x1", 224), c("1x7", 224), c("7x1", 256)],
            ],
            CONCAT,
        ],
        {"1x7 Conv (256)": "7x1 Conv (256)"},
    ),
    PaperFigure(
        _C,
        "6",
        V4,
        "inception_c",
        [
            CONCAT,
            [
                [AVG, c("1x1", 256)],
                [c("1x1", 256)],
                [c("1x1", 384), [[c("1x3", 256)], [c("3x1", 256)]]],
                [c("1x1", 384), c("1x3", 448), c("3x1", 512), [[c("3x1", 256)], [c("1x3", 256)]]],
            ],
            CONCAT,
        ],
    ),
    *(PaperFigure(_C, "7", spec, "reduction_a", REDUCTION_A) for spec in (V4, V1, V2)),
    PaperFigure(
        _C,
        "8",
        V4,
        "reduction_b",
        [
            CONCAT,
            [
                [MAX],
                [c("1x1", 192), c("3x3", 192, "stride 2 V")],
                [c("1x1", 256), c("1x7", 256), c("7x1", 320), c("3x3", 320, "stride 2 V")],
            ],
            CONCAT,
        ],
    ),
    PaperFigure(
        _C,
        "9",
        V4,
        "network",
        _overall(
            {
                "Stem": "35x35x384",
                "4 x Inception-A": "35x35x384",
                "Reduction-A": "17x17x1024",
                "7 x Inception-B": "17x17x1024",
                "Reduction-B": "8x8x1536",
                "3 x Inception-C": "8x8x1536",
                "Avarage Pooling": "1536",
                "Dropout (keep 0.8)": "1536",
                "Softmax": "1000",
            }
        ),
        {"Avarage Pooling": "Average Pooling"},
    ),
    PaperFigure(
        _C,
        "10",
        V1,
        "inception_resnet_a",
        _residual(
            [[c("1x1", 32)], [c("1x1", 32), c("3x3", 32)], [c("1x1", 32), c("3x3", 32), c("3x3", 32)]],
            256,
        ),
    ),
    PaperFigure(
        _C,
        "11",
        V1,
        "inception_resnet_b",
        _residual([[c("1x1", 128)], [c("1x1", 128), c("1x7", 128), c("7x1", 128)]], 896),
    ),
    PaperFigure(
        _C,
        "12",
        V1,
        "reduction_b",
        [
            PREVIOUS,
            [
                [MAX],
                [c("1x1", 256), c("3x3", 384, "stride 2 V")],
                [c("1x1", 256), c("3x3", 256, "stride 2 V")],
                [c("1x1", 256), c("3x3", 256), c("3x3", 256, "stride 2 V")],
            ],
            CONCAT,
        ],
    ),
    PaperFigure(
        _C,
        "13",
        V1,
        "inception_resnet_c",
        _residual([[c("1x1", 192)], [c("1x1", 192), c("1x3", 192), c("3x1", 192)]], 1792),
    ),
    PaperFigure(
        _C,
        "14",
        V1,
        "stem",
        [
            INPUT,
            (c("3x3", 32, "stride 2 V"), "149x149x32"),
            (c("3x3", 32, "V"), "147x147x32"),
            (c("3x3", 64), "147x147x64"),
            (MAX, "73x73x64"),
            (c("1x1", 80), "73x73x80"),
            (c("3x3", 192, "V"), "71x71x192"),
            (c("3x3", 256, "stride 2 V"), "35x35x256"),
        ],
    ),
    PaperFigure(_C, "15", V1, "network", _overall(RESNET_15)),
    PaperFigure(
        _C,
        "15",
        V2,
        "network",
        _overall(RESNET_15),
        {"35x35x256": "35x35x384", "17x17x896": "17x17x1152", "8x8x1792": "8x8x2144", "1792": "2144"},
    ),
    PaperFigure(
        _C,
        "16",
        V2,
        "inception_resnet_a",
        _residual(
            [[c("1x1", 32)], [c("1x1", 32), c("3x3", 32)], [c("1x1", 32), c("3x3", 48), c("3x3", 64)]],
            384,
        ),
    ),
    PaperFigure(
        _C,
        "17",
        V2,
        "inception_resnet_b",
        _residual([[c("1x1", 192)], [c("1x1", 128), c("1x7", 160), c("7x1", 192)]], 1154),
        {"1x1 Conv (1154 Linear)": "1x1 Conv (1152 Linear)"},
    ),
    PaperFigure(
        _C,
        "18",
        V2,
        "reduction_b",
        [
            PREVIOUS,
            [
                [MAX],
                [c("1x1", 256), c("3x3", 384, "stride 2 V")],
                [c("1x1", 256), c("3x3", 288, "stride 2 V")],
                [c("1x1", 256), c("3x3", 288), c("3x3", 320, "stride 2 V")],
            ],
            CONCAT,
        ],
    ),
    PaperFigure(
        _C,
        "19",
        V2,
        "inception_resnet_c",
        _residual([[c("1x1", 192)], [c("1x1", 192), c("1x3", 224), c("3x1", 256)]], 2048),
        {"1x1 Conv (2048 Linear)": "1x1 Conv (2144 Linear)"},
    ),
    PaperFigure(_C, "20", RESIDUAL, "residual_scaled", [RELU, [[], ["Inception", "Activation Scaling"]], "+", RELU]),
)
# Table 1 of arXiv:1602.07261: what the letters of figure 7 stand for.
LETTERS = {
    V4: "k = 192, l = 224, m = 256, n = 384",
    V1: "k = 192, l = 192, m = 256, n = 384",
    V2: "k = 256, l = 256, m = 384, n = 384",
}

FIGURES = (*FIGURES_2014, *FIGURES_2015, *FIGURES_2016)
