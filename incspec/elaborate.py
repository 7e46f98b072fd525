"""Elaboration: ModelSpec -> Graph. Blocks, repeats, conditions and expressions are resolved, structure is kept.

A block called twice with the same arguments and input types becomes one Graph. Types are followed along the
way, since `in` is a width, but nothing is said of those that do not fit: that is infer.py's.

Not here: which names exist (resolve.py), the ops of a step (layers.py), steps with branches (merges.py), anything
about torch (backends).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace

from .context import Context
from .diagnostics import Diagnostics
from .expressions import UNKNOWN, Literal, Name, Plain, Unknown, expr_of, trace, untraced
from .fields import HARMLESS_FAMILIES, is_lone_word
from .infer import Typing
from .ir import NO_EXPECTATION, Call, Conditional, Expectation, Graph, Layer, Repeat, Series, Step, Value, turn_symbol
from .layers import LayerBuilder
from .merges import MergeBuilder
from .ops import BY_KEYWORD
from .ops.identity import Identity
from .resolve import Resolved
from .scope import Body, Built, Scope, Use, is_unknown, unknown_value
from .shapes import TensorType
from .source import Span
from .spec import BlockSpec, StepSpec, step_names
from .syntax import UNREADABLE, DocPath, SyntaxTree
from .values import Names, Poison, Values

MAX_REPEAT = 10_000
MAX_STEPS = 12_000
MAX_BUILDS = 3_000  # of blocks under arguments and inputs that differ
MAX_DEPTH = 50  # of bodies in bodies, through blocks as well
_ATTEMPTS = 4


class _TooLarge(Exception):  # noqa: N818  # it is told where it is raised
    """The network is larger than can be built."""


def elaborate(resolved: Resolved, tree: SyntaxTree, sink: Diagnostics) -> tuple[Graph, tuple[TensorType, ...]] | None:
    """Build the network's graph, and the types of its inputs.

    Mistakes in values (not in shapes) go to `sink`. `calls` is a total over the whole network, so a network in
    which a block uses it is built again until the totals hold.
    """
    if sink.full:  # not all is resolved
        return None
    totals: dict[str, int] = {}
    result = None
    for _ in range(_ATTEMPTS):
        attempt = Diagnostics()
        elaborator = _Elaborator(resolved, tree, attempt, totals)
        try:
            result = elaborator.network()
        except _TooLarge:
            sink.extend(attempt)
            return None
        if not resolved.counting or elaborator.counts == totals:
            break
        totals = elaborator.counts
    else:
        message = "`calls` decides how many calls there are"
        attempt.error("unstable-calls", message, resolved.counts_at, help="use a parameter of the file")
    sink.extend(attempt)
    return result


class _Elaborator:
    def __init__(self, resolved: Resolved, tree: SyntaxTree, sink: Diagnostics, totals: Mapping[str, int]) -> None:
        self.resolved, self.spec, self.tree = resolved, resolved.spec, tree
        self.totals = totals
        self.counts: dict[str, int] = {}
        self.steps = 0
        self.depth = 0
        self.memo: dict[tuple[object, ...], tuple[Graph, Typing]] = {}
        self.context = Context(Diagnostics(), tree)
        self.values = Values(tree, sink, self.context.notes)
        self.layers = LayerBuilder(self.spec, self.values)
        self.merges = MergeBuilder(self, self.layers, self.values)
        self.file_names = Names()

    # --- graphs: the network and blocks

    def network(self) -> tuple[Graph, tuple[TensorType, ...]] | None:
        """The network's graph; None where the types of its inputs are not known."""
        shadowed = {name for block in self.spec.blocks.values() for name in block.params}
        params: dict[str, Plain | Unknown] = {}
        places: dict[str, Span] = {}
        self.file_names = Names(params, places)
        for name, text in self.spec.params.items():
            value = self._param(text, ("params", name), self.file_names, self.spec.params)
            symbol = f"network.{name}" if name in shadowed else name
            params[name] = value if isinstance(value, Unknown) else trace(untraced(value), Name(symbol))
            places[name] = self.tree.span_at(("params", name))
        types = self._input_types()
        inputs = tuple(Value(name) for name in self.spec.inputs)
        typing = Typing(self.context)
        if types is not None:
            typing.bind(inputs, types)
        scope = Scope(self.file_names, self.file_names, None, (), typing, {value.producer for value in inputs})
        body = Body({value.producer: (value,) for value in inputs}, "")
        steps, outputs = self._body(self.spec.network, ("network",), inputs, scope, body)
        known = {name: value for name, value in params.items() if not isinstance(value, Unknown)}
        graph = Graph(
            block="",
            title=self.spec.name,
            path=(),
            inputs=inputs,
            outputs=outputs,
            output_names=tuple(value.producer for value in outputs),
            steps=steps,
            params=known,
            defaults={name: untraced(value) for name, value in known.items()},
            arxiv=self._arxiv,
        )
        return None if types is None else (graph, types)

    @property
    def _arxiv(self) -> str:
        return (self.spec.paper.arxiv if self.spec.paper else None) or ""

    def _input_types(self) -> tuple[TensorType, ...] | None:
        types = []
        for name, shape in self.spec.inputs.items():
            path: DocPath = ("input",) if isinstance(self.spec.input, list) else ("input", name)
            lengths = self.values.shape(shape, path, self.file_names)
            if UNREADABLE not in shape and len(shape) > 4:
                message = f"an input has 1 to 4 axes without the batch, got {len(shape)}"
                hint = "`[C, L]`, `[C, H, W]` or `[C, T, H, W]`"
                self.values.error("invalid-input", message, path, help=hint)
            elif lengths is not None:
                types.append(TensorType(lengths))
        return tuple(types) if len(types) == len(self.spec.inputs) else None

    def _block(
        self,
        use: Use,
        arguments: Mapping[str, Plain | Unknown],
        implicit: Mapping[str, Plain],
        types: tuple[TensorType, ...] | None,
    ) -> tuple[Graph, Typing]:
        """A block under given arguments and input types; the same ones give the same graph."""
        name = use.step.op
        block, path = self.spec.blocks[name], ("blocks", name)
        known_arguments = {key: value for key, value in arguments.items() if not isinstance(value, Unknown)}
        bare = tuple((key, type(untraced(value)), untraced(value)) for key, value in known_arguments.items())
        memo_key = (name, bare, len(arguments), tuple(implicit.items()), types)
        if memo_key in self.memo:
            return self.memo[memo_key]
        if len(self.memo) >= MAX_BUILDS:
            hint = "use `call` and `calls` in blocks that are called less often"
            message = f"blocks are used in over {MAX_BUILDS:_} different ways"
            self.values.error("spec-too-large", message, (*use.path, "op"), help=hint)
            raise _TooLarge
        inputs = tuple(Value(input_name) for input_name in block.inputs)
        self.context.chain.append((name, use.path))
        typing = Typing(self.context)
        if types is not None:
            typing.bind(inputs, types)
        traced = {key: trace(value, Name(key)) for key, value in implicit.items()}
        width: Plain | Unknown = typing.types[inputs[0]].channels if types is not None else UNKNOWN
        names = self.file_names.having({**traced, "in": width})
        names, params, defaults = self._params(block, path, use, names, arguments)
        scope = Scope(names, self.file_names, block, path, typing, set(block.inputs))
        body = Body({value.producer: (value,) for value in inputs}, "")
        steps, outputs = self._body(block.body, (*path, "body"), inputs, scope, body)
        if block.outputs is not None:
            outputs = tuple(value for output in block.outputs for value in body.read(output))
        expect = self.values.shape(block.expect, (*path, "expect"), names) if block.expect is not None else None
        self.context.chain.pop()
        graph = Graph(
            block=name,
            title="-".join(part.capitalize() for part in name.split("_")),
            path=path,
            inputs=inputs,
            outputs=outputs,
            output_names=tuple(block.outputs or (value.producer for value in outputs)),
            steps=steps,
            params=params,
            defaults=defaults,
            figure=block.figure or "",
            arxiv=self._arxiv,
            expect=Expectation(expect),
        )
        self.memo[memo_key] = graph, typing
        return graph, typing

    def _params(
        self, block: BlockSpec, path: DocPath, use: Use, names: Names, arguments: Mapping[str, Plain | Unknown]
    ) -> tuple[Names, dict[str, Plain], dict[str, Plain]]:
        """What names mean in a block: its parameters' values, and their defaults as the block declares them."""
        values, places = dict(names.values), dict(names.places)
        names = Names(values, places)
        params: dict[str, Plain] = {}
        defaults: dict[str, Plain] = {}
        for name, text in block.params.items():
            at: DocPath = (*path, "params", name)
            default: Plain | Unknown = UNKNOWN
            if text != "required":
                # Where the call gives the value, it is only asked what the default would be: sources print it.
                with self._silence(wanted=name in arguments):
                    default = self._param(text, at, names, block.params)
            if not isinstance(default, Unknown):
                defaults[name] = default
            value = arguments.get(name, default)
            values[name] = value if isinstance(value, Unknown) else trace(untraced(value), Name(name))
            if not isinstance(value, Unknown):
                params[name] = trace(untraced(value), Name(name))
            given = name in use.step.args
            places[name] = self.tree.span_at((*use.path, "args", name) if given else at)
        return names, params, defaults

    def _param(self, text: str, path: DocPath, names: Names, declared: Collection[str] = ()) -> Plain | Unknown:
        """The value of a parameter; a lone word that is no name is itself. `declared` are those beside it."""
        lone = is_lone_word(text) and text not in names.values
        if text == "required" or (lone and (UNREADABLE in names.values or text in declared)):
            return UNKNOWN
        words = (text,) if lone else ()
        try:
            return self.values.value(text, path, names, words)
        except Poison:
            return UNKNOWN

    # --- bodies and steps

    def build_body(
        self, steps: Sequence[StepSpec], path: DocPath, inputs: tuple[Value, ...], use: Use, body: Body
    ) -> Built:
        """The steps of a body inside a step, and what comes out of it."""
        return self._body(steps, path, inputs, use.scope, body)

    def _body(
        self, steps: Sequence[StepSpec], path: DocPath, inputs: tuple[Value, ...], scope: Scope, body: Body
    ) -> Built:
        built: list[Step] = []
        current = inputs
        self.depth += 1
        for index, (step, name) in enumerate(zip(steps, step_names(list(steps)), strict=True)):
            at: DocPath = (*path, index)
            inputs = current
            if step.from_ is not None:
                inputs = tuple(value for tensor in step.from_ for value in body.read(tensor))
            names = scope.names.having({**body.turn, "in": scope.width(inputs)})
            use = Use(step, at, self._step_name(step, name, at, scope, body), inputs, names, scope, body, steps)
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
        self.steps += steps
        self._expect_steps(0, path)

    def _expect_steps(self, more: int, path: DocPath) -> None:
        """Stop where there are, or with `more` will be, too many steps."""
        if self.steps + more <= MAX_STEPS and self.depth <= MAX_DEPTH:
            return
        what = f"has over {MAX_STEPS:_} steps" if self.depth <= MAX_DEPTH else f"is nested over {MAX_DEPTH} deep"
        hint = "repeat less often" if self.depth <= MAX_DEPTH else "let blocks call each other less deeply"
        self.values.error("spec-too-large", f"the network {what}", path, help=hint)
        raise _TooLarge

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
            expect = Expectation(self.values.shape(block.expect, ("blocks", use.step.op, "expect"), self.file_names))
        scope.typing.assume(expect, values)
        return (*steps, Layer(use.name, use.path, use.inputs, values, (), expect=expect)), values

    def _conditional(self, use: Use, condition: Plain) -> Built:
        name = f"{use.name}.then"
        inner: Step | None = None
        if condition:
            made, outputs = self._repeated(use, name)
            inner = _as_one(made, use, name)
        else:
            outputs = use.inputs
            with self.speculation(use), suppress(Poison):
                inner = _as_one(self._repeated(use, name)[0], use, name)
        named = tuple(Value(use.name, k) for k in range(len(outputs)))
        step = Conditional(use.name, use.path, use.inputs, named, condition, bool(condition), inner, named=use.named)
        use.scope.typing.end_conditional(step)
        return (step,), named

    @contextmanager
    def speculation(self, use: Use) -> Iterator[None]:
        """While it is open, what is built does not run: nothing is reported, nothing is counted."""
        counts, steps = dict(self.counts), self.steps
        try:
            with self._silence(wanted=True), use.scope.typing.speculation():
                yield
        finally:
            self.counts, self.steps = counts, steps

    @contextmanager
    def _silence(self, *, wanted: bool) -> Iterator[None]:
        sink = self.values.sink
        if wanted:
            self.values.sink = Diagnostics()
        try:
            yield
        finally:
            self.values.sink = sink

    def _repeated(self, use: Use, name: str) -> Built:
        expect = self._expectation(use)
        if use.step.repeat is None:
            steps, outputs = self._once(use, name, expect)
            use.scope.typing.assume(expect, outputs)
            return steps, outputs
        path: DocPath = (*use.path, "repeat")
        count = self.values.whole(use.step.repeat, path, use.names, least=0, most=MAX_REPEAT)
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
            made, current = self._once(replace(use, inputs=current, names=names), f"{name}.{turn}", NO_EXPECTATION)
            if is_unknown(current):
                return (*turns, *made), current
            one = _as_one(made, use, f"{name}.{turn}")
            if one is not None:
                turns.append(one)
                use.scope.typing.end_turn(one, name, turn)
        named = tuple(Value(name, k) for k in range(len(current)))
        step = Repeat(name, use.path, use.inputs, named, tuple(turns), count, named=use.named, expect=expect)
        use.scope.typing.end_repeat(step)
        use.scope.typing.assume(expect, named)
        return (step,), named

    def _once(self, use: Use, name: str, expect: Expectation) -> Built:
        if use.step.op in self.spec.blocks and use.step.op not in BY_KEYWORD:
            return self._call(use, name, expect)
        construct = BY_KEYWORD[use.step.op]
        if use.path in self.resolved.faulty:
            return self._unknown(use, self.merges.faulty(use, name, construct) if construct.bodies else ())
        step: Step
        if "branches" in construct.bodies:
            step = self.merges.merge(use, name, expect, construct)
        elif "body" in construct.bodies:
            return self.merges.residual(use, name, expect, construct)
        elif construct is Identity and not use.named and expect == NO_EXPECTATION:
            return (), use.inputs
        else:
            step = self.layers.layer(use, name, expect, construct)
        return (step,), step.outputs

    def _expectation(self, use: Use) -> Expectation:
        """What the author says of the step; nothing where that is wrong itself."""
        channels = None
        if use.step.in_ is not None:
            try:
                channels = self.values.whole(use.step.in_, (*use.path, "in"), use.names, least=1)
            except Poison:
                channels = None
        return Expectation(self._shape(use), channels)

    def _shape(self, use: Use) -> tuple[int, ...] | None:
        return None if use.step.expect is None else self.values.shape(use.step.expect, (*use.path, "expect"), use.names)

    # --- calls

    def _call(self, use: Use, name: str, expect: Expectation) -> Built:
        block_name = use.step.op
        block = self.spec.blocks[block_name]
        if block_name in self.resolved.endless:
            raise Poison
        if len(use.inputs) != len(block.inputs) and not is_unknown(use.inputs):
            wanted = f"{len(block.inputs)} tensor{'s' if len(block.inputs) > 1 else ''} ({', '.join(block.inputs)})"
            hint = "name them with `from: [a, b]`"
            message = f"`{block_name}` takes {wanted}, got {len(use.inputs)}"
            self.values.error("wrong-input-count", message, (*use.path, "op"), help=hint)
            raise Poison
        arguments = self._arguments(use, block)
        implicit: dict[str, Plain] = {}
        if block_name in self.resolved.counting:
            call = self.counts.get(block_name, 0)
            self.counts[block_name] = call + 1
            implicit = {"call": call, "calls": self.totals.get(block_name, 1)}
        types = use.scope.typing.known(use.inputs)
        graph, typing = self._block(use, arguments, implicit, types)
        known = {key: value for key, value in arguments.items() if not isinstance(value, Unknown)}
        outputs = tuple(Value(name, k) for k in range(len(graph.outputs)))
        step = Call(name, use.path, use.inputs, outputs, graph, known | implicit, use.named, expect)
        typed = typing.finish(graph)
        if typed is not None and types is not None:
            use.scope.typing.called(step, typed)
        else:
            use.scope.typing.complete = False
            use.scope.typing.assume(graph.expect, outputs)
            use.scope.typing.assume(expect, outputs)
        return (step,), outputs

    def _arguments(self, use: Use, block: BlockSpec) -> dict[str, Plain | Unknown]:
        """What a call gives to its block, as far as it is known."""
        arguments: dict[str, Plain | Unknown] = {}
        if use.path in self.resolved.open_calls:
            arguments = dict.fromkeys(block.params, UNKNOWN)
        for key, raw in use.step.args.items():
            if key in block.params:
                path: DocPath = (*use.path, "args", key)
                arguments[key] = self._param(raw, path, use.names) if isinstance(raw, str) else UNKNOWN
        return arguments


def _as_one(steps: Sequence[Step], use: Use, name: str) -> Step | None:
    """Steps as one step: a residual without a shortcut is the steps of its body."""
    if len(steps) <= 1:
        return steps[0] if steps else None
    return Series(name, use.path, steps[0].inputs, steps[-1].outputs, tuple(steps))
