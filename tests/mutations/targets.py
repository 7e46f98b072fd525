"""Targets: figures -> those that are missed."""

from __future__ import annotations

import math

from .report import Figures

WELL_PLACED = 0.9
CASCADES = 0.05
SLOWEST = 5.0  # seconds


def missed(figures: Figures, *, sample: bool = False) -> list[str]:
    """What the figures fall short of.

    Of a `sample`, shares may be short by as much as one sample in forty is by chance.
    """
    refused = len(figures.refused)
    slack = 2 * math.sqrt(WELL_PLACED * (1 - WELL_PLACED) / refused) if sample and refused else 0.0
    targets = {
        "no traceback": not figures.crashes,
        "what is accepted runs in torch, with the shapes that were inferred": not figures.wrongly_accepted,
        f"{WELL_PLACED:.0%} of first mistakes are underlined in the block that was changed": figures.well_placed
        >= WELL_PLACED - slack,
        "half of the mutants have one message at most": figures.median_of_messages <= 1,
        f"at most {CASCADES:.0%} have several messages": figures.cascades <= CASCADES,
        f"none takes over {SLOWEST:g} s": figures.slowest <= SLOWEST,
    }
    return [target for target, reached in targets.items() if not reached]
