"""Boxes and arrows: Outline -> Level, what is seen of a graph, or of a container in it, when that is open.

A level has the boxes that stand in it, containers closed, and the arrows between them. An arrow that comes from further
out begins at an entry of the level, and one that leads further out ends at an exit; the same arrow leads on from
there in the level around it. So each level can be laid out by itself, whatever is open around it and in it.

Not here: the outline itself (outline.py), where boxes stand: the page lays them out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from .items import CONTAINERS, Item, Outline

OUTSIDE: Final = -1  # as the tail or head of an arrow: an entry or an exit


@dataclass(frozen=True, slots=True)
class Arrow:
    """From the `tail_port`-th output of a box to the `head_port`-th input of another; boxes by their place in the level.

    Of `OUTSIDE`, ports are the level's entries and exits. A slack one leads into a branch, or past others.
    """

    tail: int
    tail_port: int
    head: int
    head_port: int
    slack: bool


@dataclass(eq=False)
class Level:
    """The boxes of a level, its arrows, and how many entries and exits it has."""

    boxes: list[Item] = field(default_factory=list)
    arrows: dict[Arrow, None] = field(default_factory=dict)
    entries: dict[object, int] = field(default_factory=dict)
    exits: dict[object, int] = field(default_factory=dict)
    place: dict[int, int] = field(default_factory=dict)

    def add(self, item: Item) -> None:
        """Put a box at the end."""
        self.place[id(item)] = len(self.boxes)
        self.boxes.append(item)


@dataclass(frozen=True, slots=True)
class _Spot:
    """A box and the containers that lead to it; and the body that it is in."""

    item: Item
    chain: tuple[Item, ...]
    body: int


_End = tuple[Item | None, int]  # a box and which of its outputs; without a box, an input of the graph


def levels(outline: Outline) -> dict[int, Level]:
    """The level of a graph, under 0, and those of its containers, under their ids."""
    drawer = _Drawer(outline)
    drawer.items(outline.items, (), 0)
    for port, value in enumerate(outline.outputs if outline.typed.graph.block else ()):
        drawer.leave(value, port)
    return drawer.levels


class _Drawer:
    def __init__(self, outline: Outline) -> None:
        self.levels: dict[int, Level] = {0: Level()}
        self.spots: dict[int, _Spot] = {}
        self.ends: dict[int, tuple[_End, ...]] = {}
        if outline.typed.graph.block:
            self.ends = {value: ((None, port),) for port, value in enumerate(outline.inputs)}
            self.levels[0].entries = {port: port for port in range(len(outline.inputs))}
            self.levels[0].exits = {port: port for port in range(len(outline.outputs))}

    def items(self, items: Iterable[Item], chain: tuple[Item, ...], body: int) -> None:
        """Draw items in series."""
        for item in items:
            self._item(item, chain, body)

    def _item(self, item: Item, chain: tuple[Item, ...], body: int) -> None:
        if item.kind in CONTAINERS:
            self._level(chain).add(item)
            self.levels[id(item)] = Level()
            self.items(item.parts, (*chain, item), id(item) if item.kind == "aux" else body)
            self._passed_on(item)
        elif item.parts:
            *parts, last = item.parts
            self.items(parts, chain, id(item) if item.kind == "branch" else body)
            if item.passed_by:
                ends = tuple(end for value in last.inputs for end in self.ends[value])
                self.ends |= dict.fromkeys(last.outputs, ends)
            else:
                self._item(last, chain, id(item) if item.kind == "branch" else body)
        elif item.kind in ("layer", "op", "block", "input", "output"):
            self._box(item, chain, body)

    def _passed_on(self, item: Item) -> None:
        """What a repeat gives comes from the turn that is shown."""
        if item.shown is not None:
            self.ends |= {value: self.ends[one] for value, one in zip(item.outputs, item.shown, strict=True)}

    def _box(self, item: Item, chain: tuple[Item, ...], body: int) -> None:
        self._level(chain).add(item)
        spot = self.spots[id(item)] = _Spot(item, chain, body)
        for port, value in enumerate(item.inputs):
            for end in self.ends[value]:
                self._arrow(end, value, spot, port)
        self.ends |= {value: ((item, port),) for port, value in enumerate(item.outputs)}

    def leave(self, value: int, port: int) -> None:
        """Draw the arrows to an output of the graph."""
        for end in self.ends[value]:
            self._arrow(end, value, None, port)

    def _arrow(self, end: _End, value: int, head: _Spot | None, port: int) -> None:
        """An arrow, in all levels that it runs through."""
        tail = None if end[0] is None else self.spots[id(end[0])]
        up = tail.chain if tail else ()
        down = head.chain if head else ()
        common = next(
            (k for k, (a, b) in enumerate(zip(up, down, strict=False)) if a is not b), min(len(up), len(down))
        )
        slack = (tail.body if tail else 0) != (head.body if head else 0)
        source, source_port = (tail.item, end[1]) if tail else (None, end[1])
        for k in reversed(range(common, len(up))):
            level = self.levels[id(up[k])]
            out = level.exits.setdefault(
                value if up[k].kind != "section" else _exit_key(up[k], value, head), len(level.exits)
            )
            self._add(level, source, source_port, None, out, slack)
            source, source_port = up[k], out
        target: Item | None = head.item if head else None
        steps = []
        for k in reversed(range(common, len(down))):
            level = self.levels[id(down[k])]
            way_in = level.entries.setdefault(value, len(level.entries))
            steps.append((level, way_in, target, port))
            target, port = down[k], way_in
        self._add(self._level(up[:common]), source, source_port, target, port, slack)
        for level, way_in, inner, inner_port in steps:
            self._add(level, None, way_in, inner, inner_port, slack)

    def _add(
        self, level: Level, tail: Item | None, tail_port: int, head: Item | None, head_port: int, slack: bool
    ) -> None:
        a = OUTSIDE if tail is None else level.place[id(tail)]
        b = OUTSIDE if head is None else level.place[id(head)]
        level.arrows.setdefault(Arrow(a, tail_port, b, head_port, slack))

    def _level(self, chain: tuple[Item, ...]) -> Level:
        return self.levels[id(chain[-1]) if chain else 0]


def _exit_key(section: Item, value: int, head: _Spot | None) -> object:
    """What leaves a section of branches for one place leaves it together."""
    return value if head is None or len(section.outputs) == 1 else ("to", id(head.item))
