"""The specs under `zoo/`, each equal to an implementation that somebody else wrote, and much shorter."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import torch
from compared import assert_close, copy, pairs, randomise
from networks import I3D, InceptionTime, UNet
from references import import_torchvision_and_timm
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

import incspec
from incspec.reading.files import shipped_files, shipped_specs
from incspec.runtime.shapes_only import ShapesOnly

import_torchvision_and_timm()
import timm  # noqa: E402
from timm.models import inception_next  # noqa: E402
from torchvision import models, ops  # noqa: E402
from torchvision.models import convnext, densenet, efficientnet, inception, mobilenetv2, resnet  # noqa: E402

xception = sys.modules["timm.models.xception"]  # the package has a function of this name


@dataclass(frozen=True)
class Reference:
    """An implementation of a network of ours."""

    spec: str
    build: Callable[..., nn.Module]  # without dropout
    # The classes that it is made of, and nothing else; or the number of their lines, where no package has them.
    classes: tuple[type, ...] | int
    params: int
    macs: int
    moved: str = ""  # parameters that it registers at another place, see `compared.reordered`
    ours: dict[str, Any] = field(default_factory=dict)
    shape: tuple[int, ...] = (2, 3, 48, 48)  # of an input
    imports: tuple[str, ...] = ()  # files of blocks; one that it extends is a spec of its own
    share: int = 3  # how many times as long it is at least; less where it is short itself
    # What makes both fit for smaller inputs: a text in the spec with another one, and arguments of the reference.
    smaller: tuple[tuple[str, str], dict[str, Any]] | None = None


def se_inception_v3() -> nn.Module:
    """torchvision's Inception-v3 with its squeeze-and-excite behind every module."""
    network = models.inception_v3(aux_logits=False, init_weights=False, dropout=0)
    for name, module in list(network.named_children()):
        if name.startswith("Mixed"):
            width = WIDTHS[name.removeprefix("Mixed_")]
            network.register_module(name, nn.Sequential(module, ops.SqueezeExcitation(width, width // 16)))
    return network


WIDTHS = {"5b": 256, "5c": 288, "5d": 288, "6a": 768, "6b": 768, "6c": 768, "6d": 768, "6e": 768, "7a": 1280}
WIDTHS |= {"7b": 2048, "7c": 2048}


REFERENCES = (
    Reference(
        "resnet50",
        models.resnet50,
        (resnet.Bottleneck, resnet.ResNet),
        25_557_032,
        4_089_184_256,
        moved=r"(layer\d\.\d+\.)downsample",
    ),
    Reference(
        "densenet121",
        models.densenet121,
        (densenet._DenseLayer, densenet._DenseBlock, densenet._Transition, densenet.DenseNet),
        7_978_856,
        2_834_161_664,
    ),
    Reference(
        "mobilenet_v2",
        lambda: models.mobilenet_v2(dropout=0),
        (ops.Conv2dNormActivation, mobilenetv2.InvertedResidual, mobilenetv2.MobileNetV2),
        3_504_872,
        300_774_272,
        ours={"dropout": 0},
    ),
    Reference(
        "efficientnet_b0",
        lambda: models.efficientnet_b0(dropout=0, stochastic_depth_prob=0),
        (
            ops.Conv2dNormActivation,
            ops.SqueezeExcitation,
            efficientnet.MBConvConfig,
            efficientnet.MBConv,
            efficientnet.EfficientNet,
        ),
        5_288_548,
        385_814_752,
        ours={"dropout": 0, "drop_path": 0},
        imports=("blocks/attention",),
    ),
    Reference(
        "convnext_tiny",
        lambda: models.convnext_tiny(stochastic_depth_prob=0),
        (convnext.LayerNorm2d, convnext.CNBlock, convnext.ConvNeXt),
        28_589_128,
        4_455_531_264,
        moved=r">(features\.\d+\.\d+\.)layer_scale",
        share=2,
        ours={"drop_path": 0},
    ),
    Reference(
        "xception",
        lambda: timm.create_model("legacy_xception"),
        (xception.SeparableConv2d, xception.Block, xception.Xception),
        22_855_952,
        8_357_403_496,
        shape=(1, 3, 75, 75),
    ),
    Reference(
        "inception_next_tiny",
        lambda: timm.create_model("inception_next_tiny"),
        (
            inception_next.InceptionDWConv2d,
            inception_next.ConvMlp,
            inception_next.MlpClassifierHead,
            inception_next.MetaNeXtBlock,
            inception_next.MetaNeXtStage,
            inception_next.MetaNeXt,
        ),
        28_055_680,
        4_188_634_272,
        moved=r">(stages\.\d+\.blocks\.\d+\.)gamma",
        ours={"drop_path": 0},
    ),
    Reference(
        "se_inception_v3",
        se_inception_v3,
        (
            inception.BasicConv2d,
            inception.InceptionA,
            inception.InceptionB,
            inception.InceptionC,
            inception.InceptionD,
            inception.InceptionE,
            inception.Inception3,
            ops.SqueezeExcitation,
        ),
        25_496_188,
        5_714_867_040,
        ours={"dropout": 0},
        shape=(2, 3, 75, 75),
        imports=("blocks/attention",),
    ),
    Reference(
        "inception_time",
        InceptionTime,
        59,  # github.com/hfawaz/InceptionTime, classifiers/inception.py, what builds the network
        420_450,
        209_072_256,
        shape=(2, 1, 100),
        share=2,
    ),
    Reference(
        "i3d",
        I3D,
        250,  # github.com/piergiaj/pytorch-i3d, pytorch_i3d.py, about
        12_697_264,
        111_153_143_808,
        ours={"dropout": 0},
        shape=(1, 3, 16, 64, 64),
        smaller=(("2x7x7 avg_pool", "2x2x2 avg_pool"), {"window": (2, 2, 2)}),
    ),
    Reference(
        "unet",
        UNet,
        86,  # github.com/milesial/Pytorch-UNet, unet_parts.py and unet_model.py; padded, with batch norm, without dropout
        31_030_658,
        150_428_424_448,
        ours={"dropout": 0},
        shape=(1, 1, 188, 188),
        share=2,
    ),
)


@dataclass(frozen=True)
class Pair:
    """A reference and our network with the same weights, in float64, and which of their tensors are the same."""

    reference: Reference
    theirs: nn.Module
    ours: nn.Module
    names: list[tuple[str, str]]

    def x(self) -> Tensor:
        draw = torch.Generator().manual_seed(0)
        return torch.randn(*self.reference.shape, dtype=torch.float64, generator=draw)


@pytest.fixture(scope="module", params=REFERENCES, ids=lambda reference: reference.spec)
def pair(request: pytest.FixtureRequest) -> Iterator[Pair]:
    reference: Reference = request.param
    text = shipped_specs()[f"zoo/{reference.spec}"].read_text("utf-8")
    (written, instead), arguments = reference.smaller or (("", ""), {})
    theirs = reference.build(**arguments).double()
    randomise(theirs, seed=1)
    ours = incspec.load(text.replace(written, instead), params=reference.ours).module(dtype=torch.float64)
    names = pairs(theirs, ours, reference.moved)
    copy(theirs, ours, names)
    return Pair(reference, theirs, ours, names)


@pytest.mark.parametrize("reference", REFERENCES, ids=lambda reference: reference.spec)
def test_counts_are_those_of_the_reference(reference: Reference) -> None:
    model = incspec.load(f"zoo/{reference.spec}")
    assert (model.params, model.macs) == (reference.params, reference.macs)
    with torch.device("meta"), torch.no_grad(), FlopCounterMode(display=False) as flops, ShapesOnly():
        theirs = reference.build().eval()
        theirs(torch.empty(1, *model.inputs[0].shape))
    assert sum(parameter.numel() for parameter in theirs.parameters()) == reference.params
    assert flops.get_total_flops() == 2 * reference.macs


def test_outputs_in_eval_mode_are_those_of_the_reference(pair: Pair) -> None:
    x = pair.x()
    with torch.no_grad():
        wanted, found = pair.theirs.eval()(x), pair.ours.eval()(x)
    assert_close(found, wanted, wanted.abs().max().item(), "output")


def test_outputs_gradients_and_statistics_in_train_mode_are_those_of_the_reference(pair: Pair) -> None:
    results = []
    for module in (pair.theirs, pair.ours):
        module.train().zero_grad()
        x = pair.x().requires_grad_()
        output = module(x)
        output.square().mean().backward()
        gradients = {name: parameter.grad for name, parameter in module.named_parameters()}
        results.append(({"output": output.detach(), "input": x.grad}, gradients, dict(module.named_buffers())))
    (wanted, wanted_gradients, wanted_buffers), (found, gradients, buffers) = results
    for name, tensor in wanted.items():
        assert_close(found[name], tensor, tensor.abs().max().item(), name)
    scale = max(gradient.abs().max().item() for gradient in wanted_gradients.values())
    for their_name, name in pair.names:
        if their_name in wanted_gradients:
            assert_close(gradients[name], wanted_gradients[their_name], scale, name)
        else:
            assert_close(buffers[name].double(), wanted_buffers[their_name].double(), 1.0, name)


@pytest.mark.parametrize("reference", REFERENCES, ids=lambda reference: reference.spec)
def test_a_spec_is_at_most_a_third_or_half_as_long_as_the_references_classes(reference: Reference) -> None:
    theirs = reference.classes
    if not isinstance(theirs, int):
        theirs = sum(lines(inspect.getsource(cls)) for cls in theirs)
    files = (f"zoo/{reference.spec}", *reference.imports)
    ours = sum(lines(shipped_files()[name].read_text("utf-8")) for name in files)
    assert reference.share * ours <= theirs


def lines(text: str) -> int:
    """The lines of a text that are neither empty nor a comment."""
    return sum(1 for line in text.splitlines() if line.strip() and not line.strip().startswith("#"))


def test_every_spec_of_the_zoo_has_a_reference() -> None:
    specs = {name.removeprefix("zoo/") for name in shipped_specs() if name.startswith("zoo/")}
    assert specs == {reference.spec for reference in REFERENCES}
