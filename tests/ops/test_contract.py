"""The contract that every op keeps, with torch as the oracle: one table, one row per op.

What an op takes, torch computes, with the inferred shapes, parameters and multiply-adds and the values of the
row's oracle, which is written in plain torch from the same settings. What an op refuses, torch refuses too,
unless the row says that the refusal is ours, and why.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import hypothesis
import pytest
import torch
import torch.nn.functional as F  # noqa: N812  # torch's own name for it
from hypothesis import strategies as st
from op_cases import (
    Case,
    adaptive_settings,
    any_order,
    avg_pool_settings,
    branches,
    conv_settings,
    conv_transpose_settings,
    crop_settings,
    inits,
    max_pool_settings,
    normalize_settings,
    pad_settings,
    permute_settings,
    plain,
    rarely,
    reshape_settings,
    single,
    sizes,
    split_settings,
    upsample_settings,
    widths,
)
from op_oracles import (
    Run,
    activation,
    adaptive,
    avg_pool,
    batch_norm,
    concat,
    conv,
    conv_transpose,
    crop,
    dropout,
    each,
    global_pool,
    layer_norm,
    layer_scale,
    linear,
    max_pool,
    mul,
    normalize,
    pad,
    permute,
    softmax,
    split,
    upsample,
)
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode
from torch_calls import build

from incspec.ops import OPS
from incspec.ops.base import Op, OpError, Outputs

FEW, MANY = 25, 400  # examples of an op; many where sizes, windows and limits meet
BATCH = 2


@dataclass(frozen=True)
class Row:
    """What the contract test knows of an op beyond the op itself."""

    keyword: str
    cases: st.SearchStrategy[Case]
    oracle: Callable[[Case], Run]
    refusals: tuple[str, ...] = ()  # codes where torch refuses, too
    ours: Mapping[str, str] = field(default_factory=dict)  # codes that are ours alone, and why
    examples: int = FEW


# --- the table ------------------------------------------------------------------------------------------

SPATIAL = (1, 2, 3, 2, 1, 3, 2, 0)  # mostly maps, rarely features
NO_SAME = "torch has no `same` for pools"
LAST = "torch would take the channels for a width"
UNBATCHED = "torch takes the batch of features for the channels of one map"
slopes = st.floats(0, 3)
chances = st.floats(0, 1)

ROWS = (
    Row(
        "conv",
        any_order(single(conv_settings, *SPATIAL)),
        conv,
        ("groups-mismatch", "window-too-large", "even-kernel-stride", "wrong-axis-count"),
        {"wrong-rank": UNBATCHED, "channels-last": LAST},
        examples=MANY,
    ),
    Row(
        "conv_transpose",
        any_order(single(conv_transpose_settings, *SPATIAL)),
        conv_transpose,
        ("groups-mismatch", "even-kernel-stride", "wrong-axis-count", "padding-too-large"),
        {"wrong-rank": UNBATCHED, "channels-last": LAST, "value-mismatch": "torch has no `same` here"},
        examples=MANY,
    ),
    Row(
        "linear",
        any_order(
            single(
                lambda shape: st.fixed_dictionaries({"out": widths}, optional={"bias": st.booleans(), "init": inits}),
                *(0, 0, 0, 1, 2),
            )
        ),
        linear,
        (),
        {"wrong-rank": "torch would work on the last axis, the width"},
    ),
    Row(
        "batch_norm",
        plain(eps=st.floats(1e-6, 1), momentum=chances, affine=st.booleans(), init=inits),
        batch_norm,
        ("init-mismatch",),
        {"channels-last": LAST},
    ),
    Row(
        "layer_norm",
        plain(eps=st.floats(1e-6, 1), affine=st.booleans(), init=inits),
        layer_norm,
        ("init-mismatch",),
    ),
    Row(
        "lrn",
        plain(size=st.integers(1, 9), alpha=st.floats(0, 1), beta=st.floats(-1, 1), k=st.floats(0.5, 2)),
        lambda case: nn.LocalResponseNorm(**{"size": 5, **case.settings}),
        ("wrong-rank",),
        {"channels-last": LAST},
    ),
    Row(
        "normalize",
        single(normalize_settings, 0, 1, 2, 3),
        normalize,
        ("normalize-mismatch",),
        {"channels-last": LAST},
    ),
    Row("relu", plain(), each(F.relu)),
    Row("relu6", plain(), each(F.relu6)),
    Row("leaky_relu", plain(slope=slopes), activation(F.leaky_relu, slope="negative_slope")),
    Row("elu", plain(alpha=slopes), activation(F.elu, alpha="alpha")),
    Row(
        "gelu",
        plain(approximate=st.sampled_from(["none", "tanh"])),
        activation(F.gelu, approximate="approximate"),
    ),
    Row("silu", plain(), each(F.silu)),
    Row("mish", plain(), each(F.mish)),
    Row("sigmoid", plain(), each(torch.sigmoid)),
    Row("tanh", plain(), each(torch.tanh)),
    Row("hard_sigmoid", plain(), each(lambda x: F.relu6(x + 3) / 6)),
    Row("hard_swish", plain(), each(lambda x: x * F.relu6(x + 3) / 6)),
    Row("hard_tanh", plain(), each(lambda x: x.clamp(-1, 1))),
    Row("softmax", plain(), softmax),
    Row(
        "max_pool",
        any_order(single(max_pool_settings, *SPATIAL)),
        max_pool,
        ("window-too-large", "padding-too-large", "wrong-axis-count"),
        {"wrong-rank": UNBATCHED, "channels-last": LAST, "even-kernel-pool": NO_SAME},
        examples=MANY,
    ),
    Row(
        "avg_pool",
        any_order(single(avg_pool_settings, *SPATIAL)),
        avg_pool,
        ("window-too-large", "padding-too-large", "wrong-axis-count"),
        {"wrong-rank": UNBATCHED, "channels-last": LAST, "even-kernel-pool": NO_SAME},
        examples=MANY,
    ),
    Row(
        "adaptive_avg_pool",
        any_order(single(adaptive_settings, *SPATIAL)),
        adaptive("AdaptiveAvgPool"),
        ("wrong-axis-count",),
        {"wrong-rank": UNBATCHED, "channels-last": LAST},
    ),
    Row(
        "adaptive_max_pool",
        any_order(single(adaptive_settings, *SPATIAL)),
        adaptive("AdaptiveMaxPool"),
        ("wrong-axis-count",),
        {"wrong-rank": UNBATCHED, "channels-last": LAST},
    ),
    Row("global_avg_pool", plain(keep=st.booleans()), global_pool(lambda x: x.mean(2)), ("wrong-rank",)),
    Row("global_max_pool", plain(keep=st.booleans()), global_pool(lambda x: x.max(2).values), ("wrong-rank",)),
    Row(
        "concat",
        any_order(branches(1, lambda axis: rarely(sizes) if axis else widths)),
        concat,
        ("concat-shape-mismatch",),
        examples=100,
    ),
    Row(
        "add",
        any_order(branches(2, lambda axis: rarely(sizes))),
        each(lambda *tensors: functools.reduce(operator.add, tensors)),
        (),
        {"add-shape-mismatch": "torch would repeat an axis of size 1"},
        examples=100,
    ),
    Row(
        "mul",
        any_order(branches(2, lambda axis: st.one_of(st.sampled_from([0, 0, 1]), rarely(sizes)))),
        mul,
        ("mul-shape-mismatch",),
        examples=100,
    ),
    Row("split", any_order(single(split_settings, 0, 1, 2, 3)), split, ("split-mismatch",), examples=100),
    Row(
        "scale",
        single(lambda shape: st.fixed_dictionaries({"factor": st.floats(-2, 2)}), 0, 1, 2, 3),
        lambda case: lambda x: x * case.settings["factor"],
    ),
    Row(
        "layer_scale",
        any_order(single(lambda shape: st.fixed_dictionaries({"value": st.floats(-2, 2)}), 0, 1, 2, 3)),
        layer_scale,
    ),
    Row(
        "dropout",
        plain(p=chances, channels=st.booleans()),
        dropout,
        (),
        {"wrong-rank": UNBATCHED, "channels-last": LAST},
    ),
    Row("drop_path", single(lambda shape: st.fixed_dictionaries({"p": chances}), 0, 1, 2, 3), each(lambda x: x)),
    Row("flatten", plain(), each(lambda x: x.reshape(BATCH, -1))),
    Row(
        "reshape",
        single(reshape_settings, 0, 1, 2, 3),
        lambda case: lambda x: x.reshape(BATCH, *case.settings["shape"]),
        ("reshape-mismatch",),
        {"wrong-axis-count": "no op takes more than three spatial axes"},
        examples=100,
    ),
    Row(
        "permute",
        any_order(single(permute_settings, 1, 2, 3, 2, 0)),
        permute,
        ("axes-mismatch",),
        {"wrong-rank": "features have one axis, and nothing to permute"},
        examples=100,
    ),
    Row(
        "channel_shuffle",
        any_order(single(lambda shape: st.fixed_dictionaries({"groups": st.sampled_from([1, 2, shape[0]])}), *SPATIAL)),
        lambda case: lambda x: F.channel_shuffle(x, case.settings["groups"]),
        ("groups-mismatch", "wrong-rank"),
        {"channels-last": LAST},
        examples=100,
    ),
    Row(
        "pad",
        any_order(single(pad_settings, *SPATIAL)),
        pad,
        ("padding-too-large", "value-mismatch", "wrong-axis-count"),
        {"wrong-rank": "torch would pad the channels", "channels-last": LAST},
        examples=MANY,
    ),
    Row(
        "crop",
        any_order(single(crop_settings, *SPATIAL)),
        crop,
        ("wrong-axis-count",),
        {"wrong-rank": "torch would crop the channels", "channels-last": LAST, "crop-too-large": "no cells, no map"},
        examples=MANY,
    ),
    Row(
        "upsample",
        any_order(single(upsample_settings, *SPATIAL)),
        upsample,
        ("wrong-rank", "wrong-axis-count", "scale-or-size", "align-corners-mismatch"),
        {"channels-last": LAST},
        examples=MANY,
    ),
    Row("identity", plain(), each(lambda x: x)),
)
BY_KEYWORD = {op.keyword: op for op in OPS}
ROW = {row.keyword: row for row in ROWS}


# --- the contract ---------------------------------------------------------------------------------------


def randomise(run: Run) -> None:
    """Fill what a checkpoint holds, so that values that stand for each other by chance do not."""
    if isinstance(run, nn.Module):
        for tensor in run.state_dict(keep_vars=True).values():
            if tensor.is_floating_point():
                nn.init.uniform_(tensor, 0.5, 1.5)


def listed(result: Any) -> list[Tensor]:
    return list(result) if isinstance(result, tuple | list) else [result]


def tensors(case: Case) -> list[Tensor]:
    return [torch.randn(BATCH, *shape) for shape in case.shapes]


def inferred(op: Op, case: Case) -> Outputs:
    return op.infer(case.types)


def check_accepted(op: Op, outputs: Outputs, row: Row, case: Case) -> None:
    types = case.types
    call, cost = op.torch_call(types), op.cost(types, outputs)
    wanted = [(BATCH, *y.shape) for y in outputs]

    run, given = build(call), tensors(case)
    randomise(run)
    results = listed(run(*given))
    assert [tuple(y.shape) for y in results] == wanted

    oracle = row.oracle(case)
    if isinstance(oracle, nn.Module):
        oracle.eval()
        if isinstance(run, nn.Module):
            oracle.load_state_dict(run.state_dict())
    for got, expected in zip(results, listed(oracle(*given)), strict=True):
        torch.testing.assert_close(got, expected, rtol=1e-4, atol=1e-5, equal_nan=True)

    with torch.device("meta"):
        run, given = build(call), tensors(case)
        with FlopCounterMode(display=False) as flops:
            results = listed(run(*given))
    assert [tuple(y.shape) for y in results] == wanted
    assert cost.params == (sum(p.numel() for p in run.parameters()) if isinstance(run, nn.Module) else 0)
    assert cost.macs == flops.get_total_flops() / 2 / BATCH


def check_refused(error: OpError, row: Row, case: Case) -> None:
    assert error.code in (*row.refusals, *row.ours), f"the row does not know `{error.code}`"
    assert error.field is None or error.field in BY_KEYWORD[row.keyword].model_fields
    assert not error.message.endswith(".")
    if error.code in row.ours:
        return
    with pytest.raises(Exception):  # noqa: B017, PT011  # torch has no one class for it
        row.oracle(case)(*tensors(case))


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths")
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.keyword)
def test_op_takes_what_torch_takes_and_infers_what_torch_computes(row: Row) -> None:
    accepted = 0

    @hypothesis.settings(max_examples=row.examples, derandomize=True, deadline=None, database=None)
    @hypothesis.given(row.cases)
    def check(case: Case) -> None:
        nonlocal accepted
        torch.manual_seed(0)
        op = BY_KEYWORD[row.keyword](**case.settings)
        try:
            outputs = inferred(op, case)
        except OpError as error:
            check_refused(error, row, case)
        else:
            check_accepted(op, outputs, row, case)
            accepted += 1

    check()
    # Or the row says nothing; an op without settings has few cases.
    assert accepted >= row.examples // 6


def test_every_op_has_one_row() -> None:
    assert [row.keyword for row in ROWS] == [op.keyword for op in OPS]
