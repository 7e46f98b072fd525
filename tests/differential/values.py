"""Fields of a step, as text -> values; expressions are what Python makes of them.

A value that its field does not take is refused by a rule of the language, not by torch.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeAlias

Names: TypeAlias = Mapping[str, Any]

_SIZES = re.compile(r"\d+(x\d+)+")


class Refused(Exception):  # noqa: N818  # no error: this is an answer
    """The network cannot be; `by` says who says so."""

    by: str


class RuleRefuses(Refused):
    """A rule of the language, where torch would do something that is not meant, or nothing that it could be asked."""

    by = "language"

    def __init__(self, code: str, why: str) -> None:
        super().__init__(f"{code}: {why}")
        self.code = code


class TorchRefuses(Refused):
    """torch raised."""

    by = "torch"


@contextmanager
def torch_decides() -> Iterator[None]:
    """What torch raises in here is its refusal."""
    try:
        yield
    except (
        RuntimeError,
        ValueError,
        TypeError,
        IndexError,
        AttributeError,
        AssertionError,
        NotImplementedError,
    ) as error:
        raise TorchRefuses(str(error).partition("\n")[0]) from error


def round_to(x: float, m: int = 8) -> int:
    """The nearest multiple of m, at least m, and one more if that is below 0.9 x."""
    nearest = max(m, math.floor(x / m + 0.5) * m)
    return nearest + m if nearest < 0.9 * x else nearest


_FUNCTIONS = {"min": min, "max": max, "ceil": math.ceil, "floor": math.floor, "round_to": round_to}


def evaluate(text: str, names: Names) -> Any:
    """The value of an expression: Python's, since the language's operators are Python's."""
    scope = {**_FUNCTIONS, "true": True, "false": False, **{k: v for k, v in names.items() if k != "in"}}
    scope["in_"] = names.get("in")
    try:
        return eval(re.sub(r"\bin\b", "in_", str(text)), {"__builtins__": {}}, scope)
    except ZeroDivisionError as error:
        raise RuleRefuses("division-by-zero", str(text)) from error


def parameter(text: str, names: Names) -> Any:
    """The value of a parameter, where a lone word that is no name is itself."""
    lone = re.fullmatch(r"[a-z][a-z0-9_]*", text) and text not in (*names, "true", "false")
    return text if lone else evaluate(text, names)


def whole(value: Any, least: int, what: str) -> int:
    """A whole number; 6.0 is 6."""
    if isinstance(value, bool) or not isinstance(value, int | float) or value != int(value) or value < least:
        raise RuleRefuses("invalid-value", f"{what} {value!r} is not a whole number of at least {least}")
    return int(value)


class Fields:
    """The fields of one op, each with what names mean where it was written."""

    def __init__(self, given: Mapping[str, tuple[Any, Names]]) -> None:
        self.given = given
        self.read: set[str] = set()

    def __contains__(self, name: str) -> bool:
        return name in self.given

    def raw(self, name: str) -> tuple[Any, Names]:
        """What was written, and where."""
        self.read.add(name)
        return self.given[name]

    def value(self, name: str, default: Any, words: tuple[str, ...] = ()) -> Any:
        """A field's value, of whatever type."""
        if name not in self.given:
            return default
        raw, names = self.raw(name)
        if isinstance(raw, list):
            return tuple(_value(item, names, words) for item in raw)
        if _SIZES.fullmatch(str(raw)):
            return tuple(map(int, raw.split("x")))
        return _value(raw, names, words)

    def count(self, name: str, default: int | None = None) -> int:
        """A whole number of at least 1."""
        return whole(self.value(name, default), 1, name)

    def wholes(self, name: str, default: Any, least: int, words: tuple[str, ...] = ()) -> Any:
        """One whole number, or several, or a word."""
        value = self.value(name, default, words)
        if isinstance(value, tuple):
            return tuple(item if item in words else whole(item, least, name) for item in value)
        return value if value in words else whole(value, least, name)

    def axes(self, name: str, rank: int, default: Any = 1, least: int = 1, words: tuple[str, ...] = ()) -> Any:
        """One whole number for each of `rank` axes; or a word."""
        value = self.wholes(name, default, least, words)
        if isinstance(value, int):
            return (value,) * rank
        if isinstance(value, tuple) and len(value) == 1:
            return value * rank
        if isinstance(value, tuple) and len(value) != rank:
            raise RuleRefuses("wrong-axis-count", f"{name} {value} for {rank} axes")
        return value

    def real(
        self, name: str, default: float, *, least: float = -math.inf, most: float = math.inf, above: float = -math.inf
    ) -> float:
        """A number between bounds."""
        value = self.value(name, default)
        if isinstance(value, bool) or not least <= value <= most or value <= above:
            raise RuleRefuses("invalid-value", f"{name} {value!r}")
        return float(value)

    def flag(self, name: str, *, default: bool) -> bool:
        """A truth value."""
        value = self.value(name, default)
        assert isinstance(value, bool)
        return value

    def word(self, name: str, default: str, choices: tuple[str, ...]) -> str:
        """One of some words."""
        value = self.value(name, default, choices)
        assert value in choices
        return str(value)


def _value(text: Any, names: Names, words: tuple[str, ...]) -> Any:
    return text if text in words else evaluate(text, {**names, **dict(zip(words, words, strict=True))})
