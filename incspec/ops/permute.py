"""`permute`: the axes in another order."""

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from pydantic import Field

from ..shapes import AXES, TensorType
from .base import ChannelOrder, Family, Inputs, OpError, Reach, TorchCall, UnaryOp, need_spatial
from .fields import FieldValue, Kind

_LETTERS = ("C", *dict.fromkeys(letter for letters in AXES.values() for letter in letters))


@dataclass(frozen=True)
class AxesKind(Kind):
    """A list of the letters of axes."""

    @property
    def words(self) -> tuple[str, ...]:
        return _LETTERS

    @property
    def wants(self) -> str:
        return "a list of axes, `[H, W, C]`"

    def accept(self, value: FieldValue) -> tuple[str, ...]:
        if not isinstance(value, tuple):
            raise self.refuse(value)
        letters = tuple(item for item in value if isinstance(item, str) and item in _LETTERS)
        if not letters or len(letters) < len(value):
            raise self.refuse(value)
        return letters

    def json_schema(self) -> dict[str, Any]:
        return {"type": "array", "items": {"enum": list(_LETTERS)}, "minItems": 1}


class Permute(UnaryOp):
    """The axes of a map in another order: `[H, W, C]` puts the channels last, `[C, H, W]` first again."""

    keyword: ClassVar[str] = "permute"
    main: ClassVar[str | None] = "axes"
    family: ClassVar[Family] = "shape"
    channel_order: ClassVar[ChannelOrder] = "kept"

    axes: Annotated[tuple[str, ...], AxesKind()] = Field(
        description="the input's axes in their new order: `C`, and `L`, `H`, `W` or `T`, `H`, `W`; C first or last"
    )

    def output(self, x: TensorType) -> TensorType:
        need_spatial(self.keyword, x)
        if sorted(self.axes) != sorted(x.axes):
            raise OpError(
                "axes-mismatch",
                f"`axes` names {', '.join(self.axes)}, the input has {', '.join(x.axes)}",
                field="axes",
                help="name each axis once",
            )
        if "C" not in (self.axes[0], self.axes[-1]):
            raise OpError(
                "axes-mismatch",
                f"`axes` puts the channels between others: {', '.join(self.axes)}",
                field="axes",
                help="`C` stands first or last",
            )
        lengths = dict(zip(x.axes, x.shape, strict=True))
        return TensorType(tuple(lengths[axis] for axis in self.axes), channels_last=self.axes[-1] == "C")

    def torch_call(self, inputs: Inputs) -> TorchCall:
        (x,) = inputs
        dims = (0, *(1 + x.axes.index(axis) for axis in self.axes))
        return TorchCall(".permute", args={f"dim{index}": dim for index, dim in enumerate(dims)})

    def reach(self, x: TensorType) -> tuple[Reach, ...]:
        return tuple(Reach(AXES[x.rank].index(axis)) for axis in self.axes if axis != "C")

    def label(self, rank: int = 2) -> str:
        return f"Permute to {'x'.join(self.axes)}"
