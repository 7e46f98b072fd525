"""A lint of auxiliary heads: one whose output is of another shape than the network's, which the same target cannot suit."""

from __future__ import annotations

from collections.abc import Iterator

from ..diagnostics import Label
from ..shapes import TensorType
from .base import Checked, Finding, Lint


def _head_shape(checked: Checked) -> Iterator[Finding]:
    """A head that gives what no output of the network is like: their losses are reckoned from one target."""
    network, tree = checked.network, checked.tree
    shapes = {_lengths(type_) for type_ in network.output_types}
    for head in network.graph.aux:
        (given,) = network.of(head.outputs)
        if _lengths(given) in shapes:
            continue
        outputs = ", ".join(map(str, network.output_types))
        last = tree.span_at(network.graph.steps[-1].path) if network.graph.steps else None
        yield Finding(
            tree.span_at(head.path, key=True),
            f"the head `{head.name}` gives {given}, the network {outputs}: `loss` holds both against the same target",
            "end the head as the network ends; or allow it, and reckon the loss of your own",
            label=f"gives {given}",
            secondary=(Label(last, f"gives {outputs}"),) if last is not None else (),
        )


def _lengths(type_: TensorType) -> tuple[int, ...]:
    return tuple(int(length) for length in type_.shape)


HEAD_SHAPE = Lint("head-shape", _head_shape)
