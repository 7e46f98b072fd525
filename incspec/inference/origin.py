"""Origins: where the width of a tensor comes from, for messages that say that it is another than expected.

Most layers pass the width on; it is made by a convolution, by branches that add up to it, or by `flatten`.
"""

from __future__ import annotations

from ..diagnostics import Label
from ..ir import Node
from ..record import record
from ..shapes import TensorType
from ..syntax import DocPath, SyntaxTree


@record
class Origin:
    """The step that made a width, and what it made it of: widths side by side, or all elements of a map."""

    path: DocPath
    width: int
    parts: tuple[int, ...] = ()
    map: TensorType | None = None
    before: Origin | None = None  # of the map's width


def origin_of(node: Node, inputs: tuple[TensorType, ...], output: TensorType, before: Origin | None) -> Origin | None:
    """Where the width of a node's output comes from, when that of its first input comes from `before`."""
    width = int(output.channels)
    if len(inputs) > 1:
        widths = tuple([int(x.channels) for x in inputs])
        if sum(widths) == width:
            return Origin(node.path, width, widths)
    if node.op.family not in ("conv", "linear") and width == inputs[0].channels:
        return before
    if output.rank < inputs[0].rank:
        return Origin(node.path, width, map=inputs[0], before=before)
    return Origin(node.path, width)


def origin_labels(origin: Origin | None, tree: SyntaxTree) -> list[Label]:
    """The places where a width was made, and of what."""
    labels = []
    while origin is not None:
        if origin.map is not None:
            text = f"{origin.map} becomes {origin.width} features here"
        else:
            sum_of = f"{' + '.join(map(str, origin.parts))} = " if origin.parts else ""
            text = f"{sum_of}{origin.width} channels come from here"
        labels.append(Label(tree.span_at((*origin.path, "op")), text))
        origin = origin.before
    return labels
