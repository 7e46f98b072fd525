"""The mapping that was found: our keys to theirs, and what is done to each tensor on the way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import torch
from torch import Tensor

from .target import Target

# How the mapping was found: the keys are ours; the order of the file; the structure of names; the user's word.
How = Literal["keys", "order", "names", "map"]
Indices: TypeAlias = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """What is done to a tensor: rows and columns are taken as they are listed, then channels of an image adapted."""

    rows: Indices | None = None
    columns: Indices | None = None
    input_channels: int = 0


UNCHANGED = Change()


@dataclass(frozen=True, slots=True)
class Note:
    """What is to be known of a mapping; `keys` are the tensors of ours that it is about, if it is about some."""

    text: str
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Assignment:
    """Which tensor of a checkpoint each tensor of a module is.

    `kept` are tensors of ours that the checkpoint has no use for and that keep their initialisation, `unused` those of
    the checkpoint that we have no use for; `notes` say what else is to be known.
    """

    target: Target
    pairs: Mapping[str, str]
    found_by: Mapping[str, How] = field(default_factory=dict)
    changes: Mapping[str, Change] = field(default_factory=dict)
    kept: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()
    # Merges whose branches the checkpoint joins in another order: the channels behind them are reordered.
    reordered: tuple[str, ...] = ()
    # Merges whose branches are taken to be in our order, since the checkpoint does not say.
    assumed: tuple[str, ...] = ()
    # What was taken off when the checkpoint was read.
    read: tuple[str, ...] = ()

    def apply(self, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """The state of our module, but for what it keeps, made of a checkpoint's tensors."""
        made = {}
        for key, name in self.pairs.items():
            _, slot = self.target.slots[key]
            tensor = _changed(state[name], self.changes.get(key, UNCHANGED))
            made[key] = tensor.reshape(slot.shape)
        return made


def _changed(tensor: Tensor, change: Change) -> Tensor:
    if change.rows is not None:
        tensor = tensor.index_select(0, _index(change.rows, tensor))
    if change.columns is not None:
        tensor = _columns(tensor, change.columns)
    if change.input_channels:
        tensor = adapted(tensor, change.input_channels)
    return tensor


def _index(indices: Sequence[int], tensor: Tensor) -> Tensor:
    return torch.tensor(indices, dtype=torch.long, device=tensor.device)


def _columns(tensor: Tensor, columns: Indices) -> Tensor:
    """Input channels in another order; with groups, that of each group is listed, one after the other."""
    width = tensor.shape[1]
    if len(columns) == width:
        return tensor.index_select(1, _index(columns, tensor))
    groups = tensor.reshape(len(columns) // width, -1, *tensor.shape[1:])
    picked = [
        group.index_select(1, _index(columns[place * width : (place + 1) * width], tensor))
        for place, group in enumerate(groups)
    ]
    return torch.cat(picked)


def adapted(weight: Tensor, channels: int) -> Tensor:
    """The weight of a first layer for another number of input channels.

    For one channel, the sum over the old ones: a grey image gives what it gave as three equal channels. For more
    channels than before, the old ones again and again, each divided by how often it stands there: an image whose
    channels are repeated in the same way gives what it gave.
    """
    before = weight.shape[1]
    if channels == 1:
        return weight.sum(dim=1, keepdim=True)
    repeated = [index % before for index in range(channels)]
    times = torch.tensor([repeated.count(index) for index in repeated], dtype=weight.dtype, device=weight.device)
    return weight.index_select(1, _index(repeated, weight)) / times.reshape(1, -1, *[1] * (weight.ndim - 2))
