"""What ops say of the order of channels, held against torch: weights are reordered by it."""

from __future__ import annotations

import hypothesis
import pytest
import torch
from test_contract import ROWS, Case, Row
from torch import nn
from torch_calls import build

from incspec.ops import BY_KEYWORD, OPS
from incspec.ops.base import Op, OpError

RULES = {op.keyword: op.channel_order for op in OPS}


def rows(rule: str) -> list[Row]:
    return [row for row in ROWS if RULES[row.keyword] == rule]


def run(op: Op, case: Case, rule: str) -> None:
    """Compute with channels in our order, and with channels, and parameters as the rule says, in the opposite one."""
    function = build(op.torch_call(case.types))
    given = [torch.rand(2, *type_.shape) for type_ in case.types]
    expected = function(*given)
    if isinstance(function, nn.Module):
        width = case.types[0].channels
        for parameter in function.state_dict().values():
            if rule == "kept" and parameter.shape[:1] == (width,):
                parameter.copy_(parameter.flip(0))
            elif rule == "absorbed" and parameter.ndim > 1:
                parameter.copy_(parameter.flip(1))
    found = function(*(x.flip(type_.channel_dim) for x, type_ in zip(given, case.types, strict=True)))
    (after,) = op.infer(case.types)
    if rule != "absorbed":
        found = found.flip(after.channel_dim)
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5, equal_nan=True)


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths")
@pytest.mark.parametrize("row", [*rows("kept"), *rows("absorbed"), *rows("matched")], ids=lambda row: row.keyword)
def test_op_treats_the_order_of_channels_as_it_says(row: Row) -> None:
    @hypothesis.settings(max_examples=25, derandomize=True, deadline=None, database=None)
    @hypothesis.given(row.cases)
    def check(case: Case) -> None:
        torch.manual_seed(0)
        op = BY_KEYWORD[row.keyword](**case.settings)
        assert isinstance(op, Op)
        try:
            op.infer(case.types)
        except OpError:
            return
        rule = RULES[row.keyword]
        if rule == "absorbed" and getattr(op, "groups", 1) != 1:  # that of a group; see the tests of weights
            return
        run(op, case, rule)

    check()
