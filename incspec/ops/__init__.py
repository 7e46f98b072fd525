"""All operators. A new one is a file, a line here and a row in the contract test."""

from .activation import (
    Elu,
    Gelu,
    HardSigmoid,
    HardSwish,
    HardTanh,
    LeakyRelu,
    Mish,
    Relu,
    Relu6,
    Sigmoid,
    Silu,
    Softmax,
    Tanh,
)
from .adaptive_pool import AdaptiveAvgPool, AdaptiveMaxPool
from .add import Add
from .base import Construct, Op
from .batch_norm import BatchNorm
from .channel_shuffle import ChannelShuffle
from .concat import Concat
from .conv import Conv
from .conv_transpose import ConvTranspose
from .crop import Crop
from .dropout import Dropout, DropPath
from .flatten import Flatten
from .global_pool import GlobalAvgPool, GlobalMaxPool
from .identity import Identity
from .layer_norm import LayerNorm
from .layer_scale import LayerScale
from .linear import Linear
from .lrn import LocalResponseNorm
from .mul import Mul
from .normalize import Normalize
from .pad import Pad
from .permute import Permute
from .pool import AvgPool, MaxPool
from .reshape import Reshape
from .residual import Residual
from .scale import Scale
from .split import Split
from .upsample import Upsample

OPS: tuple[type[Op], ...] = (
    Conv,
    ConvTranspose,
    Linear,
    BatchNorm,
    LayerNorm,
    LocalResponseNorm,
    Normalize,
    Relu,
    Relu6,
    LeakyRelu,
    Elu,
    Gelu,
    Silu,
    Mish,
    Sigmoid,
    Tanh,
    HardSigmoid,
    HardSwish,
    HardTanh,
    Softmax,
    MaxPool,
    AvgPool,
    AdaptiveAvgPool,
    AdaptiveMaxPool,
    GlobalAvgPool,
    GlobalMaxPool,
    Concat,
    Add,
    Mul,
    Split,
    Scale,
    LayerScale,
    Dropout,
    DropPath,
    Flatten,
    Reshape,
    Permute,
    ChannelShuffle,
    Pad,
    Crop,
    Upsample,
    Identity,
)
# Everything that a step may be but a block: ops, and what is written in terms of ops.
CONSTRUCTS: tuple[type[Construct], ...] = (*OPS, Residual)
BY_KEYWORD: dict[str, type[Construct]] = {construct.keyword: construct for construct in CONSTRUCTS}
