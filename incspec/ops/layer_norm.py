"""`layer_norm`: normalisation over the channels at each position."""

from typing import ClassVar

from pydantic import Field

from ..shapes import TensorType
from .base import ChannelOrder, Cost, Family, Inputs, Outputs, TorchCall, UnaryOp
from .batch_norm import check_init
from .fields import Flag, Positive
from .init import InitField, init_calls

_CHANNEL_LAYER_NORM = '''\
class ChannelLayerNorm(nn.LayerNorm):
    """Layer normalisation over the channels at each position, which come before the other axes."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x.movedim(1, -1)
        x = F.layer_norm(x, self.normalized_shape, self.weight, self.bias, self.eps)
        return x.movedim(-1, 1)
'''


class LayerNorm(UnaryOp):
    """Normalisation by the mean and variance over the channels, at each position by itself."""

    keyword: ClassVar[str] = "layer_norm"
    short: ClassVar[str] = "ln"
    family: ClassVar[Family] = "norm"
    channel_order: ClassVar[ChannelOrder] = "kept"

    eps: Positive = Field(1e-5, description="what is added to the variance")
    affine: Flag = Field(True, description="whether a scale and a bias per channel are learnt")
    init: InitField = Field(None, description="how scale and bias are initialised; 1 and 0 if not given")

    def output(self, x: TensorType) -> TensorType:
        check_init(self.init, affine=self.affine)
        return x

    def torch_call(self, inputs: Inputs) -> TorchCall:
        (x,) = inputs
        torch_has_it = x.rank == 0 or x.channels_last
        return TorchCall(
            "nn.LayerNorm" if torch_has_it else "ChannelLayerNorm",
            args={"normalized_shape": x.channels},
            kwargs={"eps": self.eps, "elementwise_affine": self.affine},
            defaults={"eps": 1e-5, "elementwise_affine": True},
            width="normalized_shape",
            init=init_calls(self.init, bias=True),
            helper="" if torch_has_it else _CHANNEL_LAYER_NORM,
        )

    def cost(self, inputs: Inputs, outputs: Outputs) -> Cost:
        (x,) = inputs
        return Cost(params=2 * int(x.channels) if self.affine else 0)

    def label(self, rank: int = 2) -> str:
        return "LayerNorm"
