"""Context: what inference reports to and with, and what it has asked already."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from ..diagnostics import Diagnostics, Label, Severity
from ..limits import DEFAULT, Limits
from ..ops.base import Cost, Inputs, Op, Outputs
from ..record import record
from ..shapes import TensorType
from ..source import SourceFile, Span
from ..syntax import DocPath, SyntaxTree

# Where a mistake is told: its code, and what is underlined.
Place: TypeAlias = tuple[str, Span]
# The path of what is expected of the whole network.
TOTALS: DocPath = ("expect",)

_MOST_BLOCKS = 5  # in the notes of a message


@record(eq=False)
class Applied:
    """An op with the types of its outputs, and what it costs; `largest` is its largest tensor, in elements."""

    op: Op
    outputs: Outputs
    cost: Cost
    largest: int

    @classmethod
    def of(cls, op: Op, inputs: Inputs) -> Applied:
        """Ask the op."""
        outputs = op.infer(inputs)
        cost = op.cost(inputs, outputs)
        # Sizes are numbers: what they are computed from means something else in another scope.
        plain = tuple([type_.with_plain_sizes() for type_ in outputs])
        return cls(op, plain, cost, max(cost.params, *[type_.elements for type_ in plain]))


@record
class Mistake:
    """A mistake of shapes, for those who look for what would mend it: the step or block, and by how much it fails.

    `wanted` are numbers, in a fixed order, that `found` should be equal to: sizes, a width, or totals of the network. Of
    a rule that cannot be measured there are none.
    """

    path: DocPath
    of: Literal["rule", "sizes", "width", "totals"] = "rule"
    wanted: tuple[int, ...] = ()
    found: tuple[int, ...] = ()
    # The step that made a width that is not as wanted, if it is known.
    made_at: DocPath | None = None

    @property
    def gaps(self) -> tuple[int, ...]:
        """How far each number is from what is wanted."""
        return tuple(found - wanted for found, wanted in zip(self.found, self.wanted, strict=False))

    @staticmethod
    def between(path: DocPath, wanted: TensorType, found: TensorType, made_at: DocPath | None = None) -> Mistake:
        """What is behind a type that is not as wanted: its sizes, or where they are right, its width."""
        if wanted.sizes != found.sizes:
            return Mistake(path, "sizes", _ints(wanted.sizes), _ints(found.sizes))
        return Mistake(path, "width", _ints((wanted.channels,)), _ints((found.channels,)), made_at)


@dataclass(eq=False)
class Context:
    """The sink, the places, and the blocks that led to the graph that is looked at.

    Expectations that stand in `inherited` files, or under overridden parameters, are only notes.
    """

    sink: Diagnostics
    tree: SyntaxTree
    inherited: frozenset[SourceFile] = frozenset()
    overridden: bool = False
    limits: Limits = DEFAULT
    chain: list[tuple[str, DocPath]] = field(default_factory=list)
    # Whether mistakes are found without being told: what was found so must not be taken for told later.
    silent: bool = False
    # The expectations that contradict another one, and that one; told together, they are not told again.
    conflicts: dict[DocPath, tuple[DocPath, Label]] = field(default_factory=dict)
    told_conflicts: set[DocPath] = field(default_factory=set)
    # What rules have said already, by op and types of the inputs.
    rules: dict[tuple[int, Inputs], Applied] = field(default_factory=dict)
    # Where the auxiliary head that is looked at is attached to features, if it is.
    features_from: DocPath | None = None
    # What is behind the mistakes that were told.
    mistakes: dict[Place, Mistake] = field(default_factory=dict)

    def apply(self, op: Op, inputs: Inputs) -> Applied:
        """What an op makes of its inputs; it is asked once for those that are the same.

        Raises:
            OpError: the op does not take these inputs.
        """
        if any(x.is_traced for x in inputs):  # types that are equal may be traced to something else
            return Applied.of(op, inputs)
        key = (id(op), inputs)
        found = self.rules.get(key)
        if found is None:
            found = self.rules[key] = Applied.of(op, inputs)
        return found

    def note_mistake(self, code: str, at: Span, mistake: Mistake) -> None:
        """Keep what is behind the mistake of this code at this place."""
        self.mistakes.setdefault((code, at.first_line), mistake)

    def severity(self, at: Span) -> Severity:
        """How bad it is that an expectation at this place fails."""
        return "note" if self.overridden or at.source in self.inherited else "error"

    def in_place_of(self, help: str, at: Span, written: str) -> str:
        """The help for an expectation at this place that fails, which may be that of another file."""
        if at.source in self.inherited:
            return f"if that is meant, say so in this file: {written}"
        return help

    def notes(self) -> list[str]:
        """The blocks that led here, innermost first."""
        chain = [f"in block `{block}`, used at {self.tree.span_at((*path, 'op'))}" for block, path in self.chain[::-1]]
        left_out = len(chain) - _MOST_BLOCKS
        if left_out <= 1:
            return chain
        return [*chain[: _MOST_BLOCKS - 1], f"in {left_out} more blocks", chain[-1]]


def _ints(values: Iterable[int]) -> tuple[int, ...]:
    """Plain numbers, whatever they are traced to."""
    return tuple(int(value) for value in values)
