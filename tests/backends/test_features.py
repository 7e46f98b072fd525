"""Parts of networks as modules: the tensors that are asked for, and nothing that they do not need."""

from __future__ import annotations

import io
import pickle
import warnings
from pathlib import Path
from random import Random

import pytest
import torch
from interpreter import tensors_at
from test_python import SPECS, inputs_of
from torch import Tensor, nn

import incspec
from incspec.runtime.verify import differences, measure
from incspec.tensors import find_tensors, tensor_names

# torch warns of the even kernel in one of them.
pytestmark = pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel:UserWarning")
# All constructs of the language, and names that can be asked for in it.
CONSTRUCTS = ["cells", "conditions", "constructs", "densenet", "repeats_from_afar", "several_outputs", "splits"]
ASKED = ["inception_a.1", "stem.concat1", "reduction_a", "inception_b.2.branch4"]


def float64(model: incspec.Model, weights: nn.Module | None = None) -> nn.Module:
    """A model's module, if asked for with the weights that it has in common with another."""
    module = model.module(seed=0, dtype=torch.float64).eval()
    if weights is not None:
        missing, _ = module.load_state_dict(weights.state_dict(), strict=False)
        assert not missing
    return module


def choices(names: tuple[str, ...], random: Random) -> list[list[str]]:
    """Some names one by one, some together in any order, and all."""
    if not names:
        return []
    some = [random.sample(names, random.randint(1, len(names))) for _ in range(2)]
    return [*([name] for name in random.sample(names, min(4, len(names)))), *some, list(names)]


# --- every construct of the language


@pytest.mark.parametrize("name", SPECS)
def test_what_is_asked_for_is_what_the_whole_network_computes(name: str) -> None:
    """To the bit, with the weights of the whole under the same names, and with the counts that are inferred."""
    model = incspec.load(SPECS[name])
    whole, inputs = float64(model), inputs_of(model)
    wanted = tensors_at(model.network, model.printed, whole, *inputs)
    paths = {facts.path for facts in model.printed.modules}
    for features in choices(tensor_names(model.network, inside=True), Random(name)):
        part = model.select(features)
        found = float64(part, whole)(*inputs)
        assert list(found) == features
        for feature, place in zip(features, find_tensors(model.network, features), strict=True):
            assert torch.equal(found[feature], wanted[place.calls, place.value]), feature
        measured = measure(part.module(device="meta"), part.inputs)
        assert differences(measured, part.printed.modules, part.outputs, part.params, part.macs) == []
        assert {facts.path for facts in part.printed.modules} <= paths


@pytest.mark.parametrize(
    "name", [CONSTRUCTS[0], *(pytest.param(name, marks=pytest.mark.nightly) for name in CONSTRUCTS[1:])]
)
def test_a_part_scripts_copies_exports_and_compiles(name: str) -> None:
    model = incspec.load(SPECS[name])
    names = tensor_names(model.network, inside=True)
    module, inputs = float64(model.select(Random(name).sample(names, 12))), inputs_of(model)
    wanted = module(*inputs)
    torch._dynamo.reset()
    others = [
        torch.jit.script(module),
        pickle.loads(pickle.dumps(module)),
        torch.export.export(module, inputs).module(),
        torch.compile(module, backend="eager", fullgraph=True),
    ]
    for other in others:
        found = other(*inputs)
        assert list(found) == list(wanted)
        assert all(torch.allclose(found[key], wanted[key], rtol=1e-9, atol=1e-11) for key in wanted)


@pytest.mark.parametrize("name", CONSTRUCTS)
def test_a_part_is_reported_and_drawn(name: str) -> None:
    model = incspec.load(SPECS[name])
    part = model.select(tensor_names(model.network, inside=True))
    assert part.report().total.params == part.params
    assert part.graph().number_of_nodes() > 0
    assert part.figures()[0].name == "network"


# --- Inception-v4


@pytest.fixture(scope="module")
def inception() -> incspec.Model:
    return incspec.load("inception_v4", params={"classes": 10})


@pytest.fixture(scope="module")
def whole(inception: incspec.Model) -> nn.Module:
    return float64(inception)


@pytest.fixture(scope="module")
def x() -> Tensor:
    return torch.randn(1, 3, 75, 75, generator=torch.Generator().manual_seed(1), dtype=torch.float64)


@pytest.fixture(scope="module")
def features(inception: incspec.Model, whole: nn.Module) -> nn.Module:
    return float64(inception.select(ASKED), whole)


@pytest.fixture(scope="module")
def found(features: nn.Module, x: Tensor) -> dict[str, Tensor]:
    with torch.no_grad():
        result: dict[str, Tensor] = features(x)
    return result


def test_features_equal_forward_hooks_of_the_whole_to_the_bit(
    whole: nn.Module, x: Tensor, found: dict[str, Tensor]
) -> None:
    hooked: dict[str, Tensor] = {}
    handles = [
        whole.get_submodule(path).register_forward_hook(lambda _, __, output, path=path: hooked.update({path: output}))
        for path in ("inception_a.1", "reduction_a", "inception_b.2.branch4")
    ]
    handles += [
        whole.stem.concat2_branch1.register_forward_pre_hook(lambda _, given: hooked.update({"stem.concat1": given[0]}))
    ]
    with torch.no_grad():
        whole(x)
    for handle in handles:
        handle.remove()
    assert list(found) == ASKED
    assert all(torch.equal(found[name], hooked[name]) for name in ASKED)


def test_only_what_features_need_is_built(inception: incspec.Model, whole: nn.Module, features: nn.Module) -> None:
    kept, all_keys = list(features.state_dict()), list(whole.state_dict())
    assert kept == [key for key in all_keys if key in set(kept)]
    tops = {key.split(".")[0] for key in kept}
    assert tops == {"stem", "inception_a", "reduction_a", "inception_b"}
    turns = {key.split(".")[1] for key in kept if key.startswith("inception_b.")}
    assert turns == {"0", "1", "2"}
    # Of the last turn, one branch.
    assert {key.split(".")[2] for key in kept if key.startswith("inception_b.2.")} == {"branch4"}
    stem = inception.module(features=["stem.concat1"], device="meta")
    assert {key.split(".")[1] for key in stem.state_dict()} == {"conv1", "conv2", "conv3", "concat1_branch2"}


def test_features_pass_through_every_way_out_of_python(
    features: nn.Module, x: Tensor, found: dict[str, Tensor], tmp_path: Path
) -> None:
    exported = torch.export.export(features, (x,))
    file = io.BytesIO()
    torch.export.save(exported, file)
    file.seek(0)
    others = [torch.jit.script(features), torch.export.load(file).module(), pickle.loads(pickle.dumps(features))]
    with torch.no_grad():
        for other in others:
            result = other(x)
            assert list(result) == ASKED
            assert all(torch.allclose(result[name], found[name], rtol=1e-9, atol=1e-11) for name in ASKED)


def test_features_export_to_onnx_under_their_names(inception: incspec.Model, x: Tensor, tmp_path: Path) -> None:
    onnxruntime = pytest.importorskip("onnxruntime")
    module = inception.module(features=["stem.concat1", "stem"], seed=0).eval()
    wanted, path = module(x.float()), tmp_path / "x.onnx"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(module, (x.float(),), path, dynamo=True, verbose=False, output_names=list(wanted))
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    assert [output.name for output in session.get_outputs()] == list(wanted)
    results = session.run(list(wanted), {session.get_inputs()[0].name: x.float().numpy()})
    for name, result in zip(wanted, results, strict=True):
        assert torch.allclose(torch.from_numpy(result), wanted[name], atol=1e-4)


def test_the_trunk_is_all_before_the_pool(inception: incspec.Model, whole: nn.Module, x: Tensor) -> None:
    trunk = float64(inception.trunk, whole)
    with torch.no_grad():
        maps = trunk(x)
        assert torch.equal(whole.linear(maps.mean(dim=(2, 3))), whole(x))
    assert [key for key in whole.state_dict() if key not in trunk.state_dict()] == ["linear.weight", "linear.bias"]
    assert inception.trunk.outputs[0].shape == (1536, 8, 8)
    measured = measure(inception.module(head=False, device="meta"), inception.inputs)
    assert differences(measured, inception.trunk.printed.modules, *_told(inception.trunk)) == []


def _told(model: incspec.Model) -> tuple[object, int, int]:
    return model.outputs, model.params, model.macs


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
@pytest.mark.parametrize("device", ["meta", "cpu"])
def test_every_dtype_goes_with_every_device(inception: incspec.Model, dtype: torch.dtype, device: str) -> None:
    module = inception.module(features=["stem.conv3"], dtype=dtype, device=device, seed=0)
    tensors = [*module.parameters(), *(buffer for buffer in module.buffers() if buffer.is_floating_point())]
    assert {(tensor.dtype, tensor.device.type) for tensor in tensors} == {(dtype, device)}
    result = module.eval()(torch.zeros(1, 3, 31, 31, dtype=dtype, device=device))["stem.conv3"]
    assert (result.dtype, result.device.type, tuple(result.shape)) == (dtype, device, (1, 64, 13, 13))


def test_a_part_in_half_precision_is_the_whole_rounded(inception: incspec.Model) -> None:
    full, half = (inception.module(features=["stem"], seed=0, dtype=dtype) for dtype in (None, torch.bfloat16))
    wanted = full.state_dict()
    assert all(torch.equal(value, wanted[key].to(value.dtype)) for key, value in half.state_dict().items())


# --- other networks


def test_a_network_of_several_inputs_keeps_them_all() -> None:
    model = incspec.load(SPECS["two_inputs"])
    name = model.tensors[0]
    part = model.select([name])
    assert len(part.inputs) == len(model.inputs) == 2
    assert list(float64(part)(*inputs_of(model))) == [name]


def test_a_network_with_auxiliary_heads_gives_features_without_them() -> None:
    text = (
        "incspec: 1\nname: Two heads\ninput: [3, 16, 16]\n"
        "network: [3x3 conv 8 name a, 3x3 conv 8 name b, global_avg_pool, linear 5]\n"
        "aux: {side: {from: a, weight: 0.3, body: [global_avg_pool, linear 5]}}\n"
    )
    model = incspec.load(text)
    whole, inputs = float64(model), inputs_of(model)
    for part in (model.select(["b"]), model.trunk):
        assert part.network.graph.aux == ()
        assert set(part.module(device="meta").state_dict()) == {"a.weight", "a.bias", "b.weight", "b.bias"}
    trunk = float64(model.trunk, whole).train()
    assert torch.equal(trunk(*inputs), float64(model.select(["b"]), whole)(*inputs)["b"])


def test_names_of_a_part_are_those_of_the_whole_where_what_made_them_longer_is_left_out() -> None:
    """`act` is named after its merge as there are two, and keeps that name where there is one."""
    text = (
        "incspec: 1\nname: Names\ninput: [4, 8, 8]\nnetwork:\n"
        "  - add: {branches: [[1x1 conv 4, 1x1 conv 4], [identity]], act: relu}\n"
        "  - add: {branches: [[1x1 conv 4, 1x1 conv 4], [identity]], act: relu}\n"
    )
    model = incspec.load(text)
    paths = [facts.path for facts in model.printed.modules]
    part = model.select(["add1"])
    assert [facts.path for facts in part.printed.modules] == paths[: len(paths) // 2]
    assert "add1_relu" in paths
