"""What a lint is, and what it looks at.

A lint tells what is no mistake, since the network is what the spec says, but most likely not what was meant. It is
worth its place where it is right nearly always: what papers and released networks do on purpose is not told, and what
few of them do is told and can be allowed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias

from ..diagnostics import Label
from ..ir import Call, TypedGraph, Value
from ..record import record
from ..sizes.declared import Declared
from ..source import Span
from ..spec import ModelSpec
from ..syntax import DocPath, SyntaxTree
from .flow import Site, Use


@record(eq=False)
class Checked:
    """A network without mistakes: what was written, and what it is. `uses` are its blocks and itself."""

    spec: ModelSpec
    tree: SyntaxTree
    network: TypedGraph
    declared: Declared
    uses: tuple[Use, ...]

    def maker(self, use: Use, value: Value) -> Site | None:
        """The op that gives a value, in whatever block; None for an input of the network."""
        value = use.original(value)
        made = use.makers.get(value)
        if not isinstance(made, Call):
            return made
        typed = use.typed.calls[made.name]
        inner = next(each for each in self.uses if each.typed is typed)
        return self.maker(inner, typed.graph.outputs[made.outputs.index(value)])

    def last_ops(self) -> Iterator[Site]:
        """The ops that give the outputs of the network and of its auxiliary heads."""
        network, graph = self.uses[0], self.network.graph
        for value in (*graph.outputs, *(value for head in graph.aux for value in head.outputs)):
            made = self.maker(network, value)
            if made is not None:
                yield made

    def at(self, site: Site) -> Span:
        """What to underline of an op: its word in the step, or the field that it comes from."""
        return self.tree.span_at((*site.node.path, "op"))

    def at_step(self, step: DocPath) -> Span:
        """What to underline of a step."""
        return self.tree.span_at((*step, "op"))

    def at_field(self, site: Site, use: Use, name: str) -> Span:
        """Where a field of an op is given: in the step, or in the nearest `defaults`; else the op."""
        place = self._place(site, use, name)
        return self.at(site) if place is None else self.tree.span_at(place)

    def is_given(self, site: Site, use: Use, name: str) -> bool:
        """Whether a field of an op is given, in the step or in `defaults`."""
        return self._place(site, use, name) is not None

    def _place(self, site: Site, use: Use, name: str) -> DocPath | None:
        keyword = site.node.op.keyword
        places: list[DocPath] = [(*site.node.fields_path, name), ("defaults", keyword, name)]
        if use.block:
            places.insert(1, ("blocks", use.block, "defaults", keyword, name))
        return next((place for place in places if self.tree.has(place)), None)


@record
class Finding:
    """One thing that a lint has found, and the use of a block in which it is so, where that matters."""

    at: Span
    message: str
    help: str
    label: str = ""
    notes: tuple[str, ...] = ()
    secondary: tuple[Label, ...] = ()
    chain: tuple[Call, ...] = ()


Finder: TypeAlias = Callable[[Checked], Iterable[Finding]]


@record
class Lint:
    """A code, and what finds the places for it. One that is not `on` is asked for by `warn`."""

    code: str
    find: Finder
    on: bool = True
