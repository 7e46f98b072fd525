"""`dropout`, `drop_path`: parts that are dropped at random in training."""

from typing import ClassVar

from pydantic import Field

from ..shapes import TensorType
from .base import ChannelOrder, Family, Inputs, OpError, Outputs, TorchCall, UnaryOp, need_channels_first
from .fields import Flag, Probability
from .window import torch_dim

_DROP_PATH = '''\
class DropPath(nn.Module):
    """Drop an image's whole tensor with probability p in training, scale the others up."""

    def __init__(self, p: float) -> None:
        super().__init__()
        self.p = p

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if not self.training or self.p == 0.0:
            return x
        keep = 1.0 - self.p
        shape = [x.shape[0]] + [1] * (x.dim() - 1)
        mask = torch.empty(shape, dtype=x.dtype, device=x.device).bernoulli_(keep)
        return x * mask / keep if keep > 0.0 else x * mask

    def extra_repr(self) -> str:
        return f"p={self.p}"
'''


class Dropout(UnaryOp):
    """Elements or whole channels set to zero at random, in training only."""

    keyword: ClassVar[str] = "dropout"
    main: ClassVar[str | None] = "p"
    family: ClassVar[Family] = "dropout"
    channel_order: ClassVar[ChannelOrder] = "kept"

    p: Probability = Field(0.5, description="probability of being dropped")
    channels: Flag = Field(False, description="whether whole channels are dropped, not single elements")

    def output(self, x: TensorType) -> TensorType:
        if self.channels and x.rank == 0:
            raise OpError(
                "wrong-rank",
                f"`channels` needs a map with height and width, got {x} features",
                field="channels",
                help="leave it out: here each channel is one element",
            )
        if self.channels:
            need_channels_first(self.keyword, x)
        return x

    def torch_call(self, inputs: Inputs) -> TorchCall:
        (x,) = inputs
        return TorchCall(torch_dim("nn.Dropout", x) if self.channels else "nn.Dropout", args={"p": self.p})

    def label(self, rank: int = 2) -> str:
        return f"Dropout ({self.p:g})"

    def details(self, inputs: Inputs, outputs: Outputs) -> dict[str, str]:
        return super().details(inputs, outputs) | {"keep": f"{1 - self.p:g}"}


class DropPath(UnaryOp):
    """Whole images set to zero at random, in training only (stochastic depth); the others are scaled up for it."""

    keyword: ClassVar[str] = "drop_path"
    main: ClassVar[str | None] = "p"
    family: ClassVar[Family] = "dropout"
    channel_order: ClassVar[ChannelOrder] = "kept"

    p: Probability = Field(description="probability of being dropped")

    def output(self, x: TensorType) -> TensorType:
        return x

    def torch_call(self, inputs: Inputs) -> TorchCall:
        return TorchCall("DropPath", args={"p": self.p}, helper=_DROP_PATH)

    def label(self, rank: int = 2) -> str:
        return "DropPath"  # its probability grows from block to block, so that no figure could show it
