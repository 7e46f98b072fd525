"""`split`: the channels in slices."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, TypeAlias

from pydantic import Field

from ..shapes import TensorType
from .base import Family, Inputs, Op, OpError, Outputs, TorchCall, single
from .fields import FieldValue, Several, shown

_MOST = 10_000  # slices: each is a tensor


@dataclass(frozen=True)
class _Slices(Several):
    """The channels of slices, or how many equal ones there are."""

    def accept(self, value: FieldValue) -> int | str | tuple[int | str, ...]:
        taken = super().accept(value)
        if isinstance(taken, int) and taken > _MOST:
            raise ValueError(f"wants at most {_MOST:_} slices, got {shown(value)}")
        return taken


# `[8]` is one slice of 8 channels, `8` a number of slices.
_SLICES = _Slices(1, ("rest",), "channels, one of which may be `rest`, or a number of equal slices", alone=True)
Slices: TypeAlias = Annotated[int | tuple[int | str, ...], _SLICES]
OptionalSlices: TypeAlias = Annotated[int | tuple[int | str, ...] | None, _SLICES]


class Split(Op):
    """The channels in consecutive slices, one output each."""

    keyword: ClassVar[str] = "split"
    main: ClassVar[str | None] = "sizes"
    family: ClassVar[Family] = "shape"

    sizes: Slices = Field(description="channels of each slice, one of which may be `rest`; or a number of equal slices")

    @property
    def output_count(self) -> int:
        return int(self.sizes) if isinstance(self.sizes, int) else len(self.sizes)

    def infer(self, inputs: Inputs) -> Outputs:
        x = single(self.keyword, inputs)
        return tuple(x.with_channels(width) for width in self._widths(x))

    def torch_call(self, inputs: Inputs) -> TorchCall:
        (x,) = inputs
        return TorchCall(".split", args={"split_size": self._widths(x)}, kwargs={"dim": x.channel_dim}, several=True)

    def label(self, rank: int = 2) -> str:
        return "Split"

    def _widths(self, x: TensorType) -> tuple[int, ...]:
        """The channels of each slice."""
        if isinstance(self.sizes, int):
            return _equal_slices(x.channels, self.sizes)
        if self.sizes.count("rest") > 1:
            raise OpError("split-mismatch", "`rest` stands more than once", field="sizes")
        given = sum(size for size in self.sizes if isinstance(size, int))
        rest = x.channels - given
        if "rest" in self.sizes and rest < 1:
            raise OpError(
                "split-mismatch",
                f"nothing is left for `rest`: {given} of {x.channels} channels are given",
                field="sizes",
            )
        if "rest" not in self.sizes and rest:
            written = " + ".join(str(size) for size in self.sizes)
            raise OpError(
                "split-mismatch",
                f"the slices have {written} = {given} channels, the input has {x.channels}",
                field="sizes",
                help="write `rest` for one of them",
            )
        return tuple(size if isinstance(size, int) else rest for size in self.sizes)


def _equal_slices(channels: int, count: int) -> tuple[int, ...]:
    if channels % count:
        message = f"{channels} channels do not divide into {count} equal slices"
        hint = "say how wide each slice is, as `[8, rest]`"
        raise OpError("split-mismatch", message, field="sizes", help=hint)
    return (channels // count,) * count
