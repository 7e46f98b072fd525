"""`linear`: a fully connected layer over the last axis."""

from typing import ClassVar

from pydantic import Field

from ..shapes import AXES, TensorType
from .base import ChannelOrder, Cost, Family, Inputs, OpError, Outputs, TorchCall, UnaryOp
from .fields import Count, Flag
from .init import InitField, init_calls


class Linear(UnaryOp):
    """Fully connected layer on features, or at each position of a map with channels last; then `norm`, then `act`."""

    keyword: ClassVar[str] = "linear"
    main: ClassVar[str | None] = "out"
    family: ClassVar[Family] = "linear"
    channel_order: ClassVar[ChannelOrder] = "absorbed"
    followers: ClassVar[tuple[Family, ...]] = ("norm", "act")

    out: Count = Field(description="output features")
    bias: Flag = Field(True, description="whether a bias is added; without this field, only where there is no `norm`")
    init: InitField = Field(None, description="how weight and bias are initialised; torch's own way if not given")

    def output(self, x: TensorType) -> TensorType:
        if x.rank and not x.channels_last:
            last = ", ".join((*AXES[x.rank], "C"))
            raise OpError(
                "wrong-rank",
                f"`linear` needs features, got a map {x}",
                help=f"put `flatten` or `global_avg_pool` before it, or `permute: [{last}]` to apply it at each position",
            )
        return x.with_channels(self.out)

    def torch_call(self, inputs: Inputs) -> TorchCall:
        (x,) = inputs
        return TorchCall(
            "nn.Linear",
            args={"in_features": x.channels, "out_features": self.out},
            fixed={} if self.bias else {"bias": False},
            width="out_features",
            init=init_calls(self.init, bias=self.bias),
        )

    def cost(self, inputs: Inputs, outputs: Outputs) -> Cost:
        (x,) = inputs
        weights = int(x.channels) * int(self.out)
        positions = x.elements // int(x.channels)
        return Cost(params=weights + (int(self.out) if self.bias else 0), macs=weights * positions)

    def label(self, rank: int = 2) -> str:
        return f"Linear ({self.out})"
