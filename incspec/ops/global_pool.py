"""`global_avg_pool`, `global_max_pool`: one number per channel."""

from typing import ClassVar

from pydantic import Field

from ..shapes import TensorType
from .base import ChannelOrder, Family, Inputs, Outputs, Reach, TorchCall, UnaryOp, need_spatial
from .fields import Flag
from .window import size_text


class GlobalPool(UnaryOp):
    """Pooling of all cells of each channel."""

    family: ClassVar[Family] = "pool"
    channel_order: ClassVar[ChannelOrder] = "kept"
    target: ClassVar[str]
    title: ClassVar[str]

    keep: Flag = Field(False, description="whether the spatial axes stay, with size 1")

    def output(self, x: TensorType) -> TensorType:
        need_spatial(self.keyword, x, help="what arrives has no height and width any more: leave this pool out")
        return x.with_sizes((1,) * x.rank if self.keep else ())

    def torch_call(self, inputs: Inputs) -> TorchCall:
        (x,) = inputs
        return TorchCall(
            self.target,
            kwargs={"dim": x.spatial_dims if x.rank > 1 else x.spatial_dims[0], "keepdim": self.keep},
            defaults={"keepdim": False},
        )

    def reach(self, x: TensorType) -> tuple[Reach, ...]:
        return tuple(Reach(place, whole=True) for place in range(x.rank))

    def details(self, inputs: Inputs, outputs: Outputs) -> dict[str, str]:
        window = {"kernel": size_text(inputs[0].sizes), "stride": "1", "pad": "V"}  # one window, as large as the map
        return super().details(inputs, outputs) | window

    def label(self, rank: int = 2) -> str:
        return self.title


class GlobalAvgPool(GlobalPool):
    """Mean of each channel."""

    keyword: ClassVar[str] = "global_avg_pool"
    target: ClassVar[str] = ".mean"
    title: ClassVar[str] = "Average Pooling"


class GlobalMaxPool(GlobalPool):
    """Maximum of each channel."""

    keyword: ClassVar[str] = "global_max_pool"
    target: ClassVar[str] = ".amax"
    title: ClassVar[str] = "Max Pooling"
