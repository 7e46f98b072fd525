"""What a network takes, as data for other programs: SizesReport -> JSON values."""

from __future__ import annotations

from typing import TypeAlias

from .describe import describe
from .field import Field, OneField, each_of
from .report import Place, SizesReport, Taken
from .size_set import SizeSet

Json: TypeAlias = "str | int | float | bool | list[Json] | dict[str, Json] | None"


def to_json(report: SizesReport) -> dict[str, Json]:
    """The report as JSON values.

    `takes` has, for each axis and each auxiliary head (`head`; empty for the network without), the sizes that are taken,
    and where they are others, those in training if a batch has one image (`single`):
    `text` says them in words, `first` holds whether 1, 2, ... are in it, `then` what is repeated behind those; `limits`
    are sizes next to them that are not taken, with the reason and its place. `takes_together` has the same of `axes` that
    depend on each other, for the length n of the first: each is `times` n and `more` long. `merges` have sizes for which they fit,
    and one for which they do not (`fails`). `unread` are `cells` at the end of an axis that no window reads. `rows` are
    the steps: the shape of the output, channels first, and for each of its axes the `stride` and `receptive_field`, in
    cells of the input; both null where they are all cells, or follow no one pattern. An axis that sees several inputs has
    one for each.
    """
    return {
        "name": report.name,
        "inputs": {name: list(map(int, type_.shape)) for name, type_ in report.inputs.items()},
        "takes": [{"axis": taken.axis.name, "stated": taken.axis.stated, **_taken(taken)} for taken in report.taken],
        "takes_together": [
            {
                "axes": [
                    {"axis": tied.axis.name, "stated": tied.axis.stated, "times": tied.times, "more": tied.more}
                    for tied in taken.tied
                ],
                **_taken(taken),
            }
            for taken in report.taken_together
        ],
        "together": [{"axes": list(each.axes), "text": each.text, "at": _place(each.at)} for each in report.couplings],
        "merges": [
            {"axis": each.axis.name, **_sizes(each.sizes), "fails": each.fails, "at": _place(each.at)}
            for each in report.agreements
        ],
        "unread": [
            {"axis": each.lost.axis, "cells": each.lost.cells, "of": each.lost.length, "at": _place(each.at)}
            for each in report.unread
        ],
        "rows": [
            {
                "depth": row.depth,
                "name": row.name,
                "output": list(map(int, row.output.shape)),
                "axes": [_field(each) for field in row.fields for each in each_of(field)],
            }
            for row in report.rows
        ],
    }


def _taken(taken: Taken) -> dict[str, Json]:
    return {
        "head": taken.head,
        "single": taken.single,
        **_sizes(taken.sizes),
        "limits": [{"size": limit.size, "message": limit.message, "at": _place(limit.at)} for limit in taken.limits],
    }


def _sizes(sizes: SizeSet) -> dict[str, Json]:
    return {
        "text": describe(sizes),
        "smallest": sizes.smallest,
        "first": list(sizes.head),
        "then": list(sizes.cycle),
    }


def _place(place: Place) -> dict[str, Json]:
    return {
        "blocks": list(place.blocks),
        "head": place.head,
        "op": place.op,
        "file": place.file,
        "line": place.line,
        "column": place.column,
    }


def _field(field: OneField) -> dict[str, Json]:
    if not isinstance(field, Field):
        return {"axis": field.axis, "stride": None, "receptive_field": None, "center": None}
    return {
        "axis": field.axis,
        "stride": float(field.jump),
        "receptive_field": field.size,
        "center": float(field.center),
    }
