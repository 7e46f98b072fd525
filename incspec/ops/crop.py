"""`crop`: a map without its edges."""

from typing import ClassVar

from pydantic import Field

from ..shapes import TensorType
from .base import ChannelOrder, Family, Inputs, OpError, Reach, TorchCall, UnaryOp, need_map
from .pad import Margins, margins, torch_margins
from .window import torch_dim


class Crop(UnaryOp):
    """The map without some cells at its edges; the opposite of `pad`."""

    keyword: ClassVar[str] = "crop"
    main: ClassVar[str | None] = "sizes"
    family: ClassVar[Family] = "shape"
    channel_order: ClassVar[ChannelOrder] = "kept"

    sizes: Margins = Field(
        description="cells off every side, or a list of those off the beginning and end of each axis: top, bottom, "
        "left, right"
    )

    def output(self, x: TensorType) -> TensorType:
        need_map(self.keyword, x)
        pairs = margins(self.sizes, x)
        sizes = tuple(size - before - after for size, (before, after) in zip(x.sizes, pairs, strict=True))
        if any(size < 1 for size in sizes):
            raise OpError("crop-too-large", f"nothing is left of {x}", field="sizes", help="crop less")
        return x.with_sizes(sizes)

    def torch_call(self, inputs: Inputs) -> TorchCall:
        (x,) = inputs
        # To torch a crop is a negative padding.
        pairs = tuple((-before, -after) for before, after in margins(self.sizes, x))
        return TorchCall(torch_dim("nn.ZeroPad", x), args={"padding": torch_margins(pairs)})

    def reach(self, x: TensorType) -> tuple[Reach, ...]:
        starts = (int(before) for before, _ in margins(self.sizes, x))
        return tuple(Reach(place, first=start, last=start) for place, start in enumerate(starts))

    def label(self, rank: int = 2) -> str:
        return f"Crop ({', '.join(map(str, self.sizes))})"
