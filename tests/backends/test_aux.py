"""Auxiliary heads in the module: outputs in both modes, without them, losses, and their verification."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from headed import EACH, GOOGLENET, close, images, made
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, mse_loss

import incspec
from incspec.backends.module import module_class
from incspec.build import build, verify_module
from incspec.diagnostics import InternalError
from incspec.losses import training_loss

PLAIN = "incspec: 1\nname: Plain\ninput: [3, 8, 8]\nnetwork: [3x3 conv 4, global_avg_pool, linear 3]\n"


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
