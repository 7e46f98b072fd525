"""Elaboration: ModelSpec -> Graph. Blocks, repeats, conditions and expressions are resolved, structure is kept.

A block called twice with the same arguments and input types becomes one Graph. Types are followed along the
way, since `in` is a width, but nothing is said of those that do not fit: that is infer.py's.

Not here: which names exist (resolve.py), anything about torch (backends).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from pydantic import JsonValue, ValidationError

from .diagnostics import Diagnostics
from .expressions import (
    UNKNOWN,
    Environment,
    ExpressionError,
    Literal,
    Name,
    Plain,
    Unknown,
    UnknownValue,
    combine,
    evaluate,
    expr_of,
    is_flag,
    parse_expression,
    trace,
    untraced,
)
from .infer import Context, Typing
from .ir import Branch, Call, Conditional, Expectation, Graph, Layer, Merge, Node, Repeat, Step, Value
from .ops import BY_KEYWORD
from .ops.add import Add
from .ops.base import Construct, ConstructClass, Op
from .ops.dropout import DropPath
from .ops.fields import FieldValue, as_whole, shown
from .ops.identity import Identity
from .ops.scale import Scale
from .ops.split import Split
from .resolve import Resolved
from .shapes import TensorType
from .spec import BlockSpec, StepSpec, branch_names, step_names
from .syntax import DocPath, Scalar, SyntaxTree

MAX_REPEAT = 100_000
MAX_STEPS = 1_000_000
_SIZE = re.compile(r"[1-9]\d*(x[1-9]\d*)+")
_GIVEN = DocPath


class _Poison(Exception):
    """A value that cannot be known; the mistake behind it has been reported."""


def elaborate(resolved: Resolved, tree: SyntaxTree, sink: Diagnostics) -> tuple[Graph, tuple[TensorType, ...]] | None:
    """Build the network's graph, and the types of its inputs.

    Mistakes in values (not in shapes) go to `sink`. `calls` is a total over the whole network, so a network in
    which a block uses it is built again until the totals hold.
    """
    totals: dict[str, int] = {}
    for _ in range(4):
        attempt = Diagnostics()
        elaborator = _Elaborator(resolved, tree, attempt, totals)
        result = elaborator.network()
        if not resolved.counting or elaborator.counts == totals:
            break
        totals = elaborator.counts
    else:
        attempt.error("unstable-calls", "`calls` decides how many calls there are", None, help="use a parameter of the file")
    sink.extend(attempt)
    return result


@dataclass(eq=False)
class _Scope:
    """One graph while it is built: what names mean in it."""

    env: dict[str, Plain | Unknown]
    block: BlockSpec | None
    block_path: DocPath
    typing: Typing
    file_env: dict[str, Plain | Unknown]


@dataclass(eq=False)
class _Body:
    """One body while it is built: the names of tensors that can be read in it, and what its own are prefixed with."""

    tensors: dict[str, tuple[Value, ...]]
    prefix: str
    faulty: bool = False


@dataclass(frozen=True, eq=False)
class _Use:
    """One turn of one step: its name, input, and the names that expressions may use there."""

    step: StepSpec
    path: DocPath
    name: str
    inputs: tuple[Value, ...]
    env: Mapping[str, Plain | Unknown]
    scope: _Scope
    body: _Body
    alone: bool = False
    siblings: Sequence[StepSpec] = field(default_factory=tuple)


class _Elaborator:
    def __init__(self, resolved: Resolved, tree: SyntaxTree, sink: Diagnostics, totals: Mapping[str, int]) -> None:
        self.resolved, self.spec, self.tree, self.sink = resolved, resolved.spec, tree, sink
        self.totals = totals
        self.counts: dict[str, int] = {}
        self.steps = 0
        self.memo: dict[tuple[object, ...], tuple[Graph, Typing]] = {}
        self.context = Context(Diagnostics(), tree)
        self.file_env: dict[str, Plain | Unknown] = {}

    def network(self) -> tuple[Graph, tuple[TensorType, ...]] | None:
        shadowed = {name for block in self.spec.blocks.values() for name in block.params}
        for name, text in self.spec.params.items():
            symbol = f"network_{name}" if name in shadowed else name
            self.file_env[name] = self._param(name, symbol, text, ("params", name), self.file_env)
        types = self._input_types()
        if types is None:
            return None
        inputs = tuple(Value(name) for name in self.spec.inputs)
        typing = Typing(self.context)
        typing.bind(inputs, types)
        scope = _Scope(dict(self.file_env), None, (), typing, self.file_env)
        body = _Body({value.producer: (value,) for value in inputs}, "")
        steps, outputs = self._body(self.spec.network, ("network",), inputs, scope, body)
        arxiv = self.spec.paper.arxiv if self.spec.paper else None
        graph = Graph(
            block="",
            title=self.spec.name,
            path=(),
            inputs=inputs,
            outputs=outputs,
            output_names=tuple(value.producer for value in outputs),
            steps=steps,
            params={name: value for name, value in self.file_env.items() if not isinstance(value, Unknown)},
            defaults={name: untraced(value) for name, value in self.file_env.items() if not isinstance(value, Unknown)},
            arxiv=arxiv or "",
        )
        return graph, types

    def _input_types(self) -> tuple[TensorType, ...] | None:
        types = []
        for name, shape in self.spec.inputs.items():
            path: DocPath = ("input",) if isinstance(self.spec.input, list) else ("input", name)
            if not 1 <= len(shape) <= 4:
                self.sink.error(
                    "invalid-input",
                    f"an input has 1 to 4 axes without the batch, got {len(shape)}",
                    self.tree.span_at(path),
                    help="`[C, L]`, `[C, H, W]` or `[C, T, H, W]`",
                )
                continue
            try:
                numbers = [self._whole(text, (*path, k), self.file_env, least=1) for k, text in enumerate(shape)]
            except _Poison:
                continue
            types.append(TensorType(tuple(numbers)))
        return tuple(types) if len(types) == len(self.spec.inputs) else None

    # --- bodies and steps

    def _body(
        self, steps: Sequence[StepSpec], path: DocPath, inputs: tuple[Value, ...], scope: _Scope, body: _Body
    ) -> tuple[tuple[Step, ...], tuple[Value, ...]]:
        built: list[Step] = []
        current = inputs
        for index, (step, name) in enumerate(zip(steps, step_names(list(steps)), strict=True)):
            use = _Use(step, (*path, index), name, current, {}, scope, body, len(steps) == 1, steps)
            made, current = self._step(use)
            built += made
            body.tensors[name] = current
            if step.op in self.spec.blocks and len(current) > 1:
                outputs = self.spec.blocks[step.op].outputs or []
                body.tensors |= {f"{name}.{out}": (value,) for out, value in zip(outputs, current, strict=False)}
        return tuple(built), current

    def _step(self, use: _Use) -> tuple[list[Step], tuple[Value, ...]]:
        """A step with all that every step takes; nothing where its condition is false for good."""
        step, scope = use.step, use.scope
        inputs = self._from(use)
        use = replace(use, inputs=inputs, name=use.body.prefix + use.name, env=self._step_env(scope, inputs))
        self.steps += 1
        if self.steps > MAX_STEPS:
            self._error("spec-too-large", f"the network has over {MAX_STEPS:,} steps", use.path, help="repeat less often")
            raise _Poison
        known = step.op in BY_KEYWORD or step.op in self.spec.blocks
        if not known or use.path in self.resolved.faulty or step.op in self.resolved.doubtful:
            return [], self._unknown(use)
        try:
            condition = self._condition(step.when, (*use.path, "when"), use.env) if step.when else True
            if isinstance(expr_of(condition), Literal):
                return self._repeated(use, use.name) if condition else ([], inputs)
            return self._conditional(use, condition)
        except _Poison:
            return [], self._unknown(use)

    def _conditional(self, use: _Use, condition: Plain) -> tuple[list[Step], tuple[Value, ...]]:
        inner: Step | None = None
        if condition:
            made, outputs = self._repeated(use, f"{use.name}.then")
            inner = made[0] if made else None
        else:
            with self._speculation():
                try:
                    made, outputs = self._repeated(use, f"{use.name}.then")
                    inner = made[0] if made else None
                except _Poison:
                    inner = None
            outputs = use.inputs
        named = tuple(Value(use.name, k) for k in range(len(outputs)))
        step = Conditional(
            use.name, use.path, use.inputs, named, condition, bool(condition), inner, named=use.step.name is not None
        )
        use.scope.typing.end_conditional(step)
        return [step], named

    @contextmanager
    def _speculation(self) -> Iterator[None]:
        """Build something that does not run: nothing is reported, nothing is counted."""
        sink, counts, steps = self.sink, dict(self.counts), self.steps
        self.sink = Diagnostics()
        try:
            yield
        finally:
            self.sink, self.counts, self.steps = sink, counts, steps

    def _repeated(self, use: _Use, name: str) -> tuple[list[Step], tuple[Value, ...]]:
        expect = self._expectation(use)
        if use.step.repeat is None:
            return self._once(use, name, expect)
        count = self._whole(use.step.repeat, (*use.path, "repeat"), use.env, least=0, most=MAX_REPEAT)
        turns: list[Step] = []
        current = use.inputs
        for turn in range(count):
            env = self._step_env(use.scope, current) | {"i": trace(turn, Name("i"))}
            made, current = self._once(replace(use, inputs=current, env=env), f"{name}.{turn}", Expectation())
            turns += made
            if made:
                use.scope.typing.end_turn(made[0], turn)
        named = tuple(Value(name, k) for k in range(len(current)))
        use.scope.typing.alias(named, current, use.path)
        step = Repeat(
            name, use.path, use.inputs, named, tuple(turns), count, named=use.step.name is not None, expect=expect
        )
        return [step], named

    def _once(self, use: _Use, name: str, expect: Expectation) -> tuple[list[Step], tuple[Value, ...]]:
        step: Step
        if use.step.op in self.spec.blocks:
            step = self._call(use, name, expect)
        else:
            construct = BY_KEYWORD[use.step.op]
            if "branches" in construct.bodies:
                step = self._merge(use, name, expect, construct)
            elif "body" in construct.bodies:
                return self._residual(use, name, expect, construct)
            elif construct is Identity and use.step.name is None:
                return [], use.inputs
            else:
                step = self._layer(use, name, expect, construct)
        return [step], step.outputs

    # --- the kinds of steps

    def _layer(self, use: _Use, name: str, expect: Expectation, construct: ConstructClass) -> Layer:
        ops = self._ops(use, construct)
        nodes = self._series(use, name, ops, use.inputs)
        return Layer(name, use.path, use.inputs, nodes[-1].outputs, nodes, use.step.name is not None, expect)

    def _series(
        self, use: _Use, name: str, ops: Sequence[tuple[Op, DocPath, DocPath]], inputs: tuple[Value, ...]
    ) -> tuple[Node, ...]:
        """Nodes one after the other; the last one's output has the step's name."""
        nodes: list[Node] = []
        for index, (op, path, fields_path) in enumerate(ops):
            last = index == len(ops) - 1
            count = op.output_count
            label = name if last else f"{name}.{op.keyword}"
            node = Node(op, inputs, tuple(Value(label, k) for k in range(count)), path, fields_path)
            use.scope.typing.node(node)
            nodes.append(node)
            inputs = node.outputs
        return tuple(nodes)

    def _merge(self, use: _Use, name: str, expect: Expectation, construct: ConstructClass) -> Merge:
        (op, path, fields_path), *after = self._ops(use, construct)
        specs = use.step.branches or []
        split, slices = self._split(use, name, op, len(specs))
        branches = []
        names = branch_names(use.step, use.step.name or name.removeprefix(use.body.prefix), list(use.siblings))
        if use.step.repeat is not None:  # each turn has branches of its own
            names = [f"{name}_{branch}" for branch in names]
        for index, (spec, branch_name) in enumerate(zip(specs, names, strict=True)):
            inputs = use.inputs if split is None else (slices[index],)
            branch_path = (*use.path, "branches", index)
            if spec.tensor is not None:
                outputs = self._tensor(spec.tensor, use.body)
                steps: tuple[Step, ...] = ()
            else:
                inner = _Body(dict(use.body.tensors), f"{use.body.prefix}{branch_name}_")
                steps, outputs = self._body(spec.body or [], (*branch_path, "body"), inputs, use.scope, inner)
            branch = Branch(use.body.prefix + branch_name, branch_path, inputs, outputs, steps, spec.name is not None)
            branches.append(branch)
            use.body.tensors[branch_name] = outputs
        joined = tuple(value for branch in branches for value in branch.outputs)
        nodes = self._series(use, name, [(op, path, fields_path), *after], joined)
        return Merge(
            name,
            use.path,
            use.inputs,
            nodes[-1].outputs,
            tuple(branches),
            nodes,
            split,
            named=use.step.name is not None,
            expect=expect,
        )

    def _split(self, use: _Use, name: str, op: Op, count: int) -> tuple[Node | None, tuple[Value, ...]]:
        wanted = getattr(op, "split", None)
        if wanted is None:
            return None, ()
        path = (*use.path, "args", "split")
        sizes = wanted if len(wanted) > 1 or isinstance(wanted[0], str) else int(wanted[0])
        pieces = sizes if isinstance(sizes, int) else len(sizes)
        if pieces != count:
            self._error("split-mismatch", f"`split` gives {pieces} slices to {count} branches", path, help="give each branch one")
            raise _Poison
        values = tuple(Value(f"{name}.split", k) for k in range(count))
        node = Node(Split(sizes=wanted), use.inputs, values, use.path, path)
        use.scope.typing.node(node)
        return node, values

    def _residual(
        self, use: _Use, name: str, expect: Expectation, construct: ConstructClass
    ) -> tuple[list[Step], tuple[Value, ...]]:
        """act(shortcut + drop_path(scale * body)); without a shortcut, act(body)."""
        fields, given = self._fields(use, construct)
        self._checked(construct, fields, given, use.path)
        follow = self._followers(use, construct)
        prefix = use.body.prefix if use.alone and use.step.name is None else f"{name}_"
        has_shortcut = self._has_shortcut(use)
        body_path: DocPath = (*use.path, "body")
        inner = _Body(dict(use.body.tensors), prefix)
        if isinstance(expr_of(has_shortcut), Literal):
            shortcut = self._shortcut(use, prefix) if has_shortcut else None
            steps, outputs = self._body(use.step.body or [], body_path, use.inputs, use.scope, inner)
            if shortcut is not None:
                body = Branch(f"{prefix}body", body_path, use.inputs, outputs, steps)
                merge = self._sum(use, name, expect, fields, (shortcut, body), follow)
                return [merge], merge.outputs
        else:
            steps, outputs = self._body(use.step.body or [], body_path, use.inputs, use.scope, inner)
            joined = self._conditional_sum(use, name, fields, has_shortcut, prefix, outputs)
            steps, outputs = (*steps, joined), joined.outputs
        if not follow:
            return list(steps), outputs
        after = self._series(use, f"{prefix}act", follow, outputs)
        layer = Layer(f"{prefix}act", use.path, outputs, after[-1].outputs, after, expect=expect)
        return [*steps, layer], layer.outputs

    def _conditional_sum(
        self,
        use: _Use,
        name: str,
        fields: Mapping[str, FieldValue],
        has_shortcut: Plain,
        prefix: str,
        outputs: tuple[Value, ...],
    ) -> Conditional:
        """The sum with the shortcut, where the block's parameters decide whether there is one."""
        path: DocPath = (*use.path, "shortcut")
        shortcut = Branch(f"{prefix}shortcut", path, use.inputs, use.inputs, ())
        body = Branch(f"{prefix}body", (*use.path, "body"), outputs, outputs, ())
        joined = replace(use, inputs=outputs)
        if has_shortcut:
            merge = self._sum(joined, f"{name}.then", Expectation(), fields, (shortcut, body), [])
        else:
            with self._speculation(), use.scope.typing.speculation():
                merge = self._sum(joined, f"{name}.then", Expectation(), fields, (shortcut, body), [])
        named = (Value(name),)
        step = Conditional(name, use.path, outputs, named, has_shortcut, bool(has_shortcut), merge)
        use.scope.typing.alias(named, outputs, use.path)
        return step

    def _sum(
        self,
        use: _Use,
        name: str,
        expect: Expectation,
        fields: Mapping[str, FieldValue],
        branches: tuple[Branch, Branch],
        follow: Sequence[tuple[Op, DocPath, DocPath]],
    ) -> Merge:
        """shortcut + drop_path(scale * body), then the activation."""
        shortcut, body = branches
        scaling: list[tuple[Op, DocPath]] = []
        if not _is(fields.get("scale", 1), 1):
            scaling.append((Scale.model_validate({"factor": fields["scale"]}), (*use.path, "args", "scale")))
        if not _is(fields.get("drop_path", 0), 0):
            scaling.append((DropPath.model_validate({"p": fields["drop_path"]}), (*use.path, "args", "drop_path")))
        outputs, steps = body.outputs, list(body.steps)
        for op, path in scaling:
            label = f"{body.name.removesuffix('body')}{op.keyword}"
            node = Node(op, outputs, (Value(label),), path, (*use.path, "args"))
            use.scope.typing.node(node)
            steps.append(Layer(label, use.path, outputs, node.outputs, (node,)))
            outputs = node.outputs
        body = replace(body, outputs=outputs, steps=tuple(steps))
        nodes = self._series(
            use, name, [(Add.model_validate({}), use.path, (*use.path, "args")), *follow], (*shortcut.outputs, *outputs)
        )
        return Merge(
            name,
            use.path,
            use.inputs,
            nodes[-1].outputs,
            (shortcut, body),
            nodes,
            kind="residual",
            named=use.step.name is not None,
            expect=expect,
        )

    def _has_shortcut(self, use: _Use) -> Plain:
        """Whether there is a shortcut; traced where parameters decide."""
        wanted, path = use.step.shortcut, (*use.path, "shortcut")
        if not isinstance(wanted, str):
            return True
        value = self._value(wanted, path, use.env, ("identity", "none"))
        if value not in ("identity", "none"):
            self._error("invalid-value", f"`shortcut` wants steps, `identity` or `none`, got {shown(value)}", path)
            raise _Poison
        return trace(value == "identity", combine("==", expr_of(value), Literal("identity")))

    def _shortcut(self, use: _Use, prefix: str) -> Branch:
        name, path = f"{prefix}shortcut", (*use.path, "shortcut")
        if isinstance(use.step.shortcut, str):
            return Branch(name, path, use.inputs, use.inputs, ())
        body = _Body(dict(use.body.tensors), f"{name}_")
        steps, outputs = self._body(use.step.shortcut or [], path, use.inputs, use.scope, body)
        return Branch(name, path, use.inputs, outputs, steps)

    def _call(self, use: _Use, name: str, expect: Expectation) -> Call:
        block_name = use.step.op
        block = self.spec.blocks[block_name]
        if len(use.inputs) != len(block.inputs):
            self._error(
                "wrong-input-count",
                f"`{block_name}` takes {len(block.inputs)} tensors ({', '.join(block.inputs)}), got {len(use.inputs)}",
                (*use.path, "op"),
                help="name them with `from: [a, b]`",
            )
            raise _Poison
        arguments: dict[str, Plain] = {}
        for key, raw in use.step.args.items():
            if key in block.params:
                arguments[key] = _plain(self._field(raw, (*use.path, "args", key), use.env, (), sizes=False))
        implicit: dict[str, Plain] = {}
        if block_name in self.resolved.counting:
            call = self.counts.get(block_name, 0)
            self.counts[block_name] = call + 1
            implicit = {"call": call, "calls": self.totals.get(block_name, 1)}
        types = use.scope.typing.known(use.inputs)
        graph, typing = self._block(block_name, arguments, implicit, types)
        step = Call(
            name,
            use.path,
            use.inputs,
            tuple(Value(name, k) for k in range(len(graph.outputs))),
            graph,
            arguments | implicit,
            use.step.name is not None,
            expect,
        )
        typed = typing.finish(graph)
        if typed is not None and types is not None:
            use.scope.typing.called(step, typed)
        return step

    def _block(
        self, name: str, arguments: dict[str, Plain], implicit: dict[str, Plain], types: tuple[TensorType, ...] | None
    ) -> tuple[Graph, Typing]:
        bare = tuple((key, type(untraced(value)), untraced(value)) for key, value in arguments.items())
        key = (name, bare, tuple(implicit.items()), types)
        if types is not None and key in self.memo:
            return self.memo[key]
        block, path = self.spec.blocks[name], ("blocks", name)
        inputs = tuple(Value(input_name) for input_name in block.inputs)
        self.context.chain.append((name, path))
        typing = Typing(self.context)
        if types is not None:
            typing.bind(inputs, types)
        env: dict[str, Plain | Unknown] = {
            **self.file_env,
            **{key: trace(value, Name(key)) for key, value in implicit.items()},
            "in": typing.types[inputs[0]].channels if types is not None else UNKNOWN,
        }
        params: dict[str, Plain] = {}
        defaults: dict[str, Plain] = {}
        for param, text in block.params.items():
            at = (*path, "params", param)
            if param in arguments:
                if text != "required":
                    with self._speculation():  # what it would be; sources print it as the default
                        self._param(param, param, text, at, env, defaults)
                env[param] = trace(untraced(arguments[param]), Name(param))
            else:
                env[param] = self._param(param, param, text, at, env, defaults)
            value = env[param]
            if not isinstance(value, Unknown):
                params[param] = value
        scope = _Scope(env, block, path, typing, self.file_env)
        body = _Body({value.producer: (value,) for value in inputs}, "")
        steps, outputs = self._body(block.body, (*path, "body"), inputs, scope, body)
        if block.outputs is not None:
            outputs = tuple(value for output in block.outputs for value in self._tensor(output, body))
        expect = Expectation(self._expected(block.expect, (*path, "expect"), env))
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
            arxiv=(self.spec.paper.arxiv if self.spec.paper else None) or "",
            expect=expect,
        )
        self.memo[key] = graph, typing
        return graph, typing

    # --- what every step takes

    def _step_env(self, scope: _Scope, inputs: tuple[Value, ...]) -> dict[str, Plain | Unknown]:
        types = scope.typing.known(inputs[:1])
        return {**scope.env, "in": types[0].channels if types else UNKNOWN}

    def _from(self, use: _Use) -> tuple[Value, ...]:
        if use.step.from_ is None:
            return use.inputs
        return tuple(value for name in use.step.from_ for value in self._tensor(name, use.body))

    def _tensor(self, name: str, body: _Body) -> tuple[Value, ...]:
        """The values of a name; resolve.py has reported those that do not exist."""
        return body.tensors.get(name, (Value(f"?{name}"),))

    def _unknown(self, use: _Use) -> tuple[Value, ...]:
        """Outputs of which nothing is known: what depends on them is passed over."""
        count = 1
        if use.step.op in self.spec.blocks:
            count = len(self.spec.blocks[use.step.op].outputs or (None,))
        use.scope.typing.complete = False
        return tuple(Value(f"?{use.name}", k) for k in range(count))

    def _expectation(self, use: _Use) -> Expectation:
        output = self._expected(use.step.expect, (*use.path, "expect"), use.env)
        channels = None
        if use.step.in_ is not None:
            channels = self._whole(use.step.in_, (*use.path, "in"), use.env, least=1)
        return Expectation(output, channels)

    def _expected(self, shape: list[str] | None, path: DocPath, env: Environment) -> tuple[int, ...] | None:
        if shape is None:
            return None
        try:
            return tuple(int(self._whole(text, (*path, k), env, least=1)) for k, text in enumerate(shape))
        except _Poison:
            return None

    # --- ops and their fields

    def _ops(self, use: _Use, construct: ConstructClass) -> list[tuple[Op, DocPath, DocPath]]:
        """The op of a step and those that follow it, each with its place and the place of its fields."""
        fields, given = self._fields(use, construct)
        follow = self._followers(use, construct)
        if "bias" in construct.model_fields and "bias" not in fields and "norm" in construct.followers:
            fields["bias"] = not any(op.family == "norm" for op, _, _ in follow)
        op = self._make(construct, fields, given, use.path)
        return [(op, use.path, (*use.path, "args")), *follow]

    def _fields(self, use: _Use, construct: ConstructClass) -> tuple[dict[str, FieldValue], dict[str, DocPath]]:
        """An op's own fields from the step, the block's defaults and the file's: the nearest wins."""
        values: dict[str, FieldValue] = {}
        places: dict[str, DocPath] = {}
        for raw, path, env in self._sources(use, construct.keyword, use.step.args):
            for name, text in raw.items():
                if name in construct.model_fields and name not in values:
                    kind = construct.field_kind(name)
                    values[name] = self._field(text, (*path, name), env, kind.words, sizes=kind.sizes)
                    places[name] = (*path, name)
        return values, places

    def _sources(
        self, use: _Use, keyword: str, own: Mapping[str, JsonValue], own_path: DocPath | None = None
    ) -> Iterator[tuple[Mapping[str, JsonValue], DocPath, Environment]]:
        scope = use.scope
        yield own, own_path or (*use.path, "args"), use.env
        if scope.block is not None and keyword in scope.block.defaults:
            yield scope.block.defaults[keyword], (*scope.block_path, "defaults", keyword), use.env
        if keyword in self.spec.defaults:
            env = {**scope.file_env, "in": use.env["in"]}
            yield self.spec.defaults[keyword], ("defaults", keyword), env

    def _followers(self, use: _Use, construct: ConstructClass) -> list[tuple[Op, DocPath, DocPath]]:
        follow = []
        for role in construct.followers:
            for raw, path, env in self._sources(use, construct.keyword, use.step.args):
                if role in raw:
                    made = self._follower(use, raw[role], role, (*path, role), env)
                    follow += [made] if made else []
                    break
        return follow

    def _follower(
        self, use: _Use, raw: JsonValue, role: str, path: DocPath, env: Environment
    ) -> tuple[Op, DocPath, DocPath] | None:
        """The norm or activation that a field names, with its own fields and defaults."""
        own: Mapping[str, JsonValue] = {}
        if isinstance(raw, dict) and len(raw) == 1:
            keyword, inner = next(iter(raw.items()))
            own = inner if isinstance(inner, dict) else {}
        else:
            words = tuple(word for word, op in BY_KEYWORD.items() if getattr(op, "family", "") == role)
            keyword = str(self._field(raw, path, env, (*words, "none"), sizes=False))
        if keyword == "none":
            return None
        construct = BY_KEYWORD.get(keyword)
        if construct is None or getattr(construct, "family", "") != role:
            raise _Poison  # resolve.py has reported it
        values: dict[str, FieldValue] = {}
        places: dict[str, DocPath] = {}
        for source, source_path, source_env in self._sources(use, keyword, own, (*path, keyword)):
            for name, text in source.items():
                if name in construct.model_fields and name not in values:
                    kind = construct.field_kind(name)
                    values[name] = self._field(text, (*source_path, name), source_env, kind.words, sizes=kind.sizes)
                    places[name] = (*source_path, name)
        return self._make(construct, values, places, path), path, (*path, keyword)

    def _make(
        self, construct: ConstructClass, fields: Mapping[str, FieldValue], places: Mapping[str, DocPath], path: DocPath
    ) -> Op:
        op = self._checked(construct, fields, places, path)
        assert isinstance(op, Op)
        return op

    def _checked(
        self, construct: ConstructClass, fields: Mapping[str, FieldValue], places: Mapping[str, DocPath], path: DocPath
    ) -> Construct:
        """The construct with its fields; a value that a field does not take is reported."""
        try:
            return construct.model_validate(dict(fields))
        except ValidationError as error:
            for detail in error.errors(include_url=False):
                name = str(detail["loc"][0]) if detail["loc"] else ""
                message = detail["msg"].removeprefix("Value error, ")
                what = f"`{name}` {message}" if name else message
                self._error("invalid-value", what, places.get(name, path))
            raise _Poison from None

    # --- values

    def _param(
        self,
        name: str,
        symbol: str,
        text: str,
        path: DocPath,
        env: Environment,
        defaults: dict[str, Plain] | None = None,
    ) -> Plain | Unknown:
        """The value of a parameter from its default; a lone word that is no name is itself."""
        if text == "required":
            return UNKNOWN
        try:
            words = (text,) if re.fullmatch(r"[A-Za-z_]\w*", text) and text not in env else ()
            value = self._value(text, path, env, words)
        except _Poison:
            return UNKNOWN
        if defaults is not None:
            defaults[name] = value
        return trace(untraced(value), Name(symbol))

    def _field(
        self, raw: JsonValue, path: DocPath, env: Environment, words: tuple[str, ...], *, sizes: bool
    ) -> FieldValue:
        """What a field is given: a value, or values in a list or mapping."""
        if isinstance(raw, list):
            return tuple(self._field(item, (*path, k), env, words, sizes=False) for k, item in enumerate(raw))
        if isinstance(raw, dict):
            return {key: self._field(item, (*path, key), env, words, sizes=False) for key, item in raw.items()}
        text = str(raw)
        if sizes and _SIZE.fullmatch(text):
            return tuple(int(number) for number in text.split("x"))
        return self._value(text, path, env, words)

    def _value(self, text: str, path: DocPath, env: Environment, words: tuple[str, ...] = ()) -> Plain:
        """The value of an expression.

        Raises:
            _Poison: it has none; why has been reported.
        """
        if text in words:
            return text
        try:
            return evaluate(parse_expression(text), {**env, **{word: word for word in words}})
        except UnknownValue:
            raise _Poison from None
        except ExpressionError as error:
            if error.code != "unknown-name":  # resolve.py has reported those, with the names that exist
                node = self.tree.node_at(path)
                at = node.part(*error.at) if isinstance(node, Scalar) else node.span
                self.sink.error(error.code, error.message, at, help=error.help)
            raise _Poison from None

    def _whole(self, text: str, path: DocPath, env: Environment, *, least: int, most: int | None = None) -> int:
        value = self._value(text, path, env)
        whole = as_whole(value)
        if whole is None or whole < least or (most is not None and whole > most):
            bounds = f"of at least {least}" if most is None else f"from {least} to {most:,}"
            name = path[-1] if isinstance(path[-1], str) else path[-2]
            self._error("invalid-value", f"`{name}` wants a whole number {bounds}, got {shown(value)}", path)
            raise _Poison
        return whole

    def _condition(self, text: str, path: DocPath, env: Environment) -> Plain:
        value = self._value(text, path, env)
        if not is_flag(value):
            self._error("invalid-value", f"`{path[-1]}` wants a condition, got {shown(value)}", path, help="compare it: `!= 0`")
            raise _Poison
        return value

    def _error(self, code: str, message: str, path: DocPath, *, help: str | None = None) -> None:
        self.sink.error(code, message, self.tree.span_at(path), help=help)


def _plain(value: FieldValue) -> Plain:
    assert not isinstance(value, tuple | Mapping)
    return value


def _is(value: FieldValue, number: int) -> bool:
    """Whether a field has this value whatever the parameters are."""
    return isinstance(value, int | float) and expr_of(value) == Literal(value) and value == number
