"""Auxiliary heads in the module: outputs in both modes, without them, losses, and every way in which torch takes it."""

from __future__ import annotations

import copy
import io
import multiprocessing
import pickle
import warnings
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from test_module import fresh_process
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, mse_loss

import incspec
from incspec.backends.module import module_class
from incspec.build import build, verify_module
from incspec.diagnostics import InternalError
from incspec.losses import training_loss

HERE = Path(__file__).parent
# GoogLeNet (arXiv:1409.4842) at an eighth of its widths, with its two heads, and a smaller input.
GOOGLENET = """
incspec: 1
name: Small GoogLeNet
input: [3, 96, 96]
params: {classes: 10, keep: 0.6, aux_weight: 0.3}
defaults: {conv: {act: relu}}
blocks:
  inception:
    params: {c1: required, r3: required, c3: required, r5: required, c5: required, p: required}
    body:
      - concat:
          - [1x1 conv c1]
          - [1x1 conv r3, 3x3 conv c3]
          - [1x1 conv r5, 5x5 conv c5]
          - [3x3 max_pool, 1x1 conv p]
  aux_head:
    body: [5x5 avg_pool stride 3 V, 1x1 conv 16, flatten, linear 128 act relu, dropout 1-keep, linear classes]
network:
  - 7x7 conv 8 stride 2
  - 3x3 max_pool stride 2
  - lrn
  - 1x1 conv 8
  - 3x3 conv 24
  - lrn
  - inception: {name: inception_3a, c1: 8, r3: 12, c3: 16, r5: 2, c5: 4, p: 4}
  - 3x3 max_pool stride 2
  - inception: {name: inception_4a, c1: 24, r3: 12, c3: 26, r5: 2, c5: 6, p: 8}
  - inception: {name: inception_4d, c1: 14, r3: 18, c3: 36, r5: 4, c5: 8, p: 8}
  - 3x3 max_pool stride 2
  - inception: {name: inception_5b, c1: 48, r3: 24, c3: 48, r5: 6, c5: 16, p: 16}
  - global_avg_pool
  - dropout 1-keep
  - linear classes
aux:
  aux1: {from: inception_4a, weight: aux_weight, body: [aux_head]}
  aux2: {from: inception_4d, weight: aux_weight, body: [aux_head]}
"""
PLAIN = "incspec: 1\nname: Plain\ninput: [3, 8, 8]\nnetwork: [3x3 conv 4, global_avg_pool, linear 3]\n"
SPECS = {"googlenet": GOOGLENET, "heads": HERE / "specs" / "aux_heads.yaml", "names": HERE / "specs" / "aux_names.yaml"}
MODES = pytest.mark.parametrize("training", [False, True], ids=["eval", "train"])
EACH = pytest.mark.parametrize("name", SPECS)


@pytest.fixture(scope="module")
def models() -> dict[str, incspec.Model]:
    return {name: incspec.load(spec) for name, spec in SPECS.items()}


@pytest.fixture
def model(models: dict[str, incspec.Model]) -> incspec.Model:
    return models["googlenet"]


def made(model: incspec.Model, *, training: bool = True, aux: bool = True) -> nn.Module:
    """The module with nothing dropped, so that two runs agree."""
    module = model.module(seed=0, aux=aux)
    for child in module.modules():
        if isinstance(child, nn.Dropout):
            child.p = 0.0
    return module.train(training)


def images(model: incspec.Model, batch: int = 4) -> Tensor:
    return torch.randn(batch, *model.inputs[0].shape, generator=torch.Generator().manual_seed(1))


def flat(outputs: object) -> tuple[Tensor, ...]:
    return outputs if isinstance(outputs, tuple) else (outputs,)  # type: ignore[return-value]


def close(found: object, wanted: object, tolerance: float = 1e-5) -> bool:
    pairs = zip(flat(found), flat(wanted), strict=True)
    return all(torch.allclose(a, b, atol=tolerance) for a, b in pairs)


# --- what it returns


def test_training_returns_a_named_tuple_and_eval_the_tensor(model: incspec.Model) -> None:
    module, x = made(model), images(model)
    outputs = module(x)
    assert type(outputs).__name__ == "SmallGoogLeNetOutputs"
    assert outputs._fields == ("logits", "aux1", "aux2")
    assert [output.shape for output in outputs] == [(4, 10)] * 3
    assert close(module.eval()(x), outputs.logits)  # nothing in it differs between the modes


def test_heads_are_attached_where_the_spec_says(model: incspec.Model) -> None:
    module, x = made(model), images(model)
    seen: dict[str, Tensor] = {}
    for name in ("inception_4a", "inception_4d"):
        module.get_submodule(name).register_forward_hook(lambda _, __, out, name=name: seen.update({name: out}))
    outputs = module(x)
    assert close(outputs.aux1, module.aux1(seen["inception_4a"]))
    assert close(outputs.aux2, module.aux2(seen["inception_4d"]))


def test_counts_are_those_with_and_without_heads(model: incspec.Model) -> None:
    with_heads, without = made(model), made(model, aux=False)
    assert sum(p.numel() for p in with_heads.parameters()) == model.params_with_aux
    assert sum(p.numel() for p in without.parameters()) == model.params
    assert model.params < model.params_with_aux
    assert model.macs < model.macs_with_aux


def test_network_without_heads_prints_nothing_of_them() -> None:
    plain = incspec.load(PLAIN)
    assert "aux" not in plain.source()
    assert "NamedTuple" not in plain.source()
    assert plain.params_with_aux == plain.params
    assert isinstance(plain.module(aux=False).train()(torch.ones(1, 3, 8, 8)), Tensor)


# --- without heads


def test_without_heads_it_returns_the_tensor_in_training_too(model: incspec.Model) -> None:
    module = made(model, aux=False)
    assert not [key for key in module.state_dict() if key.startswith("aux")]
    assert isinstance(module(images(model)), Tensor)


@EACH
def test_weights_saved_with_heads_load_without_them(models: dict[str, incspec.Model], name: str) -> None:
    model = models[name]
    module, lean = made(model, training=False), model.module(aux=False).eval()
    state = module.state_dict()
    keys = set(state)
    lean.load_state_dict(state)
    assert set(state) == keys
    x = images(model)
    assert close(lean(x), module(x))


def test_weights_load_without_heads_also_inside_another_module(model: incspec.Model) -> None:
    whole, lean = nn.Sequential(made(model)), nn.Sequential(made(model, aux=False))
    lean.load_state_dict(whole.state_dict())
    assert torch.equal(lean[0].linear.weight, whole[0].linear.weight)


def test_other_weights_are_refused_as_ever(model: incspec.Model) -> None:
    state = made(model).state_dict()
    with pytest.raises(RuntimeError, match="auxiliary"):
        made(model, aux=False).load_state_dict({**state, "auxiliary.weight": torch.ones(1)})
    with pytest.raises(RuntimeError, match=r"aux1\.conv"):
        made(model).load_state_dict(made(model, aux=False).state_dict())


def test_a_seed_gives_the_trunk_the_same_weights_with_and_without_heads(model: incspec.Model) -> None:
    with_heads = made(model).state_dict()
    without = made(model, aux=False).state_dict()
    assert all(torch.equal(with_heads[key], tensor) for key, tensor in without.items())


def test_the_printed_class_takes_the_flag(model: incspec.Model) -> None:
    construct = module_class(model.printed.text, model.printed.class_name)
    assert construct(aux=False).aux1 is None
    assert construct(classes=3).aux1 is not None


# --- losses


def test_the_loss_weighs_the_heads_as_the_spec_says(model: incspec.Model) -> None:
    module, x, target = made(model), images(model), torch.tensor([0, 3, 9, 3])
    outputs = module(x)
    wanted = cross_entropy(outputs.logits, target)
    wanted = wanted + 0.3 * cross_entropy(outputs.aux1, target) + 0.3 * cross_entropy(outputs.aux2, target)
    assert close(module.loss(outputs, target), wanted)
    assert model.aux_weights == {"aux1": 0.3, "aux2": 0.3}


def test_the_loss_of_a_tensor_is_the_criterion_alone(model: incspec.Model) -> None:
    module, x, target = made(model, training=False), images(model), torch.tensor([0, 3, 9, 3])
    assert close(module.loss(module(x), target), cross_entropy(module(x), target))


def test_the_loss_takes_another_criterion(model: incspec.Model) -> None:
    module, target = made(model), torch.zeros(4, 10)
    outputs = module(images(model))
    squares = [mse_loss(output, target) for output in outputs]
    assert close(module.loss(outputs, target, mse_loss), squares[0] + 0.3 * squares[1] + 0.3 * squares[2])


def test_the_loss_of_several_outputs_is_their_sum(models: dict[str, incspec.Model]) -> None:
    module = made(models["names"]).eval()
    left, count = module(images(models["names"]))
    target = torch.zeros(4, 16, 16, dtype=torch.int64)
    assert close(module.loss((left, count), target), cross_entropy(left, target) + cross_entropy(count, target))


def test_weights_are_parameters_of_the_file() -> None:
    module = made(incspec.load(GOOGLENET, params={"aux_weight": 0}))
    outputs = module(torch.randn(2, 3, 96, 96))
    target = torch.tensor([0, 3])
    assert close(module.loss(outputs, target), cross_entropy(outputs.logits, target))


@pytest.mark.parametrize("wrap", [lambda m: m, lambda m: torch.compile(m, backend="eager"), nn.DataParallel])
def test_losses_knows_wrapped_modules(model: incspec.Model, wrap) -> None:
    module, target = made(model), torch.tensor([0, 3, 9, 3])
    wrapped = wrap(module)
    outputs = wrapped(images(model))
    assert close(training_loss(wrapped, outputs, target), module.loss(outputs, target))


def test_losses_takes_modules_without_heads(models: dict[str, incspec.Model]) -> None:
    target = torch.tensor([0, 2])
    plain = incspec.load(PLAIN).module()
    output = plain(torch.ones(2, 3, 8, 8))
    assert close(training_loss(plain, output, target), cross_entropy(output, target))
    left, right = torch.randn(2, 3), torch.randn(2, 3)
    wanted = cross_entropy(left, target) + cross_entropy(right, target)
    assert close(training_loss(plain, (left, right), target), wanted)


def test_losses_refuses_a_scripted_module_with_heads(model: incspec.Model) -> None:
    module, target = made(model), torch.tensor([0, 3, 9, 3])
    scripted = torch.jit.script(module)
    outputs = scripted(images(model))
    with pytest.raises(TypeError, match="scripted"):
        training_loss(scripted, outputs, target)
    assert close(training_loss(module, outputs, target), module.loss(module(images(model)), target))


def test_it_trains_and_the_heads_learn(model: incspec.Model) -> None:
    module, x, target = made(model), images(model), torch.tensor([0, 3, 9, 3])
    optimizer = torch.optim.SGD(module.parameters(), lr=0.05)
    losses = []
    for _ in range(4):
        optimizer.zero_grad()
        loss = training_loss(module, module(x), target)
        loss.backward()
        assert all(parameter.grad is not None for parameter in module.parameters())
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0]


# --- what torch does with it


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


# --- verification


def test_verification_measures_the_heads(model: incspec.Model) -> None:
    verify_module(model)
    network = model.network
    wrong = replace(network, aux_cost=replace(network.aux_cost, macs=network.aux_cost.macs + 1))
    with pytest.raises(InternalError, match="in training: multiply-adds"):
        verify_module(replace(model, compiled=replace(model.compiled, network=wrong)))


def test_a_build_says_what_the_heads_cost(model: incspec.Model, tmp_path: Path) -> None:
    manifest = build(model, tmp_path / "built").manifest
    assert manifest["params"] == model.params
    assert manifest["params_with_aux"] == model.params_with_aux
    assert (tmp_path / "built/figures/aux_head.svg").exists()


@pytest.mark.parametrize(
    ("body", "suits"),
    [("[global_avg_pool, linear 10]", True), ("[global_avg_pool, linear 5]", False), ("[1x1 conv 10]", False)],
)
def test_a_head_is_warned_of_where_the_loss_cannot_be_reckoned(body: str, suits: bool) -> None:
    text = "incspec: 1\nname: x\ninput: [3, 8, 8]\nnetwork: [3x3 conv 4 name seen, global_avg_pool, linear 10]\n"
    model = incspec.load(text + f"aux: {{head: {{from: seen, weight: 0.3, body: {body}}}}}\n")
    assert [item.code for item in model.diagnostics] == ([] if suits else ["head-shape"])
    module, target = model.module(seed=0), torch.tensor([0, 9])
    outputs = module(torch.randn(2, 3, 8, 8))
    if suits:
        assert module.loss(outputs, target).isfinite()
    else:
        with pytest.raises((IndexError, RuntimeError, ValueError)):
            module.loss(outputs, target)
