"""`conv_transpose`: transposed convolution, which makes a map larger."""

from typing import Annotated, ClassVar, TypeAlias

from pydantic import Field

from ..record import record
from ..shapes import TensorType
from .base import Cost, Family, Inputs, OpError, Outputs, Reach, TorchCall, UnaryOp, need_map
from .conv import check_groups
from .fields import Count, Dilation, Flag, Kernel, Pad, PerAxis, Stride
from .init import InitField, init_calls
from .window import collapse, per_axis, size_text, torch_dim

OutputPadding: TypeAlias = Annotated[tuple[int, ...], PerAxis(0)]


@record
class _Axis:
    """One axis as torch has it: `padding` is cut off on each side, `more` is added at the end."""

    kernel: int
    stride: int
    dilation: int
    padding: int
    more: int

    def output(self, size: int) -> int:
        """The size that comes out."""
        return (size - 1) * self.stride + self.span - 2 * self.padding + self.more

    @property
    def span(self) -> int:
        """The cells that one cell of the input reaches."""
        return self.dilation * (self.kernel - 1) + 1


class ConvTranspose(UnaryOp):
    """Transposed convolution, then `norm`, then `act`: with `same` padding, the size times the stride."""

    keyword: ClassVar[str] = "conv_transpose"
    main: ClassVar[str | None] = "out"
    family: ClassVar[Family] = "conv"
    followers: ClassVar[tuple[Family, ...]] = ("norm", "act")
    sized: ClassVar[bool] = True

    out: Count = Field(description="output channels")
    kernel: Kernel = Field((1,), description="size of the window, height before width")
    stride: Stride = Field((1,), description="step of the window in the output: how many times as large it is")
    pad: Pad = Field(
        "same",
        description="`same` (the output is the input's size times the stride), `valid` (all that the windows reach), "
        "or what is cut off on each side",
    )
    output_padding: OutputPadding = Field(
        (0,), description="cells more at the end of each axis, where `pad` is not `same`"
    )
    dilation: Dilation = Field((1,), description="distance between the cells that the window reaches")
    groups: Count = Field(1, description="groups that channels are split into")
    bias: Flag = Field(True, description="whether a bias is added; without this field, only where there is no `norm`")
    init: InitField = Field(None, description="how weight and bias are initialised; torch's own way if not given")

    def output(self, x: TensorType) -> TensorType:
        need_map(self.keyword, x)
        if self.pad == "same" and max(self.output_padding):
            raise OpError(
                "value-mismatch",
                "`output_padding` has no meaning for the padding `same`, which decides the size",
                field="output_padding",
                help="say how much is cut off with `pad: 0`, `pad: 1`, ...",
            )
        axes = self._axes(x)
        check_groups(x.channels, self.out, self.groups)
        for axis in axes:
            if axis.more >= max(axis.stride, axis.dilation):
                raise OpError(
                    "padding-too-large",
                    f"an output padding of {axis.more} is not below the stride {axis.stride}"
                    + (f" or the dilation {axis.dilation}" if axis.dilation > 1 else ""),
                    field="output_padding",
                )
        sizes = tuple(axis.output(size) for axis, size in zip(axes, x.sizes, strict=True))
        if any(size < 1 for size in sizes):
            raise OpError("padding-too-large", f"the padding leaves nothing of {x}", field="pad", help="pad less")
        return x.with_sizes(sizes).with_channels(self.out)

    def torch_call(self, inputs: Inputs) -> TorchCall:
        (x,) = inputs
        axes = self._axes(x)
        return TorchCall(
            torch_dim("nn.ConvTranspose", x),
            args={"in_channels": x.channels, "out_channels": self.out},
            kwargs={
                "kernel_size": collapse(tuple(axis.kernel for axis in axes)),
                "stride": collapse(tuple(axis.stride for axis in axes)),
                "padding": collapse(tuple(axis.padding for axis in axes)),
                "output_padding": collapse(tuple(axis.more for axis in axes)),
                "groups": self.groups,
                "dilation": collapse(tuple(axis.dilation for axis in axes)),
            },
            defaults={"stride": 1, "padding": 0, "output_padding": 0, "groups": 1, "dilation": 1},
            fixed={} if self.bias else {"bias": False},
            width="out_channels",
            init=init_calls(self.init, bias=self.bias),
        )

    def cost(self, inputs: Inputs, outputs: Outputs) -> Cost:
        (x,) = inputs
        weights = int(x.channels) * int(self.out) // int(self.groups)
        for axis in self._axes(x):
            weights *= int(axis.kernel)
        # Each cell of the input goes through all of the window.
        return Cost(
            params=weights + (int(self.out) if self.bias else 0),
            macs=weights * x.elements // int(x.channels),
        )

    def reach(self, x: TensorType) -> tuple[Reach, ...]:
        from fractions import Fraction  # which takes long to import

        return tuple(
            Reach(
                place,
                Fraction(1, int(axis.stride)),
                Fraction(int(axis.padding - axis.span) + 1, int(axis.stride)),
                Fraction(int(axis.padding), int(axis.stride)),
            )
            for place, axis in enumerate(self._axes(x))
        )

    def label(self, rank: int = 2) -> str:
        words = [str(self.out)]
        if set(self.stride) != {1}:
            words.append(f"stride {size_text(self.stride, rank=1)}")
        if self.pad == "valid":
            words.append("V")
        return f"{size_text(self.kernel, rank)} Transposed Conv ({' '.join(words)})"

    def details(self, inputs: Inputs, outputs: Outputs) -> dict[str, str]:
        pad = {"same": "S", "valid": "V"}.get(self.pad, "") if isinstance(self.pad, str) else ""
        found = super().details(inputs, outputs)
        window = {"kernel": size_text(self.kernel, inputs[0].rank), "stride": size_text(self.stride, rank=1)}
        return found | window | {"pad": pad or found["pad"]}

    def _axes(self, x: TensorType) -> tuple[_Axis, ...]:
        geometry = zip(
            per_axis(self.kernel, x, "kernel"),
            per_axis(self.stride, x, "stride"),
            per_axis(self.dilation, x, "dilation"),
            per_axis(self.pad, x, "pad") if isinstance(self.pad, tuple) else (0,) * x.rank,
            per_axis(self.output_padding, x, "output_padding"),
            strict=True,
        )
        axes = tuple(_Axis(*numbers) for numbers in geometry)
        return tuple(_same(axis) for axis in axes) if self.pad == "same" else axes


def _same(axis: _Axis) -> _Axis:
    """The padding under which the output is the input's size times the stride."""
    surplus = axis.span - axis.stride
    if surplus % 2 and max(axis.stride, axis.dilation) == 1:
        raise OpError(
            "even-kernel-stride",
            f"an even kernel ({axis.kernel}) has no `same` padding at stride 1",
            field="kernel",
            help="say how much is cut off with `pad: 0`, `pad: 1`, ...",
        )
    padding = max(0, (surplus + 1) // 2)
    return _Axis(axis.kernel, axis.stride, axis.dilation, padding, 2 * padding - surplus)
