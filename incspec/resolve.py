"""Name resolution: ModelSpec -> Resolved. Every name in every block means something, used or not.

Checks the fields of ops, the arguments of blocks, the names in expressions and the names of tensors, and finds
blocks that call themselves. It needs no value, so it sees all mistakes, also behind a condition.

Not here: the values themselves (elaborate.py), shapes (infer.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

from pydantic import JsonValue

from .diagnostics import Diagnostics, did_you_mean
from .expressions import FUNCTIONS, ExpressionError, names_in, parse_expression
from .ops import BY_KEYWORD
from .ops.base import ConstructClass
from .spec import RESERVED, STEP_FIELDS, UNREADABLE, BlockSpec, ModelSpec, StepSpec, branch_names, step_names
from .syntax import DocPath, Scalar, SyntaxTree

_SIZE = re.compile(r"\d+(x\d+)*")
_WORD = re.compile(r"[A-Za-z_]\w*")


@dataclass(frozen=True, slots=True, eq=False)
class Resolved:
    """A spec whose names were checked.

    `faulty` are the paths of the steps in which something is wrong: nothing is concluded from them. `counting`
    are the blocks in which `call` or `calls` is used, by themselves or by a block that they call.
    """

    spec: ModelSpec
    faulty: frozenset[DocPath]
    counting: frozenset[str]
    # The ops whose `defaults` are wrong: nothing is concluded from their steps either.
    doubtful: frozenset[str]


def resolve(spec: ModelSpec, tree: SyntaxTree, sink: Diagnostics) -> Resolved | None:
    """Check every name. Mistakes go to `sink`; None where blocks call themselves, so nothing can be built."""
    resolver = _Resolver(spec, tree, sink)
    resolver.run()
    if not resolver.acyclic():
        return None
    return Resolved(spec, frozenset(resolver.faulty), resolver.counting(), frozenset(resolver.doubtful))


class _Resolver:
    def __init__(self, spec: ModelSpec, tree: SyntaxTree, sink: Diagnostics) -> None:
        self.spec, self.tree, self.sink = spec, tree, sink
        self.faulty: set[DocPath] = set()
        self.step: DocPath | None = None
        self.calls: dict[str, set[str]] = {name: set() for name in spec.blocks}
        self.uses_count: set[str] = set()
        self.block: str = ""
        self.doubtful: set[str] = set()

    def run(self) -> None:
        spec = self.spec
        self._params(spec.params, ("params",), ())
        for name in (*spec.blocks, *spec.inputs):
            if name in RESERVED or name in BY_KEYWORD:
                path: DocPath = ("blocks", name) if name in spec.blocks else ("input", name)
                self._error("reserved-name", f"`{name}` has a meaning of its own", path, key=True, help="choose another name")
        self._defaults(spec.defaults, ("defaults",), tuple(spec.params))
        for name, shape in spec.inputs.items():
            path = ("input",) if isinstance(spec.input, list) else ("input", name)
            for index, text in enumerate(shape):
                self._expression(text, (*path, index), tuple(spec.params))
        for name, block in spec.blocks.items():
            self._block(name, block)
        self.block = ""
        inputs = dict.fromkeys(spec.inputs, 1)
        self._body(spec.network, ("network",), (*spec.params, "in"), inputs)

    def acyclic(self) -> bool:
        """Whether no block leads back to itself."""
        try:
            TopologicalSorter(self.calls).prepare()
        except CycleError as error:
            cycle: list[str] = error.args[1][::-1]
            at = self.tree.span_at(("blocks", cycle[0]), key=True)
            chain = " -> ".join(f"`{name}`" for name in cycle)
            self.sink.error(
                "recursive-block", f"the block `{cycle[0]}` calls itself: {chain}", at, help="use `repeat` for what comes several times"
            )
            return False
        return True

    def counting(self) -> frozenset[str]:
        """The blocks that depend on how often they are called."""
        found: set[str] = set()
        for name in TopologicalSorter(self.calls).static_order():
            if name in self.uses_count or self.calls.get(name, set()) & found:
                found.add(name)
        return frozenset(found)

    # --- blocks and bodies

    def _block(self, name: str, block: BlockSpec) -> None:
        self.block = name
        path: DocPath = ("blocks", name)
        scope = (*self.spec.params, "in", "call", "calls")
        self._params(block.params, (*path, "params"), scope)
        scope = (*scope, *block.params)
        self._defaults(block.defaults, (*path, "defaults"), scope)
        tensors = self._body(block.body, (*path, "body"), scope, dict.fromkeys(block.inputs, 1))
        for index, output in enumerate(block.outputs or ()):
            self._tensor(output, (*path, "outputs", index), tensors)
        for index, text in enumerate(block.expect or ()):
            self._expression(text, (*path, "expect", index), scope)

    def _body(
        self, steps: list[StepSpec], path: DocPath, scope: tuple[str, ...], outer: Mapping[str, int]
    ) -> dict[str, int]:
        """Check a body; the names of tensors that can be read after it, with the number of their tensors."""
        tensors = dict(outer)
        names = step_names(steps)
        given: set[str] = set()
        for index, (step, name) in enumerate(zip(steps, names, strict=True)):
            at: DocPath = (*path, index)
            before, self.step = self.step, at
            self._step(step, at, scope, tensors, name, steps)
            if step.name is not None:
                if step.name in given or step.name in RESERVED:
                    what = "is the name of another step" if step.name in given else "has a meaning of its own"
                    self._error("duplicate-name" if step.name in given else "reserved-name", f"`{name}` {what}", (*at, "name"), help="choose another name")
                given.add(step.name)
            tensors[name] = 1
            if step.op in self.spec.blocks:
                tensors |= {f"{name}.{output}": 1 for output in self.spec.blocks[step.op].outputs or ()}
            if step.branches is not None:
                tensors |= dict.fromkeys(branch_names(step, name, steps), 1)
            self.step = before
        return tensors

    def _step(
        self, step: StepSpec, path: DocPath, scope: tuple[str, ...], tensors: Mapping[str, int], name: str, body: list[StepSpec]
    ) -> None:
        if step.op == UNREADABLE:
            self.faulty.add(path)
            return
        for index, tensor in enumerate(step.from_ or ()):
            self._tensor(tensor, (*path, "from", index), tensors)
        for text, key in ((step.repeat, "repeat"), (step.when, "when"), (step.in_, "in")):
            if text is not None:
                self._expression(text, (*path, key), scope)
        for index, text in enumerate(step.expect or ()):
            self._expression(text, (*path, "expect", index), scope)
        inner = (*scope, "i") if step.repeat is not None else scope
        if step.op in self.spec.blocks:
            self._arguments(step, path, inner)
            return
        construct = BY_KEYWORD[step.op]
        self._fields(construct, step.args, (*path, "args"), inner)
        self._required(construct, step, path)
        self._bodies(step, path, inner, tensors)

    def _bodies(self, step: StepSpec, path: DocPath, scope: tuple[str, ...], tensors: Mapping[str, int]) -> None:
        for index, branch in enumerate(step.branches or ()):
            at = (*path, "branches", index)
            if branch.tensor is not None:
                self._tensor(branch.tensor, (*at, "tensor"), tensors)
            else:
                self._body(branch.body or [], (*at, "body"), scope, tensors)
        if step.body is not None:
            self._body(step.body, (*path, "body"), scope, tensors)
        if isinstance(step.shortcut, list):
            self._body(step.shortcut, (*path, "shortcut"), scope, tensors)
        elif step.shortcut not in ("identity", "none") and step.shortcut is not None:
            self._expression(step.shortcut, (*path, "shortcut"), scope, ("identity", "none"))

    # --- fields and arguments

    def _fields(self, construct: ConstructClass, args: Mapping[str, JsonValue], path: DocPath, scope: tuple[str, ...]) -> None:
        for key, value in args.items():
            at = (*path, key)
            if key in construct.model_fields:
                self._values(value, at, scope, construct.field_kind(key).words, sizes=construct.field_kind(key).sizes)
            elif key in construct.followers:
                self._follower(key, value, at, scope)
            else:
                self._error(
                    "unknown-field",
                    f"`{construct.keyword}` has no field `{key}`",
                    at,
                    key=True,
                    help=did_you_mean(key, (*construct.field_names(), *STEP_FIELDS)),
                )

    def _follower(self, role: str, value: JsonValue, path: DocPath, scope: tuple[str, ...]) -> None:
        words = [keyword for keyword, op in BY_KEYWORD.items() if getattr(op, "family", "") == role]
        if isinstance(value, dict) and len(value) == 1:
            keyword, own = next(iter(value.items()))
            if keyword not in words:
                self._no_such_op(keyword, role, words, (*path, keyword), key=True)
            elif not isinstance(own, dict):
                self._error("wrong-type", f"`{keyword}` wants its fields here", (*path, keyword), help=f"`{{{keyword}: {{field: value}}}}`")
            else:
                self._fields(BY_KEYWORD[keyword], own, (*path, keyword), scope)
        elif not isinstance(value, str):
            self._error("wrong-type", f"`{role}` wants an op, or `{{op: fields}}`", path, help="one of " + ", ".join(f"`{w}`" for w in words))
        elif value not in (*words, "none"):
            if _WORD.fullmatch(value) and value not in scope:
                self._no_such_op(value, role, words, path)
            else:
                self._expression(value, path, scope, (*words, "none"))

    def _no_such_op(self, word: str, role: str, words: list[str], path: DocPath, *, key: bool = False) -> None:
        hint = did_you_mean(word, (*words, "none")) or "it may be " + ", ".join(f"`{w}`" for w in words)
        what = f"`{word}` is no op that `{role}` takes" if word in BY_KEYWORD else f"there is no op `{word}`"
        self._error("unknown-op", what, path, key=key, help=hint)

    def _required(self, construct: ConstructClass, step: StepSpec, path: DocPath) -> None:
        block = self.spec.blocks.get(self.block)
        given = {*step.args, *self.spec.defaults.get(step.op, {}), *(block.defaults.get(step.op, {}) if block else {})}
        missing = [name for name in construct.required_fields() if name not in given]
        missing += [name for name in construct.bodies if name != "shortcut" and getattr(step, name) is None]
        for name in missing:
            written = f"`3x3 {step.op} ...` or " if name == "kernel" else ""
            shown = f"{step.op}: {{{name}: ...}}"
            self._error("missing-field", f"`{step.op}` needs `{name}`", (*path, "op"), help=f"write {written}`{shown}`")

    def _arguments(self, step: StepSpec, path: DocPath, scope: tuple[str, ...]) -> None:
        block = self.spec.blocks[step.op]
        if self.block:
            self.calls[self.block].add(step.op)
        for key, value in step.args.items():
            at = (*path, "args", key)
            if key not in block.params:
                known = [*block.params, *STEP_FIELDS]
                hint = did_you_mean(key, known) or ("its parameters are " + ", ".join(f"`{p}`" for p in block.params) if block.params else "it has no parameters")
                self._error("unknown-parameter", f"the block `{step.op}` has no parameter `{key}`", at, key=True, help=hint)
            elif not isinstance(value, str):
                self._error("wrong-type", f"`{key}` wants a number, word or condition", at, help="a parameter is one value")
            else:
                self._expression(value, at, scope, (value,) if _WORD.fullmatch(value) else ())
        for name, text in block.params.items():
            if text == "required" and name not in step.args:
                self._error("missing-argument", f"the block `{step.op}` needs `{name}`", (*path, "op"), help=f"write `{step.op}: {{{name}: ...}}`")

    def _defaults(self, defaults: Mapping[str, Mapping[str, JsonValue]], path: DocPath, scope: tuple[str, ...]) -> None:
        for keyword, fields in defaults.items():
            at = (*path, keyword)
            construct = BY_KEYWORD.get(keyword)
            if construct is None:
                what = "the ops, not blocks" if keyword in self.spec.blocks else "the ops"
                self._error("unknown-op", f"there is no op `{keyword}`", at, key=True, help=did_you_mean(keyword, BY_KEYWORD) or f"defaults are those of {what}")
                continue
            before = len(self.sink)
            for body in construct.bodies:
                if body in fields:
                    self._error("unknown-field", f"`{body}` has no default", (*at, body), key=True, help="write it in each step")
            self._fields(construct, {key: v for key, v in fields.items() if key not in construct.bodies}, at, (*scope, "in"))
            if len(self.sink) > before:
                self.doubtful.add(keyword)

    # --- names

    def _params(self, params: Mapping[str, str], path: DocPath, scope: tuple[str, ...]) -> None:
        known = list(scope)
        for name, text in params.items():
            at = (*path, name)
            if name in RESERVED or name in STEP_FIELDS:
                self._error("reserved-name", f"`{name}` has a meaning of its own", at, key=True, help="choose another name")
            if text != "required":
                self._expression(text, at, tuple(known), (text,) if _WORD.fullmatch(text) else ())
            elif path == ("params",):
                self._error("missing-argument", f"`{name}` is a parameter of the file, and nobody gives it", at, help="give it a value")
            known.append(name)

    def _values(self, value: JsonValue, path: DocPath, scope: tuple[str, ...], words: Iterable[str], *, sizes: bool) -> None:
        if isinstance(value, list):
            for index, item in enumerate(value):
                self._values(item, (*path, index), scope, words, sizes=False)
        elif isinstance(value, dict):
            for key, item in value.items():
                self._values(item, (*path, key), scope, words, sizes=False)
        elif not (sizes and _SIZE.fullmatch(str(value))):
            self._expression(str(value), path, scope, tuple(words))

    def _expression(self, text: str, path: DocPath, scope: tuple[str, ...], words: tuple[str, ...] = ()) -> None:
        if text in words:
            return
        node = self.tree.node_at(path)
        try:
            expr = parse_expression(text)
        except ExpressionError as error:
            at = node.part(*error.at) if isinstance(node, Scalar) else node.span
            hint = error.help
            if text.count("(") > text.count(")"):
                hint = "inside `{}` and `[]` a comma needs quotes round the expression"
            self.sink.error(error.code, error.message, at, help=hint)
            self._blame()
            return
        for name in names_in(expr):
            if name.id in ("call", "calls") and name.id in scope:
                self.uses_count.add(self.block)
            if name.id not in scope and name.id not in words:
                at = node.part(*name.at) if isinstance(node, Scalar) else node.span
                self.sink.error("unknown-name", f"there is no parameter `{name.id}` here", at, help=self._which(name.id, scope, words))
                self._blame()

    def _which(self, name: str, scope: tuple[str, ...], words: tuple[str, ...]) -> str:
        if name == "i":
            return "`i` counts the turns of a step with `repeat`"
        if name in ("call", "calls"):
            return "`call` and `calls` count the calls of a block, inside it"
        hint = did_you_mean(name, (*words, *scope, *FUNCTIONS))
        if hint is not None:
            return hint
        return f"declare it: `params: {{{name}: ...}}`" if not words else "it may be " + ", ".join(f"`{w}`" for w in words)

    def _tensor(self, name: str, path: DocPath, tensors: Mapping[str, int]) -> None:
        if name not in tensors:
            hint = did_you_mean(name, tensors)
            self._error("unknown-tensor", f"there is no tensor `{name}` here", path, help=hint or "give a step before it this `name`")

    # --- diagnostics

    def _error(self, code: str, message: str, path: DocPath, *, key: bool = False, help: str | None = None) -> None:
        self.sink.error(code, message, self.tree.span_at(path, key=key), help=help)
        self._blame()

    def _blame(self) -> None:
        if self.step is not None:
            self.faulty.add(self.step)
