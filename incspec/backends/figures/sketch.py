"""A drawing while it is made: boxes, arrows and frames, put down one after the other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from .drawing import Arrow, Box, Drawing, Loop


@dataclass(frozen=True, slots=True)
class End:
    """Where an arrow comes from: a box, and which of its outputs it is."""

    box: str
    output: int = 0


@dataclass(eq=False)
class Sketch:
    """What is drawn so far. `body` is the body that is being drawn, `bodies` says which one a box is in.

    `hidden` are the keywords of ops that are not drawn, `gives` has the shapes of what comes out of boxes.
    """

    boxes: list[Box] = field(default_factory=list)
    arrows: list[Arrow] = field(default_factory=list)
    frames: list[Loop] = field(default_factory=list)
    body: tuple[str, ...] = ()
    bodies: dict[str, tuple[str, ...]] = field(default_factory=dict)
    hidden: dict[str, None] = field(default_factory=dict)
    gives: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def box(self, box: Box) -> None:
        """Put down a box in the body that is being drawn."""
        self.boxes.append(box)
        self.bodies[box.id] = self.body

    def arrow(self, tails: Iterable[End], head: str) -> None:
        """Draw arrows from some boxes to one; they are slack where they come from outside of its body."""
        self.arrows += [Arrow(tail.box, head, self.bodies.get(tail.box) != self.body, tail.output) for tail in tails]

    def look(self) -> Drawing:
        """What is drawn, whatever its boxes are called."""
        names = {box.id: str(index) for index, box in enumerate(self.boxes)}
        return Drawing(
            tuple(replace(box, id=names[box.id]) for box in self.boxes),
            tuple(
                replace(arrow, tail=names.get(arrow.tail, arrow.tail), head=names[arrow.head]) for arrow in self.arrows
            ),
            tuple(_renamed(loop, names) for loop in self.frames),
        )

    @contextmanager
    def inside(self, name: str) -> Iterator[None]:
        """While it is open, what is drawn is in a body of its own."""
        outside, self.body = self.body, (*self.body, name)
        try:
            yield
        finally:
            self.body = outside

    @contextmanager
    def framed(self, count: int, label: str = "") -> Iterator[None]:
        """What is drawn while it is open gets a frame, if it is more than one box; the frames in it are inside."""
        start, outer, self.frames = len(self.boxes), self.frames, []
        try:
            yield
        finally:
            drawn, inner = tuple(box.id for box in self.boxes[start:]), self.frames
            seen = tuple(box.id for box in self.boxes[start:] if box.kind != "point")
            self.frames = outer
            only = inner[0] if len(inner) == 1 else None
            if only is not None and only.count == 1 and only.boxes == seen and not label:
                # The frame of a block, around the same boxes: `4 x Inception-A`.
                label, inner = only.label, list(only.loops)
            if len(drawn) > 1 or (drawn and label):
                self.frames.append(Loop(count, drawn, tuple(inner), label))
            else:
                self.frames += inner


def _renamed(loop: Loop, names: Mapping[str, str]) -> Loop:
    inner = tuple(_renamed(other, names) for other in loop.loops)
    return Loop(loop.count, tuple(names[box] for box in loop.boxes), inner, loop.label)
