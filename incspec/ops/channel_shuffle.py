"""`channel_shuffle`: channels of all groups mixed."""

from typing import ClassVar

from pydantic import Field

from ..shapes import TensorType
from .base import Family, Inputs, OpError, TorchCall, UnaryOp, need_map
from .fields import Count


class ChannelShuffle(UnaryOp):
    """The channels in a new order: the first of each group, then the second of each group, and so on."""

    keyword: ClassVar[str] = "channel_shuffle"
    main: ClassVar[str | None] = "groups"
    family: ClassVar[Family] = "shape"

    groups: Count = Field(description="groups that the channels come in")

    def output(self, x: TensorType) -> TensorType:
        need_map(self.keyword, x)
        if x.channels % self.groups:
            raise OpError(
                "groups-mismatch", f"{x.channels} channels do not divide into {self.groups} groups", field="groups"
            )
        return x

    def torch_call(self, inputs: Inputs) -> TorchCall:
        return TorchCall("nn.ChannelShuffle", args={"groups": self.groups})

    def label(self, rank: int = 2) -> str:
        return f"Channel shuffle ({int(self.groups)} groups)"
