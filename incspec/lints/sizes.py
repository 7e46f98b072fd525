"""Lints of sizes that fit by accident: weights that are made for one size of the image, branches that have one size.

Each length is followed, at the stated sizes, with the axes of the input that it is computed from (sizes/coupled.py). That
takes longer than most other lints, so it is done only where there is an op that can be the cause.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..diagnostics import Label
from ..ir import Call, Node
from ..ops.adaptive_pool import AdaptivePool
from ..ops.base import Op, OpError
from ..ops.concat import Concat
from ..ops.flatten import Flatten
from ..ops.merge import Merge
from ..ops.permute import Permute
from ..ops.reshape import Reshape
from ..ops.upsample import Upsample
from ..record import record
from ..shapes import TensorType
from ..sizes.coupled import Sourced, SourcedWalk, stated_lengths
from ..sizes.walk import Found
from .base import Checked, Finding, Lint
from .flow import Site, Use


@record
class _Accident:
    """What fits the stated size alone: the weights of an op, or the input of a merge that `constant` counts."""

    inputs: tuple[TensorType, ...]
    constant: int | None = None


class _Sources(SourcedWalk[_Accident]):
    """Follows lengths that come from the input's, and finds where they meet what does not."""

    def node(self, node: Node, inputs: tuple[TensorType, ...]) -> tuple[Sequence[TensorType], Sequence[_Accident]]:
        try:
            outputs = node.op.infer(inputs)
        except OpError:  # a length is compared with others than itself, and that is told elsewhere
            return (), ()
        found = []
        if node.op.family != "merge" and any(isinstance(x.channels, Sourced) for x in inputs):
            weighty = node.op.cost(inputs, outputs).params > 0
            if weighty and any(isinstance(number, Sourced) for number in node.op.torch_call(inputs).numbers()):
                found.append(_Accident(inputs))
        elif isinstance(node.op, Merge):
            constant = _constant(node.op, inputs)
            found += [] if constant is None else [_Accident(inputs, constant)]
        return outputs, found


def _constant(op: Merge, inputs: tuple[TensorType, ...]) -> int | None:
    """The input of a merge that has one length where others have the image's; one cell is repeated as often as needed."""
    for axis in range(min(len(x.shape) for x in inputs)):
        lengths = [x.shape[axis] for x in inputs]
        if isinstance(op, Concat) and inputs[0].axes[axis] == "C":
            continue
        if any(isinstance(length, Sourced) for length in lengths):
            fixed = [i for i, length in enumerate(lengths) if not isinstance(length, Sourced) and length != 1]
            if fixed:
                return fixed[0]
    return None


def _found(checked: Checked, causes: tuple[type[Op], ...]) -> list[Found[_Accident]]:
    """All that fits by accident, if one of the ops that can be the cause is there."""
    network = checked.network
    if not any(isinstance(site.node.op, causes) for use in checked.uses for site in use.sites):
        return []
    walked = _Sources().graph(
        network.graph, stated_lengths(network.graph, network.input_types, lambda axes, others: None)
    )
    return list(walked.everywhere)


def _fixed_size(checked: Checked) -> Iterator[Finding]:
    """A layer that has as many weights as the map has cells: the network takes images of one size."""
    for found in _found(checked, (Flatten, Reshape, Permute)):
        if found.what.constant is None:
            use, site = _place(checked, found)
            keyword = site.node.op.keyword
            yield Finding(
                checked.at(site),
                f"this `{keyword}` has its weights for one size of the map: most other images are refused",
                "`global_avg_pool` before it takes all; `incspec sizes` tells which are taken now",
                label=f"{int(site.inputs[0].channels)} features, from cells whose number depends on the input",
                chain=use.chain,
            )


def _constant_branch(checked: Checked) -> Iterator[Finding]:
    """A branch that has one size whatever the image, beside others that have the image's."""
    for found in _found(checked, (AdaptivePool, Upsample, Reshape)):
        if found.what.constant is not None:
            use, site = _place(checked, found)
            index = found.what.constant
            made = use.makers.get(use.original(site.node.inputs[index]))
            step = made.path if isinstance(made, Call) else site.step if made is None else made.step
            yield Finding(
                checked.at_step(step),
                "this branch has one size for every input, and fits the others at the stated size only",
                "let its size follow from the input's: `upsample: {scale: ...}` for `size`, a window for an adaptive pool",
                label=f"{TensorType(site.inputs[index].shape)} whatever the input is",
                secondary=(Label(checked.at(site), "joined here with branches whose size changes"),),
                chain=use.chain,
            )


def _place(checked: Checked, found: Found[_Accident]) -> tuple[Use, Site]:
    """The op of a finding where it runs, in the block that it is in."""
    return next((use, site) for use in checked.uses for site in use.sites if site.node is found.node)


FIXED_SIZE = Lint("fixed-size", _fixed_size)
CONSTANT_BRANCH = Lint("constant-branch", _constant_branch)
