"""`flatten`: all elements in one axis."""

from typing import ClassVar

from ..shapes import TensorType
from .base import ChannelOrder, Family, Inputs, TorchCall, UnaryOp


class Flatten(UnaryOp):
    """All elements of an image in one axis, the features."""

    keyword: ClassVar[str] = "flatten"
    family: ClassVar[Family] = "shape"
    channel_order: ClassVar[ChannelOrder] = "flattened"

    def output(self, x: TensorType) -> TensorType:
        features = x.channels
        for size in x.sizes:
            features = features * size
        return TensorType((features,))

    def torch_call(self, inputs: Inputs) -> TorchCall:
        return TorchCall("nn.Flatten")

    def label(self, rank: int = 2) -> str:
        return "Flatten"
