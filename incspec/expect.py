"""The file's `expect`: the whole network's output, parameters and multiply-adds against what was inferred."""

from __future__ import annotations

from .expressions import ExpressionError, evaluate, parse_expression
from .infer import Context
from .ir import TypedGraph
from .ops.fields import as_whole
from .shapes import TensorType
from .spec import ModelSpec
from .syntax import DocPath


def check_totals(spec: ModelSpec, network: TypedGraph, context: Context) -> None:
    """Compare the totals with what the file says of them; what differs goes to the context's sink."""
    if spec.expect is None:
        return
    if spec.expect.output is not None:
        _check_output(spec.expect.output, network, context)
    for name, found, unit in (("params", network.cost.params, "parameters"), ("macs", network.cost.macs, "multiply-adds")):
        text = getattr(spec.expect, name)
        if text is None:
            continue
        wanted = _number(text, ("expect", name), context)
        if wanted is not None and wanted != found:
            at = context.tree.span_at(("expect", name))
            context.sink.error(
                "expectation-failed",
                f"expected {wanted:_} {unit}, got {found:_}",
                at,
                label=f"{'more' if found > wanted else 'fewer'} by {abs(found - wanted):_}",
                severity=context.severity(at),
                help="`incspec summary` shows what each block has",
            )
    if spec.expect.params_with_aux is not None:
        at = context.tree.span_at(("expect", "params_with_aux"), key=True)
        context.sink.error("unsupported", "auxiliary heads are not supported yet", at, help="leave `params_with_aux` out")


def _check_output(text: list[str], network: TypedGraph, context: Context) -> None:
    path: DocPath = ("expect", "output")
    wanted = [_number(item, (*path, index), context) for index, item in enumerate(text)]
    found = network.output_types[0]
    if None in wanted or tuple(wanted) == found.shape:
        return
    at = context.tree.span_at(path)
    shown = TensorType(tuple(length for length in wanted if length is not None))
    context.sink.error(
        "expectation-failed",
        f"expected {shown} out of the network, got {found}",
        at,
        label=f"the output is {found}",
        severity=context.severity(at),
        help="change the last layers, or write what comes out",
    )


def _number(text: str, path: DocPath, context: Context) -> int | None:
    try:
        whole = as_whole(evaluate(parse_expression(text), {}))
    except ExpressionError as error:
        context.sink.error(error.code, error.message, context.tree.span_at(path), help="write the number itself")
        return None
    if whole is None:
        context.sink.error("invalid-value", f"a whole number is wanted, got `{text}`", context.tree.span_at(path))
    return whole
