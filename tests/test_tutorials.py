"""The tutorials' specs: as posted, the checker says what torch says, at the author's mistake; repaired, they train."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import posted
import pytest
import torch
from torch import Tensor, nn

import incspec
from incspec.diagnostics import Diagnostic
from incspec.losses import training_loss
from incspec.reading.files import shipped_specs
from incspec.runtime.shapes_only import ShapesOnly
from incspec.runtime.verify import measure

TEXTS = {path.stem: path.read_text("utf-8") for path in shipped_specs().values() if path.parent.name == "tutorials"}
POSTED = tuple(name.removesuffix("_posted") for name in TEXTS if name.endswith("_posted"))
# The networks that run as posted, in torch.
RUNNING: dict[str, Callable[[], nn.Module]] = {
    "t0_googlenet": posted.t0_googlenet,
    "t1_googlenet_bn": posted.t1_googlenet_bn,
    "t3_inception_resnet_v2": posted.t3_inception_resnet_v2,
    "t3_inception_v3": posted.t3_inception_v3,
    "t3_inception_v4": posted.t3_inception_v4,
}


@dataclass(frozen=True)
class Mistake:
    """A mistake that torch refuses after `runs` layers, what repairs it, and what the checker says of it.

    `wrong` is the text of the spec with the mistake, `right` what to write for it. The checker says `told`, and
    underlines `blamed`, a piece of `wrong`; `because` is what it says of other places.
    """

    name: str
    wrong: str
    right: str
    runs: int
    told: str
    blamed: str
    because: tuple[str, ...] = ()


# What is written with other modules here than in the transcriptions, or without.
_OWN_WAY = ("Mean", "TransformInput", "Normalize")
_3B = "name: inception_3b, in: 256, n1: 128, n3_reduce: "
# The networks that torch refuses, and their mistakes in the order in which torch comes to them.
REFUSED: dict[str, tuple[Callable[[frozenset[str]], nn.Module], tuple[Mistake, ...]]] = {
    "t2_simple_inception": (
        posted.t2_simple_inception,
        (
            Mistake(
                "features",
                wrong="linear 10 in 64*4*32*32",
                right="linear 10 in 352*32*32",
                runs=9,
                told="`in` says 262144 features, but 360448 arrive",
                blamed="64*4*32*32",
                because=(
                    "352x32x32 becomes 360448 features here",
                    "64 + 128 + 128 + 32 = 352 channels come from here",
                ),
            ),
        ),
    ),
    "t4_googlenet_lrn": (
        posted.t4_googlenet_lrn,
        (
            Mistake(
                "channels",
                wrong="1x1 conv 64 in 64",
                right="1x1 conv 64 in 96",
                runs=4,
                told="`in` says 64 channels, but 96 arrive",
                blamed="64",
                because=("96 channels come from here",),
            ),
            Mistake(
                "padding",
                wrong="5x5 conv n5 pad 1]",
                right="5x5 conv n5 pad 2]",
                runs=29,
                told="branches differ in height and width",
                blamed="1",
            ),
            Mistake(
                "widths",
                wrong=f"{_3B}192, n3: 32, n5_reduce: 32, n5: 96, pool: 64}}\n  - 3x3 max_pool stride 2 pad 1\n"
                "  - inception: {name: inception_4a, in: 480",
                right=f"{_3B}128, n3: 192, n5_reduce: 32, n5: 96, pool: 64}}\n  - 3x3 max_pool stride 2 pad 1\n"
                "  - inception: {name: inception_4a, in: 480",
                runs=49,
                told="`in` says 480 channels, but 320 arrive",
                blamed="480",
                because=("128 + 32 + 96 + 64 = 320 channels come from here",),
            ),
            Mistake(
                "flatten",
                wrong="  - dropout 0.4\n  - linear 1000 in 1024",
                right="  - flatten\n  - dropout 0.4\n  - linear 1000 in 1024",
                runs=185,
                told="`linear` needs features, got a map 1024x9x9",
                blamed="linear",
            ),
            # Hidden by the one before it.
            Mistake(
                "stride",
                wrong="7x7 conv 96 pad 2 in 3",
                right="7x7 conv 96 stride 2 pad 2 in 3",
                runs=186,
                told="`in` says 1024 features, but 82944 arrive",
                blamed="1024",
                because=(
                    "1024x9x9 becomes 82944 features here",
                    "384 + 384 + 128 + 128 = 1024 channels come from here",
                ),
            ),
        ),
    ),
}


def on_meta(make: Callable[[], nn.Module]) -> nn.Module:
    with torch.device("meta"):
        return make().eval()


def layers(module: nn.Module, size: int) -> tuple[list[str], bool]:
    """The layers that run, each with its settings and what comes out of it, and whether torch runs them all."""
    ran: list[str] = []

    def note(layer: nn.Module, _: object, output: Tensor) -> None:
        settings = re.sub(r"(, )?inplace=\w+", "", layer.extra_repr())
        ran.append(f"{type(layer).__name__}({settings}) -> {tuple(output.shape[1:])}")

    for layer in module.modules():
        if not list(layer.children()):
            layer.register_forward_hook(note)
    try:
        with torch.no_grad(), ShapesOnly():
            module(torch.empty(2, 3, size, size, device="meta"))
    except RuntimeError:
        return ran, False
    return ran, True


def without(names: tuple[str, ...], ran: list[str]) -> list[str]:
    return [line for line in ran if not line.startswith(names)]


def told(text: str) -> tuple[Diagnostic, ...]:
    try:
        return incspec.load(text).diagnostics
    except incspec.CompileError as error:
        return error.diagnostics


def size_of(name: str) -> int:
    return incspec.load(name).inputs[0].sizes[0]


def test_every_network_is_there_as_posted_and_repaired_and_every_verdict_is_torchs() -> None:
    assert set(TEXTS) == {*POSTED, *(f"{name}_posted" for name in POSTED)}
    assert set(POSTED) == {*RUNNING, *REFUSED}


# What torch never tells of those that run.
TOLD = {
    "t0_googlenet": ["no-activation", "fixed-size"],
    "t1_googlenet_bn": [
        "bias-before-norm",
        "surplus-cells",
        "fixed-size",
        "surplus-cells",
        "fixed-size",
        "dropout-on-output",
    ],
    "t3_inception_resnet_v2": ["keep-probability"],
    "t3_inception_v3": [],
    "t3_inception_v4": ["keep-probability"],
}


@pytest.mark.parametrize("name", RUNNING)
def test_what_runs_as_posted_runs_here_layer_by_layer(name: str) -> None:
    theirs, ours = on_meta(RUNNING[name]), incspec.load(f"{name}_posted")
    assert [item.code for item in ours.diagnostics] == TOLD[name]
    evaluated, trained = (measure(theirs, ours.inputs, training=training) for training in (False, True))
    assert (ours.macs, ours.macs_with_aux) == (evaluated.macs, trained.macs)
    assert ours.params_with_aux == trained.total_params
    wanted, runs = layers(theirs.train(), size_of(name))
    found, _ = layers(ours.module(device="meta").train(), size_of(name))
    assert runs
    # A branch that ends in two has them run last.
    assert sorted(without(_OWN_WAY, found)) == sorted(without(_OWN_WAY, wanted))


@pytest.mark.parametrize("name", REFUSED)
def test_what_torch_refuses_is_told_at_the_mistake_and_all_in_one_run(name: str) -> None:
    _, mistakes = REFUSED[name]
    text = TEXTS[f"{name}_posted"]
    found = {item.message: item for item in told(text)}
    hidden = [mistake for mistake in mistakes if mistake.told not in found]
    assert hidden == list(mistakes[len(found) :])
    assert len(hidden) <= 1
    for mistake in mistakes[: len(found)]:
        assert_told(mistake, found[mistake.told], text)


def assert_told(mistake: Mistake, item: Diagnostic, text: str) -> None:
    assert item.severity == "error"
    assert item.message == mistake.told
    assert item.primary is not None
    span = item.primary.span
    assert span.text == mistake.blamed
    assert tuple(label.text for label in item.secondary) == mistake.because
    if mistake.name != "stride":  # its mistake is seen where the sizes no longer fit
        start = text.index(mistake.wrong)
        assert start <= span.start < start + len(mistake.wrong)


# What torch would not tell of the others, did it run them.
TOLD_REPAIRED = {"t2_simple_inception": ["no-activation", "fixed-size"], "t4_googlenet_lrn": ["fixed-size"]}


@pytest.mark.parametrize("name", REFUSED)
def test_torch_comes_to_the_mistakes_one_by_one_and_so_does_who_repairs_them(name: str) -> None:
    make, mistakes = REFUSED[name]
    size, text = size_of(name), TEXTS[f"{name}_posted"]
    repaired: set[str] = set()
    for mistake in mistakes:
        ran, runs = layers(on_meta(lambda: make(frozenset(repaired))), size)
        assert (len(ran), runs) == (mistake.runs, False)
        assert_told(mistake, next(item for item in told(text) if item.message == mistake.told), text)
        assert text.count(mistake.wrong) == 1
        text = text.replace(mistake.wrong, mistake.right)
        repaired.add(mistake.name)
    theirs, ours = on_meta(lambda: make(frozenset(repaired))), incspec.load(text)
    wanted, runs = layers(theirs, size)
    assert runs
    assert [item.code for item in ours.diagnostics] == TOLD_REPAIRED[name]
    assert layers(ours.module(device="meta").eval(), size)[0] == wanted
    # The repaired spec is this one, but for activations that the author left out.
    shipped = layers(incspec.load(name).module(device="meta").eval(), size)[0]
    assert without(("ReLU",), shipped) == without(("ReLU",), wanted)


def test_the_base_of_t0_can_be_nothing_but_64() -> None:
    text = TEXTS["t0_googlenet_posted"]
    for base, first in ((32, "params: {base: 32"), (96, "name: inception_3b, in: 4*base")):
        _, runs = layers(on_meta(lambda base=base: posted.t0_googlenet(base)), 224)
        (item,) = told(text.replace("base: 64", f"base: {base}"))
        assert not runs
        assert item.message == f"`in` says {4 * base} channels, but 256 arrive"
        assert item.primary is not None
        assert first in item.primary.span.source.line(item.primary.span.position.line)
        assert incspec.load("t0_googlenet", params={"base": base}).diagnostics == ()


@pytest.mark.parametrize("name", POSTED)
def test_repaired_it_trains_a_step(name: str) -> None:
    small = {"t2_simple_inception": 32, "t4_googlenet_lrn": 256}.get(name, 299 if name.startswith("t3") else 224)
    module = incspec.load(name).module(device="meta").train()
    target = torch.empty(2, dtype=torch.long, device="meta")
    training_loss(module, module(torch.empty(2, 3, small, small, device="meta")), target).backward()
    assert all(parameter.grad is not None for parameter in module.parameters())


def test_the_input_of_t1_is_scaled_as_posted() -> None:
    stem = incspec.load("t1_googlenet_bn_posted").module().stem
    images = torch.rand(2, 3, 8, 8, dtype=torch.float64)
    assert torch.allclose(stem.normalize.double()(images), posted.TransformInput()(images), atol=1e-6)
