"""The chart of costs: Report -> Scene, for each step of a network bars for its parameters, multiply-adds and memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..figures.scene import Item, Scene
from ..report import BYTES_PER_ELEMENT, Report, Tally
from .axis import Unit, ticks, unit_for
from .sheet import LIGHT, NARROW, Sheet, Tone, part
from .stages import Stage, stages

_GAP = 10.0  # between panels
_LABELS = 0.34  # of the width, at most, for the names of steps


@dataclass(frozen=True, slots=True)
class _Measure:
    """What one panel shows."""

    title: str
    short: str
    unit: str
    of: Callable[[Tally], int]


MEASURES = (
    _Measure("Parameters", "Parameters", "", lambda tally: tally.params),
    _Measure("Multiply-adds", "Mult.-adds", "", lambda tally: tally.macs),
    _Measure("Activations, float32", "Activations", "B", lambda tally: tally.activations * BYTES_PER_ELEMENT),
)


@dataclass(frozen=True, slots=True)
class _Panel:
    """One measure along its axis, from `left` on."""

    measure: _Measure
    left: float
    width: float
    limit: float
    unit: Unit

    def place(self, value: float) -> float:
        return self.left + (self.width * value / self.limit if self.limit else 0.0)


def cost_chart(report: Report, *, width: float = NARROW, tone: Tone = LIGHT) -> Scene:
    """What each step costs for one image, from the first at the top to the last; `width` is in millimetres."""
    sheet, shown = Sheet.of(width, tone), stages(report)
    names = min(max(sheet.text_width(stage.label) for stage in shown), _LABELS * sheet.width)
    panels = _panels(shown, sheet, sheet.margin + names + 6)
    head = sheet.margin + 2 * sheet.row + 4
    foot = head + sheet.row * len(shown) + 4
    items: list[Item] = [item for panel in panels for item in _frame(panel, shown, sheet, head, foot)]
    for index, stage in enumerate(shown):
        items.append(_row(stage, panels, sheet, sheet.margin + names, head + 2 + sheet.row * (index + 0.5)))
    legend = _legend(shown, sheet, foot + 1.6 * sheet.row)
    height = foot + sheet.row + (1.1 * sheet.row if legend else 0.0) + sheet.margin
    title = f"{report.name}: what each step costs"
    return sheet.scene(title, _description(report, shown), height, [*items, *legend])


def _panels(shown: Sequence[Stage], sheet: Sheet, left: float) -> tuple[_Panel, ...]:
    room = sheet.width - sheet.margin - left
    width = (room - _GAP * (len(MEASURES) - 1)) / len(MEASURES) - sheet.type * 0.6  # the last tick's text hangs over
    made = []
    for index, measure in enumerate(MEASURES):
        limit = max(measure.of(stage.total) for stage in shown)
        start = left + index * (room - width) / (len(MEASURES) - 1) - (sheet.type * 0.6 if index else 0.0)
        made.append(_Panel(measure, start, width, limit, unit_for(limit, measure.unit)))
    return tuple(made)


def _frame(panel: _Panel, shown: Sequence[Stage], sheet: Sheet, head: float, foot: float) -> list[Item]:
    """The panel's title with the total, its axis, and lines to read by."""
    total = sum(panel.measure.of(stage.total) for stage in shown if not stage.aux)
    room = panel.width + _GAP / 2
    measure = panel.measure
    title = measure.title if sheet.text_width(measure.title, "semibold") <= room else measure.short
    items: list[Item] = [
        sheet.text(panel.left, sheet.margin + sheet.row / 2, title, weight="semibold"),
        sheet.text(
            panel.left,
            sheet.margin + 1.5 * sheet.row,
            f"total {unit_for(total, measure.unit).text(total)}",
            color=sheet.grey,
        ),
    ]
    taken = float("-inf")
    for value in ticks(panel.limit, max(1, int(panel.width / (4 * sheet.type)))):
        x = panel.place(value)
        items.append(sheet.line(x, head, x, foot, color=sheet.faint if value else sheet.grey))
        text = panel.unit.text(value) if value else "0"
        half = sheet.text_width(text) / 2
        x = min(x, sheet.width - sheet.margin - half)
        if x - half > taken:  # a number that has no room is left out, its line stays
            items.append(sheet.text(x, foot + sheet.row / 2, text, "middle", color=sheet.grey))
            taken = x + half + 2
    return items


def _row(stage: Stage, panels: Sequence[_Panel], sheet: Sheet, right: float, y: float) -> Item:
    """A step's name and its bars, parted where it is several turns."""
    height = 0.62 * sheet.row
    items: list[Item] = [sheet.text(right, y, sheet.fitting(stage.label, right - sheet.margin), "end")]
    for panel in panels:
        values = [panel.measure.of(turn) for turn in stage.turns]
        end, color = panel.place(sum(values)), sheet.color("call")
        fill, stroke = (sheet.mixed(color, 0.25), color) if stage.aux else (color, "")
        if sum(values):
            items.append(sheet.bar(panel.left, y - height / 2, max(end - panel.left, 0.4), height, fill, stroke))
        done = 0
        for value in values[:-1]:
            done += value
            x = panel.place(done)
            paper = sheet.paper
            items.append(sheet.line(x, y - height / 2, x, y + height / 2, color=paper, width=0.6))
    return part(stage.name, _said(stage), *items)


def _legend(shown: Sequence[Stage], sheet: Sheet, y: float) -> list[Item]:
    """What else is to be told: the turns of a repeat, and auxiliary heads."""
    entries = []
    color, side = sheet.color("call"), 0.62 * sheet.row
    paper = sheet.paper
    if any(len(stage.turns) > 1 for stage in shown):
        entries.append(("one turn of a repeated block each", color, "", True))
    if any(stage.aux for stage in shown):
        entries.append(("in training only", sheet.mixed(color, 0.25), color, False))
    items: list[Item] = []
    x = sheet.margin
    for text, fill, stroke, parted in entries:
        items.append(sheet.bar(x, y - side / 2, 2 * side, side, fill, stroke))
        if parted:
            items.append(sheet.line(x + side, y - side / 2, x + side, y + side / 2, color=paper, width=0.6))
        items.append(sheet.text(x + 2 * side + 3, y, text, color=sheet.grey))
        x += 2 * side + 3 + sheet.text_width(text) + 12
    return items


def _said(stage: Stage) -> str:
    values = (f"{unit_for(n, m.unit).text(n)} {m.short.lower()}" for m in MEASURES for n in (m.of(stage.total),))
    return f"{stage.label}: {', '.join(values)}"


def _description(report: Report, shown: Sequence[Stage]) -> str:
    inputs = " and ".join(type_.paper for type_ in report.inputs)
    return f"For one image of {inputs}: " + "; ".join(map(_said, shown)) + "."
