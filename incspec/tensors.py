"""Tensors by name: what a network calls the results of its steps -> their places in the graph.

A step's name is that of its output: `reduction_a`, `branch1`, or what the author chose. `inception_a.2` is what the
third turn of a repeat gives, `stem.concat1` a tensor inside a block, `cells.out` one of several outputs of a block. Inside
branches only merges, their branches and what the author named can be told apart: the steps of a branch are one module.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from .diagnostics import listed, nearest
from .ir import Call, Conditional, Merge, Repeat, Series, Step, TypedGraph, Value

_MOST_NAMES = 12  # that a message lists


@dataclass(frozen=True, slots=True)
class Place:
    """A tensor in a network: the calls of blocks that lead to it, and the value that it is in the innermost."""

    calls: tuple[str, ...]
    value: Value


@dataclass(frozen=True, slots=True)
class _Block:
    """A use of a block, and what its outputs are: those of a repeat's last turn are the repeat's."""

    call: Call
    outputs: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class _Names:
    """What can be named in a graph: tensors, and blocks that have names in them."""

    tensors: dict[str, Value] = field(default_factory=dict)
    blocks: dict[str, _Block] = field(default_factory=dict)


def find_tensors(network: TypedGraph, names: Sequence[str]) -> tuple[Place, ...]:
    """Where the tensors of these names are.

    Raises:
        ValueError: there are no such tensors; it tells all of them.
    """
    if isinstance(names, str):
        raise ValueError(f'a list of names is wanted: ["{names}"]')
    if not (isinstance(names, Sequence) and all(isinstance(name, str) for name in names)):
        raise TypeError(f"a list of names is wanted, not {names!r}")
    if not names:
        raise ValueError("no tensor is asked for: name one at least")
    twice = dict.fromkeys(name for index, name in enumerate(names) if name in names[:index])
    if twice:
        raise ValueError(f"asked for twice: {listed(twice)}")
    found = [_find(network, name) for name in names]
    unknown = [_hint(network, name) for name, place in zip(names, found, strict=True) if place is None]
    if unknown:
        raise ValueError(f"{network.graph.title} has no tensor {', no tensor '.join(unknown)}")
    return tuple(place for place in found if place is not None)


def tensor_names(network: TypedGraph, *, inside: bool = False) -> tuple[str, ...]:
    """The names of the network's own tensors, and of those inside its blocks if asked for."""
    names = _names(network)
    found = dict.fromkeys(names.tensors)
    for block, use in names.blocks.items() if inside else ():
        inner = tensor_names(network.calls[use.call.name], inside=True)
        found |= dict.fromkeys(f"{block}.{name}" for name in inner)
    return tuple(found)


def _find(typed: TypedGraph, name: str) -> Place | None:
    names = _names(typed)
    if name in names.tensors:
        return Place((), names.tensors[name])
    for block, use in names.blocks.items():
        if name.startswith(f"{block}."):
            called = typed.calls[use.call.name]
            inner = _find(called, name.removeprefix(f"{block}."))
            if inner is not None and not inner.calls and inner.value in called.graph.outputs:
                return Place((), use.outputs[called.graph.outputs.index(inner.value)])
            if inner is not None:
                return Place((use.call.name, *inner.calls), inner.value)
    return None


def _hint(typed: TypedGraph, name: str) -> str:
    """The name, and what it is likely to mean."""
    candidates, prefix, rest = _names(typed), "", name
    while (block := next((block for block in candidates.blocks if rest.startswith(f"{block}.")), None)) is not None:
        typed, prefix = typed.calls[candidates.blocks[block].call.name], f"{prefix}{block}."
        candidates, rest = _names(typed), rest.removeprefix(f"{block}.")
    best = nearest(rest, [*candidates.tensors, *candidates.blocks])
    if best is not None:
        return f"`{name}` (did you mean `{prefix}{best}`?)"
    if len(candidates.tensors) > _MOST_NAMES:
        return f"`{name}` (`tensors` of the model lists what there is)"
    return f"`{name}` (there is {listed(prefix + tensor for tensor in candidates.tensors) or 'none'})"


def _names(typed: TypedGraph) -> _Names:
    names = _Names()
    for name, step in _named(typed.graph.steps, inside=False):
        _add(names, name, step.outputs, step)
        if isinstance(step, Repeat):
            last = len(step.turns) - 1
            for index, turn in enumerate(step.turns):  # the last turn's output is the repeat's
                _add(names, f"{name}.{index}", step.outputs if index == last else turn.outputs, turn)
        elif isinstance(step, Merge):
            for branch in step.branches:
                if len(branch.outputs) == 1:
                    names.tensors.setdefault(branch.name, branch.outputs[0])
    return names


def _add(names: _Names, name: str, outputs: tuple[Value, ...], step: Step) -> None:
    """The names of one step's outputs; several have the names that the block gives them."""
    if isinstance(step, Call):
        names.blocks[name] = _Block(step, outputs)
    if len(outputs) == 1:
        names.tensors[name] = outputs[0]
    else:
        given = _output_names(step)
        names.tensors.update((f"{name}.{out}", value) for out, value in zip(given, outputs, strict=False))


def _output_names(step: Step) -> tuple[str, ...]:
    if isinstance(step, Call):
        return step.graph.output_names
    if isinstance(step, Repeat) and step.turns:
        return _output_names(step.turns[-1])
    if isinstance(step, Conditional) and step.step is not None:
        return _output_names(step.step)
    return ()


def _named(steps: Sequence[Step], *, inside: bool) -> Iterator[tuple[str, Step]]:
    """The steps that have names of their own: in branches, what stands in series is one module."""
    for step in steps:
        if not inside or step.named or isinstance(step, Merge):
            yield step.name, step
        if isinstance(step, Merge):
            for branch in step.branches:
                yield from _named(branch.steps, inside=True)
        elif isinstance(step, Series):
            yield from _named(step.steps, inside=True)
