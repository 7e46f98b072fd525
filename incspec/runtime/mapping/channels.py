"""The order of channels: branches in another order -> what must be done to the weights behind them.

Where a checkpoint's network does not join its branches in our order, channels arrive in another order at the layers
that follow, and the columns of their weights are put into ours. Where they meet channels in our order, as a shortcut
meets the body beside it, the layer that makes the others makes them in the same order: its rows are put into it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from .assignment import UNCHANGED, Change, Indices
from .branches import Joined
from .target import Read, Slot, Target, Unit

# Of each channel of ours, which it is of theirs; None where all are the same.
Order: TypeAlias = Indices | None


@dataclass(frozen=True, slots=True)
class Unsound:
    """An op that depends on the order of its channels, which is another one in the checkpoint."""

    unit: Unit


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
