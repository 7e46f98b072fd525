"""Which figures a model has: TypedGraph -> Plates, each a drawing with its name, title and caption.

The whole network at the level of its blocks, then each block once. A block that is used with several parameters or
sizes has letters for what differs, and a figure for each form it takes.

Not here: what a drawing shows of its graph (draw.py), how it looks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from ...diagnostics import did_you_mean
from ...ir import TypedGraph
from ...ops.base import Cost
from ...shapes import TensorType
from .captions import caption
from .detail import PREVIOUS, Detail, Opening
from .draw import draw
from .drawing import Drawing, Loop
from .labels import Widths
from .manners import PLAIN
from .uses import Use, counts_of_blocks, uses_of_blocks
from .wording import Manner, Sizes, Wording
from .work import Work

CLOSED = Opening()


@dataclass(frozen=True, slots=True)
class Plate:
    """A figure without its look.

    `name` is good for a file and unique in its model, `caption` says what is seen and where it is from, `block` is the
    block that is shown. `prefix` stands before sizes, `aligned` boxes are equally wide, so that the sizes beside them make
    a column.
    """

    name: str
    title: str
    caption: str
    drawing: Drawing
    prefix: str = ""
    aligned: bool = False
    block: str = ""


def plates(network: TypedGraph, manner: Manner = PLAIN, opening: Opening = CLOSED) -> tuple[Plate, ...]:
    """All figures of a model in a paper's manner: the network, then each distinct block in order of use.

    Raises:
        ValueError: there are no such blocks to open.
    """
    blocks_used, counts = uses_of_blocks(network), counts_of_blocks(network)
    for name in sorted(opening.blocks - blocks_used.keys()):
        hint = did_you_mean(name, blocks_used)
        raise ValueError(f"{network.graph.title} has no block `{name}`" + (f": {hint}" if hint else ""))
    made = {"network": network_plate(network, manner, opening)}
    for block, uses in blocks_used.items():
        wording = manner.of(uses[0].typed.graph)
        for number, (drawing, blocks) in enumerate(_forms(uses, wording, opening, counts), start=1):
            name = block if number == 1 else f"{block}_{number}"
            while name in made or (number > 1 and name in blocks_used):
                name += "_"
            made[name] = Plate(name, blocks[0].graph.title, caption(blocks, drawing, wording), drawing, block=block)
    return tuple(made.values())


def network_plate(network: TypedGraph, manner: Manner = PLAIN, opening: Opening = CLOSED) -> Plate:
    """The whole network, a box for each block, with the output size beside each; or its blocks opened."""
    wording, whole = manner.of(network.graph), manner.whole and opening.depth is None
    depth = 0 if whole else opening.depth or (1 if opening.depth is None else 0)
    detail = Detail(sizes=wording.sizes or "all", wording=wording, depth=depth or None, opened=opening.blocks)
    drawing = draw(network, detail)
    if whole:
        sides = tuple(replace(side, loops=_unframed(side.loops)) for side in drawing.sides)
        drawing = replace(drawing, loops=_unframed(drawing.loops), sides=sides)
    title, aligned = network.graph.title, depth == 1 and not opening.blocks
    return Plate("network", title, caption([network], drawing, wording), drawing, prefix="Output: ", aligned=aligned)


def block_plate(block: TypedGraph, before: str = PREVIOUS, manner: Manner = PLAIN) -> Plate:
    """One block as it is used in one place; `before` is what its input is called."""
    wording = manner.of(block.graph)
    drawing = draw(block, Detail(Widths.LETTERS, wording.sizes or "changed", wording.before or before, wording))
    return Plate(
        block.graph.block, block.graph.title, caption([block], drawing, wording), drawing, block=block.graph.block
    )


def _unframed(frames: tuple[Loop, ...]) -> tuple[Loop, ...]:
    """The frames without those that only show what belongs to a block."""
    inner = ((frame, _unframed(frame.loops)) for frame in frames)
    return tuple(
        kept
        for frame, loops in inner
        for kept in ((replace(frame, loops=loops, label=""),) if frame.count > 1 else loops)
    )


def _forms(
    uses: Sequence[Use], wording: Wording, opening: Opening, counts: Mapping[TypedGraph, int]
) -> Iterator[tuple[Drawing, list[TypedGraph]]]:
    """The different looks of a block and the blocks that look so; numbers and sizes are printed where these agree."""
    depth = None if opening.depth == 0 else opening.depth or 1
    plain = Detail(Widths.EXPRESSIONS, wording=wording, depth=depth, opened=opening.blocks)
    forms: dict[Drawing, list[Use]] = {}
    for use in uses:
        forms.setdefault(draw(use.typed, plain), []).append(use)
    sizes: Sizes = wording.sizes or "changed"
    for form in forms.values():
        blocks = list(dict.fromkeys(use.typed for use in form))
        told = replace(plain, before=wording.before or _usual(form, wording))
        for detail in (
            replace(told, widths=Widths.LETTERS, sizes=sizes),
            replace(told, widths=Widths.LETTERS),
            told,
        ):
            drawings = [draw(block, detail) for block in blocks]
            if len(set(drawings)) == 1:
                yield _agreed(drawings, [counts[block] for block in blocks]), blocks
                break


def _agreed(uses: Sequence[Drawing], counts: Sequence[int]) -> Drawing:
    """One for drawings that look the same: it tells what is the same in all of them, and what they cost together."""
    first = uses[0]
    if len(uses) == 1:
        return first
    stacks = list(zip(*(use.boxes for use in uses), strict=True))
    differing = [_unlike([box.work for box in same]) for same in stacks]
    apart = any(unlike & {"parameters", "macs"} for unlike in differing)
    boxes = tuple(
        replace(
            same[0],
            unlike=frozenset.union(*(box.unlike for box in same), unlike),
            cost=_together([box.work for box in same], counts) if apart else None,
        )
        for same, unlike in zip(stacks, differing, strict=True)
    )
    gives = {box: shapes for box, shapes in first.gives.items() if all(use.gives.get(box) == shapes for use in uses)}
    return replace(first, boxes=boxes, gives=gives, together=sum(counts) if apart else 1)


def _together(works: Sequence[Work | None], counts: Sequence[int]) -> Cost:
    """What is run in all uses, each so often, costs."""
    costs = [(work.cost, count) for work, count in zip(works, counts, strict=True) if work is not None]
    return Cost(
        sum(int(cost.params) * count for cost, count in costs), sum(int(cost.macs) * count for cost, count in costs)
    )


def _unlike(works: Sequence[Work | None]) -> frozenset[str]:
    """The facts that are not the same of all."""
    known = [work for work in works if work is not None]
    same = {
        "shape": len({work.types for work in known}) < 2,
        "parameters": len({work.cost.params for work in known}) < 2,
        "macs": len({work.cost.macs for work in known}) < 2,
    }
    return frozenset(fact for fact, agreed in same.items() if not agreed)


def _usual(uses: Sequence[Use], wording: Wording) -> str:
    """What the input of a block is called in more than half of its uses; the network's input, only if it is that in all."""
    inner = [use for use in uses if not isinstance(use.before, TensorType)] or uses
    ((words, count),) = Counter(use.words(wording) for use in inner).most_common(1)
    return words if 2 * count > len(inner) else PREVIOUS
