"""The report on a terminal: Report -> a tree of a given width, with sizes, and costs as numbers and bars.

What does not fit is left out in the order of its use: exact numbers first, then input sizes, names and bars. A label that
does not fit into its line goes on in the next: no number is cut off.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ..rendering.terminal import console_of, drawn, ruled_table
from ..rendering.view import visible
from .report import Report, Tally, sizes, tally
from .tree import Line, tree

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table
    from rich.text import Text

_GAP = 2  # blanks between columns

Cost = Literal["params", "macs", "memory"]


@dataclass(frozen=True, slots=True)
class _Layout:
    """Columns of text and of costs, those costs that have bars, and the least width of the first column."""

    texts: tuple[str, ...]
    costs: tuple[Cost, ...]
    bars: tuple[Cost, ...] = ()
    exact: bool = False
    least: int = 0


_ALL: tuple[Cost, ...] = ("params", "macs", "memory")
# From a wide terminal to a narrow one.
_LAYOUTS = (
    _Layout(("layer", "step", "input", "output"), _ALL, _ALL, exact=True, least=24),
    _Layout(("layer", "step", "output"), _ALL, _ALL, exact=True, least=24),
    _Layout(("layer", "step", "output"), _ALL, _ALL, least=24),
    _Layout(("layer", "output"), _ALL, _ALL, least=30),
    _Layout(("layer", "output"), _ALL, ("params", "macs"), least=26),
    _Layout(("layer", "output"), _ALL, least=18),
    _Layout(("layer", "output"), ("params", "macs"), least=12),
    _Layout(("layer",), ("params", "macs")),
)
_BAR = 5  # columns of a bar, each in eighths
_EIGHTHS = " ▏▎▍▌▋▊▉█"
# Of the colours that terminals name, this one is read best on light and on dark.
_BAR_STYLE = "magenta"
_GUIDE_STYLE = "dim"
_STYLES = {"root": "bold", "row": "", "each": "dim"}


def render_table(
    report: Report, *, depth: int | None = 1, width: int = 80, color: bool = False, ascii_only: bool = False
) -> str:
    """A report as a tree and its totals, no line of it wider than `width` columns.

    `depth` 1 shows the steps of the network, 2 opens blocks, and so on down to the ops of a layer; None opens all.
    """
    from rich.text import Text

    name = visible(report.name)
    network = Line("", "", "", name, report.inputs, report.outputs, report.total, kind="root")
    trees = [tuple(tree(network, report.rows, depth))] if report.rows else []
    if report.aux:
        heads = Line("", "", "", "auxiliary heads", (), (), tally(report.aux_rows), kind="root")
        trees.append(tuple(tree(heads, report.aux_rows, depth)))
    parts: list[RenderableType] = [Text(f"{name}: {sizes(report.inputs)} -> {sizes(report.outputs)}", "bold"), ""]
    if trees:
        parts += [_table(trees, report.total_with_aux, width), ""]
    return drawn([*parts, _totals(report)], width=width, color=color, ascii_only=ascii_only)


def human(number: int) -> str:
    """A count in at most four digits: `928`, `317.6 k`, `42.68 M`."""
    return f"{number:,}" if number < 10_000 else _scaled(number, ("k", "M", "G", "T", "P", "E"))


def human_bytes(number: int) -> str:
    """A size in bytes, in at most four digits: `928 B`, `12.14 MB`."""
    return f"{number} B" if number < 1_000 else _scaled(number, ("kB", "MB", "GB", "TB", "PB", "EB"))


def _scaled(number: int, units: Sequence[str]) -> str:
    scaled, unit = number / 1000, 0
    while scaled >= 999.95 and unit < len(units) - 1:
        scaled, unit = scaled / 1000, unit + 1
    return f"{scaled:.{2 if scaled < 99.995 else 1}f} {units[unit]}"


def _table(trees: Sequence[Sequence[Line]], whole: Tally, width: int) -> Table:
    """The trees, with a rule between them; bars show parts of the `whole`."""
    from rich.text import Text

    lines = [line for each in trees for line in each]
    layout, first = _layout(lines, width)
    table = ruled_table()
    table.add_column("layer", width=first, no_wrap=True)
    for column in layout.texts[1:]:
        table.add_column(column, no_wrap=True)
    for cost in layout.costs:
        number, bar = _cost_widths(lines, cost, layout)
        table.add_column(cost.rjust(number), no_wrap=True, width=number + bar)
    for each in trees:
        table.add_section()
        for line in each:
            cells = [_tree_cell(line, layout, first), *(Text(_text(line, column)) for column in layout.texts[1:])]
            cells += (
                _cost_cell(line, cost, _cost_widths(lines, cost, layout)[0], layout, whole) for cost in layout.costs
            )
            table.add_row(*cells, style=_STYLES[line.kind])
    return table


def _layout(lines: Sequence[Line], width: int) -> tuple[_Layout, int]:
    """The first layout that fits, and the width of its first column, which gives way where it has to."""
    for layout in _LAYOUTS:
        natural = _width(len("layer"), (line.guide + _label(line, layout) for line in lines))
        others = [_width(len(column), (_text(line, column) for line in lines)) for column in layout.texts[1:]]
        others += (sum(_cost_widths(lines, cost, layout)) for cost in layout.costs)
        room = width - sum(others) - _GAP * len(others)
        if room >= min(natural, layout.least):
            break
    return layout, max(1, min(natural, room))


def _width(least: int, texts: Iterable[str]) -> int:
    from rich.cells import cell_len

    return max(least, *map(cell_len, texts))


def _cost_widths(lines: Sequence[Line], cost: Cost, layout: _Layout) -> tuple[int, int]:
    """The columns of a cost's numbers, and of its bar with the blank before it."""
    number = _width(len(cost), (_number(line, cost, exact=layout.exact) for line in lines))
    return number, (1 + _BAR if cost in layout.bars else 0)


def _text(line: Line, column: str) -> str:
    texts = {
        "step": line.name,
        "input": sizes(line.inputs),
        "output": sizes(line.outputs),
    }
    return texts[column]


def _number(line: Line, cost: Cost, *, exact: bool) -> str:
    number = _count(line.tally, cost)
    return f"{number:,}" if exact else human_bytes(number) if cost == "memory" else human(number)


def _count(tally_: Tally, cost: Cost) -> int:
    counts: dict[Cost, int] = {"params": tally_.params, "macs": tally_.macs, "memory": tally_.activation_bytes}
    return counts[cost]


def _tree_cell(line: Line, layout: _Layout, width: int) -> Text:
    """What is drawn before a label, and the label in as many lines as it needs."""
    from rich.text import Text

    label = _label(line, layout)
    parts = [label]
    if _width(0, [label]) > width - len(line.guide):
        parts = _wrapped(label, max(1, width - len(line.hanging)))
    guides = [line.guide, *[line.hanging] * (len(parts) - 1)]
    rows = (Text.assemble((guide, _GUIDE_STYLE), part) for guide, part in zip(guides, parts, strict=True))
    return Text("\n").join(rows)


def _wrapped(label: str, width: int) -> list[str]:
    """A label in lines, of which each begins with a layer of those that it names, if one fits into a line."""
    from rich.text import Text

    console, lines = console_of(width), [""]
    for layer in re.split(r"(?<=,) ", label):
        joined = f"{lines[-1]} {layer}".lstrip()
        if _width(0, [joined]) <= width:
            lines[-1] = joined
        else:
            lines += (part.plain.rstrip() for part in Text(layer).wrap(console, width))
    return [line for line in lines if line]


def _label(line: Line, layout: _Layout) -> str:
    """What a line is called; where names have no column of their own, they tell those apart that look alike."""
    return f"{line.name}: {line.label}" if line.alike and "step" not in layout.texts else line.label


def _cost_cell(line: Line, cost: Cost, width: int, layout: _Layout, whole: Tally) -> Text:
    from rich.text import Text

    cell = Text(_number(line, cost, exact=layout.exact).rjust(width))
    if cost in layout.bars and line.kind == "row":
        cell.append(f" {_bar(_count(line.tally, cost), _count(whole, cost))}", _BAR_STYLE)
    return cell


def _bar(part: int, whole: int) -> str:
    """A part of the whole as a bar: `█▌`."""
    eighths = round(part * _BAR * 8 / whole) if whole else 0
    full, rest = divmod(eighths, 8)
    return (_EIGHTHS[8] * full + _EIGHTHS[rest]).rstrip()


def _totals(report: Report) -> RenderableType:
    from rich.table import Table

    total, trained = report.total, report.total_with_aux
    layers = ", ".join(f"{count:,} {family}" for family, count in total.layers.items())
    facts = {
        "parameters": f"{total.params:,}" + (f" ({trained.params:,} with aux heads)" if report.aux else ""),
        "multiply-adds": f"{total.macs:,} (macs" + (f"; {trained.macs:,} with aux heads)" if report.aux else ")"),
        "memory": f"{total.activation_bytes:,} bytes for the outputs of all ops, as float32",
        "peak": f"{report.peak_bytes:,} bytes of them at one time in inference",
        "layers": layers,
    }
    if report.aux:
        facts["aux heads"] = "; ".join(head.place for head in report.aux) + "; in training only"
    grid = Table.grid(padding=(0, _GAP, 0, 0))
    grid.add_column(style="bold", no_wrap=True)
    grid.add_column()
    for name, fact in facts.items():
        grid.add_row(name, fact)
    return grid
