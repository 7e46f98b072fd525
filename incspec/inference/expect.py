"""Expectations: what the author says of a step, a block or the whole network, against what was inferred."""

from __future__ import annotations

from dataclasses import dataclass

from ..diagnostics import Label, Severity
from ..ir import Expectation, TypedGraph
from ..resolution.values import Names, Poison, Values
from ..shapes import TensorType
from ..spec import ModelSpec
from ..syntax import DocPath
from .context import Context
from .origin import Origin, origin_labels


def check_output(
    expect: Expectation, found: TensorType, path: DocPath, context: Context, origin: Origin | None = None
) -> bool:
    """Compare an output with the `expect` of a step or block; false where that is a mistake, not only a note."""
    if expect.output is None or found.channels_first.shape == expect.output:
        return True
    found = found.channels_first
    message = f"expected {TensorType(expect.output)}, got {found}"
    if _is_conflict((*path, "expect"), message, f"the output is {found}", context):
        return False
    at = context.tree.span_at((*path, "expect"))
    written = f"`expect: [{', '.join(str(int(length)) for length in found.shape)}]`"
    severity = context.severity(at)
    context.sink.error(
        "expectation-failed",
        message,
        at,
        label=f"the output is {found}",
        secondary=origin_labels(origin, context.tree) if found.channels != expect.output[0] else (),
        notes=context.notes(),
        severity=severity,
        help=f"change the layers before it, or write what comes out: {written}",
    )
    return severity != "error"


def check_input(
    expect: Expectation, found: TensorType | None, path: DocPath, context: Context, origin: Origin | None = None
) -> None:
    """Compare the width that arrives with the `in` of a step; `origin` is where it comes from."""
    if found is None or found.channels == expect.channels_in:
        return
    at = context.tree.span_at((*path, "in"))
    context.sink.error(
        "expectation-failed",
        f"`in` says {expect.channels_in} {'channels' if found.rank else 'features'}, but {int(found.channels)} arrive",
        at,
        label=f"the input is {found}",
        secondary=origin_labels(origin, context.tree),
        notes=context.notes(),
        severity=context.severity(at),
        help=f"write `in: {int(found.channels)}`, or leave it out: widths are inferred",
    )


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


@dataclass(frozen=True, slots=True)
class _Difference:
    """A total that is not as expected."""

    label: Label
    message: str
    severity: Severity


def check_totals(spec: ModelSpec, network: TypedGraph, context: Context) -> None:
    """Compare the network's output, parameters and multiply-adds with the file's `expect`.

    They depend on each other, so what differs is told in one message (notes apart from mistakes); they depend on
    everything, so nothing is said of them where something else is wrong.
    """
    if spec.expect is None or context.sink.failed:
        return
    values, names = Values(context.tree, context.sink), Names(network.graph.params)
    differences = _output(spec.expect.output, network, values, names, context)
    for name, found, unit in (
        ("params", network.cost.params, "parameters"),
        ("params_with_aux", network.cost.params + network.aux_cost.params, "parameters with auxiliary heads"),
        ("macs", network.cost.macs, "multiply-adds"),
    ):
        text = getattr(spec.expect, name)
        try:
            wanted = None if text is None else values.whole(text, ("expect", name), names, least=0)
        except Poison:
            continue
        if wanted is not None and wanted != found:
            at = context.tree.span_at(("expect", name))
            more = f"{abs(found - wanted):_} {'more' if found > wanted else 'fewer'}"
            message = f"expected {wanted:_} {unit}, got {found:_}"
            differences.append(_Difference(Label(at, more), message, context.severity(at)))
    for severity in ("error", "note"):
        same = [difference for difference in differences if difference.severity == severity]
        if same:
            first, *others = same
            context.sink.error(
                "expectation-failed",
                first.message,
                first.label.span,
                label=first.label.text,
                secondary=[Label(other.label.span, other.message) for other in others],
                severity=first.severity,
                help="change the layers, or write what comes out; `incspec summary` shows what each block has",
            )


def _output(
    shape: list[str] | None, network: TypedGraph, values: Values, names: Names, context: Context
) -> list[_Difference]:
    path: DocPath = ("expect", "output")
    wanted = None if shape is None else values.shape(shape, path, names)
    found = network.output_types[0].channels_first
    if wanted is None or wanted == found.shape:
        return []
    message = f"expected {TensorType(wanted)} out of the network, got {found}"
    if _is_conflict(path, message, f"the output is {found}", context):
        return []
    at = context.tree.span_at(path)
    return [_Difference(Label(at, f"the output is {found}"), message, context.severity(at))]
