"""Comparison with a reference: the first block that differs is named, and nothing else is taken for a difference."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812  # torch's own name for it

import incspec
from incspec.runtime.compare import SizeError
from incspec.runtime.comparison import Comparison

SPEC = """\
incspec: 1
name: Small
input: [3, 24, 24]
defaults: {conv: {norm: batch_norm, act: relu}}
blocks:
  inception:
    params: {n: required}
    body:
      - concat: [[1x1 conv n], [1x1 conv n, 3x3 conv n], [3x3 avg_pool, 1x1 conv n]]
network:
  - 3x3 conv 8
  - inception: {n: 4, repeat: 3}
  - 3x3 max_pool stride 2 V
  - inception: {n: 8, name: last}
  - global_avg_pool
  - dropout 0.5
  - linear 10
"""


@pytest.fixture(scope="module")
def model() -> incspec.Model:
    return incspec.load(SPEC)


def with_forward(module: nn.Module, forward: Callable[[nn.Module, Tensor], Tensor]) -> None:
    """Give one module another forward."""
    module.__class__ = type(type(module).__name__, (type(module),), {"forward": forward})


def branches(block: nn.Module, x: Tensor) -> list[Tensor]:
    return [block.branch1(x), block.branch2(x), block.branch3(x)]


def head(net: nn.Module, x: Tensor) -> Tensor:
    return net.last(net.max_pool(net.inception(net.conv(x))))


def other_padding_mode(net: nn.Module) -> None:
    net.inception[1].branch2[1].conv.padding_mode = "reflect"


def pads_not_counted(net: nn.Module) -> None:
    net.inception[1].branch3[0].count_include_pad = False


def other_eps(net: nn.Module) -> None:
    net.last.branch1.bn.eps = 1e-3


def other_activation(net: nn.Module) -> None:
    net.inception[2].branch3[1].relu = nn.LeakyReLU(0.01)


def bounded_activation(net: nn.Module) -> None:
    net.conv.relu = nn.ReLU6()


def swapped_branches(net: nn.Module) -> None:
    with_forward(net.inception[0], lambda block, x: torch.cat(branches(block, x)[::-1], dim=1))


def other_pool(net: nn.Module) -> None:
    net.max_pool = nn.AvgPool2d(3, 2)


def other_rounding(net: nn.Module) -> None:
    net.max_pool.ceil_mode = True


def other_head(net: nn.Module) -> None:
    with_forward(net, lambda net, x: net.linear(net.dropout(head(net, x).amax(dim=(2, 3)))))


def a_step_more(net: nn.Module) -> None:
    with_forward(net.last, lambda block, x: torch.cat(branches(block, x), dim=1) * 1.01)


def a_step_less(net: nn.Module) -> None:
    net.last.branch3[0] = nn.Identity()


def no_activation(net: nn.Module) -> None:
    net.conv.relu = nn.Identity()


CHANGES = {
    other_padding_mode: ("inception.1", "inception.1.branch2.1.conv", "convolution", "values"),
    pads_not_counted: ("inception.1", "inception.1.branch3.0", "avg_pool2d", "values"),
    other_eps: ("last", "last.branch1.bn", "batch_norm", "values"),
    other_activation: ("inception.2", "inception.2.branch3.1.relu", "relu", "values"),
    bounded_activation: ("conv", "conv.relu", "relu", "values"),
    swapped_branches: ("inception.0", "inception.0", "cat", "order"),
    other_pool: ("max_pool", "max_pool", "max_pool2d", "values"),
    other_rounding: ("max_pool", "max_pool", "max_pool2d", "shape"),
    other_head: ("global_avg_pool", "", "mean", "values"),
    # What the reference does beyond ours shows where ours goes on.
    a_step_more: ("last", "", "mean", "extra"),
    a_step_less: ("last", "last.branch3.0", "avg_pool2d", "values"),
    no_activation: ("conv", "conv.relu", "relu", "values"),
}


# Where the reference is at that point, if not in the same module.
GOES_ON = {a_step_more: "last", a_step_less: "last.branch3.1.conv", no_activation: "inception.0.branch1.conv"}


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_the_first_difference_is_named_exactly(model: incspec.Model, change: Callable[[nn.Module], None]) -> None:
    reference = model.module(seed=1)
    change(reference)
    found = model.verify(reference, sizes=[24])
    first = found.first
    assert first is not None
    assert (first.stage, first.module, first.op, first.kind) == CHANGES[change]
    assert first.subject == "output"
    assert first.theirs == GOES_ON.get(change, first.module)
    assert first.difference > found.tolerance
    stages = {stage.stage: stage.output <= found.tolerance for stage in found.runs[0].stages}
    assert list(stages).index("global_avg_pool" if change is a_step_more else first.stage) == list(
        stages.values()
    ).index(False)


def test_a_copy_is_equal_in_both_modes_and_stays_as_it_was(model: incspec.Model) -> None:
    reference = model.module(seed=1)
    reference.dropout.p = 0.1
    before = {name: tensor.clone() for name, tensor in reference.state_dict().items()}
    found = model.verify(reference, train=True)
    assert found.equal
    assert found.difference == 0
    assert [(run.mode, run.shapes) for run in found.runs] == [
        ("eval", ((3, 18, 18),)),
        ("eval", ((3, 24, 24),)),
        ("eval", ((3, 27, 27),)),
        ("train", ((3, 24, 24),)),
    ]
    assert found.ours.total == found.theirs.total == model.params
    assert found.runs[1].our_macs == found.runs[1].their_macs == model.macs
    after = reference.state_dict()
    assert all(torch.equal(tensor, after[name]) for name, tensor in before.items())


def test_a_gradient_that_is_cut_is_named(model: incspec.Model) -> None:
    reference = model.module(seed=1)
    with_forward(reference.inception[2].branch1.bn, lambda bn, x: nn.BatchNorm2d.forward(bn, x.detach()))
    found = model.verify(reference, train=True, sizes=[24])
    assert [run.difference for run in found.runs] == [0, 0]
    assert found.first is not None
    assert (found.first.subject, found.first.module, found.first.op) == (
        "gradient",
        "inception.2.branch1.conv",
        "weight",
    )
    assert found.runs[0].first is None


def test_another_momentum_is_seen_in_the_buffers_alone(model: incspec.Model) -> None:
    reference = model.module(seed=1)
    reference.last.branch2[0].bn.momentum = 0.2
    assert model.verify(reference, sizes=[24]).equal
    found = model.verify(reference, train=True, sizes=[24])
    assert found.first is not None
    assert (found.first.subject, found.first.module) == ("buffer", "last.branch2.0.bn")


# --- references written in another way


class Functional(nn.Module):
    """The same network with functions for modules, sums for means, and axes in another order on the way."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net

    def forward(self, x: Tensor) -> object:
        net = self.net
        x = self.unit(net.conv, x)
        for block in (*net.inception, None, net.last):
            x = F.max_pool2d(x, 3, 2) if block is None else self.block(block, x)
        x = x.permute(0, 2, 3, 1).flatten(1, 2)
        x = x.sum(dim=1) / x.shape[1]
        return self.outputs(F.linear(F.dropout(x, 0.3, self.training), net.linear.weight, net.linear.bias))

    def unit(self, unit: nn.Module, x: Tensor) -> Tensor:
        bn = unit.bn
        x = F.conv2d(x, unit.conv.weight, padding=unit.conv.padding)
        x = F.batch_norm(x, bn.running_mean, bn.running_var, bn.weight, bn.bias, self.training)
        return F.relu(x)

    def block(self, block: nn.Module, x: Tensor) -> Tensor:
        pooled = self.unit(block.branch3[1], F.avg_pool2d(x, 3, 1, 1))
        deep = self.unit(block.branch2[1], self.unit(block.branch2[0], x))
        return torch.cat([self.unit(block.branch1, x), deep, pooled], 1)

    def outputs(self, logits: Tensor) -> object:
        return logits


def test_a_reference_of_functions_is_equal(model: incspec.Model) -> None:
    found = model.verify(Functional(model.module()), train=True, sizes=[24, 19])
    assert found.equal
    assert found.difference < 1e-13
    assert found.runs[0].their_macs == model.macs


class Outputs(NamedTuple):
    features: Tensor
    logits: Tensor


@pytest.mark.parametrize(
    ("pack", "name", "left"),
    [
        (lambda logits: (logits,), "0", None),
        (lambda logits: Outputs(logits[:, :3], logits), "logits", "features"),
        (lambda logits: {"extra": {"square": logits**2}, "out": logits}, "out", "extra.square"),
        (lambda logits: [logits + 1, logits], "1", "0"),
    ],
)
def test_outputs_of_any_form_are_paired(
    model: incspec.Model, pack: Callable[[Tensor], object], name: str, left: str
) -> None:
    class Packed(Functional):
        def outputs(self, logits: Tensor) -> object:
            return pack(logits)

    found = model.verify(Packed(model.module()), sizes=[24])
    assert found.equal
    (output,) = found.runs[0].outputs
    assert (output.name, output.theirs) == ("output", name)
    assert list(found.notes) == ([f"in eval mode, theirs also gives `{left}`"] if left else [])


def test_an_output_of_another_shape_is_a_difference(model: incspec.Model) -> None:
    class Cut(Functional):
        def outputs(self, logits: Tensor) -> object:
            return logits[:, :5]

    found = model.verify(Cut(model.module()), sizes=[24])
    assert not found.equal
    assert (found.runs[0].outputs[0].theirs, found.difference) == (None, float("inf"))


def test_a_reference_that_gives_no_tensor_is_refused(model: incspec.Model) -> None:
    class Silent(Functional):
        def outputs(self, logits: Tensor) -> object:
            return None

    with pytest.raises(SizeError, match="`Silent` gives no tensor"):
        model.verify(Silent(model.module()), sizes=[24])


def test_random_numbers_are_told(model: incspec.Model) -> None:
    class Noisy(Functional):
        def outputs(self, logits: Tensor) -> object:
            return logits + torch.rand_like(logits)

    found = model.verify(Noisy(model.module()), sizes=[24])
    assert not found.equal
    assert "draws random numbers" in found.notes[0]
    assert "rand_like" in found.notes[0]


def test_a_network_that_gives_no_numbers_is_not_equal(model: incspec.Model) -> None:
    class Broken(Functional):
        def outputs(self, logits: Tensor) -> object:
            return logits / 0 * 0

    found = model.verify(Broken(model.module()), sizes=[24])
    assert (found.equal, found.difference) == (False, float("inf"))


# --- weights


def test_a_factor_of_zero_hides_nothing(model: incspec.Model) -> None:
    reference = model.module(seed=1)
    nn.init.zeros_(reference.last.branch2[1].bn.weight)
    nn.init.zeros_(reference.last.branch2[1].bn.bias)
    reference.last.branch2[0].bn.eps = 0.5
    found = model.verify(reference, sizes=[24])
    assert found.first is not None
    assert found.first.module == "last.branch2.0.bn"


def test_two_comparisons_give_the_same_numbers(model: incspec.Model) -> None:
    def compared() -> Comparison:
        return model.verify(Functional(model.module()), sizes=[24], train=True)

    assert compared() == compared()


# --- sizes


def test_a_size_that_is_too_small_is_refused_with_what_torch_says(model: incspec.Model) -> None:
    with pytest.raises(SizeError, match=r"`Small` refuses an input of 3x2x2: .*too small"):
        model.verify(model.module(), sizes=[2])


def test_sizes_of_more_axes_than_the_input_are_refused(model: incspec.Model) -> None:
    with pytest.raises(SizeError, match="`8x8x8` is not one of the spatial axes of 3x24x24"):
        model.verify(model.module(), sizes=[(8, 8, 8)])
    assert model.verify(model.module(), sizes=[(16, 20)]).runs[0].shapes == ((3, 16, 20),)


def test_a_network_of_one_size_is_compared_at_that_alone() -> None:
    model = incspec.load("incspec: 1\nname: Flat\ninput: [1, 8, 8]\nnetwork: [3x3 conv 4, flatten, linear 3]\n")
    found = model.verify(model.module(), train=True)
    assert found.equal
    assert [run.shapes for run in found.runs] == [((1, 8, 8),)] * 2
    assert found.notes == ("no smaller input was found that both accept", "no larger input was found that both accept")


@pytest.mark.parametrize("shape", ["[4]", "[2, 30]", "[2, 6, 10, 10]"])
def test_networks_of_any_rank_are_compared(shape: str) -> None:
    steps = "linear 3, relu, linear 2" if shape == "[4]" else "conv: {out: 4, kernel: 3}, global_avg_pool, linear 2"
    model = incspec.load(f"incspec: 1\nname: Any\ninput: {shape}\nnetwork: [{steps}]\n")
    assert model.verify(model.module(), train=True).equal


# --- which weights are which

FORK = """\
incspec: 1
name: Fork
input: [3, 12, 12]
network: [concat: [[1x1 conv 4], [1x1 conv 5, 3x3 conv 6]], 3x3 conv 7, global_avg_pool]
"""


class Fork(nn.Module):
    """The network of `FORK`, its branches the other way round: joined as they are numbered, or not."""

    def __init__(self, *, as_numbered: bool) -> None:
        super().__init__()
        self.as_numbered = as_numbered
        deep = nn.Sequential(nn.Conv2d(3, 5, 1), nn.Conv2d(5, 6, 3, padding=1))
        self.branches = nn.ModuleList([deep, nn.Conv2d(3, 4, 1)])
        self.end = nn.Conv2d(10, 7, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        parts = [branch(x) for branch in self.branches]
        return self.end(torch.cat(parts if self.as_numbered else parts[::-1], 1)).mean((2, 3))


def test_branches_in_another_order_are_equal_where_the_weights_behind_them_are_so() -> None:
    found = incspec.load(FORK).verify(Fork(as_numbered=True), train=True)
    assert found.equal
    assert all(stage.output <= found.tolerance for run in found.runs for stage in run.stages)
    assert len(found.notes) == 1
    assert "has the branches of `concat` in another order, and is taken to join them in it" in found.notes[0]


def test_branches_in_another_order_are_named_where_the_weights_behind_them_are_not() -> None:
    found = incspec.load(FORK).verify(Fork(as_numbered=False), sizes=[12])
    assert found.first is not None
    assert (found.first.stage, found.first.module, found.first.op) == ("conv", "conv", "convolution")


def test_map_says_which_weights_are_which() -> None:
    model = incspec.load("incspec: 1\nname: Twin\ninput: [4, 8, 8]\nnetwork: [1x1 conv 4, relu, 1x1 conv 4, tanh]\n")
    swapped = nn.Sequential(nn.Conv2d(4, 4, 1), nn.ReLU(), nn.Conv2d(4, 4, 1), nn.Tanh())
    assert model.verify(swapped).equal
    assert not model.verify(swapped, map={"0": "conv2", "2": "conv1"}).equal
    with pytest.raises(incspec.WeightsError, match="the checkpoint has no `7`"):
        model.verify(swapped, map={"7": "conv2"})


def test_state_that_is_no_tensor_is_no_weight(model: incspec.Model) -> None:
    reference = model.module()
    reference.__class__ = type("Versioned", (type(reference),), {"get_extra_state": lambda self: {"version": 1}})
    assert "_extra_state" in reference.state_dict()
    assert model.verify(reference, sizes=[model.inputs[0].sizes]).equal


def test_what_is_no_reference_at_all_is_told_as_such(model: incspec.Model) -> None:
    with pytest.raises(TypeError, match="`package:callable` is wanted, not 3"):
        model.verify(3)  # type: ignore[arg-type]
