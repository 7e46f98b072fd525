"""Walking the steps of a graph: all that is written, or what runs, in order, and the names that tensors get."""

from __future__ import annotations

import incspec
from incspec.ir import Call, Conditional, Graph, Node, Repeat, Value
from incspec.steps import Alias, all_steps, children, executed, flow, running, walk

TEXT = """\
incspec: 1
name: x
input: [4, 8, 8]
params: {wide: 0, deep: 1}
blocks: {cell: {body: [1x1 conv 4, relu]}}
network:
  - conv: {out: 4, act: relu, name: first}
  - concat: {split: 2, branches: [[1x1 conv 3, relu: {name: inner}], [identity]]}
  - cell: {repeat: 2}
  - 1x1 conv 8 when wide==1 name maybe
  - 1x1 conv 8 when deep==1 name surely
  - relu: {repeat: 0, name: never}
  - global_avg_pool
  - linear 3
aux: {head: {from: first, weight: 0.3, body: [global_avg_pool, linear 3]}}
"""


def graph() -> Graph:
    return incspec.load(TEXT).network.graph


def test_children_are_the_steps_right_inside_as_they_are_written() -> None:
    found = {step.name: [inner.name for inner in children(step)] for step in graph().steps}
    assert found["first"] == []
    assert len(found["concat"]) == len(found["cell"]) == 2
    assert found["concat"][1] == "branch1_inner"
    assert len(found["maybe"]) == len(found["surely"]) == 1
    assert found["never"] == []
    assert [len(running(step)) for step in graph().steps if isinstance(step, Conditional)] == [0, 1]


def test_walk_gives_each_step_once_before_what_is_in_it_and_enters_no_block() -> None:
    steps = list(walk(graph().steps))
    assert len(set(map(id, steps))) == len(steps) == len(graph().steps) + 2 + 2 + 2
    for step in steps:
        assert all(steps.index(inner) > steps.index(step) for inner in children(step))


def test_executed_are_the_ops_and_calls_that_run_in_order() -> None:
    ran = [item.graph.block if isinstance(item, Call) else item.op.keyword for item in executed(graph().steps)]
    assert ran == [
        *("conv", "relu", "split", "conv", "relu", "concat", "cell", "cell", "conv", "global_avg_pool", "linear"),
    ]
    assert [type(item) for item in executed(all_steps(graph()))][len(ran) :] == [Node, Node]


def test_flow_tells_every_other_name_once_what_it_names_is_there() -> None:
    there = set(graph().inputs)
    aliases: dict[Value, Value] = {}
    for item in flow(graph().steps):
        if isinstance(item, Alias):
            assert there.issuperset(item.originals)
            aliases |= dict(zip(item.values, item.originals, strict=True))
            there.update(item.values)
        else:
            assert there.issuperset(item.inputs)
            there.update(item.outputs)
    assert there.issuperset(graph().outputs)
    steps = {step.name: step for step in graph().steps}
    assert aliases[steps["maybe"].outputs[0]] == steps["maybe"].inputs[0]
    assert aliases[steps["never"].outputs[0]] == steps["never"].inputs[0]
    repeat = steps["cell"]
    assert isinstance(repeat, Repeat)
    assert aliases[repeat.outputs[0]] == repeat.turns[-1].outputs[0]
