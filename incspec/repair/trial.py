"""Trials: a spec with changes -> the mistakes of shapes that it has, by elaboration and inference themselves.

Blocks that a change cannot touch are built and typed once for all trials.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ..diagnostics import Diagnostics
from ..elaboration.calls import BuiltBlocks
from ..elaboration.elaborate import elaborate
from ..inference.context import Context, Mistake, Place
from ..inference.expect import check_totals
from ..inference.infer import Memo, infer
from ..ir import Graph
from ..record import record
from ..resolution.resolve import Resolved
from ..spec import ModelSpec
from ..steps import all_steps, executed
from .change import Change, changed
from .sites import sites

_WORK = 20_000  # nodes that all trials together may look at
_MOST = 60  # trials


@record
class Verdict:
    """The mistakes of a trial, by where they would be told, and how many notes there are."""

    mistakes: Mapping[Place, Mistake]
    errors: frozenset[Place]
    notes: int


class Bench:
    """Where changes are tried: a resolved spec, and what is built of it so far."""

    def __init__(self, resolved: Resolved, network: Graph, built: BuiltBlocks, context: Context) -> None:
        self.resolved, self.context = resolved, _silent(context)
        self.built, self.typed = built, Memo()
        self.callers = _callers(resolved.spec)
        self.left = min(_MOST, _WORK // _size(network, set()))

    @property
    def spec(self) -> ModelSpec:
        """The spec as it was written."""
        return self.resolved.spec

    @property
    def is_settled(self) -> bool:
        """Whether every step can be read: what resolution says of those that cannot holds only where they stand."""
        resolved = self.resolved
        return not (resolved.faulty or resolved.unreadable or resolved.open_calls)

    def tried(self, changes: Sequence[Change]) -> Verdict:
        """What is wrong with the spec under some changes."""
        self.left -= 1
        affected = self._affected(changes)
        built = {key: block for key, block in self.built.items() if key[0] not in affected}
        resolved = replace(self.resolved, spec=changed(self.spec, changes))
        sink = Diagnostics()
        context = replace(_silent(self.context), sink=sink)
        elaborated = elaborate(resolved, context.tree, sink, context.limits, built)
        if elaborated is not None:
            typed = infer(elaborated.graph, elaborated.declared.types, context, self.typed)
            if typed is not None:
                check_totals(resolved.spec, typed, context)
        self._keep(built, affected)
        places = [
            (item.code, item.primary.span) for item in sink if item.severity == "error" and item.primary is not None
        ]
        missing = elaborated is None and not places
        errors = frozenset((*places, *([("", context.tree.root.span)] if missing else [])))
        return Verdict(context.mistakes, errors, len(sink) - len(places))

    def _keep(self, built: BuiltBlocks, affected: set[str]) -> None:
        """Keep what the spec without the changes has as well; what has mistakes is to be told again."""
        self.built |= {key: block for key, block in built.items() if key[0] not in affected}
        for key in [
            key for key, found in self.typed.items() if not key[0].block or key[0].block in affected or not found.typed
        ]:
            del self.typed[key]

    def _affected(self, changes: Sequence[Change]) -> set[str]:
        """The blocks that are others under some changes: those changed, and those that call them."""
        found: set[str] = set()
        for change in changes:
            head = change.path[0]
            open_ends = (
                {str(change.path[1])} if head == "blocks" else set(self.spec.blocks) if head == "params" else set()
            )
            while open_ends:
                found |= open_ends
                open_ends = {caller for name in open_ends for caller in self.callers.get(name, ())} - found
        return found


def _silent(context: Context) -> Context:
    """A context of the same text that tells nobody, and knows nothing yet."""
    return Context(Diagnostics(), context.tree, context.inherited, context.overridden, context.limits)


def _callers(spec: ModelSpec) -> dict[str, set[str]]:
    """For each block the blocks that call it."""
    found: dict[str, set[str]] = {}
    for site in sites(spec):
        if site.block in spec.blocks and site.step.op in spec.blocks:
            found.setdefault(site.step.op, set()).add(site.block)
    return found


def _size(graph: Graph, seen: set[Graph]) -> int:
    """How many nodes and calls there are, those of a block that is used several times counted once."""
    seen.add(graph)
    size = 1
    for found in executed(all_steps(graph)):
        size += 1
        if hasattr(found, "graph") and found.graph not in seen:
            size += _size(found.graph, seen)
    return size
