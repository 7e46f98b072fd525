"""The kinds of charts, by their names: a report, and how far tensors see -> Scene."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from ...diagnostics import did_you_mean
from ..figures.scene import Scene
from ..report import Report
from .cost import cost_chart
from .field import Seen, field_chart
from .sheet import LIGHT, WIDE, Tone
from .slabs import sizes_picture

See: TypeAlias = Callable[[], Sequence[Seen]]
KINDS: Mapping[str, Callable[[Report, See, float, Tone], Scene]] = {
    "cost": lambda report, _, width, tone: cost_chart(report, width=width, tone=tone),
    "sizes": lambda report, _, width, tone: sizes_picture(report, width=width, tone=tone),
    "receptive-field": lambda report, see, width, tone: field_chart(report, see(), width=width, tone=tone),
}


def chart(kind: str, report: Report, see: See, *, width: float = WIDE, tone: Tone = LIGHT) -> Scene:
    """A chart of a kind, `width` millimetres wide; `see` is asked only where it is needed.

    Raises:
        ValueError: there is no such kind, or nothing to show.
    """
    if kind not in KINDS:
        raise ValueError(f"there is no kind `{kind}`: {did_you_mean(kind, tuple(KINDS))}")
    return KINDS[kind](report, see, width, tone)
