"""Weights: a checkpoint -> a module with its parameters; or a refusal, and nothing is loaded.

All is decided before a parameter is touched: the file is read, the mapping found, each tensor checked.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

import torch
from torch import Tensor, nn

from ..diagnostics import Diagnostic, WeightsError
from ..telling import Tell, nobody
from .checkpoint import read_checkpoint
from .mapping import Assignment, find_mapping
from .mapping.target import Network

_PACKAGE = f"{Path(__file__).parents[1]}{os.sep}"

Weights: TypeAlias = "str | os.PathLike[str] | Mapping[str, object]"


class WeightsWarning(UserWarning):
    """What is to be known of weights that were loaded: a classifier that keeps its initialisation, say."""


def mapped_weights(
    model: Network,
    weights: Weights,
    *,
    map: Mapping[str, str] | None = None,
    adapt_input: bool = False,
    reorder: bool = True,
    tell: Tell = nobody,
) -> tuple[Assignment, dict[str, Tensor]]:
    """The mapping of a checkpoint to a model's module, and the tensors for it, by our keys.

    `tell` hears what is being done.

    Raises:
        WeightsError: the checkpoint cannot be read, does not fit, or is not certain.
    """
    tell("reading the weights", 0, 0)
    checkpoint = read_checkpoint(weights)
    tell(f"finding which of {len(checkpoint.tensors)} tensors is which", 0, 0)
    assignment = find_mapping(model, checkpoint.tensors, map=map, adapt_input=adapt_input, reorder=reorder)
    _check_values(assignment, checkpoint.tensors, tell)
    state = assignment.apply(checkpoint.tensors)
    return replace(assignment, read=checkpoint.notes), state


def load_weights(
    module: nn.Module,
    model: Network,
    weights: Weights,
    *,
    map: Mapping[str, str] | None = None,
    adapt_input: bool = False,
    reorder: bool = True,
) -> Assignment:
    """Load a checkpoint into the module of a model; what is to be known of it is a warning.

    Raises:
        WeightsError: it is refused; the module is as it was.
    """
    own = module.state_dict()
    if any(tensor.is_meta for tensor in own.values()):
        raise ValueError("a module on the meta device has no memory to load weights into")
    assignment, state = mapped_weights(model, weights, map=map, adapt_input=adapt_input, reorder=reorder)
    ready = {key: tensor.to(own[key].dtype) for key, tensor in state.items() if key in own}  # heads may be left out
    _check_range(assignment, ready)
    with torch.no_grad():
        for key, tensor in ready.items():
            own[key].copy_(tensor)
    for note in assignment.notes:
        if not note.keys or not own.keys().isdisjoint(note.keys):
            warnings.warn(note.text, WeightsWarning, stacklevel=_callers_level())
    return assignment


def _callers_level() -> int:
    """Where a warning points: at the line that called this package, through however many functions of it."""
    level, frame = 1, sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_PACKAGE):
        level, frame = level + 1, frame.f_back
    return level


def _check_values(assignment: Assignment, tensors: Mapping[str, Tensor], tell: Tell) -> None:
    problems = []
    for index, (key, name) in enumerate(assignment.pairs.items()):
        tell("looking at their numbers", index, len(assignment.pairs))
        _, slot = assignment.target.slots[key]
        tensor = tensors[name]
        what = None
        if slot.kind != "count" and not tensor.is_floating_point():
            what = f"holds whole numbers ({str(tensor.dtype).removeprefix('torch.')})"
        elif tensor.is_floating_point() and not bool(torch.isfinite(tensor).all()):
            what = "holds NaN" if bool(torch.isnan(tensor).any()) else "holds an infinite number"
        if what is not None:
            problems.append(_problem(assignment, key, what))
    if problems:
        raise WeightsError(problems)


def _check_range(assignment: Assignment, ready: Mapping[str, Tensor]) -> None:
    """Refuse what was finite, and is not in the module's type."""
    problems = [
        _problem(assignment, key, f"holds numbers too large for {str(tensor.dtype).removeprefix('torch.')}")
        for key, tensor in ready.items()
        if tensor.is_floating_point() and not bool(torch.isfinite(tensor).all())
    ]
    if problems:
        raise WeightsError(problems)


def _problem(assignment: Assignment, key: str, what: str) -> Diagnostic:
    block = assignment.target.slots[key][0].block
    where = f" in block `{block}`" if block else ""
    return Diagnostic("weights-value", f"`{assignment.pairs[key]}` {what}", notes=(f"it is `{key}`{where}",))
