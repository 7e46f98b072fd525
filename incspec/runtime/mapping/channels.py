"""Branches in another order: merges and the names of their tensors -> what must be done to the weights behind them.

A checkpoint's network joins its branches in the order in which it was written: numbers in the names tell it, or the
order of the file. Where that is not our order, channels arrive in another order at the layers that follow, and the
columns of their weights are put into ours. Where they meet channels in our order, as a shortcut meets the body beside
it, the layer that makes the others makes them in the same order: its rows are put into it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TypeAlias

from .assignment import UNCHANGED, Change, Indices
from .names import Counting, Words, common_beginning, common_words, sort_key, words
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


def orders_of(
    target: Target, pairs: Mapping[str, str], positions: Mapping[str, int] | None, counting: Counting
) -> Orders:
    """In which order the checkpoint's network joins its branches.

    `positions` are the places of the tensors in the file, if these tell in which order its network was written.
    """
    return _Reader(pairs, positions, counting).orders(list(_joins(target)))


@dataclass(frozen=True, slots=True)
class _Join:
    """A merge that puts channels one after the other, and the branch of another merge that it stands in."""

    group: Group
    within: Part | None


class _Reader:
    """Reads the order of branches from the names of their tensors, or from the places of these in the file."""

    def __init__(self, pairs: Mapping[str, str], positions: Mapping[str, int] | None, counting: Counting) -> None:
        self.pairs, self.positions, self.counting = pairs, positions, counting
        self.first = _first_numbers(pairs.values())
        # The words before the numbers of branches, such as `branch`.
        self.numbered: set[str] = set()

    def orders(self, joins: Sequence[_Join]) -> Orders:
        orders = Orders()
        for join in sorted(joins, key=lambda join: len(self._paths(join.group)) < 2):
            self._read(join, orders)
        return orders

    def _read(self, join: _Join, orders: Orders) -> None:
        group = join.group
        paths = self._paths(group)
        count, filled = len(group.parts), list(paths)
        if not filled or count < 2:
            orders.assumed += [group] if count > 1 else []
            return
        places = self._place(join, paths) if len(filled) == 1 else self._places(paths, count)
        theirs = self._order(group, paths)
        if places is not None:
            order = _filled_up(places, count)
            if count - len(filled) > 1:  # which of those without tensors is which, nothing tells
                if list(order) != sorted(order):
                    orders.unknown.append(group)
                    return
                orders.assumed.append(group)
        elif theirs is None or theirs == filled:
            order = tuple(range(count))
            if theirs is None or len(filled) < count:
                orders.assumed.append(group)
        elif len(filled) == count:
            order = tuple(theirs)
        else:
            orders.unknown.append(group)
            return
        if list(order) != sorted(order):
            orders.joined.append(Joined(group, order))

    def _filled(self, group: Group) -> dict[int, list[str]]:
        """The names in each branch that has tensors."""
        names = map(self._names, group.parts)
        return {index: each for index, each in enumerate(names) if each}

    def _paths(self, group: Group) -> dict[int, Words]:
        """What the names in each branch begin with."""
        return {index: common_words(names) for index, names in self._filled(group).items()}

    def _names(self, part: Part) -> list[str]:
        return [self.pairs[key] for key in _keys(part) if key in self.pairs]

    def _order(self, group: Group, paths: Mapping[int, Words]) -> list[int] | None:
        """The branches with tensors in their order, if something tells it."""
        theirs = sorted(paths, key=lambda index: sort_key(paths[index]))
        if self.counting.in_order(paths[index] for index in theirs):
            return theirs
        if self.positions is None:
            return None
        positions = self.positions
        first = {index: min(positions[name] for name in names) for index, names in self._filled(group).items()}
        return sorted(first, key=lambda index: first[index])

    def _places(self, paths: Mapping[int, Words], count: int) -> dict[int, int] | None:
        """The place of each branch by the number in its name."""
        depth = len(common_beginning(list(paths.values())))
        if not depth or any(len(path) <= depth or not path[depth].isdecimal() for path in paths.values()):
            return None
        places = {index: int(path[depth]) - self._start(path[depth - 1]) for index, path in paths.items()}
        if len(set(places.values())) < len(places) or not all(0 <= place < count for place in places.values()):
            return None
        self.numbered.update(path[depth - 1] for path in paths.values())
        return places

    def _place(self, join: _Join, paths: Mapping[int, Words]) -> dict[int, int] | None:
        """The place of the only branch with tensors, if its name has a number where other merges' branches have theirs."""
        ((index, path),) = paths.items()
        outer = len(common_words(self._names(join.within))) if join.within is not None else 0
        for word, number in pairwise(path[outer:]):
            if word in self.numbered and number.isdecimal():
                place = int(number) - self._start(word)
                return {index: place} if 0 <= place < len(join.group.parts) else None
        return None

    def _start(self, word: str) -> int:
        """The number that things of this name are counted from."""
        return self.first.get(word, 0)


def _joins(target: Target) -> Iterator[_Join]:
    """The merges that put channels one after the other."""

    def visit(part: Part, within: Part | None) -> Iterator[_Join]:
        if not isinstance(part, Group):
            return
        unit = target.by_name.get(part.merge)
        if unit is not None and unit.op.channel_order == "joined" and len(unit.reads) == len(part.parts):
            yield _Join(part, within)
        for inner in part.parts:
            yield from visit(inner, inner if part.parallel else within)

    yield from visit(target.root, None)


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
        for word, number in pairwise(words(name)):
            if number.isdecimal():
                first[word] = min(first.get(word, 1), int(number))
    return first


def _filled_up(places: Mapping[int, int], count: int) -> Indices:
    """The order of all branches, those without tensors at the places that are left."""
    at = {place: index for index, place in places.items()}
    rest = iter(index for index in range(count) if index not in places)
    return tuple(at[place] if place in at else next(rest) for place in range(count))


def changes_of(target: Target, joined: Sequence[Joined]) -> tuple[dict[str, Change], list[Unsound]]:
    """What must be done to each tensor, and the ops for which nothing can be done."""
    if not joined:
        return {}, []
    propagation = _Propagation(target, {each.group.merge: each.order for each in joined})
    for unit in target.units:
        propagation.visit(unit)
    return propagation.changes, propagation.unsound


class _Propagation:
    def __init__(self, target: Target, joins: Mapping[str, Indices]) -> None:
        self.units, self.joins = target.by_name, joins
        self.readers = Counter(read for unit in target.units for read in unit.reads) + Counter(target.outputs)
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
            (x,), order = unit.inputs, arriving[0] or ()
            cells = x.elements // x.channels
            if x.channels_last:
                flat = [cell * x.channels + channel for cell in range(cells) for channel in order]
            else:
                flat = [channel * cells + cell for channel in order for cell in range(cells)]
            self.orders[Read(unit.name)] = tuple(flat)
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
        wide = {
            read: order
            for read, order, type_ in zip(unit.reads, arriving, unit.inputs, strict=True)
            if type_.channels == channels
        }
        orders = {order for order in wide.values() if order is not None}
        if len(orders) != 1:
            if orders or any(order is not None for order in arriving):
                self.unsound.append(Unsound(unit))
            return
        (order,) = orders
        if all(given == order or self._turned(read, order) for read, given in wide.items()):
            self.orders[Read(unit.name)] = order
        else:
            self.unsound.append(Unsound(unit))

    def _turned(self, read: Read, order: Indices) -> bool:
        """Give a tensor that nothing else reads this order of channels: the layer that makes it makes them in it.

        So the body of a residual follows its shortcut. False where that is not possible.
        """
        unit = self.units.get(read.op)
        if unit is None or self.readers[read] != 1 or self.orders.get(read) is not None:
            return False
        rule = unit.op.channel_order
        if rule == "kept" or (rule == "matched" and len({x.channels for x in unit.inputs}) == 1):
            if not all(self._turned(inner, order) for inner in unit.reads):
                return False
        elif rule != "absorbed" or not unit.slots or unit.slots[0].shape[1] != unit.inputs[0].channels:
            return False
        for slot in unit.slots:
            self._rows(slot, order)
        self.orders[read] = order
        return True

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
