"""`mul`: the product of branches."""

from dataclasses import replace
from typing import ClassVar

from ..shapes import TensorType
from .base import ChannelOrder, Inputs, OpError, TorchCall
from .merge import Merge, odd_one_out, pair, same_axes, usual_one


class Mul(Merge):
    """The product of the branches, element by element, an axis of size 1 repeated as often as needed; then `act`."""

    keyword: ClassVar[str] = "mul"
    most: ClassVar[int | None] = 500  # Python reads no longer sum or product
    channel_order: ClassVar[ChannelOrder] = "matched"

    def merged(self, inputs: Inputs) -> TensorType:
        ranks = [x.rank for x in inputs]
        odd = odd_one_out(ranks)
        if odd is not None:
            raise OpError(
                "mul-shape-mismatch",
                f"mul needs the same number of axes, got {pair(inputs, usual_one(ranks), odd)}",
                input=odd,
                help="`global_avg_pool: {keep: true}` keeps the axes, with size 1",
            )
        same_axes(self.keyword, inputs)
        return replace(inputs[0], shape=tuple(_broadcast(inputs, axis) for axis in range(ranks[0] + 1)))

    def torch_call(self, inputs: Inputs) -> TorchCall:
        return TorchCall("*")

    def label(self, rank: int = 2) -> str:
        return "×"  # the sign in the figures


def _broadcast(inputs: Inputs, axis: int) -> int:
    """The length of one axis of the product."""
    # The inputs that decide, by their places.
    deciding = [index for index, x in enumerate(inputs) if x.shape[axis] != 1]
    if not deciding:
        return inputs[0].shape[axis]
    lengths = [inputs[index].shape[axis] for index in deciding]
    odd = odd_one_out(lengths)
    if odd is not None:
        raise OpError(
            "mul-shape-mismatch",
            "mul needs equal shapes, or axes of size 1, got "
            + pair(inputs, deciding[usual_one(lengths)], deciding[odd]),
            input=deciding[odd],
        )
    return lengths[0]
