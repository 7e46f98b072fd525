"""What a file declares and nobody uses -> warnings: parameters that no expression names, blocks that nobody calls.

Not here: what comes from other files, which may have more users than this one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .diagnostics import Diagnostics
from .spec import ModelSpec
from .syntax import UNREADABLE, DocPath, SyntaxTree


@dataclass(slots=True)
class Usage:
    """The names that expressions use, in each block and outside of all (under the empty name); the calls of blocks."""

    names: dict[str, set[str]] = field(default_factory=dict)
    # Which blocks each block, or the network, calls.
    calls: dict[str, set[str]] = field(default_factory=dict)


def report_unused(spec: ModelSpec, usage: Usage, tree: SyntaxTree, sink: Diagnostics) -> None:
    """Warn of parameters and blocks that have no effect."""
    called: set[str] = set()
    open_ends = [""]
    while open_ends:
        found = usage.calls.get(open_ends.pop(), set()) - called
        called |= found
        open_ends += found
    of_file = set(usage.names.get("", ()))
    for name, block in spec.blocks.items():
        path: DocPath = ("blocks", name)
        used = usage.names.get(name, set())
        of_file |= used - block.params.keys()
        if name not in called:
            _warn("unused-block", f"nobody calls the block `{name}`", path, tree, sink)
        _warn_params(block.params, used, (*path, "params"), tree, sink)
    _warn_params(spec.params, of_file, ("params",), tree, sink)


def _warn_params(params: Mapping[str, str], used: set[str], path: DocPath, tree: SyntaxTree, sink: Diagnostics) -> None:
    for name in params.keys() - used - {UNREADABLE}:
        _warn("unused-parameter", f"nothing depends on the parameter `{name}`", (*path, name), tree, sink)


def _warn(code: str, message: str, path: DocPath, tree: SyntaxTree, sink: Diagnostics) -> None:
    at = tree.span_at(path, key=True)
    if at.source is tree.root.span.source:
        sink.error(code, message, at, severity="warning", help="use it, or remove it")
