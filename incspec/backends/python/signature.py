"""The parameters of a printed constructor: which the class uses, their defaults, and those computed from others."""

from __future__ import annotations

from collections.abc import Iterator

from ...expressions import Plain
from ...ir import Call, Conditional, Merge, Repeat, Step, TypedGraph
from .names import variable
from .values import Values, constant


def signature(typed: TypedGraph, values: Values, given: dict[str, set[str]]) -> dict[str, Plain | None]:
    """The constructor's parameters that the class uses, with their defaults."""
    graph = typed.graph
    used = [name for name in values.used if name != "i"]
    widths = [
        name for name in used if name == "in_channels" or (name.endswith("_channels") and name not in graph.params)
    ]
    own = [name for name in graph.params if symbol(graph.params[name], name) in used]
    own = [name for name in own if not is_derived(typed, name, given)]
    known = {symbol(graph.params[name], name) for name in graph.params}
    implicit = [name for name in used if name not in widths and name not in known]
    params: dict[str, Plain | None] = dict.fromkeys(widths)
    for name in own:
        default = graph.defaults.get(name)
        keep = default is not None and constant(default)
        params[symbol(graph.params[name], name)] = default if keep else None
    return params | dict.fromkeys(implicit)


def symbol(value: Plain, name: str) -> str:
    """The name under which a parameter is traced."""
    expr = getattr(value, "expr", None)
    return getattr(expr, "id", name)


def is_derived(typed: TypedGraph, name: str, given: dict[str, set[str]]) -> bool:
    """Whether a parameter is always computed from others, so that the constructor computes it."""
    default = typed.graph.defaults.get(name)
    return default is not None and not constant(default) and name not in given.get(typed.graph.block, set())


def derived(typed: TypedGraph, values: Values, given: dict[str, set[str]]) -> list[str]:
    """Assignments of the parameters that are computed from others, in order; what they use counts as used."""
    lines: list[str] = []
    for name in reversed(list(typed.graph.params)):
        if name in values.used and is_derived(typed, name, given):
            lines.insert(0, f"{variable(name)} = {values.text(typed.graph.defaults[name])}")
    return lines


def given_params(network: TypedGraph) -> dict[str, set[str]]:
    """The parameters that some call gives, for each block."""
    given: dict[str, set[str]] = {}
    seen: set[int] = set()

    def visit(typed: TypedGraph) -> None:
        if id(typed) in seen:
            return
        seen.add(id(typed))
        for step in _calls(typed.graph.steps):
            given.setdefault(step.graph.block, set()).update(step.arguments)
            if step.name in typed.calls:
                visit(typed.calls[step.name])

    visit(network)
    return given


def _calls(steps: tuple[Step, ...]) -> Iterator[Call]:
    for step in steps:
        if isinstance(step, Call):
            yield step
        elif isinstance(step, Repeat):
            yield from _calls(step.turns)
        elif isinstance(step, Conditional) and step.step is not None:
            yield from _calls((step.step,))
        elif isinstance(step, Merge):
            for branch in step.branches:
                yield from _calls(branch.steps)
