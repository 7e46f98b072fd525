"""Who reads which value: what needs a variable of its own, what is never read, what a step reads from outside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...ir import Conditional, Layer, Merge, Repeat, Series, Step, Value
from ...steps import all_steps, walk
from .parts import Use


def lasting_values(use: Use) -> frozenset[Value]:
    """The values that are read by more than the step right after them, and so need a name of their own.

    Of a part, those of the whole: which steps are one module, and what modules are called, depends on them.
    """
    whole = use.whole
    heads = use.heads if whole is None else whole.aux
    lasting: set[Value] = {value for head in heads for value in head.inputs}

    def visit(steps: Sequence[Step], current: tuple[Value, ...], result: tuple[Value, ...]) -> None:
        for step in steps:
            if step.inputs != current:
                lasting.update(step.inputs)
            if isinstance(step, Merge):
                for branch in step.branches:
                    if step.split is None and branch.inputs != step.inputs:
                        lasting.update(branch.inputs)
                    if not branch.steps and branch.outputs != step.inputs:
                        lasting.update(branch.outputs)
                    visit(branch.steps, branch.inputs, branch.outputs)
            elif isinstance(step, Series):
                visit(step.steps, step.inputs, step.outputs)
            elif isinstance(step, Repeat):
                lasting.update(values_from_outside(step))
            elif isinstance(step, Conditional) and step.step is not None:
                visit((step.step,), step.inputs, step.step.outputs)
            current = step.outputs
        if current != result:
            lasting.update(result)

    visit(*((use.steps, use.inputs, use.outputs) if whole is None else (whole.steps, whole.inputs, whole.outputs)))
    for head in heads:
        visit(head.steps, head.inputs, head.outputs)
    every = use.all_steps if whole is None else all_steps(whole)
    passing = [step for step in walk(every) if isinstance(step, Conditional) and is_settled(step)]
    while (
        more := {value for step in passing if lasting.intersection(step.outputs) for value in originals(step)} - lasting
    ):
        lasting |= more
    return frozenset(lasting)


def is_settled(step: Conditional) -> bool:
    """Whether a condition is decided where the source is printed: its outputs are other names for what runs, or passes."""
    return len(step.inputs) != 1 or len(step.outputs) != 1


def originals(step: Conditional) -> tuple[Value, ...]:
    """What the outputs of a condition stand for."""
    return step.step.outputs if step.taken and step.step is not None else step.inputs


def values_from_outside(step: Repeat) -> tuple[Value, ...]:
    """What the turns of a repeat read besides what passes from one to the next, in order."""
    outside: dict[Value, None] = {}
    inputs = step.inputs
    for turn in step.turns:
        steps = list(walk((turn,)))
        made = {*inputs, *(value for inner in steps for value in _made(inner))}
        outside |= dict.fromkeys(value for inner in steps for value in _read(inner) if value not in made)
        inputs = turn.outputs
    return tuple(outside)


def unread_values(use: Use) -> frozenset[Value]:
    """The results of steps that nothing reads."""
    made = frozenset(value for step in walk(use.all_steps) for value in step.outputs)
    beside = ((*head.inputs, *head.outputs) for head in use.heads)
    return made.difference(use.outputs, *beside, *(_read(step) for step in walk(use.all_steps)))


def steps_by_name(steps: Sequence[Step]) -> Mapping[str, Step]:
    """Steps and all that is in them."""
    return {step.name: step for step in walk(steps)}


def _read(step: Step) -> tuple[Value, ...]:
    read = step.inputs
    if isinstance(step, Merge):
        read += tuple(value for branch in step.branches for value in branch.outputs)
    elif isinstance(step, Series):
        read += step.outputs
    elif isinstance(step, Repeat) and step.turns:
        read += step.turns[-1].outputs
    elif isinstance(step, Conditional) and step.step is not None:
        read += step.step.outputs
    return read


def _made(step: Step) -> tuple[Value, ...]:
    made = () if isinstance(step, Series) else step.outputs  # what its steps make, or what is passed on through it
    if isinstance(step, Layer | Merge):
        made += tuple(value for node in step.nodes for value in node.outputs)
    if isinstance(step, Merge) and step.split is not None:
        made += step.split.outputs
    return made
