"""Receptive fields and strides of all tensors, as data: what each tensor of each use of a block depends on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..ir import Call, TypedGraph, Value
from ..sizes.field import AxisField, Everything, Field, Lost, OneField, Seen, each_of, fields
from ..sizes.walk import Walked
from ..steps import all_steps, flow
from .outline import Outlines
from .rules import Json


@dataclass(eq=False)
class _Uses:
    """The uses of graphs, each with its number, and the different fields of tensors."""

    values: Mapping[int, Mapping[Value, int]]
    uses: list[Json] = field(default_factory=list)
    fields: dict[tuple[AxisField, ...], int] = field(default_factory=dict)
    numbers: dict[int, int] = field(default_factory=dict)

    def use(self, typed: TypedGraph, walked: Walked[Seen, Lost]) -> int:
        """The number of a use of a graph."""
        if id(walked) not in self.numbers:
            calls: dict[str, Json] = {}
            order = [item for item in flow(all_steps(typed.graph)) if not hasattr(item, "values")]
            for place, item in enumerate(order):
                if isinstance(item, Call) and item.name in walked.calls:
                    calls[str(place)] = self.use(typed.calls[item.name], walked.calls[item.name])
            tensors: dict[int, int] = {}
            for value, number in self.values[id(typed.graph)].items():
                if value in walked.tensors:
                    tensors[number] = self._field(walked.tensors[value].fields)
            seen: list[Json] = [tensors.get(number) for number in range(max(tensors, default=-1) + 1)]
            self.numbers[id(walked)] = len(self.uses)
            self.uses.append({"seen": seen, "calls": calls})
        return self.numbers[id(walked)]

    def _field(self, of_axes: tuple[AxisField, ...]) -> int:
        return self.fields.setdefault(of_axes, len(self.fields))


def seen(network: TypedGraph, outlines: Outlines) -> dict[str, Json]:
    """What the tensors of a network see of its inputs.

    `fields` has for each axis its name, the stride and the receptive field in cells of the input, as text; the last two are
    missing where all of the axis is seen, and empty where there is no one pattern; an axis that sees several inputs has one
    for each. `uses` has, for each use of a graph,
    the fields of its values and, by the number of the instruction, the uses of what it calls; the network's is the last.
    """
    values = {id(outline.typed.graph): outline.values for outline in outlines.graphs}
    made = _Uses(values)
    made.use(network, fields(network))
    return {
        "fields": [[_axis(each) for field in of_axes for each in each_of(field)] for of_axes in made.fields],
        "uses": made.uses,
    }


def _axis(each: OneField) -> Json:
    if isinstance(each, Field):
        return [each.axis, str(each.jump), each.size]
    return [each.axis] if isinstance(each, Everything) else [each.axis, "", ""]
