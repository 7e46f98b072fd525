"""Lints of sliding windows: more padding on one side, windows on padding alone or too many, pixels between them."""

from __future__ import annotations

from collections.abc import Iterator

from ..ops.conv import Conv
from ..ops.pool import MaxPool, WindowPool
from ..ops.window import per_axis, size_text
from ..record import record
from ..shapes import AXES
from .base import Checked, Finding, Lint
from .flow import Site, Use

_MOST_WINDOWS = 100_000  # at the edges of one axis that are looked at
_WITH_WINDOW = (Conv, WindowPool)


@record
class Window:
    """The window of an op along one axis: how it steps over `size` cells, and `count` positions of it."""

    size: int
    count: int
    kernel: int
    stride: int
    before: int
    after: int
    dilation: int

    @property
    def span(self) -> int:
        return self.dilation * (self.kernel - 1) + 1

    def reads_cells(self, position: int) -> bool:
        """Whether the window reads a cell of the map, not padding alone."""
        start = position * self.stride - self.before
        first = max(0, -(start // self.dilation))  # the tap that lies in the map or behind it
        return first < self.kernel and start + first * self.dilation < self.size

    @property
    def misses(self) -> bool:
        """Whether a window reads padding alone: only those that hang over an edge can."""
        last_inside = (self.size + self.before - self.span) // self.stride
        left = range(min(self.count, -(-self.before // self.stride)))
        right = range(max(0, last_inside + 1), self.count)
        if len(left) + len(right) > _MOST_WINDOWS:
            return False
        return not all(map(self.reads_cells, (*left, *right)))


def _windows(op: Conv | WindowPool, site: Site) -> tuple[Window, ...]:
    """The windows of a convolution or pool by axis."""
    (x,), (y,) = site.inputs, site.outputs
    kernel, stride = per_axis(op.kernel, x, "kernel"), per_axis(op.stride, x, "stride")
    dilation = per_axis(_dilation(op), x, "dilation")
    if op.pad == "same":
        total = [d * (k - 1) for d, k in zip(dilation, kernel, strict=True)]
    else:
        total = [2 * p for p in (per_axis(op.pad, x, "pad") if isinstance(op.pad, tuple) else (0,) * x.rank)]
    return tuple(
        Window(int(n), int(m), int(k), int(s), int(p) // 2, int(p) - int(p) // 2, int(d))
        for n, m, k, s, p, d in zip(x.sizes, y.sizes, kernel, stride, total, dilation, strict=True)
    )


def _dilation(op: Conv | WindowPool) -> tuple[int, ...]:
    return op.dilation if isinstance(op, Conv | MaxPool) else (1,)


def _sites(checked: Checked) -> Iterator[tuple[Use, Site, Conv | WindowPool]]:
    for use in checked.uses:
        for site in use.sites:
            op = site.node.op
            if isinstance(op, _WITH_WINDOW):
                yield use, site, op


def _asymmetric_padding(checked: Checked) -> Iterator[Finding]:
    """`same` padding of an even kernel, which has one cell more behind the map than before it."""
    for _, site, op in _sites(checked):
        if not isinstance(op, Conv) or op.pad != "same" or all(k % 2 for k in op.kernel):
            continue
        windows = _windows(op, site)
        window = next((window for window in windows if window.before != window.after), None)
        if window is not None:
            yield Finding(
                checked.at(site),
                f"an even kernel ({size_text(op.kernel, len(windows))}) cannot be padded alike on both sides",
                "take an odd kernel, or say how much with `pad: valid`, `pad: 1`, ..., or with a `pad` step before it",
                label=f"`same` adds {window.before} before and {window.after} behind: the map moves by half a cell",
            )


def _padding_only(checked: Checked) -> Iterator[Finding]:
    """A window in which there is padding and nothing else: its output says nothing of the map."""
    for use, site, op in _sites(checked):
        if not isinstance(op.pad, tuple) and set(_dilation(op)) == {1}:
            continue  # without gaps, less padding than the window leaves it a cell
        windows = _windows(op, site)
        missing = [axis for axis, window in zip(AXES[len(windows)], windows, strict=True) if window.misses]
        if missing:
            yield Finding(
                checked.at(site),
                f"some windows of the `{op.keyword}` read padding only",
                "pad less, or dilate less",
                label=f"of {site.inputs[0]}, along {' and '.join(missing)}",
                chain=use.chain,
            )


def _pixels_never_read(checked: Checked) -> Iterator[Finding]:
    """A stride that is larger than the window. A window of one cell takes samples, as shortcuts do on purpose."""
    for use, site, op in _sites(checked):
        if max(op.stride) <= min(op.kernel):
            continue
        windows = _windows(op, site)
        for axis, window in zip(AXES[len(windows)], windows, strict=True):
            if window.kernel > 1 and window.count > 1 and window.stride > window.span:
                yield Finding(
                    checked.at_field(site, use, "stride"),
                    f"the stride {window.stride} is larger than the window: some pixels are never read",
                    f"take a stride of at most {window.span}, or a larger kernel",
                    label=f"of every {window.stride} cells along {axis}, the window spans {window.span}",
                    chain=use.chain,
                )
                break


def _surplus_cells(checked: Checked) -> Iterator[Finding]:
    """A pool that gives more cells than its stride leaves of the map: those at the edge read more padding than map."""
    for use, site, op in _sites(checked):
        if not isinstance(op, WindowPool) or op.pad == "valid":
            continue
        windows = _windows(op, site)
        for axis, window in zip(AXES[len(windows)], windows, strict=True):
            enough = -(-window.size // window.stride)
            if window.count > enough:
                yield Finding(
                    checked.at_field(site, use, "ceil_mode" if op.ceil_mode else "pad"),
                    f"this `{op.keyword}` makes {window.count} cells of {window.size} at stride {window.stride}:"
                    f" {enough} cover the map",
                    "round up or pad, not both: `V` with `ceil_mode true`, or `ceil_mode false`"
                    if op.ceil_mode
                    else "pad less",
                    label=f"along {axis}, the windows at the edge read more padding than map",
                    chain=use.chain,
                )
                break


ASYMMETRIC_PADDING = Lint("asymmetric-padding", _asymmetric_padding)
PADDING_ONLY = Lint("padding-only", _padding_only)
PIXELS_NEVER_READ = Lint("pixels-never-read", _pixels_never_read)
SURPLUS_CELLS = Lint("surplus-cells", _surplus_cells)
