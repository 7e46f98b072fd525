"""`normalize`: each channel by a mean and a deviation that are known beforehand."""

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, TypeAlias

from pydantic import Field

from ..shapes import TensorType
from .base import Family, Inputs, OpError, TorchCall, UnaryOp, need_channels_first
from .fields import EXPRESSION_SCHEMA, FieldValue, Kind, Number


@dataclass(frozen=True)
class NumberList(Kind):
    """A list of numbers, or one number for such a list."""

    above: float | None = None

    @property
    def wants(self) -> str:
        return "a list of numbers" + ("" if self.above is None else f" above {self.above:g}")

    def accept(self, value: FieldValue) -> tuple[float, ...]:
        number = Number(above=self.above)
        try:
            taken = tuple(number.accept(item) for item in (value if isinstance(value, tuple) else (value,)))
        except ValueError:
            raise self.refuse(value) from None
        if not taken:
            raise self.refuse(value)
        return tuple(item for item in taken if isinstance(item, float))

    def json_schema(self) -> dict[str, Any]:
        item = [Number(above=self.above).json_schema(), EXPRESSION_SCHEMA]
        return {"anyOf": [{"type": "array", "items": {"anyOf": item}, "minItems": 1}, *item]}


Means: TypeAlias = Annotated[tuple[float, ...], NumberList()]
Deviations: TypeAlias = Annotated[tuple[float, ...], NumberList(above=0)]

# The buffers are no part of a checkpoint: the source holds them. They are 1-D, whatever the number of axes.
_NORMALIZE = '''\
class Normalize(nn.Module):
    """Each channel minus its mean, divided by its deviation."""

    def __init__(self, mean: tuple[float, ...], std: tuple[float, ...]) -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor(mean), persistent=False)
        self.register_buffer("std", torch.tensor(std), persistent=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        shape = [-1] + [1] * (x.dim() - 2)
        return (x - self.mean.view(shape)) / self.std.view(shape)
'''


class Normalize(UnaryOp):
    """Each channel minus its mean, divided by its deviation: numbers that are given, not learnt."""

    keyword: ClassVar[str] = "normalize"
    family: ClassVar[Family] = "shape"

    mean: Means = Field(description="mean of each channel, or one number for all")
    std: Deviations = Field(description="standard deviation of each channel, or one number for all")

    def output(self, x: TensorType) -> TensorType:
        need_channels_first(self.keyword, x)
        for field, values in (("mean", self.mean), ("std", self.std)):
            if len(values) not in (1, x.channels):
                raise OpError(
                    "normalize-mismatch", f"`{field}` has {len(values)} numbers for {x.channels} channels", field=field
                )
        return x

    def torch_call(self, inputs: Inputs) -> TorchCall:
        return TorchCall("Normalize", args={"mean": self.mean, "std": self.std}, helper=_NORMALIZE)

    def label(self, rank: int = 2) -> str:
        return "Normalize"
