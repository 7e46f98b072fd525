"""Frames in frames: Drawing -> Part, the boxes and frames of a figure with the links among them.

A frame is laid out alone, and is one thing to what is around it. An arrow that crosses its border is cut there: it
enters through a port below everything in the frame, or leaves through one above.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from .drawing import Arrow, Drawing, Loop, Side
from .measure import Card

# A link of a part: the part's name and the link's number in it.
Hop: TypeAlias = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Joint:
    """A link's end: a box, a port of the part itself, or a frame in it and the port there.

    `copy` tells arrows apart that lead from the same box to the same other one.
    """

    item: str
    port: str = ""
    copy: int = 0


@dataclass(eq=False)
class Part:
    """What stands in a frame, in order; or in none."""

    id: str
    frame: Loop | Side | None = None
    items: dict[str, Card | Part] = field(default_factory=dict)
    sides: dict[str, Part] = field(default_factory=dict)
    entries: dict[str, None] = field(default_factory=dict)
    exits: dict[str, None] = field(default_factory=dict)
    links: dict[tuple[Joint, Joint], int] = field(default_factory=dict)

    @property
    def nodes(self) -> tuple[str, ...]:
        """All that has a place, in an order in which links lead forward."""
        return (*self.entries, *self.items, *self.exits)

    def link(self, tail: Joint, head: Joint) -> Hop:
        """The link between two of its things, one for all arrows that take it."""
        return self.id, self.links.setdefault((tail, head), len(self.links))


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """The outermost part, all of them by name, and the links that each arrow takes."""

    root: Part
    by_id: Mapping[str, Part]
    ways: tuple[tuple[Arrow, tuple[Hop, ...]], ...]


def parts_of(drawing: Drawing, cards: Mapping[str, Card]) -> Parts:
    """Put boxes into their frames, and cut arrows at borders."""
    root = Part("")
    by_id = {"": root}
    frames: dict[str, tuple[str, ...]] = {}  # those that each box is in, the outermost first
    for outer, number, frame in _frames((*drawing.loops, *drawing.sides), ()):
        name = f"{outer[-1] if outer else ''}[{number}]"
        by_id[name] = Part(name, frame)
        for box in frame.boxes:
            frames[box] = (*outer, name)
    for box, card in cards.items():
        around = root
        for name in frames.get(box, ()):
            inner = by_id[name]
            (around.sides if isinstance(inner.frame, Side) else around.items)[name] = inner
            around = inner
        around.items[box] = card
    ways = []
    copies = Counter[tuple[str, str]]()
    for arrow in drawing.arrows:
        head = Joint(arrow.head, copy=copies[arrow.tail, arrow.head])
        copies[arrow.tail, arrow.head] += 1
        left, entered = frames.get(arrow.tail, ()), frames.get(arrow.head, ())
        ways.append((arrow, tuple(_way(arrow.tail, head, left, entered, by_id))))
    return Parts(root, by_id, tuple(ways))


def _frames(
    frames: Sequence[Loop | Side], outer: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], int, Loop | Side]]:
    """All frames, each after the one that it is in."""
    for number, frame in enumerate(frames):
        yield outer, number, frame
        yield from _frames(frame.loops, (*outer, f"{outer[-1] if outer else ''}[{number}]"))


def _way(
    tail: str, head: Joint, left: tuple[str, ...], entered: tuple[str, ...], by_id: Mapping[str, Part]
) -> Iterator[Hop]:
    """The links of an arrow out of the frames that it leaves and into those that it enters."""
    shared = 0
    while shared < min(len(left), len(entered)) and left[shared] == entered[shared]:
        shared += 1
    at = Joint(tail)
    for name in reversed(left[shared:]):
        port = f">{tail}"
        by_id[name].exits[port] = None
        yield by_id[name].link(at, Joint(port))
        at = Joint(name, port)
    around = by_id[left[shared - 1] if shared else ""]
    for name in entered[shared:]:
        port = f"<{tail}"
        by_id[name].entries[port] = None
        yield around.link(at, Joint(name, port))
        at, around = Joint(port), by_id[name]
    yield around.link(at, head)
