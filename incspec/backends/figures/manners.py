"""How the papers of the family word their figures, as data, by their numbers on arXiv."""

from __future__ import annotations

from dataclasses import replace

from .wording import Manner, Score, Wording

PLAIN = Manner(block=Wording(products=True))
_LOSS = "the softmax is that of the loss"

# --- Going Deeper with Convolutions

_MODULE = Wording(
    words={
        "conv": "{kernel} convolutions",
        "max_pool": "{kernel} max pooling",
        "avg_pool": "{kernel} average pooling",
        "concat": "Filter concatenation",
    },
    before="Previous layer",
    sizes="none",
)
_WHOLE = Wording(
    words={
        "conv": "Conv {kernel}+{stride}({pad})",
        "max_pool": "MaxPool {kernel}+{stride}({pad})",
        "avg_pool": "AveragePool {kernel}+{stride}({pad})",
        "global_avg_pool": "AveragePool {kernel}+{stride}({pad})",
        "lrn": "LocalRespNorm",
        "concat": "DepthConcat",
        "linear": "FC",
        "softmax": "SoftmaxActivation",
        "flatten": "",
        "dropout": "",
    },
    input="input",
    scores=(Score("FC", "linear"), Score("SoftmaxActivation", "softmax"), Score("softmax{number}", "output")),
    sizes="none",
    remark=_LOSS,
)
PAPER_2014 = Manner(_WHOLE, replace(_WHOLE, remark=""), {"2(a)": _MODULE, "2(b)": _MODULE}, whole=True)

# --- Rethinking the Inception Architecture for Computer Vision

_SHORT = Wording(
    words={"conv": "{kernel}", "max_pool": "Pool", "avg_pool": "Pool", "concat": "Filter Concat"},
    before="Base",
    sizes="none",
)
_STRIDES = replace(
    _SHORT,
    words=dict(_SHORT.words)
    | {
        "1x1 conv": "{kernel}",
        "conv": "{kernel} stride {stride}",
        "max_pool": "Pool[ stride {stride}]",
        "avg_pool": "Pool[ stride {stride}]",
    },
)
_SIZES = Wording(words={"conv": "conv", "max_pool": "pool", "concat": "concat"}, input="{size}", sizes="every")
PAPER_2015 = Manner(
    figures={
        **dict.fromkeys(("5", "6", "7"), _SHORT),
        **dict.fromkeys(("10", "10 (left)"), _STRIDES),
        "10 (right)": _SIZES,
    }
)

# --- Inception-v4, Inception-ResNet and the Impact of Residual Connections on Learning

_OVERALL = Wording(
    {"dropout": "Dropout (keep {keep})"},
    scores=(Score("Softmax", "softmax"),),
    remark=f"{_LOSS}, its box the linear layer before it",
)
_BLOCK = Wording(sizes="none")
_STEM = Wording(sizes="changed")
_RESIDUAL = Wording(words={"concat": "", "scale": ""}, sizes="none")
PAPER_2016 = Manner(
    _OVERALL,
    _BLOCK,
    {
        "1": replace(_BLOCK, words={"conv": "Conv"}),
        "2": replace(_BLOCK, words={"conv": "{kernel} Conv"}),
        "3": _STEM,
        "7": replace(_BLOCK, before="Filter concat"),
        **dict.fromkeys(("10", "11", "13", "16", "17", "19"), _RESIDUAL),
        "12": replace(_BLOCK, before="Previous layer"),
        "14": _STEM,
        "18": replace(_BLOCK, before="Previous layer"),
    },
)

MANNERS = {"paper-2014": PAPER_2014, "paper-2015": PAPER_2015, "paper-2016": PAPER_2016, "plain": PLAIN}
_BY_ARXIV = {"1409.4842": "paper-2014", "1512.00567": "paper-2015", "1602.07261": "paper-2016"}


def own_manner(arxiv: str) -> str:
    """The name of the manner in which a network's own paper draws; `plain` where that is none of ours."""
    return _BY_ARXIV.get(arxiv, "plain")
