"""Selection: which names there are, what their part of the network costs, and what is refused."""

from __future__ import annotations

import pytest

import incspec
from incspec.tensors import tensor_names

HEADER = "incspec: 1\nname: Net\ninput: [3, 32, 32]\n"


@pytest.fixture(scope="module")
def model() -> incspec.Model:
    return incspec.load("inception_v4")


def net(network: str, blocks: str = "") -> incspec.Model:
    return incspec.load(f"{HEADER}{blocks}network: {network}\n")


# --- names


def test_the_steps_of_the_network_and_the_turns_of_its_repeats_have_names(model: incspec.Model) -> None:
    assert model.tensors[:7] == (
        "stem",
        "inception_a",
        "inception_a.0",
        "inception_a.1",
        "inception_a.2",
        "inception_a.3",
        "reduction_a",
    )
    assert model.tensors[-3:] == ("global_avg_pool", "dropout", "linear")


def test_tensors_inside_blocks_have_names_too(model: incspec.Model) -> None:
    names = tensor_names(model.network, inside=True)
    assert {"stem.conv3", "stem.concat1", "inception_c.1.branch4_branch2"} <= set(names)
    assert len(names) == len(set(names))


def test_the_steps_of_a_branch_are_one_module_unless_the_author_names_them() -> None:
    model = net("[concat: [[1x1 conv 4, 3x3 conv 8], [1x1 conv 4 name x, 3x3 conv 8]]]")
    assert model.tensors == ("concat", "branch1", "branch2", "branch2_x")


def test_outputs_of_a_block_that_has_several_have_its_names() -> None:
    blocks = "blocks: {cell: {inputs: [a, b], outputs: [out, a], body: [add: [a, b], 1x1 conv 3 name out]}}\n"
    model = net("[{cell: {from: [input, input], repeat: 2}}, add: [cell.out, cell.a]]", blocks)
    assert model.tensors == (
        *("cell.out", "cell.a", "cell.0.out", "cell.0.a", "cell.1.out", "cell.1.a"),
        *("add", "branch1", "branch2"),
    )
    assert model.select(["cell.a", "cell.0.out", "cell.1.add"]).outputs == (model.inputs[0],) * 3


def test_a_repeat_is_its_last_turn(model: incspec.Model) -> None:
    part = model.select(["inception_a", "inception_a.3"])
    assert part.network.graph.outputs[0] == part.network.graph.outputs[1]
    assert part.params == model.select(["inception_a"]).params


def test_the_order_is_the_one_asked_for(model: incspec.Model) -> None:
    names = ["reduction_a", "stem", "linear", "inception_a.0"]
    part = model.select(names)
    assert list(part.network.graph.output_names) == names
    assert [type_.channels for type_ in part.outputs] == [1024, 384, 1000, 384]


# --- what is built


def test_the_networks_own_output_needs_the_whole(model: incspec.Model) -> None:
    part = model.select(["linear"])
    assert (part.params, part.macs) == (model.params, model.macs)


def test_a_part_has_the_counts_of_its_blocks(model: incspec.Model) -> None:
    rows = {row.name: row.total for row in model.report().rows}
    part = model.select(["reduction_a"])
    assert part.params == sum(rows[name].params for name in ("stem", "inception_a", "reduction_a"))
    assert part.macs == sum(rows[name].macs for name in ("stem", "inception_a", "reduction_a"))
    assert part.report().total.params == part.params
    turns = model.select(["inception_a.1"])
    assert turns.params == rows["stem"].params + rows["inception_a"].params // 2


def test_of_a_merge_only_the_branch_that_is_asked_for_is_built() -> None:
    model = net("[concat: [[1x1 conv 4], [1x1 conv 8], [1x1 conv 16]], 1x1 conv 99]")
    assert model.select(["branch2"]).params == 3 * 8 + 8
    assert model.select(["branch3", "branch1"]).params == 3 * 20 + 20


def test_a_slice_of_the_channels_is_made_for_the_branch_that_reads_it() -> None:
    model = net("[1x1 conv 8, concat: {split: [2, rest], branches: [[1x1 conv 4], [1x1 conv 5]]}]")
    assert model.select(["branch2"]).params == 3 * 8 + 8 + 6 * 5 + 5


def test_a_step_that_only_a_later_one_reads_is_left_out() -> None:
    model = net("[1x1 conv 4 name a, {conv: {out: 7, name: b}}, {conv: {out: 5, name: c, from: a}}]")
    assert model.select(["c"]).params == 3 * 4 + 4 + 4 * 5 + 5


def test_a_part_is_a_part_of_the_whole_whatever_it_is_selected_from(model: incspec.Model) -> None:
    part = model.select(["stem"])
    assert part.whole is model.whole is model
    assert part.select(["reduction_a"]).params == model.select(["reduction_a"]).params
    assert part.tensors == model.tensors


def test_the_source_of_a_part_says_what_it_is(model: incspec.Model) -> None:
    source = model.select(["stem"]).source()
    assert source.startswith('"""Inception-v4 features (arXiv:1602.07261).')
    assert "class InceptionV4Features(nn.Module):" in source
    assert "ReductionA" not in source
    assert "class InceptionV4Trunk(nn.Module):" in model.trunk.source()


# --- the trunk


def test_the_trunk_ends_before_the_first_of_the_last_steps_with_one_position(model: incspec.Model) -> None:
    assert str(model.trunk.outputs[0]) == "1536x8x8"
    assert model.trunk.params == model.params - 1536 * 1000 - 1000
    pooled = net("[3x3 conv 8, 32x32 avg_pool V, dropout, 1x1 conv 6, flatten]")
    assert str(pooled.trunk.outputs[0]) == "8x32x32"


@pytest.mark.parametrize(
    ("network", "message"),
    [
        ("[3x3 conv 8]", "Net has no head: it ends with 8x32x32"),
        ("[global_avg_pool, linear 8]", "Net is nothing but a head: no step gives a map"),
        (
            "[3x3 conv 8 name a, 3x3 conv 8 name b, global_avg_pool, {global_avg_pool: {from: a, name: p}}, linear 2]",
            "the head of Net reads more than one tensor, `b`, `a`: ask for `features`",
        ),
    ],
)
def test_a_network_without_a_trunk_says_why(network: str, message: str) -> None:
    with pytest.raises(ValueError, match="^" + message.replace("(", r"\(") + "$"):
        _ = net(network).trunk


# --- what is refused


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["reducton_a"], "Inception-v4 has no tensor `reducton_a` (did you mean `reduction_a`?)"),
        (
            ["stem", "stem.conct1", "inception_a.2.brnch1", "zebra"],
            "Inception-v4 has no tensor `stem.conct1` (did you mean `stem.concat1`?), no tensor `inception_a.2.brnch1` "
            "(did you mean `inception_a.2.branch1`?), no tensor `zebra` (`tensors` of the model lists what there is)",
        ),
        (["inception_a.4"], "Inception-v4 has no tensor `inception_a.4` (did you mean `inception_a.0`?)"),
        (["inception_b.branch1"], "Inception-v4 has no tensor `inception_b.branch1`"),
        (["reduction_a.branch3_conv1"], "no tensor `reduction_a.branch3_conv1` (did you mean `reduction_a.branch3`?)"),
        (["input"], "Inception-v4 has no tensor `input`"),
        (["inception_a.2.zebra"], "`inception_a.2.zebra` (there is `inception_a.2.concat`, `inception_a.2.branch1`, "),
        ([""], "Inception-v4 has no tensor ``"),
        (["stem", "stem"], "asked for twice: `stem`"),
        ([], "no tensor is asked for: name one at least"),
        ("stem", 'a list of names is wanted: ["stem"]'),
    ],
)
def test_names_that_there_are_not_are_told_all_at_once(model: incspec.Model, names: list[str], message: str) -> None:
    with pytest.raises(ValueError, match=r"tensor|twice|list") as caught:
        model.module(features=names)
    assert message in str(caught.value)


def test_features_and_no_head_exclude_each_other(model: incspec.Model) -> None:
    with pytest.raises(ValueError, match="exclude each other"):
        model.module(features=["stem"], head=False)


@pytest.mark.parametrize("names", [[1], {"stem"}, 3])
def test_features_that_are_no_list_of_names_are_told_as_such(names: object) -> None:
    model = incspec.load("incspec: 1\nname: N\ninput: [3, 8, 8]\nnetwork:\n  - {conv: {out: 4, name: stem}}\n")
    with pytest.raises(TypeError, match="a list of names is wanted"):
        model.select(names)  # type: ignore[arg-type]
