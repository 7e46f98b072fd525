"""The released networks of the Inception family compute what the modules of others do, with equal weights."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import pytest
import torch
from implementations import OTHERS, Other
from torch import Tensor, nn

import incspec
from incspec.reading.files import shipped_specs

TOLERANCE = 1e-10


@dataclass(frozen=True)
class Pair:
    other: Other
    theirs: nn.Module
    ours: nn.Module

    def matched(self, tensors: Callable[[nn.Module], Iterable[tuple[str, Tensor]]]) -> Iterator[tuple[Tensor, Tensor]]:
        """Theirs and ours, in the order of registration, but that our auxiliary heads come last."""
        heads = tuple(f"{head}." for head in self.other.heads)
        theirs = sorted(tensors(self.theirs), key=lambda item: item[0].startswith(heads))
        for (_, wanted), (name, found) in zip(theirs, tensors(self.ours), strict=True):
            assert wanted.shape == found.shape, name
            yield wanted, found


def state(module: nn.Module) -> Iterable[tuple[str, Tensor]]:
    return module.state_dict().items()


def gradients(module: nn.Module) -> Iterable[tuple[str, Tensor]]:
    return [(name, parameter.grad) for name, parameter in module.named_parameters() if parameter.grad is not None]


@pytest.fixture(scope="module")
def pair(request: pytest.FixtureRequest) -> Pair:
    """Somebody else's module and ours, equal weights, no dropout; in float64 from the beginning, constants included."""
    other = OTHERS[request.param]
    torch.set_default_dtype(torch.float64)
    try:
        torch.manual_seed(0)
        theirs = other.build()
        model = incspec.load(other.spec, params={"dropout": 0, **other.settings})
        pair = Pair(other, theirs, model.module(aux=bool(other.heads)))
    finally:
        torch.set_default_dtype(torch.float32)
    for name, tensor in theirs.state_dict().items():
        if tensor.ndim == 1:  # norms and biases, which are equal to each other as they come
            tensor.uniform_(*((-0.5, 0.5) if name.endswith(("bias", "mean")) else (0.5, 1.5)))
    for wanted, own in pair.matched(state):
        own.copy_(wanted)
    return pair


def image(batch: int, size: int) -> Tensor:
    return torch.randn(batch, 3, size, size, dtype=torch.float64, generator=torch.Generator().manual_seed(size))


def close(found: Tensor, wanted: Tensor) -> bool:
    return torch.allclose(found, wanted, rtol=TOLERANCE, atol=TOLERANCE * float(wanted.abs().max()))


@pytest.mark.parametrize("pair", [name for name, other in OTHERS.items() if not other.heads], indirect=True)
def test_outputs_are_equal_in_eval_mode(pair: Pair) -> None:
    for size in pair.other.sizes:
        x = image(1, size)
        with torch.no_grad():
            wanted, found = pair.theirs.eval()(x), pair.other.after(pair.ours.eval()(x))
        assert wanted.std() > 0
        assert close(found, wanted), size


@pytest.mark.parametrize("pair", ["timm inception_v4"], indirect=True)
def test_one_pixel_less_than_75_is_too_small_for_both(pair: Pair) -> None:
    for module in (pair.theirs, pair.ours):
        with pytest.raises(RuntimeError, match=r"(?i)kernel size|too small"):
            module.eval()(image(1, 74))
    text = re.sub(r"(?m)^ *expect: .*$", "", shipped_specs()["inception_v4"].read_text("utf-8"))
    assert incspec.load(text.replace("299, 299", "75, 75")).outputs[0].shape == (1000,)
    with pytest.raises(incspec.CompileError) as caught:
        incspec.load(text.replace("299, 299", "74, 74"))
    assert "window-too-large" in {item.code for item in caught.value.diagnostics}


@pytest.mark.parametrize("pair", [name for name, other in OTHERS.items() if other.trains], indirect=True)
def test_outputs_gradients_and_buffers_are_equal_in_train_mode(pair: Pair) -> None:
    results = []
    for module in (pair.theirs, pair.ours):
        module.train().zero_grad()
        x = image(2 if pair.other.heads else 3, pair.other.sizes[0]).requires_grad_()
        outputs = listed(module(x), pair.other)
        if module is pair.ours:
            outputs = [pair.other.after(output) for output in outputs]
        ramp = torch.arange(1.0, 1 + outputs[0].shape[1], dtype=torch.float64)
        sum((output * ramp).square().sum() for output in outputs).backward()
        results.append([*(output.detach() for output in outputs), x.grad])
    assert len(results[0]) == 2 + len(pair.other.heads)
    for wanted, found in (*zip(*results, strict=True), *pair.matched(gradients)):
        assert wanted.abs().max() > 0
        assert close(found, wanted)
    assert len(gradients(pair.ours)) == len(list(pair.ours.parameters()))
    for wanted, found in pair.matched(state):
        assert close(found.double(), wanted.double())


def listed(result: object, other: Other) -> list[Tensor]:
    """The output of a module in training and those of its heads, in our order."""
    if isinstance(result, Tensor):
        return [result]
    assert isinstance(result, tuple)
    names = [name for name in other.heads.values() if hasattr(result, name)]
    return [result[0], *(getattr(result, name) for name in names)] if names else list(result)
