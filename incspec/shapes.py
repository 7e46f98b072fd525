"""Tensor types, and the one formula for how a sliding window changes a size.

Sizes are those of one image: the batch axis is never written. The first axis is the channels, the others
are the spatial axes, height before width; after a `permute` the channels may be the last axis instead.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from .expressions import Plain, TracedInt, expr_of, substitute
from .record import record

AXES = {0: (), 1: ("L",), 2: ("H", "W"), 3: ("T", "H", "W")}


@record
class TensorType:
    """The type of a tensor: its axes without the batch, `(C,)`, `(C, L)`, `(C, H, W)` or `(C, T, H, W)`.

    A map may have its channels last, `(H, W, C)`; features have one axis, and no such choice.
    """

    shape: tuple[int, ...]
    channels_last: bool = False

    @property
    def channels(self) -> int:
        """The number of channels."""
        return self.shape[-1 if self.channels_last else 0]

    @property
    def sizes(self) -> tuple[int, ...]:
        """The lengths of the spatial axes, in elements."""
        return self.shape[:-1] if self.channels_last else self.shape[1:]

    @property
    def rank(self) -> int:
        """The number of spatial axes: 0 for features, 2 for images."""
        return len(self.shape) - 1

    @property
    def axes(self) -> tuple[str, ...]:
        """The letters of the axes in their order: `C`, `H`, `W`."""
        return (*AXES[self.rank], "C") if self.channels_last else ("C", *AXES[self.rank])

    @property
    def channel_dim(self) -> int:
        """The axis of the channels, as torch counts with the batch."""
        return -1 if self.channels_last else 1

    @property
    def spatial_dims(self) -> tuple[int, ...]:
        """The spatial axes, as torch counts with the batch."""
        first = 1 if self.channels_last else 2
        return tuple(range(first, first + self.rank))

    @property
    def elements(self) -> int:
        """The number of elements of one image's tensor."""
        count = 1
        for length in self.shape:
            count *= int(length)
        return count

    def with_channels(self, channels: int) -> TensorType:
        """The same sizes with another width."""
        shape = (*self.sizes, channels) if self.channels_last else (channels, *self.sizes)
        return TensorType(shape, self.channels_last)

    def with_sizes(self, sizes: tuple[int, ...]) -> TensorType:
        """The same width with other sizes."""
        if self.channels_last and sizes:
            return TensorType((*sizes, self.channels), channels_last=True)
        return TensorType((self.channels, *sizes))

    def with_plain_sizes(self) -> TensorType:
        """The same sizes as bare numbers; the width stands for what it stood for."""
        sizes = self.sizes
        if {int}.issuperset(map(type, sizes)):
            return self
        return self.with_sizes(tuple(map(int, sizes)))

    def with_lengths(self, change: Callable[[int], int]) -> TensorType:
        """The same axes, each of another length."""
        return TensorType(tuple([change(length) for length in self.shape]), self.channels_last)

    @property
    def channels_first(self) -> TensorType:
        """The same tensor with its channels before the spatial axes."""
        return TensorType((self.channels, *self.sizes))

    def retraced(self, scope: Mapping[str, Plain]) -> TensorType:
        """The same lengths in terms of another scope; `scope` has what the names of this one's are there."""
        if not self.is_traced:
            return self

        def retraced(length: int) -> int:
            value = substitute(length, scope)
            assert isinstance(value, int)
            return value

        return self.with_lengths(retraced)

    @property
    def is_traced(self) -> bool:
        """Whether a length stands for an expression."""
        return TracedInt in map(type, self.shape)

    def is_same(self, other: TensorType) -> bool:
        """Whether the other is equal, and its lengths are traced to the same."""
        return self is other or (
            self == other and all(expr_of(a) == expr_of(b) for a, b in zip(self.shape, other.shape, strict=True))
        )

    def __str__(self) -> str:
        """The axes as torch has them: `192x17x17`."""
        return "x".join(str(int(length)) for length in self.shape)

    @property
    def paper(self) -> str:
        """Channels last, as the papers print it: `17x17x192`."""
        return "x".join(str(int(length)) for length in (*self.sizes, self.channels))


def window_output(
    size: int,
    kernel: int,
    stride: int = 1,
    padding: int = 0,
    dilation: int = 1,
    *,
    ceil_mode: bool = False,
) -> int:
    """The number of positions of a window on one axis; `padding` is the total, before and after.

    Below 1 where the window does not fit. With `ceil_mode` a last window that hangs over counts, unless it
    would start in the padding after the input (Caffe's and torch's rule); this needs equal padding on both
    sides, so `padding` is even there.
    """
    span = dilation * (kernel - 1) + 1
    free = size + padding - span
    if not ceil_mode:
        return free // stride + 1
    count = -(-free // stride) + 1
    if (count - 1) * stride >= size + padding // 2:
        count -= 1
    return count
