"""What stands on arrows: Drawing and Style -> the words of each, and the drawing with a tag on the line of each tensor.

A tensor has one tag however many read it: its line leads past the tag, and parts behind it. The tag stands in the
innermost frame in which the tensor is made and read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import replace
from itertools import takewhile
from typing import TypeAlias, TypeVar

from ...styles.style import Style
from .drawing import Arrow, Box, Drawing, Loop, Side

_Place: TypeAlias = tuple[int, ...]  # the number of each frame that something is in, the outermost first
_Frame = TypeVar("_Frame", Loop, Side)


def words_on_arrows(drawing: Drawing, style: Style) -> Mapping[Arrow, tuple[str, ...]]:
    """Lines of text for arrows: none for what is not known, for what a box says itself, and beside the trunk."""
    if not style.edges:
        return {}
    boxes, aside, found = {box.id: box for box in drawing.boxes}, drawing.aside, {}
    for arrow in drawing.arrows:
        box, shapes = boxes[arrow.tail], drawing.gives.get(arrow.tail, ())
        if box.kind == "point" or (arrow.head in aside and arrow.tail not in aside):
            continue
        shape = shapes[arrow.output] if shapes and "shape" in style.edges else ""
        said = ("" if shape in box.label else shape, box.sees if "field" in style.edges else "")
        if any(said):
            found[arrow] = tuple(filter(None, said))
    return found


def without_sizes(drawing: Drawing, style: Style) -> Drawing:
    """The drawing with sizes only beside boxes that no arrow leads on from, where arrows have those of the others."""
    if "shape" not in style.edges:
        return drawing
    told = {arrow.tail for arrow in words_on_arrows(drawing, style)}
    read = {arrow.tail for arrow in drawing.arrows}

    def size(box: Box) -> str:
        shapes = drawing.gives.get(box.id, ())
        last = box.id not in read and len(shapes) == 1 and shapes[0] not in box.label
        return "" if box.id in told else shapes[0] if last else box.size

    return replace(drawing, boxes=tuple(replace(box, size=size(box)) for box in drawing.boxes))


def tagged(drawing: Drawing, style: Style) -> Drawing:
    """The drawing with a box of its own for the words of each tensor, between what makes it and what reads it."""
    words = words_on_arrows(drawing, style)
    if not words:
        return without_sizes(drawing, style)
    places = dict(_places((*drawing.loops, *drawing.sides), ()))
    tags: dict[str, list[Box]] = {}  # of each box
    at: dict[str, _Place] = {}
    arrows = []
    bare = _bare(drawing, words)
    for arrow in drawing.arrows:
        name = f"{arrow.tail}>{arrow.output}"
        if arrow not in words and arrow not in bare:  # to an auxiliary head, from where the trunk goes on
            arrows.append(Arrow(name, arrow.head, arrow.slack) if name in at else arrow)
            continue
        if name not in at:
            box = Box(name, "\n".join(words.get(arrow, ())), kind="tag", family="point")
            tags.setdefault(arrow.tail, []).append(box)
            arrows.append(Arrow(arrow.tail, name))
        at[name] = max(at.get(name, ()), _shared(places.get(arrow.tail, ()), places.get(arrow.head, ())), key=len)
        arrows.append(Arrow(name, arrow.head, arrow.slack))
    boxes = [each for box in without_sizes(drawing, style).boxes for each in (box, *tags.get(box.id, ()))]
    count = len(drawing.loops)
    return replace(
        drawing,
        boxes=tuple(boxes),
        arrows=tuple(arrows),
        loops=tuple(_with(loop, (number,), at) for number, loop in enumerate(drawing.loops)),
        sides=tuple(_with(side, (count + number,), at) for number, side in enumerate(drawing.sides)),
    )


def _bare(drawing: Drawing, words: Mapping[Arrow, Sequence[str]]) -> Set[Arrow]:
    """The arrows that tell nothing, of branches that end where others do that tell something: all end in one row."""
    told = {arrow.head for arrow in words}
    boxes = {box.id: box for box in drawing.boxes}
    count = Counter(arrow.tail for arrow in drawing.arrows)
    ends = (arrow for arrow in drawing.arrows if arrow not in words and arrow.head in told and count[arrow.tail] == 1)
    return {arrow for arrow in ends if boxes[arrow.tail].kind == "box" and boxes[arrow.tail].family != "input"}


def _places(frames: Sequence[Loop | Side], outer: _Place) -> Iterator[tuple[str, _Place]]:
    """The place of each box that is in a frame, the innermost last."""
    for number, frame in enumerate(frames):
        yield from ((box, (*outer, number)) for box in frame.boxes)
        yield from _places(frame.loops, (*outer, number))


def _shared(a: _Place, b: _Place) -> _Place:
    """The frames that two places have in common."""
    return tuple(one for one, _ in takewhile(lambda pair: pair[0] == pair[1], zip(a, b, strict=False)))


def _with(frame: _Frame, place: _Place, at: Mapping[str, _Place]) -> _Frame:
    """A frame with the tags that stand in it, or in a frame in it."""
    tags: tuple[str, ...] = tuple(name for name, where in at.items() if where[: len(place)] == place)
    loops = tuple(_with(loop, (*place, number), at) for number, loop in enumerate(frame.loops))
    return replace(frame, boxes=frame.boxes + tags, loops=loops)
