"""Alignment: two recordings -> which events of ours the reference has too, and where ours first departs from it.

Events are matched by what they hold, not by where they stand, so the two may be written in quite different ways. An
event without a match is blamed only if an output that differs depends on it through others without one: what the
reference merely computes in another way, or another order, comes together again before.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import inf

import torch
from torch import Tensor

from .comparison import FirstDifference, Kind
from .pair import Pair
from .trace import Event, Recording


@dataclass(frozen=True, slots=True)
class Alignment:
    """For each event of ours: how far the nearest of theirs is, and which one; the guilty ones, the roots first."""

    distances: tuple[float, ...]
    nearest: tuple[int | None, ...]
    guilty: frozenset[int]
    root: int | None


def align(ours: Recording, theirs: Recording, differing: Iterable[int], tolerance: float) -> Alignment:
    """Match events, and go back from those that made a `differing` output to where they part."""
    found = list(_matches(ours.events, theirs.events))
    distances = tuple(distance for distance, _ in found)
    unmatched = {index for index, distance in enumerate(distances) if not distance <= tolerance}
    guilty: set[int] = set()
    open_ends = list(differing)
    unmatched.update(open_ends)
    while open_ends:
        index = open_ends.pop()
        if index in unmatched and index not in guilty:
            guilty.add(index)
            open_ends += ours.events[index].sources
    roots = [index for index in guilty if not unmatched & set(ours.events[index].sources)]
    return Alignment(distances, tuple(index for _, index in found), frozenset(guilty), min(roots, default=None))


def distance(a: Tensor, b: Tensor) -> float:
    """The largest difference of two tensors of a shape, relative to the largest element of the second."""
    if a.shape != b.shape:
        return inf
    if a.numel() == 0:
        return 0.0
    return relative(float((a - b).abs().max()), float(b.abs().max()))


def relative(difference: float, scale: float) -> float:
    """A difference as a share of a scale; what is no number is infinitely far."""
    if difference == 0:
        return 0.0
    return difference / scale if difference < inf and 0 < scale < inf else inf


def first_difference(ours: Recording, theirs: Recording, found: Alignment, root: int, pair: Pair) -> FirstDifference:
    """What is to be said of the event that is to blame."""
    event = ours.events[root]
    stage = pair.stages(ours.events)[root]
    other = _counterpart(event, ours, theirs, found, pair)
    kind: Kind = "values" if found.nearest[root] is not None else "shape"
    difference = found.distances[root]
    beyond = _stage_beyond(event, other, pair)
    if beyond is not None and beyond != stage:
        kind, stage = "extra", beyond
    elif kind == "values" and _reordered(event, theirs.events, pair.tolerance):
        kind = "order"
    if other is not None and other.shape == event.shape:
        difference = distance(event.sketch, other.sketch)
    return FirstDifference(
        stage=stage,
        module=event.module,
        op=event.op,
        subject="output",
        kind=kind,
        difference=difference,
        theirs=other.module if other else None,
        their_op=other.op if other else None,
    )


def _matches(ours: Sequence[Event], theirs: Sequence[Event]) -> Iterable[tuple[float, int | None]]:
    by_shape: dict[tuple[int, ...], list[int]] = defaultdict(list)
    for index, event in enumerate(theirs):
        by_shape[event.shape].append(index)
    stacked = {shape: torch.stack([theirs[i].sketch.flatten() for i in found]) for shape, found in by_shape.items()}
    for event in ours:
        if event.shape not in stacked:
            yield inf, None
            continue
        candidates = stacked[event.shape]
        differences = (candidates - event.sketch.flatten()).abs().amax(dim=1).nan_to_num(nan=inf)
        best = int(differences.argmin())
        yield relative(float(differences[best]), float(candidates[best].abs().max())), by_shape[event.shape][best]


def _reordered(event: Event, theirs: Sequence[Event], tolerance: float) -> bool:
    """Whether the reference has the same channels in another order."""
    own = event.sketch.squeeze(-1).sort(dim=1).values
    return any(
        other.shape == event.shape and distance(other.sketch.squeeze(-1).sort(dim=1).values, own) <= tolerance
        for other in theirs
    )


def _counterpart(event: Event, ours: Recording, theirs: Recording, found: Alignment, pair: Pair) -> Event | None:
    """The event of theirs that seems to do the same: by its module's weights, else one of the same inputs that ours lacks."""
    partner = pair.partners.get(event.module)
    if partner is not None:
        return next((other for other in theirs.events if other.module == partner and other.op == event.op), None)
    same = {i for source in event.sources for i in _equal_to(ours.events[source], theirs.events, pair.tolerance)}
    matched = {j for j, each in zip(found.nearest, found.distances, strict=True) if each <= pair.tolerance}
    return next(
        (
            other
            for index, other in enumerate(theirs.events)
            if index not in matched | same and (same & set(other.sources) if event.sources else not other.sources)
        ),
        None,
    )


def _stage_beyond(event: Event, other: Event | None, pair: Pair) -> str | None:
    """The stage that theirs is still in where ours goes on: it does something more there.

    Where theirs is at a layer that ours has too, it is ours that does something more.
    """
    if other is None or other.op == event.op or other.module in pair.partners.values():
        return None
    return pair.stage_of_theirs(other.module)


def _equal_to(event: Event, theirs: Sequence[Event], tolerance: float) -> Iterable[int]:
    return (i for i, other in enumerate(theirs) if distance(event.sketch, other.sketch) <= tolerance)
