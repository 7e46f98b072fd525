"""Random specs: where they have no mistake, the printed source is and computes what the graph says."""

from __future__ import annotations

import copy

import pytest
import torch
from generated import random_spec
from interpreter import interpret
from shape_comments import check_comments
from torch import Tensor

import incspec
from incspec.build import verify_module

pytestmark = pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")
# What a generator that knows no sizes may get wrong.
MISTAKES = {"add-shape-mismatch", "mul-shape-mismatch", "unused-block", "unused-parameter"}
MOST = 20_000_000  # multiply-adds


def check(seed: int) -> None:
    """Hold the source of one spec against its graph."""
    try:
        model = incspec.load(random_spec(seed))
    except incspec.CompileError as error:
        mistakes = {item.code for item in error.diagnostics}
    else:
        mistakes = set()
        hold_against_its_graph(model)
    assert mistakes <= MISTAKES


def hold_against_its_graph(model: incspec.Model) -> None:
    """Check shapes, counts, comments and outputs."""
    verify_module(model)
    check_comments(model.source(), model.printed.class_name, model.inputs)
    if model.macs > MOST:
        return
    module = model.module(seed=0, dtype=torch.float64).eval()
    inputs = [torch.randn(2, *t.shape, dtype=torch.float64) for t in model.inputs]
    with torch.no_grad():
        wanted = interpret(model.network, model.printed, copy.deepcopy(module), *inputs)
        for run in (module, torch.jit.script(module)):
            found = run(*inputs)
            for a, b in zip(found if isinstance(found, tuple) else (found,), wanted, strict=True):
                assert isinstance(a, Tensor)
                assert torch.allclose(a, b, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("seed", range(4))
def test_a_random_network_is_printed_as_its_graph_says(seed: int) -> None:
    check(seed)


@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(4, 200))
def test_many_random_networks_are_printed_as_their_graphs_say(seed: int) -> None:
    check(seed)
