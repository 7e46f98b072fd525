"""Values: what fields, parameters and conditions are given, as text -> what it is where it stands.

A value that cannot be known raises `Poison`; the mistake behind it has been reported then, here or before.

Not here: which names there are (fields.py), which fields an op has (layers.py).
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import field

from pydantic import JsonValue

from ..diagnostics import Diagnostics
from ..expressions import (
    Environment,
    ExpressionError,
    Plain,
    Unknown,
    UnknownValue,
    evaluate,
    is_flag,
    names_in,
    parse_expression,
    untraced,
)
from ..ops.fields import FieldValue, Kind, as_whole, shown
from ..record import record
from ..source import Span
from ..syntax import UNREADABLE, DocPath, Scalar, SyntaxTree

SIZES = re.compile(r"(0|[1-9]\d{0,8})(x(0|[1-9]\d{0,8}))+")
_DIVISION = re.compile(r"(?<!/)/(?!/)")
_PLAIN_NUMBER = re.compile(r"0|[1-9][0-9]{0,14}")


class Poison(Exception):  # noqa: N818  # no error of its own: one has been reported
    """A value that cannot be known."""


@record(eq=False)
class Names:
    """What names mean at one place, and where each was given its value."""

    values: Mapping[str, Plain | Unknown] = field(default_factory=dict)
    places: Mapping[str, Span] = field(default_factory=dict)

    def having(self, values: Mapping[str, Plain | Unknown]) -> Names:
        """With more names."""
        return Names({**self.values, **values}, self.places)


NO_NAMES = Names()


class Values:
    """Evaluates texts of one document; `notes` says how the place that is looked at was reached."""

    def __init__(self, tree: SyntaxTree, sink: Diagnostics, notes: Callable[[], list[str]] = list) -> None:
        self.tree, self.sink, self.notes = tree, sink, notes
        # Whether mistakes are found without being told: what was found so must not be taken for told later.
        self.silent = False
        # What was refused of names' values: whoever reads the name next has no mistake of its own.
        self.refused: set[tuple[str, Span]] = set()

    def value(self, text: str, path: DocPath, names: Names, words: tuple[str, ...] = ()) -> Plain:
        """The value of an expression; `words` are the field's own.

        Raises:
            Poison: it has none.
        """
        if text in words:
            return text
        if _PLAIN_NUMBER.fullmatch(text):
            return int(text)
        if text == UNREADABLE:
            raise Poison
        try:
            expr = parse_expression(text)
            env: Environment = names.values
            own = {name.id: name.id for name in names_in(expr) if name.id in words} if words else {}
            return evaluate(expr, {**env, **own} if own else env)
        except UnknownValue:
            raise Poison from None
        except ExpressionError as error:
            if error.code != "unknown-name":  # fields.py has reported those, with the names that exist
                notes = [*self._where_from(text, names), *self.notes()]
                self.sink.error(error.code, error.message, self.part(path, error.at), notes=notes, help=error.help)
            raise Poison from None

    def field(self, raw: JsonValue, path: DocPath, names: Names, kind: Kind) -> FieldValue:
        """What a field is given: a value, or values in a list or mapping.

        Raises:
            Poison: a part of it has none.
        """
        return self._field(raw, path, names, kind.words, sizes=kind.sizes)

    def _field(self, raw: JsonValue, path: DocPath, names: Names, words: tuple[str, ...], *, sizes: bool) -> FieldValue:
        if isinstance(raw, list):
            return tuple(self._field(item, (*path, k), names, words, sizes=False) for k, item in enumerate(raw))
        if isinstance(raw, dict):
            return {key: self._field(item, (*path, key), names, words, sizes=False) for key, item in raw.items()}
        text = str(raw)
        if sizes and SIZES.fullmatch(text):
            return tuple(int(number) for number in text.split("x"))
        return self.value(text, path, names, words)

    def whole(self, text: str, path: DocPath, names: Names, *, least: int) -> int:
        """A whole number.

        Raises:
            Poison: it is none, or too small.
        """
        value = self.value(text, path, names)
        whole = as_whole(value)
        if whole is None or whole < least:
            name = path[-1] if isinstance(path[-1], str) else path[-2]
            self.refuse(f"`{name}` wants a whole number of at least {least}, got {shown(value)}", path, text, names)
            raise Poison
        return whole

    def number(self, text: str, path: DocPath, names: Names, *, least: float) -> float:
        """A number.

        Raises:
            Poison: it is none, or too small.
        """
        value = self.value(text, path, names)
        if is_flag(value) or not isinstance(value, int | float) or not math.isfinite(value) or value < least:
            message = f"`{path[-1]}` wants a number of at least {least:g}, got {shown(value)}"
            self.refuse(message, path, text, names)
            raise Poison
        return value

    def condition(self, text: str, path: DocPath, names: Names) -> Plain:
        """A truth value.

        Raises:
            Poison: it is none.
        """
        value = self.value(text, path, names)
        if not is_flag(value):
            message = f"`{path[-1]}` wants a condition, got {shown(value)}"
            self.refuse(message, path, text, names, help=f"compare it: `{text} != 0`")
            raise Poison
        return value

    def shape(self, texts: list[str], path: DocPath, names: Names) -> tuple[int, ...] | None:
        """The lengths of axes; None where one cannot be known."""
        try:
            return tuple(int(self.whole(text, (*path, k), names, least=1)) for k, text in enumerate(texts))
        except Poison:
            return None

    @contextmanager
    def silence(self) -> Iterator[None]:
        """While it is open, nothing is reported."""
        sink, silent = self.sink, self.silent
        self.sink, self.silent = Diagnostics(), True
        try:
            yield
        finally:
            self.sink, self.silent = sink, silent

    # --- diagnostics

    def refuse(self, message: str, path: DocPath, raw: JsonValue, names: Names, *, help: str | None = None) -> None:
        """Report a value that its field does not take, and where its parts come from; of a name alone, once."""
        place = names.places.get(raw) if isinstance(raw, str) else None
        if place is not None and not self.silent:
            if (message, place) in self.refused:
                return
            self.refused.add((message, place))
        notes = [*self._where_from(raw, names), *self.notes()]
        hint, written = help, raw if place is None else place.text
        if hint is None and isinstance(written, str) and "a whole number" in message and _DIVISION.search(written):
            rounded = _DIVISION.sub("//", written)
            with self.silence(), suppress(Poison):
                if self.value(rounded, path, names):
                    hint = f"`//` rounds down: `{rounded}`"
        self.sink.error("invalid-value", message, self.tree.span_at(path), notes=notes, help=hint)

    def error(self, code: str, message: str, path: DocPath, *, key: bool = False, help: str | None = None) -> None:
        """Report a mistake at a place in the document."""
        self.sink.error(code, message, self.tree.span_at(path, key=key), notes=self.notes(), help=help)

    def part(self, path: DocPath, at: tuple[int, int]) -> Span:
        """The place of some characters of a text."""
        node = self.tree.node_at(path)
        return node.part(*at) if isinstance(node, Scalar) else node.span

    def _where_from(self, raw: JsonValue, names: Names) -> list[str]:
        """The values of the names in a text, and where they were given."""
        notes = []
        for name in dict.fromkeys(_names(raw)):
            value, place = names.values.get(name), names.places.get(name)
            if value is not None and not isinstance(value, Unknown):
                given = f", given at {place}" if place is not None else ""
                notes.append(f"`{name}` is {shown(untraced(value))}{given}")
        return notes[:4]


def _names(raw: JsonValue) -> list[str]:
    if isinstance(raw, list):
        return [name for item in raw for name in _names(item)]
    if isinstance(raw, dict):
        return [name for item in raw.values() for name in _names(item)]
    try:
        return [name.id for name in names_in(parse_expression(str(raw)))]
    except ExpressionError:
        return []
