"""The lint of widths that are no multiples of 8, on which the matrix units of many devices are slow. It is off by itself."""

from __future__ import annotations

from collections.abc import Iterator

from .base import Checked, Finding, Lint

_STEP = 8


def _ragged_width(checked: Checked) -> Iterator[Finding]:
    """A convolution or linear layer whose width is no multiple of 8, but for those that give the network's outputs."""
    for use in checked.uses:
        for site in use.sites:
            if site.node.op.family not in ("conv", "linear"):
                continue
            width = int(site.outputs[0].channels)
            gives_output = not use.chain and use.readers.get(site.node.outputs[0]) == (None,)
            if width % _STEP and not gives_output:
                lower, upper = width // _STEP * _STEP, -(-width // _STEP) * _STEP
                near = f"{lower} or {upper}" if lower else f"{upper}"
                yield Finding(
                    checked.at_field(site, use, "out"),
                    f"the width {width} is no multiple of {_STEP}",
                    f"take {near}; in an expression, `round_to(width, {_STEP})`",
                    chain=use.chain,
                )


RAGGED_WIDTH = Lint("ragged-width", _ragged_width, on=False)
