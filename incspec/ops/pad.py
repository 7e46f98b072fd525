"""`pad`: cells around a map."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from ..shapes import AXES, TensorType
from .base import Family, Inputs, OpError, TorchCall, UnaryOp, collapse, need_spatial, torch_dim
from .fields import Real, Several, Word

_TARGETS = {"reflect": "nn.ReflectionPad", "replicate": "nn.ReplicationPad", "circular": "nn.CircularPad"}


class Pad(UnaryOp):
    """The map with cells added around it, as many on each side as wanted."""

    keyword: ClassVar[str] = "pad"
    main: ClassVar[str | None] = "sizes"
    family: ClassVar[Family] = "shape"

    sizes: Annotated[tuple[int, ...], Several(0, (), "cells before and after each axis, or one number")] = Field(
        description="cells on every side, or a list of those before and after each axis: top, bottom, left, right"
    )
    mode: Annotated[str, Word(("constant", *_TARGETS))] = Field(
        "constant", description="what the cells hold: a constant, or cells of the map"
    )
    value: Real = Field(0, description="the constant")

    def output(self, x: TensorType) -> TensorType:
        need_spatial(self.keyword, x)
        if self.value != 0 and self.mode != "constant":
            raise OpError("value-mismatch", f"`value` has no meaning for the mode `{self.mode}`", field="value")
        pairs = self._pairs(x)
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
        # torch's order: the last axis first.
        padding = collapse(tuple(cells for pair in reversed(self._pairs(x)) for cells in pair))
        if self.mode != "constant":
            return TorchCall(torch_dim(_TARGETS[self.mode], x), args={"padding": padding})
        if self.value == 0:
            return TorchCall(torch_dim("nn.ZeroPad", x), args={"padding": padding})
        return TorchCall(torch_dim("nn.ConstantPad", x), args={"padding": padding, "value": self.value})

    def label(self, rank: int = 2) -> str:
        return f"Pad ({', '.join(str(int(cells)) for cells in self.sizes)})"

    def _pairs(self, x: TensorType) -> tuple[tuple[int, int], ...]:
        """The cells before and after each axis."""
        if len(self.sizes) == 1:
            return ((self.sizes[0], self.sizes[0]),) * x.rank
        if len(self.sizes) != 2 * x.rank:
            raise OpError(
                "wrong-axis-count",
                f"`sizes` has {len(self.sizes)} numbers, for {x} it needs {2 * x.rank} (before and after"
                f" {', '.join(AXES[x.rank])}) or one",
                field="sizes",
            )
        return tuple(zip(self.sizes[::2], self.sizes[1::2], strict=True))
