"""`batch_norm`: normalisation of each channel over the batch."""

from typing import ClassVar

from pydantic import Field

from ..shapes import TensorType
from .base import ChannelOrder, Cost, Family, Inputs, OpError, Outputs, TorchCall, UnaryOp, need_channels_first
from .fields import Flag, Positive, Probability
from .init import InitField, InitPlan, init_calls

# These functions ask for the fan-in or the rows of a matrix, and a scale per channel has neither.
_FOR_MATRICES = ("xavier_uniform", "xavier_normal", "kaiming_uniform", "kaiming_normal", "orthogonal")


class BatchNorm(UnaryOp):
    """Normalisation of each channel by its mean and variance over the batch."""

    keyword: ClassVar[str] = "batch_norm"
    short: ClassVar[str] = "bn"
    family: ClassVar[Family] = "norm"
    over_batch: ClassVar[bool] = True
    channel_order: ClassVar[ChannelOrder] = "kept"

    eps: Positive = Field(1e-5, description="what is added to the variance")
    momentum: Probability = Field(0.1, description="share of a new batch in the running mean and variance")
    affine: Flag = Field(True, description="whether a scale and a bias per channel are learnt")
    init: InitField = Field(None, description="how scale and bias are initialised; 1 and 0 if not given")

    def output(self, x: TensorType) -> TensorType:
        need_channels_first(self.keyword, x)
        check_init(self.init, affine=self.affine)
        return x

    def torch_call(self, inputs: Inputs) -> TorchCall:
        (x,) = inputs
        return TorchCall(
            f"nn.BatchNorm{max(x.rank, 1)}d",
            args={"num_features": x.channels},
            kwargs={"eps": self.eps, "momentum": self.momentum, "affine": self.affine},
            defaults={"eps": 1e-5, "momentum": 0.1, "affine": True},
            width="num_features",
            init=init_calls(self.init, bias=True),
        )

    def cost(self, inputs: Inputs, outputs: Outputs) -> Cost:
        (x,) = inputs
        return Cost(params=2 * int(x.channels) if self.affine else 0)

    def label(self, rank: int = 2) -> str:
        return "BatchNorm"


def check_init(init: InitPlan | None, *, affine: bool) -> None:
    """Refuse what cannot initialise a scale and a bias per channel.

    Raises:
        OpError: there are none, or the function is one for matrices.
    """
    if init is not None and not affine:
        raise OpError(
            "init-mismatch",
            "`init` has nothing to initialise: `affine: false` leaves out scale and bias",
            field="init",
        )
    if init is not None and init.weight is not None and init.weight[0] in _FOR_MATRICES:
        raise OpError(
            "init-mismatch",
            f"`{init.weight[0]}` initialises matrices, the scale has one number per channel",
            field="init",
            help="use `constant`, `uniform` or `normal`",
        )
