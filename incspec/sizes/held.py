"""Open inputs are held to: a network whose input is declared open takes every size that this allows, or it is told."""

from __future__ import annotations

from ..diagnostics import Diagnostics, Label
from ..ir import TypedGraph
from ..syntax import SyntaxTree
from .axis import AXIS_NAMES
from .declared import ANY, Declared, OpenAxis
from .describe import describe
from .function import SizesUnknownError
from .legal import AxisSizes, axis_sizes
from .size_set import SizeSet
from .stated import place_of


def check_open_axes(network: TypedGraph, declared: Declared, tree: SyntaxTree, sink: Diagnostics) -> None:
    """Report the open axes of which the network does not take every size, auxiliary heads included."""
    if not declared.open:
        return
    try:
        along = axis_sizes(network.graph, network.input_types)
    except SizesUnknownError as error:
        first = next(iter(declared.open))
        path = ("input", first[1]) if tree.has(("input", 0)) else ("input", *first)
        sink.error("open-input", f"not all sizes can be followed: {error}", tree.span_at(path), help="state a size")
        return
    for sizes in along:
        open_ = declared.open.get((sizes.axis.input, sizes.axis.place))
        refused = None if open_ is None else open_.sizes - sizes.legal_with_aux
        if open_ is not None and refused:
            _report(sizes, open_, refused, tree, sink)


def _report(sizes: AxisSizes, open_: OpenAxis, refused: SizeSet, tree: SyntaxTree, sink: Diagnostics) -> None:
    axis, legal = sizes.axis, sizes.legal_with_aux
    below, above = refused.nearest(axis.stated)
    n = below or above
    assert n is not None, "what is refused is not the size that the network was typed at"
    found = sizes.refusing(n) or next(filter(None, (sizes.refusing(n, head) for head in sizes.walked.heads)))
    what = found.what
    sink.error(
        "open-input",
        f"`{open_.text}` allows a {AXIS_NAMES[axis.name[-1]]} of {n}, which the network does not take",
        place_of(sizes, tree),
        label=f"it takes {describe(open_.sizes & legal)}",
        secondary=[Label(tree.span_at((*found.node.path, "op")), f"at {n}, {what.message(n)}")],
        notes=[f"shapes are told for a {AXIS_NAMES[axis.name[-1]]} of {axis.stated}"],
        help=_help(axis.name[-1], open_, legal, weights=what.reason.varying is not None),
    )


def _help(letter: str, open_: OpenAxis, legal: SizeSet, *, weights: bool) -> str:
    if weights:
        return "let a global or adaptive pool give it one size, or state the size of the input"
    if all(legal.cycle):
        least = f"{letter} >= {len(legal.head) + 1}"
        return f"write `{least if open_.text in (ANY, letter) else f'({open_.text}) and {least}'}`"
    remainders = [n for n in range(len(legal.cycle)) if n + len(legal.cycle) * (len(legal.head) + 1) in legal]
    if len(remainders) == 1:
        only = f"{letter} % {len(legal.cycle)} == {remainders[0]}"
        if any(n % len(legal.cycle) == remainders[0] for n in range(1, len(legal.head) + 1)):
            only += f" and {letter} > {len(legal.head)}"
        return f"write `{only if open_.text in (ANY, letter) else f'({open_.text}) and {only}'}`"
    return f"state a size, or a condition that allows these only: {describe(legal)}"
