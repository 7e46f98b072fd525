"""Shape comments: the types of several uses of a class -> one comment that holds for all of them."""

from __future__ import annotations

from ...ir import TypedGraph
from ...shapes import AXES, TensorType


def signature_shapes(uses: list[TypedGraph]) -> str:
    firsts = [use.input_types[0] for use in uses]
    sides = []
    for types in ([use.input_types for use in uses], [use.output_types for use in uses]):
        sides.append(", ".join(common_shape([each[k] for each in types], firsts) for k in range(len(types[0]))))
    return " -> ".join(sides)


def common_shape(types: list[TensorType], inputs: list[TensorType]) -> str:
    """A shape that holds for several uses: numbers where they agree; else letters, primed where unlike the input's."""
    first = types[0]
    if any(type_.rank != first.rank for type_ in types):
        return "[N, ...]"
    dims = []
    for axis, letter in enumerate(("C", *AXES[first.rank])):
        lengths = [int(type_.shape[axis]) for type_ in types]
        kept = all(
            type_.rank == input_.rank and type_.shape[axis] == input_.shape[axis]
            for type_, input_ in zip(types, inputs, strict=True)
        )
        dims.append(str(lengths[0]) if len(set(lengths)) == 1 else letter if kept else f"{letter}'")
    return f"[N, {', '.join(dims)}]"
