"""The kinds of fields that ops have: which values a field takes, and how it says so.

A kind stands once, in the field's annotation, and serves four readers: pydantic checks with it, the
evaluator learns the field's own words from it, the JSON Schema and the reference of ops quote it.
Values keep what they are traced to (expressions.py), so that the source printer can write it.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeAlias, get_args

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from ..expressions import Call, Plain, combine, expr_of, is_flag, trace
from ..expressions import Literal as Constant

# What reaches a field after evaluation: a value, or values in a list or mapping as they were written.
FieldValue: TypeAlias = "Plain | tuple[FieldValue, ...] | Mapping[str, FieldValue]"

EXPRESSION_SCHEMA = {"type": "string", "description": "an expression"}


@dataclass(frozen=True)
class Kind:
    """A kind of field. `words` are its own words, `sizes` lets it read `1x7`."""

    @property
    def words(self) -> tuple[str, ...]:
        """The words that the field knows itself; they win over names of parameters."""
        return ()

    @property
    def sizes(self) -> bool:
        """Whether the field reads `1x7`, one number per axis."""
        return False

    @property
    def wants(self) -> str:
        """What the field takes, for "wants ..., got ..."."""
        raise NotImplementedError

    def accept(self, value: FieldValue) -> object:
        """The value as the op holds it.

        Raises:
            ValueError: the field does not take it; the message says what it takes.
        """
        raise NotImplementedError

    def json_schema(self) -> dict[str, Any]:
        """JSON Schema of what may be written, expressions apart."""
        raise NotImplementedError

    def refuse(self, value: FieldValue) -> ValueError:
        """The error for a value that the field does not take."""
        return ValueError(f"wants {self.wants}, got {shown(value)}")

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Let pydantic check the field with `accept`, whatever its annotated type is; None only where that says so."""
        schema = core_schema.no_info_plain_validator_function(self.accept)
        return core_schema.nullable_schema(schema) if type(None) in get_args(source) else schema


def shown(value: object) -> str:
    """A value as the user would write it, in backticks."""
    return f"`{_written(value)}`"


def _written(value: object) -> str:
    if is_flag(value):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return f"[{', '.join(_written(item) for item in value)}]"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_written(item)}" for key, item in value.items()) + "}"
    return f"{value}" if isinstance(value, str) else f"{value:g}" if isinstance(value, float) else str(value)


def as_whole(value: object) -> int | None:
    """A whole number as int (6.0 is 6), keeping what it is traced to; None for anything else."""
    if type(value) is int:  # what most are
        return value
    if is_flag(value) or not isinstance(value, int | float):
        return None
    if isinstance(value, int):
        return value
    if not math.isfinite(value) or value != int(value):
        return None
    # `floor` is one of the language's functions, so that this can be evaluated again.
    whole = trace(int(value), Call("floor", (expr_of(value),))) if hasattr(value, "expr") else int(value)
    assert isinstance(whole, int)
    return whole


def as_real(value: int | float) -> float:
    """A number as float, keeping what it is traced to: TorchScript takes no int for torch's float arguments."""
    if isinstance(value, float):
        return value
    real = trace(float(value), combine("*", Constant(1.0), expr_of(value)))
    assert isinstance(real, float)
    return real


@dataclass(frozen=True)
class Whole(Kind):
    """A whole number of at least `least`, or one of some words."""

    least: int | None = 1
    own_words: tuple[str, ...] = ()

    @property
    def words(self) -> tuple[str, ...]:
        return self.own_words

    @property
    def wants(self) -> str:
        number = "a whole number" + ("" if self.least is None else f" of at least {self.least}")
        return " or ".join([number, *(f"`{word}`" for word in self.own_words)])

    def accept(self, value: FieldValue) -> int | str:
        if isinstance(value, str) and value in self.own_words:
            return value
        whole = as_whole(value)
        if whole is None or (self.least is not None and whole < self.least):
            raise self.refuse(value)
        return whole

    def json_schema(self) -> dict[str, Any]:
        schema: dict[str, Any] = {"type": "integer"}
        if self.least is not None:
            schema["minimum"] = self.least
        return {"anyOf": [schema, {"enum": list(self.own_words)}]} if self.own_words else schema


@dataclass(frozen=True)
class Number(Kind):
    """A number between two bounds, both inclusive unless `above`."""

    least: float | None = None
    most: float | None = None
    above: float | None = None
    own_words: tuple[str, ...] = ()

    @property
    def words(self) -> tuple[str, ...]:
        return self.own_words

    @property
    def wants(self) -> str:
        if self.least is not None and self.most is not None:
            number = f"a number from {self.least:g} to {self.most:g}"
        elif self.above is not None:
            number = f"a number above {self.above:g}"
        elif self.least is not None:
            number = f"a number of at least {self.least:g}"
        else:
            number = "a number"
        return " or ".join([number, *(f"`{word}`" for word in self.own_words)])

    def accept(self, value: FieldValue) -> float | str:
        if isinstance(value, str) and value in self.own_words:
            return value
        if is_flag(value) or not isinstance(value, int | float) or not math.isfinite(value):
            raise self.refuse(value)
        too_low = self.least is not None and value < self.least
        too_high = self.most is not None and value > self.most
        if too_low or too_high or (self.above is not None and value <= self.above):
            raise self.refuse(value)
        return as_real(value)

    def json_schema(self) -> dict[str, Any]:
        bounds = {"minimum": self.least, "maximum": self.most, "exclusiveMinimum": self.above}
        schema = {"type": "number"} | {key: bound for key, bound in bounds.items() if bound is not None}
        return {"anyOf": [schema, {"enum": list(self.own_words)}]} if self.own_words else schema


@dataclass(frozen=True)
class FlagKind(Kind):
    """`true`, `false` or a condition."""

    @property
    def wants(self) -> str:
        return "`true`, `false` or a condition"

    def accept(self, value: FieldValue) -> bool:
        if not is_flag(value):
            raise self.refuse(value)
        return value  # type: ignore[return-value]  # bool, or a TracedFlag that stands for one

    def json_schema(self) -> dict[str, Any]:
        return {"type": "boolean"}


@dataclass(frozen=True)
class Word(Kind):
    """One of a few words."""

    choices: tuple[str, ...]

    @property
    def words(self) -> tuple[str, ...]:
        return self.choices

    @property
    def wants(self) -> str:
        return " or ".join(f"`{word}`" for word in self.choices)

    def accept(self, value: FieldValue) -> str:
        if not isinstance(value, str) or value not in self.choices:
            raise self.refuse(value)
        return value

    def json_schema(self) -> dict[str, Any]:
        return {"enum": list(self.choices)}


@dataclass(frozen=True)
class PerAxis(Kind):
    """A whole number for all axes, or one for each: `3`, `[1, 7]`, `1x7`; or one of some words."""

    least: int = 1
    own_words: tuple[str, ...] = ()

    @property
    def words(self) -> tuple[str, ...]:
        return self.own_words

    @property
    def sizes(self) -> bool:
        return True

    @property
    def wants(self) -> str:
        number = f"a whole number of at least {self.least}, or one per axis"
        return " or ".join([number, *(f"`{word}`" for word in self.own_words)])

    def accept(self, value: FieldValue) -> tuple[int, ...] | str:
        if isinstance(value, str) and value in self.own_words:
            return value
        items = value if isinstance(value, tuple) else (value,)
        wholes = tuple(as_whole(item) for item in items)
        if not 1 <= len(wholes) <= 3 or any(whole is None or whole < self.least for whole in wholes):
            raise self.refuse(value)
        return tuple(whole for whole in wholes if whole is not None)

    def json_schema(self) -> dict[str, Any]:
        whole = {"type": "integer", "minimum": self.least}
        per_axis = {"type": "array", "items": {"anyOf": [whole, EXPRESSION_SCHEMA]}, "minItems": 1, "maxItems": 3}
        size = {"type": "string", "pattern": "^[0-9]+(x[0-9]+)+$"}
        words = [{"enum": list(self.own_words)}] if self.own_words else []
        return {"anyOf": [whole, per_axis, size, *words]}


@dataclass(frozen=True)
class Several(Kind):
    """A list of whole numbers, some of which may be words; a number alone is such a list, unless it means something else."""

    least: int = 1
    own_words: tuple[str, ...] = ()
    what: str = "whole numbers"
    alone: bool = False  # whether a number alone stays one

    @property
    def words(self) -> tuple[str, ...]:
        return self.own_words

    @property
    def sizes(self) -> bool:
        return True

    @property
    def wants(self) -> str:
        return f"a list of {self.what}"

    def accept(self, value: FieldValue) -> int | str | tuple[int | str, ...]:
        items = value if isinstance(value, tuple) else (value,)
        taken: list[int | str] = []
        for item in items:
            whole = as_whole(item)
            if isinstance(item, str) and item in self.own_words:
                taken.append(item)
            elif whole is not None and whole >= self.least:
                taken.append(whole)
            else:
                raise self.refuse(value)
        if not taken:
            raise self.refuse(value)
        number = self.alone and not isinstance(value, tuple | str)
        return taken[0] if number else tuple(taken)

    def json_schema(self) -> dict[str, Any]:
        item: list[dict[str, Any]] = [{"type": "integer", "minimum": self.least}, EXPRESSION_SCHEMA]
        return {"anyOf": [{"type": "array", "items": {"anyOf": item}, "minItems": 1}, *item]}


Count: TypeAlias = Annotated[int, Whole(1)]
OptionalCount: TypeAlias = Annotated[int | None, Whole(1)]
Flag: TypeAlias = Annotated[bool, FlagKind()]
Kernel: TypeAlias = Annotated[tuple[int, ...], PerAxis(1)]
Stride: TypeAlias = Annotated[tuple[int, ...], PerAxis(1)]
Dilation: TypeAlias = Annotated[tuple[int, ...], PerAxis(1)]
Pad: TypeAlias = Annotated[tuple[int, ...] | Literal["same", "valid"], PerAxis(0, ("same", "valid"))]
Probability: TypeAlias = Annotated[float, Number(0, 1)]
Positive: TypeAlias = Annotated[float, Number(above=0)]
Real: TypeAlias = Annotated[float, Number()]
