"""Shape inference: Graph -> TypedGraph, under given types of the inputs.

Each node's op is asked for its outputs in the order of execution. A rule that fails becomes a diagnostic with
its place, the types that met there and the chain of blocks that led there; a failed node has no type, and what
depends on it is passed over, so one mistake gives one message.

`Typing` is the state of one graph's inference; elaboration uses it too, since `in` is a width.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from .diagnostics import Diagnostics, Severity
from .expressions import IfElse, Name, Plain, expr_of, substitute, trace
from .ir import Branch, Call, Conditional, Expectation, Graph, Layer, Merge, Node, Repeat, Step, TypedGraph, Value, call_scope
from .ops.base import Cost, OpError
from .shapes import TensorType
from .source import SourceFile, Span
from .syntax import DocPath, SyntaxTree
from .syntax import Mapping as MappingNode

_Key = tuple[int, tuple[TensorType, ...]]


@dataclass(eq=False)
class Context:
    """What inference reports to and with: the sink, the places, what was inferred already.

    Expectations that stand in `inherited` files, or under overridden parameters, are only notes.
    """

    sink: Diagnostics
    tree: SyntaxTree
    inherited: frozenset[SourceFile] = frozenset()
    overridden: bool = False
    memo: dict[_Key, TypedGraph | None] = field(default_factory=dict)
    chain: list[tuple[str, DocPath]] = field(default_factory=list)

    def severity(self, at: Span) -> Severity:
        """How bad it is that an expectation at this place fails."""
        return "note" if self.overridden or at.source in self.inherited else "error"

    def notes(self) -> list[str]:
        """The blocks that led here, innermost first."""
        return [f"in block `{block}`, used at {self.tree.span_at((*path, 'op'))}" for block, path in reversed(self.chain)]


def infer(graph: Graph, inputs: tuple[TensorType, ...], context: Context) -> TypedGraph | None:
    """Type a graph. Mistakes go to the context's sink; None where some value is left without a type."""
    key = (id(graph), inputs)
    if key not in context.memo:
        typing = Typing(context)
        typing.bind(graph.inputs, inputs)
        for step in graph.steps:
            typing.step(step)
        typing.expect_output(graph.expect, graph.outputs, graph.path)
        context.memo[key] = typing.finish(graph)
    return context.memo[key]


class Typing:
    """The types of one graph's values, as far as they are known."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.types: dict[Value, TensorType] = {}
        self.calls: dict[str, TypedGraph] = {}
        self.made_at: dict[Value, DocPath] = {}
        self.cost = Cost()
        self.complete = True

    def bind(self, values: tuple[Value, ...], types: tuple[TensorType, ...]) -> None:
        """Give the graph's inputs their types; a block's widths are traced to `in_channels`."""
        for value, type_ in zip(values, types, strict=True):
            symbol = "in_channels" if len(values) == 1 else f"{value.producer}_channels"
            width = trace(int(type_.channels), Name(symbol)) if self.context.chain else type_.channels
            assert isinstance(width, int)
            self.types[value] = type_.with_channels(width)

    def known(self, values: tuple[Value, ...]) -> tuple[TensorType, ...] | None:
        """The types of some values, or None where one is unknown."""
        found = [self.types.get(value) for value in values]
        return None if None in found else tuple(type_ for type_ in found if type_ is not None)

    def finish(self, graph: Graph) -> TypedGraph | None:
        """The typed graph, or None where a mistake left a hole."""
        if not self.complete or self.known(graph.outputs) is None:
            return None
        return TypedGraph(graph, self.types, self.calls, self.cost)

    # --- steps

    def step(self, step: Step) -> None:
        """Type one step; what it does not know is left out."""
        if step.expect.channels_in is not None:
            self._expect_input(step)
        if isinstance(step, Layer):
            for node in step.nodes:
                self.node(node)
        elif isinstance(step, Merge):
            self._merge(step)
        elif isinstance(step, Call):
            self._call(step)
        elif isinstance(step, Repeat):
            self._repeat(step)
        else:
            self._conditional(step)
        self.expect_output(step.expect, step.outputs, step.path)

    def _merge(self, step: Merge) -> None:
        if step.split is not None:
            self.node(step.split)
        for branch in step.branches:
            for inner in branch.steps:
                self.step(inner)
        for node in step.nodes:
            self.node(node, step.branches)

    def node(self, node: Node, branches: tuple[Branch, ...] = ()) -> None:
        """Ask the op for the types of its outputs."""
        inputs = self.known(node.inputs)
        if inputs is None:
            self.complete = False
            return
        try:
            outputs = node.op.infer(inputs)
        except OpError as error:
            self.complete = False
            self._report(error, node, inputs, branches)
            return
        cost = node.op.cost(inputs, outputs)
        self.cost = Cost(self.cost.params + cost.params, self.cost.macs + cost.macs)
        for value, type_ in zip(node.outputs, outputs, strict=True):
            self.types[value] = type_
            self.made_at[value] = node.path

    def _call(self, step: Call) -> None:
        inputs = self.known(step.inputs)
        if inputs is None:
            self.complete = False
            return
        self.context.chain.append((step.graph.block, step.path))
        typed = infer(step.graph, inputs, self.context)
        self.context.chain.pop()
        if typed is None:
            self.complete = False
            return
        self.called(step, typed)

    def called(self, step: Call, typed: TypedGraph) -> None:
        """Take over what a block gives, its widths told in terms of this scope."""
        inputs = self.of(step.inputs)
        self.calls[step.name] = typed
        self.cost = Cost(self.cost.params + typed.cost.params, self.cost.macs + typed.cost.macs)
        scope = call_scope(step, inputs)
        for value, type_ in zip(step.outputs, typed.output_types, strict=True):
            self.types[value] = _retraced(type_, scope)
            self.made_at[value] = step.path

    def _repeat(self, step: Repeat) -> None:
        for turn, inner in enumerate(step.turns):
            self.step(inner)
            self.end_turn(inner, turn)
        self.alias(step.outputs, step.turns[-1].outputs if step.turns else step.inputs, step.path)

    def end_turn(self, inner: Step, turn: int) -> None:
        """`i` means nothing after its turn: widths in terms of it become numbers."""
        for value in inner.outputs:
            if value in self.types:
                self.types[value] = _retraced(self.types[value], {"i": turn})

    def _conditional(self, step: Conditional) -> None:
        if step.taken and step.step is not None:
            self.step(step.step)
        elif step.step is not None:
            self._speculate(step.step)
        self.end_conditional(step)

    def _speculate(self, step: Step) -> None:
        """Type what would stand here in another use of the block, saying nothing of its mistakes."""
        with self.speculation():
            self.step(step)

    @contextmanager
    def speculation(self) -> Iterator[None]:
        """Type something that does not run: nothing is reported, nothing is counted."""
        real, cost, complete = self.context.sink, self.cost, self.complete
        self.context.sink = Diagnostics()
        try:
            yield
        finally:
            self.context.sink, self.cost, self.complete = real, cost, complete

    def end_conditional(self, step: Conditional) -> None:
        """The outputs are the step's or the inputs, and their widths say on which condition."""
        passed = self.known(step.inputs)
        then = self.known(step.step.outputs) if step.step is not None else None
        self.alias(step.outputs, step.step.outputs if step.taken and step.step is not None else step.inputs, step.path)
        if passed is None or then is None or len(passed) != len(then):
            return
        if isinstance(step.step, Merge) and step.step.kind == "residual":  # a sum has the width of what is added to
            self.alias(step.outputs, step.inputs, step.path)
            return
        for value, a, b in zip(step.outputs, then, passed, strict=True):
            if expr_of(a.channels) != expr_of(b.channels):
                choice = substitute(_chosen(step.taken, a.channels, b.channels), {"?": step.condition})
                assert isinstance(choice, int)
                self.types[value] = self.types[value].with_channels(choice)

    def alias(self, values: tuple[Value, ...], originals: tuple[Value, ...], path: DocPath) -> None:
        """Other names for the same tensors."""
        for value, original in zip(values, originals, strict=True):
            if original in self.types:
                self.types[value] = self.types[original]
                self.made_at[value] = path

    def of(self, values: tuple[Value, ...]) -> tuple[TensorType, ...]:
        """The types of values that are known."""
        return tuple(self.types[value] for value in values)

    # --- diagnostics

    def _report(self, error: OpError, node: Node, inputs: tuple[TensorType, ...], branches: tuple[Branch, ...]) -> None:
        context, tree = self.context, self.context.tree
        notes = context.notes()
        if error.input is not None and len(inputs) > 1:
            blamed = inputs[error.input]
            value = node.inputs[error.input]
            at = tree.span_at((*self.made_at.get(value, node.path), "op"))
            if branches and not branches[error.input].steps:
                at = tree.span_at(branches[error.input].path)
            label = f"this branch is {blamed}"
            notes = [_others(inputs, error.input), *notes]
        else:
            field_path = (*node.fields_path, error.field) if error.field else node.path
            at = tree.span_at((*node.path, "op"))
            if error.field is not None and tree.has(field_path):
                at = tree.span_at(field_path)
            elif error.field is not None and not isinstance(tree.node_at(node.fields_path), MappingNode):
                at = tree.span_at(node.fields_path)  # the field that the op was made from
            label = f"the input is {inputs[0]}" if len(inputs) == 1 else ""
            if len(inputs) > 1:
                notes = ["the inputs are " + ", ".join(str(type_) for type_ in inputs), *notes]
        context.sink.error(error.code, error.message, at, label=label, notes=notes, help=error.help)

    def expect_output(self, expect: Expectation, outputs: tuple[Value, ...], path: DocPath) -> None:
        """Compare the first output with what the author says of it."""
        if expect.output is None or not outputs or outputs[0] not in self.types:
            return
        found = self.types[outputs[0]]
        if found.shape != expect.output:
            wanted = TensorType(expect.output)
            at = self.context.tree.span_at((*path, "expect"))
            self.context.sink.error(
                "expectation-failed",
                f"expected {wanted}, got {found}",
                at,
                label=f"the output is {found}",
                notes=self.context.notes(),
                severity=self.context.severity(at),
                help="change the layers before it, or write what comes out: "
                f"`expect: [{', '.join(str(int(n)) for n in found.shape)}]`",
            )

    def _expect_input(self, step: Step) -> None:
        found = self.types.get(step.inputs[0]) if step.inputs else None
        if found is None or found.channels == step.expect.channels_in:
            return
        at = self.context.tree.span_at((*step.path, "in"))
        self.context.sink.error(
            "expectation-failed",
            f"`in` says {step.expect.channels_in} channels, but {int(found.channels)} arrive",
            at,
            label=f"the input is {found}",
            notes=self.context.notes(),
            severity=self.context.severity(at),
            help=f"write `in: {int(found.channels)}`, or leave it out: widths are inferred",
        )


def _retraced(type_: TensorType, scope: Mapping[str, Plain]) -> TensorType:
    shape = tuple(substitute(length, scope) for length in type_.shape)
    return TensorType(tuple(length for length in shape if isinstance(length, int)))


def _chosen(taken: bool, then: int, otherwise: int) -> Plain:
    return trace(int(then if taken else otherwise), IfElse(Name("?"), expr_of(then), expr_of(otherwise)))


def _others(inputs: tuple[TensorType, ...], blamed: int) -> str:
    others = [type_ for index, type_ in enumerate(inputs) if index != blamed]
    if len({type_.sizes for type_ in others}) == 1 and len(others) > 1:
        sizes = "x".join(str(n) for n in others[0].sizes)
        return f"the other {len(others)} branches are {sizes}" if sizes else f"the other branches are {others[0]}"
    return ("the other branch is " if len(others) == 1 else "the other branches are ") + ", ".join(str(t) for t in others)

