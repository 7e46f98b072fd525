"""Windows that slide over a map: their numbers per axis, what they read, and how they are printed."""

from ..shapes import AXES, TensorType
from .base import OpError, Reach


def per_axis(values: tuple[int, ...], x: TensorType, field: str) -> tuple[int, ...]:
    """One value per spatial axis of `x`.

    Raises:
        OpError: their number fits no axis count.
    """
    if len(values) == 1:
        return values * x.rank
    if len(values) != x.rank:
        raise OpError(
            "wrong-axis-count",
            f"`{field}` has {len(values)} numbers for {x.rank} spatial {'axis' if x.rank == 1 else 'axes'}"
            f" ({', '.join(AXES[x.rank])})",
            field=field,
        )
    return values


def numbers(values: tuple[int, ...]) -> tuple[int, ...]:
    """The same numbers, without the expressions that they stand for."""
    return tuple(map(int, values))


def collapse(values: tuple[int, ...]) -> int | tuple[int, ...]:
    """`(3, 3)` as 3, which torch takes for all axes."""
    return values[0] if len(set(values)) == 1 else values


def torch_dim(name: str, x: TensorType) -> str:
    """torch's class for as many axes: `nn.Conv` for an image is `nn.Conv2d`."""
    return f"{name}{x.rank}d"


def window_reach(
    kernel: tuple[int, ...], stride: tuple[int, ...], before: tuple[int, ...], dilation: tuple[int, ...]
) -> tuple[Reach, ...]:
    """What a sliding window reads; `before` is the padding at the beginning of each axis."""
    return tuple(
        Reach(place, int(s), -int(p), int(d) * (int(k) - 1) - int(p))
        for place, (k, s, p, d) in enumerate(zip(kernel, stride, before, dilation, strict=True))
    )


def check_fits(sizes: tuple[int, ...], kernel: tuple[int, ...], dilation: tuple[int, ...], x: TensorType) -> None:
    """Refuse a window that is larger than the padded map, which leaves nothing of some of the output's `sizes`."""
    if any(size < 1 for size in sizes):
        raise OpError(
            "window-too-large",
            f"a {size_text(kernel, x.rank)} window"
            + (f" of dilation {size_text(dilation, x.rank)}" if max(dilation) > 1 else "")
            + f" does not fit into {x}",
            field="kernel",
            help="give it `pad: same`, or let less of the size be lost before it",
        )


def size_text(values: tuple[int, ...], rank: int = 2) -> str:
    """A kernel as the papers print it: `3x3`, `1x7`, and `1xn` where one of the numbers prints as a letter."""
    return "x".join(_short(value) for value in (values * rank if len(values) == 1 else values))


def _short(value: int) -> str:
    text = str(value)
    return text if len(text) == 1 else str(int(value))


def window_details(
    kernel: tuple[int, ...], stride: tuple[int, ...], pad: str | tuple[int, ...], x: TensorType, y: TensorType
) -> dict[str, str]:
    """The window of an op that makes `y` of `x`, in words; `pad` is S where the size is halved, V where it fits.

    S (same): the output has one cell for each step of the window, so that only the stride makes it smaller. V (valid):
    the window stays inside. Where it is neither, the padding is a number.
    """
    steps = per_axis(stride, x, "stride")
    same = all(out == -(-n // s) for n, s, out in zip(x.sizes, steps, y.sizes, strict=True))
    inside = all(
        out == (n - k) // s + 1
        for n, k, s, out in zip(x.sizes, per_axis(kernel, x, "kernel"), steps, y.sizes, strict=True)
    )
    letter = "V" if pad == "valid" and inside else "S" if same else "V" if pad == "valid" else "x".join(map(str, pad))
    return {"kernel": size_text(kernel, x.rank), "stride": size_text(stride, rank=1), "pad": letter}
