"""`pad`: cells around a map."""

from typing import Annotated, ClassVar, TypeAlias

from pydantic import Field

from ..shapes import AXES, TensorType
from .base import ChannelOrder, Family, Inputs, OpError, Reach, TorchCall, UnaryOp, need_map
from .fields import Real, Several, Word
from .window import collapse, torch_dim

_TARGETS = {"reflect": "nn.ReflectionPad", "replicate": "nn.ReplicationPad", "circular": "nn.CircularPad"}

Margins: TypeAlias = Annotated[tuple[int, ...], Several(0, (), "cells before and after each axis, or one number")]


class Pad(UnaryOp):
    """The map with cells added around it, as many on each side as wanted."""

    keyword: ClassVar[str] = "pad"
    main: ClassVar[str | None] = "sizes"
    family: ClassVar[Family] = "shape"
    channel_order: ClassVar[ChannelOrder] = "kept"

    sizes: Margins = Field(
        description="cells on every side, or a list of those before and after each axis: top, bottom, left, right"
    )
    mode: Annotated[str, Word(("constant", *_TARGETS))] = Field(
        "constant", description="what the cells hold: a constant, or cells of the map"
    )
    value: Real = Field(0, description="the constant")

    def output(self, x: TensorType) -> TensorType:
        need_map(self.keyword, x)
        if self.value != 0 and self.mode != "constant":
            raise OpError("value-mismatch", f"`value` has no meaning for the mode `{self.mode}`", field="value")
        pairs = margins(self.sizes, x)
        for axis, size, (before, after) in zip(AXES[x.rank], x.sizes, pairs, strict=True):
            most = {"reflect": size - 1, "circular": size}.get(self.mode)
            if most is not None and max(before, after) > most:
                raise OpError(
                    "padding-too-large",
                    f"`{self.mode}` finds {most} cells at most in {x} along {axis}, got {max(before, after)}",
                    field="sizes",
                )
        return x.with_sizes(tuple(size + before + after for size, (before, after) in zip(x.sizes, pairs, strict=True)))

    def torch_call(self, inputs: Inputs) -> TorchCall:
        (x,) = inputs
        padding = torch_margins(margins(self.sizes, x))
        if self.mode != "constant":
            return TorchCall(torch_dim(_TARGETS[self.mode], x), args={"padding": padding})
        if self.value == 0:
            return TorchCall(torch_dim("nn.ZeroPad", x), args={"padding": padding})
        return TorchCall(torch_dim("nn.ConstantPad", x), args={"padding": padding, "value": self.value})

    def reach(self, x: TensorType) -> tuple[Reach, ...]:
        starts = (-int(before) for before, _ in margins(self.sizes, x))
        return tuple(Reach(place, first=start, last=start) for place, start in enumerate(starts))

    def label(self, rank: int = 2) -> str:
        return f"Pad ({', '.join(str(int(cells)) for cells in self.sizes)})"


def margins(sizes: tuple[int, ...], x: TensorType) -> tuple[tuple[int, int], ...]:
    """The cells before and after each axis.

    Raises:
        OpError: their number fits no axis count.
    """
    if len(sizes) == 1:
        return ((sizes[0], sizes[0]),) * x.rank
    if len(sizes) != 2 * x.rank:
        raise OpError(
            "wrong-axis-count",
            f"`sizes` has {len(sizes)} numbers, for {x} it needs {2 * x.rank} (before and after"
            f" {', '.join(AXES[x.rank])}) or one",
            field="sizes",
        )
    return tuple(zip(sizes[::2], sizes[1::2], strict=True))


def torch_margins(pairs: tuple[tuple[int, int], ...]) -> int | tuple[int, ...]:
    """The same in torch's order: the last axis first."""
    return collapse(tuple(cells for pair in reversed(pairs) for cells in pair))
