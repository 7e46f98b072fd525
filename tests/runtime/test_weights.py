"""Weights of others in our modules: equal outputs in whatever order branches are joined, and nothing half-loaded."""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

import incspec
from incspec.diagnostics import WeightsError
from incspec.runtime.mapping.assignment import adapted
from incspec.runtime.weights import WeightsWarning

NET = """\
incspec: 1
name: Net
input: [3, 12, 12]
params: {classes: 10}
defaults: {conv: {norm: batch_norm, act: relu}}
blocks:
  inception:
    params: {n: required}
    body:
      - concat: [BRANCHES]
network:
  - 3x3 conv 8
  - inception: {n: 4}
  - inception: {n: 8}
TAIL
  - global_avg_pool
  - linear classes
"""
BRANCHES = (
    "[1x1 conv n]",
    "[1x1 conv 4, 3x3 conv 2*n]",
    "[1x1 conv 4, 3x3 conv n, 3x3 conv n]",
    "[3x3 avg_pool, 1x1 conv n]",
)


def net(*branches: str, tail: str = "") -> incspec.Model:
    return incspec.load(NET.replace("BRANCHES", ", ".join(branches or BRANCHES)).replace("TAIL\n", tail))


def randomised(module: nn.Module, seed: int = 0) -> nn.Module:
    """Statistics of batch norms too, so that no two channels are alike."""
    generator = torch.Generator().manual_seed(seed)
    for name, tensor in module.state_dict().items():
        if tensor.is_floating_point():
            drawn = torch.rand(tensor.shape, generator=generator, dtype=tensor.dtype)
            tensor.copy_(drawn + 0.5 if name.endswith("running_var") else drawn - 0.4)
    return module.eval()


def renamed(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Other names, with the numbers that modules have."""
    return {f"trunk.{name.replace('branch', 'b').replace('.bn.', '.norm.')}": t for name, t in state.items()}


def same_outputs(source: incspec.Model, target: incspec.Model, *, rename=renamed) -> bool:
    theirs = randomised(source.module(dtype=torch.float64))
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*is taken to join them", WeightsWarning)
        ours = target.module(weights=rename(theirs.state_dict()), dtype=torch.float64).eval()
    x = torch.randn(2, *source.inputs[0].shape, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        return torch.allclose(theirs(x), ours(x), rtol=1e-12, atol=1e-12)


# --- branches in another order

TAILS = {
    "nothing": "",
    "a depthwise convolution": "  - conv: {out: in, kernel: 3, groups: in}\n",
    "groups that stay together": "  - conv: {out: 20, kernel: 1, groups: 1}\n  - conv: {out: 40, kernel: 3, groups: 4}\n",
    "a residual": "  - residual: [1x1 conv 8, {conv: {out: 40, kernel: 3, act: none}}]\n",
    "a channel gate": "  - mul: [[identity], [global_avg_pool: {keep: true}, 1x1 conv 4, {conv: {out: 40}}]]\n",
    "residuals in series": "  - residual: {repeat: 2, scale: 0.3, act: relu, body: [1x1 conv 8, {conv: {out: 40, kernel: 3}}]}\n",
    "a residual of branches": "  - residual: [concat: [[1x1 conv 20], [3x3 conv 20]]]\n",
    "features": "  - 4x4 avg_pool stride 4 V\n  - flatten\n  - linear 7\n  - reshape: {shape: [7, 1, 1]}\n",
}


@pytest.mark.parametrize("tail", sorted(TAILS.keys() - {"a residual of branches"}))
@pytest.mark.parametrize("order", [(1, 2, 3, 0), (3, 2, 1, 0), (2, 0, 3, 1)])
def test_branches_in_another_order_give_the_same_outputs(order: tuple[int, ...], tail: str) -> None:
    source = net(*(BRANCHES[index] for index in order), tail=TAILS[tail])
    target = net(tail=TAILS[tail])
    assert same_outputs(source, target)
    assert len(target.mapping(renamed(source.module().state_dict())).reordered) == 2


def test_branches_that_are_joined_in_our_order_are_left_in_it_on_request() -> None:
    """Modules may be registered in another order than that in which `forward` joins what they give."""
    model = net()
    theirs = randomised(model.module(dtype=torch.float64))
    registered = net(*reversed(BRANCHES)).module().state_dict()
    number = {f"branch{place}": f"branch{5 - place}" for place in range(1, 5)}
    state = {}
    for name in registered:
        mine = re.sub(r"branch\d", lambda found: number[found.group()], name)
        state[f"trunk.{re.sub('branch([1-4])', lambda found: 'wxyz'[int(found.group(1)) - 1], mine)}"] = (
            theirs.state_dict()[mine]
        )
    x = torch.randn(2, 3, 12, 12, dtype=torch.float64)
    with pytest.warns(WeightsWarning, match="is taken to join them in it"):
        taken = model.module(weights=state, dtype=torch.float64).eval()
    kept = model.module(weights=state, dtype=torch.float64, reorder=False).eval()
    with torch.no_grad():
        assert torch.equal(kept(x), theirs(x))
        assert not torch.allclose(taken(x), theirs(x))


def test_a_sum_of_two_orders_is_refused() -> None:
    """The shortcut has the checkpoint's order, and no order of the body's branches gives that."""
    tail = TAILS["a residual of branches"]
    target, source = net(tail=tail), net(*reversed(BRANCHES), tail=tail)
    assert same_outputs(target, target)
    with pytest.raises(WeightsError, match="depends on the order of its channels"):
        target.mapping(renamed(source.module().state_dict()))


@pytest.mark.parametrize("op", ["channel_shuffle 4", "split 2", "lrn"])
def test_ops_bound_to_their_channels_are_refused(op: str) -> None:
    if op == "split 2":
        tail = "  - concat: {split: 2, branches: [[1x1 conv 4], [3x3 conv 4]]}\n"
    else:
        tail = f"  - {op}\n"
    target, source = net(tail=tail), net(*reversed(BRANCHES), tail=tail)
    assert same_outputs(target, target)
    with pytest.raises(WeightsError, match="depends on the order of its channels") as caught:
        target.mapping(renamed(source.module().state_dict()))
    assert {each.code for each in caught.value.diagnostics} == {"weights-order"}


def test_place_of_a_branch_without_parameters_is_read_from_numbers() -> None:
    branches = ("[3x3 max_pool]", "[1x1 conv n]", "[3x3 conv 2*n]")
    for order in ((0, 1, 2), (1, 2, 0), (2, 0, 1)):
        assert same_outputs(net(*(branches[index] for index in order)), net(*branches))


SIZED = "[3x3 conv 4]", "[1x1 conv 8]", "[5x5 conv 6]"


def sizes(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Branches called by the sizes of their kernels."""
    for old, new in {"branch1": "conv_3", "branch2": "conv_1", "branch3": "conv_5"}.items():
        state = {name.replace(old, new): tensor for name, tensor in state.items()}
    return {f"t.{name}": tensor for name, tensor in state.items()}


def test_numbers_that_are_sizes_of_kernels_do_not_tell_the_order_of_branches() -> None:
    """The order of the file does; where that is none, it is refused."""
    layers = "".join(f"  - 1x1 conv {width}\n" for width in range(20, 30))
    target = net(*SIZED, tail=layers)
    assert same_outputs(target, target, rename=sizes)
    state = sizes(target.module().state_dict())
    assert not target.mapping(state).reordered
    with pytest.raises(WeightsError, match="may count them, or be the sizes of their kernels"):
        target.mapping(dict(sorted(state.items())))
    pool = net("[1x1 conv 4]", "[3x3 conv 8]", "[3x3 max_pool]")
    state = {f"t.{name.replace('branch2', 'branch3')}": tensor for name, tensor in pool.module().state_dict().items()}
    with pytest.raises(WeightsError, match="may count them, or be the sizes of their kernels"):
        pool.mapping(dict(sorted(state.items())))


@pytest.mark.parametrize("names", [("wide", "narrow"), ("conv_r", "conv_l")])
def test_an_order_of_branches_that_nothing_tells_is_said_to_be_taken(names: tuple[str, str]) -> None:
    model = net("[5x5 conv 4]", "[3x3 conv 8]")

    def rename(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
        first, second = names
        return {
            f"t.{name.replace('branch1', first).replace('branch2', second)}": tensor
            for name, tensor in sorted(state.items())
        }

    with pytest.warns(WeightsWarning, match=r"in which order the checkpoint joins the branches of `inception1/concat`"):
        assert same_outputs(model, model, rename=rename)


def registered(*numbers: int) -> dict[str, Tensor]:
    """The state of two equal branches and what follows, the branches registered in the order of their numbers."""
    inside: dict[str, Tensor] = {}
    for number in numbers:
        inside |= {f"branch{number}.weight": torch.randn(4, 4, 3, 3), f"branch{number}.bias": torch.randn(4)}
    return inside | nn.Sequential(nn.Conv2d(8, 5, 1), nn.Linear(5, 3)).state_dict()


def test_numbers_that_contradict_the_order_of_the_file_are_taken_and_told() -> None:
    text = "incspec: 1\nname: x\ninput: [4, 8, 8]\n"
    text += "network: [concat: [[3x3 conv 4], [3x3 conv 4]], 1x1 conv 5, global_avg_pool, linear 3]\n"
    model = incspec.load(text)
    model.module(weights=registered(1, 2))  # without a warning, which would be an error
    theirs = registered(2, 1)
    with pytest.warns(
        WeightsWarning, match="of `concat` contradict the order of the file: they are taken to be joined by"
    ):
        module = model.module(weights=theirs)
    assert torch.equal(module.branch1.weight, theirs["branch1.weight"])
    assert torch.equal(module.conv.weight, theirs["0.weight"])
    model.module(weights=theirs, reorder=False)  # who says in which order they are joined, need not be told
    model.module(weights=dict(sorted(theirs.items())))  # an alphabetical file has no order of its own
    kinds = dict(sorted(theirs.items(), key=lambda item: item[0].endswith("bias")))  # nor has one with biases apart
    assert [name for name in kinds if "branch" in name][:3] == ["branch2.weight", "branch1.weight", "branch2.bias"]
    model.module(weights=kinds)


def test_place_of_a_branch_without_parameters_that_nothing_tells_is_refused() -> None:
    """The file is in the order of its network, so the branches are in another one; but where is the pool?"""
    pool, narrow, wide = "[3x3 max_pool]", "[1x1 conv n]", "[3x3 conv 2*n]"
    tail = "".join(f"  - {kernel}x{kernel} conv {width}\n" for kernel in (1, 3) for width in range(3, 15, 2))
    source, target = net(pool, wide, narrow, tail=tail), net(pool, narrow, wide, tail=tail)
    names = {"branch2": "wide", "branch3": "narrow"}
    state = {
        name.replace("branch2", names["branch2"]).replace("branch3", names["branch3"]): tensor
        for name, tensor in source.module().state_dict().items()
    }
    with pytest.raises(WeightsError, match="nothing tells where"):
        target.mapping(state)


# --- classifiers, inputs, types


def test_classifier_of_another_width_keeps_its_initialisation_and_says_so() -> None:
    theirs = renamed(randomised(net().module()).state_dict())
    model = incspec.load(NET.replace("BRANCHES", ", ".join(BRANCHES)).replace("TAIL\n", ""), params={"classes": 3})
    with pytest.warns(
        WeightsWarning, match="`linear` keeps its initialisation: it has 3 outputs, 10 in the checkpoint"
    ):
        module = model.module(weights=theirs, seed=5)
    fresh = model.module(seed=5)
    assert torch.equal(module.linear.weight, fresh.linear.weight)
    assert torch.equal(module.conv.conv.weight, theirs["trunk.conv.conv.weight"])
    assert model.mapping(theirs).kept == ("linear.weight", "linear.bias")


def test_a_warning_points_at_the_line_of_whoever_asked_for_the_weights(tmp_path: Path) -> None:
    text = "incspec: 1\nname: N\ninput: [3, 8, 8]\nparams: {classes: 16}\nnetwork: [3x3 conv 4, global_avg_pool, linear classes]\n"
    (tmp_path / "net.yaml").write_text(text)
    model = incspec.load(tmp_path / "net.yaml", params={"classes": 10})
    weights = incspec.load(text).module().state_dict()
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        model.module(weights=weights)
        incspec.create(tmp_path / "net.yaml", classes=10, weights=weights)
    assert [each.filename for each in found] == [__file__, __file__]
    lines = Path(__file__).read_text("utf-8").splitlines()
    assert [lines[each.lineno - 1].strip().partition("(")[0] for each in found] == ["model.module", "incspec.create"]


def test_as_many_classes_as_another_layer_has_channels_are_a_classifier_of_another_width() -> None:
    text = "incspec: 1\nname: N\ninput: [3, 8, 8]\nparams: {classes: 16}\n"
    text += "network: [3x3 conv 16, 3x3 conv 8, global_avg_pool, linear classes]\n"
    source, target = incspec.load(text).module().state_dict(), incspec.load(text, params={"classes": 10})
    assert target.mapping(source).kept == ("linear.weight", "linear.bias")
    trunk = target.mapping({f"trunk.{name}": tensor for name, tensor in source.items()})
    assert trunk.pairs["conv1.bias"] == "trunk.conv1.bias"


def test_of_1001_classes_the_background_is_left_out() -> None:
    def with_classes(classes: int) -> incspec.Model:
        return incspec.load(NET.replace("BRANCHES", "[1x1 conv n]").replace("TAIL\n", ""), params={"classes": classes})

    theirs = randomised(with_classes(1001).module()).state_dict()
    with pytest.warns(WeightsWarning, match="the background, is left out"):
        module = with_classes(1000).module(weights=renamed(theirs))
    assert torch.equal(module.linear.weight, theirs["linear.weight"][1:])
    assert torch.equal(module.linear.bias, theirs["linear.bias"][1:])


@pytest.mark.parametrize(("before", "channels"), [(3, 1), (3, 4), (3, 7), (1, 3), (4, 4)])
def test_an_adapted_layer_gives_what_it_gave(before: int, channels: int) -> None:
    """A grey image as three equal channels; for more channels, one whose channels are repeated."""
    generator = torch.Generator().manual_seed(0)
    weight = torch.randn(5, before, 3, 3, dtype=torch.float64, generator=generator)
    own = torch.randn(1, before if channels > 1 else 1, 6, 6, dtype=torch.float64, generator=generator)
    theirs = own if channels > 1 else own.repeat(1, before, 1, 1)
    ours = own[:, [index % before for index in range(channels)]] if channels > 1 else own
    expected = nn.functional.conv2d(theirs, weight)
    assert torch.allclose(nn.functional.conv2d(ours, adapted(weight, channels)), expected, rtol=1e-12, atol=1e-12)


def test_another_number_of_input_channels_is_adapted_on_request_only() -> None:
    theirs = renamed(randomised(net().module()).state_dict())
    grey = incspec.load(NET.replace("[3, 12", "[1, 12").replace("BRANCHES", ", ".join(BRANCHES)).replace("TAIL\n", ""))
    with pytest.raises(WeightsError, match="adapt_input=True") as caught:
        grey.module(weights=theirs)
    assert "`conv.conv.weight` [8, 1, 3, 3] has `trunk.conv.conv.weight` [8, 3, 3, 3]" in str(caught.value).replace(
        "\n  ", " "
    ).replace("        ", "")
    with pytest.warns(WeightsWarning, match="is adapted from 3 to 1 input channels"):
        module = grey.module(weights=theirs, adapt_input=True)
    assert torch.allclose(module.conv.conv.weight, theirs["trunk.conv.conv.weight"].sum(1, keepdim=True))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_other_floating_point_types_are_converted(dtype: torch.dtype) -> None:
    state = {name: t.to(dtype) if t.is_floating_point() else t for name, t in net().module().state_dict().items()}
    module = net().module(weights=renamed(state))
    assert module.linear.weight.dtype == torch.float32
    assert torch.equal(module.linear.weight, state["linear.weight"].float())


# --- what is refused


def test_nan_infinite_and_whole_numbers_are_refused_with_block_and_parameter() -> None:
    state = renamed(randomised(net().module()).state_dict())
    state["trunk.inception1.b2.1.conv.weight"][0, 0] = float("nan")
    state["trunk.inception2.b1.norm.running_var"][3] = float("inf")
    state["trunk.linear.bias"] = torch.zeros(10, dtype=torch.int8)
    with pytest.raises(WeightsError) as caught:
        net().module(weights=state)
    assert [(each.code, each.message, each.notes) for each in caught.value.diagnostics] == [
        (
            "weights-value",
            "`trunk.inception1.b2.1.conv.weight` holds NaN",
            ("it is `inception1.branch2.1.conv.weight` in block `inception`",),
        ),
        (
            "weights-value",
            "`trunk.inception2.b1.norm.running_var` holds an infinite number",
            ("it is `inception2.branch1.bn.running_var` in block `inception`",),
        ),
        ("weights-value", "`trunk.linear.bias` holds whole numbers (int8)", ("it is `linear.bias`",)),
    ]


def test_other_width_depth_missing_and_extra_tensors_are_refused_with_the_place() -> None:
    state = renamed(net().module().state_dict())
    place = "trunk.inception1.b2.1.conv.weight"
    cases = {
        "in block `inception` has `trunk.inception1.b2.1.conv.weight` [9, 4, 3, 3] in its place": {
            **state,
            place: torch.zeros(9, 4, 3, 3),
        },
        "`inception1.branch2.1.conv.weight` [8, 4, 3, 3] in block `inception` has no counterpart": {
            name: t for name, t in state.items() if name != place
        },
        "`trunk.inception1.more.weight` [2, 2] fits nowhere": {
            **state,
            "trunk.inception1.more.weight": torch.zeros(2, 2),
        },
        "`inception2` (35 tensors) in block `inception` has no counterpart": {
            name: t for name, t in state.items() if not name.startswith("trunk.inception2")
        },
    }
    for note, wrong in cases.items():
        with pytest.raises(WeightsError) as caught:
            net().module(weights=wrong)
        (diagnostic,) = caught.value.diagnostics
        assert diagnostic.code == "weights-mismatch"
        assert any(note in each for each in diagnostic.notes), diagnostic.notes


def test_nothing_is_loaded_of_a_checkpoint_that_is_refused() -> None:
    from incspec.runtime.weights import load_weights

    model = net()
    module = model.module(seed=3)
    before = {name: tensor.clone() for name, tensor in module.state_dict().items()}
    state = renamed(randomised(model.module()).state_dict())
    state["trunk.linear.bias"][-1] = float("nan")
    with pytest.raises(WeightsError):
        load_weights(module, model, state)
    assert all(torch.equal(tensor, before[name]) for name, tensor in module.state_dict().items())


def test_arguments_that_make_no_sense_are_told() -> None:
    with pytest.raises(ValueError, match="there are none"):
        net().module(map={"a": "b"})
    with pytest.raises(ValueError, match="meta device"):
        net().module(weights=net().module().state_dict(), device="meta")


def test_weights_of_our_own_load_without_a_word(tmp_path: Path) -> None:
    state = randomised(net().module()).state_dict()
    save_file(state, tmp_path / "own.safetensors")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        module = net().module(weights=tmp_path / "own.safetensors")
    assert all(torch.equal(tensor, state[name]) for name, tensor in module.state_dict().items())
    assert load_file(tmp_path / "own.safetensors").keys() == state.keys()


def test_numbers_that_are_too_large_for_the_module_are_refused() -> None:
    state = renamed(randomised(net().module()).state_dict())
    state["trunk.linear.weight"][0, 0] = 1e6
    assert net().module(weights=state).linear.weight[0, 0] == 1e6
    with pytest.raises(WeightsError, match=r"`trunk.linear.weight` holds numbers too large for float16"):
        net().module(weights=state, dtype=torch.float16)


def test_a_part_has_the_mapping_of_the_whole() -> None:
    state = renamed(net().module().state_dict())
    assert net().trunk.mapping(state).pairs == net().mapping(state).pairs
