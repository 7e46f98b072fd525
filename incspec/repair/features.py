"""Features: where they come from that arrive where a map is wanted, and what may have been meant with the step that makes them."""

from __future__ import annotations

from collections.abc import Iterator

from ..diagnostics import Label
from ..ir import Node
from ..ops.base import OpError
from ..record import record
from ..shapes import TensorType
from ..spec import ModelSpec
from ..syntax import DocPath, SyntaxTree
from .change import Change, value_at
from .program import Run
from .proposals import Proposal, is_tied
from .replay import Replay

_KEEP = ("keep", "true")  # of a global pool, in a squeeze-excite of 1x1 convolutions
_FARTHEST = 8  # steps that it is moved down at most


@record
class Flattened:
    """The op that made features of a map, and the one that wants a map."""

    node: Node
    reader: Node
    map: TensorType
    features: TensorType

    def label(self, tree: SyntaxTree) -> Label:
        """What it did, at its place."""
        at = tree.span_at((*self.node.path, "op")).first_line
        return Label(at, f"{self.map} becomes {self.features} features here")

    def proposals(self, spec: ModelSpec) -> Iterator[Proposal]:
        """The step left out, where it only lists the cells, or further down in its body, or the axes kept as it can do."""
        *at, index = self.node.path
        body = value_at(spec, tuple(at))
        if not isinstance(body, list) or not isinstance(index, int):
            return
        if self._may_keep_axes() and _KEEP[0] not in body[index].args:
            kept = Change((*self.node.path, "args", _KEEP[0]), _KEEP[1])
            yield Proposal("add", (kept,), self.node.path, 2.0, text=self.node.op.keyword, fields=(_KEEP,))
        if is_tied(body[index]):
            return
        if self.node.op.channel_order == "flattened" and len(body) > 1:
            left_out = (Change(self.node.path, None),)
            yield Proposal("drop", left_out, self.node.path, 3.0, text=self.node.op.keyword)
        for last in range(index + 1, min(index + 1 + _FARTHEST, len(body) - 1)):
            moved = [*body[index + 1 : last + 1], body[index]]
            changes = tuple(Change((*at, index + offset), step) for offset, step in enumerate(moved))
            yield Proposal("lower", changes, self.node.path, 4.0 + last - index, text=body[last + 1].op)

    @property
    def help(self) -> str:
        """What may be done with it; nothing where the rule's own help is as good."""
        pool, reader = self.node.op.keyword, self.reader.op.keyword
        kept = f"put `{reader}` before `{pool}`, or keep its axes: `{pool} {' '.join(_KEEP)}`"
        beside = self.node.path[:-1] == self.reader.path[:-1]
        return kept if beside and self._may_keep_axes() else ""

    def _may_keep_axes(self) -> bool:
        """Whether it can, and what wants a map works on each cell alone: nobody means a larger window on one cell."""
        if _KEEP[0] not in type(self.node.op).model_fields:
            return False
        try:
            reaches = self.reader.op.reach(self.map.with_sizes((1,) * self.map.rank))
        except OpError:
            return False
        return not any(reach.whole or reach.first or reach.last for reach in reaches)


def flattened(replay: Replay, path: DocPath) -> Flattened | None:
    """What made the features that the step at a path refuses, where it wants a map; None where it is not so."""
    lines, types = replay.program.lines, replay.base.types
    makers = {slot: line for line in lines if isinstance(line, Run) for slot in line.outputs}
    failed = (line for line in map(lines.__getitem__, replay.base.failed) if isinstance(line, Run))
    reader = next((line for line in failed if line.node.path == path), None)
    slot = reader.inputs[0] if reader is not None else None
    while reader is not None and slot in makers:
        maker = makers[slot]
        before, after = types[maker.inputs[0]], types[slot]
        if before is None or after is None or after.rank:
            return None
        if before.rank:
            return Flattened(maker.node, reader.node, before, after)
        slot = maker.inputs[0]
    return None
