"""Inputs: what a spec declares of them -> `Declared`, types of one length for each axis, and what is left open."""

from __future__ import annotations

from ..expressions import ExpressionError, Unknown, untraced
from ..resolution.values import Names, Poison, Values
from ..shapes import TensorType
from ..sizes.declared import Declared, OpenAxis, is_open, letter_at, open_axis, usual_size
from ..spec import ModelSpec
from ..syntax import UNREADABLE, DocPath


class InputReader:
    """Reads the inputs of one spec."""

    def __init__(self, spec: ModelSpec, values: Values) -> None:
        self.spec, self.values = spec, values

    def declared(self, names: Names) -> Declared | None:
        """The inputs; None where the type of one is not known."""
        types = []
        open_: dict[tuple[str, int], OpenAxis] = {}
        for name, shape in self.spec.inputs.items():
            path: DocPath = ("input",) if isinstance(self.spec.input, list) else ("input", name)
            if UNREADABLE not in shape and len(shape) > 4:
                message = f"an input has 1 to 4 axes without the batch, got {len(shape)}"
                hint = "`[C, L]`, `[C, H, W]` or `[C, T, H, W]`"
                self.values.error("invalid-input", message, path, help=hint)
                continue
            lengths = []
            for place, text in enumerate(shape):
                letter = letter_at(shape, place)
                try:
                    if letter is not None and is_open(text, letter):
                        open_[name, place] = self._open(text, letter, (*path, place), names)
                        lengths.append(usual_size(letter, open_[name, place].sizes))
                    else:
                        lengths.append(int(self.values.whole(text, (*path, place), names, least=1)))
                except Poison:
                    continue
            if len(lengths) == len(shape):
                types.append(TensorType(tuple(lengths)))
        return Declared(tuple(types), open_) if len(types) == len(self.spec.inputs) else None

    def _open(self, text: str, letter: str, path: DocPath, names: Names) -> OpenAxis:
        """The lengths that stand for an open axis.

        Raises:
            Poison: none do.
        """
        env = {name: value if isinstance(value, Unknown) else untraced(value) for name, value in names.values.items()}
        try:
            return open_axis(text, letter, env)
        except ExpressionError as error:
            if error.code != "unknown-name":  # resolve.py has reported those
                self.values.sink.error(error.code, error.message, self.values.part(path, error.at), help=error.help)
            raise Poison from None
