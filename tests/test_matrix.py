"""Every shipped spec works as a module: it scripts, exports, runs in ONNX Runtime, compiles in one graph and pickles.

Networks with auxiliary heads do so in training too. A fixed sample runs always, the others under the marker `nightly`;
GoogLeNet with its heads goes through all of it in every run in backends/test_aux_exports.py.
Inputs are as small as the network takes.
"""

from __future__ import annotations

import pickle
import subprocess
import sys
import warnings
from collections.abc import Callable, Sequence
from copy import deepcopy
from functools import cache, lru_cache
from pathlib import Path

import pytest
import torch
from shipped import RIGHT, model_of
from torch import Tensor, nn

from incspec.runtime.shapes_only import ShapesOnly

IMAGES = 4
# What is tried before the size that the spec states.
SIZES = (64, 75, 96, 139, 188)
# torch's exporter of the training mode takes an adaptive pool only where its output divides the map: 5x5 of 5x5.
FIRST = {"tutorials/t3_inception_v3_posted": (107,)}
SAMPLE = ("tutorials/t2_simple_inception", "zoo/inception_time", "zoo/unet")
# One network goes through torch's own compiler, which takes minutes for a large one.
INDUCED = "tutorials/t2_simple_inception"

Outputs = tuple[Tensor, ...]
Check = Callable[[nn.Module, Outputs, Path], Outputs]


@cache
def sizes_of(name: str) -> tuple[tuple[int, ...], ...]:
    """Shapes of some images that are as small as the network takes, in training too."""
    model = model_of(name)
    module = model.module(device="meta").train()
    shapes = tuple((IMAGES, *(int(length) for length in type_.shape)) for type_ in model.inputs)
    for size in (*FIRST.get(name, ()), *SIZES):
        small = tuple((*shape[:2], *(min(size, length) for length in shape[2:])) for shape in shapes)
        try:
            with torch.no_grad(), ShapesOnly():
                module(*(torch.empty(shape, device="meta") for shape in small))
        except (RuntimeError, ValueError, IndexError):
            continue
        return small
    return shapes


def images(name: str) -> Outputs:
    generator = torch.Generator().manual_seed(1)
    return tuple(torch.randn(shape, generator=generator) for shape in sizes_of(name))


@lru_cache(maxsize=1)
def built(name: str) -> nn.Module:
    """The module; its batch norms have seen the images, so that what comes out depends on what goes in."""
    module = model_of(name).module(seed=0).train()
    norms = [child for child in module.modules() if isinstance(child, nn.modules.batchnorm._BatchNorm)]
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.momentum = 1.0
    with torch.no_grad():
        module(*images(name))
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum
        # A channel that is all but dead would be made hundreds of times as large, with its rounding.
        norm.running_var.clamp_(min=float(norm.running_var.mean()) / 10)
    for child in module.modules():
        if "Drop" in type(child).__name__:
            child.p = 0.0  # not only in evaluation: the exporter of the training mode calls `train`
    return module


def module_of(name: str, *, training: bool) -> nn.Module:
    """The network's module, which drops nothing; a new one, since its statistics change where it runs in training."""
    return deepcopy(built(name)).train(training)


def outputs(result: object) -> Outputs:
    return tuple(result) if isinstance(result, tuple | list) else (result,)  # type: ignore[return-value]


@lru_cache(maxsize=2)
def wanted_of(name: str, *, training: bool) -> tuple[Outputs, Outputs]:
    """What the module itself gives, in float32 and exactly: in float64."""
    module, x = module_of(name, training=training), images(name)
    with torch.no_grad():
        wanted = outputs(module(*x))
        exact = outputs(module.double()(*(tensor.double() for tensor in x)))
    return wanted, exact


# --- the checks: what a module gives in another form


def scripted(module: nn.Module, x: Outputs, folder: Path) -> Outputs:
    return outputs(torch.jit.script(module)(*x))


def exported(module: nn.Module, x: Outputs, folder: Path) -> Outputs:
    return outputs(torch.export.export(module, x).module()(*x))


def compiled(module: nn.Module, x: Outputs, folder: Path) -> Outputs:
    torch._dynamo.reset()
    return outputs(torch.compile(module, backend="eager", fullgraph=True)(*x))


def run_by_onnx(module: nn.Module, x: Outputs, folder: Path) -> Outputs:
    onnxruntime = pytest.importorskip("onnxruntime")
    path = folder / "x.onnx"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if module.training:  # torch's newer exporter takes batch norms for those of inference
            mode = torch.onnx.TrainingMode.TRAINING
            torch.onnx.export(module, x, path, dynamo=False, training=mode, do_constant_folding=False)
        else:
            torch.onnx.export(module, x, path, dynamo=True, verbose=False)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    names = [given.name for given in session.get_inputs()]
    found = session.run(None, {name: tensor.numpy() for name, tensor in zip(names, x, strict=True)})
    return tuple(map(torch.from_numpy, found))


CHECKS: dict[str, Check] = {"script": scripted, "export": exported, "compile": compiled, "onnx": run_by_onnx}


CASES = [
    pytest.param(name, check, marks=() if name in SAMPLE else pytest.mark.nightly, id=f"{name}-{check}")
    for name in RIGHT
    for check in CHECKS
]


@pytest.mark.parametrize(("name", "check"), CASES)
def test_it_gives_the_same_in_every_form(name: str, check: str, tmp_path: Path) -> None:
    heads, x = model_of(name).network.graph.aux, images(name)
    for training in (False, True) if heads else (False,):
        wanted, exact = wanted_of(name, training=training)
        with torch.no_grad():
            found = CHECKS[check](module_of(name, training=training), x, tmp_path)
        assert len(found) == len(wanted) == 1 + training * len(heads)
        for a, b, c in zip(found, wanted, exact, strict=True):
            # In float32 a deep network is not exact to 1e-4 of its largest output: no form need be nearer than torch.
            assert error(a, c) <= max(1e-4, 2 * error(b, c))


def error(found: Tensor, exact: Tensor) -> float:
    """The largest difference from the result in float64, relative to its largest value."""
    return float((found.double() - exact).abs().max() / exact.abs().max())


@pytest.mark.nightly
def test_one_goes_through_torchs_own_compiler() -> None:
    module, x = module_of(INDUCED, training=False), images(INDUCED)
    torch._dynamo.reset()
    with torch.no_grad():
        wanted, found = module(*x), torch.compile(module, fullgraph=True)(*x)
    assert torch.allclose(found, wanted, rtol=1e-4, atol=1e-4 * float(wanted.abs().max()))


@pytest.mark.parametrize("names", [SAMPLE, pytest.param(RIGHT, marks=pytest.mark.nightly)], ids=["some", "all"])
def test_they_pickle_into_a_fresh_process(names: Sequence[str], tmp_path: Path) -> None:
    """Without memory for their weights; one process reads them all, and runs them in training, with all their heads."""
    wanted = []
    for index, name in enumerate(names):
        model = model_of(name)
        shapes = [[2, *(int(length) for length in type_.shape)] for type_ in model.inputs]
        module = model.module(device="meta")
        (tmp_path / f"{index}.pkl").write_bytes(pickle.dumps((module, shapes)))
        results = [[2, *(int(length) for length in type_.shape)] for type_ in (*model.outputs, *model.aux_outputs)]
        wanted.append(f"{model.printed.class_name} {len(module.state_dict())} {results}")
    program = (
        "import pickle, sys, pathlib, torch\n"
        "from incspec.runtime.shapes_only import ShapesOnly\n"
        "for index in range(int(sys.argv[2])):\n"
        "    module, shapes = pickle.loads(pathlib.Path(sys.argv[1], f'{index}.pkl').read_bytes())\n"
        "    with torch.no_grad(), ShapesOnly():\n"
        "        result = module(*(torch.empty(shape, device='meta') for shape in shapes))\n"
        "    shapes = [list(y.shape) for y in (result if isinstance(result, tuple) else (result,))]\n"
        "    print(type(module).__name__, len(module.state_dict()), shapes)\n"
    )
    arguments = [sys.executable, "-c", program, str(tmp_path), str(len(names))]
    done = subprocess.run(arguments, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == wanted


@pytest.mark.parametrize("name", SAMPLE)
def test_the_sample_is_shipped(name: str) -> None:
    assert name in RIGHT
