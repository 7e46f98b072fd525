"""Lints of normalisation over the batch: a bias before it, and a single position that it looks at."""

from __future__ import annotations

from collections.abc import Iterator

from ..diagnostics import Label
from ..ops.batch_norm import BatchNorm
from .base import Checked, Finding, Lint


def _bias_before_norm(checked: Checked) -> Iterator[Finding]:
    """A bias that batch norm takes away again, since each channel loses its mean."""
    for use in checked.uses:
        for site in use.sites:
            norm = use.only_reader(site) if getattr(site.node.op, "bias", False) else None
            if norm is None or not isinstance(norm.node.op, BatchNorm):
                continue
            keyword = site.node.op.keyword
            at, norm_at = checked.at_field(site, use, "bias"), checked.at(norm)
            hint = (
                "leave `bias` out" if norm.step == site.step else f"give the `{keyword}` its norm: `norm: batch_norm`"
            )
            yield Finding(
                at,
                f"the bias of `{keyword}` has no effect: the batch norm behind it takes it away",
                hint + ", or write `bias: false`",
                secondary=() if norm_at == at else (Label(norm_at, "each channel loses its mean here"),),
            )


def _norm_of_one_value(checked: Checked) -> Iterator[Finding]:
    """Batch norm where each channel has one value: with one image in the batch it has no variance, and torch refuses."""
    for use in checked.uses:
        for site in use.sites:
            if not isinstance(site.node.op, BatchNorm):
                continue
            (x,) = site.inputs
            if all(size == 1 for size in x.sizes):
                yield Finding(
                    checked.at_step(site.step),
                    "batch norm of one value per channel fails in training with one image in the batch",
                    "leave out the norm here (`norm: none`), or train with two images or more, the last batch included",
                    label=f"it sees {x} of each image",
                    chain=use.chain,
                )


BIAS_BEFORE_NORM = Lint("bias-before-norm", _bias_before_norm)
NORM_OF_ONE_VALUE = Lint("norm-of-one-value", _norm_of_one_value)
