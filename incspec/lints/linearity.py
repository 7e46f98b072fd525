"""The lint of layers with no activation between them: what two of them do in a row, one can do alone.

It follows each tensor to the layers that read it, through norms, pools, dropout and what only moves cells, and through
`concat`. What is linear by design is not told: a layer that says `act: none`, a depthwise convolution and what follows
it, a transposed one, which makes a map larger, and all that reaches a sum or product: there is another way beside it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field

from ..diagnostics import Label
from ..ir import Call, Value
from ..ops.concat import Concat
from ..ops.conv import Conv
from ..ops.linear import Linear
from ..record import record
from .base import Checked, Finding, Lint
from .flow import Site, Use

# What becomes of a tensor: it reaches a layer with nothing but linear ops between them, and it reaches something else.
_LAYER, _OTHER = 1, 2
# A few layers without any activation are a sketch.
_MORE_THAN_A_SKETCH = 4
_PASSING = frozenset({"norm", "pool", "dropout", "shape"})


@record(eq=False)
class _Fates:
    """What becomes of the tensors of each block, by what becomes of its outputs where it is used."""

    uses: Mapping[int, Use]
    found: dict[tuple[int, tuple[int, ...]], tuple[int, ...]] = field(default_factory=dict)
    # Layers with no activation behind them, the first way to each first.
    bare: dict[Site, tuple[Use, tuple[Call, ...]]] = field(default_factory=dict)

    def of_inputs(self, use: Use, outputs: tuple[int, ...], chain: tuple[Call, ...]) -> tuple[int, ...]:
        """What becomes of the inputs of a block that is used so that `outputs` become of what it gives."""
        key = id(use.typed), outputs
        if key not in self.found:
            self.found[key] = self._of_inputs(use, outputs, chain)
        return self.found[key]

    def _of_inputs(self, use: Use, outputs: tuple[int, ...], chain: tuple[Call, ...]) -> tuple[int, ...]:
        graph, fates = use.typed.graph, defaultdict[Value, int](int)
        for value, fate in zip(graph.outputs, outputs, strict=True):
            fates[use.original(value)] |= fate
        for head in graph.aux:
            for value in head.outputs:
                fates[use.original(value)] |= _OTHER
        for item in reversed(use.runs):
            given = tuple(fates[value] for value in (item.outputs if isinstance(item, Call) else item.node.outputs))
            if isinstance(item, Call):
                inner = self.uses[id(use.typed.calls[item.name])]
                for value, fate in zip(item.inputs, self.of_inputs(inner, given, (*chain, item)), strict=True):
                    fates[use.original(value)] |= fate
                continue
            if given == (_LAYER,) and _is_layer(item):
                self.bare.setdefault(item, (use, chain))
            for value in item.node.inputs:
                fates[use.original(value)] |= _of_input(item, given)
        return tuple(fates[value] for value in graph.inputs)


def _of_input(site: Site, outputs: tuple[int, ...]) -> int:
    """What becomes of the input of an op."""
    op = site.node.op
    if op.family in _PASSING or isinstance(op, Concat) or _is_depthwise(site):
        fate = 0
        for each in outputs:
            fate |= each
        return fate
    return _LAYER if op.family in ("conv", "linear") else _OTHER


def _is_layer(site: Site) -> bool:
    return isinstance(site.node.op, Conv | Linear) and not _is_depthwise(site)


def _is_depthwise(site: Site) -> bool:
    op = site.node.op
    return isinstance(op, Conv) and 1 < int(op.groups) == int(site.inputs[0].channels)


def _no_activation(checked: Checked) -> Iterator[Finding]:
    """Layers that no activation follows; those of one block are told together, and so are all where there is none."""
    fates = _Fates({id(use.typed): use for use in checked.uses})
    network = checked.uses[0]
    fates.of_inputs(network, (_OTHER,) * len(network.typed.graph.outputs), ())
    bare = {site.step: site for site, (use, _) in fates.bare.items() if not checked.is_given(site, use, "act")}
    if not any(site.node.op.family == "act" for use in checked.uses for site in use.sites):
        if len(bare) >= _MORE_THAN_A_SKETCH:
            yield _nowhere(checked, list(bare.values()))
        return
    by_block: dict[str, list[Site]] = defaultdict(list)
    for site in bare.values():
        by_block[fates.bare[site][0].block].append(site)
    for sites in by_block.values():
        first, *others = sorted(sites, key=lambda site: checked.at(site).start)
        yield Finding(
            checked.at(first),
            f"no activation follows this `{first.node.op.keyword}` before the next layer",
            "give it an `act`, here or in `defaults`; where it is meant to be linear, say so with `act: none`",
            label="what reads it has weights as well: both together do what one could",
            secondary=tuple(Label(checked.at(site), "and this one") for site in others),
            chain=fates.bare[first][1],
        )


def _nowhere(checked: Checked, bare: Sequence[Site]) -> Finding:
    own = checked.tree.root.span.source
    places = [checked.at(site) for site in bare]
    first = min(places, key=lambda at: (at.source is not own, at.start))
    return Finding(
        first,
        "there is no activation in this network",
        "`defaults: {conv: {act: relu}}` gives one to each `conv`; where a layer is meant to be linear, say so with `act: none`",
        label=f"the first of {len(bare)} layers that do together what one could",
    )


NO_ACTIVATION = Lint("no-activation", _no_activation)
