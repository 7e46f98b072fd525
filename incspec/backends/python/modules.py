"""Steps that are modules: step -> the code that constructs it, and the record of what is in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace

from ...expressions import expr_of
from ...ir import AuxHead, Call, Conditional, Layer, Merge, Node, Repeat, Series, Step, Value, call_scope, turn_symbol
from ...shapes import TensorType
from ...steps import executed, running
from .code import Choice, Doc, Loop, Val, call, listing, sequential
from .loops import is_counted, loop, unrolled
from .parts import Classes, Module, Use
from .reads import values_from_outside
from .units import Units
from .values import constant

IDENTITY = call("nn.Identity")


class ModulePrinter:
    """Prints the modules of one use of a block."""

    def __init__(self, use: Use, units: Units, classes: Classes, lasting: frozenset[Value]) -> None:
        self.use, self.typed = use, use.typed
        self.units, self.classes, self.lasting = units, classes, lasting
        self.records: list[Module] = []
        # Whether what is printed at the moment runs in this use.
        self.running = use.runs

    # --- what is a module

    def is_module(self, step: Step) -> bool:
        """Whether a step is one module of one input and one output."""
        if len(step.inputs) != 1 or len(step.outputs) != 1:
            return False
        if isinstance(step, Layer):
            return self.is_known(step) and all(self._is_torch_module(node) for node in step.nodes)
        if isinstance(step, Call):
            return self.is_known(step)
        if isinstance(step, Repeat):
            alone = not values_from_outside(step)
            return alone and bool(step.turns) and all(self._is_link(turn) for turn in step.turns)
        if isinstance(step, Series):
            ends = bool(step.steps) and step.steps[-1].outputs == step.outputs
            return ends and self.is_chain(step.steps, step.inputs) and not any(inner.named for inner in step.steps)
        return isinstance(step, Conditional) and step.step is not None and self.is_module(step.step)

    def is_chain(self, steps: Sequence[Step], inputs: tuple[Value, ...]) -> bool:
        """Whether steps are modules in series, and what flows between them is not read elsewhere."""
        current = inputs
        for step in steps:
            if step.inputs != current or not self.is_module(step):
                return False
            if step is not steps[-1] and not self.lasting.isdisjoint(step.outputs):
                return False
            current = step.outputs
        return bool(steps)

    def is_anonymous_chain(self, steps: Sequence[Step]) -> bool:
        """Whether steps are modules in series that the author gave no names."""
        return self.is_chain(steps, steps[0].inputs) and not any(step.named for step in steps)

    def is_series(self, head: AuxHead) -> bool:
        """Whether an auxiliary head is such a chain, from what it is attached to on to what it gives."""
        ends = (head.steps[0].inputs, head.steps[-1].outputs)
        return ends == (head.inputs, head.outputs) and self.is_anonymous_chain(head.steps)

    def is_known(self, step: Step) -> bool:
        """Whether the types in a step are known; behind a condition that is false they need not be."""
        types = self.typed.types
        if isinstance(step, Call):
            return step.name in self.typed.calls and all(value in types for value in step.inputs)
        if isinstance(step, Layer):
            return _fits(step.nodes, types)
        split = (step.split,) if isinstance(step, Merge) and step.split is not None else ()
        # A sum is written alike whether its branches fit or not: in another use, they do.
        nodes = step.nodes if isinstance(step, Merge) else ()
        return all(map(self.is_known, running(step))) and _fits(split, types) and _typed(nodes, types)

    def _is_torch_module(self, node: Node) -> bool:
        return node.op.torch_call(self.typed.of(node.inputs)).is_module

    def _is_link(self, turn: Step) -> bool:
        """Whether a turn is a module, if need be of a class of its own."""
        return self.is_module(turn) or (len(turn.inputs) == len(turn.outputs) == 1 and turn in self.classes)

    # --- how it is constructed

    def module(self, step: Step, path: str) -> Doc:
        """The construction of a step that is a module."""
        if isinstance(step, Layer):
            return self.layer(step, path)
        if isinstance(step, Call):
            return self.call(step, path)
        if isinstance(step, Repeat):
            turns = self.turns(step, path)
            return sequential(
                [Loop(turn.element, turn.count, star=True) if isinstance(turn, Loop) else turn for turn in turns]
            )
        if isinstance(step, Series):
            return self.chain(step.steps, path)
        assert isinstance(step, Conditional)
        assert step.step is not None
        with self.only_if(step.taken):
            module = self.module(step.step, path)
        return Choice(module, Val(step.condition), IDENTITY)

    def chain(self, steps: Sequence[Step], path: str) -> Doc:
        """The construction of modules in series."""
        if len(steps) == 1:
            return self.module(steps[0], path)
        return sequential([self.module(step, f"{path}.{index}") for index, step in enumerate(steps)])

    def layer(self, step: Layer, path: str, *, inplace: bool = False) -> Doc:
        """The construction of a layer."""
        module, parts = self.units.construct(step, self.typed, inplace=inplace)
        for node, part in zip(step.nodes, parts or ("",), strict=True):
            if self.running:
                outputs = self.typed.of(node.outputs)
                params = node.op.cost(self.typed.of(node.inputs), outputs).params
                self.records.append(Module(f"{path}.{part}" if part else path, outputs, params, made_of=node))
        return module

    def call(self, step: Call, path: str) -> Doc:
        """The construction of a block."""
        typed = self.typed.calls[step.name]
        if self.running:
            self.records.append(Module(path, typed.output_types, typed.cost.params, typed, step))
        scope = call_scope(step, self.typed.of(step.inputs))
        return self.classes.construct(typed, scope)

    def head(self, head: AuxHead, path: str) -> Doc:
        """The construction of an auxiliary head."""
        first = len(self.records)
        if not head.steps:
            return IDENTITY
        if head in self.classes:
            params = sum(self._params(step) for step in head.steps)
            self.records.append(Module(path, self.typed.of(head.outputs), params, head))
            module = self.classes.construct(head, {})
        else:
            module = self.chain(head.steps, path)
        self.records[first:] = [replace(record, aux=True) for record in self.records[first:]]
        return module

    def turns(self, step: Repeat, path: str) -> list[Doc]:
        """The constructions of a repeat's turns, or one loop that makes them all."""
        turns = [self._turn(turn, f"{path}.{index}") for index, turn in enumerate(step.turns)]
        count = step.count if self.use.typed.graph.block or self._holds_for_any_count(step) else len(turns)
        symbol, fixed = turn_symbol(step.name), constant(count)
        if len(turns) == 1 and fixed:
            return unrolled(turns, symbol)
        looped = loop(turns, count, symbol)
        if looped is None or (len(turns) == 2 and fixed and is_counted(looped.element, symbol)):
            return unrolled(turns, symbol)
        return [looped]

    def _holds_for_any_count(self, step: Repeat) -> bool:
        """Whether the turns that there are tell what more of them would be.

        The network's parameters can be given other values; where these would make it another code, they are no
        parameters of the source.
        """
        if any(isinstance(part, Call) and "calls" in part.arguments for part in executed(step.turns)):
            return False
        widths = [[expr_of(self.typed.types[value].channels) for value in ends] for ends in (step.inputs, step.outputs)]
        return len(step.turns) > 1 or widths[0] == widths[1]

    def collection(self, turns: Sequence[Doc]) -> Doc:
        """A list of modules."""
        inner = turns[0] if len(turns) == 1 and isinstance(turns[0], Loop) else listing(*turns)
        return call("nn.ModuleList", inner)

    def _turn(self, turn: Step, path: str) -> Doc:
        if isinstance(turn, Call):
            return self.call(turn, path)
        if self.is_module(turn):
            return self.module(turn, path)
        if self.running:
            self.records.append(Module(path, self.typed.of(turn.outputs), self._params(turn), turn))
        return self.classes.construct(turn, {})

    def _params(self, step: Step) -> int:
        """The number of parameters in a step that runs."""
        count = 0
        for part in executed((step,)):
            if isinstance(part, Call):
                count += self.typed.calls[part.name].cost.params
            else:
                count += part.op.cost(self.typed.of(part.inputs), self.typed.of(part.outputs)).params
        return count

    @contextmanager
    def only_if(self, taken: bool) -> Iterator[None]:
        """While it is open, what is printed runs only if the condition holds in this use."""
        outer, self.running = self.running, self.running and taken
        yield
        self.running = outer


def _typed(nodes: Sequence[Node], types: Mapping[Value, TensorType]) -> bool:
    return all(value in types for node in nodes for value in node.inputs)


def _fits(nodes: Sequence[Node], types: Mapping[Value, TensorType]) -> bool:
    """Whether the ops take what arrives; else there is no call of torch for them."""
    return _typed(nodes, types) and all(value in types for node in nodes for value in node.outputs)
