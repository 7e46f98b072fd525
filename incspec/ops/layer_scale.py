"""`layer_scale`: a learnt factor for each channel."""

from typing import ClassVar

from pydantic import Field

from ..shapes import TensorType
from .base import ChannelOrder, Cost, Family, Inputs, Outputs, TorchCall, UnaryOp
from .fields import Real

_LAYER_SCALE = '''\
class LayerScale(nn.Module):
    """A learnt factor for each channel; `axes` more axes come after that of the channels."""

    def __init__(self, channels: int, value: float, axes: int = 0) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.full((channels, *[1] * axes), value))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * self.weight

    def extra_repr(self) -> str:
        return f"{self.weight.shape[0]}"
'''


class LayerScale(UnaryOp):
    """Each channel times a factor that is learnt, small at first (arXiv:2103.17239)."""

    keyword: ClassVar[str] = "layer_scale"
    main: ClassVar[str | None] = "value"
    family: ClassVar[Family] = "shape"
    channel_order: ClassVar[ChannelOrder] = "kept"

    value: Real = Field(description="the factors before training")

    def output(self, x: TensorType) -> TensorType:
        return x

    def torch_call(self, inputs: Inputs) -> TorchCall:
        (x,) = inputs
        return TorchCall(
            "LayerScale",
            args={"channels": x.channels, "value": self.value},
            kwargs={"axes": 0 if x.channels_last else x.rank},
            defaults={"axes": 0},
            helper=_LAYER_SCALE,
        )

    def cost(self, inputs: Inputs, outputs: Outputs) -> Cost:
        (x,) = inputs
        return Cost(params=int(x.channels))

    def label(self, rank: int = 2) -> str:
        return "Layer Scale"
