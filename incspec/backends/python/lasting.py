"""Which values need a variable of their own."""

from __future__ import annotations

from collections.abc import Sequence

from ...ir import Conditional, Merge, Repeat, Step, TypedGraph, Value


def lasting_values(typed: TypedGraph) -> frozenset[Value]:
    """The values that are read by more than the step right after them, and so need a name of their own."""
    lasting: set[Value] = set()

    def visit(steps: Sequence[Step], current: tuple[Value, ...], result: tuple[Value, ...]) -> None:
        for step in steps:
            if step.inputs != current:
                lasting.update(step.inputs)
            if isinstance(step, Merge):
                for branch in step.branches:
                    start = branch.inputs
                    if step.split is None and start != step.inputs:
                        lasting.update(start)
                    if not branch.steps and branch.outputs != step.inputs:
                        lasting.update(branch.outputs)
                    visit(branch.steps, start, branch.outputs)
            elif isinstance(step, Repeat):
                turn_inputs = step.inputs
                for turn in step.turns:
                    visit((turn,), turn_inputs, turn.outputs)
                    turn_inputs = turn.outputs
            elif isinstance(step, Conditional) and step.step is not None:
                visit((step.step,), step.inputs, step.step.outputs)
            current = step.outputs
        if current != result:
            lasting.update(result)

    visit(typed.graph.steps, typed.graph.inputs, typed.graph.outputs)
    return frozenset(lasting - {value for value in lasting if value not in typed.types})
