"""The module backend: the printed source, executed, is an ordinary module in every respect."""

from __future__ import annotations

import copy
import io
import multiprocessing
import pickle
import re
import subprocess
import sys
import traceback
import warnings
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

import incspec
from incspec.reading.files import shipped_specs

# Inception-v4 in small: two turns of each block and ten classes, and the smallest input that it takes.
SMALL = re.sub(
    r"^expect: .*$",
    "",
    re.sub(r"\{repeat: \d\}", "{repeat: 2}", shipped_specs()["inception_v4"].read_text("utf-8")),
    flags=re.MULTILINE,
).replace("classes: 1000", "classes: 10")
SIZE = 75


@pytest.fixture(scope="module")
def model() -> incspec.Model:
    return incspec.load(SMALL)


@pytest.fixture(scope="module")
def module(model: incspec.Model) -> nn.Module:
    return model.module(seed=0).eval()


@pytest.fixture(scope="module")
def x() -> Tensor:
    return torch.randn(2, 3, SIZE, SIZE, generator=torch.Generator().manual_seed(1))


@pytest.fixture(scope="module")
def y(module: nn.Module, x: Tensor) -> Tensor:
    with torch.no_grad():
        result: Tensor = module(x)
    return result


def fresh_process(program: str, *arguments: str) -> str:
    """What a program prints in a process that has never seen the spec."""
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def _classes_of(data: bytes) -> str:
    return type(pickle.loads(data)).__name__


def test_it_pickles_into_a_fresh_process(module: nn.Module, x: Tensor, y: Tensor, tmp_path: Path) -> None:
    (tmp_path / "x.pkl").write_bytes(pickle.dumps((module, x)))
    program = (
        "import pickle, sys, torch; module, x = pickle.load(open(sys.argv[1], 'rb'));"
        "print(type(module).__name__, module(x).detach().double().sum().item())"
    )
    name, total = fresh_process(program, str(tmp_path / "x.pkl")).split()
    assert name == "InceptionV4"
    assert float(total) == pytest.approx(y.double().sum().item(), rel=1e-5)


def test_it_saves_and_loads_with_torch_in_a_fresh_process(module: nn.Module, tmp_path: Path) -> None:
    torch.save(module, tmp_path / "x.pt")
    program = "import sys, torch; print(type(torch.load(sys.argv[1], weights_only=False)).__name__)"
    assert fresh_process(program, str(tmp_path / "x.pt")) == "InceptionV4"


def test_it_reaches_a_spawned_worker() -> None:
    tiny = incspec.load(
        "incspec: 1\nname: Tiny\ninput: [3, 8, 8]\nnetwork: [3x3 conv 4, 3x3 conv 4 act relu]\n"
    ).module()
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.apply(_classes_of, (pickle.dumps(tiny),)) == "Tiny"


def test_its_weights_load_without_code(model: incspec.Model, module: nn.Module, x: Tensor, y: Tensor) -> None:
    file = io.BytesIO()
    torch.save(module.state_dict(), file)
    file.seek(0)
    other = model.module(seed=1).eval()
    other.load_state_dict(torch.load(file, weights_only=True))
    assert torch.equal(other(x), y)


def test_a_deep_copy_is_equal_and_independent(module: nn.Module, x: Tensor, y: Tensor) -> None:
    twin = copy.deepcopy(module)
    assert torch.equal(twin(x), y)
    with torch.no_grad():
        for parameter in twin.parameters():
            parameter.zero_()
    assert torch.equal(module(x), y)


def test_it_scripts(module: nn.Module, x: Tensor, y: Tensor) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        scripted = torch.jit.script(module)
    assert torch.allclose(scripted(x), y, atol=1e-5)


def test_it_exports_with_a_free_batch(module: nn.Module, x: Tensor, y: Tensor) -> None:
    program = torch.export.export(module, (x,), dynamic_shapes=({0: torch.export.Dim.DYNAMIC},))
    assert torch.allclose(program.module()(x), y, atol=1e-5)
    assert program.module()(torch.cat([x, x, x])).shape == (6, 10)


@pytest.mark.nightly  # every run exports those of test_matrix
def test_it_exports_to_onnx(module: nn.Module, x: Tensor, y: Tensor, tmp_path: Path) -> None:
    onnxruntime = pytest.importorskip("onnxruntime")
    path = tmp_path / "x.onnx"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(module, (x,), path, dynamo=True, verbose=False)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    (found,) = session.run(None, {session.get_inputs()[0].name: x.numpy()})
    assert torch.allclose(torch.from_numpy(found), y, atol=1e-4)


def test_it_compiles_in_one_graph(module: nn.Module, x: Tensor, y: Tensor) -> None:
    compiled = torch.compile(module, backend="eager", fullgraph=True)
    assert torch.allclose(compiled(x), y, atol=1e-5)


def test_it_works_in_channels_last(module: nn.Module, x: Tensor, y: Tensor) -> None:
    twin = copy.deepcopy(module).to(memory_format=torch.channels_last)
    assert torch.allclose(twin(x.to(memory_format=torch.channels_last)), y, atol=1e-4)


def test_it_lives_on_the_meta_device_without_memory(model: incspec.Model) -> None:
    module = model.module(device="meta")
    assert all(parameter.is_meta for parameter in module.parameters())
    assert module(torch.empty(4, 3, 299, 299, device="meta")).shape == (4, 10)


def test_it_takes_a_dtype(model: incspec.Model) -> None:
    assert model.module(device="meta", dtype=torch.float64).linear.weight.dtype == torch.float64


def test_it_trains(model: incspec.Model, x: Tensor) -> None:
    module = model.module(seed=0).train()
    optimizer = torch.optim.SGD(module.parameters(), lr=0.01)
    target = torch.tensor([1, 2])
    losses = []
    for _ in range(3):
        optimizer.zero_grad()
        torch.manual_seed(0)  # the same dropout in each step
        loss = nn.functional.cross_entropy(module(torch.cat([x, x])), torch.cat([target, target]))
        loss.backward()
        assert all(parameter.grad is not None for parameter in module.parameters())
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0]


def test_a_seed_gives_the_same_weights_and_leaves_torchs_random_state_alone(model: incspec.Model) -> None:
    before = torch.random.get_rng_state()
    first, second, other = model.module(seed=3), model.module(seed=3), model.module(seed=4)
    assert torch.equal(before, torch.random.get_rng_state())
    assert all(torch.equal(a, b) for a, b in zip(first.parameters(), second.parameters(), strict=True))
    assert not torch.equal(first.linear.weight, other.linear.weight)


def test_modules_of_one_source_share_their_class(model: incspec.Model) -> None:
    again = incspec.load(SMALL)
    assert type(model.module(device="meta")) is type(again.module(device="meta"))


def test_a_traceback_shows_the_generated_line(module: nn.Module) -> None:
    with pytest.raises(RuntimeError) as caught:
        module(torch.zeros(1, 3, 20, 20))
    shown = "".join(traceback.format_exception(caught.value))
    assert "x = self.reduction_a(x)" in shown or "x = self.stem(x)" in shown


def test_a_module_that_went_through_pickle_still_scripts(module: nn.Module, tmp_path: Path) -> None:
    (tmp_path / "x.pkl").write_bytes(pickle.dumps(module))
    program = (
        "import pickle, sys, warnings, torch; warnings.simplefilter('ignore');"
        "print(type(torch.jit.script(pickle.load(open(sys.argv[1], 'rb')))).__name__)"
    )
    assert fresh_process(program, str(tmp_path / "x.pkl")) == "RecursiveScriptModule"


@pytest.mark.parametrize(
    ("init", "std", "bias"),
    [("{weight: {normal: {std: 0.5}}, bias: 0.2}", 0.5, 0.2), ("{weight: {trunc_normal: {std: 0.01}}}", 0.01, None)],
)
def test_initialisation_is_that_of_the_spec(init: str, std: float, bias: float | None) -> None:
    text = f"incspec: 1\nname: Init\ninput: [8, 8, 8]\nnetwork: [conv: {{out: 256, kernel: 3, init: {init}}}]\n"
    module = incspec.load(text).module(seed=0)
    assert module.conv.weight.std().item() == pytest.approx(std, rel=0.05)
    if bias is not None:
        assert torch.equal(module.conv.bias, torch.full((256,), bias))
    else:
        assert module.conv.bias.abs().max() > 0  # torch's own
