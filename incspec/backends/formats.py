"""A report as text for other programs and for papers: Report -> JSON, CSV, Markdown.

Numbers are whole and exact, sizes are channels first, without the batch.

Not here: the table on the terminal (table.py).
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from typing import TypeAlias

from .report import Report, Row, Tally, Types, lines, opened, sizes, tally

Json: TypeAlias = "str | int | float | list[Json] | dict[str, Json]"


def to_json(report: Report) -> dict[str, Json]:
    """A report as JSON values.

    The network and each row have `params`, `macs` (multiply-adds), `activations` (elements of the outputs of all
    ops), `activation_bytes` (float32) and `layers` (ops by family), all for one image; `inputs` and `outputs` are
    lists of shapes, channels first, without the batch. The network has `peak_bytes`, the memory alive at once in
    inference. A row has `name`, `kind`, `label` (the papers' words), `figure` (of the paper; may be empty), `times`
    (equal ones in series; the counts are those of all of them, `each` holds those of one) and its parts in `rows`,
    which sum to `each`. `aux` are the rows of the auxiliary heads, which run in training only, each with the tensors
    that it is `from` and the `weight` of its loss; they count in `params_with_aux` and `macs_with_aux` alone.
    """
    return {
        "name": report.name,
        "inputs": _shapes(report.inputs),
        "outputs": _shapes(report.outputs),
        **_counts(report.total),
        "params_with_aux": report.total_with_aux.params,
        "macs_with_aux": report.total_with_aux.macs,
        "peak_bytes": report.peak_bytes,
        "rows": [_json_row(row) for row in report.rows],
        "aux": [{"from": list(head.sources), "weight": head.weight, **_json_row(head.row)} for head in report.aux],
    }


def json_text(report: Report) -> str:
    """A report as a JSON document."""
    return json.dumps(to_json(report), indent=2, ensure_ascii=False) + "\n"


def to_csv(report: Report) -> str:
    """A report as CSV: the network, then every row before its parts.

    `path` are the names that lead to the row, `parts` is the number of rows directly beneath it, `times` how often
    it stands in series, `count` how often it runs in the network. The counts are those of one, `total_...` those of
    all that run: they sum to the network's over the rows of depth 1, and over the rows without parts. `aux` is the
    auxiliary head that a row is or is part of; those rows are not in the network's sums.
    """
    counts = ("params", "macs", "activations", "activation_bytes")
    header = ("path", "depth", "kind", "label", "figure", "input", "output", "parts", "times", "count", *counts)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow((*header, *(f"total_{name}" for name in counts), "aux"))
    whole = [getattr(report.total, name) for name in counts]
    place = ("", 0, "network", report.name, "", sizes(report.inputs), sizes(report.outputs))
    writer.writerow((*place, len(report.rows), 1, 1, *whole, *whole, ""))
    own = [(line, "") for line in lines(report.rows)]
    beside = [(line, line.path[0]) for line in lines(report.aux_rows)]
    for line, aux in (*own, *beside):
        row = line.row
        each = [getattr(row.each, name) for name in counts]
        place = (
            ".".join(line.path),
            len(line.path),
            row.kind,
            row.label,
            row.figure,
            sizes(row.inputs),
            sizes(row.outputs),
        )
        writer.writerow(
            (*place, len(row.rows), row.times, line.count, *each, *(line.count * number for number in each), aux)
        )
    return text.getvalue()


def to_markdown(report: Report) -> str:
    """A report as Markdown: the totals, a table of the network, one of its auxiliary heads, and one of each block."""
    total, trained = report.total, report.total_with_aux
    layers = ", ".join(f"{count:,} {family}" for family, count in total.layers.items())
    text = [
        f"# {_cell(report.name)}",
        "",
        f"- input `{sizes(report.inputs)}`, output `{sizes(report.outputs)}`",
        f"- parameters: {total.params:,}" + (f" ({trained.params:,} with auxiliary heads)" if report.aux else ""),
        f"- multiply-adds: {total.macs:,}" + (f" ({trained.macs:,} with auxiliary heads)" if report.aux else ""),
        f"- activations: {total.activations:,} ({total.activation_bytes:,} bytes as float32)",
        f"- alive at once in inference: {report.peak_bytes:,} bytes as float32, the parameters not counted",
        f"- layers: {layers}",
        "",
        *_markdown_table(report.rows, total),
    ]
    if report.aux:
        places = [f"- {_cell(head.place)}" for head in report.aux]
        text += ["", "## Auxiliary heads, in training only", "", *places, ""]
        text += _markdown_table(report.aux_rows, tally(report.aux_rows))
    for block in _blocks((*report.rows, *report.aux_rows)):
        figure = f" (figure {_cell(block.figure)})" if block.figure else ""
        text += [
            "",
            f"## {block.label}{figure}",
            "",
            f"`{sizes(block.inputs)}` to `{sizes(block.outputs)}`",
            "",
            *_markdown_table(opened(block).row.rows or (block,), block.each),
        ]
    return "\n".join(text) + "\n"


def _json_row(row: Row) -> dict[str, Json]:
    return {
        "name": row.name,
        "kind": row.kind,
        "label": row.label,
        "figure": row.figure,
        "times": row.times,
        "inputs": _shapes(row.inputs),
        "outputs": _shapes(row.outputs),
        **_counts(row.total),
        "each": _counts(row.each),
        "rows": [_json_row(part) for part in row.rows],
    }


def _counts(tally: Tally) -> dict[str, Json]:
    return {
        "params": tally.params,
        "macs": tally.macs,
        "activations": tally.activations,
        "activation_bytes": tally.activation_bytes,
        "layers": {str(family): count for family, count in tally.layers.items()},
    }


def _shapes(types: Types) -> Json:
    return [list(type_.shape) for type_ in types]


def _blocks(rows: Sequence[Row]) -> list[Row]:
    """The different blocks, in the order in which they are first called."""
    found: dict[int, Row] = {}

    def visit(rows: Sequence[Row]) -> None:
        for row in rows:
            if row.kind == "block" and id(row.rows) in found:
                continue
            if row.kind == "block":
                found[id(row.rows)] = row
            visit(row.rows)

    visit(rows)
    return list(found.values())


def _markdown_table(rows: Sequence[Row], total: Tally) -> Iterator[str]:
    yield "| step | layer | input | output | params | multiply-adds | activations |"
    yield "| --- | --- | --- | --- | ---: | ---: | ---: |"
    for path, row in _down_to_layers(rows, ()):
        place = f"| `{'.'.join(path)}` | {_cell(row.title)} | {sizes(row.inputs)} | {sizes(row.outputs)} "
        yield place + _numbers(row.total)
    yield "| **total** | | | | " + _numbers(total).removeprefix("| ")


def _down_to_layers(rows: Sequence[Row], path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Row]]:
    """The rows of a body, without the ops of a layer and the inside of blocks, which have tables of their own."""
    for row in rows:
        line = opened(row)
        place = (*path, *line.path)
        yield place, row
        if row.kind not in ("block", "op") and line.row.kind not in ("block", "layer"):
            yield from _down_to_layers(line.row.rows, place)


def _numbers(tally: Tally) -> str:
    return f"| {tally.params:,} | {tally.macs:,} | {tally.activations:,} |"


def _cell(text: str) -> str:
    """A text that can stand in a table's cell or a heading."""
    return " ".join(text.split()).replace("\\", "\\\\").replace("|", "\\|")
