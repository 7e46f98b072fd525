"""Context: what inference reports to and with."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..diagnostics import Diagnostics, Label, Severity
from ..source import SourceFile, Span
from ..syntax import DocPath, SyntaxTree

_MOST_BLOCKS = 5  # in the notes of a message


@dataclass(eq=False)
class Context:
    """The sink, the places, and the blocks that led to the graph that is looked at.

    Expectations that stand in `inherited` files, or under overridden parameters, are only notes.
    """

    sink: Diagnostics
    tree: SyntaxTree
    inherited: frozenset[SourceFile] = frozenset()
    overridden: bool = False
    chain: list[tuple[str, DocPath]] = field(default_factory=list)
    # Whether mistakes are found without being told: what was found so must not be taken for told later.
    silent: bool = False
    # The expectations that contradict another one, and that one; told together, they are not told again.
    conflicts: dict[DocPath, tuple[DocPath, Label]] = field(default_factory=dict)
    told_conflicts: set[DocPath] = field(default_factory=set)

    def severity(self, at: Span) -> Severity:
        """How bad it is that an expectation at this place fails."""
        return "note" if self.overridden or at.source in self.inherited else "error"

    def notes(self) -> list[str]:
        """The blocks that led here, innermost first."""
        chain = [f"in block `{block}`, used at {self.tree.span_at((*path, 'op'))}" for block, path in self.chain[::-1]]
        left_out = len(chain) - _MOST_BLOCKS
        if left_out <= 1:
            return chain
        return [*chain[: _MOST_BLOCKS - 1], f"in {left_out} more blocks", chain[-1]]
