"""What ops refuse, one by one, and what they say: torch refuses it too, unless the row of the op says that it is ours."""

from __future__ import annotations

import pytest
from op_cases import Case, Settings, Shape
from test_contract import BY_KEYWORD, ROW, ROWS, check_refused, inferred

from incspec.ops.base import OpError

C, CL, CHW, CTHW = (8,), (8, 6), (8, 6, 5), (8, 4, 4, 4)  # inputs
EVEN = "has no `same` padding"

REFUSED: tuple[tuple[str, Settings, tuple[Shape, ...], str, str], ...] = (
    ("conv", {"out": 8}, (C,), "wrong-rank", "`conv` needs a map with height and width, got 8 features"),
    ("conv", {"out": 8, "kernel": (3, 3)}, (CL,), "wrong-axis-count", "`kernel` has 2 numbers for 1 spatial axis (L)"),
    ("conv", {"out": 8, "groups": 3}, (CHW,), "groups-mismatch", "8 input channels do not divide into 3 groups"),
    ("conv", {"out": 9, "groups": 4}, (CHW,), "groups-mismatch", "9 output channels do not divide into 4 groups"),
    ("conv", {"out": 8, "kernel": (1, 7), "pad": "valid"}, (CHW,), "window-too-large", "a 1x7 window does not fit"),
    ("conv", {"out": 8, "kernel": 2, "stride": 2}, (CHW,), "even-kernel-stride", f"an even kernel (2x2) {EVEN}"),
    ("conv", {"out": 8}, (CHW,), "channels-last", "`conv` needs channels first, got 8x6x5 with channels last"),
    ("conv_transpose", {"out": 8}, (C,), "wrong-rank", "`conv_transpose` needs a map"),
    ("conv_transpose", {"out": 8}, (CHW,), "channels-last", "`conv_transpose` needs channels first"),
    ("conv_transpose", {"out": 8, "groups": 3}, (CHW,), "groups-mismatch", "8 input channels do not divide into 3"),
    # What torch is given wrong in number is told before what it makes of the numbers.
    ("conv", {"out": 8, "groups": 3, "stride": (1, 1, 1)}, (CHW,), "wrong-axis-count", "`stride` has 3 numbers"),
    ("conv_transpose", {"out": 8, "groups": 3, "stride": (1, 1, 1)}, (CHW,), "wrong-axis-count", "`stride` has 3"),
    ("conv_transpose", {"out": 8, "kernel": (2, 2)}, (CL,), "wrong-axis-count", "`kernel` has 2 numbers for 1"),
    ("conv_transpose", {"out": 8, "kernel": 2}, (CHW,), "even-kernel-stride", f"an even kernel (2) {EVEN}"),
    (
        "conv_transpose",
        {"out": 8, "kernel": 3, "stride": 2, "output_padding": 1},
        (CHW,),
        "value-mismatch",
        "`output_padding` has no meaning for the padding `same`",
    ),
    (
        "conv_transpose",
        {"out": 8, "kernel": 3, "stride": 2, "pad": 1, "output_padding": 2},
        (CHW,),
        "padding-too-large",
        "an output padding of 2 is not below the stride 2",
    ),
    ("linear", {"out": 10}, (CHW,), "wrong-rank", "`linear` needs features, got a map 8x6x5"),
    ("batch_norm", {"affine": False, "init": {"bias": 1}}, (C,), "init-mismatch", "`init` has nothing to initialise"),
    ("batch_norm", {"init": {"weight": "orthogonal"}}, (C,), "init-mismatch", "`orthogonal` initialises matrices"),
    ("batch_norm", {}, (CHW,), "channels-last", "`batch_norm` needs channels first"),
    ("layer_norm", {"affine": False, "init": {"bias": 1}}, (C,), "init-mismatch", "`init` has nothing to initialise"),
    ("lrn", {}, (CHW,), "channels-last", "`lrn` needs channels first"),
    ("lrn", {}, (C,), "wrong-rank", "`lrn` needs a map"),
    ("max_pool", {"kernel": 3}, (CHW,), "channels-last", "`max_pool` needs channels first"),
    ("normalize", {"mean": 0, "std": (1, 2)}, (CHW,), "channels-last", "`normalize` needs channels first"),
    ("normalize", {"mean": 0, "std": (1, 2)}, (CHW,), "normalize-mismatch", "`std` has 2 numbers for 8 channels"),
    ("max_pool", {"kernel": 3}, (C,), "wrong-rank", "`max_pool` needs a map"),
    ("max_pool", {"kernel": 3, "stride": (2, 2, 2)}, (CHW,), "wrong-axis-count", "`stride` has 3 numbers for 2"),
    ("max_pool", {"kernel": (3, 2)}, (CHW,), "even-kernel-pool", f"an even window (3x2) {EVEN}"),
    ("max_pool", {"kernel": 7, "pad": 0}, (CHW,), "window-too-large", "a 7x7 window does not fit into 8x6x5"),
    ("max_pool", {"kernel": 3, "pad": 2}, (CHW,), "padding-too-large", "a padding of 2x2 is more than half of the 3x3"),
    ("max_pool", {"kernel": 3, "dilation": 2}, (CHW,), "padding-too-large", "a padding of 2x2 is more than half"),
    ("avg_pool", {"kernel": 3}, (CHW,), "channels-last", "`avg_pool` needs channels first"),
    ("avg_pool", {"kernel": 3}, (C,), "wrong-rank", "`avg_pool` needs a map"),
    ("avg_pool", {"kernel": 3, "pad": (1, 1)}, (CL,), "wrong-axis-count", "`pad` has 2 numbers for 1"),
    ("avg_pool", {"kernel": 2}, (CHW,), "even-kernel-pool", f"an even window (2x2) {EVEN}"),
    ("avg_pool", {"kernel": 6, "pad": "valid"}, (CHW,), "window-too-large", "a 6x6 window does not fit into 8x6x5"),
    ("avg_pool", {"kernel": 5}, (CTHW,), "window-too-large", "a 5x5x5 window is larger than 8x4x4x4"),
    ("avg_pool", {"kernel": 2, "pad": 2}, (CHW,), "padding-too-large", "a padding of 2x2 is more than half of the 2x2"),
    ("adaptive_avg_pool", {"size": 1}, (CHW,), "channels-last", "`adaptive_avg_pool` needs channels first"),
    ("adaptive_avg_pool", {"size": 1}, (C,), "wrong-rank", "`adaptive_avg_pool` needs a map"),
    ("adaptive_avg_pool", {"size": (2, 2)}, (CL,), "wrong-axis-count", "`size` has 2 numbers for 1"),
    ("adaptive_max_pool", {"size": 1}, (CHW,), "channels-last", "`adaptive_max_pool` needs channels first"),
    ("adaptive_max_pool", {"size": 1}, (C,), "wrong-rank", "`adaptive_max_pool` needs a map"),
    ("adaptive_max_pool", {"size": (2, 2)}, (CTHW,), "wrong-axis-count", "`size` has 2 numbers for 3 spatial axes"),
    ("global_avg_pool", {}, (C,), "wrong-rank", "`global_avg_pool` needs a map"),
    ("global_max_pool", {}, (C,), "wrong-rank", "`global_max_pool` needs a map"),
    ("concat", {}, (CHW, (8, 7, 5)), "concat-shape-mismatch", "branches differ in height"),
    ("concat", {}, (CHW, (8, 6, 4)), "concat-shape-mismatch", "branches differ in width"),
    ("concat", {}, (CHW, (8, 3, 3)), "concat-shape-mismatch", "branches differ in height and width"),
    ("concat", {}, (CL, (8, 3)), "concat-shape-mismatch", "branches differ in length"),
    ("concat", {}, (CTHW, (8, 4, 4, 2)), "concat-shape-mismatch", "branches differ in size"),
    ("concat", {}, (CHW, C), "concat-shape-mismatch", "branches differ in their number of axes"),
    ("concat", {}, (CHW, CHW), "concat-shape-mismatch", "some branches have channels first, others last"),
    ("add", {}, (CHW, CHW), "add-shape-mismatch", "some branches have channels first, others last"),
    ("mul", {}, (CHW, CHW), "mul-shape-mismatch", "some branches have channels first, others last"),
    ("add", {}, (CHW, (4, 6, 5)), "add-shape-mismatch", "add needs equal shapes, got 8x6x5 and 4x6x5"),
    (
        "mul",
        {},
        (CHW, (4, 1, 1)),
        "mul-shape-mismatch",
        "mul needs equal shapes, or axes of size 1, got 8x6x5 and 4x1x1",
    ),
    ("mul", {}, (C, CHW), "mul-shape-mismatch", "mul needs the same number of axes, got 8 and 8x6x5"),
    ("split", {"sizes": 3}, (CHW,), "split-mismatch", "8 channels do not divide into 3 equal slices"),
    ("split", {"sizes": (4, 2)}, (CHW,), "split-mismatch", "the slices have 4 + 2 = 6 channels, the input has 8"),
    (
        "split",
        {"sizes": ("rest", 8)},
        (CHW,),
        "split-mismatch",
        "nothing is left for `rest`: 8 of 8 channels are given",
    ),
    ("split", {"sizes": ("rest", "rest")}, (CHW,), "split-mismatch", "`rest` stands more than once"),
    ("dropout", {"channels": True}, (C,), "wrong-rank", "`channels` needs a map with height and width, got 8 features"),
    ("dropout", {"channels": True}, (CHW,), "channels-last", "`dropout` needs channels first"),
    ("reshape", {"shape": (4, 4)}, (C,), "reshape-mismatch", "8 has 8 elements, 4x4 would have 16"),
    ("reshape", {"shape": (2, 2, 2, 1, 1)}, (C,), "wrong-axis-count", "`shape` has 5 axes, a tensor has 1 to 4"),
    ("permute", {"axes": ("H", "W", "C")}, (C,), "wrong-rank", "`permute` needs a map"),
    ("permute", {"axes": ("H", "W")}, (CHW,), "axes-mismatch", "`axes` names H, W, the input has C, H, W"),
    ("permute", {"axes": ("L", "C", "T")}, (CTHW,), "axes-mismatch", "`axes` names L, C, T, the input has C, T, H, W"),
    ("permute", {"axes": ("H", "C", "W")}, (CHW,), "axes-mismatch", "`axes` puts the channels between others: H, C, W"),
    ("channel_shuffle", {"groups": 2}, (CHW,), "channels-last", "`channel_shuffle` needs channels first"),
    ("channel_shuffle", {"groups": 2}, (C,), "wrong-rank", "`channel_shuffle` needs a map"),
    ("channel_shuffle", {"groups": 3}, (CHW,), "groups-mismatch", "8 channels do not divide into 3 groups"),
    ("pad", {"sizes": 1}, (CHW,), "channels-last", "`pad` needs channels first"),
    ("pad", {"sizes": 1}, (C,), "wrong-rank", "`pad` needs a map"),
    ("pad", {"sizes": (1, 1)}, (CHW,), "wrong-axis-count", "`sizes` has 2 numbers, for 8x6x5 it needs 4 (before and"),
    ("pad", {"sizes": 1, "mode": "reflect", "value": 2}, (CHW,), "value-mismatch", "`value` has no meaning for"),
    ("pad", {"sizes": 5, "mode": "reflect"}, (CHW,), "padding-too-large", "`reflect` finds 4 cells at most in 8x6x5"),
    ("pad", {"sizes": 6, "mode": "circular"}, (CHW,), "padding-too-large", "`circular` finds 5 cells at most in 8x6x5"),
    ("crop", {"sizes": 1}, (C,), "wrong-rank", "`crop` needs a map"),
    ("crop", {"sizes": 1}, (CHW,), "channels-last", "`crop` needs channels first"),
    ("crop", {"sizes": (1, 1)}, (CHW,), "wrong-axis-count", "`sizes` has 2 numbers, for 8x6x5 it needs 4"),
    ("crop", {"sizes": 3}, (CHW,), "crop-too-large", "nothing is left of 8x6x5"),
    ("upsample", {"scale": 2}, (CHW,), "channels-last", "`upsample` needs channels first"),
    ("upsample", {"scale": 2}, (C,), "wrong-rank", "`upsample` needs a map"),
    ("upsample", {"scale": 2, "mode": "bicubic"}, (CL,), "wrong-rank", "`bicubic` needs a map with height and width"),
    ("upsample", {"size": (3, 3)}, (CL,), "wrong-axis-count", "`size` has 2 numbers for 1"),
    ("upsample", {}, (CHW,), "scale-or-size", "`upsample` takes either `scale` or `size`, got neither"),
    (
        "upsample",
        {"scale": 2, "align_corners": True},
        (CHW,),
        "align-corners-mismatch",
        "`align_corners` has no meaning",
    ),
)


@pytest.mark.parametrize(
    ("keyword", "settings", "inputs", "code", "message"), REFUSED, ids=lambda v: v if isinstance(v, str) else ""
)
def test_op_refuses_what_torch_refuses_and_says_why(
    keyword: str, settings: Settings, inputs: tuple[Shape, ...], code: str, message: str
) -> None:
    last = code == "channels-last" or (inputs[1:] == inputs[:1] and code.endswith("-shape-mismatch"))
    case = Case(settings, inputs, (*[False] * (len(inputs) - 1), last))
    with pytest.raises(OpError) as caught:
        inferred(BY_KEYWORD[keyword](**settings), case)
    assert caught.value.code == code
    assert caught.value.message.startswith(message)
    check_refused(caught.value, ROW[keyword], case)


def test_every_refusal_is_shown_once() -> None:
    shown = {(keyword, code) for keyword, _, _, code, _ in REFUSED}
    assert shown == {(row.keyword, code) for row in ROWS for code in (*row.refusals, *row.ours)}
