"""Strides and receptive fields along a network's depth: SizesReport -> Along, one for each of its rows in order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .field import Everything, Field
from .report import SizesReport


@dataclass(frozen=True, slots=True)
class Along:
    """A tensor on the way: the step of the network that it belongs to, and how far it sees, the most of its axes.

    In cells of the input; `field` and `stride` are None where they follow no one pattern, `whole` says that it sees all.
    """

    step: str
    field: int | None
    stride: float | None
    whole: bool = False


def along(report: SizesReport) -> tuple[Along, ...]:
    """The tensors of the trunk; what is in a step stands for it, where the report has rows of that.

    No tensor sees less than one that it is made of: one that sees less than an earlier one comes from farther down. Of those
    that see all, the first stands for the rest.
    """
    found: list[Along] = []
    most = 0
    for tensor in _along(report):
        if tensor.field is None or tensor.field >= most:
            found.append(tensor)
            most = tensor.field or most
    while len(found) > 1 and found[-1].whole and found[-2].whole:
        found.pop()
    return tuple(found)


def _along(report: SizesReport) -> Iterator[Along]:
    rows = report.rows
    step = ""
    for index, row in enumerate(rows):
        step = row.name if row.depth == 1 else step
        if index + 1 < len(rows) and rows[index + 1].depth > row.depth:
            continue
        found = [field for field in row.fields if isinstance(field, Field)]
        whole = not row.fields or all(isinstance(field, Everything) for field in row.fields)
        if found and len(found) == len(row.fields):
            yield Along(step, max(field.size for field in found), float(max(field.jump for field in found)))
        else:
            yield Along(step, None, None, whole)
