"""The report on a terminal: Report -> text of a given width, blocks folded.

What does not fit is left out in the order of its use: exact numbers first, then input sizes, then names.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .report import Report, Row, Tally, opened, sizes

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.table import Table

_GAP = 2  # blanks between columns
_LEFT = ("step", "layer", "input", "output")
# The columns, from a wide terminal to a narrow one, and the least width that `layer` may be cut to.
_EXACT = ("exact params", "exact macs", "exact memory")
_SHORT = ("params", "macs", "memory")
_LAYOUTS: tuple[tuple[tuple[str, ...], int], ...] = (
    (("step", "layer", "input", "output", *_EXACT), 24),
    (("step", "layer", "output", *_EXACT), 24),
    (("step", "layer", "input", "output", *_SHORT), 24),
    (("step", "layer", "output", *_SHORT), 18),
    (("layer", "output", *_SHORT), 18),
    (("layer", "output", "params", "macs"), 12),
    (("layer", "params", "macs"), 0),
)


@dataclass(frozen=True, slots=True)
class _Line:
    """One line of the table; `heading` marks the steps of the network itself, `each` the counts of one of several."""

    indent: int
    row: Row
    tally: Tally
    heading: bool = False
    each: bool = False


def render_table(report: Report, *, depth: int | None = 1, width: int = 80, color: bool = False) -> str:
    """A report as a table and its totals, no line of it wider than `width` columns.

    `depth` 1 shows the steps of the network, 2 opens blocks, and so on down to the ops of a layer; None opens all.
    """
    from rich.text import Text

    shown = list(_lines(report.rows, depth, 0))
    beside = list(_lines(report.aux_rows, depth, 0))
    console, text = _console(width, color)
    console.print(Text(f"{_printable(report.name)}: {sizes(report.inputs)} -> {sizes(report.outputs)}", "bold"))
    console.print()
    if shown or beside:
        console.print(_table(shown, beside, width))
        console.print()
    console.print(_totals(report))
    return "\n".join(line.rstrip() for line in text.getvalue().splitlines()) + "\n"


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


def _lines(rows: Sequence[Row], depth: int | None, indent: int) -> Iterator[_Line]:
    for row in rows:
        yield _Line(indent, row, row.total, heading=indent == 0)
        parts = opened(row).row.rows
        if not parts or depth == 1:
            continue
        if row.times > 1:
            yield _Line(indent + 1, row, row.each, each=True)
        yield from _lines(parts, None if depth is None else depth - 1, indent + 1)


def _table(shown: Sequence[_Line], beside: Sequence[_Line], width: int) -> Table:
    """The lines of the network, and beneath a rule those of its auxiliary heads."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    columns, widths = _layout((*shown, *beside), width)
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    for column, column_width in zip(columns, widths, strict=True):
        table.add_column(
            column.removeprefix("exact "),
            width=column_width,
            no_wrap=True,
            overflow="ellipsis",
            justify="left" if column in _LEFT else "right",
        )
    for index, line in enumerate((*shown, *beside)):
        if index == len(shown):
            table.add_section()
        cells = [_cell(line, column, first=column == columns[0]) for column in columns]
        table.add_row(*map(Text, cells), style="dim" if line.each else "bold" if line.heading else "")
    return table


def _layout(shown: Sequence[_Line], width: int) -> tuple[tuple[str, ...], list[int]]:
    """The first columns that fit, and their widths; `layer` gives way where it has to."""
    for columns, least in _LAYOUTS:
        widths = {column: _natural_width(shown, column, first=column == columns[0]) for column in columns}
        room = width - _GAP * (len(columns) - 1) - sum(widths.values()) + widths["layer"]
        if room >= min(widths["layer"], least):
            break
    widths["layer"] = max(1, min(widths["layer"], room))
    return columns, list(widths.values())


def _natural_width(shown: Sequence[_Line], column: str, *, first: bool) -> int:
    return max(len(column.removeprefix("exact ")), *(len(_cell(line, column, first=first)) for line in shown))


def _cell(line: _Line, column: str, *, first: bool) -> str:
    indent = "  " * line.indent if first else ""
    tally = line.tally
    texts = {
        "step": "each" if line.each else line.row.name,
        "layer": ("each" if first else "") if line.each else line.row.title,
        "input": sizes(line.row.inputs),
        "output": sizes(line.row.outputs),
        "params": human(tally.params),
        "macs": human(tally.macs),
        "memory": human_bytes(tally.activation_bytes),
        "exact params": f"{tally.params:,}",
        "exact macs": f"{tally.macs:,}",
        "exact memory": f"{tally.activation_bytes:,}",
    }
    return indent + texts[column]


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


def _console(width: int, color: bool) -> tuple[Console, io.StringIO]:
    from rich.console import Console

    text = io.StringIO()
    console = Console(
        file=text,
        width=width,
        force_terminal=color,
        no_color=not color,
        color_system="standard" if color else None,
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
    )
    return console, text


def _printable(text: str) -> str:
    """A name from the spec without what could steer the terminal."""
    return "".join(c if c.isprintable() else "�" for c in text)
