"""Whether the stated sizes are to blame: mistakes of inference -> the same, and what the network would take.

A layer that does not fit may be wrong, or the input may be too small for it: the layer is told, with the sizes that would
do. Only where the input is stated in another file than the layer, by a variant, it is the input that is told.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from ..diagnostics import Diagnostic, Diagnostics, Label
from ..ir import Graph
from ..shapes import TensorType
from ..source import Span
from ..syntax import SyntaxTree
from .axis import AXIS_NAMES, Axis
from .describe import describe
from .function import SizesUnknownError
from .legal import AxisSizes, possible_sizes


def blame_input(
    graph: Graph, inputs: Sequence[TensorType], mistakes: Sequence[Diagnostic], tree: SyntaxTree, *, whole: bool
) -> tuple[Diagnostic, ...]:
    """What to tell of a network that has mistakes under the types of its inputs, and may have none under others.

    `whole` is whether all of it could be read; what could not may take less.
    """
    try:
        refusing = [sizes for sizes in possible_sizes(graph, inputs) if sizes.axis.stated not in sizes.legal]
    except SizesUnknownError:
        return tuple(mistakes)
    errors = [mistake for mistake in mistakes if mistake.severity == "error"]
    # Where a layer takes one size or a few, it is the layer that is wrong.
    if not errors or not refusing or not all(any(sizes.legal.cycle) for sizes in refusing):
        return tuple(mistakes)
    codes = {code for sizes in refusing for code in _codes(sizes)}
    shown = next((error for error in errors if error.code in codes), errors[0])
    at = place_of(refusing[0].axis, tree)
    elsewhere = shown.primary is not None and shown.primary.span.source is not at.source
    if elsewhere and {error.code for error in errors} <= codes:
        # What the shipped spec expects of its own sizes says nothing of these.
        others = [
            mistake for mistake in mistakes if mistake.severity != "error" and mistake.code != "expectation-failed"
        ]
        return (_of_input(refusing, inputs[_index(graph, refusing)], shown, at, whole=whole), *others)
    notes = tuple(_taken(refusing, whole=whole))
    return tuple(replace(each, notes=(*each.notes, *notes)) if each is shown else each for each in mistakes)


def _codes(sizes: AxisSizes) -> Iterator[str]:
    """The codes of all that refuses the stated size."""
    for found in sizes.walked.everywhere:
        if found.what.reason.code and sizes.axis.stated in found.what.sizes:
            yield found.what.reason.code


def place_of(axis: Axis, tree: SyntaxTree) -> Span:
    """Where the length of an axis stands."""
    alone = not tree.has(("input", axis.input))
    return tree.span_at(("input", axis.place) if alone else ("input", axis.input, axis.place))


def _index(graph: Graph, refusing: Sequence[AxisSizes]) -> int:
    return [value.producer for value in graph.inputs].index(refusing[0].axis.input)


def _of_input(
    refusing: Sequence[AxisSizes], given: TensorType, shown: Diagnostic, at: Span, *, whole: bool
) -> Diagnostic:
    """The message about an input that is stated in another file than what refuses it."""
    same = [sizes for sizes in refusing if sizes.axis.input == refusing[0].axis.input]
    nearest = list(map(int, given.shape))
    for sizes in same:
        below, above = sizes.legal.nearest(sizes.axis.stated)
        nearest[sizes.axis.place] = above or below or sizes.axis.stated
    sink = Diagnostics()
    sink.error(
        "input-size",
        f"the network takes no input of {given}",
        at,
        label="not a size that it takes",
        secondary=[Label(shown.primary.span, shown.message)] if shown.primary is not None else (),
        notes=[*shown.notes, *_taken(same, whole=whole)],
        help=f"the next that it takes is `[{', '.join(map(str, nearest))}]`",
    )
    (told,) = sink
    return told


def _taken(refusing: Sequence[AxisSizes], *, whole: bool) -> Iterator[str]:
    """What the network takes instead of the stated sizes; axes of which the same is to be told are told together."""
    network = "the network" if whole else "as far as it can be read, the network"
    alike: dict[tuple[str, int], list[AxisSizes]] = {}
    for sizes in refusing:
        alike.setdefault((describe(sizes.legal), sizes.axis.stated), []).append(sizes)
    for (taken, stated), same in alike.items():
        names = " and ".join(f"a {AXIS_NAMES[sizes.axis.name[-1]]}" for sizes in same)
        nearest = [str(n) for n in same[0].legal.nearest(stated) if n is not None]
        are = "are" if len(nearest) > 1 else "is"
        yield f"{network} takes {names} of {taken}; the nearest to {stated} {are} {' and '.join(nearest)}"
