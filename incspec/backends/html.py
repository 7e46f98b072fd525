"""What a notebook shows of a network: its figure, and its report as a table with a row for each step -> HTML."""

from __future__ import annotations

from html import escape

from .report import Report, Row, sizes
from .table import human

_HEAD = ("step", "layer", "output", "parameters", "multiply-adds")


def to_html(report: Report, figure: str = "") -> str:
    """A table of the network's own steps with its totals, and a figure (an SVG) before it."""
    svg = figure[figure.find("<svg") :] if figure else ""
    total = report.total
    lines = [
        '<div class="incspec">',
        svg,
        f"<table><caption>{escape(report.name)}: {escape(sizes(report.inputs))} to {escape(sizes(report.outputs))}"
        "</caption>",
        "<thead><tr>" + "".join(f'<th scope="col">{name}</th>' for name in _HEAD) + "</tr></thead>",
        "<tbody>",
        *(_row(row) for row in report.rows),
        "</tbody>",
        f'<tfoot><tr><th scope="row" colspan="3">total</th>{_numbers(total.params, total.macs)}</tr></tfoot>',
        "</table></div>",
    ]
    return "\n".join(filter(None, lines))


def _row(row: Row) -> str:
    texts = (row.name, row.title, sizes(row.outputs))
    shown = "".join(f"<td>{escape(text)}</td>" for text in texts)
    return f"<tr>{shown}{_numbers(row.total.params, row.total.macs)}</tr>"


def _numbers(params: int, macs: int) -> str:
    return "".join(
        f'<td style="text-align: right" title="{number:,}">{human(number)}</td>' for number in (params, macs)
    )
