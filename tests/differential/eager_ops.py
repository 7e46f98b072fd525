"""All ops as calls of torch, by their names in the language."""

from __future__ import annotations

import torch

from . import eager_layers as layers
from . import eager_shapes as shapes
from .flow import Operator

OPERATORS: dict[str, Operator] = {
    "conv": layers.conv,
    "conv_transpose": layers.conv_transpose,
    "linear": layers.linear,
    "batch_norm": layers.batch_norm,
    "layer_norm": layers.layer_norm,
    "lrn": layers.lrn,
    "normalize": layers.normalize,
    "relu": layers.activation("ReLU"),
    "relu6": layers.activation("ReLU6"),
    "leaky_relu": layers.activation("LeakyReLU", negative_slope=("slope", 0.01)),
    "elu": layers.activation("ELU", alpha=("alpha", 1.0)),
    "gelu": layers.gelu,
    "silu": layers.activation("SiLU"),
    "mish": layers.activation("Mish"),
    "sigmoid": layers.activation("Sigmoid"),
    "tanh": layers.activation("Tanh"),
    "hard_sigmoid": layers.activation("Hardsigmoid"),
    "hard_swish": layers.activation("Hardswish"),
    "hard_tanh": layers.activation("Hardtanh"),
    "softmax": layers.softmax,
    "max_pool": layers.max_pool,
    "avg_pool": layers.avg_pool,
    "adaptive_avg_pool": layers.adaptive("AdaptiveAvgPool"),
    "adaptive_max_pool": layers.adaptive("AdaptiveMaxPool"),
    "global_avg_pool": layers.global_pool(torch.mean),
    "global_max_pool": layers.global_pool(torch.amax),
    "scale": shapes.scale,
    "layer_scale": layers.layer_scale,
    "dropout": shapes.dropout,
    "drop_path": shapes.drop_path,
    "flatten": shapes.flatten,
    "reshape": shapes.reshape,
    "permute": shapes.permute,
    "channel_shuffle": shapes.channel_shuffle,
    "pad": shapes.pad,
    "crop": shapes.crop,
    "upsample": shapes.upsample,
    "identity": shapes.identity,
}
