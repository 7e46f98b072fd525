"""The chart of receptive fields: how far the tensors of a network see, and their strides, along its depth."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Protocol

from ..figures.scene import Item, Paint, Path, Scene, Step
from ..report import Report
from .axis import log_ticks
from .key import Marked, marked
from .sheet import LIGHT, NARROW, Sheet, Tone, part
from .stages import labels

_SHAPE = 0.52  # height of the plot, in parts of its width
_TALLEST = 220.0
_MOST = 24  # names of bands
_POINTS = 300
_AXIS = "cells of the input"


class Seen(Protocol):
    """A tensor on the way: its step, and in cells of the input how far it sees and its stride; None where all, or unclear."""

    @property
    def step(self) -> str: ...
    @property
    def field(self) -> int | None: ...
    @property
    def stride(self) -> float | None: ...
    @property
    def whole(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class _Plot:
    """Where a number of tensors and of cells is on the sheet."""

    left: float
    right: float
    top: float
    bottom: float
    count: int
    low: float
    high: float

    def x(self, index: float) -> float:
        return self.left + (index + 0.5) * (self.right - self.left) / self.count

    def y(self, cells: float) -> float:
        share = math.log(cells / self.low) / math.log(self.high / self.low)
        return self.bottom - share * (self.bottom - self.top)


def field_chart(report: Report, seen: Sequence[Seen], *, width: float = NARROW, tone: Tone = LIGHT) -> Scene:
    """Receptive field and stride of every tensor of the trunk, the input's size as a line; `width` is in millimetres.

    Raises:
        ValueError: no tensor sees a part of the input.
    """
    sheet, seen = Sheet.of(width, tone), _fewer(seen)
    longest = max((int(size) for type_ in report.inputs for size in type_.sizes), default=1)
    known = [tensor for tensor in seen if tensor.field is not None and tensor.stride is not None]
    if not known:
        raise ValueError(f"{report.name} has no tensor that sees a part of its input, so there are no receptive fields")
    high = 2.2 * max([longest, *(tensor.field or 1 for tensor in known)])
    low = min([1.0, *(tensor.stride or 1.0 for tensor in known)])
    ticks = log_ticks(low, high, 12)
    left = sheet.margin + max(sheet.text_width(f"{tick:,}") for tick in ticks) + 4
    right = sheet.width - sheet.margin
    top = sheet.margin + 2.4 * sheet.row
    plot = _Plot(left, right, top, top + min(_SHAPE * (right - left), _TALLEST), len(seen) + 1, low, high)
    bands, names = _bands(report, seen, plot, sheet)
    below, foot = marked(names, plot.bottom, plot.bottom + 5, sheet)
    items: list[Item] = [*bands]
    for tick in ticks:
        y = plot.y(tick)
        items.append(sheet.line(left, y, right, y, color=sheet.faint))
        items.append(sheet.text(left - 3, y, f"{tick:,}", "end", color=sheet.grey))
    y = plot.y(longest)
    items.append(sheet.dashed(left, y, right, y, color=sheet.grey))
    strides = _line("stride", [(0, 1.0), *_points(seen, "stride")], plot, sheet, "linear", 0.9)
    sees = _line("receptive field", [(0, 1.0), *_points(seen, "field")], plot, sheet, "call", 1.3)
    ends = _ends(known[-1], len(seen) - list(reversed(seen)).index(known[-1]), plot, sheet)
    legend = _legend(longest, sheet)
    axis = sheet.text(sheet.margin, _above(plot, sheet), _AXIS, color=sheet.grey)
    scene = [*items, axis, *below, strides, sees, *ends, *_whole(seen, plot, sheet), *legend]
    title = f"{report.name}: receptive fields and strides"
    return sheet.scene(title, _said(report, seen, longest), foot + sheet.margin, scene)


def _fewer(seen: Sequence[Seen]) -> Sequence[Seen]:
    """As many tensors as there is room for: every n-th, and the last."""
    step = -(-len(seen) // _POINTS)
    return [tensor for index, tensor in enumerate(seen) if index % step == 0 or index == len(seen) - 1]


def _points(seen: Sequence[Seen], what: str) -> list[tuple[int, float]]:
    values = [(index + 1, getattr(tensor, what)) for index, tensor in enumerate(seen)]
    return [(index, float(value)) for index, value in values if value]


def _line(name: str, points: Sequence[tuple[int, float]], plot: _Plot, sheet: Sheet, family: str, width: float) -> Item:
    """A line through points, with a dot at each where there are not too many."""
    color = sheet.color(family)
    places = [(plot.x(index), plot.y(value)) for index, value in points]
    (x, y), *others = places
    line = Path(x, y, tuple(Step(*place) for place in others), Paint("", color, width))
    size = 1.2 * width
    dots = len(points) <= (plot.right - plot.left) / (3 * size)
    marks = [sheet.bar(x - size, y - size, 2 * size, 2 * size, color) for x, y in places] if dots else []
    return part(name, f"{name}, from {points[0][1]:,g} to {points[-1][1]:,g}", line, *marks)


def _ends(last: Seen, index: int, plot: _Plot, sheet: Sheet) -> list[Item]:
    """The numbers that the lines end with: above them, that of the stride below where they are close."""
    x, high, low = plot.x(index) + 2, plot.y(last.field or 1), plot.y(last.stride or 1)
    rise = 0.75 * sheet.row
    items: list[Item] = [sheet.text(x, high - rise, f"{last.field:,}", "end", color=sheet.color("call"))]
    below = low - high < 2 * rise
    if not below or plot.bottom - low > 2 * rise:
        y = low + rise if below else low - rise
        items.append(sheet.text(x, y, f"{last.stride:,g}", "end", color=sheet.color("linear")))
    return items


def _whole(seen: Sequence[Seen], plot: _Plot, sheet: Sheet) -> list[Item]:
    """From where on everything is seen: an arrow's head at the top edge, and the word."""
    first = next((index for index, tensor in enumerate(seen) if tensor.whole), None)
    if first is None:
        return []
    x, y, color = plot.x(first + 1), plot.top, sheet.color("call")
    head = sheet.polygon((x, y), (x - 2.2, y + 5), (x + 2.2, y + 5), fill=color)
    beside = sheet.margin + sheet.text_width(_AXIS) + 4  # the axis' title stands in the same line
    at = max(x, beside + sheet.text_width("all") / 2)
    return [part("all", "sees all cells", head, sheet.text(at, _above(plot, sheet), "all", "middle", color=color))]


def _above(plot: _Plot, sheet: Sheet) -> float:
    """The line of text right above the plot."""
    return plot.top - 0.55 * sheet.row


def _bands(report: Report, seen: Sequence[Seen], plot: _Plot, sheet: Sheet) -> tuple[list[Item], list[Marked]]:
    """A strip for each step of the network, every other one shaded, and their names."""
    called = dict(zip((row.name for row in report.rows), labels(report.rows), strict=True))
    runs = [(step, len(list(equal))) for step, equal in groupby(seen, key=lambda tensor: tensor.step)]
    step = (plot.right - plot.left) / plot.count
    items: list[Item] = []
    names = [Marked("Input", "", plot.x(0))]
    done = 1
    for number, (name, count) in enumerate(runs):
        start = plot.left + done * step
        if number % 2 == 0:
            items.append(sheet.bar(start, plot.top, count * step, plot.bottom - plot.top, sheet.mixed(sheet.ink, 0.06)))
        names.append(Marked(called.get(name, name), "", start + count * step / 2))
        done += count
    every = -(-len(names) // _MOST)
    return items, names[::every]


def _legend(longest: int, sheet: Sheet) -> list[Item]:
    """What the lines are; they count cells of the input."""
    y, x = sheet.margin + sheet.row / 2, sheet.margin
    items: list[Item] = []
    entries = (("receptive field", "call", 1.3), ("stride", "linear", 0.9), (f"input, {longest:,} cells", "", 0.8))
    for text, family, width in entries:
        if family:
            items.append(sheet.line(x, y, x + 12, y, color=sheet.color(family), width=width))
        else:
            items.append(sheet.dashed(x, y, x + 12, y, color=sheet.grey))
        items.append(sheet.text(x + 15, y, text))
        x += 15 + sheet.text_width(text) + 10
    return items


def _said(report: Report, seen: Sequence[Seen], longest: int) -> str:
    steps = {tensor.step: tensor for tensor in seen}
    told = (
        f"{step} {'all' if tensor.field is None else f'{tensor.field:,} at stride {tensor.stride:g}'}"
        for step, tensor in steps.items()
    )
    return f"In cells of the input, which has {longest:,}, on a logarithmic axis: {'; '.join(told)}."
