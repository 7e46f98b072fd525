"""`add`: the sum of branches."""

from typing import ClassVar

from ..expressions import expr_of, to_python
from ..shapes import TensorType
from .base import ChannelOrder, Inputs, OpError, TorchCall
from .merge import Merge, agreed, odd_one_out, pair, same_axes, usual_one


class Add(Merge):
    """The sum of the branches, element by element, then `act`."""

    keyword: ClassVar[str] = "add"
    most: ClassVar[int | None] = 500  # Python reads no longer sum or product
    channel_order: ClassVar[ChannelOrder] = "matched"

    def merged(self, inputs: Inputs) -> TensorType:
        same_axes(self.keyword, inputs)
        shapes = [x.shape for x in inputs]
        odd = odd_one_out(shapes)
        if odd is not None:
            raise OpError(
                "add-shape-mismatch",
                f"add needs equal shapes, got {pair(inputs, usual_one(shapes), odd)}",
                input=odd,
                meant=inputs[usual_one(shapes)] if agreed(shapes) else None,
            )
        # All are equal: the one that is told most simply.
        return min(inputs, key=lambda x: len(to_python(expr_of(x.channels))))

    def torch_call(self, inputs: Inputs) -> TorchCall:
        return TorchCall("+")

    def label(self, rank: int = 2) -> str:
        return "+"
