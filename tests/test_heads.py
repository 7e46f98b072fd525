"""Auxiliary heads in the language: what they see, what counts with and without them, and who uses what."""

from __future__ import annotations

import pytest

import incspec
from incspec import CompileError, Diagnostic, Model
from incspec.expressions import untraced
from incspec.ir import Call, Merge
from incspec.steps import executed

BLOCKS = """
  head: {params: {width: 4}, body: [1x1 conv width, global_avg_pool, linear classes]}
  unit: {body: [1x1 conv call+1, 1x1 conv calls]}
"""
NETWORK = "[3x3 conv 8 name a, 3x3 conv 6 name b, global_avg_pool, linear classes]"


def text(aux: str, *, network: str = NETWORK, more: str = "") -> str:
    return (
        f"incspec: 1\nname: N\ninput: [3, 16, 16]\nparams: {{classes: 10}}\nblocks: {BLOCKS}\n"
        f"network: {network}\naux: {aux}\n{more}"
    )


def loaded(aux: str, *, network: str = NETWORK, more: str = "", **params: object) -> Model:
    return incspec.load(text(aux, network=network, more=more), params=params)


def told(source: str) -> list[Diagnostic]:
    with pytest.raises(CompileError) as caught:
        incspec.load(source)
    return [item for item in caught.value.diagnostics if item.severity == "error"]


def test_a_head_is_steps_from_a_tensor_with_a_weight() -> None:
    (head,) = loaded("{aux1: {from: a, weight: 0.3, body: [global_avg_pool, linear classes]}}").network.graph.aux
    assert (head.name, head.path, head.sources, head.weight) == ("aux1", ("aux", "aux1"), ("a",), 0.3)
    assert [str(value) for value in head.inputs] == ["a"]
    assert [step.name for step in head.steps] == ["aux1_global_avg_pool", "aux1_linear"]
    assert head.outputs == head.steps[-1].outputs


def test_heads_count_apart() -> None:
    model = loaded("{aux1: {from: a, weight: 0.3, body: [head]}, aux2: {from: b, weight: 0.3, body: [head]}}")
    trunk = (3 * 9 + 1) * 8 + (8 * 9 + 1) * 6 + 7 * 10
    assert model.params == trunk
    assert model.params_with_aux == trunk + (9 * 4 + 5 * 10) + (7 * 4 + 5 * 10)
    assert model.macs_with_aux - model.macs == 16 * 16 * (8 * 4 + 6 * 4) + 2 * 40
    assert [str(output) for output in model.aux_outputs] == ["10", "10"]


def test_params_with_aux_are_checked_with_and_without_heads() -> None:
    heads = "{aux1: {from: a, weight: 0.3, body: [global_avg_pool, linear classes]}}"
    loaded(heads, more="expect: {params_with_aux: 822}\n")
    (item,) = told(text(heads, more="expect: {params_with_aux: 821}\n"))
    assert item.message == "expected 821 parameters with auxiliary heads, got 822"
    plain = "incspec: 1\nname: N\ninput: [3]\nnetwork: [linear 2]\nexpect: {params_with_aux: 8}\n"
    assert incspec.load(plain).params_with_aux == 8


def test_the_weight_is_an_expression_of_the_files_parameters() -> None:
    heads = "{aux1: {from: a, weight: 3/classes, body: [head]}, aux2: {from: a, weight: 0, body: [head]}}"
    assert loaded(heads).aux_weights == {"aux1": 0.3, "aux2": 0}
    assert loaded(heads, classes=6).aux_weights == {"aux1": 0.5, "aux2": 0}


@pytest.mark.parametrize(
    ("source", "channels"), [("a", 8), ("b", 6), ("input", 3), ("side", 5), ("pair.right", 7), ("concat", 9)]
)
def test_every_tensor_of_the_networks_body_can_have_a_head(source: str, channels: int) -> None:
    text = f"""
incspec: 1
name: N
input: [3, 16, 16]
blocks: {{two: {{outputs: [left, right], body: [1x1 conv 4 name left, 1x1 conv 7 name right]}}}}
network:
  - 3x3 conv 8 name a
  - 3x3 conv 6 name b
  - concat: [{{name: side, body: [1x1 conv 5]}}, [1x1 conv 4]]
  - two: {{name: pair}}
  - add: [pair.left, pair.left]
aux: {{aux1: {{from: {source}, weight: 1, body: [1x1 conv in, global_avg_pool, linear 2]}}}}
"""
    network = incspec.load(text).network
    (head,) = network.graph.aux
    assert [int(type_.channels) for type_ in network.of(head.inputs)] == [channels]
    assert network.aux_cost.params == channels * (channels + 1) + (channels + 1) * 2


def test_a_head_sees_what_it_is_attached_to_and_no_other_tensor() -> None:
    loaded("{aux1: {from: a, weight: 1, body: [1x1 conv 8 name c, add: [c, a]]}}")
    (item,) = told(text("{aux1: {from: a, weight: 1, body: [1x1 conv 8, relu: {from: b}]}}"))
    assert (item.code, item.message) == ("unknown-tensor", "there is no tensor `b` here")


def test_steps_of_a_head_may_be_called_like_those_of_the_network_and_of_others() -> None:
    body = "[1x1 conv 4 name b, global_avg_pool, linear 2]"
    model = loaded(f"{{aux1: {{from: a, weight: 1, body: {body}}}, aux2: {{from: a, weight: 1, body: {body}}}}}")
    assert [head.steps[0].name for head in model.network.graph.aux] == ["aux1_b", "aux2_b"]


def test_a_head_keeps_its_name_where_an_unnamed_step_would_have_it() -> None:
    network = "[concat: [[1x1 conv 4, 1x1 conv 4], [1x1 conv 3]], global_avg_pool, linear classes]"
    model = loaded("{branch1_conv1: {from: concat, weight: 1, body: [head]}}", network=network)
    merge = model.network.graph.steps[0]
    assert isinstance(merge, Merge)
    assert [step.name for step in merge.branches[0].steps] == ["branch1_conv1_2", "branch1_conv2"]


def test_call_and_calls_count_the_heads_behind_the_network() -> None:
    heads = "{aux1: {from: a, weight: 1, body: [unit, unit, global_avg_pool]}}"
    model = loaded(heads, network="[unit: {name: a}, global_avg_pool, linear 2]")
    (head,) = model.network.graph.aux
    calls = [item for item in executed((*model.network.graph.steps, *head.steps)) if isinstance(item, Call)]
    assert [call.arguments for call in calls] == [{"call": k, "calls": 3} for k in range(3)]


def test_what_only_heads_use_is_used() -> None:
    params = "params: {classes: 10, wide: 4, heavy: 0.3}"
    heads = "{aux1: {from: a, weight: heavy, body: [head: {width: wide}]}}"
    model = incspec.load(text(heads).replace("params: {classes: 10}", params))
    assert [item.message for item in model.diagnostics] == ["nobody calls the block `unit`"]


def test_set_reaches_the_heads() -> None:
    heads = "{aux1: {from: a, weight: 1, body: [head]}}"
    model = loaded(heads, **{"classes": 5, "head.width": 2})
    assert model.network.aux_cost.params == 9 * 2 + 3 * 5


def test_a_mistake_in_a_block_of_a_head_says_which_blocks_led_there() -> None:
    source = text("{aux1: {from: a, weight: 1, body: [global_avg_pool, head]}}")
    (item,) = told(source)
    assert item.code == "wrong-rank"
    assert any("in block `head`" in note for note in item.notes)


def test_a_mistake_in_the_network_does_not_hide_one_in_a_head() -> None:
    network = "[3x3 conv 8 name a, linear 10]"
    codes = [
        item.code for item in told(text("{aux1: {from: a, weight: 1, body: [20x20 max_pool V]}}", network=network))
    ]
    assert codes == ["wrong-rank", "window-too-large"]


def test_a_head_on_what_cannot_be_known_says_nothing_more() -> None:
    network = "[3x3 conv 8 strid 2 name a, 1x1 conv 4 name b, global_avg_pool, linear 10]"
    (item,) = told(text("{aux1: {from: a, weight: 1, body: [head]}}", network=network))
    assert item.code == "unknown-field"


def test_several_outputs_are_called_as_their_block_calls_them() -> None:
    source = """
incspec: 1
name: N
input: [3, 8, 8]
blocks: {two: {outputs: [left, right], body: [1x1 conv 4 name left, 1x1 conv 4 name right]}}
network: [1x1 conv 3 name a, two]
aux: {NAME: {from: a, weight: 1, body: [1x1 conv 4]}}
"""
    assert incspec.load(source.replace("NAME", "aux1")).network.graph.output_names == ("left", "right")
    (item,) = told(source.replace("NAME", "right"))
    assert item.message == "`right` is the name of an output of the network"


def test_the_flat_graph_says_which_ops_are_in_which_head() -> None:
    flat = loaded("{aux1: {from: a, weight: 1, body: [head]}}").graph()
    inside = {name for name, facts in flat.nodes.items() if facts.get("aux") == "aux1"}
    assert inside == {"aux1_head/conv", "aux1_head/global_avg_pool", "aux1_head/linear"}
    assert flat.has_edge("a", "aux1_head/conv")
    assert flat.has_edge("a", "b")
    params = sum(untraced(facts.get("params", 0)) for facts in flat.nodes.values() if not facts.get("aux"))
    assert params == loaded("{aux1: {from: a, weight: 1, body: [head]}}").params
