"""Modules with auxiliary heads, every way in which torch takes them: scripted, compiled, exported, pickled, copied."""

from __future__ import annotations

import copy
import io
import multiprocessing
import pickle
import warnings
from pathlib import Path

import pytest
import torch
from headed import EACH, MODES, close, images, made
from test_module import fresh_process
from torch import Tensor

import incspec


@MODES
@EACH
def test_it_scripts(models: dict[str, incspec.Model], name: str, training: bool) -> None:
    module, x = made(models[name], training=training), images(models[name])
    scripted = torch.jit.script(copy.deepcopy(module))
    file = io.BytesIO()
    torch.jit.save(scripted, file)
    file.seek(0)
    wanted = module(x)
    for other in (scripted, torch.jit.load(file)):
        found = other(x)
        assert close(found, wanted)
        assert getattr(found, "_fields", None) == getattr(wanted, "_fields", None)


def test_scripted_it_changes_its_mode(model: incspec.Model) -> None:
    module, x = made(model), images(model)
    scripted = torch.jit.script(module)
    assert isinstance(scripted.eval()(x), Tensor)
    assert scripted.train()(x)._fields == ("logits", "aux1", "aux2")


def test_it_scripts_without_heads(model: incspec.Model) -> None:
    module, x = made(model, aux=False), images(model)
    assert close(torch.jit.script(module)(x), module(x))


@MODES
@EACH
def test_it_compiles_in_one_graph(models: dict[str, incspec.Model], name: str, training: bool) -> None:
    module, x = made(models[name], training=training), images(models[name])
    wanted = copy.deepcopy(module)(x)
    found = torch.compile(module, backend="eager", fullgraph=True)(x)
    assert type(found) is type(wanted)
    assert close(found, wanted)


@MODES
@EACH
def test_it_exports_with_a_free_batch(models: dict[str, incspec.Model], name: str, training: bool) -> None:
    module, x = made(models[name], training=training), images(models[name])
    free = ({0: torch.export.Dim("batch", min=2, max=64)},)
    program = torch.export.export(copy.deepcopy(module), (x,), dynamic_shapes=free)
    more = images(models[name], batch=6)
    wanted = module(more)
    found = program.module()(more)
    assert type(found) is type(wanted)
    assert close(found, wanted)
    if not training:  # torch saves no types of outputs that it does not know
        file = io.BytesIO()
        torch.export.save(program, file)
        file.seek(0)
        assert close(torch.export.load(file).module()(more), wanted)


@MODES
@EACH
def test_it_exports_to_onnx(models: dict[str, incspec.Model], name: str, training: bool, tmp_path: Path) -> None:
    onnxruntime = pytest.importorskip("onnxruntime")
    module, x, path = made(models[name], training=training), images(models[name]), tmp_path / "x.onnx"
    wanted = copy.deepcopy(module)(x)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if training:  # torch's newer exporter takes batch norms for those of inference
            mode = torch.onnx.TrainingMode.TRAINING
            names = list(wanted._fields)
            torch.onnx.export(
                module, (x,), path, dynamo=False, training=mode, do_constant_folding=False, output_names=names
            )
        else:
            torch.onnx.export(module, (x,), path, dynamo=True, verbose=False)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    found = session.run(None, {session.get_inputs()[0].name: x.numpy()})
    assert close(tuple(map(torch.from_numpy, found)), wanted, tolerance=1e-4)
    if training:
        assert [output.name for output in session.get_outputs()] == list(wanted._fields)


def test_trained_without_batch_norm_it_exports_to_onnx_the_new_way(model: incspec.Model, tmp_path: Path) -> None:
    onnxruntime = pytest.importorskip("onnxruntime")
    module, x, path = made(model), images(model), tmp_path / "x.onnx"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(module, (x,), path, dynamo=True, verbose=False)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    found = session.run(None, {session.get_inputs()[0].name: x.numpy()})
    assert close(tuple(map(torch.from_numpy, found)), module(x), tolerance=1e-4)


# --- pickle, copy, spawn


def outputs_of(data: bytes) -> object:
    module, x = pickle.loads(data)
    with torch.no_grad():
        return module(x)


def test_outputs_pickle_into_a_fresh_process(model: incspec.Model, tmp_path: Path) -> None:
    with torch.no_grad():
        outputs = made(model)(images(model))
    (tmp_path / "x.pkl").write_bytes(pickle.dumps(outputs))
    torch.save(outputs, tmp_path / "x.pt")
    program = (
        "import pickle, sys, torch; a = pickle.load(open(sys.argv[1], 'rb'));"
        "b = torch.load(sys.argv[2], weights_only=False);"
        "print(type(a).__name__, type(a) is type(b), *a._fields, torch.equal(a.aux2, b.aux2))"
    )
    found = fresh_process(program, str(tmp_path / "x.pkl"), str(tmp_path / "x.pt"))
    assert found == "SmallGoogLeNetOutputs True logits aux1 aux2 True"


def test_outputs_come_back_from_a_spawned_worker(model: incspec.Model) -> None:
    module, x = made(model), images(model)
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        found = pool.apply(outputs_of, (pickle.dumps((module, x)),))
    assert type(found) is type(module(x))
    assert close(found, module(x))


def test_outputs_and_modules_copy(model: incspec.Model) -> None:
    module, x = made(model), images(model)
    with torch.no_grad():
        outputs = module(x)
    for twin in (copy.copy(outputs), copy.deepcopy(outputs), copy.deepcopy(module)(x)):
        assert type(twin) is type(outputs)
        assert close(twin, outputs)


def test_modules_without_heads_pickle(model: incspec.Model) -> None:
    lean = made(model, aux=False)
    twin = pickle.loads(pickle.dumps(lean))
    assert twin.aux1 is None
    twin.load_state_dict(made(model).state_dict())
    assert close(twin(images(model)), lean(images(model)))
