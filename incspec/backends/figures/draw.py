"""What a figure shows: TypedGraph -> Drawing, the boxes of a graph and the arrows between them.

Boxes carry the papers' words. A layer's norm and activation belong to its box, as in the papers, and a concat that
only feeds a concat is not drawn: its branches end at the outer one. Arrows stand in the order of the spec's
branches, which is their order in the figure from left to right.

Not here: the words (labels.py), how it looks (dot.py).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Literal

from ...ir import AuxHead, Branch, Call, Layer, Merge, Node, Repeat, Series, Step, TypedGraph, Value
from ...steps import all_steps, executed
from .drawing import Arrow, Box, BoxFamily, Drawing, Loop, Side
from .labels import Labels, Widths
from .work import Work

PREVIOUS = "Previous layer"  # arXiv:1409.4842, figure 2
INPUT = "Input"  # arXiv:1602.07261, figure 3


@dataclass(frozen=True, slots=True)
class Style:
    """What is printed: widths, the output sizes of steps (of all, or where they change), and what comes before."""

    widths: Widths = Widths.NUMBERS
    sizes: Literal["all", "changed", "none"] = "none"
    before: str = PREVIOUS


def draw(typed: TypedGraph, style: Style) -> Drawing:
    """Draw a graph: its own steps one by one, the blocks that it calls as one box each."""
    graph = typed.graph
    reads = Counter(value for item in executed(all_steps(graph)) for value in item.inputs)
    reads.update(graph.outputs)
    drawer = _Drawer(typed, style, Labels(graph, style.widths), reads)
    drawer.inputs()
    drawer.steps(graph.steps)
    drawer.outputs()
    trunk, loops, drawer.arrows = drawer.arrows, drawer.loops, []
    sides = tuple(drawer.side(head) for head in graph.aux)
    return Drawing(tuple(drawer.boxes), (*trunk, *drawer.arrows), tuple(loops), sides)


class _Outside(dict[Value, tuple[str, ...]]):
    """Where values come from in a drawing of some steps alone: what they do not make themselves comes from outside."""

    def __missing__(self, value: Value) -> tuple[str, ...]:
        self[value] = (f"from {len(self)}",)
        return self[value]


@dataclass(eq=False)
class _Drawer:
    """One drawing while it is made.

    `reads` says how often values are read, `ends` which boxes they come from (several where a merge is not drawn),
    `body` which body is being drawn and `bodies` which one a box is in.
    """

    typed: TypedGraph
    style: Style
    labels: Labels
    reads: Mapping[Value, int]
    boxes: list[Box] = field(default_factory=list)
    arrows: list[Arrow] = field(default_factory=list)
    loops: list[Loop] = field(default_factory=list)
    ends: dict[Value, tuple[str, ...]] = field(default_factory=dict)
    body: tuple[str, ...] = ()
    bodies: dict[str, tuple[str, ...]] = field(default_factory=dict)

    # --- the two ends of the graph

    def inputs(self) -> None:
        """The network's inputs have their sizes in the box; a block's are what comes before, or its names for them."""
        graph = self.typed.graph
        alone = len(graph.inputs) == 1
        for value, type_ in zip(graph.inputs, self.typed.input_types, strict=True):
            size = "" if self.style.sizes == "none" else type_.paper
            if not graph.block:
                label = f"{INPUT} ({type_.paper})" if alone else f"{INPUT} {value} ({type_.paper})"
                self._box(str(value), label, family="input")
            elif not alone:
                self._box(str(value), str(value), size, kind="name", family="input")
            else:
                size = "" if self.style.before.startswith(INPUT) else size
                self._box(str(value), self.style.before, size, family="input")
            self._made((value,), str(value))

    def outputs(self) -> None:
        """Several outputs get their names, and so does one that is read in the graph too; else it is the top."""
        graph = self.typed.graph
        inner = {arrow.tail for arrow in self.arrows}
        if len(graph.outputs) == 1 and not inner.intersection(self.ends[graph.outputs[0]]):
            return
        for index, (value, name) in enumerate(zip(graph.outputs, graph.output_names, strict=True)):
            self._box(f"output.{index}", name if len(graph.outputs) > 1 else "output", kind="name", family="output")
            self._arrows((value,), f"output.{index}")

    def side(self, head: AuxHead) -> Side:
        """Draw an auxiliary head."""
        start, self.loops, self.body = len(self.boxes), [], (head.name,)
        self.steps(head.steps)
        if len(self.boxes) == start:
            self._box(f"{head.name}.output", "Identity")
            self._arrows(head.outputs, f"{head.name}.output")
        self.body = ()
        title = f"{head.name}, in training only"
        return Side(title, tuple(box.id for box in self.boxes[start:]), tuple(self.loops))

    # --- steps

    def steps(self, steps: Iterable[Step]) -> None:
        """Draw steps, one after the other."""
        for step in steps:
            self._step(step)

    def _step(self, step: Step) -> None:
        if isinstance(step, Layer | Call):
            if isinstance(step, Call):
                self._box(step.name, step.graph.title, self._size(step), family="call", items=(step,))
            else:
                label = self.labels.of_layer(step, self._rank(step))
                self._box(step.name, label, self._size(step), family=step.nodes[0].op.look, items=step.nodes)
            self._arrows(step.inputs, step.name)
            self._made(step.outputs, step.name)
        elif isinstance(step, Merge):
            self._merge(step)
        elif isinstance(step, Repeat):
            self._repeat(step)
        elif isinstance(step, Series):
            self.steps(step.steps)
        elif step.taken and step.step is not None:
            self._step(step.step)
            self._alias(step.outputs, step.step.outputs)
        else:
            self._alias(step.outputs, step.inputs)

    def _rank(self, item: Layer | Call | Node) -> int:
        """The spatial axes of what arrives at a step or node."""
        return self.typed.types[item.inputs[0]].rank if item.inputs[0] in self.typed.types else 2

    def _merge(self, step: Merge) -> None:
        self._branches(step, str(step.nodes[0].outputs[0]))
        for index, node in enumerate(step.nodes):
            name = str(node.outputs[0])
            size = self._size(step) if node is step.nodes[-1] else ""
            self._box(name, self.labels.of_op(node.op, self._rank(node)), size, family=node.op.look, items=(node,))
            self._arrows(node.inputs if index else (), name)
            self._made(node.outputs, name)

    def _branches(self, step: Merge, head: str) -> None:
        """All branches of a merge and their arrows to it, in order; an inner merge that adds nothing is passed by."""
        if step.split is not None:
            name = step.split.outputs[0].producer
            label = self.labels.of_op(step.split.op, self._rank(step.split))
            self._box(name, label, family=step.split.op.look, items=(step.split,))
            self._arrows(step.inputs, name)
            self._made(step.split.outputs, name)
        outside = self.body
        for branch in step.branches:
            self.body = (*outside, branch.name)
            last = branch.steps[-1] if branch.steps else None
            if isinstance(last, Merge) and self._is_part(last, step, branch):
                self.steps(branch.steps[:-1])
                self._branches(last, head)
            else:
                self.steps(branch.steps)
                self._arrows(branch.outputs, head)
        self.body = outside

    def _is_part(self, inner: Merge, outer: Merge, branch: Branch) -> bool:
        """Whether the outer merge does what an inner one at the end of a branch does; arXiv:1602.07261, figure 6."""
        return (
            inner.kind == outer.kind == "merge"
            and len(inner.nodes) == 1
            and type(inner.nodes[0].op) is type(outer.nodes[0].op)
            and inner.outputs == branch.outputs
            and all(self.reads.get(value) == 1 for value in inner.outputs)
        )

    # --- repeats

    def _repeat(self, step: Repeat) -> None:
        """Turns that look the same are drawn once."""
        length = len(step.turns) // step.count if step.turns and len(step.turns) % step.count == 0 else 1
        turns = [step.turns[start : start + length] for start in range(0, len(step.turns), length)]
        arriving = step.inputs
        for (look, _), equal in groupby(turns, key=self._kinds()):
            run = list(equal)
            if len(run) == 1:
                self.steps(run[0])
            else:
                self._loop(run, look, arriving, step.name if len(run) == len(turns) else run[0][0].name)
            arriving = run[-1][-1].outputs
        self._alias(step.outputs, arriving)

    def _kinds(self) -> Callable[[Sequence[Step]], tuple[Drawing, int]]:
        """What turns have in common that are drawn as one: their look, and that nothing between them is an output."""
        outputs = 0

        def kind(turn: Sequence[Step]) -> tuple[Drawing, int]:
            nonlocal outputs
            before = outputs
            outputs += any(value in self.typed.graph.outputs for value in turn[-1].outputs)
            return self._look(turn), before

        return kind

    def _loop(self, run: Sequence[Sequence[Step]], look: Drawing, arriving: tuple[Value, ...], name: str) -> None:
        """The last of equal turns, whose output is that of all; their number stands in its box, or round its boxes."""
        start, outer, self.loops = len(self.boxes), self.loops, []
        between = run[-2][-1].outputs
        self._alias(between, arriving[: len(between)])
        turn = run[-1]
        if len(look.boxes) > 1:
            self._part(between, f"{name}.input", look)
        elif len(turn) == 1:
            turn = (replace(turn[0], name=name),)
        self.steps(turn)
        drawn = self.boxes[start:]
        if len(drawn) == 1:
            items = tuple(item for turn in run for item in executed(turn))
            label = f"{len(run)} x {drawn[0].label}"
            self.boxes[start] = replace(drawn[0], label=label, work=Work(self.typed, items))
        elif drawn:
            outer.append(Loop(len(run), tuple(box.id for box in drawn), tuple(self.loops)))
        self.loops = outer

    def _part(self, values: tuple[Value, ...], point: str, look: Drawing) -> None:
        """Where several arrows would enter a loop from one box, let them part inside."""
        entering = [arrow.tail for arrow in look.arrows if arrow.tail.startswith("from ")]
        if len(values) == len(set(entering)) == 1 < len(entering):
            self._box(point, "", kind="point", family="point")
            self._arrows(values, point)
            self._made(values, point)

    def _look(self, turn: Sequence[Step]) -> Drawing:
        """A turn as it is drawn, whatever its steps are called."""
        inner = _Drawer(self.typed, replace(self.style, sizes="none"), self.labels, self.reads, ends=_Outside())
        inner.steps(turn)
        names = {box.id: str(index) for index, box in enumerate(inner.boxes)}
        return Drawing(
            tuple(replace(box, id=names[box.id]) for box in inner.boxes),
            tuple(
                replace(arrow, tail=names.get(arrow.tail, arrow.tail), head=names[arrow.head]) for arrow in inner.arrows
            ),
            tuple(_renamed(loop, names) for loop in inner.loops),
        )

    # --- boxes and arrows

    def _box(
        self,
        id: str,
        label: str,
        size: str = "",
        *,
        kind: Literal["box", "name", "point"] = "box",
        family: BoxFamily = "shape",
        items: tuple[Node | Call, ...] = (),
    ) -> None:
        work = Work(self.typed, items) if items else None
        self.boxes.append(Box(id, label, size, kind, family, work))
        self.bodies[id] = self.body

    def _size(self, step: Step) -> str:
        """The size of what a step of the trunk gives, where it is printed."""
        if self.style.sizes == "none" or self.body or len(step.outputs) != 1:
            return ""
        made, arrived = self.typed.of(step.outputs), self.typed.of(step.inputs[:1])
        return made[0].paper if self.style.sizes == "all" or made != arrived else ""

    def _arrows(self, values: tuple[Value, ...], head: str) -> None:
        for value in values:
            for tail in self.ends[value]:
                self.arrows.append(Arrow(tail, head, slack=self.bodies.get(tail) != self.body))

    def _made(self, values: tuple[Value, ...], box: str) -> None:
        self.ends |= dict.fromkeys(values, (box,))

    def _alias(self, values: tuple[Value, ...], originals: tuple[Value, ...]) -> None:
        self.ends |= {value: self.ends[original] for value, original in zip(values, originals, strict=True)}


def _renamed(loop: Loop, names: Mapping[str, str]) -> Loop:
    inner = tuple(_renamed(other, names) for other in loop.loops)
    return Loop(loop.count, tuple(names[box] for box in loop.boxes), inner)
