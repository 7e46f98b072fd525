"""The mapping from checkpoints of others to our modules, held against the true one."""

from __future__ import annotations

import random
from collections.abc import Mapping

import pytest
import torch
from references import timm_inception_v4
from torch import Tensor

import incspec
from incspec.runtime.mapping import find_mapping

State = Mapping[str, Tensor]


@pytest.fixture(scope="module")
def model() -> incspec.Model:
    return incspec.load("inception_v4_tf")


@pytest.fixture(scope="module")
def checkpoint() -> dict[str, Tensor]:
    with torch.device("meta"):
        return timm_inception_v4().state_dict()


@pytest.fixture(scope="module")
def truth(model: incspec.Model, checkpoint: State) -> dict[str, str]:
    """Both are registered in the same order."""
    return dict(zip(model.module(device="meta").state_dict(), checkpoint, strict=True))


def shuffled(state: State, seed: int = 0) -> dict[str, Tensor]:
    items = list(state.items())
    random.Random(seed).shuffle(items)
    return dict(items)


@pytest.mark.parametrize("order", [dict, lambda state: dict(sorted(state.items())), shuffled])
def test_timm_maps_in_any_order_of_the_file(model, checkpoint, truth, order) -> None:
    assert find_mapping(model, order(checkpoint)).pairs == truth


def test_names_do_not_matter_in_a_file_in_order(model, checkpoint, truth) -> None:
    renamed = {f"t{hash(name)}": tensor for name, tensor in checkpoint.items()}
    back = dict(zip(renamed, checkpoint, strict=True))
    found = find_mapping(model, renamed)
    assert {key: back[name] for key, name in found.pairs.items()} == truth
    assert set(found.found_by.values()) == {"order"}
