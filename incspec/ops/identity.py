"""`identity`: the input as it is."""

from typing import ClassVar

from ..shapes import TensorType
from .base import ChannelOrder, Family, Inputs, TorchCall, UnaryOp


class Identity(UnaryOp):
    """The input as it is."""

    keyword: ClassVar[str] = "identity"
    family: ClassVar[Family] = "shape"
    channel_order: ClassVar[ChannelOrder] = "kept"

    def output(self, x: TensorType) -> TensorType:
        return x

    def torch_call(self, inputs: Inputs) -> TorchCall:
        return TorchCall("nn.Identity")

    def label(self, rank: int = 2) -> str:
        return "Identity"
