"""Replay: a program under changes -> the mistakes of shapes it then has, computing only what is another.

A change of a field, a parameter or the input is followed through all that depends on it. What would change the program
itself (a condition, a number of turns, an order) is not: nothing is known then.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import TypeAlias

from pydantic import ValidationError

from ..expressions import untraced
from ..inference.blame import mistake_of_rule
from ..inference.context import TOTALS, Context, Mistake
from ..inference.expect import Measured, mistake_of, totals
from ..ir import Graph, width_symbols
from ..ops.base import Cost, Op, OpError
from ..record import record
from ..shapes import TensorType
from ..spec import ModelSpec
from ..syntax import DocPath
from .change import Change, changed, value_at
from .program import Enter, Expect, Run, program
from .scopes import Scope, Texts, Unknown, evaluated, file_scope, mention_width, plain
from .sites import sites

_WORK = 150_000  # lines that all replays together may compute, each beginning counted as some

Mistakes: TypeAlias = dict[DocPath, Mistake]


@dataclass(eq=False)
class _State:
    """What is known of a program: the type of each slot, the names of each scope, what each line costs and gets wrong."""

    types: list[TensorType | None]
    scopes: list[Scope]
    costs: dict[int, Cost] = field(default_factory=dict)
    failed: dict[int, Mistake] = field(default_factory=dict)


@record
class _Given:
    """What steps are given instead, and what parameters of blocks are by default."""

    args: dict[DocPath, dict[str, object]] = field(default_factory=dict)
    defaults: dict[tuple[str, str], str] = field(default_factory=dict)


class Replay:
    """A network that was written out, and its state as it is written.

    Raises:
        TooLong: it is too large for that.
        Unknown: something in it is not known.
    """

    def __init__(self, spec: ModelSpec, network: Graph, inputs: tuple[TensorType, ...], context: Context) -> None:
        self.spec, self.context = spec, context
        self.program = program(network)
        self.readers, self.users, self.places = self.program.readers(), self.program.users(), self.program.places()
        # Where something is expected of the network or a part of it.
        self.stated = {line.path for line in self.program.lines if isinstance(line, Expect)}
        self.stated |= {TOTALS} if spec.expect is not None else set()
        # Expected shapes in terms of names, by their lines.
        self.named_shapes = dict(self._named_shapes())
        for index, (scope, _) in self.named_shapes.items():
            self.users.setdefault(scope, []).append(index)
        # The fields and arguments of steps that depend on the width that arrives.
        self.of_width = {site.path: dict(mention_width(site.step.args)) for site in sites(spec)}
        self.texts = Texts(context.tree)
        self.left = _WORK
        self.base = _State([None] * self.program.slots, [{} for _ in range(self.program.scopes)])
        for slot, type_ in zip(self.program.inputs, inputs, strict=True):
            self.base.types[slot] = type_.with_lengths(int)
        self.base.scopes[0] = file_scope(network)
        first = _Pass(self, self.base, _Given(), None)
        for index in range(len(self.program.lines)):
            first.line(index)
        self.cost, self.aux_cost = self._costs(self.base.costs)
        self.mistakes = {mistake.path for mistake in self.base.failed.values()} or {TOTALS}

    def _named_shapes(self) -> Iterator[tuple[int, tuple[int, list[str]]]]:
        for index, line in enumerate(self.program.lines):
            if isinstance(line, Expect) and line.expect.output is not None:
                texts = value_at(self.spec, (*line.path, "expect"))
                if isinstance(texts, list) and not all(text.isdecimal() for text in texts):
                    yield index, (line.scope, texts)

    def mistakes_under(self, changes: Sequence[Change], target: DocPath) -> Mistakes:
        """The mistakes under some changes, at least until `target` turns out to be one, or another that is new.

        Raises:
            Unknown: that cannot be told.
        """
        self.left -= 10 + len(self.program.lines) // 20
        state = _State(list(self.base.types), list(self.base.scopes))
        spec, changed_pass = changed(self.spec, changes), _Pass(self, state, _Given(), target)
        for change in changes:
            changed_pass.change(change, spec)
        mistakes = changed_pass.run()
        if not mistakes:
            mistakes = self._totals(state)
        return {mistake.path: mistake for mistake in reversed(mistakes)}

    def _totals(self, state: _State) -> list[Mistake]:
        output = state.types[self.program.outputs[0]]
        if self.spec.expect is None or output is None:
            return []
        cost, aux = self._costs(state.costs)
        before, aux_before = self._costs(
            {index: self.base.costs[index] for index in state.costs if index in self.base.costs}
        )
        cost = Cost(self.cost.params + cost.params - before.params, self.cost.macs + cost.macs - before.macs)
        aux = Cost(self.aux_cost.params + aux.params - aux_before.params)
        every = totals(self.spec.expect, Measured(output, cost, aux, state.scopes[0]), self.context)
        wrong = [total for total in every if total.wanted != total.found]
        return [mistake_of(every)] if any(self.context.severity(total.at) == "error" for total in wrong) else []

    def _costs(self, costs: Mapping[int, Cost]) -> tuple[Cost, Cost]:
        """The sums of some lines' costs: of the trunk, and of the auxiliary heads."""
        params, macs = [0, 0], [0, 0]
        for index, cost in costs.items():
            line = self.program.lines[index]
            head = isinstance(line, Run) and line.aux
            params[head] += cost.params
            macs[head] += cost.macs
        return Cost(params[0], macs[0]), Cost(params[1], macs[1])


class _Pass:
    """One way through a program: line by line, or of the lines that a change makes others, where there is a target."""

    def __init__(self, replay: Replay, state: _State, given: _Given, target: DocPath | None) -> None:
        self.replay, self.state, self.given, self.target = replay, state, given, target
        self.first = target is None
        self.altered: dict[int, set[str]] = {}
        self.open: list[int] = []
        self.seen: set[int] = set()

    # --- what is another

    def change(self, change: Change, spec: ModelSpec) -> None:
        """Begin with a change; `spec` is that with all of them."""
        path, replay = change.path, self.replay
        at = _args_at(path)
        if at is not None:
            step, key = path[:at], str(path[at + 1])
            self.given.args.setdefault(step, {})[key] = value_at(spec, path[: at + 2])
            self._push(replay.places.get(step, ()))
        elif path[0] == "blocks" and path[2] == "params":
            self.given.defaults[str(path[1]), str(path[3])] = str(change.value)
            for index, line in enumerate(replay.program.lines):
                if isinstance(line, Enter) and line.call is not None and line.call.graph.block == path[1]:
                    self._push((index,))
        elif path[0] == "input":
            self._inputs(spec)
        elif path[0] == "params":
            scope: Scope = {}
            for name, text in spec.params.items():
                scope[name] = scope[f"network.{name}"] = replay.texts.value(text, scope)
            self._scope(0, scope)
        else:
            raise Unknown

    def _inputs(self, spec: ModelSpec) -> None:
        replay = self.replay
        for slot, texts in zip(replay.program.inputs, spec.inputs.values(), strict=True):
            self._put((slot,), (TensorType(replay.texts.shape(texts, self.state.scopes[0])),))

    def _push(self, lines: Iterable[int]) -> None:
        for index in lines:
            if index not in self.seen:
                self.seen.add(index)
                heappush(self.open, index)

    def run(self) -> list[Mistake]:
        """Follow the changes to their end, or until enough is known."""
        replay, known = self.replay, self.replay.mistakes
        while self.open:
            index = heappop(self.open)
            replay.left -= 1
            self.line(index)
            mistake = self.state.failed.get(index)
            if mistake is not None and (mistake.path == self.target or mistake.path not in known):
                return [mistake]
        old = [mistake for index, mistake in replay.base.failed.items() if index not in self.seen]
        return [*old, *self.state.failed.values()]

    def line(self, index: int) -> None:
        """Compute one line."""
        line = self.replay.program.lines[index]
        if isinstance(line, Run):
            self._run(index, line)
        elif isinstance(line, Enter):
            self._enter(line)
        elif isinstance(line, Expect):
            self._expect(index, line)
        elif not self.first and plain(line.value, self.state.scopes[line.scope]) != untraced(line.value):
            raise Unknown

    def _put(self, slots: tuple[int, ...], types: Sequence[TensorType | None]) -> None:
        for slot, type_ in zip(slots, types, strict=True):
            bare = None if type_ is None else type_.with_lengths(int)
            self.state.types[slot] = bare
            if not self.first and bare != self.replay.base.types[slot]:
                self._push(self.replay.readers.get(slot, ()))

    def _scope(self, index: int, scope: Scope) -> None:
        self.state.scopes[index] = scope
        if self.first:
            return
        base = self.replay.base.scopes[index]
        altered = {name for name, value in scope.items() if value != base.get(name)}
        if altered:
            self.altered[index] = altered
            self._push(self.replay.users.get(index, ()))

    # --- lines

    def _types(self, slots: tuple[int, ...]) -> list[TensorType | None]:
        return [self.state.types[slot] if slot >= 0 else None for slot in slots]

    def _run(self, index: int, line: Run) -> None:
        inputs = self._types(line.inputs)
        known = tuple(type_ for type_ in inputs if type_ is not None)
        if len(known) < len(inputs):
            self._put(line.outputs, [None] * len(line.outputs))
            return
        try:
            op = line.node.op if self.first else self._op(line, known)
            outputs = op.infer(known)
        except OpError as error:
            self.state.failed[index] = mistake_of_rule(error, line.node.path, known)
            self._put(line.outputs, [error.meant] * len(line.outputs))
            return
        if len(outputs) != len(line.outputs):  # of a split: who reads it would read other tensors
            raise Unknown
        self.state.costs[index] = op.cost(known, outputs)
        self._put(line.outputs, outputs)

    def _op(self, line: Run, inputs: tuple[TensorType, ...]) -> Op:
        """The op as it is now: its fields in terms of other values, or given others.

        Raises:
            OpError: a field does not take its value.
        """
        op, path, replay = line.node.op, line.node.path, self.replay
        scope = self.state.scopes[line.scope]
        altered = not line.names.isdisjoint(self.altered.get(line.scope, ()))
        update = {name: evaluated(value, scope) for name, value in op} if altered else {}
        raw = {**replay.of_width.get(path, {}), **self.given.args.get(path, {})}
        names = {**scope, "in": int(inputs[0].channels)}
        fields = type(op).model_fields
        update |= {key: replay.texts.field(value, op, key, names) for key, value in raw.items() if key in fields}
        if not update:
            return op
        try:
            return type(op).model_validate({**dict(op), **update})
        except ValidationError as error:
            raise OpError("invalid-value", f"a field of `{op.keyword}` does not take its value") from error

    def _enter(self, line: Enter) -> None:
        state, call, replay = self.state, line.call, self.replay
        parent = state.scopes[line.parent]
        if call is None:
            self._scope(line.scope, {**parent, **line.turn, "i": next(iter(line.turn.values()))})
            return
        scope = dict(state.scopes[0])
        types = self._types(line.inputs)
        for symbol, type_ in zip(("in", *width_symbols(call.graph.inputs)), (types[0], *types), strict=True):
            if type_ is not None:
                scope[symbol] = int(type_.channels)
        raw = {} if self.first else {**replay.of_width.get(call.path, {}), **self.given.args.get(call.path, {})}
        outside = {**parent, **({"in": scope["in"]} if "in" in scope else {})}
        for name, value in call.arguments.items():
            text = raw.get(name)
            with suppress(Unknown):  # who needs it finds it missing
                scope[name] = replay.texts.value(text, outside) if isinstance(text, str) else plain(value, parent)
        for name in (name for name in call.graph.params if name not in call.arguments):
            declared, default = self.given.defaults.get((call.graph.block, name)), call.graph.defaults.get(name)
            with suppress(Unknown):
                if declared is not None:
                    scope[name] = replay.texts.value(declared, scope)
                elif default is not None:
                    scope[name] = plain(default, scope)
        self._scope(line.scope, scope)

    def _expect(self, index: int, line: Expect) -> None:
        found = self.state.types[line.slot] if line.slot >= 0 else None
        if found is None or not self._counts(line):
            return
        scope, width = self.state.scopes[line.scope], line.expect.channels_in
        if width is not None:
            wanted = found.with_channels(int(plain(width, scope)))
        else:
            found, shape = found.channels_first, line.expect.output or ()
            if index in self.replay.named_shapes and line.scope in self.altered:
                shape = self.replay.texts.shape(self.replay.named_shapes[index][1], scope)
            wanted = TensorType(shape)
        if found.shape != wanted.shape:
            self.state.failed[index] = Mistake.between(line.path, wanted, found)

    def _counts(self, line: Expect) -> bool:
        """Whether it is a mistake if the expectation fails, and not only a note."""
        context, key = self.replay.context, "in" if line.expect.output is None else "expect"
        return context.severity(context.tree.span_at((*line.path, key))) == "error"


def _args_at(path: DocPath) -> int | None:
    """Where in a path the arguments of a step begin."""
    places = [k for k in range(1, len(path) - 1) if path[k] == "args" and isinstance(path[k - 1], int)]
    return places[-1] if places else None
