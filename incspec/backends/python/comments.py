"""Shape comments: the types of values in all uses of a class -> comments that hold for all of them.

A length that all uses share is a number. Else it is a parameter of the class, or a letter: that of the first input's
axis, with primes where it is another length. The same letter is the same length.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...expressions import expr_of
from ...shapes import TensorType
from .parts import Use


class Shapes:
    """The shapes in one class."""

    def __init__(self, uses: Sequence[Use], names: Mapping[str, str]) -> None:
        self._uses, self._names = uses, names
        # The letter for the lengths of an axis in all uses.
        self._letters: dict[tuple[str, tuple[int, ...]], str] = {}
        firsts = [use.input_types[0] for use in uses]
        if len({type_.axes for type_ in firsts}) == 1:
            for letter, *lengths in zip(firsts[0].axes, *(type_.shape for type_ in firsts), strict=True):
                self._letters[letter, tuple(lengths)] = letter

    def inputs(self) -> str:
        """The shapes of the inputs."""
        return self.of([use.input_types for use in self._uses])

    def signature(self) -> str:
        """The shapes of the inputs and of the outputs."""
        return f"{self.inputs()} -> {self.of([use.typed.of(use.outputs) for use in self._uses])}"

    def of(self, types: Sequence[Sequence[TensorType]]) -> str:
        """The shapes of some tensors, given for each use."""
        return ", ".join(self._shape(column) for column in zip(*types, strict=True))

    def _shape(self, types: Sequence[TensorType]) -> str:
        if len({type_.axes for type_ in types}) > 1:
            return "[N, ...]"
        columns = zip(types[0].axes, *(type_.shape for type_ in types), strict=True)
        return f"[N, {', '.join(self._length(letter, lengths) for letter, *lengths in columns)}]"

    def _length(self, letter: str, lengths: Sequence[int]) -> str:
        if len(set(lengths)) == 1:
            return str(int(lengths[0]))
        key = letter, tuple(lengths)
        if key in self._letters:
            return self._letters[key]
        symbols = {getattr(expr_of(length), "id", "") for length in lengths}
        name = self._names.get(symbols.pop(), "") if len(symbols) == 1 else ""
        if not name:
            name = letter + "'"
            while name in self._letters.values():
                name += "'"
        self._letters[key] = name
        return name
