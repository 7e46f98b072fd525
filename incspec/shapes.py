"""Tensor types, and the one formula for how a sliding window changes a size.

Sizes are those of one image: the batch axis is never written. The first axis is the channels, the others
are the spatial axes, height before width.
"""

from __future__ import annotations

from dataclasses import dataclass

AXES = {0: (), 1: ("L",), 2: ("H", "W"), 3: ("T", "H", "W")}


@dataclass(frozen=True, slots=True)
class TensorType:
    """The type of a tensor: its axes without the batch, `(C,)`, `(C, L)`, `(C, H, W)` or `(C, T, H, W)`."""

    shape: tuple[int, ...]

    @property
    def channels(self) -> int:
        """The length of the first axis."""
        return self.shape[0]

    @property
    def sizes(self) -> tuple[int, ...]:
        """The lengths of the spatial axes, in elements."""
        return self.shape[1:]

    @property
    def rank(self) -> int:
        """The number of spatial axes: 0 for features, 2 for images."""
        return len(self.shape) - 1

    @property
    def elements(self) -> int:
        """The number of elements of one image's tensor."""
        count = 1
        for length in self.shape:
            count *= int(length)
        return count

    def with_channels(self, channels: int) -> TensorType:
        """The same sizes with another width."""
        return TensorType((channels, *self.sizes))

    def with_sizes(self, sizes: tuple[int, ...]) -> TensorType:
        """The same width with other sizes."""
        return TensorType((self.channels, *sizes))

    def __str__(self) -> str:
        """Channels first, as torch has it: `192x17x17`."""
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
