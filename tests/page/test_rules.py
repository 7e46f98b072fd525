"""Rules as data say what the ops themselves say, for every size."""

from __future__ import annotations

import itertools

import pytest

import incspec
from incspec.ir import Node
from incspec.ops.base import Inputs, Op, OpError
from incspec.page.rules import UNKNOWN, Json, Kind, rule
from incspec.page.symbols import Expression, Question, holds, value_of
from incspec.shapes import TensorType
from incspec.steps import all_steps, executed

NETWORKS = (
    "inception_v4",
    "googlenet",
    "zoo/unet",
    "zoo/se_inception_v3",
    "zoo/i3d",
    "zoo/convnext_tiny",
    "zoo/inception_time",
)
LENGTHS = (1, 2, 3, 4, 5, 7, 8, 12, 35)


def followed(data: Json, lengths: dict[str, int]) -> dict[str, Json]:
    """The leaf of a rule that is reached for some lengths."""
    while isinstance(data, dict) and "tests" in data:
        tests = data["tests"]
        assert isinstance(tests, list)
        other = next((test[4] for test in tests if holds(asked(test), lengths) != test[3]), None)
        data = data["then"] if other is None else other
    assert isinstance(data, dict)
    return data


def asked(test: list[Json]) -> Question:
    return Question(test[0], expression(test[1]), expression(test[2]))


def expression(data: Json) -> Expression:
    return tuple(map(expression, data)) if isinstance(data, list) else data


def answer(data: Json, inputs: Inputs) -> tuple[object, ...]:
    """What a rule says for some inputs: the code of a refusal, or shapes, parameters and multiply-adds."""
    lengths = {str(k): int(n) for k, n in enumerate(n for type_ in inputs for n in type_.shape)}
    leaf = followed(data, lengths)
    if "refused" in leaf:
        return (leaf["refused"],)
    shapes = tuple(tuple(value_of(expression(n), lengths) for n in shape) for shape in leaf["shapes"])
    return shapes, leaf.get("params", 0), value_of(expression(leaf.get("macs", 0)), lengths)


def expected(op: Op, inputs: Inputs) -> tuple[object, ...]:
    """What the op says itself."""
    try:
        outputs = op.infer(inputs)
    except OpError as error:
        return (error.code,)
    cost = op.cost(inputs, outputs)
    return tuple(tuple(map(int, type_.shape)) for type_ in outputs), int(cost.params), int(cost.macs)


def other_sizes(stated: Inputs) -> list[Inputs]:
    """The same inputs with other lengths, all inputs of the same ones, and the first of others than the rest."""
    found = []
    for lengths in itertools.product(LENGTHS, repeat=stated[0].rank):
        found.append(tuple(type_.with_sizes(lengths[: type_.rank]) for type_ in stated))
        if len(stated) > 1 and stated[0].rank:
            found.append((stated[0].with_sizes((lengths[0] + 1, *lengths[1:])), *found[-1][1:]))
    return found[:400]


@pytest.mark.parametrize("name", NETWORKS)
def test_rules_say_what_ops_say(name: str) -> None:
    network, checked = incspec.load(name).network, 0
    done: set[object] = set()
    waiting = [network]
    while waiting:
        typed = waiting.pop()
        waiting += [call for call in typed.calls.values() if id(call) not in done]
        done.add(id(typed))
        for node in executed(all_steps(typed.graph)):
            if not isinstance(node, Node):
                continue
            stated = tuple(type_.with_lengths(int) for type_ in typed.of(node.inputs))
            kinds = tuple(
                Kind(
                    tuple(n if letter == "C" else None for letter, n in zip(x.axes, x.shape, strict=True)),
                    x.channels_last,
                )
                for x in stated
            )
            if (node.op, kinds) in done:
                continue
            done.add((node.op, kinds))
            made = rule(node.op, stated, kinds)
            for inputs in (stated, *other_sizes(stated)):
                assert answer(made.data, inputs) == expected(node.op, inputs), (node.op, inputs)
                checked += 1
    assert checked > 100


def test_what_is_flattened_has_a_product_as_its_width_and_weights_for_one() -> None:
    from incspec.ops.flatten import Flatten
    from incspec.ops.linear import Linear

    map_ = TensorType((8, 4, 6))
    flat = rule(Flatten(), (map_,), (Kind((8, None, None)),))
    assert flat.outputs == (Kind((None,)),)
    assert answer(flat.data, (TensorType((8, 5, 7)),))[0] == ((280,),)
    linear = rule(Linear(out=10), (TensorType((192,)),), flat.outputs)
    assert answer(linear.data, (TensorType((192,)),)) == (((10,),), 1930, 1920)
    assert answer(linear.data, (TensorType((280,)),)) == ("fixed-size",)


def test_a_product_of_many_branches_is_known_near_the_stated_sizes() -> None:
    """Each axis of each branch may have one cell, or as many as the others: too many cases for all."""
    from incspec.ops.mul import Mul

    inputs = tuple(TensorType((4, 8, 8)) for _ in range(40))
    made = rule(Mul(), inputs, tuple(Kind((4, None, None)) for _ in inputs)).data
    for sizes in ((8, 8), (9, 5), (64, 2)):
        several = tuple(TensorType((4, *sizes)) for _ in inputs)
        assert answer(made, several) == expected(Mul(), several)
    one = (TensorType((4, 1, 8)), *inputs[1:])
    assert answer(made, one) == expected(Mul(), one)
    assert answer(made, tuple(TensorType((4, 1, 1)) for _ in inputs)) == (UNKNOWN,)
