"""What a comparison of a network with a reference found: data, for whoever renders it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import inf
from typing import Literal

Mode = Literal["eval", "train"]
# How a tensor differs: by its values, by the order of its channels, by its shape, or in that the reference does
# something else before it.
Kind = Literal["values", "order", "shape", "extra"]
# What differs first: a tensor on the way forward, a gradient on the way back, or what training leaves in buffers.
Subject = Literal["output", "gradient", "buffer"]


@dataclass(frozen=True, slots=True)
class StageDifference:
    """The largest relative difference within a step of the network, one turn of it where it is repeated.

    `gradient` is that of the gradients of its parameters, None where none were computed.
    """

    stage: str
    output: float
    gradient: float | None = None


@dataclass(frozen=True, slots=True)
class OutputDifference:
    """An output, the reference's that it was compared with, and their largest relative difference.

    `theirs` is None where the reference gives no tensor of that shape.
    """

    name: str
    theirs: str | None
    difference: float


@dataclass(frozen=True, slots=True)
class FirstDifference:
    """The first op whose inputs the reference has too, but not its output.

    `module` is the submodule that it runs in, `theirs` the reference's submodule that seems to be its counterpart, with
    the op there. The path of the network itself is empty.
    """

    stage: str
    module: str
    op: str
    subject: Subject
    kind: Kind
    difference: float
    theirs: str | None = None
    their_op: str | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """One run of both on the same input. Multiply-adds are those of one image, as measured in this run."""

    mode: Mode
    shapes: tuple[tuple[int, ...], ...]
    stages: tuple[StageDifference, ...]
    outputs: tuple[OutputDifference, ...]
    first: FirstDifference | None
    our_macs: int
    their_macs: int

    @property
    def size(self) -> str:
        """The spatial axes of its first input: `299x299`."""
        return size_of(self.shapes)

    @property
    def difference(self) -> float:
        """The largest relative difference of all outputs."""
        return max((output.difference for output in self.outputs), default=inf)


def size_of(shapes: Sequence[Sequence[int]]) -> str:
    """The spatial axes of the first of some inputs, or all of one that has none."""
    return "x".join(map(str, shapes[0][1:] or shapes[0]))


@dataclass(frozen=True, slots=True)
class Params:
    """Learnt parameters: all, and those that take part in eval mode, which those of aux heads do not."""

    total: int
    eval: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """A network and a reference with equal weights, run side by side."""

    name: str
    against: str
    tolerance: float
    ours: Params
    theirs: Params
    runs: tuple[Run, ...]
    notes: tuple[str, ...] = ()

    @property
    def equal(self) -> bool:
        """Whether nothing differs by more than the tolerance."""
        return self.first is None

    @property
    def first(self) -> FirstDifference | None:
        """The first difference of the first run that has one."""
        return next((run.first for run in self.runs if run.first is not None), None)

    @property
    def difference(self) -> float:
        """The largest relative difference of all outputs, of gradients too where they were computed."""
        return max(self._differences(), default=inf)

    def _differences(self) -> Iterator[float]:
        for run in self.runs:
            yield run.difference
            yield from (stage.gradient for stage in run.stages if stage.gradient is not None)
