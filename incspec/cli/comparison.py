"""A comparison with a reference as JSON, and as text for a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from math import inf
from typing import TYPE_CHECKING

from ..rendering.terminal import drawn, ruled_table
from ..rendering.view import visible
from ..runtime.comparison import Comparison, FirstDifference, Run

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

_GAP = 2  # blanks between columns
_LEAST = 12  # columns that the names of stages are not cut below


def as_json(found: Comparison) -> dict[str, object]:
    """All of a comparison; a difference is null where there is nothing of the same shape to compare with."""
    return {
        "name": found.name,
        "against": found.against,
        "equal": found.equal,
        "tolerance": found.tolerance,
        "difference": _finite(found.difference),
        "first": _first(found.first),
        "params": {
            "ours": {"total": found.ours.total, "eval": found.ours.eval},
            "theirs": {"total": found.theirs.total, "eval": found.theirs.eval},
        },
        "runs": [
            {
                "mode": run.mode,
                "inputs": [list(shape) for shape in run.shapes],
                "macs": {"ours": run.our_macs, "theirs": run.their_macs},
                "difference": _finite(run.difference),
                "outputs": [
                    {"name": each.name, "theirs": each.theirs, "difference": _finite(each.difference)}
                    for each in run.outputs
                ],
                "stages": [
                    {"stage": each.stage, "output": _finite(each.output), "gradient": _finite(each.gradient)}
                    for each in run.stages
                ],
                "first": _first(run.first),
            }
            for run in found.runs
        ],
        "notes": list(found.notes),
    }


def _first(first: FirstDifference | None) -> dict[str, object] | None:
    if first is None:
        return None
    return {
        "stage": first.stage,
        "module": first.module,
        "op": first.op,
        "subject": first.subject,
        "kind": first.kind,
        "difference": _finite(first.difference),
        "theirs": first.theirs,
        "their_op": first.their_op,
    }


def _finite(difference: float | None) -> float | None:
    return None if difference is None or difference == inf else difference


def verdict(found: Comparison) -> str:
    """What to remember of a comparison."""
    tolerance = f"(tolerance {found.tolerance:.0e})"
    first = found.first
    if first is None:
        return f"equal: the largest relative difference is {_number(found.difference)} {tolerance}"
    off = f"off by {_number(first.difference)} {tolerance}"
    name = f"`{first.module}.{first.op}`"
    place = f"{first.op} in `{first.module}`" if first.module else first.op
    theirs = " in ".join(
        [*([first.their_op] if first.their_op else []), *([f"`{first.theirs}`"] if first.theirs else [])]
    )
    beside = f"; there it is {theirs}" if theirs else ""
    if first.subject == "gradient":
        said = f"all outputs are equal, but the gradient of {name} is {off}{beside}"
    elif first.subject == "buffer":
        said = f"all outputs and gradients are equal, but a step of training leaves {name} {off}{beside}"
    elif first.their_op not in (None, first.op):
        said = f"from the same input, ours goes on with {place}, the reference with {theirs}"
    elif first.kind == "order":
        said = f"{place} gives the channels in another order than the reference{beside}"
    elif first.kind == "shape":
        said = f"{place} gives a shape that nothing in the reference has{beside}"
    else:
        said = f"{place} has the input of the reference, and its output is {off}{beside}"
    return f"different, first in `{first.stage}`: {said}"


def render_comparison(found: Comparison, *, width: int = 80, color: bool = False, ascii_only: bool = False) -> str:
    """A comparison as tables and a verdict, no line of it wider than `width` columns."""
    from rich.text import Text

    parts: list[RenderableType] = [Text(f"{visible(found.name)} against {visible(found.against)}", "bold"), ""]
    parts += [_counts(found), "", _differences(found, width), ""]
    parts.append(Text(verdict(found), "green" if found.equal else "red"))
    parts += (Text(f"note: {note}") for note in found.notes)
    return drawn(parts, width=width, color=color, ascii_only=ascii_only)


# --- counts


def _counts(found: Comparison) -> Table:
    """Parameters and multiply-adds side by side; without and with aux heads where there are some."""
    aux = (found.ours.eval, found.theirs.eval) != (found.ours.total, found.theirs.total)
    rows = [("parameters", found.ours.total, found.theirs.total)]
    rows += [("  without aux", found.ours.eval, found.theirs.eval)] if aux else []
    for run in found.runs:
        row = (f"multiply-adds at {run.size}", run.our_macs, run.their_macs)
        if row not in rows:
            rows.append((row[0] + (" with aux" if run.mode == "train" else ""), *row[1:]))
    table = _table(("", "ours", "theirs"))
    for name, ours, theirs in rows:
        table.add_row(name, f"{ours:,}", f"{theirs:,}", style="" if ours == theirs else "red")
    return table


# --- differences


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of the table: a stage, or turns of one, or an output; a difference for each column, where there is one."""

    name: str
    differences: tuple[float | None, ...]


def _differences(found: Comparison, width: int) -> Table:
    """The largest relative difference of each stage and output in each run."""
    headings = [heading for run in found.runs for heading in _headings(run)]
    lines = [*_stages(found), *_outputs(found)]
    names = max(len(line.name) for line in lines)
    if min(names, _LEAST) + sum(_GAP + max(7, len(heading)) for heading in headings) > width:
        headings, lines = _folded(found, headings, lines)
    table = _table(("stage", *headings))
    for line in lines:
        differs = any(not each <= found.tolerance for each in line.differences if each is not None)
        cells = ("" if each is None else _number(each) for each in line.differences)
        table.add_row(line.name, *cells, style="red" if differs else "")
    return table


def _stages(found: Comparison) -> list[_Line]:
    columns: list[dict[str, float | None]] = []
    for run in found.runs:
        columns.append({each.stage: each.output for each in run.stages})
        if run.mode == "train":
            columns.append({each.stage: each.gradient for each in run.stages})
    # Training runs more, such as aux heads: the longest run has the order.
    longest = max(columns, key=len)
    names = dict.fromkeys([*longest, *(name for column in columns for name in column)])
    lines = [_Line(name, tuple(column.get(name) for column in columns)) for name in names]
    return [
        line
        for _, turns in groupby(lines, key=lambda line: _step(line, found.tolerance))
        for line in [_joined(list(turns))]
    ]


def _step(line: _Line, tolerance: float) -> str:
    """What turns of a repeated step have in common, if they do not differ from the reference."""
    step, _, turn = line.name.rpartition(".")
    equal = all(each is None or each <= tolerance for each in line.differences)
    return step if turn.isdigit() and equal else line.name


def _joined(turns: Sequence[_Line]) -> _Line:
    if len(turns) == 1:
        return turns[0]
    last = turns[-1].name.rpartition(".")[2]
    return _Line(
        f"{turns[0].name}-{last}", tuple(map(_largest, zip(*(turn.differences for turn in turns), strict=True)))
    )


def _outputs(found: Comparison) -> list[_Line]:
    """A line for each output; its name in the reference where that is another."""
    titles: dict[str, str] = {}
    columns: list[dict[str, float | None]] = []
    for run in found.runs:
        for each in run.outputs:
            other = f" ({each.theirs})" if each.theirs not in (each.name, None) else ""
            titles[each.name] = f"-> {each.name}{other}"
        columns.append({each.name: each.difference for each in run.outputs})
        if run.mode == "train":
            columns.append({})
    return [_Line(title, tuple(column.get(name) for column in columns)) for name, title in titles.items()]


def _folded(found: Comparison, headings: Sequence[str], lines: Sequence[_Line]) -> tuple[list[str], list[_Line]]:
    """One column for all sizes, where the terminal is too narrow for one for each."""
    sizes = sum(run.mode == "eval" for run in found.runs)
    shorter = [_Line(line.name, (_largest(line.differences[:sizes]), *line.differences[sizes:])) for line in lines]
    return [f"{sizes} sizes", *headings[sizes:]], shorter


def _headings(run: Run) -> list[str]:
    return [run.size] if run.mode == "eval" else ["train", "gradient"]


def _largest(differences: Sequence[float | None]) -> float | None:
    return max((each for each in differences if each is not None), default=None)


def _number(difference: float) -> str:
    return "0" if difference == 0 else "-" if difference == inf else f"{difference:.1e}"


def _table(headings: Sequence[str]) -> Table:
    table = ruled_table()
    for index, heading in enumerate(headings):
        table.add_column(
            heading,
            justify="right" if index else "left",
            no_wrap=True,
            overflow="ellipsis",
            min_width=7 if index else None,
        )
    return table
