"""Inputs: what a spec declares of them -> `Declared`, types of one length for each axis, and what is left open."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from ..expressions import ExpressionError, Unknown, untraced
from ..resolution.values import Names, Poison, Values
from ..shapes import TensorType
from ..sizes.declared import Declared, OpenAxis, Place, lengths, letter_at, open_axis, symbol_in, usual_size
from ..sizes.size_set import ALL
from ..spec import ModelSpec
from ..syntax import UNREADABLE, DocPath


class InputReader:
    """Reads the inputs of one spec."""

    def __init__(self, spec: ModelSpec, values: Values) -> None:
        self.spec, self.values = spec, values

    def declared(self, names: Names) -> Declared | None:
        """The inputs; None where the type of one is not known."""
        known: dict[str, dict[int, int]] = {name: {} for name in self.spec.inputs}
        open_: dict[tuple[str, int], OpenAxis] = {}
        for name, shape in self.spec.inputs.items():
            path = self._path(name)
            if UNREADABLE not in shape and len(shape) > 4:
                message = f"an input has 1 to 4 axes without the batch, got {len(shape)}"
                hint = "`[C, L]`, `[C, H, W]` or `[C, T, H, W]`"
                self.values.error("invalid-input", message, path, help=hint)
                continue
            for place, text in enumerate(shape):
                symbol = symbol_in(text, letter_at(shape, place))
                with suppress(Poison):
                    if symbol is None:
                        known[name][place] = int(self.values.whole(text, (*path, place), names, least=1))
                    else:
                        open_[name, place] = self._open(text, symbol, (*path, place), names)
        for several in lengths(open_):
            self._meet(several, open_)
        for (name, place), axis in open_.items():
            if axis.sizes:
                known[name][place] = usual_size(letter_at(self.spec.inputs[name], place), axis.sizes)
        if any(len(known[name]) < len(shape) for name, shape in self.spec.inputs.items()):
            return None
        types = (TensorType(tuple(sizes[place] for place in sorted(sizes))) for sizes in known.values())
        return Declared(tuple(types), open_)

    def _path(self, name: str) -> DocPath:
        return ("input",) if isinstance(self.spec.input, list) else ("input", name)

    def _meet(self, several: Sequence[Place], open_: dict[Place, OpenAxis]) -> None:
        """Let axes of one letter have the sizes that the conditions of all of them allow."""
        sizes = ALL
        for at in several:
            axis, before = open_[at], sizes
            sizes = sizes & axis.sizes
            if before and not sizes:
                message = f"no `{axis.symbol}` meets `{axis.text}` and what is wanted of it before"
                hint = "one letter is one length: let them agree, or number them (`H1`, `H2`)"
                self.values.error("invalid-input", message, (*self._path(at[0]), at[1]), help=hint)
        for at in several:
            open_[at] = replace(open_[at], sizes=sizes)

    def _open(self, text: str, symbol: str, path: DocPath, names: Names) -> OpenAxis:
        """The lengths that stand for an open axis.

        Raises:
            Poison: none do.
        """
        env = {name: value if isinstance(value, Unknown) else untraced(value) for name, value in names.values.items()}
        try:
            return open_axis(text, symbol, env)
        except ExpressionError as error:
            if error.code != "unknown-name":  # resolve.py has reported those
                self.values.sink.error(error.code, error.message, self.values.part(path, error.at), help=error.help)
            raise Poison from None
