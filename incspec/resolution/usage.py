"""Usage: which blocks call which, which names each of them uses, and what follows from that.

Tells blocks that call themselves, and warns of parameters and blocks that have no effect.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter

from ..diagnostics import Diagnostics, near_names
from ..record import record
from ..source import ARGUMENTS, OPTION, PARAMS, Span
from ..spec import ModelSpec
from ..syntax import UNREADABLE, DocPath, SyntaxTree

_USE_IT = "use it, or remove it"


@dataclass(slots=True)
class Usage:
    """What the blocks of a spec use; the network stands under the empty name."""

    # Which blocks each calls, and the step that does so first.
    calls: dict[str, dict[str, DocPath]]
    # The names in the expressions of each.
    names: dict[str, set[str]] = field(default_factory=dict)
    # The parameters that every use of a block so far gives itself.
    given: dict[str, set[str]] = field(default_factory=dict)
    # The blocks that use `call` or `calls` themselves.
    counting: set[str] = field(default_factory=set)

    def call(self, caller: str, block: str, args: Iterable[str], path: DocPath) -> None:
        """Note that a block is called with some arguments."""
        self.calls[caller].setdefault(block, path)
        self.given[block] = self.given[block] & set(args) if block in self.given else set(args)


@record
class Declarations:
    """The parameters of a spec's blocks and, under the empty name, of its file; and which of them are used."""

    spec: ModelSpec
    usage: Usage
    tree: SyntaxTree

    def nothing(self, block: str) -> bool:
        """Whether a block declares nothing: neither does it, nor may it in what could not be read."""
        return not self._params(block)

    def unused(self, block: str, name: str) -> Span | None:
        """The place of a parameter that nothing depends on; None where something does, or there is none."""
        for owner in dict.fromkeys((block, "")):
            if name in self._params(owner):
                users = [owner] if owner else list(self.usage.names)
                if any(name in self.usage.names.get(user, ()) for user in users):
                    return None
                return self.tree.span_at(("blocks", owner, "params", name) if owner else ("params", name), key=True)
        return None

    def _params(self, block: str) -> Mapping[str, str]:
        return self.spec.blocks[block].params if block in self.spec.blocks else {} if block else self.spec.params


def report_circles(spec: ModelSpec, usage: Usage, tree: SyntaxTree, sink: Diagnostics) -> frozenset[str]:
    """The blocks that lead back to themselves; each circle is told once."""
    found: set[str] = set()
    order = {name: index for index, name in enumerate(spec.blocks)}
    calls = {name: dict(called) for name, called in usage.calls.items()}
    while not sink.full:
        try:
            TopologicalSorter(calls).prepare()
            return frozenset(found)
        except CycleError as error:
            cycle: list[str] = error.args[1][:0:-1]
        first = min(range(len(cycle)), key=lambda index: order[cycle[index]])
        cycle = [*cycle[first:], *cycle[:first], cycle[first]]
        at = tree.span_at((*calls[cycle[-2]].pop(cycle[-1]), "op"))
        chain = " -> ".join(f"`{name}`" for name in cycle)
        message = f"the block `{cycle[0]}` calls itself: {chain}"
        sink.error("recursive-block", message, at, help="use `repeat` for what comes several times")
        found.update(cycle)
    return frozenset(found)


def counting_blocks(usage: Usage) -> frozenset[str]:
    """The blocks that depend on how often they are called, by themselves or by a block that they call."""
    callers: dict[str, list[str]] = {}
    for name, called in usage.calls.items():
        for block in called:
            callers.setdefault(block, []).append(name)
    found: set[str] = set()
    open_ends = list(usage.counting)
    while open_ends:
        name = open_ends.pop()
        if name not in found:
            found.add(name)
            open_ends += callers.get(name, ())
    return frozenset(found)


def report_unused(spec: ModelSpec, usage: Usage, tree: SyntaxTree, sink: Diagnostics) -> None:
    """Warn of parameters that no expression names, and blocks that nobody calls.

    Those of other files are passed over: they may have more users than this one.
    """
    called: set[str] = set()
    open_ends = [""]
    while open_ends:
        found = usage.calls.get(open_ends.pop(), {}).keys() - called
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
        _warn_settings(name, usage.given.get(name, set()) & block.params.keys(), tree, sink)
    _warn_params(spec.params, of_file, ("params",), tree, sink)


def _warn_params(params: Mapping[str, str], used: set[str], path: DocPath, tree: SyntaxTree, sink: Diagnostics) -> None:
    own = tree.root.span.source
    inherited = [name for name in params if tree.span_at((*path, name), key=True).source is not own]
    for name in params.keys() - used - {UNREADABLE}:
        meant = next(iter(near_names(name, inherited)), None)
        hint = f"did you mean `{meant}`?" if meant is not None else _USE_IT
        _warn("unused-parameter", f"nothing depends on the parameter `{name}`", (*path, name), tree, sink, hint)


def _warn_settings(block: str, given: set[str], tree: SyntaxTree, sink: Diagnostics) -> None:
    """Warn of settings of parameters that every use of a block gives itself."""
    for name in sorted(given):
        at = tree.span_at(("blocks", block, "params", name))
        if at.source.name in (OPTION, PARAMS, ARGUMENTS):
            message = f"`{at.source.text}` changes nothing: every use of `{block}` gives `{name}` itself"
            hint = "change it where the block is used, or set a parameter of the file there"
            sink.error("unused-parameter", message, at, severity="warning", help=hint)


def _warn(code: str, message: str, path: DocPath, tree: SyntaxTree, sink: Diagnostics, hint: str = _USE_IT) -> None:
    at = tree.span_at(path, key=True)
    if at.source is tree.root.span.source:
        sink.error(code, message, at, severity="warning", help=hint)
