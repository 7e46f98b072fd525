"""A lint of branches that fit together for some sizes of the image only: they round differently on their ways."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress

from ..ir import TypedGraph
from ..sizes.axis import AXIS_NAMES
from ..sizes.describe import describe
from ..sizes.function import SizesUnknownError
from ..sizes.kept import kept
from ..sizes.legal import AxisSizes, possible_sizes, square_sizes
from ..sizes.sized import Refused
from ..sizes.walk import Found
from .base import Checked, Finding, Lint


def _some_sizes_only(checked: Checked) -> Iterator[Finding]:
    """Each merge once, for the first axis along which it fails for images of any largeness."""
    if checked.declared.open:  # the network is held to take all that is declared
        return
    if not any(site.node.op.family == "merge" for use in checked.uses for site in use.sites):
        return
    told: set[int] = set()
    for sizes in _along(checked.network):
        for found in sizes.walked.everywhere:
            if found.node.op.family == "merge" and id(found.node) not in told and _fails_for_many(found):
                told.add(id(found.node))
                yield _finding(checked, sizes, found)


def _along(network: TypedGraph) -> Sequence[AxisSizes]:
    """What merges do with square images; axis by axis where a layer looks at both axes together."""
    graph, inputs, passed = network.graph, network.input_types, kept(network)
    if len({size for type_ in inputs for size in type_.sizes}) == 1:
        with suppress(SizesUnknownError):
            square = square_sizes(graph, inputs, passed)
            return () if square is None else (square,)
    with suppress(SizesUnknownError):
        return possible_sizes(graph, inputs, passed)
    return ()


def _fails_for_many(found: Found[Refused]) -> bool:
    """Whether it is so for images of any largeness, and all branches change with the image."""
    varying = [sum(not isinstance(extent, int) for extent in type_.extents) for type_ in found.what.inputs]
    return any(found.what.sizes.cycle) and len(set(varying)) == 1


def _finding(checked: Checked, sizes: AxisSizes, found: Found[Refused]) -> Finding:
    use, site = next((use, site) for use in checked.uses for site in use.sites if site.node is found.node)
    axis = sizes.axis
    below, above = found.what.sizes.nearest(axis.stated)
    name = AXIS_NAMES[axis.name[-1]]
    return Finding(
        checked.at(site),
        f"these branches fit together at a {name} of {axis.stated}, but not at {above or below}",
        "let them round alike (`pad`, `ceil_mode`), pad or crop one of them, or allow it for images of some sizes only",
        label=f"a {name} of {describe(found.what.arriving - found.what.sizes)} fits",
        chain=use.chain,
    )


SOME_SIZES_ONLY = Lint("some-sizes-only", _some_sizes_only)
