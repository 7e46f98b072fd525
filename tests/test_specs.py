"""The shipped specs: published counts, references of others with equal weights, and the committed sources and diagrams."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import torch
from references import copy_in_order, timm_inception_v4
from torch import nn

import incspec
from incspec.backends.figure import render
from incspec.files import shipped_folder, shipped_specs
from incspec.runtime.verify import differences, measure

ROOT = Path(__file__).parent.parent
GOLDEN = Path(__file__).parent / "golden"
NAMES = tuple(shipped_specs())
# Parameters, multiply-adds at 299x299 and convolutions of Inception-v4, of the paper and as released.
INCEPTION_V4 = (42_679_816, 12_253_974_624, 149)


@pytest.fixture(scope="module")
def pair() -> tuple[nn.Module, nn.Module]:
    """timm's Inception-v4 and ours, equal weights, in float64; ours without dropout, as timm's is."""
    torch.manual_seed(0)
    ours = incspec.load("inception_v4_tf", params={"dropout": 0}).module()
    theirs = timm_inception_v4()
    copy_in_order(theirs, ours)
    return theirs.double(), ours.double()


@pytest.mark.parametrize("name", NAMES)
def test_it_compiles_without_a_word(name: str) -> None:
    assert incspec.load(name).diagnostics == ()


@pytest.mark.parametrize("name", NAMES)
def test_every_shape_and_count_of_the_module_is_the_inferred_one(name: str) -> None:
    model = incspec.load(name)
    measured = measure(model.module(device="meta"), model.inputs)
    assert differences(measured, model.printed.modules, model.outputs, model.params, model.macs) == []


@pytest.mark.parametrize("name", ["inception_v4", "inception_v4_tf"])
def test_inception_v4_has_the_published_counts_by_compiler_and_by_module(name: str) -> None:
    model = incspec.load(name)
    measured = measure(model.module(device="meta"), model.inputs)
    assert (model.params, model.macs, model.report().total.layers["conv"]) == INCEPTION_V4
    assert (measured.total_params, measured.macs, measured.convs) == INCEPTION_V4


def test_specs_are_about_as_short_as_the_papers_own_description() -> None:
    lines = {name: len(path.read_text("utf-8").splitlines()) for name, path in shipped_specs().items()}
    assert lines["inception_v4"] <= 105
    assert lines["inception_v4_tf"] <= 55


@pytest.mark.parametrize("size", [75, 107, 139, 331])
def test_the_released_inception_v4_equals_timms_in_eval_mode(pair: tuple[nn.Module, nn.Module], size: int) -> None:
    theirs, ours = pair
    x = torch.randn(1, 3, size, size, dtype=torch.float64, generator=torch.Generator().manual_seed(size))
    with torch.no_grad():
        wanted, found = theirs.eval()(x), ours.eval()(x)
    assert torch.allclose(found, wanted, rtol=1e-10, atol=1e-10 * float(wanted.abs().max()))


@pytest.mark.parametrize("size", [75, 107])
def test_it_equals_timms_in_train_mode_with_all_gradients(pair: tuple[nn.Module, nn.Module], size: int) -> None:
    results = []
    for module in pair:
        module.train().zero_grad()
        x = torch.randn(3, 3, size, size, dtype=torch.float64, generator=torch.Generator().manual_seed(size))
        x.requires_grad_()
        output = module(x)
        output.square().sum().backward()
        results.append([output.detach(), x.grad, *(parameter.grad for parameter in module.parameters())])
    assert len(results[0]) == len(results[1]) == 2 + 149 * 3 + 2
    for wanted, found in zip(*results, strict=True):
        assert torch.allclose(found, wanted, rtol=1e-10, atol=1e-10 * float(wanted.abs().max()))
    buffers = zip(*(dict(module.named_buffers()).values() for module in pair), strict=True)
    assert all(torch.allclose(a.double(), b.double(), rtol=1e-10) for a, b in buffers)


def test_one_pixel_less_than_75_is_too_small_for_both(pair: tuple[nn.Module, nn.Module]) -> None:
    for module in pair:
        with pytest.raises(RuntimeError, match=r"(?i)kernel size|too small"):
            module.eval()(torch.zeros(1, 3, 74, 74, dtype=torch.float64))
    text = re.sub(r"(?m)^ *expect: .*$", "", (shipped_folder() / "inception_v4.yaml").read_text("utf-8"))
    assert incspec.load(text.replace("299, 299", "75, 75")).outputs[0].shape == (1000,)
    with pytest.raises(incspec.CompileError) as caught:
        incspec.load(text.replace("299, 299", "74, 74"))
    assert "window-too-large" in {item.code for item in caught.value.diagnostics}


@pytest.mark.parametrize("name", NAMES)
def test_printed_source_and_figures_are_those_that_are_committed(name: str, request: pytest.FixtureRequest) -> None:
    model = incspec.load(name)
    made = {GOLDEN / name / "model.py": model.source().encode()}
    made |= {ROOT / "diagrams" / name / f"{figure.name}.svg": render(figure, "svg") for figure in model.figures()}
    if request.config.getoption("--update-golden"):
        for path, data in made.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
    for path, data in made.items():
        assert path.read_bytes() == data, path
    drawn = {path.name for path in (ROOT / "diagrams" / name).iterdir()}
    assert drawn == {path.name for path in made if path.suffix == ".svg"}
