"""The torch calls of ops: how they print, that TorchScript and export take them, and what `DropPath` does."""

from __future__ import annotations

import importlib.util
import inspect
import itertools
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn
from torch_calls import build, source

from incspec.ops import BY_KEYWORD, OPS
from incspec.ops.base import Op, TorchCall
from incspec.ops.dropout import DropPath
from incspec.ops.layer_scale import LayerScale
from incspec.shapes import TensorType

Shape = tuple[int, ...]
CHW = (8, 6, 5)

PRINTED: tuple[tuple[str, dict[str, Any], tuple[Shape, ...], str], ...] = (
    ("conv", {"out": 4, "kernel": 3, "bias": False}, (CHW,), "nn.Conv2d(8, 4, kernel_size=3, padding=1, bias=False)"),
    (
        "conv",
        {"out": 4, "kernel": (1, 7), "stride": 2},
        (CHW,),
        "nn.Conv2d(8, 4, kernel_size=(1, 7), stride=2, padding=(0, 3))",
    ),
    (
        "conv_transpose",
        {"out": 4, "kernel": 2, "stride": 2},
        (CHW,),
        "nn.ConvTranspose2d(8, 4, kernel_size=2, stride=2)",
    ),
    (
        "conv_transpose",
        {"out": 4, "kernel": 3, "stride": 2, "bias": False},
        (CHW,),
        "nn.ConvTranspose2d(8, 4, kernel_size=3, stride=2, padding=1, output_padding=1, bias=False)",
    ),
    ("linear", {"out": 10}, ((8,),), "nn.Linear(8, 10)"),
    ("linear", {"out": 10, "bias": False}, ((8,),), "nn.Linear(8, 10, bias=False)"),
    ("batch_norm", {"eps": 0.001}, (CHW,), "nn.BatchNorm2d(8, eps=0.001)"),
    ("batch_norm", {"eps": 1, "momentum": 0}, ((8,),), "nn.BatchNorm1d(8, eps=1.0, momentum=0.0)"),
    ("layer_norm", {}, ((8,),), "nn.LayerNorm(8)"),
    ("layer_norm", {"eps": 1e-6, "affine": False}, (CHW,), "ChannelLayerNorm(8, eps=1e-06, elementwise_affine=False)"),
    ("lrn", {"k": 2}, (CHW,), "nn.LocalResponseNorm(5, k=2.0)"),
    ("normalize", {"mean": 0, "std": 2}, (CHW,), "Normalize((0.0,), (2.0,))"),
    ("relu", {}, (CHW,), "nn.ReLU()"),
    ("relu6", {}, (CHW,), "nn.ReLU6()"),
    ("leaky_relu", {}, (CHW,), "nn.LeakyReLU()"),
    ("leaky_relu", {"slope": 1}, (CHW,), "nn.LeakyReLU(negative_slope=1.0)"),
    ("elu", {"alpha": 2}, (CHW,), "nn.ELU(alpha=2.0)"),
    ("gelu", {"approximate": "tanh"}, (CHW,), "nn.GELU(approximate='tanh')"),
    ("silu", {}, (CHW,), "nn.SiLU()"),
    ("mish", {}, (CHW,), "nn.Mish()"),
    ("sigmoid", {}, (CHW,), "nn.Sigmoid()"),
    ("tanh", {}, (CHW,), "nn.Tanh()"),
    ("hard_sigmoid", {}, (CHW,), "nn.Hardsigmoid()"),
    ("hard_swish", {}, (CHW,), "nn.Hardswish()"),
    ("hard_tanh", {}, (CHW,), "nn.Hardtanh()"),
    ("softmax", {}, (CHW,), "nn.Softmax(dim=1)"),
    ("max_pool", {"kernel": 3}, (CHW,), "nn.MaxPool2d(3, stride=1, padding=1)"),
    ("max_pool", {"kernel": 3, "stride": 2, "pad": "valid"}, (CHW,), "nn.MaxPool2d(3, stride=2)"),
    (
        "avg_pool",
        {"kernel": 3, "count_include_pad": False},
        (CHW,),
        "nn.AvgPool2d(3, stride=1, padding=1, count_include_pad=False)",
    ),
    (
        "avg_pool",
        {"kernel": 3, "stride": 3, "ceil_mode": True},
        ((8, 6),),
        "nn.AvgPool1d(3, stride=3, padding=1, ceil_mode=True)",
    ),
    ("adaptive_avg_pool", {"size": 1}, (CHW,), "nn.AdaptiveAvgPool2d(1)"),
    ("adaptive_max_pool", {"size": (2, 3)}, (CHW,), "nn.AdaptiveMaxPool2d((2, 3))"),
    ("global_avg_pool", {}, (CHW,), "x0.mean(dim=(2, 3))"),
    ("global_avg_pool", {"keep": True}, ((8, 6),), "x0.mean(dim=2, keepdim=True)"),
    ("global_max_pool", {"keep": True}, (CHW,), "x0.amax(dim=(2, 3), keepdim=True)"),
    ("concat", {}, (CHW, CHW, CHW), "torch.cat([x0, x1, x2], dim=1)"),
    ("add", {}, (CHW, CHW, CHW), "x0 + x1 + x2"),
    ("mul", {}, (CHW, (8, 1, 1)), "x0 * x1"),
    ("split", {"sizes": ("rest", 2)}, (CHW,), "x0.split((6, 2), dim=1)"),
    ("split", {"sizes": 2}, (CHW,), "x0.split((4, 4), dim=1)"),
    ("scale", {"factor": 0.17}, (CHW,), "x0 * 0.17"),
    ("layer_scale", {"value": 1e-6}, (CHW,), "LayerScale(8, 1e-06, axes=2)"),
    ("layer_scale", {"value": 1}, ((8,),), "LayerScale(8, 1.0)"),
    ("dropout", {"p": 0}, (CHW,), "nn.Dropout(0.0)"),
    ("dropout", {"p": 0.2, "channels": True}, (CHW,), "nn.Dropout2d(0.2)"),
    ("drop_path", {"p": 0.1}, (CHW,), "DropPath(0.1)"),
    ("drop_path", {"p": 1}, (CHW,), "DropPath(1.0)"),
    ("flatten", {}, (CHW,), "nn.Flatten()"),
    ("reshape", {"shape": (4, 12, 5)}, (CHW,), "x0.flatten(1).unflatten(1, (4, 12, 5))"),
    ("reshape", {"shape": (2, 2, 2)}, ((8,),), "x0.unflatten(1, (2, 2, 2))"),
    ("permute", {"axes": ("H", "W", "C")}, (CHW,), "x0.permute(0, 2, 3, 1)"),
    ("channel_shuffle", {"groups": 2}, (CHW,), "nn.ChannelShuffle(2)"),
    ("pad", {"sizes": 1}, (CHW,), "nn.ZeroPad2d(1)"),
    ("pad", {"sizes": (1, 2, 3, 4), "value": 2}, (CHW,), "nn.ConstantPad2d((3, 4, 1, 2), 2.0)"),
    ("pad", {"sizes": (1, 2), "mode": "circular"}, ((8, 6),), "nn.CircularPad1d((1, 2))"),
    ("crop", {"sizes": (1, 0, 2, 2)}, (CHW,), "nn.ZeroPad2d((-2, -2, -1, 0))"),
    ("upsample", {"scale": 2}, (CHW,), "nn.Upsample(scale_factor=2)"),
    ("upsample", {"size": 9, "mode": "linear"}, (CHW,), "nn.Upsample(size=9, mode='bilinear')"),
    (
        "upsample",
        {"scale": (2, 3), "mode": "bicubic", "align_corners": True},
        (CHW,),
        "nn.Upsample(scale_factor=(2, 3), mode='bicubic', align_corners=True)",
    ),
    ("identity", {}, (CHW,), "nn.Identity()"),
)
printed = pytest.mark.parametrize(("keyword", "settings", "shapes", "text"), PRINTED, ids=[row[-1] for row in PRINTED])


def call_of(op: Op, shapes: tuple[Shape, ...]) -> TorchCall:
    return op.torch_call(tuple(TensorType(shape) for shape in shapes))


def made(keyword: str, settings: dict[str, Any]) -> Op:
    op = BY_KEYWORD[keyword](**settings)
    assert isinstance(op, Op)
    return op


def network(call: TorchCall, inputs: int, folder: Path) -> nn.Module:
    """A module of the one call, from a source file, as TorchScript wants it."""
    names = [f"x{index}" for index in range(inputs)]
    layer = source(call) if call.is_module else "nn.Identity()"
    result = f"self.layer({', '.join(names)})" if call.is_module else source(call, *names)
    text = f"import torch\nimport torch.nn.functional as F\nfrom torch import nn\n\n\n{call.helper}\n\nclass Net(nn.Module):\n"
    text += f"    def __init__(self):\n        super().__init__()\n        self.layer = {layer}\n\n"
    text += f"    def forward(self, {', '.join(names)}):\n        return {result}\n"
    path = folder / "net.py"
    path.write_text(text)
    spec = importlib.util.spec_from_file_location("net", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    net = module.Net()
    assert isinstance(net, nn.Module)
    return net


def same(found: Any, expected: Any) -> bool:
    pairs = zip(found, expected, strict=True) if isinstance(expected, tuple | list) else [(found, expected)]
    return all(torch.equal(a, b) for a, b in pairs)


@printed
def test_call_prints_as_one_would_write_it(
    keyword: str, settings: dict[str, Any], shapes: tuple[Shape, ...], text: str
) -> None:
    assert source(call_of(made(keyword, settings), shapes), *[f"x{index}" for index in range(len(shapes))]) == text


def test_every_op_is_printed() -> None:
    assert {keyword for keyword, *_ in PRINTED} == {op.keyword for op in OPS}


@printed
@pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")
def test_torchscript_takes_the_call(
    keyword: str, settings: dict[str, Any], shapes: tuple[Shape, ...], text: str, tmp_path: Path
) -> None:
    net = network(call_of(made(keyword, settings), shapes), len(shapes), tmp_path)
    tensors = [torch.randn(2, *shape) for shape in shapes]
    scripted = torch.jit.script(net)
    scripted(*tensors)  # in training: nothing to compare, since some ops are random
    net.eval()
    scripted.eval()
    assert same(scripted(*tensors), net(*tensors))


@pytest.mark.parametrize(
    ("keyword", "settings"),
    [
        ("global_avg_pool", {}),
        ("split", {"sizes": ("rest", 2)}),
        ("reshape", {"shape": (4, 12, 5)}),
        ("channel_shuffle", {"groups": 2}),
        ("upsample", {"scale": 2}),
        ("drop_path", {"p": 0.5}),
        ("layer_norm", {}),
        ("layer_scale", {"value": 0.5}),
        ("permute", {"axes": ("H", "W", "C")}),
        ("crop", {"sizes": 1}),
    ],
)
def test_export_keeps_the_batch_free(keyword: str, settings: dict[str, Any], tmp_path: Path) -> None:
    net = network(call_of(made(keyword, settings), (CHW,)), 1, tmp_path).eval()
    dynamic = ({0: torch.export.Dim("batch")},)
    exported = torch.export.export(net, (torch.randn(2, *CHW),), dynamic_shapes=dynamic).module()
    x = torch.randn(5, *CHW)
    assert same(exported(x), net(x))


def test_inplace_ops_are_those_that_torch_can_do_in_place() -> None:
    for op in OPS:
        if op.family == "act":
            call = op().torch_call((TensorType(CHW),))
            takes = "inplace" in inspect.signature(getattr(nn, call.target.removeprefix("nn."))).parameters
            assert takes == op.inplace, op.keyword
        else:
            assert not op.inplace, op.keyword


@pytest.mark.filterwarnings("error")
def test_inplace_activation_can_be_trained() -> None:
    for op in OPS:
        if op.inplace:
            call = op().torch_call((TensorType(CHW),))
            weight = torch.randn(2, *CHW, requires_grad=True)
            eval(source(call).replace("()", "(inplace=True)"), {"nn": nn})(weight * 2).sum().backward()
            assert weight.grad is not None


def drop_path(p: float) -> nn.Module:
    module = build(DropPath(p=p).torch_call((TensorType(CHW),)))
    assert isinstance(module, nn.Module)
    return module.train()


def test_drop_path_drops_whole_images_and_scales_the_others() -> None:
    torch.manual_seed(0)
    x = torch.randn(4000, 3, 2, 2)
    y = drop_path(0.25)(x)
    kept = y.flatten(1).abs().sum(1) > 0
    torch.testing.assert_close(y[kept], x[kept] / 0.75)
    assert 0.72 < kept.float().mean() < 0.78


def test_drop_path_of_zero_or_in_evaluation_is_the_input() -> None:
    x = torch.randn(4, 3)
    assert drop_path(0)(x) is x
    assert drop_path(0.5).eval()(x) is x


def test_drop_path_of_one_leaves_nothing() -> None:
    assert not drop_path(1)(torch.randn(4, 3)).any()


def test_drop_path_keeps_the_type_of_numbers() -> None:
    assert drop_path(0.5)(torch.randn(4, 3, dtype=torch.bfloat16)).dtype == torch.bfloat16


def test_layer_scale_learns_one_factor_for_each_channel_wherever_that_is() -> None:
    for x in (TensorType((8,)), TensorType(CHW), TensorType((6, 5, 8), channels_last=True)):
        module = build(LayerScale(value=0.5).torch_call((x,)))
        assert isinstance(module, nn.Module)
        with torch.no_grad():
            module.weight.copy_(torch.arange(8.0).reshape(module.weight.shape))
        y = module(torch.ones(2, *x.shape)).movedim(x.channel_dim, -1)
        assert torch.equal(y, torch.arange(8.0).expand(y.shape))


def test_reshape_refuses_an_input_of_another_size() -> None:
    """With `x.reshape(-1, 8, 6, 5)` two images would become eight."""
    run = build(call_of(made("reshape", {"shape": (4, 12, 5)}), (CHW,)))
    with pytest.raises(RuntimeError):
        run(torch.randn(2, 8, 12, 10))


def test_split_gives_as_many_outputs_as_it_says() -> None:
    for sizes, shape in itertools.product([2, 1, (4, 4), ("rest", 1, 2), ("rest",), (8,)], [(8,), CHW]):
        op = made("split", {"sizes": sizes})
        assert (
            op.output_count
            == len(op.infer((TensorType(shape),)))
            == len(build(call_of(op, (shape,)))(torch.ones(1, *shape)))
        )
