"""Lints of activations: one right behind another one, and a softmax at the end, which the loss takes as well."""

from __future__ import annotations

from collections.abc import Iterator

from ..diagnostics import Label
from ..ops.activation import Softmax
from .base import Checked, Finding, Lint


def _double_activation(checked: Checked) -> Iterator[Finding]:
    """An activation that reads another one's output, which nobody else reads."""
    for use in checked.uses:
        for site in use.sites:
            second = use.only_reader(site) if site.node.op.family == "act" else None
            if second is None or second.node.op.family != "act":
                continue
            first, then = site.node.op.keyword, second.node.op.keyword
            yield Finding(
                checked.at(second),
                f"two activations in a row: `{then}` of `{first}`",
                "leave one of them out, or put a layer between them; `act: none` in a step overrides `defaults`",
                secondary=(Label(checked.at_step(site.step), f"`{first}` here"),),
            )


def _softmax_on_output(checked: Checked) -> Iterator[Finding]:
    """A softmax that gives an output of the network: torch's `cross_entropy` takes it of what it is given."""
    for made in checked.last_ops():
        if isinstance(made.node.op, Softmax):
            yield Finding(
                checked.at(made),
                "this softmax gives an output of the network, and `cross_entropy` takes the softmax of it once more",
                "leave it out, and take the softmax of the output where probabilities are wanted; "
                "figures in the style of a paper that draws it have its box all the same",
                label="the loss wants the scores before it",
            )


DOUBLE_ACTIVATION = Lint("double-activation", _double_activation)
SOFTMAX_ON_OUTPUT = Lint("softmax-on-output", _softmax_on_output)
