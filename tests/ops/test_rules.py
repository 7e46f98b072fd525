"""Rules of single ops that torch knows nothing of: labels, whom to blame, traces, fields."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from incspec.expressions import Name, expr_of, substitute, to_python, trace
from incspec.ops import BY_KEYWORD, CONSTRUCTS, OPS
from incspec.ops.base import Cost, Op, OpError
from incspec.ops.fields import Kind, as_real, as_whole
from incspec.ops.residual import Residual
from incspec.shapes import TensorType


def made(keyword: str, **settings: Any) -> Op:
    op = BY_KEYWORD[keyword](**settings)
    assert isinstance(op, Op)
    return op


def traced(value: int, name: str) -> int:
    found = trace(value, Name(name))
    assert isinstance(found, int)
    return found


def infer(op: Op, *shapes: tuple[int, ...]) -> TensorType:
    (output,) = op.infer(tuple(TensorType(shape) for shape in shapes))
    return output


def written(value: int) -> str:
    """What the source printer makes of a width."""
    return to_python(expr_of(value))


def blamed(keyword: str, *shapes: tuple[int, ...]) -> int | None:
    with pytest.raises(OpError) as caught:
        infer(made(keyword), *shapes)
    return caught.value.input


@pytest.mark.parametrize(
    ("keyword", "settings", "label"),
    [
        ("conv", {"out": 96, "kernel": 3, "stride": 2, "pad": "valid"}, "3x3 Conv (96 stride 2 V)"),
        ("conv", {"out": 64, "kernel": (1, 7)}, "1x7 Conv (64)"),
        ("conv_transpose", {"out": 64, "kernel": 2, "stride": 2}, "2x2 Transposed Conv (64 stride 2)"),
        ("conv_transpose", {"out": 64, "kernel": 3, "pad": "valid"}, "3x3 Transposed Conv (64 V)"),
        ("conv", {"out": 64, "kernel": 3, "groups": 64}, "3x3 Depthwise Conv (64)"),
        ("conv", {"out": 64, "kernel": 3, "groups": 32}, "3x3 Conv (64 32 groups)"),
        ("drop_path", {"p": 0.1}, "DropPath"),
        ("linear", {"out": 1000}, "Linear (1000)"),
        ("layer_norm", {}, "LayerNorm"),
        ("layer_scale", {"value": 1e-6}, "Layer Scale"),
        ("permute", {"axes": ("H", "W", "C")}, "Permute to HxWxC"),
        ("crop", {"sizes": 4}, "Crop (4)"),
        ("lrn", {}, "LocalRespNorm"),
        ("relu", {}, "Relu activation"),
        ("softmax", {}, "Softmax"),
        ("max_pool", {"kernel": 3, "stride": 2, "pad": "valid"}, "3x3 MaxPool (stride 2 V)"),
        ("max_pool", {"kernel": 3}, "3x3 MaxPool"),
        ("max_pool", {"kernel": (1, 3), "stride": (1, 2)}, "1x3 MaxPool (stride 1x2)"),
        ("avg_pool", {"kernel": 3}, "Avg Pooling"),
        ("avg_pool", {"kernel": (3, 3), "stride": (1, 1)}, "Avg Pooling"),
        ("avg_pool", {"kernel": 3, "pad": "valid"}, "3x3 AvgPool (V)"),
        ("avg_pool", {"kernel": 5, "stride": 3, "pad": "valid"}, "5x5 AvgPool (stride 3 V)"),
        ("global_avg_pool", {}, "Average Pooling"),
        ("global_max_pool", {}, "Max Pooling"),
        ("adaptive_avg_pool", {"size": 5}, "Average Pooling (to 5x5)"),
        ("adaptive_avg_pool", {"size": 1}, "Average Pooling"),
        ("concat", {}, "Filter concat"),
        ("add", {}, "+"),
        ("mul", {}, "×"),  # the sign in the figures
        ("scale", {"factor": 0.17}, "Activation Scaling"),
        ("dropout", {"p": 0.2}, "Dropout (0.2)"),
        ("reshape", {"shape": (64, 7, 7)}, "Reshape (7x7x64)"),
        ("upsample", {"scale": 2}, "Upsample (x2)"),
    ],
)
def test_label_is_in_the_words_of_the_papers(keyword: str, settings: dict[str, Any], label: str) -> None:
    assert made(keyword, **settings).label() == label


def test_every_op_has_a_label_and_a_sentence_for_the_reference() -> None:
    for op in OPS:
        special = {"shape": (4, 2), "axes": ("H", "W", "C"), "p": 0.5}
        settings = {name: special.get(name, 2) for name in op.required_fields()}
        assert op.model_validate(settings).label()
    for construct in CONSTRUCTS:
        assert construct.__doc__ is not None
        assert construct.__doc__.endswith(".")
        for name, info in construct.model_fields.items():
            assert info.description, f"{construct.keyword}.{name}"
            assert sum(isinstance(item, Kind) for item in info.metadata) == 1, f"{construct.keyword}.{name}"


def test_keywords_are_unique_and_main_fields_exist() -> None:
    assert len(BY_KEYWORD) == len(CONSTRUCTS)
    for construct in CONSTRUCTS:
        assert construct.main is None or construct.main in construct.field_names()


def test_residual_is_no_op_but_a_construct() -> None:
    assert not issubclass(Residual, Op)
    assert Residual.field_names() == ("scale", "drop_path", "act", "body", "shortcut")
    assert Residual.model_validate({}) == Residual(scale=1, drop_path=0)


# --- how many inputs


@pytest.mark.parametrize(
    ("keyword", "count", "message"),
    [
        ("relu", 2, "`relu` takes one tensor, got 2"),
        ("split", 0, "`split` takes one tensor, got 0"),
        ("concat", 0, "`concat` needs at least one branch, got 0"),
        ("add", 1, "`add` needs at least two branches, got 1"),
        ("mul", 0, "`mul` needs at least two branches, got 0"),
    ],
)
def test_op_refuses_a_wrong_number_of_inputs(keyword: str, count: int, message: str) -> None:
    op = made(keyword, **({"sizes": 2} if keyword == "split" else {}))
    with pytest.raises(OpError) as caught:
        op.infer((TensorType((8, 4, 4)),) * count)
    assert (caught.value.code, caught.value.message) == ("wrong-input-count", message)


def test_concat_of_one_branch_is_that_branch() -> None:
    assert infer(made("concat"), (8, 4, 4)) == TensorType((8, 4, 4))


# --- whom to blame


@pytest.mark.parametrize("keyword", ["concat", "add", "mul"])
def test_the_branch_that_differs_from_the_others_is_blamed(keyword: str) -> None:
    usual, odd = (8, 35, 35), (8, 17, 17)
    assert blamed(keyword, odd, usual, usual) == 0
    assert blamed(keyword, usual, odd, usual) == 1
    assert blamed(keyword, usual, odd) == 1
    assert blamed(keyword, usual, usual, odd, odd) == 3


def test_mul_blames_no_branch_of_size_one() -> None:
    assert blamed("mul", (8, 1, 1), (8, 35, 35), (4, 1, 1), (8, 1, 1)) == 2
    assert blamed("mul", (8, 17, 1), (8, 1, 1), (8, 35, 35)) == 2


def test_mul_of_features_and_a_map_says_how_to_keep_the_axes() -> None:
    with pytest.raises(OpError) as caught:
        infer(made("mul"), (8, 35, 35), (8,))
    assert "`global_avg_pool: {keep: true}`" in str(caught.value.help)


def test_linear_on_a_map_says_what_to_put_before_it() -> None:
    with pytest.raises(OpError) as caught:
        infer(made("linear", out=10), (8, 35, 35))
    assert str(caught.value.help).startswith("put `flatten` or `global_avg_pool` before it, or `permute: [H, W, C]`")


# --- channels last


LAST = TensorType((8, 6, 16), channels_last=True)


def test_ops_on_channels_last_keep_them_there() -> None:
    for op in (made("linear", out=3), made("layer_norm"), made("gelu"), made("dropout"), made("layer_scale", value=1)):
        (found,) = op.infer((LAST,))
        assert found.channels_last
        assert found.sizes == (8, 6)
    assert made("concat").infer((LAST, LAST)) == (TensorType((8, 6, 32), channels_last=True),)
    assert made("split", sizes=2).infer((LAST,)) == (TensorType((8, 6, 8), channels_last=True),) * 2


def test_permute_leads_there_and_back() -> None:
    x = TensorType((traced(16, "n"), 8, 6))
    (last,) = made("permute", axes=("H", "W", "C")).infer((x,))
    assert last == LAST
    assert written(last.channels) == "n"
    assert made("permute", axes=("C", "H", "W")).infer((last,)) == (x,)
    assert made("permute", axes=("C", "W", "H")).infer((x,)) == (TensorType((16, 6, 8)),)


def test_features_have_no_order() -> None:
    assert made("global_avg_pool").infer((LAST,)) == (TensorType((16,)),)
    assert made("flatten").infer((LAST,)) == (TensorType((768,)),)


def test_what_needs_channels_first_says_how_to_get_them() -> None:
    with pytest.raises(OpError) as caught:
        made("conv", out=3).infer((LAST,))
    assert (caught.value.code, caught.value.help) == ("channels-last", "put `permute: [C, H, W]` before it")
    with pytest.raises(OpError) as caught:
        made("concat").infer((LAST, LAST, TensorType((16, 8, 6))))
    assert caught.value.input == 2
    assert caught.value.help == "put `permute: [H, W, C]` at the end of the branch that differs"


def test_a_transposed_conv_makes_the_size_its_multiple_whatever_the_kernel() -> None:
    for kernel in range(1, 6):
        for stride in range(2, 4):
            assert infer(made("conv_transpose", out=4, kernel=kernel, stride=stride), (8, 5, 7)).sizes == (
                5 * stride,
                7 * stride,
            )
    assert infer(made("conv_transpose", out=4, kernel=3, stride=2, pad="valid"), (8, 5, 7)).sizes == (11, 15)


# --- traces


def test_concat_adds_traced_widths() -> None:
    n = traced(96, "n")
    assert written(infer(made("concat"), (n, 4, 4), (64, 4, 4), (n, 4, 4)).channels) == "2 * n + 64"
    assert written(infer(made("concat"), (n, 4, 4)).channels) == "n"


def test_add_and_mul_keep_the_width_that_decides() -> None:
    n, m = traced(96, "n"), traced(96, "m")
    assert written(infer(made("add"), (n, 4, 4), (m, 4, 4)).channels) == "n"
    assert written(infer(made("mul"), (1, 4, 4), (m, 1, 1), (n, 1, 1)).channels) == "m"
    assert infer(made("mul"), (1, 4, 4), (m, 1, 1)).sizes == (4, 4)
    one = traced(1, "one")
    assert written(infer(made("mul"), (one, 4), (1, 4)).channels) == "one"


def test_flatten_multiplies_a_traced_width() -> None:
    assert written(infer(made("flatten"), (traced(8, "n"), 7, 7)).channels) == "49 * n"


def test_split_keeps_traces_in_its_slices_and_in_the_rest() -> None:
    c, g = traced(64, "in_channels"), traced(8, "g")
    slices = made("split", sizes=("rest", g, g)).infer((TensorType((c, 4, 4)),))
    assert [written(x.channels) for x in slices] == ["in_channels - 2 * g", "g", "g"]
    assert written(infer(made("concat"), *[x.shape for x in slices]).channels) == "in_channels"
    halves = made("split", sizes=2).infer((TensorType((c,)),))
    assert [written(x.channels) for x in halves] == ["in_channels // 2"] * 2


def test_a_crop_is_a_negative_padding_in_terms_of_its_parameter() -> None:
    crop = made("crop", sizes=traced(4, "margin"))
    padding = crop.torch_call((TensorType((8, 32, 32)),)).args["padding"]
    assert (padding, written(padding)) == (-4, "-margin")  # type: ignore[arg-type]
    assert substitute(padding, {"margin": 2}) == -2  # type: ignore[arg-type]


def test_modules_are_constructed_with_traced_widths() -> None:
    x = TensorType((traced(64, "in_channels"),))
    linear = made("linear", out=traced(10, "classes")).torch_call((x,))
    assert [written(value) for value in linear.args.values()] == ["in_channels", "classes"]  # type: ignore[arg-type]
    norm = made("batch_norm").torch_call((x,))
    assert [written(value) for value in norm.args.values()] == ["in_channels"]  # type: ignore[arg-type]


def test_cost_is_in_plain_numbers() -> None:
    x = TensorType((traced(64, "n"),))
    for op in (made("linear", out=traced(10, "classes")), made("batch_norm")):
        cost = op.cost((x,), op.infer((x,)))
        assert type(cost.params) is type(cost.macs) is int
    assert made("linear", out=10).cost((x,), ()) == Cost(params=650, macs=640)


# --- fields


def test_a_whole_number_for_a_real_field_becomes_a_float() -> None:
    assert repr(as_real(2)) == "2.0"
    real = as_real(traced(2, "k"))
    assert (real, written(real)) == (2.0, "1.0 * k")  # type: ignore[arg-type]
    assert repr(substitute(real, {"k": 3})) == "3.0"


def test_a_float_without_fraction_for_a_whole_field_becomes_an_int() -> None:
    assert repr(as_whole(6.0)) == "6"
    assert type(as_whole(6.0)) is int
    whole = as_whole(trace(6.0, Name("w")))
    assert whole is not None
    assert written(whole) == "math.floor(w)"
    assert repr(substitute(whole, {"w": 6.0})) == "6"


@pytest.mark.parametrize(
    ("keyword", "settings", "message"),
    [
        ("dropout", {"p": 1.5}, "wants a number from 0 to 1, got `1.5`"),
        ("leaky_relu", {"slope": -1}, "wants a number of at least 0, got `-1`"),
        ("gelu", {"approximate": "erf"}, "wants `none` or `tanh`, got `erf`"),
        ("split", {"sizes": (4, "half")}, "wants a list of channels, one of which may be `rest`, or a number of equal"),
        ("concat", {"split": 0}, "wants a list of channels"),
        ("pad", {"sizes": -1}, "wants a list of cells before and after each axis, or one number"),
        ("upsample", {"mode": "area"}, "wants `nearest` or `nearest_exact` or `linear` or `bicubic`, got `area`"),
        ("batch_norm", {"eps": 0}, "wants a number above 0, got `0`"),
    ],
)
def test_field_says_what_it_wants(keyword: str, settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError) as caught:
        made(keyword, **settings)
    assert message in caught.value.errors()[0]["msg"]


def test_an_optional_field_takes_none_and_others_do_not() -> None:
    assert made("concat", split=None) == made("concat")
    with pytest.raises(ValidationError):
        made("dropout", p=None)
