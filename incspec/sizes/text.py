"""What a network takes, in lines: SizesReport -> text of a given width."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from .describe import describe
from .field import AxisField, Field, OneField, Unclear, by_input
from .report import Agreement, Coupling, SizesReport, Taken, Unread
from .rows import Row
from .together import Tied

T = TypeVar("T", Coupling, Agreement, Unread)
_MOST_LIMITS = 3  # that are told of one axis


def render_sizes(report: SizesReport, width: int = 80) -> str:
    """The report as text, no line of it wider than `width` columns where its words allow that."""
    inputs = ", ".join(str(type_) for type_ in report.inputs.values())
    others = ", the other axes as stated" if report.couplings else ""
    sections = {
        f"takes{others}": _taken(report.taken, width),
        "axes that depend on each other": _couplings(report.couplings, width),
        "takes where they grow together": _taken(report.taken_together, width),
        f"merges whose branches agree for some sizes only{others}": _agreements(report.agreements, width),
        "cells at the end of an axis that no window reads, at the stated size": _unread(report.unread, width),
        "strides and receptive fields, in cells of the input": _rows(report.rows),
    }
    lines = [f"{report.name}: {inputs}"]
    for title, body in sections.items():
        found = list(body)
        if found:
            lines += ["", title, *(f"  {line}" for line in found)]
    return "\n".join(lines) + "\n"


def _taken(several: Sequence[Taken], width: int) -> Iterator[str]:
    alone = {taken.axis: taken.sizes for taken in several if not (taken.head or taken.single)}
    told: dict[tuple[bool, bool, str, tuple[str, ...]], list[Taken]] = {}
    for taken in several:
        if not taken.head or taken.sizes != alone[taken.axis]:
            places = tuple(str(limit.at) for limit in taken.limits)
            told.setdefault((taken.single, bool(taken.head), describe(taken.sizes), places), []).append(taken)
    names = [_subject(same) for same in told.values()]
    left = max(map(len, names), default=0)
    for name, ((*_, sizes, _), same) in zip(names, told.items(), strict=True):
        yield f"{name:<{left}}  {sizes}"
        limits = same[0].limits
        for limit in limits[:_MOST_LIMITS]:
            yield from _indented(f"{limit.size}: {limit.message} ({limit.at})", left + 4, width)
        if len(limits) > _MOST_LIMITS:
            yield " " * (left + 4) + f"and {len(limits) - _MOST_LIMITS} more bounds"


def _subject(same: Sequence[Taken]) -> str:
    heads = ", ".join(dict.fromkeys(taken.head for taken in same if taken.head))
    axes = ", ".join(dict.fromkeys(map(_along, same)))
    if same[0].single:
        return f"{axes} in training of one image"
    return f"{axes} with {heads}" if heads else axes


def _along(taken: Taken) -> str:
    """The axes that it is told of: `H`; together `a.H = b.H`, or `a.H with b.H = 2*a.H`."""
    first, *others = taken.tied or (Tied(taken.axis),)
    if all(each.times == 1 and not each.more for each in others):
        return " = ".join(each.axis.name for each in (first, *others))
    name = first.axis.name
    return f"{name} with {', '.join(f'{each.axis.name} = {_following(each, name)}' for each in others)}"


def _following(tied: Tied, name: str) -> str:
    return (f"{tied.times}*{name}" if tied.times > 1 else name) + (f"+{tied.more}" if tied.more else "")


def _couplings(several: Sequence[Coupling], width: int) -> Iterator[str]:
    for place, same in _by_place(several).items():
        yield from _listed(place, [", ".join(dict.fromkeys(each.text for each in same))], width)


def _agreements(several: Sequence[Agreement], width: int) -> Iterator[str]:
    for place, same in _by_place(several).items():
        told: dict[tuple[str, int], list[str]] = {}
        for each in same:
            told.setdefault((describe(each.sizes), each.fails), []).append(each.axis.name)
        texts = [
            f"{', '.join(dict.fromkeys(names))}: {sizes}; {fails} does not fit"
            for (sizes, fails), names in told.items()
        ]
        yield from _listed(place, texts, width)


def _unread(several: Sequence[Unread], width: int) -> Iterator[str]:
    for place, same in _by_place(several).items():
        told: dict[tuple[int, int], list[str]] = {}
        for each in same:
            told.setdefault((each.lost.cells, each.lost.length), []).append(each.lost.axis)
        texts = []
        for (cells, length), found in told.items():
            last = f"last {cells}" if cells > 1 else "last"
            texts.append(f"{', '.join(dict.fromkeys(found))}: the {last} of {length}")
        yield from _listed(place, texts, width)


def _by_place(several: Sequence[T]) -> dict[str, list[T]]:
    """What is told of each place; of heads that share a block in one, and that it runs in training only."""
    told: dict[tuple[str, bool], list[T]] = {}
    for each in several:
        told.setdefault((str(each.at), bool(each.at.head)), []).append(each)
    return {_place(same): same for same in told.values()}


def _place(same: Sequence[T]) -> str:
    heads = ", ".join(dict.fromkeys(f"`{each.at.head}`" for each in same if each.at.head))
    return f"{same[0].at}; of {heads}, in training only" if heads else str(same[0].at)


def _listed(place: str, texts: Sequence[str], width: int) -> Iterator[str]:
    yield from _indented(place, 0, width)
    for text in texts:
        yield from _indented(text, 2, width)


def _rows(rows: Sequence[Row]) -> Iterator[str]:
    cells = [("step", "output", "stride", "receptive field")]
    for row in rows:
        name = "  " * (row.depth - 1) + row.name
        cells.append((name, str(row.output), _per_axis(row.fields, _stride), _per_axis(row.fields, _size) or "all"))
    widths = [max(len(line[column]) for line in cells) for column in range(3)]
    for first, *others, last in cells:
        middle = "  ".join(f"{text:>{wide}}" for text, wide in zip(others, widths[1:], strict=True))
        yield f"{first:<{widths[0]}}  {middle}  {last}".rstrip()


def _per_axis(fields: Sequence[AxisField], told: Callable[[OneField], str]) -> str:
    """What there is to tell of each axis, once where it is the same for all; of each input, where it is not the same."""
    alike: dict[str, list[str]] = {}
    for name, several in by_input(fields).items():
        texts = list(map(told, several))
        alike.setdefault("x".join(texts[:1] if len(set(texts)) == 1 else texts), []).append(name)
    if len(alike) <= 1:
        return next(iter(alike), "")
    return ", ".join(f"{text} of {' and '.join(names)}" for text, names in alike.items() if text)


def _stride(field: OneField) -> str:
    return str(field.jump) if isinstance(field, Field) else ""


def _size(field: OneField) -> str:
    if isinstance(field, Field):
        return str(field.size)
    return "unclear" if isinstance(field, Unclear) else "all"


def _indented(text: str, left: int, width: int) -> list[str]:
    blank = " " * left
    return textwrap.wrap(
        text,
        max(width - 2, left + 20),
        initial_indent=blank,
        subsequent_indent=blank,
        break_on_hyphens=False,
        break_long_words=False,
    )
