"""`scale`: multiplication by a constant."""

from typing import ClassVar

from pydantic import Field

from ..shapes import TensorType
from .base import ChannelOrder, Family, Inputs, TorchCall, UnaryOp
from .fields import Real


class Scale(UnaryOp):
    """Each element times a constant."""

    keyword: ClassVar[str] = "scale"
    main: ClassVar[str | None] = "factor"
    family: ClassVar[Family] = "shape"
    channel_order: ClassVar[ChannelOrder] = "kept"

    factor: Real = Field(description="the constant")

    def output(self, x: TensorType) -> TensorType:
        return x

    def torch_call(self, inputs: Inputs) -> TorchCall:
        return TorchCall("*", args={"factor": self.factor})

    def label(self, rank: int = 2) -> str:
        return "Activation Scaling"
