"""Linting: a network without mistakes -> what is most likely not meant, as warnings.

Not here: which of them the author does not want to see (allow.py).
"""

from __future__ import annotations

from collections.abc import Container

from ..diagnostics import Diagnostics
from ..inference.context import Context
from ..ir import TypedGraph
from ..sizes.declared import Declared
from ..spec import ModelSpec
from ..syntax import SyntaxTree
from . import LINTS
from .base import Checked, Finding
from .flow import uses


def lint(spec: ModelSpec, tree: SyntaxTree, network: TypedGraph, declared: Declared, sink: Diagnostics) -> None:
    """Run the lints that are on, and those that the spec asks for. What they find goes to `sink`."""
    checked = Checked(spec, tree, network, declared, uses(network))
    wanted: Container[str] = spec.warn
    for each in LINTS:
        if each.on or each.code in wanted:
            for finding in each.find(checked):
                _report(each.code, finding, tree, sink)


def _report(code: str, finding: Finding, tree: SyntaxTree, sink: Diagnostics) -> None:
    chain = [(call.graph.block, call.path) for call in finding.chain]
    notes = (*finding.notes, *Context(sink, tree, chain=chain).notes())
    sink.error(
        code,
        finding.message,
        finding.at,
        label=finding.label,
        notes=notes,
        help=finding.help,
        severity="warning",
        secondary=finding.secondary,
    )
