"""Name resolution: ModelSpec -> Resolved. Every name in every block means something, used or not.

Checks the names of blocks, steps and tensors, what each step is given, and finds blocks that call themselves. It
needs no value, so it sees all mistakes, also behind a condition.

Not here: names that are given (given.py), fields (fields.py), expressions (names.py), who calls whom (usage.py), values
(elaborate.py).
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Collection, Iterable, Mapping

from ..diagnostics import Diagnostics, did_you_mean
from ..ops import BY_KEYWORD
from ..record import record
from ..sizes.declared import ANY, letter_at, symbol_in
from ..source import Span
from ..spec import (
    LOGITS,
    AuxSpec,
    BlockSpec,
    ModelSpec,
    StepSpec,
    branch_names,
    merge_count,
    step_names,
)
from ..syntax import UNREADABLE, DocPath, SyntaxTree
from .fields import HARMLESS_FAMILIES, FieldChecker
from .given import GivenNames
from .usage import Declarations, Usage, counting_blocks, report_circles, report_unused
from .values import NO_NAMES, Poison


@record(eq=False)
class Resolved:
    """A spec whose names were checked, and of what nothing can be concluded."""

    spec: ModelSpec
    # The steps whose outputs cannot be known, and those of which nothing at all can be, by their paths.
    faulty: frozenset[DocPath]
    unreadable: frozenset[DocPath]
    # The calls that give what their block does not have: what they mean by it, nobody knows.
    open_calls: frozenset[DocPath]
    # The ops whose `defaults` are wrong in what decides shapes.
    doubtful: frozenset[str]
    # The blocks that lead back to themselves.
    endless: frozenset[str]
    # The blocks in which `call` or `calls` is used, by themselves or by a block that they call; and one such place.
    counting: frozenset[str]
    counts_at: Span | None


@record(eq=False)
class _Scope:
    """What can be read at one place: the names in expressions, the tensors, and those that the author named."""

    names: Collection[str]
    tensors: ChainMap[str, None]
    given: ChainMap[str, None]


def resolve(spec: ModelSpec, tree: SyntaxTree, sink: Diagnostics) -> Resolved:
    """Check every name. Mistakes go to `sink`."""
    resolver = _Resolver(spec, tree, sink)
    resolver.run()
    resolver.names.unknown.report(sink, Declarations(spec, resolver.usage, tree))
    usage = resolver.usage
    endless = report_circles(spec, usage, tree, sink)
    if not sink.failed:
        report_unused(spec, usage, tree, sink)
    return Resolved(
        spec,
        frozenset(resolver.faulty),
        frozenset(resolver.unreadable),
        frozenset(resolver.open_calls),
        frozenset(resolver.doubtful),
        endless,
        counting_blocks(usage),
        resolver.names.counts_at,
    )


class _Resolver:
    def __init__(self, spec: ModelSpec, tree: SyntaxTree, sink: Diagnostics) -> None:
        self.spec, self.tree, self.sink = spec, tree, sink
        self.given = GivenNames(tree, sink)
        self.fields = FieldChecker(spec, tree, sink)
        self.names = self.fields.names
        self.faulty: set[DocPath] = set()
        self.unreadable: set[DocPath] = set()
        self.open_calls: set[DocPath] = set()
        self.doubtful: set[str] = set()
        self.usage = Usage({name: {} for name in ("", *spec.blocks)})
        self.outputs = {name: _outputs(block) for name, block in spec.blocks.items()}

    def run(self) -> None:
        spec = self.spec
        params = spec.params
        self.given.params(spec.params, ("params",))
        self.names.params(spec.params, ("params",), ())
        for name in spec.blocks:
            self.given.check(name, ("blocks", name), taken=BY_KEYWORD, key=True)
        self.doubtful |= self.fields.defaults(spec.defaults, ("defaults",), params)
        self._inputs(params)
        for name, block in spec.blocks.items():
            self._block(name, block)
        self.names.block = ""
        scope = _scope((*params, "in"), spec.inputs)
        tensors = self._body(spec.network, ("network",), scope)
        for name, head in spec.aux.items():
            self._head(name, head, tensors, params)
        self._expectations(params)
        self.usage.names[""] = self.names.used

    # --- the file

    def _inputs(self, params: Collection[str]) -> None:
        for name, shape in self.spec.inputs.items():
            path: DocPath = ("input",)
            if isinstance(self.spec.input, dict):
                path = ("input", name)
                self.given.check(name, path, taken=BY_KEYWORD, key=True)
            for index, text in enumerate(shape):
                letter = letter_at(shape, index)
                if letter is None and text == ANY:
                    hint = "only sizes may be open: `[3, any, any]`"
                    message, at = "the channels of an input cannot be open", self.tree.span_at((*path, index))
                    self.sink.error("invalid-input", message, at, help=hint)
                    continue
                words = () if letter is None else (ANY, symbol_in(text, letter) or letter)
                self.names.expression(text, (*path, index), params, words=words)

    def _expectations(self, params: Collection[str]) -> None:
        expect = self.spec.expect
        if expect is None:
            return
        for index, text in enumerate(expect.output or ()):
            self.names.expression(text, ("expect", "output", index), params)
        for key in ("params", "params_with_aux", "macs"):
            value: str | None = getattr(expect, key)
            if value is not None:
                self.names.expression(value, ("expect", key), params)

    # --- auxiliary heads

    def _head(self, name: str, head: AuxSpec, tensors: Mapping[str, None], params: Collection[str]) -> None:
        """Check a head; `tensors` are those of the network, of which it sees what it is attached to."""
        path: DocPath = ("aux", name)
        self.given.check(name, path, taken=(LOGITS,), key=True)
        if name in tensors:
            self.given.twice(name, path, key=True)
        known = [self._tensor(tensor, (*path, "from", index), tensors) for index, tensor in enumerate(head.from_)]
        self.names.expression(head.weight, (*path, "weight"), params)
        seen = head.from_ if all(known) else (*head.from_, UNREADABLE)
        self._body(head.body, (*path, "body"), _scope((*params, "in"), seen))

    # --- blocks and bodies

    def _block(self, name: str, block: BlockSpec) -> None:
        self.names.block, before, outside = name, self.names.counts_at, self.names.used
        self.names.used = set()
        path: DocPath = ("blocks", name)
        names = dict.fromkeys((*self.spec.params, "in", "call", "calls"))
        self.given.params(block.params, (*path, "params"))
        self.names.params(block.params, (*path, "params"), names)
        names |= dict.fromkeys(block.params)
        self.doubtful |= self.fields.defaults(block.defaults, (*path, "defaults"), names)
        self.given.inputs(block.inputs, (*path, "inputs"))
        scope = _scope(names, block.inputs)
        tensors = self._body(block.body, (*path, "body"), scope)
        for index, output in enumerate(block.outputs or ()):
            self._tensor(output, (*path, "outputs", index), tensors)
        for index, text in enumerate(block.expect or ()):
            self.names.expression(text, (*path, "expect", index), names)
        if self.names.counts_at is not before:
            self.usage.counting.add(name)
        self.usage.names[name], self.names.used = self.names.used, outside

    def _body(self, steps: list[StepSpec], path: DocPath, outer: _Scope) -> Mapping[str, None]:
        """Check a body; the tensors that can be read after it."""
        tensors, given, merges = outer.tensors.new_child(), outer.given.new_child(), merge_count(steps)
        if any(step.op == UNREADABLE for step in steps):
            tensors[UNREADABLE] = None  # it may have any name
        for index, (step, name) in enumerate(zip(steps, step_names(steps), strict=True)):
            if self.sink.full:
                break
            at: DocPath = (*path, index)
            self._step(step, at, _Scope(outer.names, tensors, given))
            if step.name is not None:
                self.given.tensor(step.name, (*at, "name"), given)
            tensors[name] = None
            if step.op in self.spec.blocks:
                tensors |= {f"{name}.{output}": None for output in self.outputs[step.op]}
            if step.branches is not None:
                self.given.branches(step.branches, at, given)
            if step.branches is not None and step.repeat is None and step.when is None:  # else there may be none
                tensors |= dict.fromkeys(branch_names(step, name, merges))
        return tensors

    def _step(self, step: StepSpec, path: DocPath, scope: _Scope) -> None:
        fields = self.fields
        fine = [self._tensor(tensor, (*path, "from", k), scope.tensors) for k, tensor in enumerate(step.from_ or ())]
        fine += [self._counted(step, path, scope.names)]
        if step.in_ is not None:
            self.names.expression(step.in_, (*path, "in"), scope.names)
        for index, text in enumerate(step.expect or ()):
            self.names.expression(text, (*path, "expect", index), scope.names)
        names = dict.fromkeys((*scope.names, "i")) if step.repeat is not None else scope.names
        if not all(fine):
            self.unreadable.add(path)
        if step.op in BY_KEYWORD:
            construct = BY_KEYWORD[step.op]
            block = self.spec.blocks.get(self.names.block)
            known = fields.op_fields(construct, step.args, (*path, "args"), names)
            if not fields.required(construct, step, block, path):
                known = getattr(construct, "family", "") in HARMLESS_FAMILIES
            if not known or step.op in self.doubtful:
                self.faulty.add(path)
        elif step.op in self.spec.blocks:
            self.usage.call(self.names.block, step.op, step.args, path)
            if not fields.arguments(step, path, names):
                self.open_calls.add(path)
        else:
            self.unreadable.add(path)
        self._bodies(step, path, _Scope(names, scope.tensors, scope.given))

    def _counted(self, step: StepSpec, path: DocPath, names: Collection[str]) -> bool:
        """Check `repeat` and `when`, with their values where those are constant."""
        fine = True
        for text, key in ((step.repeat, "repeat"), (step.when, "when")):
            if text is None:
                continue
            fine = fine and self.names.expression(text, (*path, key), names)
            if self.names.constant(text, (*path, key), names):
                try:
                    if key == "repeat":
                        self.names.values.whole(text, (*path, key), NO_NAMES, least=0)
                    else:
                        self.names.values.condition(text, (*path, key), NO_NAMES)
                except Poison:
                    fine = False
        return fine

    def _bodies(self, step: StepSpec, path: DocPath, scope: _Scope) -> None:
        for index, branch in enumerate(step.branches or ()):
            at: DocPath = (*path, "branches", index)
            if isinstance(branch, str):
                self._tensor(branch, at, scope.tensors)
            else:
                self._body(branch.body, (*at, "body"), scope)
        if step.body is not None:
            self._body(step.body, (*path, "body"), scope)
        if isinstance(step.shortcut, list):
            self._body(step.shortcut, (*path, "shortcut"), scope)
        elif step.shortcut not in ("identity", "none"):
            words = ("identity", "none")
            if not self.names.expression(step.shortcut, (*path, "shortcut"), scope.names, words):
                self.faulty.add(path)

    # --- tensors

    def _tensor(self, name: str, path: DocPath, tensors: Mapping[str, None]) -> bool:
        if name in tensors:
            return True
        if self.names.unknown.full:
            return False
        step, dot, _ = name.partition(".")
        if name != UNREADABLE and UNREADABLE not in tensors and f"{step}{dot}{UNREADABLE}" not in tensors:
            known = [tensor for tensor in tensors if UNREADABLE not in tensor]
            hint = did_you_mean(name, known) or "give a step before it this `name`"
            if dot and step in tensors:
                hint = f"blocks are closed: only what a block names in `outputs` can be read, as `{step}.output`"
            message, at = f"there is no tensor `{name}` here", self.tree.span_at(path)
            self.names.unknown.add(
                "unknown-tensor", self.names.block, name, message, at, hint=hint, candidates=known, declared=known
            )
        return False


def _scope(names: Iterable[str], tensors: Iterable[str]) -> _Scope:
    return _Scope(dict.fromkeys(names), ChainMap(dict.fromkeys(tensors)), ChainMap(dict.fromkeys(tensors)))


def _outputs(block: BlockSpec) -> list[str]:
    """The outputs of a block that can be read by name; any name where one of them does not exist."""
    outputs = block.outputs or []
    if not outputs:
        return outputs
    made, merges = {*block.inputs, *step_names(block.body)}, merge_count(block.body)
    for step, name in zip(block.body, step_names(block.body), strict=True):
        made.update(branch_names(step, name, merges) if step.branches is not None else ())
    return outputs if made.issuperset(outputs) else [*outputs, UNREADABLE]
