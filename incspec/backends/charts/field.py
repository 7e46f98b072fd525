"""The chart of receptive fields: how far the tensors of a network see, and their strides, along its depth.

Of several inputs each has a plot of its own, in which are the tensors that see it, those of other inputs left out.
"""

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
_LOW = 0.3  # that of each of several
_TALLEST = 220.0
_MOST = 24  # names of bands
_POINTS = 300
_AXIS = "cells of the input"


class Seen(Protocol):
    """A tensor on the way of an input: its step, and in cells of the input how far it sees and its stride.

    None where it sees all, or where it is unclear. The input has no name where it is the only one.
    """

    @property
    def step(self) -> str: ...
    @property
    def field(self) -> int | None: ...
    @property
    def stride(self) -> float | None: ...
    @property
    def whole(self) -> bool: ...
    @property
    def input(self) -> str: ...


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
    sheet, items, told = Sheet.of(width, tone), list[Item](), []
    longest = {name: max(map(int, type_.sizes), default=1) for name, type_ in report.named_inputs.items()}
    ways = [(name, list(same)) for name, same in groupby(seen, key=lambda tensor: tensor.input)]
    ways = [(name, same) for name, same in ways if any(map(_is_known, same))]
    if not ways:
        raise ValueError(f"{report.name} has no tensor that sees a part of its input, so there are no receptive fields")
    shape, foot = _SHAPE if len(ways) == 1 else _LOW, 0.0
    for name, same in ways:
        cells = longest[name] if name else max(longest.values(), default=1)
        drawn, foot = _way(report, name, cells, _fewer(same), foot + sheet.margin, shape, sheet)
        items += drawn
        told.append(_said(name, same, cells))
    return sheet.scene(f"{report.name}: receptive fields and strides", " ".join(told), foot + sheet.margin, items)


def _is_known(tensor: Seen) -> bool:
    return tensor.field is not None and tensor.stride is not None


def _way(
    report: Report, name: str, longest: int, seen: Sequence[Seen], upper: float, shape: float, sheet: Sheet
) -> tuple[list[Item], float]:
    """What is drawn of an input below a height, and where it ends."""
    known = list(filter(_is_known, seen))
    high = 2.2 * max([longest, *(tensor.field or 1 for tensor in known)])
    low = min([1.0, *(tensor.stride or 1.0 for tensor in known)])
    ticks = log_ticks(low, high, 12)
    left = sheet.margin + max(sheet.text_width(f"{tick:,}") for tick in ticks) + 4
    right = sheet.width - sheet.margin
    top = upper + 2.4 * sheet.row
    plot = _Plot(left, right, top, top + min(shape * (right - left), _TALLEST), len(seen) + 1, low, high)
    bands, names = _bands(report, name, seen, plot, sheet)
    below, foot = marked(names, plot.bottom, plot.bottom + 5, sheet)
    items: list[Item] = [*bands]
    for tick in ticks:
        y = plot.y(tick)
        items.append(sheet.line(left, y, right, y, color=sheet.faint))
        if y - _above(plot, sheet) > 0.9 * sheet.type:  # else it touches the axis' title
            items.append(sheet.text(left - 3, y, f"{tick:,}", "end", color=sheet.grey))
    y = plot.y(longest)
    items.append(sheet.dashed(left, y, right, y, color=sheet.grey))
    of = f" of {name}" if name else ""
    strides = _line(f"stride{of}", [(0, 1.0), *_points(seen, "stride")], plot, sheet, "linear", 0.9)
    sees = _line(f"receptive field{of}", [(0, 1.0), *_points(seen, "field")], plot, sheet, "call", 1.3)
    ends = _ends(known[-1], len(seen) - list(reversed(seen)).index(known[-1]), plot, sheet)
    legend = _legend(f"{name or 'input'}, {longest:,} cells", upper, sheet)
    axis = sheet.text(sheet.margin, _above(plot, sheet), _AXIS, color=sheet.grey)
    return [*items, axis, *below, strides, sees, *ends, *_whole(of, seen, plot, sheet), *legend], foot


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
    """The numbers that the lines end with: above them, that of the lower line below it where they are close."""
    x, rise = plot.x(index) + 2, 0.75 * sheet.row
    ends = [(last.field or 1, f"{last.field:,}", "call"), (last.stride or 1, f"{last.stride:,g}", "linear")]
    (upper, text, family), (lower, other_text, other) = sorted(ends, key=lambda end: -end[0])
    high, low = plot.y(upper), plot.y(lower)
    items: list[Item] = [sheet.text(x, high - rise, text, "end", color=sheet.color(family))]
    below = low - high < 2 * rise
    if not below or plot.bottom - low > 2 * rise:
        y = low + rise if below else low - rise
        items.append(sheet.text(x, y, other_text, "end", color=sheet.color(other)))
    return items


def _whole(of: str, seen: Sequence[Seen], plot: _Plot, sheet: Sheet) -> list[Item]:
    """From where on everything is seen: an arrow's head at the top edge, and the word."""
    first = next((index for index, tensor in enumerate(seen) if tensor.whole), None)
    if first is None:
        return []
    x, y, color = plot.x(first + 1), plot.top, sheet.color("call")
    head = sheet.polygon((x, y), (x - 2.2, y + 5), (x + 2.2, y + 5), fill=color)
    beside = sheet.margin + sheet.text_width(_AXIS) + 4  # the axis' title stands in the same line
    at = max(x, beside + sheet.text_width("all") / 2)
    return [
        part(f"all{of}", f"sees all cells{of}", head, sheet.text(at, _above(plot, sheet), "all", "middle", color=color))
    ]


def _above(plot: _Plot, sheet: Sheet) -> float:
    """The line of text right above the plot."""
    return plot.top - 0.55 * sheet.row


def _bands(
    report: Report, name: str, seen: Sequence[Seen], plot: _Plot, sheet: Sheet
) -> tuple[list[Item], list[Marked]]:
    """A strip for each step of the network, every other one shaded, and their names."""
    called = dict(zip((row.name for row in report.rows), labels(report.rows), strict=True))
    runs = [(step, len(list(equal))) for step, equal in groupby(seen, key=lambda tensor: tensor.step)]
    step = (plot.right - plot.left) / plot.count
    items: list[Item] = []
    names = [Marked(name or "Input", "", plot.x(0))]
    done = 1
    for number, (run, count) in enumerate(runs):
        start = plot.left + done * step
        if number % 2 == 0:
            items.append(sheet.bar(start, plot.top, count * step, plot.bottom - plot.top, sheet.mixed(sheet.ink, 0.06)))
        names.append(Marked(called.get(run, run), "", start + count * step / 2))
        done += count
    every = -(-len(names) // _MOST)
    return items, names[::every]


def _legend(input_line: str, upper: float, sheet: Sheet) -> list[Item]:
    """What the lines are; they count cells of the input."""
    y, x = upper + sheet.row / 2, sheet.margin
    items: list[Item] = []
    entries = (("receptive field", "call", 1.3), ("stride", "linear", 0.9), (input_line, "", 0.8))
    for text, family, width in entries:
        if family:
            items.append(sheet.line(x, y, x + 12, y, color=sheet.color(family), width=width))
        else:
            items.append(sheet.dashed(x, y, x + 12, y, color=sheet.grey))
        items.append(sheet.text(x + 15, y, text))
        x += 15 + sheet.text_width(text) + 10
    return items


def _said(name: str, seen: Sequence[Seen], longest: int) -> str:
    steps = {tensor.step: tensor for tensor in seen}
    told = (
        f"{step} {'all' if tensor.field is None else f'{tensor.field:,} at stride {tensor.stride:g}'}"
        for step, tensor in steps.items()
    )
    return f"In cells of {f'the input {name}' if name else 'the input'}, which has {longest:,}, on a logarithmic axis: {'; '.join(told)}."
