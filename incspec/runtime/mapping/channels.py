"""Branches in another order: merges and the names of their tensors -> what must be done to the weights behind them.

A checkpoint's network joins its branches in the order in which it was written: numbers in the names tell it, or the
order of the file. Where that is not our order, channels arrive in another order at the layers that follow, and the
columns of their weights are put into ours.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TypeAlias

from .assignment import UNCHANGED, Change, Indices
from .names import Words, common_beginning, common_words, in_counted_order, sort_key, words
from .target import Group, Part, Read, Slot, Target, Unit

# Of each channel of ours, which it is of theirs; None where all are the same.
Order: TypeAlias = Indices | None


@dataclass(frozen=True, slots=True)
class Joined:
    """A merge whose branches are joined in another order in the checkpoint: of each branch of theirs, which it is of ours."""

    group: Group
    order: Indices


@dataclass(slots=True)
class Orders:
    """The merges in another order, those where it is not known, and those where the place of a pool is taken for ours."""

    joined: list[Joined] = field(default_factory=list)
    unknown: list[Group] = field(default_factory=list)
    assumed: list[Group] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Unsound:
    """An op that depends on the order of its channels, which is another one in the checkpoint."""

    unit: Unit


def orders_of(target: Target, pairs: Mapping[str, str], positions: Mapping[str, int] | None) -> Orders:
    """In which order the checkpoint's network joins its branches.

    `positions` are the places of the tensors in the file, if these tell in which order its network was written.
    """
    orders = Orders()
    numbers = _first_numbers(pairs.values())
    for group in _joins(target):
        names = [[pairs[key] for key in _keys(branch) if key in pairs] for branch in group.parts]
        filled = [index for index, each in enumerate(names) if each]
        if len(filled) < 2:
            continue
        paths = {index: common_words(names[index]) for index in filled}
        theirs = sorted(filled, key=lambda index: sort_key(paths[index]))
        counted_order = in_counted_order(paths[index] for index in theirs)
        if not counted_order and positions is None:
            orders.assumed.append(group)
            continue
        places = _places(paths, numbers, len(group.parts)) if counted_order else None
        if not counted_order and positions is not None:
            first = {index: min(positions[name] for name in names[index]) for index in filled}
            theirs = sorted(filled, key=lambda index: first[index])
        if places is not None:
            order = _filled_up(places, len(group.parts))
        elif theirs == filled:
            order = tuple(range(len(group.parts)))
        elif len(filled) == len(group.parts):
            order = tuple(theirs)
        else:
            orders.unknown.append(group)
            continue
        if places is None and len(filled) < len(group.parts):
            orders.assumed.append(group)
        if list(order) != sorted(order):
            orders.joined.append(Joined(group, order))
    return orders


def _joins(target: Target) -> Iterator[Group]:
    """The merges that put channels one after the other."""

    def visit(part: Part) -> Iterator[Group]:
        if isinstance(part, Group):
            unit = target.by_name.get(part.merge)
            if unit is not None and unit.op.channel_order == "joined" and len(unit.reads) == len(part.parts):
                yield part
            for inner in part.parts:
                yield from visit(inner)

    yield from visit(target.root)


def _keys(part: Part) -> Iterator[str]:
    if isinstance(part, Unit):
        yield from (slot.key for slot in part.slots)
    else:
        for inner in part.parts:
            yield from _keys(inner)


def _first_numbers(names: Iterable[str]) -> dict[str, int]:
    """From which number the things of each name are counted: 0 if one of that number is there, else 1."""
    first: dict[str, int] = {}
    for name in names:
        path = words(name)
        for word, number in pairwise(path):
            if number.isdecimal():
                first[word] = min(first.get(word, 1), int(number))
    return first


def _places(paths: Mapping[int, Words], first: Mapping[str, int], count: int) -> dict[int, int] | None:
    """The place of each branch by the number in its name, those left over being for branches without tensors."""
    depth = len(common_beginning(list(paths.values())))
    if not depth:
        return None
    places = {}
    for index, path in paths.items():
        if len(path) <= depth or not path[depth].isdecimal():
            return None
        places[index] = int(path[depth]) - first.get(path[depth - 1], 0)
    if len(set(places.values())) < len(places) or max(places.values()) >= count or min(places.values()) < 0:
        return None
    return places


def _filled_up(places: Mapping[int, int], count: int) -> Indices:
    """The order of all branches, those without tensors at the places that are left."""
    at = {place: index for index, place in places.items()}
    rest = iter(index for index in range(count) if index not in places)
    return tuple(at[place] if place in at else next(rest) for place in range(count))


def changes_of(target: Target, joined: Sequence[Joined]) -> tuple[dict[str, Change], list[Unsound]]:
    """What must be done to each tensor, and the ops for which nothing can be done."""
    if not joined:
        return {}, []
    propagation = _Propagation({each.group.merge: each.order for each in joined})
    for unit in target.units:
        propagation.visit(unit)
    return propagation.changes, propagation.unsound


class _Propagation:
    def __init__(self, joins: Mapping[str, Indices]) -> None:
        self.joins = joins
        self.orders: dict[Read, Order] = {}
        self.changes: dict[str, Change] = {}
        self.unsound: list[Unsound] = []

    def visit(self, unit: Unit) -> None:
        """Note the order of an op's output, and what becomes of its tensors."""
        arriving = [self.orders.get(read) for read in unit.reads]
        rule = unit.op.channel_order
        if rule == "joined":
            self.orders[Read(unit.name)] = self._joined(unit, arriving)
            return
        if all(order is None for order in arriving):
            return
        if rule == "kept":
            (order,) = arriving
            for slot in unit.slots:
                self._rows(slot, order)
            self.orders[Read(unit.name)] = order
        elif rule == "matched":
            self._matched(unit, arriving)
        elif rule == "flattened":
            cells = unit.inputs[0].elements // unit.inputs[0].channels
            order = arriving[0] or ()
            self.orders[Read(unit.name)] = tuple(channel * cells + cell for channel in order for cell in range(cells))
        elif rule == "absorbed" and arriving[0] is not None and unit.slots:
            self._absorbed(unit, arriving[0])
        else:
            self.unsound.append(Unsound(unit))

    def _joined(self, unit: Unit, arriving: Sequence[Order]) -> Order:
        widths = [type_.channels for type_ in unit.inputs]
        order = self.joins.get(unit.name, tuple(range(len(widths))))
        starts, start = [0] * len(widths), 0
        for index in order:
            starts[index], start = start, start + widths[index]
        channels = [
            starts[index] + channel
            for index, (width, own) in enumerate(zip(widths, arriving, strict=True))
            for channel in (own if own is not None else range(width))
        ]
        return tuple(channels) if channels != sorted(channels) else None

    def _matched(self, unit: Unit, arriving: Sequence[Order]) -> None:
        channels = unit.outputs[0].channels
        wide = {order for order, type_ in zip(arriving, unit.inputs, strict=True) if type_.channels == channels}
        if len(wide) > 1:
            self.unsound.append(Unsound(unit))
        else:
            self.orders[Read(unit.name)] = wide.pop()

    def _absorbed(self, unit: Unit, order: Indices) -> None:
        weight, *rest = unit.slots
        width = weight.shape[1]
        groups = len(order) // width
        out = weight.shape[0] // groups
        columns: list[int] = []
        rows: list[int] = []
        for group in range(groups):
            channels = order[group * width : (group + 1) * width]
            (theirs, *others) = {channel // width for channel in channels}
            if others:  # channels of one group come from several
                self.unsound.append(Unsound(unit))
                return
            columns += [channel % width for channel in channels]
            rows += range(theirs * out, (theirs + 1) * out)
        if columns != list(range(width)) * groups:
            self._change(weight, columns=tuple(columns))
        if rows != sorted(rows):
            for slot in (weight, *rest):
                self._rows(slot, tuple(rows))
            self.orders[Read(unit.name)] = tuple(rows)

    def _rows(self, slot: Slot, order: Order) -> None:
        if order is not None and slot.shape[:1] == (len(order),):
            self._change(slot, rows=order)

    def _change(self, slot: Slot, rows: Order = None, columns: Order = None) -> None:
        before = self.changes.get(slot.key, UNCHANGED)
        self.changes[slot.key] = replace(before, rows=rows or before.rows, columns=columns or before.columns)
