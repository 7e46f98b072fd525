"""Comparison: our module and a reference with equal weights, run side by side in float64 -> what differs.

Both run in eval mode on random inputs of several sizes and, if asked for, in training mode: the same batch, dropouts
without effect, and the gradients of all parameters. The weights are drawn anew, since a network as it is initialised
hides much: a factor of zero what it multiplies, a mean of zero and a variance of one what comes before them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import inf, isnan, prod

import torch
from torch import Tensor, nn

from ..diagnostics import listed
from ..shapes import TensorType
from ..telling import Tell, nobody
from .align import align, distance, first_difference
from .comparison import Comparison, FirstDifference, OutputDifference, Params, Run, StageDifference, size_of
from .gradients import backward, by_stage, first_buffer, first_gradient, gradient_differences
from .pair import Pair
from .trace import Recording, record

TOLERANCE = 1e-10
# Inputs of this spread take activations past the bounds that some of them have (6 of `relu6`, 3 of `hard_swish`).
SPREAD = 3.0
# Two images tell what mixes them; of fewer than three, a batch norm over one position leaves little but signs.
EVAL_BATCH, TRAIN_BATCH = 2, 3
# Sizes beside the network's own: fractions that leave a multiple of 32 a multiple of 8, the first that both accept.
FRACTIONS = {"smaller": ((3, 4), (7, 8), (1, 2)), "larger": ((9, 8), (5, 4), (2, 1))}

Shapes = tuple[tuple[int, ...], ...]
Stages = dict[str, StageDifference]


class SizeError(Exception):
    """An input that one of the two refuses, or makes nothing of."""


def compare(
    pair: Pair,
    inputs: Sequence[TensorType],
    sizes: Sequence[Sequence[int]] | None = None,
    *,
    train: bool,
    tell: Tell = nobody,
) -> Comparison:
    """Run both, and say what differs. The weights of both are overwritten.

    `sizes` are lengths of the spatial axes, one number for all of them; by default the network's own, and a smaller
    and a larger one that both accept. Training is tried with the first. `tell` hears what is being done.

    Raises:
        SizeError: one of them does not accept an input.
    """
    own: Shapes = tuple(tuple(int(n) for n in each.shape) for each in inputs)
    wanted = [_sized(own, size) for size in sizes] if sizes else [own]
    comparer = _Comparer(pair, tell, len(wanted) + (0 if sizes else len(FRACTIONS)) + train)
    comparer.tell("drawing equal weights")
    pair.draw()
    runs = [comparer.evaluate(shapes) for shapes in wanted]
    params = (_params(pair.ours, comparer.used[0]), _params(pair.theirs, comparer.used[1]))
    if not sizes:
        runs += [run for kind in FRACTIONS if (run := comparer.first_accepted(own, kind))]
        runs.sort(key=lambda run: [prod(shape) for shape in run.shapes])
    if train:
        runs.append(comparer.train(wanted[0]))
    notes = tuple(dict.fromkeys([*pair.notes, *comparer.notes]))
    return Comparison(pair.name, pair.against, pair.tolerance, *params, tuple(runs), notes)


class _Comparer:
    """Runs a pair, and collects what is to be said beside the differences."""

    def __init__(self, pair: Pair, tell: Tell, runs: int) -> None:
        self.pair, self.listener = pair, tell
        # How many runs of both are done, and how many there will be.
        self.done, self.runs = 0, runs
        self.notes: list[str] = []
        # How many parameters of each took part in the last run in eval mode.
        self.used = (0, 0)

    def tell(self, doing: str) -> None:
        """Say what is being done."""
        self.listener(doing, self.done, self.runs)

    def evaluate(self, shapes: Shapes) -> Run:
        """Run both in eval mode."""
        inputs = _random(shapes, EVAL_BATCH)
        with torch.no_grad():
            theirs = self._record(self.pair.theirs.eval(), [x.clone() for x in inputs])
            ours = self._record(self.pair.ours.eval(), inputs)
        self.used = (sum(ours.params.values()), sum(theirs.params.values()))
        outputs = self._outputs(ours, theirs)
        stages, first = _forward(self.pair, ours, theirs, outputs)
        self.done += 1
        return Run("eval", shapes, tuple(stages.values()), outputs, first, ours.macs, theirs.macs)

    def first_accepted(self, own: Shapes, kind: str) -> Run | None:
        """Run both in eval mode with the first larger or smaller input that neither refuses."""
        for part, whole in FRACTIONS[kind]:
            shapes = tuple((shape[0], *(max(1, n * part // whole) for n in shape[1:])) for shape in own)
            if shapes != own:
                try:
                    return self.evaluate(shapes)
                except SizeError:
                    continue
        self.done += 1
        self.notes.append(f"no {kind} input was found that both accept")
        return None

    def train(self, shapes: Shapes) -> Run:
        """Run both in training mode, forwards and backwards."""
        inputs = _random(shapes, TRAIN_BATCH)
        theirs = self._record(self.pair.theirs.train(), [x.clone() for x in inputs])
        ours = self._record(self.pair.ours.train(), inputs)
        outputs = self._outputs(ours, theirs)
        stages, first = _forward(self.pair, ours, theirs, outputs)
        paired = [(each.name, each.theirs) for each in outputs if each.theirs is not None]
        self.tell(f"computing gradients of `{self.pair.against}`")
        backward(theirs.outputs[name] for _, name in paired)
        self.tell("computing gradients of ours")
        backward(ours.outputs[name] for name, _ in paired)
        gradients = gradient_differences(self.pair)
        reached = by_stage(gradients)
        found = tuple(replace(stage, gradient=reached.get(name)) for name, stage in stages.items())
        first = first or first_gradient(self.pair, gradients, [*stages]) or first_buffer(self.pair)
        self.done += 1
        return Run("train", shapes, found, outputs, first, ours.macs, theirs.macs)

    def _record(self, module: nn.Module, inputs: Sequence[Tensor]) -> Recording:
        who = "ours" if module is self.pair.ours else f"`{self.pair.against}`"
        size = size_of([x.shape[1:] for x in inputs])
        self.tell(f"{'training' if module.training else 'running'} {who} at {size}")
        try:
            recording = record(module, inputs)
        except Exception as error:
            shapes = ", ".join("x".join(map(str, x.shape[1:])) for x in inputs)
            lines = str(error).strip().splitlines() or [type(error).__name__]
            mode = " in training" if module.training else ""
            raise SizeError(f"{who} refuses an input of {shapes}{mode}: {lines[0]}") from error
        if not recording.outputs:
            raise SizeError(f"{who} gives no tensor")
        for op, path in recording.random.items():
            self.notes.append(f"{who} draws random numbers, so no two runs are equal: {op} in `{path}`")
        return recording

    def _outputs(self, ours: Recording, theirs: Recording) -> tuple[OutputDifference, ...]:
        """Each output of ours and the nearest of theirs: the names and order of several are everybody's own."""
        distances = sorted(
            (_number(distance(mine.detach(), other.detach())), abs(i - j), name, their_name)
            for i, (name, mine) in enumerate(ours.outputs.items())
            for j, (their_name, other) in enumerate(theirs.outputs.items())
            if mine.shape == other.shape
        )
        found: dict[str, tuple[str, float]] = {}
        taken: set[str] = set()
        for difference, _, name, their_name in distances:
            if name not in found and their_name not in taken:
                found[name] = (their_name, difference)
                taken.add(their_name)
        if theirs.outputs.keys() - taken:
            left = listed(name for name in theirs.outputs if name not in taken)
            self.notes.append(
                f"in {'training' if self.pair.theirs.training else 'eval'} mode, theirs also gives {left}"
            )
        return tuple(OutputDifference(name, *found.get(name, (None, inf))) for name in ours.outputs)


def _forward(
    pair: Pair, ours: Recording, theirs: Recording, outputs: Sequence[OutputDifference]
) -> tuple[Stages, FirstDifference | None]:
    """How far each stage is from the reference, and where they part."""
    differing = [output for output in outputs if not output.difference <= pair.tolerance]
    ends = [ours.makers[output.name] for output in differing if output.name in ours.makers]
    found = align(ours, theirs, ends, pair.tolerance)
    stages: dict[str, float] = {}
    for index, (stage, difference) in enumerate(zip(pair.stages(ours.events), found.distances, strict=True)):
        # What is only computed in another way is no difference.
        counts = difference <= pair.tolerance or index in found.guilty
        stages[stage] = max(stages.get(stage, 0.0), difference if counts else 0.0)
    first = None
    if found.root is not None:
        first = first_difference(ours, theirs, found, found.root, pair)
    elif differing:  # an output that is an input, passed on
        first = FirstDifference("", "", differing[0].name, "output", "shape", differing[0].difference)
    return {name: StageDifference(name, difference) for name, difference in stages.items()}, first


def _sized(own: Shapes, sizes: Sequence[int]) -> Shapes:
    """The inputs with other lengths of their spatial axes."""
    found = []
    for channels, *axes in own:
        if len(sizes) not in (1, len(axes)):
            given, whole = ("x".join(map(str, each)) for each in (sizes, (channels, *axes)))
            raise SizeError(f"the size `{given}` is not one of the spatial axes of {whole}")
        found.append((channels, *(list(sizes) * len(axes) if len(sizes) == 1 else sizes)))
    return tuple(found)


def _random(shapes: Shapes, batch: int) -> list[Tensor]:
    generator = torch.Generator().manual_seed(0)
    return [SPREAD * torch.randn(batch, *shape, generator=generator, dtype=torch.float64) for shape in shapes]


def _params(module: nn.Module, used: int) -> Params:
    return Params(sum(parameter.numel() for parameter in module.parameters()), used)


def _number(difference: float) -> float:
    return inf if isnan(difference) else difference
