"""Elaboration: ModelSpec -> Graph. Blocks, repeats, conditions and expressions are resolved, structure is kept.

A block called twice with the same arguments and input types becomes one Graph. Types are followed along the
way, since `in` is a width, but nothing is said of those that do not fit, nor compared with what is expected: that is
inference's.

Not here: which names exist (resolve.py), the ops of a step (layers.py), steps with branches (merges.py), what blocks
are at their calls (calls.py), auxiliary heads (heads.py), anything about torch (backends).
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from weakref import proxy

from ..diagnostics import Diagnostics
from ..expressions import Literal, Name, Plain, Unknown, expr_of, names_in, trace, untraced
from ..inference.context import Context
from ..inference.infer import Typing
from ..ir import (
    NO_EXPECTATION,
    Call,
    Conditional,
    Expectation,
    Graph,
    Layer,
    Repeat,
    Series,
    Step,
    TypedGraph,
    Value,
    turn_symbol,
)
from ..limits import DEFAULT, Limits
from ..ops import BY_KEYWORD
from ..ops.identity import Identity
from ..record import record
from ..resolution.fields import HARMLESS_FAMILIES
from ..resolution.resolve import Resolved
from ..resolution.values import Poison, Values
from ..shapes import TensorType
from ..sizes.declared import Declared
from ..spec import StepSpec, merge_count, step_names
from ..syntax import DocPath, SyntaxTree
from .calls import BuiltBlocks, CallBuilder
from .counts import guessed_counts
from .heads import HeadBuilder, output_names
from .inputs import InputReader
from .layers import LayerBuilder
from .merges import MergeBuilder
from .parameters import ParameterReader
from .scope import Body, Built, Scope, TooLarge, Use, is_unknown, unknown_value

_ATTEMPTS = 4


@record(eq=False)
class Elaborated:
    """A network's graph, what is declared of its inputs, and its types as they were followed along the way.

    `typed` is None where some type was not found.
    """

    graph: Graph
    declared: Declared
    typed: TypedGraph | None


def elaborate(
    resolved: Resolved,
    tree: SyntaxTree,
    sink: Diagnostics,
    limits: Limits = DEFAULT,
    built: BuiltBlocks | None = None,
) -> Elaborated | None:
    """Build the network's graph; None where that cannot be.

    Mistakes in values (not in shapes) go to `sink`. `calls` is a total over the whole network, so a network in
    which a block uses it is built again until the totals hold. `built` has blocks that were built before, and takes
    those that are built now, if there are no mistakes.
    """
    if sink.full:  # not all is resolved
        return None
    totals: Mapping[str, int] | None = None
    result = None
    for _ in range(_ATTEMPTS):
        attempt = Diagnostics()
        elaborator = _Elaborator(resolved, tree, attempt, limits, dict(built or {}))
        try:
            result = elaborator.network(totals)
        except TooLarge:
            sink.extend(attempt)
            return None
        if not resolved.counting or elaborator.calls.counts == elaborator.calls.totals:
            break
        totals = elaborator.calls.counts
    else:
        message = "`calls` decides how many calls there are"
        attempt.error("unstable-calls", message, resolved.counts_at, help="use a parameter of the file")
    sink.extend(attempt)
    if built is not None and not attempt.failed:
        built.update(elaborator.calls.memo)
    return result


class _Elaborator:
    def __init__(
        self,
        resolved: Resolved,
        tree: SyntaxTree,
        sink: Diagnostics,
        limits: Limits,
        built: BuiltBlocks,
    ) -> None:
        self.resolved, self.spec, self.limits = resolved, resolved.spec, limits
        self.steps = 0
        self.depth = 0
        self.context = Context(Diagnostics(), tree, limits=limits)
        self.values = Values(tree, sink, self.context.notes)
        self.parameters = ParameterReader(resolved, self.values)
        # They build bodies by this one, without which they are nothing; a circle would outlive the compilation.
        bodies: _Elaborator = proxy(self)
        self.calls = CallBuilder(bodies, resolved, self.parameters, self.values, self.context, built)
        self.layers = LayerBuilder(self.spec, self.values)
        self.merges = MergeBuilder(bodies, self.layers, self.values)
        self.heads = HeadBuilder(bodies, self.spec, self.values)

    def network(self, totals: Mapping[str, int] | None) -> Elaborated | None:
        """The network's graph; None where the types of its inputs are not known.

        `totals` are the counts that `calls` stands for, None where they are to be guessed.
        """
        names = self.parameters.of_file()
        self.calls.totals = guessed_counts(self.resolved, names, self.limits) if totals is None else totals
        declared = InputReader(self.spec, self.values).declared(names)
        inputs = tuple(Value(name) for name in self.spec.inputs)
        typing = Typing(self.context)
        if declared is not None:
            typing.bind(inputs, declared.types)
        scope = Scope(names, names, None, (), typing, {*self.spec.inputs, *self.heads.names})
        body = Body(ChainMap({value.producer: (value,) for value in inputs}), "")
        steps, outputs = self.build_body(self.spec.network, ("network",), inputs, scope, body)
        names_of_outputs = output_names(steps, outputs)
        heads = self.heads.heads(scope, body, names_of_outputs)
        params = {name: value for name, value in names.values.items() if not isinstance(value, Unknown)}
        paper = self.spec.paper
        graph = Graph(
            block="",
            title=self.spec.name,
            path=(),
            inputs=inputs,
            outputs=outputs,
            output_names=names_of_outputs,
            steps=steps,
            params=params,
            defaults={name: untraced(value) for name, value in params.items()},
            figure=(paper.figure if paper else None) or "",
            arxiv=self.spec.arxiv,
            note=(paper.note if paper else None) or "",
            aux=heads,
        )
        return None if declared is None else Elaborated(graph, declared, typing.finish(graph))

    # --- bodies and steps

    def build_body(
        self, steps: Sequence[StepSpec], path: DocPath, inputs: tuple[Value, ...], scope: Scope, body: Body
    ) -> Built:
        """The steps of a body, and what comes out of it."""
        built: list[Step] = []
        current = inputs
        merges = merge_count(steps)
        self.depth += 1
        for index, (step, name) in enumerate(zip(steps, step_names(steps), strict=True)):
            at: DocPath = (*path, index)
            inputs = current
            if step.from_ is not None:
                inputs = tuple(value for tensor in step.from_ for value in body.read(tensor))
            names = scope.names.having({**body.turn, "in": scope.width(inputs)})
            full = self._step_name(step, name, at, scope, body)
            use = Use(step, at, full, inputs, names, scope, body, len(steps), merges)
            made, current = self._step(use)
            built += made
            body.tensors[name] = current
            if step.op in self.spec.blocks:
                outputs = self.spec.blocks[step.op].outputs or []
                body.tensors |= {f"{name}.{out}": (value,) for out, value in zip(outputs, current, strict=False)}
        self.depth -= 1
        return tuple(built), current

    def _step_name(self, step: StepSpec, name: str, path: DocPath, scope: Scope, body: Body) -> str:
        """The step's name in its graph: with the branches that it is in before it."""
        full = body.prefix + name
        if step.name is not None and full in scope.taken:
            message = f"`{full}` is the name of another step in the same block"
            self.values.error("duplicate-name", message, (*path, "name"), help="choose another name")
        return scope.unique(full)

    def _step(self, use: Use) -> Built:
        """A step with all that every step takes; nothing where its condition is false for good."""
        step = use.step
        self._count(1, use.path)
        if use.path in self.resolved.unreadable:
            return self._unknown(use)
        try:
            condition = self.values.condition(step.when, (*use.path, "when"), use.names) if step.when else True
            if isinstance(expr_of(condition), Literal):
                return self._repeated(use, use.name) if condition else ((), use.inputs)
            return self._conditional(use, condition)
        except Poison:
            return self._unknown(use)

    def _count(self, steps: int, path: DocPath) -> None:
        """Count steps that are built, and stop where there are too many or they lie too deep."""
        self.steps += int(steps)  # the number alone: sums of expressions would grow
        self._expect_steps(0, path)

    def _expect_steps(self, more: int, path: DocPath) -> None:
        """Stop where there are, or with `more` will be, too many steps."""
        limits = self.limits
        if self.depth > limits.nesting:
            what, limit, hint = (
                f"is nested over {limits.nesting} deep",
                "nesting",
                "let blocks call each other less deeply",
            )
        elif self.steps + more > limits.steps:
            what, limit, hint = f"has over {limits.steps:_} steps", "steps", "repeat less often"
        else:
            return
        self.values.error("spec-too-large", f"the network {what}", path, help=hint + limits.raising(limit))
        raise TooLarge

    def _unknown(self, use: Use, steps: tuple[Step, ...] = ()) -> Built:
        """A step that cannot be built: what it expects of itself is what comes out of it, else nothing is known."""
        scope, block = use.scope, self.spec.blocks.get(use.step.op)
        scope.typing.complete = False
        construct = BY_KEYWORD.get(use.step.op)
        if getattr(construct, "family", "") in HARMLESS_FAMILIES:
            return (), use.inputs
        outputs = block.outputs if block is not None and block.outputs is not None else [""]
        values = tuple(unknown_value(use.name, k) for k in range(len(outputs)))
        expect = Expectation(self._shape(use))
        if expect.output is None and block is not None and block.expect is not None:
            expect = Expectation(self.values.shape(block.expect, ("blocks", use.step.op, "expect"), scope.file_names))
        scope.typing.assume(expect, values)
        return (*steps, Layer(use.name, use.path, use.inputs, values, (), expect=expect)), values

    def _conditional(self, use: Use, condition: Plain) -> Built:
        name = f"{use.name}.then"
        inner: Step | None = None
        if condition:
            made, outputs = self._repeated(use, name)
            inner = _as_one(made, outputs, use, name)
        else:
            outputs = use.inputs
            with suppress(Poison, TooLarge), self.speculation(use):
                other = _as_one(*self._repeated(use, name), use, name)
                inner = other if use.scope.typing.complete else None  # what cannot run is in no source
        named = tuple(Value(use.name, k) for k in range(len(outputs)))
        step = Conditional(use.name, use.path, use.inputs, named, condition, bool(condition), inner, named=use.named)
        use.scope.typing.end_conditional(step)
        return (step,), named

    @contextmanager
    def speculation(self, use: Use) -> Iterator[None]:
        """While it is open, what is built does not run: nothing is reported, nothing is counted."""
        counts, steps, depth = dict(self.calls.counts), self.steps, self.depth
        try:
            with self.values.silence(), use.scope.typing.speculation():
                yield
        finally:
            self.calls.counts, self.steps, self.depth = counts, steps, depth

    def _repeated(self, use: Use, name: str) -> Built:
        expect = self._expectation(use)
        if use.step.repeat is None:
            steps, outputs = self._once(use, name, expect)
            use.scope.typing.assume(expect, outputs)
            return steps, outputs
        path: DocPath = (*use.path, "repeat")
        count = self.values.whole(use.step.repeat, path, use.names, least=0)
        if count > self.limits.repeat:
            message, hint = f"a step is repeated at most {self.limits.repeat:_} times, got {count}", "repeat less often"
            self.values.error("spec-too-large", message, path, help=hint + self.limits.raising("repeat"))
            raise Poison
        if use.path in self.resolved.faulty:
            count = min(count, 1)
        self._count(count, path)
        turns: list[Step] = []
        current = use.inputs
        before = self.steps
        for turn in range(count):
            if turn == 2:  # what the second turn took, the others take as well (a block is built in the first)
                self._expect_steps((self.steps - before) * (count - 2), path)
            before = self.steps
            names = use.names.having({"in": use.scope.width(current), "i": trace(turn, Name(turn_symbol(name)))})
            this = replace(use, inputs=current, names=names)
            try:
                made, current = self._once(this, f"{name}.{turn}", NO_EXPECTATION)
            except Poison:  # by a width that the turns before do not give: their mistake is told where they are typed
                return self._unknown(use, tuple(turns))
            if is_unknown(current):
                return (*turns, *made), current
            one = _as_one(made, current, this, f"{name}.{turn}")
            if one is not None:
                turns.append(one)
                use.scope.typing.end_turn(one, name, turn)
            if one is not None and self._is_steady(one, name, use):
                turns += self._more_turns(one, name, count - turn - 1, use)
                current = turns[-1].outputs
                break
        named = tuple(Value(name, k) for k in range(len(current)))
        step = Repeat(name, use.path, use.inputs, named, tuple(turns), count, named=use.named, expect=expect)
        use.scope.typing.end_repeat(step)
        use.scope.typing.assume(expect, named)
        return (step,), named

    def _is_steady(self, turn: Step, repeat: str, use: Use) -> bool:
        """Whether all turns behind this one are like it: it calls a block that gives what it gets, and does not count."""
        if not isinstance(turn, Call) or turn.graph.block in self.resolved.counting:
            return False
        symbol, typing = turn_symbol(repeat), use.scope.typing
        if any(name.id == symbol for value in turn.arguments.values() for name in names_in(expr_of(value))):
            return False
        given, got = typing.known(turn.inputs), typing.known(turn.outputs)
        if given is None or got is None or len(given) != len(got) or turn.name not in typing.calls:
            return False
        return all(map(TensorType.is_same, given, got))

    def _more_turns(self, turn: Step, repeat: str, count: int, use: Use) -> list[Step]:
        """Further turns that are like one in all but their names."""
        assert isinstance(turn, Call)
        turns: list[Step] = []
        before, first = turn, int(turn.name.removeprefix(f"{repeat}.")) + 1
        for number in range(first, first + count):
            name = f"{repeat}.{number}"
            outputs = tuple([Value(name, k) for k in range(len(turn.outputs))])
            more = Call(name, turn.path, before.outputs, outputs, turn.graph, turn.arguments, turn.named, turn.expect)
            use.scope.typing.called_again(more, before)
            turns.append(more)
            before = more
        return turns

    def _once(self, use: Use, name: str, expect: Expectation) -> Built:
        if use.step.op in self.spec.blocks and use.step.op not in BY_KEYWORD:
            return self.calls.call(use, name, expect)
        construct = BY_KEYWORD[use.step.op]
        if use.path in self.resolved.faulty:
            return self._unknown(use, self.merges.faulty(use, name, construct) if construct.bodies else ())
        step: Step
        if "branches" in construct.bodies:
            step = self.merges.merge(use, name, expect, construct)
        elif "body" in construct.bodies:
            return self.merges.residual(use, name, expect, construct)
        elif construct is Identity and expect == NO_EXPECTATION and (not use.named or len(use.inputs) > 1):
            return (), use.inputs
        else:
            step = self.layers.layer(use, name, expect, construct)
        return (step,), step.outputs

    def _expectation(self, use: Use) -> Expectation:
        """What the author says of the step; nothing where that is wrong itself."""
        if use.step.in_ is None and use.step.expect is None:
            return NO_EXPECTATION
        channels = None
        if use.step.in_ is not None:
            try:
                channels = self.values.whole(use.step.in_, (*use.path, "in"), use.names, least=1)
            except Poison:
                channels = None
        return Expectation(self._shape(use), channels)

    def _shape(self, use: Use) -> tuple[int, ...] | None:
        return None if use.step.expect is None else self.values.shape(use.step.expect, (*use.path, "expect"), use.names)


def _as_one(steps: Sequence[Step], outputs: tuple[Value, ...], use: Use, name: str) -> Step | None:
    """Steps as one step: a residual without a shortcut is the steps of its body, and may end with another tensor."""
    if not steps and outputs == use.inputs:
        return None
    if len(steps) == 1 and (steps[0].inputs, steps[0].outputs) == (use.inputs, outputs):
        return steps[0]
    return Series(name, use.path, use.inputs, outputs, tuple(steps))
