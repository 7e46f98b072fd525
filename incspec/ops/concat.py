"""`concat`: branches side by side, their channels one after the other."""

from typing import ClassVar

from ..shapes import TensorType
from .base import ChannelOrder, Inputs, OpError, TorchCall
from .merge import Merge, agreed, odd_one_out, same_axes, usual_one

_AXIS_NAMES = {1: ("length",), 2: ("height", "width")}


class Concat(Merge):
    """The channels of all branches one after the other, then `act`."""

    keyword: ClassVar[str] = "concat"
    begins_figures: ClassVar[bool] = True
    channel_order: ClassVar[ChannelOrder] = "joined"
    least: ClassVar[int] = 1

    def merged(self, inputs: Inputs) -> TensorType:
        same_axes(self.keyword, inputs)
        sizes = [x.sizes for x in inputs]
        channels = sum(x.channels for x in inputs)
        odd = odd_one_out(sizes)
        if odd is not None:
            meant = inputs[usual_one(sizes)].with_channels(channels) if agreed(sizes) else None
            raise OpError(
                "concat-shape-mismatch",
                f"branches differ in {_difference(inputs)}",
                input=odd,
                help="give the branches the same strides and the same `pad`",
                meant=meant,
            )
        return inputs[0].with_channels(channels)

    def torch_call(self, inputs: Inputs) -> TorchCall:
        return TorchCall("torch.cat", kwargs={"dim": inputs[0].channel_dim}, listed=True)

    def label(self, rank: int = 2) -> str:
        return "Filter concat"


def _difference(inputs: Inputs) -> str:
    ranks = {x.rank for x in inputs}
    if len(ranks) > 1:
        return "their number of axes"
    names = _AXIS_NAMES.get(ranks.pop())
    if names is None:
        return "size"
    lengths = zip(*(x.sizes for x in inputs), strict=True)
    return " and ".join(name for name, column in zip(names, lengths, strict=True) if len(set(column)) > 1)
