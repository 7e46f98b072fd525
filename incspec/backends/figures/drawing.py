"""A figure before it has a look: boxes with the papers' words, and the arrows between them.

Not here: how it comes from a graph (draw.py), the words (labels.py), how it looks (layout.py, paint.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from ...ops.base import Cost, Look
from .work import Work

# What a box is, for a style to tell it by: an op's look, a block that is called, or what is no op.
BoxFamily: TypeAlias = Look | Literal["call", "input", "output", "point"]
BoxKind: TypeAlias = Literal["box", "name", "point", "tag"]


@dataclass(frozen=True, slots=True)
class Box:
    """One line of text in a frame, and a size to its right; or a name without a frame, a point where arrows part, or a
    tag, lines of text beside the arrow that leads past them.

    `work` is what runs there, of whose facts some are `unlike` in other uses or turns that the box stands for; `sees` is
    how far what comes out of it sees; `cost` is that of all uses together, where it is not that of `work` in each. Two boxes
    that look the same are equal, whatever they cost.
    """

    id: str
    label: str
    size: str = ""
    kind: BoxKind = "box"
    family: BoxFamily = "shape"
    work: Work | None = field(default=None, compare=False, repr=False)
    sees: str = field(default="", compare=False, repr=False)
    unlike: frozenset[str] = field(default=frozenset(), compare=False, repr=False)
    cost: Cost | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Arrow:
    """From what makes a tensor to what reads it; a slack one leads into a branch, or past others.

    `output` is the number of the tensor among what its tail gives.
    """

    tail: str
    head: str
    slack: bool = False
    output: int = 0


@dataclass(frozen=True, slots=True)
class Loop:
    """A frame: boxes that stand for `count` repetitions of themselves, or those of a block, and the frames among them."""

    count: int
    boxes: tuple[str, ...]
    loops: tuple[Loop, ...] = ()
    label: str = ""

    @property
    def title(self) -> str:
        """What is written on it: `4 x`, `Stem`, `4 x Inception-A`."""
        return " ".join(part for part in (f"{self.count} x" if self.count > 1 else "", self.label) if part)


@dataclass(frozen=True, slots=True)
class Side:
    """The boxes of an auxiliary head, which stand beside the trunk, and the loops among them."""

    title: str
    boxes: tuple[str, ...]
    loops: tuple[Loop, ...] = ()


@dataclass(frozen=True, slots=True)
class Drawing:
    """Boxes and arrows from the inputs to the outputs. `hidden` are the ops, by their keywords, that have no boxes.

    `gives` has the shapes of what comes out of each box, in the papers' form, where it is the same whenever the box is
    run. `together` is the number of uses that boxes have the costs of, if it is not one of them that is like all. Two drawings
    that look the same are equal, whatever flows there.
    """

    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    loops: tuple[Loop, ...] = ()
    sides: tuple[Side, ...] = ()
    hidden: tuple[str, ...] = ()
    gives: Mapping[str, tuple[str, ...]] = field(default_factory=dict, compare=False, repr=False)
    together: int = field(default=1, compare=False, repr=False)

    @property
    def aside(self) -> frozenset[str]:
        """The boxes of auxiliary heads."""
        return frozenset(box for side in self.sides for box in side.boxes)
