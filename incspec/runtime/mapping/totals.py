"""Whether a checkpoint can be of a network at all: the bags of tensors on both sides, and what makes up for a difference.

Tensors are the same where their kinds and shapes are, axes of length 1 at the end left out: a 1x1 convolution is a
linear layer. Classifiers may have other widths, first layers other numbers of input channels.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from .names import Kind, kind_of
from .target import Shape, Slot, Target, Unit

# A free length is 0.
Signature: TypeAlias = tuple[Kind, Shape]


@dataclass(frozen=True, slots=True)
class Compared:
    """The signatures of both sides, and what is left over: ours that the checkpoint lacks, theirs that we lack."""

    ours: Mapping[str, Signature]
    theirs: Mapping[str, Signature]
    lacking: tuple[str, ...]
    extra: tuple[str, ...]

    @property
    def equal(self) -> bool:
        """Whether each tensor has a counterpart."""
        return not self.lacking and not self.extra


def compared(
    target: Target, keys: Container[str], theirs: Mapping[str, Shape], *, adapt_input: bool = False
) -> Compared:
    """Compare the tensors of a network with those of a checkpoint, by kind if possible, else by shape alone."""
    slots = {key: slot for key, (_, slot) in target.slots.items() if key in keys}
    kinds = {name: kind_of(name) for name in theirs}
    if all(slot.shape or slot.kind == "count" for slot in slots.values()):  # whatever they are called
        kinds |= {name: "count" for name, shape in theirs.items() if not shape}
    if "count" not in kinds.values() or Counter(kinds.values())["count"] != _counts(slots):
        # Nothing depends on the number of batches, and old checkpoints lack it.
        slots = {key: slot for key, slot in slots.items() if slot.kind != "count"}
        theirs = {name: shape for name, shape in theirs.items() if kinds[name] != "count"}
    first: Compared | None = None
    for with_kinds in (True, False):
        own = {key: (slot.kind if with_kinds else "unknown", _squeezed(slot.shape)) for key, slot in slots.items()}
        other = {name: (kinds[name] if with_kinds else "unknown", _squeezed(s)) for name, s in theirs.items()}
        result = _balanced(target, own, other, adapt_input=adapt_input)
        if result.equal:
            return result
        first = first or result
    assert first is not None
    return first


def _counts(slots: Mapping[str, Slot]) -> int:
    return sum(slot.kind == "count" for slot in slots.values())


def _balanced(
    target: Target, ours: Mapping[str, Signature], theirs: Mapping[str, Signature], *, adapt_input: bool
) -> Compared:
    """Compare, and if something is left over, with the widths of classifiers free, and of inputs if asked for."""
    result = _difference(ours, theirs)
    if result.equal:
        return result
    free = {slot.key: 0 for unit in heads(target) for slot in unit.slots if slot.key in ours}
    if adapt_input:
        free |= {slot.key: 1 for unit in stems(target) for slot in unit.slots[:1] if slot.key in ours}
    freed_ours, freed_theirs = dict(ours), dict(theirs)
    surplus = Counter(theirs.values()) - Counter(ours.values())
    modules: set[str] = set()
    for key in result.lacking:  # a weight before its bias
        if key not in free:
            continue
        wanted = _without(ours[key], free[key])
        names = [name for name in result.extra if _without(theirs[name], free[key]) == wanted]
        if len(names) > sum(surplus[signature] for signature in {theirs[name] for name in names}):
            # Another layer has as many channels: the bias is that of the weight.
            names = [name for name in names if name.rpartition(".")[0] in modules]
        for name in names:
            freed_ours[key] = freed_theirs[name] = wanted
            modules.add(name.rpartition(".")[0])
    freed = _difference(freed_ours, freed_theirs)
    return freed if freed.equal else result


def _difference(ours: Mapping[str, Signature], theirs: Mapping[str, Signature]) -> Compared:
    have, want = Counter(theirs.values()), Counter(ours.values())
    lacking = _left(ours, want - have)
    return Compared(ours, theirs, lacking, _left(theirs, have - want))


def _left(names: Mapping[str, Signature], surplus: Counter[Signature]) -> tuple[str, ...]:
    """The tensors of signatures that are too many, all those of such a signature."""
    return tuple(name for name, signature in names.items() if surplus[signature])


def _without(signature: Signature, axis: int) -> Signature:
    """A signature with one axis free."""
    kind, shape = signature
    return (kind, tuple(0 if index == axis else n for index, n in enumerate(shape)))


def _squeezed(shape: Shape) -> Shape:
    while len(shape) > 1 and shape[-1] == 1:
        shape = shape[:-1]
    return shape


def heads(target: Target) -> list[Unit]:
    """The layers whose widths are the network's outputs: what follows keeps channels as they are."""
    found = []
    for read in target.outputs:
        unit = target.by_name.get(read.op)
        while unit is not None and not (unit.op.channel_order == "absorbed" and unit.slots):
            unit = target.by_name.get(unit.reads[0].op) if unit.op.channel_order == "kept" and not unit.slots else None
        if unit is not None:
            found.append(unit)
    return found


def stems(target: Target) -> list[Unit]:
    """The layers that read the network's inputs."""
    inputs = set(target.inputs)
    found = []
    for unit in target.units:
        if unit.op.channel_order == "absorbed" and unit.slots and inputs.intersection(read.op for read in unit.reads):
            found.append(unit)
        elif not unit.slots and inputs.intersection(read.op for read in unit.reads):
            inputs.add(unit.name)
    return found
