"""The mapping from checkpoints of others to our modules: found for all of them, and never a wrong one."""

from __future__ import annotations

import random
import string
from collections.abc import Callable, Mapping

import pytest
import torch
from family.implementations import OTHERS, timm_model
from references import import_torchvision_and_timm
from runtime.random_networks import permuted, random_spec
from torch import Tensor, nn

import incspec
from incspec.diagnostics import WeightsError
from incspec.runtime.mapping import find_mapping

State = Mapping[str, Tensor]


def torchvision_model(name: str) -> nn.Module:
    import_torchvision_and_timm()
    from torchvision import models

    module: nn.Module = getattr(models, name)(weights=None)
    return module


FAMILY = {name: (other.spec, other.build) for name, other in OTHERS.items() if "transform_input" not in name}
ZOO = {
    **{
        f"torchvision {name}": (f"zoo/{name}", lambda name=name: torchvision_model(name))
        for name in ("resnet50", "densenet121", "mobilenet_v2", "efficientnet_b0", "convnext_tiny")
    },
    **{
        f"timm {name}": (f"zoo/{spec}", lambda name=name: timm_model(name))
        for name, spec in {
            "resnet50": "resnet50",
            "mobilenetv2_100": "mobilenet_v2",
            "efficientnet_b0": "efficientnet_b0",
            "convnext_tiny": "convnext_tiny",
            "legacy_xception": "xception",
            "inception_next_tiny": "inception_next_tiny",
        }.items()
    },
}


def in_file_order(state: State, rng: random.Random) -> dict[str, Tensor]:
    return dict(state)


def in_alphabetical_order(state: State, rng: random.Random) -> dict[str, Tensor]:
    return dict(sorted(state.items()))


def shuffled(state: State, rng: random.Random) -> dict[str, Tensor]:
    return dict(rng.sample(list(state.items()), len(state)))


def with_modules_shuffled(state: State, rng: random.Random) -> dict[str, Tensor]:
    modules: dict[str, list[str]] = {}
    for name in state:
        modules.setdefault(name.rpartition(".")[0], []).append(name)
    order = rng.sample(list(modules), len(modules))
    return {name: state[name] for module in order for name in modules[module]}


ORDERS = (in_file_order, in_alphabetical_order, shuffled, with_modules_shuffled)


def word(rng: random.Random) -> str:
    return "".join(rng.choices(string.ascii_lowercase + string.digits, k=6))


def each_tensor_renamed(names: State, rng: random.Random) -> dict[str, str]:
    return {name: f"{word(rng)}{index}" for index, name in enumerate(names)}


def modules_renamed(names: State, rng: random.Random) -> dict[str, str]:
    """Each module has another name, the same for all that is in it; tensors keep theirs."""
    table: dict[str, str] = {}

    def renamed(path: str) -> str:
        outer = path.rpartition(".")[0]
        if path not in table:
            table[path] = (renamed(outer) + "." if outer else "") + f"{word(rng)}{len(table)}"
        return table[path]

    return {name: f"{renamed(name.rpartition('.')[0])}.{name.rpartition('.')[2]}" for name in names}


def everything_renamed(names: State, rng: random.Random) -> dict[str, str]:
    return {name: f"{path.rpartition('.')[0]}.{word(rng)}" for name, path in modules_renamed(names, rng).items()}


RENAMINGS = (each_tensor_renamed, modules_renamed, everything_renamed)


# --- of others, under the names that they have


@pytest.fixture(scope="module", params=[*FAMILY, *ZOO])
def reference(request: pytest.FixtureRequest) -> tuple[incspec.Model, dict[str, Tensor]]:
    spec, build = {**FAMILY, **ZOO}[request.param]
    with torch.device("meta"):
        return incspec.load(spec), build().state_dict()


def test_checkpoints_of_others_map_without_help(reference: tuple[incspec.Model, State]) -> None:
    """By the order of the file; by names alone, in alphabetical order; and by order alone, under names without sense."""
    model, state = reference
    found = find_mapping(model, state)
    heads = {unit.head for key in found.kept for unit in [found.target.slots[key][0]]}
    assert "" not in heads
    assert not found.unused
    assert not found.reordered
    assert find_mapping(model, in_alphabetical_order(state, random.Random(0))).pairs == found.pairs
    names = each_tensor_renamed(state, random.Random(0))
    nonsense = find_mapping(model, {names[name]: tensor for name, tensor in state.items()})
    assert nonsense.pairs == {key: names[name] for key, name in found.pairs.items()}


def test_mapping_is_that_of_the_order_of_registration() -> None:
    """timm registers the modules of Inception-v4 as they run, and so do we; our auxiliary head is the last."""
    model = incspec.load("inception_v4_tf")
    with torch.device("meta"):
        theirs = list(timm_model("inception_v4").state_dict().items())
        ours = list(model.module(aux=False).state_dict())
    assert find_mapping(model, dict(theirs)).pairs == dict(zip(ours, (name for name, _ in theirs), strict=True))


# --- under other names, in another order: the right mapping or none


def never_wrong(model: incspec.Model, state: State, rename: Callable, order: Callable, seed: int) -> bool:
    """Whether it was mapped; a wrong mapping fails."""
    rng = random.Random(seed)
    names = rename(state, rng)
    try:
        found = find_mapping(model, order({names[name]: tensor for name, tensor in state.items()}, rng))
    except WeightsError:
        return False
    assert {key: names[key] for key in state} == dict(found.pairs)
    assert not found.reordered
    return True


@pytest.mark.parametrize("rename", RENAMINGS)
@pytest.mark.parametrize("order", ORDERS)
def test_random_names_are_mapped_right_or_refused(rename: Callable, order: Callable) -> None:
    mapped = 0
    for seed in range(8):
        model = incspec.load(random_spec(random.Random(seed)))
        mapped += never_wrong(model, model.module(device="meta").state_dict(), rename, order, seed)
    if order is in_file_order:
        assert mapped >= 4


@pytest.mark.nightly
@pytest.mark.parametrize("rename", RENAMINGS)
@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("spec", ["googlenet_tv", "inception_v3", "inception_v4_tf", "zoo/resnet50", None])
def test_random_names_are_mapped_right_or_refused_often(rename: Callable, order: Callable, spec: str | None) -> None:
    for seed in range(5 if spec else 150):
        model = incspec.load(spec or random_spec(random.Random(1000 + seed)))
        never_wrong(model, model.module(device="meta").state_dict(), rename, order, seed)


def test_equal_layers_in_series_under_shuffled_names_are_refused_and_map_decides() -> None:
    text = "incspec: 1\nname: x\ninput: [4, 8, 8]\nnetwork: [3x3 conv 4, 3x3 conv 4, global_avg_pool, linear 3]\n"
    model = incspec.load(text)
    state = model.module().state_dict()
    theirs = {"head.weight": "linear.weight", "left.weight": "conv2.weight", "left.bias": "conv2.bias"}
    theirs |= {"right.bias": "conv1.bias", "right.weight": "conv1.weight", "head.bias": "linear.bias"}
    checkpoint = {name: state[key] for name, key in theirs.items()}
    with pytest.raises(WeightsError, match="`conv1` and `conv2` are `left` and `right`"):
        find_mapping(model, checkpoint)
    wanted = {key: name for name, key in theirs.items()}
    for entries in ({"left": "conv2"}, {"right": "conv1"}, {"left.weight": "conv2.weight", "left.bias": "conv2.bias"}):
        assert find_mapping(model, checkpoint, map=entries).pairs == wanted


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"nothing": "conv"}, "the checkpoint has no `nothing`"),
        ({"linear": "nothing"}, "the module has no `nothing`"),
        ({"linear": "conv"}, "`linear` cannot be `conv`: they have 2 and 2 tensors"),
    ],
)
def test_map_that_cannot_be_is_refused(entry: dict[str, str], said: str) -> None:
    model = incspec.load("incspec: 1\nname: x\ninput: [4, 8, 8]\nnetwork: [3x3 conv 4, global_avg_pool, linear 3]\n")
    with pytest.raises(WeightsError) as caught:
        find_mapping(model, model.module().state_dict(), map=entry)
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "weights-map"
    assert diagnostic.message.startswith(said)


@pytest.mark.parametrize(
    ("names", "entry"),
    [
        (("conv1.{}", "conv1_1.{}"), {"conv1": "conv2"}),
        (("conv1.{}", "conv10.{}"), {"conv1": "conv2"}),
        (("conv1_{}", "conv1_1_{}"), {"conv1": "conv2"}),
        (("a_conv_{}", "b_conv_{}"), {"a": "conv2"}),
        (("a.conv.{}", "a_conv.{}"), {"a": "conv2"}),
    ],
)
def test_map_takes_the_module_and_not_what_begins_like_it(names: tuple[str, str], entry: dict[str, str]) -> None:
    text = "incspec: 1\nname: x\ninput: [4, 8, 8]\nnetwork: [3x3 conv 4, 3x3 conv 4, global_avg_pool, linear 3]\n"
    model = incspec.load(text)
    wanted = {
        f"conv{2 - place}.{kind}": name.format(kind) for place, name in enumerate(names) for kind in ("weight", "bias")
    }
    wanted |= {"linear.weight": "head.weight", "linear.bias": "head.bias"}
    state = model.module().state_dict()
    assert find_mapping(model, {name: state[key] for key, name in wanted.items()}, map=entry).pairs == wanted


# --- branches in another order


def equal_or_refused(seed: int) -> bool:
    """A network whose branches are written in another order: its weights give the same outputs, or are refused."""
    rng = random.Random(seed)
    text = random_spec(rng)
    model, other = incspec.load(text), incspec.load(permuted(text, rng))
    theirs = other.module(dtype=torch.float64, seed=seed).eval()
    names = {
        key: key.replace("concat", "mixed").replace("branch", "b").replace(".bn.", ".n.") for key in theirs.state_dict()
    }
    for order in ORDERS:
        try:
            found = model.mapping(order({names[key]: t for key, t in theirs.state_dict().items()}, rng))
        except WeightsError:
            return False
        if found.assumed:  # a branch without parameters, and nothing that tells where it stands
            return False
        ours = model.module(dtype=torch.float64).eval()
        ours.load_state_dict(found.apply({names[key]: t for key, t in theirs.state_dict().items()}))
        x = torch.randn(2, 3, 16, 16, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))
        with torch.no_grad():
            assert torch.allclose(ours(x), theirs(x), rtol=1e-10, atol=1e-12)
    return True


def test_branches_in_another_order_give_the_same_outputs_or_are_refused() -> None:
    assert sum(map(equal_or_refused, range(12))) >= 6


@pytest.mark.nightly
def test_branches_in_another_order_give_the_same_outputs_or_are_refused_often() -> None:
    assert sum(map(equal_or_refused, range(100, 400))) >= 150
