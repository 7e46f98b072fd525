"""`conv`: convolution over one, two or three spatial axes."""

import math
from typing import ClassVar

from pydantic import Field

from ..shapes import TensorType, window_output
from .base import ChannelOrder, Cost, Family, Inputs, OpError, Outputs, Reach, TorchCall, UnaryOp, need_map
from .fields import Count, Dilation, Flag, Kernel, Pad, Stride
from .init import InitField, init_calls
from .window import check_fits, collapse, numbers, per_axis, size_text, torch_dim, window_details, window_reach


class Conv(UnaryOp):
    """Convolution, then `norm`, then `act`."""

    keyword: ClassVar[str] = "conv"
    main: ClassVar[str | None] = "out"
    family: ClassVar[Family] = "conv"
    channel_order: ClassVar[ChannelOrder] = "absorbed"
    followers: ClassVar[tuple[Family, ...]] = ("norm", "act")
    sized: ClassVar[bool] = True

    out: Count = Field(description="output channels")
    kernel: Kernel = Field((1,), description="size of the window, height before width")
    stride: Stride = Field((1,), description="step of the window")
    pad: Pad = Field("same", description="`same`, `valid` (none), or the padding on each side")
    dilation: Dilation = Field((1,), description="distance between the cells that the window reads")
    groups: Count = Field(1, description="groups that channels are split into; the input's width is a depthwise conv")
    bias: Flag = Field(True, description="whether a bias is added; without this field, only where there is no `norm`")
    init: InitField = Field(None, description="how weight and bias are initialised; torch's own way if not given")

    def output(self, x: TensorType) -> TensorType:
        need_map(self.keyword, x)
        # Sizes are numbers: what they are computed from need not be remembered, which takes longer than the sum.
        kernel, stride, dilation = map(numbers, self._geometry(x))
        padding = numbers(self._padding(x, kernel, stride, dilation))
        check_groups(x.channels, self.out, self.groups)
        sizes = tuple(
            window_output(n, k, s, p, d)
            for n, k, s, p, d in zip(x.sizes, kernel, stride, padding, dilation, strict=True)
        )
        check_fits(sizes, kernel, dilation, x)
        return x.with_sizes(sizes).with_channels(self.out)

    def torch_call(self, inputs: Inputs) -> TorchCall:
        (x,) = inputs
        kernel, stride, dilation = self._geometry(x)
        total = self._padding(x, kernel, stride, dilation)
        # torch takes the same padding on both sides; an odd total is its "same", the odd cell after.
        padding = "same" if any(p % 2 for p in total) else collapse(tuple(p // 2 for p in total))
        return TorchCall(
            torch_dim("nn.Conv", x),
            args={"in_channels": x.channels, "out_channels": self.out},
            kwargs={
                "kernel_size": collapse(kernel),
                "stride": collapse(stride),
                "padding": padding,
                "dilation": collapse(dilation),
                "groups": self.groups,
            },
            defaults={"stride": 1, "padding": 0, "dilation": 1, "groups": 1},
            fixed={} if self.bias else {"bias": False},
            width="out_channels",
            init=init_calls(self.init, bias=self.bias),
        )

    def cost(self, inputs: Inputs, outputs: Outputs) -> Cost:
        (x,), (y,) = inputs, outputs
        kernel, _, _ = self._geometry(x)
        weights = int(x.channels) // int(self.groups) * int(self.out)
        for k in kernel:
            weights *= int(k)
        return Cost(
            params=weights + (int(self.out) if self.bias else 0),
            macs=weights * y.elements // int(self.out),
        )

    def reach(self, x: TensorType) -> tuple[Reach, ...]:
        kernel, stride, dilation = map(numbers, self._geometry(x))
        padding = numbers(self._padding(x, kernel, stride, dilation))
        return window_reach(kernel, stride, tuple(p // 2 for p in padding), dilation)

    def label(self, rank: int = 2) -> str:
        words = [str(self.out)]
        if set(self.stride) != {1}:
            words.append(f"stride {size_text(self.stride, rank=1)}")
        if self.pad == "valid":
            words.append("V")
        depthwise = int(self.groups) == int(self.out) > 1
        if self.groups > 1 and not depthwise:
            words.append(f"{self.groups} groups")
        return f"{size_text(self.kernel, rank)} {'Depthwise ' if depthwise else ''}Conv ({' '.join(words)})"

    def details(self, inputs: Inputs, outputs: Outputs) -> dict[str, str]:
        window = window_details(self.kernel, self.stride, self.pad, inputs[0], outputs[0])
        return super().details(inputs, outputs) | window

    def _geometry(self, x: TensorType) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
        return (
            per_axis(self.kernel, x, "kernel"),
            per_axis(self.stride, x, "stride"),
            per_axis(self.dilation, x, "dilation"),
        )

    def _padding(
        self, x: TensorType, kernel: tuple[int, ...], stride: tuple[int, ...], dilation: tuple[int, ...]
    ) -> tuple[int, ...]:
        """The total padding of each axis, before and after."""
        if self.pad == "valid":
            return (0,) * x.rank
        if isinstance(self.pad, tuple):
            return tuple(2 * p for p in per_axis(self.pad, x, "pad"))
        total = tuple(d * (k - 1) for d, k in zip(dilation, kernel, strict=True))
        if any(p % 2 for p in total) and max(stride) > 1:
            raise OpError(
                "even-kernel-stride",
                f"an even kernel ({size_text(kernel, x.rank)}) has no `same` padding at stride {size_text(stride, x.rank)}",
                field="kernel",
                help="say how much with `pad: 0`, `pad: 1`, ...",
            )
        return total


def check_groups(channels: int, out: int, groups: int) -> None:
    """Refuse widths that do not divide into the groups.

    Raises:
        OpError: one of them does not.
    """
    for what, width in (("input", channels), ("output", out)):
        if width % groups:
            raise OpError(
                "groups-mismatch",
                f"{width} {what} channels do not divide into {groups} groups",
                field="groups",
                help=_groups_near(math.gcd(channels, out), groups),
            )


def _groups_near(width: int, groups: int) -> str:
    """The numbers of groups next to one that divide a width."""
    below = next(n for n in range(min(width, groups), 0, -1) if width % n == 0)
    above = next((n for n in range(groups, min(width, 2 * groups + 64) + 1) if width % n == 0), None)
    found = [str(n) for n in (below, above) if n is not None and n > 1] or ["1"]
    return f"the widths divide into {' or '.join(dict.fromkeys(found))}"
