"""`relu` and its relatives: functions of each element, and `softmax`."""

from typing import Annotated, ClassVar, TypeAlias

from pydantic import Field

from ..shapes import TensorType
from .base import ChannelOrder, Family, Inputs, Look, TorchCall, UnaryOp
from .fields import Number, Word

# Below zero torch cannot go back through the in-place form.
Slope: TypeAlias = Annotated[float, Number(least=0)]


class Activation(UnaryOp):
    """An op that keeps the shape and learns nothing."""

    family: ClassVar[Family] = "act"
    begins_figures: ClassVar[bool] = True
    channel_order: ClassVar[ChannelOrder] = "kept"
    target: ClassVar[str]
    title: ClassVar[str]

    def output(self, x: TensorType) -> TensorType:
        return x

    def torch_call(self, inputs: Inputs) -> TorchCall:
        return TorchCall(self.target)

    def label(self, rank: int = 2) -> str:
        return f"{self.title} activation"


class Relu(Activation):
    """The positive part of each element."""

    keyword: ClassVar[str] = "relu"
    inplace: ClassVar[bool] = True
    target: ClassVar[str] = "nn.ReLU"
    title: ClassVar[str] = "Relu"


class Relu6(Activation):
    """The positive part of each element, at most 6."""

    keyword: ClassVar[str] = "relu6"
    inplace: ClassVar[bool] = True
    target: ClassVar[str] = "nn.ReLU6"
    title: ClassVar[str] = "Relu6"


class LeakyRelu(Activation):
    """The positive part of each element, and a little of the negative part."""

    keyword: ClassVar[str] = "leaky_relu"
    main: ClassVar[str | None] = "slope"
    inplace: ClassVar[bool] = True
    target: ClassVar[str] = "nn.LeakyReLU"
    title: ClassVar[str] = "Leaky Relu"

    slope: Slope = Field(0.01, description="factor of the negative part")

    def torch_call(self, inputs: Inputs) -> TorchCall:
        return TorchCall(self.target, kwargs={"negative_slope": self.slope}, defaults={"negative_slope": 0.01})


class Elu(Activation):
    """The positive part of each element, and `alpha * (exp(x) - 1)` of the negative part."""

    keyword: ClassVar[str] = "elu"
    main: ClassVar[str | None] = "alpha"
    inplace: ClassVar[bool] = True
    target: ClassVar[str] = "nn.ELU"
    title: ClassVar[str] = "Elu"

    alpha: Slope = Field(1.0, description="minus the value far below zero")

    def torch_call(self, inputs: Inputs) -> TorchCall:
        return TorchCall(self.target, kwargs={"alpha": self.alpha}, defaults={"alpha": 1.0})


class Gelu(Activation):
    """Each element times the normal distribution function of it."""

    keyword: ClassVar[str] = "gelu"
    main: ClassVar[str | None] = "approximate"
    target: ClassVar[str] = "nn.GELU"
    title: ClassVar[str] = "Gelu"

    approximate: Annotated[str, Word(("none", "tanh"))] = Field(
        "none", description="`tanh` computes it by a hyperbolic tangent, `none` exactly"
    )

    def torch_call(self, inputs: Inputs) -> TorchCall:
        return TorchCall(self.target, kwargs={"approximate": self.approximate}, defaults={"approximate": "none"})


class Silu(Activation):
    """Each element times its sigmoid, also called swish."""

    keyword: ClassVar[str] = "silu"
    inplace: ClassVar[bool] = True
    target: ClassVar[str] = "nn.SiLU"
    title: ClassVar[str] = "Silu"


class Mish(Activation):
    """Each element times the hyperbolic tangent of its softplus."""

    keyword: ClassVar[str] = "mish"
    inplace: ClassVar[bool] = True
    target: ClassVar[str] = "nn.Mish"
    title: ClassVar[str] = "Mish"


class Sigmoid(Activation):
    """The logistic function of each element."""

    keyword: ClassVar[str] = "sigmoid"
    told: ClassVar[bool] = True
    target: ClassVar[str] = "nn.Sigmoid"
    title: ClassVar[str] = "Sigmoid"


class Tanh(Activation):
    """The hyperbolic tangent of each element."""

    keyword: ClassVar[str] = "tanh"
    told: ClassVar[bool] = True
    target: ClassVar[str] = "nn.Tanh"
    title: ClassVar[str] = "Tanh"


class HardSigmoid(Activation):
    """The sigmoid in three straight pieces, `relu6(x + 3) / 6`."""

    keyword: ClassVar[str] = "hard_sigmoid"
    told: ClassVar[bool] = True
    inplace: ClassVar[bool] = True
    target: ClassVar[str] = "nn.Hardsigmoid"
    title: ClassVar[str] = "Hard sigmoid"


class HardSwish(Activation):
    """Each element times its hard sigmoid."""

    keyword: ClassVar[str] = "hard_swish"
    inplace: ClassVar[bool] = True
    target: ClassVar[str] = "nn.Hardswish"
    title: ClassVar[str] = "Hard swish"


class HardTanh(Activation):
    """Each element, cut off at -1 and 1."""

    keyword: ClassVar[str] = "hard_tanh"
    told: ClassVar[bool] = True
    inplace: ClassVar[bool] = True
    target: ClassVar[str] = "nn.Hardtanh"
    title: ClassVar[str] = "Hard tanh"


class Softmax(Activation):
    """Exponentials over the channels, scaled to the sum 1."""

    keyword: ClassVar[str] = "softmax"
    special_look: ClassVar[Look | None] = "softmax"
    told: ClassVar[bool] = True
    target: ClassVar[str] = "nn.Softmax"
    title: ClassVar[str] = "Softmax"

    def torch_call(self, inputs: Inputs) -> TorchCall:
        (x,) = inputs
        return TorchCall(self.target, kwargs={"dim": x.channel_dim})

    def label(self, rank: int = 2) -> str:
        return self.title
