"""`reshape`: the same elements with other axes."""

from math import prod
from typing import Annotated, ClassVar

from pydantic import Field

from ..shapes import AXES, TensorType
from .base import Family, Inputs, OpError, Reach, TorchCall, UnaryOp
from .fields import Several


class Reshape(UnaryOp):
    """The same elements, in the same order, with other axes."""

    keyword: ClassVar[str] = "reshape"
    main: ClassVar[str | None] = "shape"
    family: ClassVar[Family] = "shape"

    shape: Annotated[tuple[int, ...], Several(1, (), "lengths of axes, channels first")] = Field(
        description="lengths of the axes without the batch, channels first"
    )

    def output(self, x: TensorType) -> TensorType:
        if len(self.shape) - 1 not in AXES:
            raise OpError(
                "wrong-axis-count", f"`shape` has {len(self.shape)} axes, a tensor has 1 to {len(AXES)}", field="shape"
            )
        y = TensorType(self.shape)
        elements, wanted = prod(x.shape), prod(y.shape)
        if elements != wanted:
            raise OpError(
                "reshape-mismatch", f"{x} has {int(elements)} elements, {y} would have {int(wanted)}", field="shape"
            )
        return y

    def torch_call(self, inputs: Inputs) -> TorchCall:
        (x,) = inputs
        # Not `.reshape(-1, ...)`: for an input of another size that would take elements of several images for one.
        target = ".flatten(1).unflatten" if x.rank else ".unflatten"
        return TorchCall(target, args={"dim": 1, "sizes": self.shape})

    def reach(self, x: TensorType) -> tuple[Reach, ...]:
        # Cells change their places, so that each may be anywhere.
        return tuple(Reach(0, whole=True) for _ in self.shape[1:])

    def label(self, rank: int = 2) -> str:
        channels, *sizes = map(str, self.shape)
        lengths = (*sizes, channels)
        words = any(len(length) > 1 and not length.isdigit() for length in lengths)  # `1x1xwidth` would be one
        return f"Reshape ({(' x ' if words else 'x').join(lengths)})"
