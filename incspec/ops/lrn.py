"""`lrn`: local response normalisation."""

from typing import ClassVar

from pydantic import Field

from ..shapes import TensorType
from .base import Family, Inputs, TorchCall, UnaryOp, need_map
from .fields import Count, Real


class LocalResponseNorm(UnaryOp):
    """Division of each element by `(k + alpha * mean of squares of the channels around it) ** beta`."""

    keyword: ClassVar[str] = "lrn"
    main: ClassVar[str | None] = "size"
    family: ClassVar[Family] = "norm"

    size: Count = Field(5, description="channels that are looked at, its own in the middle")
    alpha: Real = Field(1e-4, description="factor of the mean of squares")
    beta: Real = Field(0.75, description="exponent")
    k: Real = Field(1.0, description="what is added to the mean of squares")

    def output(self, x: TensorType) -> TensorType:
        need_map(self.keyword, x)
        return x

    def torch_call(self, inputs: Inputs) -> TorchCall:
        return TorchCall(
            "nn.LocalResponseNorm",
            args={"size": self.size},
            kwargs={"alpha": self.alpha, "beta": self.beta, "k": self.k},
            defaults={"alpha": 1e-4, "beta": 0.75, "k": 1.0},
        )

    def label(self, rank: int = 2) -> str:
        return "LocalRespNorm"
