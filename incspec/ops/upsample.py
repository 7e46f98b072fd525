"""`upsample`: a larger map by interpolation."""

import math
from typing import Annotated, ClassVar, TypeAlias

from pydantic import Field

from ..shapes import TensorType
from .base import Argument, ChannelOrder, Family, Inputs, OpError, Reach, TorchCall, UnaryOp, need_map
from .fields import Flag, PerAxis, Word
from .window import collapse, per_axis, size_text

OptionalSizes: TypeAlias = Annotated[tuple[int, ...] | None, PerAxis(1)]

# torch's names of the modes, by the number of spatial axes.
_MODES = {
    "nearest": {1: "nearest", 2: "nearest", 3: "nearest"},
    "nearest_exact": {1: "nearest-exact", 2: "nearest-exact", 3: "nearest-exact"},
    "linear": {1: "linear", 2: "bilinear", 3: "trilinear"},
    "bicubic": {2: "bicubic"},
}


class Upsample(UnaryOp):
    """The map at a multiple of its size or at a given size, by interpolation."""

    keyword: ClassVar[str] = "upsample"
    main: ClassVar[str | None] = "scale"
    family: ClassVar[Family] = "shape"
    channel_order: ClassVar[ChannelOrder] = "kept"

    scale: OptionalSizes = Field(None, description="how many times as large, height before width; this or `size`")
    size: OptionalSizes = Field(None, description="size of the output, height before width; this or `scale`")
    mode: Annotated[str, Word(tuple(_MODES))] = Field(
        "nearest", description="kind of interpolation; `linear` along each axis, `bicubic` for two axes only"
    )
    align_corners: Flag = Field(
        False, description="whether corners lie on corners, not edges on edges; for `linear` and `bicubic`"
    )

    def output(self, x: TensorType) -> TensorType:
        need_map(self.keyword, x)
        if (self.scale is None) == (self.size is None):
            got = "neither" if self.scale is None else "both"
            raise OpError("scale-or-size", f"`upsample` takes either `scale` or `size`, got {got}", field="scale")
        if x.rank not in _MODES[self.mode]:
            raise OpError(
                "wrong-rank",
                f"`{self.mode}` needs a map with height and width, got {x}",
                field="mode",
                help="`linear` works along any number of axes",
            )
        if self.align_corners and self.mode.startswith("nearest"):
            raise OpError(
                "align-corners-mismatch",
                f"`align_corners` has no meaning for `{self.mode}`",
                field="align_corners",
                help="it goes with `linear` and `bicubic`",
            )
        return x.with_sizes(self._sizes(x))

    def torch_call(self, inputs: Inputs) -> TorchCall:
        (x,) = inputs
        target: dict[str, Argument] = (
            {"size": collapse(self._sizes(x))}
            if self.scale is None
            else {"scale_factor": collapse(per_axis(self.scale, x, "scale"))}
        )
        # To the nearest cell there are no corners: torch refuses even an expression that is false.
        corners = {} if self.mode.startswith("nearest") else {"align_corners": self.align_corners}
        return TorchCall(
            "nn.Upsample",
            kwargs={**target, "mode": _MODES[self.mode][x.rank], **corners},
            defaults={"mode": "nearest", "align_corners": False},  # torch's default is None, which it reads as False
        )

    def reach(self, x: TensorType) -> tuple[Reach, ...]:
        return tuple(
            self._reach(place, int(n), int(m)) for place, (n, m) in enumerate(zip(x.sizes, self._sizes(x), strict=True))
        )

    def label(self, rank: int = 2) -> str:
        if self.scale is not None:
            return f"Upsample (x{size_text(self.scale, rank=1)})"
        return f"Upsample (to {size_text(self.size, rank)})" if self.size is not None else "Upsample"

    def _sizes(self, x: TensorType) -> tuple[int, ...]:
        if self.scale is None:
            assert self.size is not None
            return per_axis(self.size, x, "size")
        return tuple(n * s for n, s in zip(x.sizes, per_axis(self.scale, x, "scale"), strict=True))

    def _reach(self, place: int, n: int, m: int) -> Reach:
        """What cell i of m depends on, among n: it lies at `step` * i + `start` there."""
        from fractions import Fraction  # which takes long to import

        step = Fraction(n, m)
        start = Fraction(0) if self.mode == "nearest" else step / 2 - Fraction(1, 2)
        if self.align_corners:
            step, start = Fraction(n - 1, max(m - 1, 1)), Fraction(0)
        elif self.mode == "nearest_exact":
            start = step / 2
        # All places are multiples of `grain`: the nearest cell on each side is less than a whole one away.
        grain = Fraction(1, math.lcm(step.denominator, start.denominator))
        if self.mode.startswith("nearest"):
            return Reach(place, step, start - 1 + grain, start)
        cells = 2 if self.mode == "bicubic" else 1
        return Reach(place, step, start - cells + grain, start + cells - grain)
