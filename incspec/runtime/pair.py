"""Two modules with equal weights: ours and a reference, and what belongs to what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import sqrt
from typing import Protocol

import torch
from torch import Tensor, nn

from ..backends.python import ModuleFacts
from ..ir import Graph
from .mapping import Assignment, find_mapping
from .mapping.target import Network as Mapped
from .stages import stage_of, stages_of
from .trace import Event


@dataclass(frozen=True, eq=False)
class Pair:
    """Our module and a reference, what they are called, and which of its tensors each of ours is."""

    name: str
    graph: Graph
    facts: tuple[ModuleFacts, ...]
    ours: nn.Module
    theirs: nn.Module
    against: str
    assignment: Assignment
    tolerance: float
    # What is to be known of the weights.
    notes: tuple[str, ...] = ()

    @cached_property
    def partners(self) -> dict[str, str]:
        """The submodule of theirs whose parameters one of ours has."""
        return {owner(mine): owner(other) for mine, other in self.assignment.pairs.items()}

    def stages(self, events: Sequence[Event]) -> tuple[str, ...]:
        """The step of the network that each event of ours belongs to."""
        return stages_of(events, self.graph, self.facts, self.ours)

    def stage_of_theirs(self, path: str) -> str | None:
        """The stage of ours that a submodule of theirs belongs to, if all weights in it are of one stage."""
        inside = {stage_of(mine) for mine, other in self.partners.items() if f"{other}.".startswith(f"{path}.")}
        return inside.pop() if len(inside) == 1 else None

    @torch.no_grad()
    def draw(self) -> None:
        """Draw other weights, the same for both, in float64.

        Kernels and matrices keep the spread of what passes; a vector of equal numbers, as norms and scales begin with,
        is moved a little at every place. Other vectors stay.
        """
        for module in (self.ours, self.theirs):
            for parameter in module.double().parameters():
                parameter.requires_grad_(True)
        generator = torch.Generator().manual_seed(0)
        state = self.theirs.state_dict()
        for name in self.assignment.pairs.values():
            tensor = state[name]
            if not tensor.is_floating_point() or tensor.numel() == 0:
                continue
            if tensor.ndim > 1:
                values = torch.randn(tensor.shape, generator=generator, dtype=tensor.dtype)
                tensor.copy_(values * sqrt(2 * tensor.shape[0] / tensor.numel()))
            elif bool((tensor == tensor.flatten()[0]).all()):
                tensor.add_(torch.rand(tensor.shape, generator=generator, dtype=tensor.dtype) * 0.2 - 0.1)
        own = self.ours.state_dict()
        for name, tensor in self.assignment.apply(state).items():
            own[name].copy_(tensor)


class Network(Mapped, Protocol):
    """What is needed of a model."""

    @property
    def name(self) -> str:
        """Its name."""
        ...

    def module(self, *, aux: bool = True) -> nn.Module:
        """Its module, with or without auxiliary heads."""
        ...


def pair_with(
    model: Network, theirs: nn.Module, against: str, map: Mapping[str, str], tolerance: float, *, reorder: bool = True
) -> Pair:
    """A model's module and a reference; without auxiliary heads where the reference has none.

    Raises:
        WeightsError: which weights of the reference are which of ours is not certain, or there are others.
    """
    tensors = {name: each for name, each in theirs.state_dict().items() if isinstance(each, Tensor)}  # not extra state
    assignment = find_mapping(model, tensors, map=map, reorder=reorder)
    heads = {key for key in assignment.kept if assignment.target.slots[key][0].head}
    notes = tuple(note.text for note in assignment.notes if not (note.keys and heads.issuperset(note.keys)))
    if heads:
        notes += ("ours is compared without its auxiliary heads, which the reference lacks",)
    ours, facts = model.module(aux=not heads), model.printed.modules
    return Pair(model.name, model.network.graph, facts, ours, theirs, against, assignment, tolerance, notes)


def owner(name: str) -> str:
    """The submodule that a parameter or buffer belongs to."""
    return name.rpartition(".")[0]
