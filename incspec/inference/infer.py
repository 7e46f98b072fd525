"""Shape inference: Graph -> TypedGraph, under given types of the inputs.

Each node's op is asked for its outputs in the order of execution. A rule that fails becomes a diagnostic (blame.py);
a failed node has no type, and what depends on it is passed over, so one mistake gives one message. Behind a mistake,
what the author expects of a step or block is taken for its type, so that the rest of the network is checked as well.

`Typing` is the state of one graph's inference; elaboration uses it too, since `in` is a width.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TypeAlias

from ..diagnostics import Diagnostics
from ..expressions import Literal, Name, expr_of, substitute, trace
from ..ir import (
    AuxHead,
    Branch,
    Call,
    Conditional,
    Expectation,
    Graph,
    Layer,
    Merge,
    Node,
    Repeat,
    Series,
    Step,
    TypedGraph,
    Value,
    call_scope,
    turn_symbol,
    width_symbols,
)
from ..ops.base import Cost, OpError
from ..record import record
from ..shapes import TensorType
from ..syntax import DocPath
from .blame import report_rule
from .context import Context
from .expect import check_input, check_output
from .origin import Origin, origin_of
from .widths import chosen, grown

MAX_ELEMENTS = 2**50  # of one tensor; torch counts bytes in 64 bits


def infer(
    graph: Graph, inputs: tuple[TensorType, ...], context: Context, memo: Memo | None = None
) -> TypedGraph | None:
    """Type a graph. Mistakes go to the context's sink; None where some value is left without a type.

    `memo` has graphs that were typed before, and takes those that are typed now.
    """
    return _infer(graph, inputs, context, {} if memo is None else memo).typed


@record
class _Inferred:
    """A typed graph, or None where there is a mistake; and what can be said of its outputs all the same."""

    typed: TypedGraph | None
    outputs: tuple[TensorType, ...] | None
    origins: tuple[Origin | None, ...]


# By the graph itself, which keeps it alive.
Memo: TypeAlias = dict[tuple[Graph, tuple[TensorType, ...], bool], _Inferred]


def _infer(graph: Graph, inputs: tuple[TensorType, ...], context: Context, memo: Memo) -> _Inferred:
    key = (graph, inputs, context.silent)
    if key not in memo:
        typing = Typing(context, memo)
        typing.bind(graph.inputs, inputs)
        for step in graph.steps:
            typing.step(step)
        for head in graph.aux:
            typing.head(head)
        typing.expect_output(graph.expect, graph.outputs, graph.path)
        origins = tuple(map(typing.origins.get, graph.outputs))
        memo[key] = _Inferred(typing.finish(graph), typing.known(graph.outputs), origins)
    return memo[key]


class Typing:
    """The types of one graph's values, as far as they are known."""

    def __init__(self, context: Context, memo: Memo | None = None) -> None:
        self.context = context
        self.memo: Memo = {} if memo is None else memo
        self.types: dict[Value, TensorType] = {}
        self.calls: dict[str, TypedGraph] = {}
        self.made_at: dict[Value, DocPath] = {}
        self.origins: dict[Value, Origin] = {}  # of widths that do not come from the graph's input
        self.refused: set[tuple[str, Value]] = set()  # what a kind of rule has refused already, whoever asks
        self.guessed: set[Value] = set()  # whose types are what most likely was meant, behind a mistake
        self.cost = Cost()
        self.aux_cost = Cost()
        self.ops = 0
        self.complete = True

    def bind(self, values: tuple[Value, ...], types: tuple[TensorType, ...]) -> None:
        """Give the graph's inputs their types; a block's widths are traced to names of their own."""
        for value, type_, symbol in zip(values, types, width_symbols(values), strict=True):
            width = trace(int(type_.channels), Name(symbol)) if self.context.chain else type_.channels
            assert isinstance(width, int)
            self.types[value] = type_.with_channels(width)

    def known(self, values: tuple[Value, ...]) -> tuple[TensorType, ...] | None:
        """The types of some values, or None where one is unknown."""
        try:
            return self.of(values)
        except KeyError:
            return None

    def of(self, values: tuple[Value, ...]) -> tuple[TensorType, ...]:
        """The types of values that are known."""
        types = self.types
        return tuple([types[value] for value in values])

    def finish(self, graph: Graph) -> TypedGraph | None:
        """The typed graph, or None where a mistake left a hole."""
        if not self.complete or self.known(graph.outputs) is None:
            return None
        return TypedGraph(graph, self.types, self.calls, self.cost, self.ops, self.aux_cost)

    # --- steps

    def head(self, head: AuxHead) -> None:
        """Type an auxiliary head."""
        inputs = self.known(head.inputs)
        if inputs is not None and all(type_.rank == 0 for type_ in inputs):
            self.context.features_from = (*head.path, "from")
        with self.aside():
            for step in head.steps:
                self.step(step)
        self.context.features_from = None

    @contextmanager
    def aside(self) -> Iterator[None]:
        """While it is open, what is typed is an auxiliary head's, whose cost is counted apart."""
        trunk, self.cost = self.cost, self.aux_cost
        yield
        self.cost, self.aux_cost = trunk, self.cost

    def step(self, step: Step) -> None:
        """Type one step; what it does not know is left out."""
        if step.expect.channels_in is not None:
            first = step.inputs[0]
            width = self.types.get(first)
            if not check_input(step.expect, width, step.path, self.context, self.origins.get(first)):
                self.complete = False
        if isinstance(step, Layer):
            for node in step.nodes:
                self.node(node)
        elif isinstance(step, Merge):
            self._merge(step)
        elif isinstance(step, Call):
            self._call(step)
        elif isinstance(step, Repeat):
            self._repeat(step)
        elif isinstance(step, Series):
            for inner in step.steps:
                self.step(inner)
        else:
            self._conditional(step)
        for value in step.outputs:
            self.made_at[value] = step.path
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
            applied = self.context.apply(node.op, inputs)
        except OpError as error:
            self.complete = False
            if error.input is None and error.field is None and len(inputs) == 1:
                if (error.code, node.inputs[0]) in self.refused:
                    return
                self.refused.add((error.code, node.inputs[0]))
            made_at = tuple(self.made_at.get(value, node.path) for value in node.inputs)
            report_rule(error, node, inputs, made_at, branches, self.types, self.origins, self.context)
            if error.meant is not None:
                self.guess(node.outputs, (error.meant,), node.path)
                self._note_origin(node, inputs)
            return
        self.ops += 1
        self.cost += applied.cost
        if applied.largest > MAX_ELEMENTS:
            self.complete = False
            message = "the layer is larger than any memory"
            at = self.context.tree.span_at((*node.path, "op"))
            hint = "check its width and the sizes that arrive"
            self.context.sink.error("number-too-large", message, at, notes=self.context.notes(), help=hint)
            return
        for value, type_ in zip(node.outputs, applied.outputs, strict=True):
            self.types[value] = type_
            self.made_at[value] = node.path
        self._note_origin(node, inputs)
        self._pass_on_guess(node.inputs, node.outputs)

    def _note_origin(self, node: Node, inputs: tuple[TensorType, ...]) -> None:
        for value in node.outputs:
            origin = origin_of(node, inputs, self.types[value], self.origins.get(node.inputs[0]))
            if origin is not None:
                self.origins[value] = origin

    def _call(self, step: Call) -> None:
        inputs = self.known(step.inputs)
        if inputs is None:
            self.complete = False
            self.assume(step.graph.expect, step.outputs)
            return
        self.context.chain.append((step.graph.block, step.path))
        inferred = _infer(step.graph, inputs, self.context, self.memo)
        self.context.chain.pop()
        for value, origin in zip(step.outputs, inferred.origins, strict=False):
            outer = self.origins.get(step.inputs[0]) if origin is None else replace(origin, path=step.path)
            if outer is not None:
                self.origins[value] = outer
        if inferred.typed is not None:
            self.called(step, inferred.typed)
            return
        self.complete = False
        if inferred.outputs is not None:
            self.guess(step.outputs, inferred.outputs, step.path)

    def guess(self, values: tuple[Value, ...], types: tuple[TensorType, ...], path: DocPath) -> None:
        """Behind a mistake, take what most likely was meant, so that the rest is checked as well."""
        for value, type_ in zip(values, types, strict=True):
            self.types[value] = type_.with_lengths(int)
            self.made_at[value] = path
        self.guessed.update(values)

    def _pass_on_guess(self, inputs: tuple[Value, ...], outputs: tuple[Value, ...]) -> None:
        if not self.guessed.isdisjoint(inputs):
            self.guessed.update(outputs)

    def called(self, step: Call, typed: TypedGraph) -> None:
        """Take over what a block gives, its widths told in terms of this scope."""
        inputs = self.of(step.inputs)
        self.calls[step.name] = typed
        self._count(typed.ops, step.path)
        self.cost += typed.cost
        scope = call_scope(step, inputs)
        for value, type_ in zip(step.outputs, typed.output_types, strict=True):
            self.types[value] = type_.retraced(scope)
            self.made_at[value] = step.path
        self._pass_on_guess(step.inputs, step.outputs)

    def is_like(self, step: Step, other: Step) -> bool:
        """Whether a step calls the same block as another one, with the same arguments and types, so that it gives the same."""
        if not isinstance(step, Call) or not isinstance(other, Call) or other.name not in self.calls:
            return False
        if step.graph is not other.graph or step.arguments is not other.arguments:
            return False
        types, others = self.known(step.inputs), self.known(other.inputs)
        return types is not None and others is not None and all(map(TensorType.is_same, types, others))

    def called_again(self, step: Step, other: Step) -> None:
        """Take over what a call gives from one that it `is_like`."""
        typed = self.calls[other.name]
        self.calls[step.name] = typed
        self._count(typed.ops, step.path)
        self.cost += typed.cost
        self.alias(step.outputs, other.outputs, step.path)

    def _count(self, ops: int, path: DocPath) -> None:
        """Count ops that run, and say where they become too many: blocks that call blocks grow fast."""
        self.ops += ops
        limits = self.context.limits
        if self.ops > limits.ops and self.complete:
            self.complete = False
            at = self.context.tree.span_at((*path, "op"))
            message = f"the network runs over {limits.ops:_} ops"
            hint = f"repeat less often, or nest fewer blocks{limits.raising('ops')}"
            self.context.sink.error("spec-too-large", message, at, notes=self.context.notes(), help=hint)

    def _repeat(self, step: Repeat) -> None:
        before: Step | None = None
        for turn, inner in enumerate(step.turns):
            if before is not None and self.is_like(inner, before):
                self.called_again(inner, before)
            else:
                self.step(inner)
                self.end_turn(inner, step.name, turn)
            before = inner
        self.end_repeat(step)

    def end_turn(self, inner: Step, repeat: str, turn: int) -> None:
        """`i` means nothing after its turn: widths in terms of it become numbers."""
        for value in inner.outputs:
            if value in self.types:
                self.types[value] = self.types[value].retraced({turn_symbol(repeat): turn})

    def end_repeat(self, step: Repeat) -> None:
        """The outputs are the last turn's, and widths that grow with each turn are told in terms of their number."""
        self.alias(step.outputs, step.turns[-1].outputs if step.turns else step.inputs, step.path)
        if isinstance(expr_of(step.count), Literal) or len(step.inputs) != len(step.outputs):
            return
        for index, value in enumerate(step.outputs):
            types = self.known((step.inputs[index], *(turn.outputs[index] for turn in step.turns)))
            width = grown([type_.channels for type_ in types], step.count) if types is not None else None
            if width is not None:
                self.types[value] = self.types[value].with_channels(width)

    def _conditional(self, step: Conditional) -> None:
        if step.taken and step.step is not None:
            self.step(step.step)
        elif step.step is not None:
            with self.speculation():
                self.step(step.step)
        self.end_conditional(step)

    @contextmanager
    def speculation(self) -> Iterator[None]:
        """While it is open, what is typed does not run: nothing is reported, nothing is counted."""
        context, kept = self.context, (self.cost, self.ops, self.complete)
        real, silent, depth = context.sink, context.silent, len(context.chain)
        context.sink, context.silent, self.complete = Diagnostics(), True, True
        try:
            yield
        finally:
            context.sink, context.silent = real, silent
            del context.chain[depth:]
            self.cost, self.ops, self.complete = kept

    def end_conditional(self, step: Conditional) -> None:
        """The outputs are the step's or the inputs, and their widths say on which condition."""
        passed = self.known(step.inputs)
        then = self.known(step.step.outputs) if step.step is not None else None
        self.alias(step.outputs, step.step.outputs if step.taken and step.step is not None else step.inputs, step.path)
        if passed is None or then is None or len(passed) != len(then):
            return
        if isinstance(step.step, Merge) and step.step.adds_to_input:  # a sum has the width of what is added to
            self.alias(step.outputs, step.inputs, step.path)
            return
        for value, a, b in zip(step.outputs, then, passed, strict=True):
            if expr_of(a.channels) != expr_of(b.channels):
                choice = substitute(chosen(step.taken, a.channels, b.channels), {"?": step.condition})
                assert isinstance(choice, int)
                self.types[value] = self.types[value].with_channels(choice)

    def alias(self, values: tuple[Value, ...], originals: tuple[Value, ...], path: DocPath) -> None:
        """Other names for the same tensors."""
        for value, original in zip(values, originals, strict=True):
            if original in self.types:
                self.types[value] = self.types[original]
                self.made_at[value] = path
                self._pass_on_guess((original,), (value,))
                if original in self.origins:
                    self.origins[value] = self.origins[original]

    # --- expectations

    def assume(self, expect: Expectation, outputs: tuple[Value, ...]) -> None:
        """Take what is expected of the only output for its type, where a mistake left it without one or to a guess."""
        if expect.output is None or len(outputs) != 1:
            return
        if outputs[0] not in self.types or outputs[0] in self.guessed:
            self.types[outputs[0]] = TensorType(expect.output)
            self.guessed.discard(outputs[0])
            self.complete = False

    def expect_output(self, expect: Expectation, outputs: tuple[Value, ...], path: DocPath) -> None:
        """Compare the first output with what the author says of it; a type that is wrong is not concluded from."""
        if not outputs or outputs[0] not in self.types or outputs[0] in self.guessed:
            self.assume(expect, outputs)
        elif self.context.silent:  # nothing is said of what does not run, and its type is what the source is told of
            return
        elif not check_output(expect, self.types[outputs[0]], path, self.context, self.origins.get(outputs[0])):
            self.complete = False
            for value in outputs:
                self.types.pop(value, None)
