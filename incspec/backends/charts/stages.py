"""The stages of a network: Report -> its steps in order, each with what it costs and gives."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ...shapes import TensorType
from ..report import Report, Row, Tally, tally

_LONGEST = 36  # letters of a label
_MOST = 60  # stages that a chart shows; of more, neighbours are taken together


@dataclass(frozen=True, slots=True)
class Stage:
    """A step of the network, or several in series: a name, the costs of its turns, the types that it gives.

    `family` is that of the op, `call` of a block. `aux` stages run in training only.
    """

    name: str
    label: str
    turns: tuple[Tally, ...]
    outputs: tuple[TensorType, ...]
    family: str
    aux: bool = False

    @property
    def total(self) -> Tally:
        """The costs of all turns."""
        return Tally(
            sum(turn.params for turn in self.turns),
            sum(turn.macs for turn in self.turns),
            sum(turn.activations for turn in self.turns),
        )


def stages(report: Report) -> tuple[Stage, ...]:
    """The steps of a network, then its auxiliary heads; where there are very many, several in series are one."""
    rows = _binned(report.rows)
    trunk = (_stage(row, label) for row, label in zip(rows, labels(rows), strict=True))
    heads = (_stage(row, row.name, aux=True) for row in report.aux_rows)
    return (*trunk, *heads)


def labels(rows: Sequence[Row]) -> tuple[str, ...]:
    """What rows are called: in the papers' words, but blocks by their names where others have the same words."""
    twice = {label for label, count in Counter(row.label for row in rows).items() if count > 1}
    return tuple(_label(row, twice) for row in rows)


def _label(row: Row, twice: set[str]) -> str:
    named = row.kind == "block" and row.label in twice
    name = row.name if named or len(row.label) > _LONGEST else row.label
    return f"{row.times} x {name}" if row.times > 1 else name


def _stage(row: Row, label: str, *, aux: bool = False) -> Stage:
    turns = tuple(_turns(row))
    families = row.total.layers
    family = next(iter(families)) if row.kind == "layer" and families else "call"
    return Stage(row.name, label, turns, row.outputs, family, aux)


def _turns(row: Row) -> Iterator[Tally]:
    if row.kind == "repeat":
        for inner in row.rows:
            yield from (inner.each,) * inner.times
    else:
        yield from (row.each,) * row.times


def _binned(rows: Sequence[Row]) -> tuple[Row, ...]:
    if len(rows) <= _MOST:
        return tuple(rows)
    size = -(-len(rows) // _MOST)
    return tuple(_together(rows[start : start + size]) for start in range(0, len(rows), size))


def _together(rows: Sequence[Row]) -> Row:
    """Several rows as one."""
    if len(rows) == 1:
        return rows[0]
    name = f"{rows[0].name} to {rows[-1].name}"
    return Row(name, "block", name, rows[0].inputs, rows[-1].outputs, tally(rows))
