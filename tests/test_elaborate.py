"""Elaboration: blocks, repeats, conditions and expressions become a graph that keeps the author's structure."""

from __future__ import annotations

import time

import pytest

import incspec
from incspec.diagnostics import Diagnostic, Diagnostics
from incspec.elaboration.counts import guessed_counts
from incspec.elaboration.elaborate import elaborate
from incspec.expressions import expr_of, to_python
from incspec.inference.context import Context
from incspec.inference.infer import infer
from incspec.ir import Call, Conditional, Graph, Layer, Merge, Node, Repeat, Series, Step, TypedGraph, Value
from incspec.limits import DEFAULT
from incspec.ops.base import Op
from incspec.reading.files import find_spec, read_spec, shipped_specs
from incspec.reading.link import link
from incspec.reading.shorthand import desugar
from incspec.resolution.resolve import resolve
from incspec.resolution.validate import validate
from incspec.resolution.values import Names
from incspec.source import SourceFile, Span
from incspec.spec import BlockSpec, ModelSpec, StepSpec
from incspec.steps import all_steps, executed
from incspec.syntax import Mapping, SyntaxTree

NOWHERE = SyntaxTree(Mapping((), Span(SourceFile("nowhere", ""), 0, 0)))


def conv(out: str, **fields: str) -> StepSpec:
    """A conv with these fields; `name`, `repeat`, `when` and `from_` are the step's."""
    step = {key: fields.pop(key) for key in ("name", "repeat", "when", "from_", "in_") if key in fields}
    return StepSpec.model_validate({"op": "conv", "args": {"out": out, **fields}, **step})


def relu(**step: object) -> StepSpec:
    return StepSpec.model_validate({"op": "relu", **step})


def call(block: str, **args: str) -> StepSpec:
    step = {key: args.pop(key) for key in ("name", "repeat", "when") if key in args}
    return StepSpec.model_validate({"op": block, "args": args, **step})


def merge(op: str, *branches: list[StepSpec] | str, **step: object) -> StepSpec:
    made = [b if isinstance(b, str) else {"body": b} for b in branches]
    return StepSpec.model_validate({"op": op, "branches": made, **step})


def residual(*body: StepSpec, **step: object) -> StepSpec:
    return StepSpec.model_validate({"op": "residual", "body": list(body), **step})


def built(
    *network: StepSpec,
    blocks: dict[str, BlockSpec] | None = None,
    params: dict[str, str] | None = None,
    defaults: dict[str, dict[str, object]] | None = None,
) -> tuple[Graph | None, list[Diagnostic]]:
    spec = ModelSpec.model_validate(
        {
            "incspec": "1",
            "name": "Test",
            "input": ["8", "32", "32"],
            "network": list(network),
            "blocks": blocks or {},
            "params": params or {},
            "defaults": defaults or {},
        }
    )
    checks, sink = Diagnostics(), Diagnostics()
    resolved = resolve(spec, NOWHERE, checks)
    assert not checks.failed, [item.message for item in checks]
    found = elaborate(resolved, NOWHERE, sink)
    return None if found is None else found.graph, list(sink)


def graph_of(*network: StepSpec, **parts: object) -> Graph:
    graph, diagnostics = built(*network, **parts)  # type: ignore[arg-type]
    assert not diagnostics, [item.message for item in diagnostics]
    assert graph is not None
    return graph


def message(*network: StepSpec, **parts: object) -> str:
    _, (item,) = built(*network, **parts)  # type: ignore[arg-type]
    return item.message


def names(steps: tuple[Step, ...]) -> list[str]:
    return [step.name for step in steps]


def ops(graph: Graph) -> list[Op]:
    """The ops that run, those of called blocks included."""
    found: list[Op] = []
    for part in executed(graph.steps):
        found += [part.op] if isinstance(part, Node) else ops(part.graph)
    return found


def widths(graph: Graph) -> list[int]:
    return [int(op.out) for op in ops(graph) if op.keyword == "conv"]


# --- steps and their names


def test_steps_are_called_like_their_op_with_a_number_where_there_are_several() -> None:
    assert names(graph_of(conv("8"), relu(), conv("9")).steps) == ["conv1", "relu", "conv2"]
    assert names(graph_of(conv("8"), conv("9", name="conv"), relu()).steps) == ["conv1", "conv", "relu"]


def test_layer_is_its_op_then_its_norm_then_its_activation() -> None:
    (layer,) = graph_of(conv("8", act="relu", norm="batch_norm")).steps
    assert isinstance(layer, Layer)
    assert [node.op.keyword for node in layer.nodes] == ["conv", "batch_norm", "relu"]
    assert [str(node.outputs[0]) for node in layer.nodes] == ["conv.conv", "conv.batch_norm", "conv"]


def test_bias_follows_from_the_norm_unless_it_is_given() -> None:
    steps = conv("8"), conv("8", norm="batch_norm"), conv("8", norm="batch_norm", bias="true")
    assert [op.bias for op in ops(graph_of(*steps)) if op.keyword == "conv"] == [True, False, True]


def test_nearest_default_wins_field_by_field() -> None:
    block = BlockSpec(body=[conv("8"), conv("8", stride="3")], defaults={"conv": {"stride": "2", "act": "none"}})
    graph = graph_of(
        conv("8"), call("a"), blocks={"a": block}, defaults={"conv": {"kernel": "3", "act": {"leaky_relu": "0.2"}}}
    )
    assert [(op.kernel, op.stride) for op in ops(graph) if op.keyword == "conv"] == [
        ((3,), (1,)),
        ((3,), (2,)),
        ((3,), (3,)),
    ]
    assert [op.slope for op in ops(graph) if op.keyword == "leaky_relu"] == [0.2]


def test_tensors_are_read_by_name() -> None:
    graph = graph_of(conv("8", name="left"), relu(), merge("add", "left", [relu()], "relu", "input"))
    (_, _, joined) = graph.steps
    assert isinstance(joined, Merge)
    assert [str(branch.outputs[0]) for branch in joined.branches] == ["left", "branch2_relu", "relu", "input"]


def test_branches_have_names_that_are_unique_in_the_graph() -> None:
    pair = merge("concat", [conv("8")], [conv("8"), conv("8")])
    assert names(graph_of(pair).steps[0].branches[1].steps) == ["branch2_conv1", "branch2_conv2"]
    first, second = graph_of(pair, pair).steps
    assert isinstance(first, Merge)
    assert isinstance(second, Merge)
    assert names(first.branches[0].steps) == ["concat1_branch1_conv"]
    assert names(second.branches[0].steps) == ["concat2_branch1_conv"]


def test_no_two_steps_of_a_graph_have_the_same_name() -> None:
    scaled = residual(StepSpec(op="scale", args={"factor": "0.5"}), residual(conv("8")), args={"scale": "0.1"})
    for network in (
        [scaled],
        [residual(residual(conv("8")))],
        [merge("concat", [conv("8")], repeat="2")],
    ):
        produced = [str(value) for part in executed(graph_of(*network).steps) for value in part.outputs]
        assert len(produced) == len(set(produced))


def test_given_name_that_an_inner_step_has_is_refused() -> None:
    text = message(merge("concat", [conv("8")], [conv("8")]), conv("8", name="branch1_conv"))
    assert text == "`branch1_conv` is the name of another step in the same block"


# --- residuals and merges


def test_residual_is_a_sum_of_shortcut_and_scaled_body() -> None:
    (step,) = graph_of(residual(conv("8"), args={"scale": "0.1", "drop_path": "0.2", "act": "relu"})).steps
    assert isinstance(step, Merge)
    assert step.kind == "residual"
    assert [branch.name for branch in step.branches] == ["shortcut", "body"]
    assert names(step.branches[1].steps) == ["conv", "scale", "drop_path"]
    assert [node.op.keyword for node in step.nodes] == ["add", "relu"]


def test_scale_and_drop_path_that_do_nothing_are_left_out() -> None:
    (step,) = graph_of(residual(conv("8"), args={"scale": "1", "drop_path": "0"})).steps
    assert isinstance(step, Merge)
    assert names(step.branches[1].steps) == ["conv"]


def test_residual_without_a_shortcut_is_its_body() -> None:
    assert [op.keyword for op in ops(graph_of(residual(conv("9"), shortcut="none", args={"act": "relu"})))] == [
        "conv",
        "relu",
    ]
    repeated = StepSpec(op="residual", body=[conv("9"), relu()], shortcut="none", repeat="2")
    (step,) = graph_of(repeated).steps
    assert isinstance(step, Repeat)
    assert all(isinstance(turn, Series) for turn in step.turns)


def test_shortcut_that_parameters_decide_is_a_condition() -> None:
    block = BlockSpec(
        params={"stride": "1"},
        body=[residual(conv("in", stride="stride"), shortcut="identity if stride == 1 else none")],
    )
    graph = graph_of(call("a"), call("a", stride="2"), blocks={"a": block})
    taken = []
    for step in graph.steps:
        assert isinstance(step, Call)
        (condition,) = [inner for inner in step.graph.steps if isinstance(inner, Conditional)]
        taken.append(condition.taken)
        assert to_python(expr_of(condition.condition)) == "stride == 1"
    assert taken == [True, False]


def test_split_gives_each_branch_its_slice() -> None:
    (step,) = graph_of(merge("concat", [relu()], [relu()], args={"split": "2"})).steps
    assert isinstance(step, Merge)
    assert step.split is not None
    assert [branch.inputs for branch in step.branches] == [(Value("concat.split", 0),), (Value("concat.split", 1),)]


def test_number_of_slices_is_that_of_the_branches() -> None:
    assert message(merge("concat", [relu()], [relu()], args={"split": "4"})) == "`split` gives 4 slices to 2 branches"


# --- repeats and conditions


def test_repeat_applies_a_step_to_its_own_output() -> None:
    (step,) = graph_of(conv("in + 1", repeat="3", name="tower")).steps
    assert isinstance(step, Repeat)
    assert widths(graph_of(conv("in + 1", repeat="3"))) == [9, 10, 11]
    assert [str(turn.inputs[0]) for turn in step.turns] == ["input", "tower.0", "tower.1"]
    assert step.outputs == (Value("tower"),)


def test_i_counts_the_turns_also_in_the_bodies_of_the_step() -> None:
    assert widths(graph_of(conv("8 + i", repeat="3"))) == [8, 9, 10]
    assert widths(graph_of(residual(conv("4 + 2*i"), conv("in*2"), conv("8"), repeat="2"))) == [4, 8, 8, 6, 12, 8]


def test_repeat_of_zero_passes_the_input() -> None:
    graph = graph_of(relu(), conv("9", repeat="0"))
    assert widths(graph) == []
    (_, step) = graph.steps
    assert isinstance(step, Repeat)
    assert step.turns == ()


def test_step_whose_condition_is_false_for_good_is_left_out() -> None:
    assert names(graph_of(conv("9", when="1 > 3"), relu()).steps) == ["relu"]
    assert names(graph_of(conv("9", when="1 < 3"), relu()).steps) == ["conv", "relu"]


def test_condition_on_a_parameter_of_a_block_is_kept() -> None:
    block = BlockSpec(params={"expand": "6"}, body=[conv("expand*in", when="expand != 1"), relu()])
    graph = graph_of(call("a"), call("a", expand="1"), blocks={"a": block})
    taken = [step.graph.steps[0].taken for step in graph.steps]
    assert taken == [True, False]
    assert widths(graph) == [48]


# --- blocks


def test_block_called_alike_is_one_graph() -> None:
    blocks = {"a": BlockSpec(params={"k": "8"}, body=[conv("k")])}
    first, second, third = graph_of(call("a"), call("a"), call("a", k="9"), blocks=blocks).steps
    assert first.graph is second.graph
    assert first.graph is not third.graph


def test_parameters_may_use_earlier_ones_the_file_s_and_the_input() -> None:
    block = BlockSpec(params={"a": "in + width", "b": "2*a"}, body=[conv("a"), conv("b")])
    assert widths(graph_of(call("block"), blocks={"block": block}, params={"width": "2"})) == [10, 20]
    assert widths(graph_of(call("block", a="3"), blocks={"block": block}, params={"width": "2"})) == [3, 6]


def test_arguments_are_evaluated_at_the_caller() -> None:
    blocks = {"a": BlockSpec(params={"k": "1"}, body=[conv("4"), conv("k")])}
    assert widths(graph_of(call("a", k="in"), blocks=blocks)) == [4, 8]


def test_values_remember_the_names_they_come_from() -> None:
    block = BlockSpec(params={"k": "8"}, body=[conv("2*k"), conv("in + 1")])
    (step,) = graph_of(call("a"), blocks={"a": block}).steps
    printed = [to_python(expr_of(op.out)) for op in ops(step.graph) if op.keyword == "conv"]
    assert printed == ["2 * k", "2 * k + 1"]


def test_outputs_flow_in_order_into_the_inputs_of_the_next_turn() -> None:
    cell = BlockSpec(inputs=["x", "prev"], outputs=["out", "x"], body=[merge("add", "x", "prev", name="out")])
    pair = StepSpec.model_validate({"op": "cell", "from": ["input", "input"], "repeat": "3", "name": "cells"})
    graph = graph_of(pair, relu(**{"from": ["cells.out"]}), blocks={"cell": cell})
    (cells, read) = graph.steps
    assert isinstance(cells, Repeat)
    assert cells.turns[1].inputs == (Value("cells.0", 0), Value("cells.0", 1))
    assert read.inputs == (Value("cells", 0),)


def test_call_and_calls_count_over_the_whole_network() -> None:
    blocks = {"a": BlockSpec(body=[conv("10*call + calls")]), "b": BlockSpec(body=[call("a"), call("a")])}
    assert widths(graph_of(call("b"), call("a"), call("b", repeat="2"), blocks=blocks)) == [7, 17, 27, 37, 47, 57, 67]


@pytest.mark.parametrize("name", ["zoo/efficientnet_b0", "zoo/convnext_tiny"])
def test_how_often_blocks_are_called_is_guessed_right_where_parameters_decide_it(name: str) -> None:
    """Else the network would be built twice."""
    built: list[str] = []
    network = incspec.load(name).network

    def called(typed: TypedGraph) -> None:
        for item in executed(all_steps(typed.graph)):
            if isinstance(item, Call):
                built.append(item.graph.block)
                called(typed.calls[item.name])

    called(network)
    sink = Diagnostics()
    file = read_spec(find_spec(name), sink)
    assert file is not None
    linked = link(file, sink)
    assert linked is not None
    spec, tree = validate(desugar(linked.tree, sink), sink)
    assert spec is not None
    resolved = resolve(spec, tree, sink)
    guessed = guessed_counts(resolved, Names(network.graph.params), DEFAULT)
    assert resolved.counting
    assert guessed == {block: built.count(block) for block in resolved.counting if block}


def test_a_wrong_guess_of_how_often_a_block_is_called_is_put_right() -> None:
    blocks = {"a": BlockSpec(body=[conv("calls")])}
    graph = graph_of(conv("3"), call("a", repeat="in"), blocks=blocks)
    assert {step.graph.steps[0].nodes[0].op.out for step in graph.steps[1].turns} == {3}  # type: ignore[union-attr]


def test_number_of_calls_that_depends_on_itself_is_told() -> None:
    blocks = {"a": BlockSpec(body=[conv("2*calls")]), "b": BlockSpec(body=[call("a", repeat="in")])}
    assert message(call("a"), call("b"), blocks=blocks) == "`calls` decides how many calls there are"


def test_value_that_a_field_does_not_take_is_told_with_where_it_comes_from() -> None:
    _, (item,) = built(call("a", k="0"), blocks={"a": BlockSpec(params={"k": "1"}, body=[conv("k")])})
    assert item.message == "`out` wants a whole number of at least 1, got `0`"
    assert item.notes[0].startswith("`k` is `0`, given at")
    assert item.notes[1].startswith("in block `a`")


# --- limits


@pytest.mark.parametrize(
    "parts",
    [
        {"network": [conv("8", repeat="1000000000")]},
        {"network": [call("a", repeat="1000")], "blocks": {"a": BlockSpec(body=[conv("in + 1", repeat="1000")])}},
        {
            "network": [call("b39")],
            "blocks": {"b0": BlockSpec(body=[conv("call + 1")])}
            | {f"b{i}": BlockSpec(body=[call(f"b{i - 1}"), call(f"b{i - 1}")]) for i in range(1, 40)},
        },
        {
            "network": [call("b299")],
            "blocks": {"b0": BlockSpec(body=[relu()])}
            | {f"b{i}": BlockSpec(body=[call(f"b{i - 1}")]) for i in range(1, 300)},
        },
    ],
    ids=["repeat", "repeats in repeats", "calls that double", "depth"],
)
def test_too_large_a_network_is_told_soon(parts: dict[str, object]) -> None:
    started = time.perf_counter()
    network = parts.pop("network")
    _, (item,) = built(*network, **parts)  # type: ignore[misc, arg-type]
    assert item.code in ("invalid-value", "spec-too-large")
    assert time.perf_counter() - started < 10  # a hang, not a slow machine


def test_blocks_that_double_are_cheap() -> None:
    blocks = {"b0": BlockSpec(body=[relu()])}
    blocks |= {f"b{i}": BlockSpec(body=[call(f"b{i - 1}"), call(f"b{i - 1}")]) for i in range(1, 40)}
    started = time.perf_counter()
    assert graph_of(call("b39"), blocks=blocks).outputs == (Value("b39"),)
    assert time.perf_counter() - started < 10


@pytest.mark.parametrize("name", [name for name in shipped_specs() if not name.startswith("tutorials/t")])
def test_types_that_are_followed_along_the_way_are_those_of_inference(name: str) -> None:
    """Where nothing is wrong, inference does not run: elaboration has followed the types by the same rules."""
    compiled = incspec.load(name).compiled
    inferred = infer(compiled.network.graph, compiled.declared.types, Context(Diagnostics(), compiled.tree))
    assert inferred is not None
    seen: set[int] = set()

    def compare(along: TypedGraph, after: TypedGraph) -> None:
        if id(along) in seen:
            return
        seen.add(id(along))
        assert (along.cost, along.aux_cost, along.ops) == (after.cost, after.aux_cost, after.ops)
        assert along.types.keys() == after.types.keys()
        assert all(type_.is_same(after.types[value]) for value, type_ in along.types.items())
        assert along.calls.keys() == after.calls.keys()
        for call_name, inner in along.calls.items():
            compare(inner, after.calls[call_name])

    compare(compiled.network, inferred)
