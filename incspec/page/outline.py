"""The outline of a graph: TypedGraph -> its steps as a tree of items, and the program that computes its sizes.

The program has an instruction for each op and call, in the order of execution; the instructions of an item stand
together, so that its costs are a sum over `start` to `end`.

Not here: what an item is (items.py), what an op does (rules.py), boxes and arrows (levels.py), the words in boxes
(backends/figures).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Literal

from ..backends.figures.labels import Labels, Widths
from ..backends.figures.wording import Manner
from ..ir import AuxHead, Branch, Call, Conditional, Layer, Merge, Node, Repeat, Step, TypedGraph, Value
from ..ops.base import Op
from ..shapes import TensorType
from ..steps import passed_on, running
from ..syntax import DocPath
from .items import Instruction, Item, ItemKind, Outline, folded, mark_passed_by
from .rules import Json, Kind, rule


@dataclass(eq=False)
class Outlines:
    """The outlines of all graphs of a network, those it calls before it, and the rules of their ops, each once."""

    manner: Manner
    graphs: list[Outline] = field(default_factory=list)
    rules: list[Json] = field(default_factory=list)
    _graph_of: dict[Hashable, int] = field(default_factory=dict)
    _rule_of: dict[Hashable, tuple[int, tuple[Kind, ...]]] = field(default_factory=dict)

    def graph(self, typed: TypedGraph, kinds: tuple[Kind, ...]) -> int:
        """The number of the outline of a graph for inputs of these kinds."""
        # Turns of a repeat may have types that are traced to other expressions, and be equal all the same.
        key = (id(typed.graph), tuple(type_.with_lengths(int) for type_ in typed.input_types), kinds)
        if key not in self._graph_of:
            made = _Outliner(self, typed, kinds).outline()
            self._graph_of[key] = len(self.graphs)
            self.graphs.append(made)
        return self._graph_of[key]

    def rule(self, op: Op, inputs: tuple[TensorType, ...], kinds: tuple[Kind, ...]) -> tuple[int, tuple[Kind, ...]]:
        """The number of the rule of an op for such inputs, and the kinds of its outputs."""
        stated = tuple(type_.with_lengths(int) for type_ in inputs)
        varying = any(kind.lengths[-1 if kind.channels_last else 0] is None for kind in kinds)
        key = (type(op), op, kinds, stated if varying else None)
        if key not in self._rule_of:
            made = rule(op, stated, kinds)
            self._rule_of[key] = (len(self.rules), made.outputs)
            self.rules.append(made.data)
        return self._rule_of[key]


def outlines(network: TypedGraph, manner: Manner) -> Outlines:
    """The outlines of a network and of all that it calls; its own is the last. Boxes have the words of `manner`."""
    made = Outlines(manner)
    made.graph(network, tuple(map(_input_kind, network.input_types)))
    return made


def _input_kind(type_: TensorType) -> Kind:
    """All lengths of an input may be others, but not its channels."""
    lengths = (int(length) if letter == "C" else None for letter, length in zip(type_.axes, type_.shape, strict=True))
    return Kind(tuple(lengths), type_.channels_last)


class _Outliner:
    """One outline while it is made."""

    def __init__(self, outlines: Outlines, typed: TypedGraph, kinds: tuple[Kind, ...]) -> None:
        self.outlines, self.typed, self.graph = outlines, typed, typed.graph
        self.labels = Labels(typed, Widths.NUMBERS, outlines.manner.of(typed.graph))
        self.values: dict[Value, int] = {}
        self.kinds: dict[int, Kind] = {}
        self.program: list[Instruction] = []
        self.count = 0
        for value, kind in zip(typed.graph.inputs, kinds, strict=True):
            self.kinds[self._new(value)] = kind

    def outline(self) -> Outline:
        """The whole."""
        graph = self.graph
        inputs = tuple(self.values[value] for value in graph.inputs)
        items = [] if graph.block else [self._end("input", value) for value in graph.inputs]
        items += self._body(graph.steps)
        main = len(self.program)
        items += map(self._head, graph.aux)
        outputs = self._of(graph.outputs)
        if not graph.block and len(outputs) > 1:
            items += [self._end("output", *pair) for pair in zip(graph.outputs, graph.output_names, strict=True)]
        reads = Counter(value for _, read, _ in self.program for value in read)
        reads.update(outputs)
        mark_passed_by(items, reads)
        return Outline(self.typed, items, self.program, self.values, self.kinds, main, inputs, outputs)

    def _end(self, kind: Literal["input", "output"], value: Value, name: str = "") -> Item:
        """An input or output of the network."""
        place = (self.values[value],)
        title = "Input" if kind == "input" and len(self.graph.inputs) == 1 else f"{kind.capitalize()} {name or value}"
        inputs, outputs = ((), place) if kind == "input" else (place, ())
        now = len(self.program)
        path: DocPath | None = ("input",) if kind == "input" else None
        return Item(kind, f"{kind}:{name or value}", title, inputs, outputs, now, now, path)

    def _head(self, head: AuxHead) -> Item:
        start = len(self.program)
        parts = self._body(head.steps)
        label = f"{head.name}, in training only"
        inputs, outputs = self._of(head.inputs), self._of(head.outputs)
        return Item("aux", head.name, label, inputs, outputs, start, len(self.program), head.path, parts)

    # --- steps

    def _body(self, steps: Iterable[Step]) -> list[Item]:
        return folded([item for step in steps for item in self._step(step)], "step")

    def _step(self, step: Step) -> list[Item]:
        if isinstance(step, Layer):
            return [self._layer(step)]
        if isinstance(step, Call):
            return [self._call(step)]
        if isinstance(step, Merge):
            return [self._merge(step)]
        if isinstance(step, Repeat):
            return self._repeat(step)
        if isinstance(step, Conditional):
            inner = running(step)
            items = [item for part in inner for item in self._step(part)]
            self._alias(step.outputs, inner[-1].outputs if inner else step.inputs)
            return items
        return [self._made("series", step, len(self.program), "", parts=self._body(step.steps))]

    def _layer(self, step: Layer) -> Item:
        start = len(self.program)
        self._nodes(step.nodes)
        label = self.labels.of_layer(step) or self._plain_label(step.nodes[0])
        return self._made("layer", step, start, label, nodes=step.nodes)

    def _call(self, step: Call) -> Item:
        start, called = len(self.program), self.typed.calls[step.name]
        inputs = self._of(step.inputs)
        graph = self.outlines.graph(called, tuple(self.kinds[value] for value in inputs))
        inner = self.outlines.graphs[graph]
        outputs = [self._new(value) for value in step.outputs]
        self.kinds |= {value: inner.kinds[made] for value, made in zip(outputs, inner.outputs, strict=True)}
        self.program.append((~graph, inputs, tuple(outputs)))
        item = self._made("block", step, start, called.graph.title)
        item.call, item.graph, item.family = step, graph, "block"
        return item

    def _merge(self, step: Merge) -> Item:
        start = len(self.program)
        parts = [] if step.split is None else [self._op(step.split, f"{step.name}:split")]
        parts += folded([self._branch(branch) for branch in step.branches], "branch")
        parts += [self._op(node, f"{step.name}:{node.op.keyword}") for node in step.nodes]
        label = self.labels.of_node(step.nodes[0]) or self._plain_label(step.nodes[0])
        return self._made(step.kind, step, start, label, parts=parts, nodes=step.nodes)

    def _branch(self, branch: Branch) -> Item:
        start = len(self.program)
        parts = self._body(branch.steps)
        label = ", ".join(part.label for part in parts if part.label) or passed_on(branch)
        return self._made("branch", branch, start, label, parts=parts)

    def _op(self, node: Node, name: str) -> Item:
        start = len(self.program)
        self._nodes((node,))
        label = self.labels.of_node(node) or self._plain_label(node)
        inputs, outputs = self._of(node.inputs), self._of(node.outputs)
        item = Item("op", name, label, inputs, outputs, start, start + 1, node.path)
        item.nodes, item.family = (node,), node.op.family
        return item

    def _nodes(self, nodes: Sequence[Node]) -> None:
        for node in nodes:
            inputs = self._of(node.inputs)
            kinds = tuple(self.kinds[value] for value in inputs)
            number, made = self.outlines.rule(node.op, self.typed.of(node.inputs), kinds)
            outputs = [self._new(value) for value in node.outputs]
            self.kinds |= dict(zip(outputs, made, strict=True))
            self.program.append((number, inputs, tuple(outputs)))

    # --- repeats

    def _repeat(self, step: Repeat) -> list[Item]:
        """A repeat: one item where all turns are alike, else one that holds those in series that are."""
        length = len(step.turns) // step.count if step.turns and len(step.turns) % step.count == 0 else 1
        start, groups = len(self.program), []
        turns = [step.turns[first : first + length] for first in range(0, len(step.turns), length)]
        for _, equal in groupby(turns, key=self._likeness()):
            groups.append(self._turns(list(equal)))
        self._alias(step.outputs, step.turns[-1].outputs if step.turns else step.inputs)
        if not groups:
            return []
        if len(groups) == 1:
            (only,) = groups
            only.name, only.path, only.outputs = step.name, step.path, self._of(step.outputs)
            return [only]
        labels = {group.label for group in groups}
        times = sum(group.times for group in groups)
        label = f"{times} x {labels.pop()}" if len(labels) == 1 else step.name
        return [self._made("repeat", step, start, label, parts=groups)]

    def _turns(self, run: list[Sequence[Step]]) -> Item:
        """Equal turns in series. The first is shown."""
        start, first, last = len(self.program), run[0][0], run[-1][-1]
        parts = [item for step in run[0] for item in self._step(step)]
        for turn in run[1:]:
            for step in turn:
                self._step(step)
        inputs, outputs, end = self._of(first.inputs), self._of(last.outputs), len(self.program)
        if len(parts) == 1 and (parts[0].kind not in ("merge", "residual", "series", "repeat") or len(run) == 1):
            (item,) = parts
            item.times, item.start, item.end = len(run), start, end
            item.shown, item.inputs, item.outputs = item.outputs, inputs, outputs
            return item
        label = ", ".join(part.label for part in parts if part.label)
        item = Item("repeat", first.name, label, inputs, outputs, start, end, first.path, parts, times=len(run))
        item.shown = self._of(run[0][-1].outputs)
        return item

    def _likeness(self) -> Callable[[Sequence[Step]], Hashable]:
        """What turns have in common that are one item: their look, and that nothing between them is an output."""
        outputs = 0

        def likeness(turn: Sequence[Step]) -> Hashable:
            nonlocal outputs
            before = outputs
            outputs += any(value in self.graph.outputs for value in turn[-1].outputs)
            return (before, *map(self._look, turn))

        return likeness

    def _look(self, step: Step | Branch) -> Hashable:
        """What steps have in common that are shown as one: all but their names and where they stand."""
        if isinstance(step, Branch):
            return ("branch", step.outputs == step.inputs, tuple(map(self._look, step.steps)))
        if isinstance(step, Call):
            return (id(self.typed.calls[step.name].graph), tuple(map(int, self._lengths(step.inputs))))
        if isinstance(step, Layer):
            return (self._op_look(step.nodes), tuple(map(int, self._lengths(step.inputs))))
        if isinstance(step, Merge):
            split = () if step.split is None else (step.split,)
            return (step.kind, self._op_look((*split, *step.nodes)), tuple(map(self._look, step.branches)))
        inner = tuple(map(self._look, running(step)))
        return (type(step).__name__, inner)

    def _op_look(self, nodes: Sequence[Node]) -> Hashable:
        return tuple((type(node.op), node.op) for node in nodes)

    def _lengths(self, values: tuple[Value, ...]) -> list[int]:
        return [length for type_ in self.typed.of(values) for length in type_.shape]

    # --- values

    def _made(
        self,
        kind: ItemKind,
        step: Step | Branch,
        start: int,
        label: str,
        *,
        parts: list[Item] | None = None,
        nodes: tuple[Node, ...] = (),
    ) -> Item:
        inputs, outputs = self._of(step.inputs), self._of(step.outputs)
        item = Item(kind, step.name, label, inputs, outputs, start, len(self.program), step.path, parts or [], nodes)
        item.family = nodes[0].op.family if nodes else ""
        if kind == "series":
            item.label = ", ".join(part.label for part in item.parts if part.label)
        return item

    def _plain_label(self, node: Node) -> str:
        """The label of an op that the papers' figures pass over, which has a box here all the same."""
        return node.op.label(self.typed.types[node.inputs[0]].rank)

    def _of(self, values: Iterable[Value]) -> tuple[int, ...]:
        return tuple(self.values[value] for value in values)

    def _new(self, value: Value) -> int:
        number, self.count = self.count, self.count + 1
        self.values[value] = number
        return number

    def _alias(self, values: Sequence[Value], originals: Sequence[Value]) -> None:
        self.values |= {value: self.values[original] for value, original in zip(values, originals, strict=True)}
