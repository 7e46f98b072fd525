"""The lint of an activation right behind another one."""

from __future__ import annotations

from collections.abc import Iterator

from ..diagnostics import Label
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


DOUBLE_ACTIVATION = Lint("double-activation", _double_activation)
