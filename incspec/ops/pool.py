"""`max_pool`, `avg_pool`: pooling by a sliding window."""

from typing import ClassVar

from pydantic import Field

from ..shapes import TensorType, window_output
from .base import Argument, ChannelOrder, Family, Inputs, OpError, Outputs, Reach, TorchCall, UnaryOp, need_map
from .fields import Dilation, Flag, Kernel, Pad, Stride
from .window import check_fits, collapse, numbers, per_axis, size_text, torch_dim, window_details, window_reach


class WindowPool(UnaryOp):
    """Pooling of the cells under a sliding window."""

    family: ClassVar[Family] = "pool"
    channel_order: ClassVar[ChannelOrder] = "kept"
    sized: ClassVar[bool] = True
    target: ClassVar[str]
    title: ClassVar[str]

    kernel: Kernel = Field(description="size of the window, height before width")
    stride: Stride = Field((1,), description="step of the window")
    pad: Pad = Field("same", description="`same`, `valid` (none), or the padding on each side")
    ceil_mode: Flag = Field(False, description="whether a last window that hangs over the edge counts")

    def output(self, x: TensorType) -> TensorType:
        need_map(self.keyword, x)
        # Sizes are numbers: what they are computed from need not be remembered.
        kernel, stride = numbers(per_axis(self.kernel, x, "kernel")), numbers(per_axis(self.stride, x, "stride"))
        dilation, padding = numbers(self.dilations(x)), numbers(self._padding(x))
        if any(p > k // 2 for p, k in zip(padding, kernel, strict=True)):
            raise OpError(
                "padding-too-large",
                f"a padding of {size_text(padding, x.rank)} is more than half of the {size_text(kernel, x.rank)} window",
                field="dilation" if self.pad == "same" else "pad",
                help="torch pads a pool by at most half of its window: use `pad: valid` and a `pad` step before it",
            )
        sizes = tuple(
            window_output(n, k, s, 2 * p, d, ceil_mode=self.ceil_mode)
            for n, k, s, p, d in zip(x.sizes, kernel, stride, padding, dilation, strict=True)
        )
        check_fits(sizes, kernel, dilation, x)
        return x.with_sizes(sizes)

    def torch_call(self, inputs: Inputs) -> TorchCall:
        (x,) = inputs
        extra, extra_defaults = self.extra(x)
        return TorchCall(
            torch_dim(self.target, x),
            args={"kernel_size": collapse(per_axis(self.kernel, x, "kernel"))},
            # The stride stands always: torch's default is the kernel.
            kwargs={
                "stride": collapse(per_axis(self.stride, x, "stride")),
                "padding": collapse(self._padding(x)),
                "ceil_mode": self.ceil_mode,
                **extra,
            },
            defaults={"padding": 0, "ceil_mode": False, **extra_defaults},
        )

    def reach(self, x: TensorType) -> tuple[Reach, ...]:
        kernel, stride = per_axis(self.kernel, x, "kernel"), per_axis(self.stride, x, "stride")
        return window_reach(kernel, stride, self._padding(x), self.dilations(x))

    def label(self, rank: int = 2) -> str:
        words = []
        if set(self.stride) != {1}:
            words.append(f"stride {size_text(self.stride, rank=1)}")
        if self.pad == "valid":
            words.append("V")
        return f"{size_text(self.kernel, rank)} {self.title}" + (f" ({' '.join(words)})" if words else "")

    def details(self, inputs: Inputs, outputs: Outputs) -> dict[str, str]:
        window = window_details(self.kernel, self.stride, self.pad, inputs[0], outputs[0])
        return super().details(inputs, outputs) | window

    def dilations(self, x: TensorType) -> tuple[int, ...]:
        """The distance between the cells that the window reads, per axis."""
        return (1,) * x.rank

    def extra(self, x: TensorType) -> tuple[dict[str, Argument], dict[str, Argument]]:
        """The keyword arguments of this kind of pool alone, and torch's defaults for them."""
        raise NotImplementedError

    def _padding(self, x: TensorType) -> tuple[int, ...]:
        """The padding of each axis, on each side."""
        if self.pad == "valid":
            return (0,) * x.rank
        if isinstance(self.pad, tuple):
            return per_axis(self.pad, x, "pad")
        kernel = per_axis(self.kernel, x, "kernel")
        total = tuple(d * (k - 1) for d, k in zip(self.dilations(x), kernel, strict=True))
        if any(p % 2 for p in total):
            raise OpError(
                "even-kernel-pool",
                f"an even window ({size_text(kernel, x.rank)}) has no `same` padding in a pool, both sides are padded alike",
                field="kernel",
                help="say how much with `pad: valid`, `pad: 1`, ..., or put a `pad` step before it",
            )
        return tuple(p // 2 for p in total)


class MaxPool(WindowPool):
    """Maximum of the cells under a sliding window."""

    keyword: ClassVar[str] = "max_pool"
    target: ClassVar[str] = "nn.MaxPool"
    title: ClassVar[str] = "MaxPool"

    dilation: Dilation = Field((1,), description="distance between the cells that the window reads")

    def dilations(self, x: TensorType) -> tuple[int, ...]:
        return per_axis(self.dilation, x, "dilation")

    def extra(self, x: TensorType) -> tuple[dict[str, Argument], dict[str, Argument]]:
        return {"dilation": collapse(self.dilations(x))}, {"dilation": 1}


class AvgPool(WindowPool):
    """Mean of the cells under a sliding window."""

    keyword: ClassVar[str] = "avg_pool"
    target: ClassVar[str] = "nn.AvgPool"
    title: ClassVar[str] = "AvgPool"

    count_include_pad: Flag = Field(True, description="whether the zeros of the padding count in the mean")

    def output(self, x: TensorType) -> TensorType:
        y = super().output(x)
        kernel = per_axis(self.kernel, x, "kernel")
        # Of all pools, torch asks this of avg_pool3d alone.
        if x.rank == 3 and any(k > n for k, n in zip(kernel, x.sizes, strict=True)):
            raise OpError(
                "window-too-large",
                f"a {size_text(kernel, x.rank)} window is larger than {x}, which torch refuses whatever the padding",
                field="kernel",
                help="use a smaller window, or `global_avg_pool`",
            )
        return y

    def extra(self, x: TensorType) -> tuple[dict[str, Argument], dict[str, Argument]]:
        return {"count_include_pad": self.count_include_pad}, {"count_include_pad": True}

    def label(self, rank: int = 2) -> str:
        if rank == 2 and size_text(self.kernel) == "3x3" and set(self.stride) == {1} and self.pad == "same":
            return "Avg Pooling"  # arXiv:1602.07261, figures 4 to 6
        return super().label(rank)
