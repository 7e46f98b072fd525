"""What a figure shows: TypedGraph -> Drawing, the boxes of a graph and the arrows between them.

Boxes carry the papers' words. A layer's norm and activation belong to its box, as in the papers, and a concat that
only feeds a concat is not drawn: its branches end at the outer one. Arrows stand in the order of the spec's
branches, which is their order in the figure from left to right. Blocks are one box each, or their own steps.

Not here: the words (labels.py, wording.py), how it looks (layout.py, paint.py).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Literal

from ...ir import AuxHead, Branch, Call, Layer, Merge, Node, Repeat, Series, Step, TypedGraph, Value
from ...steps import all_steps, executed
from .detail import Detail
from .drawing import Box, BoxFamily, Drawing, Side
from .labels import Labels, Widths
from .sketch import End, Sketch
from .wording import fill
from .work import Work


def draw(typed: TypedGraph, detail: Detail) -> Drawing:
    """Draw a graph: its own steps one by one, the blocks that it calls as one box each, or opened."""
    graph = typed.graph
    drawer = _drawer(typed, detail, Sketch())
    drawer.number = len(graph.aux)
    drawer.scores = set() if graph.block else {*graph.outputs, *(value for head in graph.aux for value in head.outputs)}
    drawer.inputs()
    drawer.steps(graph.steps)
    drawer.outputs()
    sketch = drawer.sketch
    trunk, frames, sketch.arrows = sketch.arrows, sketch.frames, []
    sides = tuple(drawer.side(head, number) for number, head in enumerate(graph.aux))
    arrows, hidden = (*trunk, *sketch.arrows), tuple(sketch.hidden)
    return Drawing(tuple(sketch.boxes), arrows, tuple(frames), sides, hidden, sketch.gives)


def _drawer(typed: TypedGraph, detail: Detail, sketch: Sketch) -> _Drawer:
    reads = Counter(value for item in executed(all_steps(typed.graph)) for value in item.inputs)
    reads.update(typed.graph.outputs)
    return _Drawer(typed, detail, Labels(typed, detail.widths, detail.wording), reads, sketch)


class _Outside(dict[Value, tuple[End, ...]]):
    """Where values come from in a drawing of some steps alone: what they do not make themselves comes from outside."""

    def __missing__(self, value: Value) -> tuple[End, ...]:
        self[value] = (End(f"from {len(self)}"),)
        return self[value]


@dataclass(eq=False)
class _Drawer:
    """One graph while it is drawn.

    `reads` says how often values are read, `ends` which boxes they come from (several where a merge is not drawn).
    `calls` lead to the graph from the one that the drawing is of; `scores` are the values that are outputs of the
    network, `number` is that of the head that is being drawn. `varied` are the values that are not the same in all turns
    that a box stands for, `twins` what the same call of other turns leads to.
    """

    typed: TypedGraph
    detail: Detail
    labels: Labels
    reads: Mapping[Value, int]
    sketch: Sketch
    ends: dict[Value, tuple[End, ...]] = field(default_factory=dict)
    calls: tuple[str, ...] = ()
    scores: set[Value] = field(default_factory=set)
    number: int = 0
    varied: set[Value] = field(default_factory=set)
    twins: dict[str, list[TypedGraph]] = field(default_factory=dict)

    # --- the two ends of the graph

    def inputs(self) -> None:
        """The network's inputs have their sizes in the box; a block's are what comes before, or its names for them."""
        graph, before = self.typed.graph, self.detail.before
        alone = len(graph.inputs) == 1
        for value, type_ in zip(graph.inputs, self.typed.input_types, strict=True):
            size = "" if self.detail.sizes == "none" else type_.paper
            if not graph.block:
                words = {"name": "" if alone else str(value), "size": type_.paper}
                self._box(str(value), fill(self.detail.wording.input, words), family="input")
            elif not alone:
                self._box(str(value), str(value), size, kind="name", family="input")
            else:
                self._box(str(value), before, "" if type_.paper in before else size, family="input")
            self._made((value,), str(value))

    def outputs(self) -> None:
        """Several outputs get their names, and so does one that is read in the graph too; else it is the top."""
        graph = self.typed.graph
        inner = {arrow.tail for arrow in self.sketch.arrows}
        if len(graph.outputs) == 1 and not any(end.box in inner for end in self.ends[graph.outputs[0]]):
            return
        for index, (value, name) in enumerate(zip(graph.outputs, graph.output_names, strict=True)):
            self._box(f"output.{index}", name if len(graph.outputs) > 1 else "output", kind="name", family="output")
            self._arrows((value,), f"output.{index}")

    def side(self, head: AuxHead, number: int) -> Side:
        """Draw an auxiliary head."""
        start, self.sketch.frames, self.number = len(self.sketch.boxes), [], number
        with self.sketch.inside(head.name):
            self.steps(head.steps)
            if len(self.sketch.boxes) == start:
                self._box(f"{head.name}.output", "Identity")
                self._arrows(head.outputs, f"{head.name}.output")
        title = f"{head.name}, in training only"
        return Side(title, tuple(box.id for box in self.sketch.boxes[start:]), tuple(self.sketch.frames))

    # --- steps

    def steps(self, steps: Iterable[Step]) -> None:
        """Draw steps, one after the other."""
        for step in steps:
            self._step(step)

    def _step(self, step: Step) -> None:
        if isinstance(step, Layer):
            self._layer(step)
        elif isinstance(step, Call):
            self._call(step)
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

    def _layer(self, step: Layer) -> None:
        op = step.nodes[0].op
        scores = self.detail.wording.scores if op.family == "linear" and step.outputs[0] in self.scores else ()
        if scores and not self.labels.is_activated(step):
            self._scores(step)
            return
        label = self.labels.of_layer(step)
        if label:
            self._box(step.name, label, self._size(step), family=op.look, items=step.nodes)
            self._arrows(step.inputs, step.name)
            self._made(step.outputs, step.name)
        else:
            self._hide(step.nodes[0])
            self._alias(step.outputs, step.inputs)

    def _scores(self, step: Layer) -> None:
        """The boxes of a classifier, the first of which is the layer."""
        boxes = self.detail.wording.scores
        for index, score in enumerate(boxes):
            name = step.name if index == 0 else f"{step.name}.{index}"
            size = self._size(step) if index == len(boxes) - 1 else ""
            label = fill(score.label, {"number": str(self.number)})
            self._box(name, label, size, family=score.family, items=() if index else step.nodes)
            self._arrows(step.outputs if index else step.inputs, name)
            self._made(step.outputs, name)

    def _call(self, step: Call) -> None:
        if not self.detail.opens(step.graph.block, len(self.calls) + 1):
            self._box(step.name, step.graph.title, self._size(step), family="call", items=(step,))
            self._arrows(step.inputs, step.name)
            self._made(step.outputs, step.name)
            return
        called = self.typed.calls[step.name]
        inner = _drawer(called, replace(self.detail, widths=Widths.NUMBERS), self.sketch)
        inner.calls, inner.number = (*self.calls, step.name), self.number
        pairs = list(zip(step.outputs, called.graph.outputs, strict=True))
        twins = ((twin, twin.graph.steps) for twin in self.twins.get(step.name, ()) if twin is not called)
        inner.varied = set(inner._different(called.graph.steps, twins))
        inner.varied -= {made for given, made in pairs if given not in self.varied}
        read = zip(called.graph.inputs, step.inputs, strict=True)
        inner.varied |= {value for value, given in read if given in self.varied}
        inner.scores = {made for given, made in pairs if given in self.scores}
        for value, given in zip(called.graph.inputs, step.inputs, strict=True):
            inner.ends[value] = self.ends[given]
        with self.sketch.framed(1, called.graph.title):
            inner.steps(called.graph.steps)
        self.ends |= {given: inner.ends[made] for given, made in pairs}

    def _merge(self, step: Merge) -> None:
        labels = [self.labels.of_node(node) for node in step.nodes]
        ends = self._branches(step, self._name(str(step.nodes[0].outputs[0])) if labels[0] else None)
        self.ends |= dict.fromkeys(step.nodes[0].outputs, ends)
        for index, (node, label) in enumerate(zip(step.nodes, labels, strict=True)):
            name = str(node.outputs[0])
            if label:
                size = self._size(step) if node is step.nodes[-1] else ""
                self._box(name, label, size, family=node.op.look, items=(node,))
                self._arrows(node.inputs if index else (), name)
                self._made(node.outputs, name)
            else:
                self._hide(node)
                if index:
                    self._alias(node.outputs, node.inputs)

    def _branches(self, step: Merge, head: str | None) -> tuple[End, ...]:
        """All branches of a merge and their arrows to it, in order; an inner merge that adds nothing is passed by."""
        if step.split is not None:
            name = step.split.outputs[0].producer
            label = self.labels.of_node(step.split)
            self._box(name, label, family=step.split.op.look, items=(step.split,))
            self._arrows(step.inputs, name)
            self._made(step.split.outputs, name)
        ends: list[End] = []
        for branch in step.branches:
            with self.sketch.inside(branch.name):
                last = branch.steps[-1] if branch.steps else None
                if isinstance(last, Merge) and self._is_part(last, step, branch):
                    self.steps(branch.steps[:-1])
                    ends += self._branches(last, head)
                    continue
                self.steps(branch.steps)
                found = [end for value in branch.outputs for end in self.ends[value]]
                if head is not None:
                    self.sketch.arrow(found, head)
                ends += found
        return tuple(ends)

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
        between = run[-2][-1].outputs
        self._alias(between, arriving[: len(between)])
        turn, start = run[-1], len(self.sketch.boxes)
        self.varied |= set(self._different(turn, ((self.typed, other) for other in run[:-1]))) - {*turn[-1].outputs}
        if any(self.typed.of(other[-1].outputs) != self.typed.of(arriving[: len(between)]) for other in run[:-1]):
            self.varied |= {*between}
        with self.sketch.framed(len(run)):
            if len(look.boxes) > 1:
                self._part(between, f"{name}.input", look)
            elif len(turn) == len(look.boxes) == 1 and not look.loops:
                turn = (replace(turn[0], name=name),)
            self.steps(turn)
        drawn = self.sketch.boxes[start:]
        if len(drawn) == 1 and not look.loops:
            items = tuple(item for turn in run for item in executed(turn))
            label = f"{len(run)} x {drawn[0].label}"
            self.sketch.boxes[start] = replace(drawn[0], label=label, work=Work(self.typed, items, self.calls))

    def _different(self, steps: Sequence[Step], others: Iterable[tuple[TypedGraph, Sequence[Step]]]) -> Iterator[Value]:
        """What steps give that is not the same in others which look like them."""
        for typed, equal in others:
            for item, other in zip(executed(steps), executed(equal), strict=False):
                if self.typed.of(item.outputs) != typed.of(other.outputs):
                    yield from item.outputs
                if isinstance(item, Call) and isinstance(other, Call):
                    self.twins.setdefault(item.name, []).append(typed.calls[other.name])

    def _part(self, values: tuple[Value, ...], point: str, look: Drawing) -> None:
        """Where several arrows would enter a loop from one box, let them part inside."""
        entering = [arrow.tail for arrow in look.arrows if arrow.tail.startswith("from ")]
        if len(values) == len(set(entering)) == 1 < len(entering):
            self._box(point, "", kind="point", family="point")
            self._arrows(values, point)
            self._made(values, point)

    def _look(self, turn: Sequence[Step]) -> Drawing:
        """A turn as it is drawn, whatever its steps are called."""
        sketch = Sketch()
        inner = replace(
            self, sketch=sketch, ends=_Outside(), varied=set(), twins={}, detail=replace(self.detail, sizes="none")
        )
        inner.steps(turn)
        return sketch.look()

    # --- boxes and arrows

    def _box(
        self,
        name: str,
        label: str,
        size: str = "",
        *,
        kind: Literal["box", "name", "point"] = "box",
        family: BoxFamily = "shape",
        items: tuple[Node | Call, ...] = (),
    ) -> None:
        work = Work(self.typed, items, self.calls) if items else None
        self.sketch.box(Box(self._name(name), label, size, kind, family, work, unlike=self._unlike(items)))

    def _unlike(self, items: tuple[Node | Call, ...]) -> frozenset[str]:
        """The facts of what runs in a box that are not the same in all turns that it stands for."""
        if self.varied.isdisjoint(value for item in items for value in (*item.inputs, *item.outputs)):
            return frozenset()
        costs = frozenset(("parameters", "macs"))
        return costs if self.varied.isdisjoint(items[-1].outputs) else costs | {"shape"}

    def _name(self, name: str) -> str:
        """What a box is called in the drawing: after the calls that lead to it."""
        return "/".join((*self.calls, name))

    def _size(self, step: Step) -> str:
        """The size of what a step of the trunk gives, where it is printed."""
        wanted = self.detail.sizes
        if wanted == "none" or len(step.outputs) != 1 or (self.sketch.body and wanted != "every"):
            return ""
        made, arrived = self.typed.of(step.outputs), self.typed.of(step.inputs[:1])
        return made[0].paper if wanted in ("all", "every") or made != arrived else ""

    def _arrows(self, values: tuple[Value, ...], name: str) -> None:
        self.sketch.arrow((end for value in values for end in self.ends[value]), self._name(name))

    def _made(self, values: tuple[Value, ...], name: str) -> None:
        box = self._name(name)
        self.ends |= {value: (End(box, number),) for number, value in enumerate(values)}
        if self.varied.isdisjoint(values):
            self.sketch.gives[box] = tuple(type_.paper for type_ in self.typed.of(values))

    def _hide(self, node: Node) -> None:
        self.sketch.hidden[node.op.keyword] = None

    def _alias(self, values: tuple[Value, ...], originals: tuple[Value, ...]) -> None:
        self.ends |= {value: self.ends[original] for value, original in zip(values, originals, strict=True)}
