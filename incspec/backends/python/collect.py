"""What classes are printed for: TypedGraph -> the uses of every block, and the repeats that need classes too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from graphlib import TopologicalSorter

from ...expressions import Plain
from ...ir import Call, Conditional, Repeat, Step, TypedGraph, turn_symbol
from ...steps import children
from ...syntax import DocPath
from .modules import ModulePrinter
from .parts import Classes, Use
from .reads import lasting_values, values_from_outside
from .signature import environment
from .units import Units


@dataclass
class Block:
    """A block: its uses, and the parameters that some call gives."""

    uses: dict[TypedGraph, Use] = field(default_factory=dict)
    given: set[str] = field(default_factory=set)
    callees: dict[str, None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Place:
    """A step, in how many repeats it stands, and whether it runs in this use."""

    step: Step
    depth: int
    runs: bool


def blocks_of(network: TypedGraph) -> Iterator[tuple[str, Block]]:
    """All blocks by name, each after those that it calls; the network has an empty name."""
    blocks: dict[str, Block] = {}
    file_params = environment(network, {})

    def visit(typed: TypedGraph, outer: Mapping[str, Plain], *, runs: bool) -> None:
        graph = typed.graph
        block = blocks.setdefault(graph.block, Block())
        known = block.uses.get(typed)
        if known is not None and (known.runs or not runs):
            return
        env = environment(typed, outer)
        block.uses[typed] = Use(typed, graph.steps, graph.inputs, graph.outputs, (), env, runs)
        for place in _places(block.uses[typed].all_steps, runs=runs):
            step = place.step
            if isinstance(step, Call) and step.name in typed.calls:
                block.callees[step.graph.block] = None
                blocks.setdefault(step.graph.block, Block()).given.update(step.arguments)
                visit(typed.calls[step.name], {**file_params, **step.arguments}, runs=place.runs)

    visit(network, {}, runs=True)
    for name in TopologicalSorter({name: list(block.callees) for name, block in blocks.items()}).static_order():
        yield name, blocks[name]


def turns_of(block: Block, units: Units, classes: Classes) -> Iterator[tuple[str, list[Use]]]:
    """The repeats of a block whose turns are neither blocks nor modules of torch, those inside others first.

    For each place of the document that has some, the name of the step, and all turns in all uses of the block.
    """
    found: dict[DocPath, list[tuple[Use, Repeat, int]]] = {}
    for use in block.uses.values():
        for place in _places(use.all_steps, runs=use.runs):
            if isinstance(place.step, Repeat):
                running = replace(use, runs=place.runs)
                found.setdefault(place.step.path, []).append((running, place.step, place.depth))
    for repeats in sorted(found.values(), key=lambda repeats: -repeats[0][2]):
        turns = [turn for use, step, _ in repeats for turn in _turns(use, step, units, classes)]
        if turns:
            yield repeats[0][1].name, turns


def _turns(use: Use, step: Repeat, units: Units, classes: Classes) -> Iterator[Use]:
    printer = ModulePrinter(use, units, classes, lasting_values(use))
    inputs, outside = step.inputs, values_from_outside(step)
    for index, turn in enumerate(step.turns):
        if not isinstance(turn, Call) and printer.is_known(turn) and not printer.is_module(turn):
            symbol = turn_symbol(step.name)
            given, env = (*inputs, *outside), {**use.env, symbol: index}
            prefixes = (f"{turn.name}_", f"{step.name}_")
            yield Use(use.typed, (turn,), given, turn.outputs, prefixes, env, use.runs, symbol)
        inputs = turn.outputs


def heads_of(block: Block, units: Units, classes: Classes) -> Iterator[tuple[str, Use]]:
    """The auxiliary heads of a network that are neither blocks nor modules of torch, nor such in series; by name."""
    for use in block.uses.values():
        printer = ModulePrinter(use, units, classes, lasting_values(use))
        for head in use.heads:
            if head.steps and not printer.is_series(head):
                prefixes = (f"{head.name}_",)
                inside = Use(use.typed, head.steps, head.inputs, head.outputs, prefixes, use.env, use.runs, head=head)
                yield head.name, inside


def _places(steps: Sequence[Step], *, runs: bool, depth: int = 0) -> Iterator[_Place]:
    """Steps and all that is in them; the blocks they call are not entered."""
    for step in steps:
        yield _Place(step, depth, runs)
        passed = not isinstance(step, Conditional) or step.taken
        yield from _places(children(step), runs=runs and passed, depth=depth + isinstance(step, Repeat))
