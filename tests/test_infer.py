"""Shape inference: types of all values, a rule that fails told at the place that is to blame, and once."""

from __future__ import annotations

from collections.abc import Sequence

from incspec.diagnostics import Diagnostic, Diagnostics
from incspec.expressions import expr_of, to_python
from incspec.inference.context import Context
from incspec.inference.expect import check_totals
from incspec.inference.infer import infer
from incspec.ir import (
    Branch,
    Call,
    Conditional,
    Expectation,
    Graph,
    Layer,
    Merge,
    Node,
    Repeat,
    Step,
    TypedGraph,
    Value,
)
from incspec.ops import BY_KEYWORD
from incspec.ops.base import Op
from incspec.shapes import TensorType
from incspec.source import SourceFile, Span
from incspec.spec import ModelSpec
from incspec.syntax import DocPath, Entry, Mapping, Scalar, SyntaxTree
from incspec.syntax import Sequence as SequenceNode

INPUT = TensorType((8, 32, 32))


def op(keyword: str, **fields: object) -> Op:
    made = BY_KEYWORD[keyword].model_validate(fields)
    assert isinstance(made, Op)
    return made


def layer(name: str, source: str, made: Op, *, path: DocPath = (), expect: tuple[int, ...] | None = None) -> Layer:
    node = Node(made, (Value(source),), (Value(name),), path, (*path, "args"))
    return Layer(name, path, node.inputs, node.outputs, (node,), expect=Expectation(expect))


def merge(name: str, made: Op, *branches: Branch, path: DocPath = ()) -> Merge:
    values = tuple(value for branch in branches for value in branch.outputs)
    node = Node(made, values, (Value(name),), path, (*path, "args"))
    return Merge(name, path, (Value("input"),), node.outputs, branches, (node,))


def branch(name: str, *steps: Step, path: DocPath = ()) -> Branch:
    return Branch(name, path, (Value("input"),), steps[-1].outputs if steps else (Value("input"),), steps)


def graph(*steps: Step, block: str = "", path: DocPath = (), expect: tuple[int, ...] | None = None) -> Graph:
    outputs = steps[-1].outputs
    return Graph(block, "Test", path, (Value("input"),), outputs, ("out",), steps, expect=Expectation(expect))


def call(name: str, source: str, inner: Graph, path: DocPath = ()) -> Call:
    return Call(name, path, (Value(source),), (Value(name),), inner, {})


def document(*words: str) -> SyntaxTree:
    """A tree whose network has a step for each word, each with `op`, `expect` and `in`."""
    source = SourceFile("test.yaml", "\n".join(words))
    steps = []
    for number, word in enumerate(words):
        start = source.line_starts[number]
        op_at = Span(source, start, start + len(word))
        keys = [Entry(Scalar(key, op_at), Scalar(word, op_at)) for key in ("op", "expect", "in")]
        steps.append(Mapping(tuple(keys), op_at))
    whole = Span(source, 0, len(source.text))
    return SyntaxTree(Mapping((Entry(Scalar("network", whole), SequenceNode(tuple(steps), whole)),), whole))


def typed(
    network: Graph, *, tree: SyntaxTree | None = None, overridden: bool = False
) -> tuple[TypedGraph | None, list[Diagnostic]]:
    sink = Diagnostics()
    context = Context(sink, tree or document("step"), overridden=overridden)
    return infer(network, (INPUT,), context), list(sink)


def shapes(found: TypedGraph | None, *names: str) -> list[str]:
    assert found is not None
    return [str(found.types[Value(name)]) for name in names]


def messages(items: Sequence[Diagnostic]) -> list[str]:
    return [item.message for item in items]


def test_types_follow_the_layers() -> None:
    found, items = typed(
        graph(
            layer("conv", "input", op("conv", out=16, kernel=(3,), stride=(2,))),
            layer("pool", "conv", op("global_avg_pool")),
            layer("linear", "pool", op("linear", out=10)),
        )
    )
    assert not items
    assert shapes(found, "conv", "pool", "linear") == ["16x16x16", "16", "10"]
    assert found is not None
    assert found.cost.params == 16 * 8 * 9 + 16 + 10 * 16 + 10
    assert found.cost.macs == 16 * 8 * 9 * 16 * 16 + 160


def test_rule_that_fails_is_told_with_the_input_and_nothing_follows_from_it() -> None:
    tree = document("first", "second")
    found, items = typed(
        graph(
            layer("a", "input", op("linear", out=10), path=("network", 0)),
            layer("b", "a", op("linear", out=10), path=("network", 1)),
        ),
        tree=tree,
    )
    assert found is None
    (item,) = items
    assert item.primary is not None
    assert (item.code, item.primary.span.text) == ("wrong-rank", "first")
    assert item.primary.text == "the input is 8x32x32"


def test_branch_that_differs_is_to_blame() -> None:
    tree = document("a", "b", "c", "join")
    branches = [
        branch(f"branch{index}", layer(name, "input", op("conv", out=8, stride=(stride,)), path=("network", index)))
        for index, (name, stride) in enumerate((("a", 1), ("b", 2), ("c", 1)))
    ]
    _, (item,) = typed(graph(merge("join", op("concat"), *branches, path=("network", 3))), tree=tree)
    assert item.primary is not None
    assert (item.code, item.primary.span.text) == ("concat-shape-mismatch", "b")
    assert item.primary.text == "this branch is 8x16x16"
    assert item.notes == ("the other 2 branches are 8x32x32",)


def test_mistake_in_a_block_is_told_once_with_the_blocks_that_lead_there() -> None:
    tree = document("inner", "first call", "second call")
    inner = graph(layer("linear", "input", op("linear", out=3), path=("network", 0)), block="inner")
    _, (item,) = typed(
        graph(call("a", "input", inner, path=("network", 1)), call("b", "input", inner, path=("network", 2))), tree=tree
    )
    assert item.notes == ("in block `inner`, used at test.yaml:2:1",)


def test_widths_of_a_block_are_told_in_terms_of_its_input() -> None:
    inner = graph(layer("conv", "input", op("conv", out=16)), block="inner")
    found, _ = typed(graph(call("a", "input", inner)))
    assert found is not None
    (width,) = [type_.channels for type_ in found.calls["a"].input_types]
    assert to_python(expr_of(width)) == "in"


def test_repeat_is_typed_turn_by_turn() -> None:
    turns = tuple(
        layer(f"conv.{turn}", "input" if turn == 0 else f"conv.{turn - 1}", op("conv", out=8, stride=(2,)))
        for turn in range(3)
    )
    step = Repeat("conv", (), (Value("input"),), (Value("conv"),), turns, 3)
    found, _ = typed(graph(step))
    assert shapes(found, "conv.0", "conv.1", "conv.2", "conv") == ["8x16x16", "8x8x8", "8x4x4", "8x4x4"]


def test_step_that_is_not_taken_is_typed_in_silence_and_costs_nothing() -> None:
    step = Conditional(
        "conv", (), (Value("input"),), (Value("conv"),), False, False, layer("conv.then", "input", op("linear", out=3))
    )
    found, items = typed(graph(step))
    assert not items
    assert shapes(found, "conv") == ["8x32x32"]
    assert found is not None
    assert found.cost.params == 0


def test_expectation_that_fails_is_told_and_nothing_is_concluded_from_it() -> None:
    tree = document("first", "second", "third")
    found, items = typed(
        graph(
            layer("a", "input", op("conv", out=9), path=("network", 0), expect=(8, 32, 32)),
            layer("b", "a", op("linear", out=3), path=("network", 1)),
            layer("c", "b", op("relu"), path=("network", 2), expect=(7, 32, 32)),
            layer("d", "c", op("linear", out=3), path=("network", 2)),
        ),
        tree=tree,
    )
    assert found is None
    assert messages(items) == ["expected 8x32x32, got 9x32x32", "`linear` needs features, got a map 7x32x32"]


def test_what_a_block_expects_is_taken_for_its_output_behind_a_mistake() -> None:
    tree = document("inner", "outer")
    broken = graph(layer("linear", "input", op("linear", out=3), path=("network", 0)), block="broken", expect=(4, 8, 8))
    behind = layer("b", "a", op("linear", out=3), path=("network", 1))
    found, items = typed(graph(call("a", "input", broken), behind), tree=tree)
    assert found is None
    assert messages(items)[1:] == ["`linear` needs features, got a map 4x8x8"]


def test_expectation_under_overridden_parameters_is_a_note() -> None:
    found, (item,) = typed(graph(layer("a", "input", op("relu"), expect=(1, 2, 3))), overridden=True)
    assert found is not None
    assert item.severity == "note"


def test_width_that_does_not_arrive_is_told() -> None:
    step = layer("a", "input", op("relu"), path=("network", 0))
    step = Layer(step.name, step.path, step.inputs, step.outputs, step.nodes, expect=Expectation(None, 9))
    _, (item,) = typed(graph(step))
    assert item.message == "`in` says 9 channels, but 8 arrive"


def test_width_that_is_wrong_is_told_with_where_it_was_made() -> None:
    tree = document("left", "right", "join", "pool", "flatten", "last")
    branches = [
        branch(f"branch{index}", layer(name, "input", op("conv", out=width), path=("network", index)))
        for index, (name, width) in enumerate((("left", 3), ("right", 4)))
    ]
    inner = graph(merge("join", op("concat"), *branches, path=("network", 0)), block="inner")
    last = layer("last", "flatten", op("relu"), path=("network", 5))
    _, (item,) = typed(
        graph(
            call("block", "input", inner, path=("network", 2)),
            layer("pool", "block", op("max_pool", kernel=(3,)), path=("network", 3)),
            layer("flatten", "pool", op("flatten"), path=("network", 4)),
            Layer(last.name, last.path, last.inputs, last.outputs, last.nodes, expect=Expectation(None, 9)),
        ),
        tree=tree,
    )
    assert item.message == "`in` says 9 features, but 7168 arrive"
    assert [(label.span.text, label.text) for label in item.secondary] == [
        ("flatten", "7x32x32 becomes 7168 features here"),
        ("join", "3 + 4 = 7 channels come from here"),
    ]


def test_behind_branches_that_do_not_fit_what_most_say_is_taken_for_what_was_meant() -> None:
    branches = [
        branch(f"branch{index}", layer(f"conv{index}", "input", op("conv", out=8, stride=(stride,))))
        for index, stride in enumerate((2, 2, 1))
    ]
    found, items = typed(graph(merge("join", op("concat"), *branches), layer("last", "join", op("linear", out=3))))
    assert found is None
    assert messages(items) == ["branches differ in height and width", "`linear` needs features, got a map 24x16x16"]
    _, items = typed(graph(merge("join", op("concat"), *branches[1:]), layer("last", "join", op("linear", out=3))))
    assert messages(items) == ["branches differ in height and width"]


def test_totals_that_differ_are_one_message() -> None:
    found, _ = typed(graph(layer("conv", "input", op("conv", out=2))))
    assert found is not None
    spec = ModelSpec.model_validate(
        {
            "incspec": "1",
            "name": "Test",
            "input": ["8", "32", "32"],
            "network": [{"op": "relu"}],
            "expect": {"output": ["3", "32", "32"], "params": "10", "macs": "16_384"},
        }
    )
    sink = Diagnostics()
    check_totals(spec, found, Context(sink, document("step")))
    (item,) = sink
    assert item.message == "expected 3x32x32 out of the network, got 2x32x32"
    assert [label.text for label in item.secondary] == ["expected 10 parameters, got 18"]


def test_nothing_is_said_of_totals_where_something_else_is_wrong() -> None:
    found, _ = typed(graph(layer("conv", "input", op("conv", out=2))))
    assert found is not None
    spec = ModelSpec.model_validate(
        {"incspec": "1", "name": "Test", "input": ["8"], "network": [{"op": "relu"}], "expect": {"params": "10"}}
    )
    sink = Diagnostics()
    sink.error("unknown-op", "something else")
    check_totals(spec, found, Context(sink, document("step")))
    assert len(sink) == 1
