"""Stages: what ran in the network itself goes by the step of the spec that it is of, where that is clear."""

from __future__ import annotations

import pytest

import incspec


@pytest.mark.parametrize(
    ("network", "stages"),
    [
        ("[3x3 conv 4, global_avg_pool, linear 3]", "conv global_avg_pool linear"),
        ("[3x3 conv 4, relu: {name: on}, flatten: {name: flat}, linear 3]", "conv on flat linear"),
        ("[relu: {name: first}, 3x3 conv 3, global_avg_pool: {name: last}]", "first conv last"),
        ("[concat: [[3x3 conv 4], [1x1 conv 4]], global_avg_pool]", "branch1 branch2 concat global_avg_pool"),
        (
            "[concat: [[3x3 conv 4], [1x1 conv 4]], concat: [[3x3 conv 4], [1x1 conv 4]], global_avg_pool]",
            "concat1_branch1 concat1_branch2 concat1 concat2_branch1 concat2_branch2 concat2 global_avg_pool",
        ),
        (
            "[residual: {body: [3x3 conv 4], act: relu, scale: 0.2}, global_avg_pool, linear 3]",
            "residual_conv residual relu global_avg_pool linear",
        ),
        ("[add: [input, [identity]], add: [input, [identity]], global_avg_pool]", "add1 add2 global_avg_pool"),
        # Which of the products and sums is of which of the two, nothing tells: they go by their ops.
        (
            "[residual: {shortcut: none, body: [identity]}, residual: {scale: 0.5, body: [identity]},"
            " residual: {body: [identity]}, global_avg_pool]",
            "mul add mean",
        ),
    ],
)
def test_stages_are_called_like_the_steps(network: str, stages: str) -> None:
    model = incspec.load(f"incspec: 1\nname: x\ninput: [4, 12, 12]\nnetwork: {network}\n")
    (run,) = model.verify(model.module(seed=1), sizes=[12]).runs
    assert [stage.stage for stage in run.stages] == stages.split()
