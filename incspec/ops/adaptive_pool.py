"""`adaptive_avg_pool`, `adaptive_max_pool`: pooling to a given size."""

from typing import ClassVar

from pydantic import Field

from ..shapes import TensorType
from .base import ChannelOrder, Family, Inputs, Reach, TorchCall, UnaryOp, need_map
from .fields import Kernel
from .window import collapse, per_axis, size_text, torch_dim


class AdaptivePool(UnaryOp):
    """Pooling by as many windows as the output has cells."""

    main: ClassVar[str | None] = "size"
    family: ClassVar[Family] = "pool"
    channel_order: ClassVar[ChannelOrder] = "kept"
    target: ClassVar[str]
    title: ClassVar[str]

    size: Kernel = Field(description="size of the output, height before width")

    def output(self, x: TensorType) -> TensorType:
        need_map(self.keyword, x)
        return x.with_sizes(per_axis(self.size, x, "size"))

    def torch_call(self, inputs: Inputs) -> TorchCall:
        (x,) = inputs
        return TorchCall(torch_dim(self.target, x), args={"output_size": collapse(per_axis(self.size, x, "size"))})

    def reach(self, x: TensorType) -> tuple[Reach, ...]:
        from fractions import Fraction  # which takes long to import

        reaches = []
        for place, (n, m) in enumerate(zip(x.sizes, per_axis(self.size, x, "size"), strict=True)):
            step = Fraction(int(n), int(m))
            # Window i is from the cell where i * step lies to the one where (i + 1) * step ends.
            more = Fraction(int(m) - 1, int(m)) if step.denominator > 1 else 0
            reaches.append(Reach(place, step, -more, step - 1 + more))
        return tuple(reaches)

    def label(self, rank: int = 2) -> str:
        return self.title if set(self.size) == {1} else f"{self.title} (to {size_text(self.size, rank)})"


class AdaptiveAvgPool(AdaptivePool):
    """Mean of the cells under each of as many windows as the output has cells."""

    keyword: ClassVar[str] = "adaptive_avg_pool"
    target: ClassVar[str] = "nn.AdaptiveAvgPool"
    title: ClassVar[str] = "Average Pooling"


class AdaptiveMaxPool(AdaptivePool):
    """Maximum of the cells under each of as many windows as the output has cells."""

    keyword: ClassVar[str] = "adaptive_max_pool"
    target: ClassVar[str] = "nn.AdaptiveMaxPool"
    title: ClassVar[str] = "Max Pooling"
