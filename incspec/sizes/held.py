"""Open inputs are held to: a network whose input is declared open takes every size that this allows, or it is told."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from ..diagnostics import Diagnostics, Label, enumerated
from ..ir import TypedGraph
from ..record import record
from ..syntax import SyntaxTree
from .axis import AXIS_NAMES, Axis, axes
from .coupled import compared_axes, coupled
from .declared import Declared, OpenAxis, Place, lengths
from .describe import describe
from .function import IDENTITY, SizesUnknownError
from .legal import AxisSizes, tied_sizes
from .size_set import ALL, SizeSet
from .stated import place_of


@record
class _Held:
    """A length that is left open, of one axis or of several: what is declared of it, and what the network takes."""

    axes: Sequence[Axis]
    open: Sequence[OpenAxis]
    allowed: SizeSet
    sizes: AxisSizes

    @property
    def letter(self) -> str:
        """What stands for it, or may."""
        return next((axis.symbol for axis in self.open if axis.symbol), self.axes[0].name[-1])

    @property
    def taken(self) -> SizeSet:
        """What is allowed and taken."""
        return self.allowed & self.sizes.legal_with_aux

    @property
    def refused(self) -> SizeSet:
        """What is allowed and not taken."""
        return self.allowed - self.sizes.legal_with_aux


def check_open_axes(network: TypedGraph, declared: Declared, tree: SyntaxTree, sink: Diagnostics) -> None:
    """Report the open lengths of which the network does not take every size, auxiliary heads included."""
    if not declared.open:
        return
    holder = _Holder(network, declared)
    try:
        refused = [held for held in map(holder.held, lengths(declared.open)) if held.refused]
        for held in refused:
            together = holder.together(held, refused)
            if together is None:
                _report(held, tree, sink)
            elif held.axes[0] == together.axes[0]:  # one cause, one message
                _report(held, tree, sink, together)
    except SizesUnknownError as error:
        at = place_of(holder.axes[next(iter(declared.open))], tree)
        sink.error("open-input", f"not all sizes can be followed: {error}", at, help="state a size")


class _Holder:
    """Finds what a network takes of lengths that are left open."""

    def __init__(self, network: TypedGraph, declared: Declared) -> None:
        self.network, self.declared = network, declared
        self.axes = {(axis.input, axis.place): axis for axis in axes(network.graph, network.input_types)}

    @cached_property
    def compared(self) -> list[frozenset[str]]:
        """The axes that ops compare with each other."""
        return compared_axes(coupled(self.network.graph, self.network.input_types))

    def held(self, places: Sequence[Place]) -> _Held:
        """What is taken of axes that have one length.

        Raises:
            SizesUnknownError: the sizes are not those of size functions, or too long ones.
        """
        axes, open_ = [self.axes[place] for place in places], [self.declared.open[place] for place in places]
        allowed = ALL
        for axis in open_:
            allowed = allowed & axis.sizes
        sizes = tied_sizes(dict.fromkeys(axes, IDENTITY), self.network.graph, self.network.input_types)
        return _Held(axes, open_, allowed, sizes)

    def together(self, held: _Held, refused: Sequence[_Held]) -> _Held | None:
        """What is taken if lengths that ops compare with this one were the same one; None where nothing is gained.

        Raises:
            SizesUnknownError: the sizes are not those of size functions, or too long ones.
        """
        own = {axis.name for axis in held.axes}
        names = {name for several in self.compared if several & own for name in several}
        alike = [each for each in refused if names.issuperset(axis.name for axis in each.axes)]
        if len(alike) < 2 or len({each.sizes.axis.stated for each in alike}) > 1:
            return None
        same = {axis for each in alike for axis in each.axes}
        found = self.held([place for place, axis in self.axes.items() if axis in same])
        return found if any(found.sizes.legal_with_aux.cycle) else None


def _report(held: _Held, tree: SyntaxTree, sink: Diagnostics, together: _Held | None = None) -> None:
    """Tell what is refused of a length; `together` is what would be taken if others were the same."""
    axis, open_ = held.sizes.axis, held.open[0]
    name = AXIS_NAMES[axis.name[-1]]
    below, above = held.refused.nearest(axis.stated)
    n = below or above
    assert n is not None, "what is refused is not the size that the network was typed at"
    found = held.sizes.refusing(n) or next(
        filter(None, (held.sizes.refusing(n, head) for head in held.sizes.walked.heads))
    )
    what = found.what
    sink.error(
        "open-input",
        f"`{open_.text}` allows a {name} of {n}, which the network does not take",
        place_of(axis, tree),
        label=f"it takes {describe(held.taken)}",
        secondary=[Label(tree.span_at((*found.node.path, "op")), f"at {n}, {what.message(n)}")],
        notes=[f"shapes are told for a {name} of {axis.stated}"],
        help=_one_letter(together) if together else _help(held, weights=what.reason.varying is not None),
    )


def _one_letter(together: _Held) -> str:
    """Proposes one letter for axes that have to be equally long."""
    several = enumerated([f"`{axis.name}`" for axis in together.axes])
    return f"write `{_condition(together) or together.letter}` for {several}: one letter is one length"


def _help(held: _Held, *, weights: bool) -> str:
    if weights:
        return "let a global or adaptive pool give it one size, or state the size of the input"
    wanted = _condition(held)
    if wanted is None:
        return f"state a size, or a condition that allows these only: {describe(held.taken)}"
    return f"write `{wanted}`"


def _condition(held: _Held) -> str | None:
    """What to write for a length so that all that is allowed is taken; None where that is not said in short."""
    letter, taken = held.letter, held.taken
    period = len(taken.cycle)
    first = len(taken.head) + 1
    if all(taken.cycle):
        return letter if first == 1 else f"{letter} >= {first}"
    if not any(taken.cycle):
        sizes = list(taken)
        least, most = sizes[0], sizes[-1]
        if len(sizes) <= most - least:
            return None
        return str(least) if least == most else f"{letter} >= {least} and {letter} <= {most}"
    remainders = [n for n in range(period) if n + period * first in taken]
    if len(remainders) > 1:
        return None
    only = f"{letter} % {period} == {remainders[0]}"
    beyond = any(n % period == remainders[0] and n not in taken for n in range(1, first))
    return f"{only} and {letter} > {first - 1}" if beyond else only
