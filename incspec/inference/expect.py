"""Expectations: what the author says of a step, a block or the whole network, against what was inferred."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ..diagnostics import Label
from ..expressions import Plain
from ..ir import NO_EXPECTATION, Expectation, TypedGraph
from ..ops.base import Cost
from ..record import record
from ..resolution.values import Names, Poison, Values
from ..shapes import TensorType
from ..source import Span
from ..spec import Expect, ModelSpec
from ..steps import all_steps, walk
from ..syntax import DocPath
from .context import TOTALS, Context, Mistake
from .origin import Origin, origin_labels


def is_as_expected(typed: TypedGraph) -> bool:
    """Whether all that is expected of the steps of a network, and of its blocks, is so."""
    seen: set[int] = set()
    waiting = [typed]
    while waiting:
        current = waiting.pop()
        if id(current) in seen:
            continue
        seen.add(id(current))
        graph, types = current.graph, current.types
        if not _is_output(graph.expect, types.get(graph.outputs[0])):
            return False
        for step in walk(all_steps(graph)):
            if step.expect is NO_EXPECTATION:
                continue
            first = types.get(step.inputs[0]) if step.inputs else None
            if not _is_output(step.expect, types.get(step.outputs[0])) or not _is_input(step.expect, first):
                return False
        waiting += current.calls.values()
    return True


def _is_output(expect: Expectation, found: TensorType | None) -> bool:
    return expect.output is None or (found is not None and found.channels_first.shape == expect.output)


def _is_input(expect: Expectation, found: TensorType | None) -> bool:
    return expect.channels_in is None or (found is not None and found.channels == expect.channels_in)


def check_output(
    expect: Expectation, found: TensorType, path: DocPath, context: Context, origin: Origin | None = None
) -> bool:
    """Compare an output with the `expect` of a step or block; false where that is a mistake, not only a note."""
    if expect.output is None or _is_output(expect, found):
        return True
    found = found.channels_first
    message = f"expected {TensorType(expect.output)}, got {found}"
    if _is_conflict((*path, "expect"), message, f"the output is {found}", context):
        return False
    at = context.tree.span_at((*path, "expect"))
    written = f"`expect: [{', '.join(str(int(length)) for length in found.shape)}]`"
    severity = context.severity(at)
    made_at = origin.path if origin is not None else None
    context.note_mistake("expectation-failed", at, Mistake.between(path, TensorType(expect.output), found, made_at))
    context.sink.error(
        "expectation-failed",
        message,
        at,
        label=f"the output is {found}",
        secondary=origin_labels(origin, context.tree) if found.channels != expect.output[0] else (),
        notes=context.notes() if severity == "error" else (),
        severity=severity,
        help=context.in_place_of(f"change the layers before it, or write what comes out: {written}", at, written),
    )
    return severity != "error"


def check_input(
    expect: Expectation, found: TensorType | None, path: DocPath, context: Context, origin: Origin | None = None
) -> bool:
    """Compare the width that arrives with the `in` of a step, whose `origin` is where it comes from; as `check_output`."""
    if expect.channels_in is None or found is None or _is_input(expect, found):
        return True
    at = context.tree.span_at((*path, "in"))
    severity, written = context.severity(at), f"`in: {int(found.channels)}`"
    stated, made_at = found.with_channels(expect.channels_in), origin.path if origin is not None else None
    context.note_mistake("expectation-failed", at, Mistake.between(path, stated, found, made_at))
    context.sink.error(
        "expectation-failed",
        f"`in` says {expect.channels_in} {'channels' if found.rank else 'features'}, but {int(found.channels)} arrive",
        at,
        label=f"the input is {found}",
        secondary=origin_labels(origin, context.tree),
        notes=context.notes() if severity == "error" else (),
        severity=severity,
        help=context.in_place_of(f"write {written}, or leave it out: widths are inferred", at, written),
    )
    return severity != "error"


def _is_conflict(path: DocPath, message: str, label: str, context: Context) -> bool:
    """Tell an expectation that fails together with the one that it contradicts, if there is such; both are told once."""
    if path not in context.conflicts:
        return False
    other, beside = context.conflicts[path]
    if path not in context.told_conflicts:
        context.told_conflicts.update((path, other))
        at, hint = context.tree.span_at(path), "find out which of them is right, and repair the other or leave it out"
        message = f"two expectations contradict each other: {message}"
        notes = context.notes()
        context.sink.error("expectation-conflict", message, at, label=label, secondary=[beside], notes=notes, help=hint)
    return True


@record
class Total:
    """What is stated of the whole network, what was found, and how a difference is told."""

    at: Span
    wanted: tuple[int, ...]
    found: tuple[int, ...]
    label: str
    message: str
    # What would be written instead.
    written: str


@record
class Measured:
    """What a network comes to, and its parameters, in terms of which that may be stated."""

    output: TensorType
    cost: Cost
    aux_cost: Cost
    params: Mapping[str, Plain]


def check_totals(spec: ModelSpec, network: TypedGraph, context: Context) -> None:
    """Compare the network's output, parameters and multiply-adds with the file's `expect`.

    They depend on each other, so what differs is told in one message (notes apart from mistakes); they depend on
    everything, so nothing is said of them where something else is wrong.
    """
    if spec.expect is None or context.sink.failed:
        return
    measured = Measured(network.output_types[0], network.cost, network.aux_cost, network.graph.params)
    every = totals(spec.expect, measured, context)
    for severity in ("error", "note"):
        same = [total for total in every if total.wanted != total.found and context.severity(total.at) == severity]
        if not same:
            continue
        first, *others = same
        context.note_mistake("expectation-failed", first.at, mistake_of(every))
        context.sink.error(
            "expectation-failed",
            first.message,
            first.at,
            label=first.label,
            secondary=[Label(other.at, other.message) for other in others],
            severity=context.severity(first.at),
            help=context.in_place_of(
                "change the layers, or write what comes out; `incspec summary` shows what each block has",
                first.at,
                f"`expect: {{{', '.join(total.written for total in same)}}}`",
            ),
        )


def mistake_of(every: Sequence[Total]) -> Mistake:
    """What is behind totals that are not as stated."""
    wanted = tuple(number for total in every for number in total.wanted)
    found = tuple(number for total in every for number in total.found)
    return Mistake(TOTALS, "totals", wanted, found)


def totals(expect: Expect, measured: Measured, context: Context) -> list[Total]:
    """All that is stated of the whole network and can be read."""
    values, names = Values(context.tree, context.sink), Names(measured.params)
    found_of = {
        "params": (measured.cost.params, "parameters"),
        "params_with_aux": (measured.cost.params + measured.aux_cost.params, "parameters with auxiliary heads"),
        "macs": (measured.cost.macs, "multiply-adds"),
    }
    every = [*_output(expect.output, measured.output, values, names, context)]
    for name, (found, unit) in found_of.items():
        text = getattr(expect, name)
        try:
            wanted = None if text is None else values.whole(text, ("expect", name), names, least=0)
        except Poison:
            continue
        if wanted is not None:
            more = f"{abs(found - wanted):_} {'more' if found > wanted else 'fewer'}"
            message = f"expected {wanted:_} {unit}, got {found:_}"
            at, written = context.tree.span_at(("expect", name)), f"{name}: {found:_}"
            every.append(Total(at, (int(wanted),), (int(found),), more, message, written))
    return every


def _output(
    shape: list[str] | None, output: TensorType, values: Values, names: Names, context: Context
) -> Iterator[Total]:
    path: DocPath = ("expect", "output")
    wanted = None if shape is None else values.shape(shape, path, names)
    found = output.channels_first
    if wanted is None:
        return
    message, label = f"expected {TensorType(wanted)} out of the network, got {found}", f"the output is {found}"
    if wanted != found.shape and _is_conflict(path, message, label, context):
        return
    shape_found = tuple(int(length) for length in found.shape)
    written = f"output: [{', '.join(map(str, shape_found))}]"
    yield Total(context.tree.span_at(path), wanted, shape_found, label, message, written)
