"""A figure before it has a look: boxes with the papers' words, and the arrows between them.

Not here: how it comes from a graph (draw.py), the words (labels.py), how it looks (layout.py, paint.py).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from ...ops.base import Look
from .work import Work

# What a box is, for a style to tell it by: an op's look, a block that is called, or what is no op.
BoxFamily: TypeAlias = Look | Literal["call", "input", "output", "point"]


@dataclass(frozen=True, slots=True)
class Box:
    """One line of text in a frame, and a size to its right; or a name without a frame, or a point where arrows part.

    `work` is what runs there, `sees` how far what comes out of it sees. Two boxes that look the same are equal, whatever
    they cost.
    """

    id: str
    label: str
    size: str = ""
    kind: Literal["box", "name", "point"] = "box"
    family: BoxFamily = "shape"
    work: Work | None = field(default=None, compare=False, repr=False)
    sees: str = field(default="", compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Arrow:
    """From what makes a tensor to what reads it; a slack one leads into a branch, or past others."""

    tail: str
    head: str
    slack: bool = False


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
    """Boxes and arrows from the inputs to the outputs. `hidden` are the ops, by their keywords, that have no boxes."""

    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    loops: tuple[Loop, ...] = ()
    sides: tuple[Side, ...] = ()
    hidden: tuple[str, ...] = ()
