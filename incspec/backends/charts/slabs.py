"""The picture of sizes: Report -> Scene, the tensors of a network as slabs that get smaller and thicker along its depth.

A slab's face has the tensor's height and width, its thickness shows the channels. Sides are square roots: else the first
map would hide the last ones. Of several inputs, each has a row of its own, and so has what is made of the same several ones.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from ...diagnostics import enumerated
from ...shapes import TensorType
from ..figures.scene import Item, Scene
from ..report import Report, Row
from .key import Marked, marked
from .sheet import LIGHT, WIDE, Sheet, Tone, part
from .stages import labels

_SLANT = (0.42, 0.30)  # how far the depth of a slab goes to the right and up, in parts of it
_TALL = 0.30  # of the sheet's width: the tallest slab
_TALL_ROW = 0.16  # that of each of several rows
_MOST = 26  # slabs of a row
_REDUCES = 3  # a block that makes maps so many times smaller is shown by its own steps


@dataclass(frozen=True, slots=True)
class Slab:
    """A tensor that is shown, and what gives it."""

    id: str
    label: str
    type: TensorType
    family: str

    @property
    def sides(self) -> tuple[float, float]:
        """Height and width of the face; what has no position has sides of one cell."""
        sizes = [int(size) for size in self.type.sizes] or [1]
        return (float(sizes[-2] if len(sizes) > 1 else 1), float(sizes[-1]))


@dataclass(frozen=True, slots=True)
class _Solid:
    """A slab as it is drawn, in points: front and height of its near edge, and the reach of its depth."""

    slab: Slab
    thickness: float
    height: float
    depth: float

    @property
    def reach(self) -> float:
        """How far its depth goes to the right."""
        return _SLANT[0] * self.depth


@dataclass(frozen=True, slots=True)
class Lane:
    """The slabs of a row, and what they are made of; nothing is said of that where there is one input."""

    title: str
    slabs: tuple[Slab, ...]


def lanes(report: Report) -> tuple[Lane, ...]:
    """The tensors that are shown: the inputs, and what steps give that change the shape, or are blocks."""
    if len(report.inputs) == 1:
        (type_,) = report.inputs
        return (Lane("", _fewer((Slab("input", "Input", type_, "input"), *_of(report.rows, opened=True)))),)
    steps: dict[tuple[str, ...], list[str]] = {(name,): [] for name in report.input_names}
    for row in report.rows:
        steps.setdefault(report.made_of[row.name], []).append(row.name)
    first = {
        (name,): Slab(f"input{number or ''}", name, type_, "input")
        for number, (name, type_) in enumerate(report.named_inputs.items())
    }
    found = []
    for names, only in steps.items():
        given = [first[names]] if names in first else []
        found.append(Lane(enumerated(names), _fewer((*given, *_of(report.rows, opened=True, only=only)))))
    return tuple(lane for lane in found if lane.slabs)


def _of(rows: Sequence[Row], *, opened: bool, only: Collection[str] | None = None) -> Iterator[Slab]:
    for row, label in zip(rows, labels(rows), strict=True):
        if only is not None and row.name not in only:
            continue
        if opened and row.kind == "block" and row.times == 1 and _reduces(row) and len(row.rows) > 1:
            yield from (replace(slab, id=f"{row.name}/{slab.id}") for slab in _of(row.rows, opened=False))
        elif len(row.outputs) == 1 and (row.kind not in ("layer", "op") or row.outputs != row.inputs):
            family = next(iter(row.total.layers), "call") if row.kind == "layer" else "call"
            yield Slab(row.name, label, row.outputs[0], family)


def _reduces(row: Row) -> bool:
    if len(row.inputs) != 1 or len(row.outputs) != 1:
        return False
    before, after = row.inputs[0].sizes, row.outputs[0].sizes
    return len(before) == len(after) > 0 and int(before[-1]) > _REDUCES * int(after[-1])


def sizes_picture(report: Report, *, width: float = WIDE, tone: Tone = LIGHT) -> Scene:
    """The tensors from the inputs on the left to the output on the right; `width` is in millimetres."""
    sheet, rows = Sheet.of(width, tone), lanes(report)
    items: list[Item] = []
    end = 0.0
    for lane, solids in zip(rows, _solids(rows, sheet), strict=True):
        drawn, end = _row(lane, solids, end + sheet.margin, sheet)
        items += drawn
    height = end + 1.2 * sheet.row + sheet.margin
    note = "Sides and thickness are square roots of sizes and channels."
    items.append(sheet.text(sheet.margin, height - sheet.margin - sheet.row / 2, note, color=sheet.grey))
    said = [
        (f"Of {lane.title}: " if lane.title else "")
        + "; ".join(f"{slab.label}: {slab.type.paper}" for slab in lane.slabs)
        for lane in rows
    ]
    return sheet.scene(f"{report.name}: the sizes of its tensors", f"{'. '.join(said)}. {note}", height, items)


def _row(lane: Lane, solids: Sequence[_Solid], top: float, sheet: Sheet) -> tuple[list[Item], float]:
    """What is drawn of a row below a height, and where it ends."""
    tallest = max(solid.height + _SLANT[1] * solid.depth for solid in solids)
    titles: list[Item] = []
    if lane.title:
        titles.append(sheet.text(sheet.margin, top + sheet.row / 2, lane.title, weight="semibold"))
        top += 1.4 * sheet.row
    middle = top + tallest / 2
    items: list[Item] = []
    feet: list[float] = []
    x = sheet.margin
    for solid, gap in zip(solids, _gaps(solids, sheet), strict=True):
        items.append(_drawn(solid, x, middle, sheet))
        feet.append(x + solid.thickness / 2)
        x += gap
    things = [
        Marked(solid.slab.label, solid.slab.type.paper, foot, middle + _foot(solid))
        for solid, foot in zip(solids, feet, strict=True)
    ]
    below, end = marked(things, middle, top + tallest + 6, sheet)
    return [*titles, *below, *items], end


def _solids(rows: Sequence[Lane], sheet: Sheet) -> tuple[tuple[_Solid, ...], ...]:
    """The slabs of all rows, of one scale."""
    most = max(max(slab.sides) for lane in rows for slab in lane.slabs)
    side = (_TALL if len(rows) == 1 else _TALL_ROW) * sheet.width / math.sqrt(most)
    # Thicknesses take a fixed share of the width, those of all rows together.
    thick = 0.30 * sheet.width / sum(_root(slab) for lane in rows for slab in lane.slabs)
    return tuple(
        tuple(
            _Solid(
                slab,
                max(1.0, thick * _root(slab)),
                side * math.sqrt(slab.sides[0]),
                side * math.sqrt(slab.sides[1]),
            )
            for slab in lane.slabs
        )
        for lane in rows
    )


def _root(slab: Slab) -> float:
    return math.sqrt(int(slab.type.channels))


def _gaps(solids: Sequence[_Solid], sheet: Sheet) -> tuple[float, ...]:
    """From each slab's left edge to the next one's: its thickness, and of what is left a share by its depth."""
    room = sheet.width - 2 * sheet.margin - sum(solid.thickness for solid in solids) - solids[-1].reach
    weights = [4 + solid.reach for solid in solids[:-1]]
    shares = [room * weight / sum(weights) for weight in weights] if weights else []
    # Where there is room for all, slabs stand no farther apart than they are deep.
    shares = [min(share, 1.15 * solid.reach + 14) for share, solid in zip(shares, solids, strict=False)]
    return (*(solid.thickness + share for solid, share in zip(solids, shares, strict=False)), 0.0)


def _foot(solid: _Solid) -> float:
    """How far below the middle a slab's near edge ends."""
    return (solid.height + _SLANT[1] * solid.depth) / 2


def _drawn(solid: _Solid, x: float, middle: float, sheet: Sheet) -> Item:
    """The three sides that are seen: front, top, and the face at the right, which is the map."""
    color = sheet.color(solid.slab.family)
    front, top, face = (sheet.mixed(color, share) for share in (0.9, 0.55, 0.28))
    line = sheet.paper
    dx, dy = solid.reach, _SLANT[1] * solid.depth
    bottom = middle + _foot(solid)
    upper = bottom - solid.height
    right = x + solid.thickness
    edge = sheet.mixed(color, 1.0)
    return part(
        solid.slab.id,
        f"{solid.slab.label}: {solid.slab.type.paper}",
        sheet.polygon(
            (right, bottom), (right + dx, bottom - dy), (right + dx, upper - dy), (right, upper), fill=face, stroke=edge
        ),
        sheet.polygon(
            (x, upper), (x + dx, upper - dy), (right + dx, upper - dy), (right, upper), fill=top, stroke=edge
        ),
        sheet.polygon((x, upper), (x, bottom), (right, bottom), (right, upper), fill=front, stroke=line, width=0.2),
    )


def _fewer(shown: tuple[Slab, ...]) -> tuple[Slab, ...]:
    """As many as there is room for: of those in series that have one shape, or one size, the last; or every n-th."""
    keys: tuple[Callable[[Slab], object], ...] = (lambda slab: slab.type, lambda slab: slab.type.sizes)
    for key in keys:
        if len(shown) > _MOST:
            shown = tuple(list(equal)[-1] for _, equal in groupby(shown, key=key))
    step = -(-len(shown) // _MOST)
    return tuple(slab for index, slab in enumerate(shown) if index % step == 0 or index == len(shown) - 1)
