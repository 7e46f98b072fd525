"""Describing ops: CONSTRUCTS -> `OpReference`, what each is, how it is written, its fields, what it becomes in torch."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import dataclass

from pydantic import ValidationError
from pydantic_core import PydanticUndefined

from ..ops import BY_KEYWORD, CONSTRUCTS
from ..ops.base import ConstructClass, Op, OpError, TorchCall
from ..ops.fields import FieldValue, Kind, shown
from ..shapes import TensorType
from .shared import BODIES, FOLLOWERS


@dataclass(frozen=True, slots=True)
class FieldReference:
    """A field: what it takes, its default as a user would write it (None where there is none), what it is."""

    name: str
    takes: str
    default: str | None
    required: bool
    description: str


@dataclass(frozen=True, slots=True)
class OpReference:
    """A keyword of the language: what it is, how it is written, its fields, and what it becomes in torch."""

    keyword: str
    family: str
    summary: str
    usage: tuple[str, ...]
    main: str | None
    fields: tuple[FieldReference, ...]
    torch: tuple[str, ...]


def op_reference(keyword: str | None = None) -> tuple[OpReference, ...]:
    """Every construct in the order of `ops.CONSTRUCTS`, or the one of this keyword; none where there is no such."""
    wanted = CONSTRUCTS if keyword is None else [BY_KEYWORD[keyword]] if keyword in BY_KEYWORD else []
    return tuple(_describe(construct) for construct in wanted)


def keywords_of(family: str) -> tuple[str, ...]:
    """The keywords of all ops of a family."""
    return tuple(keyword for keyword, op in BY_KEYWORD.items() if getattr(op, "family", "") == family)


def summary(documented: type) -> str:
    """The first paragraph of a class's own docstring, in one line."""
    return " ".join((inspect.cleandoc(documented.__doc__ or "")).split("\n\n")[0].split())


def written_default(construct: ConstructClass, field: str) -> str | None:
    """A field's default as a user would write it; None where there is none to write."""
    default = construct.model_fields[field].default
    if default is PydanticUndefined or default is None:
        return None
    if isinstance(default, tuple) and len(default) == 1:
        (default,) = default
    return shown(default).strip("`")


def _describe(construct: ConstructClass) -> OpReference:
    fields = (*_bodies(construct), *_own_fields(construct), *_followers(construct))
    return OpReference(
        keyword=construct.keyword,
        family=getattr(construct, "family", "construct"),
        summary=summary(construct),
        usage=_usage(construct),
        main=construct.main,
        # What must be given comes first.
        fields=tuple(sorted(fields, key=lambda field: not field.required)),
        torch=_torch(construct),
    )


def _own_fields(construct: ConstructClass) -> Iterator[FieldReference]:
    for name, info in construct.model_fields.items():
        takes = construct.field_kind(name).wants
        default = written_default(construct, name)
        yield FieldReference(name, takes, default, info.is_required(), info.description or "")


def _followers(construct: ConstructClass) -> Iterator[FieldReference]:
    for role in construct.followers:
        words = ", ".join(f"`{word}`" for word in keywords_of(role))
        yield FieldReference(
            role, f"{words}, one of them with fields `{{op: fields}}`, or `none`", "none", False, FOLLOWERS[role]
        )


def _bodies(construct: ConstructClass) -> Iterator[FieldReference]:
    for name in construct.bodies:
        takes, default, description = BODIES[name]
        yield FieldReference(name, takes, default, default is None, description)


def _usage(construct: ConstructClass) -> tuple[str, ...]:
    """How it is written, shortest first."""
    keyword, main = construct.keyword, construct.main
    forms = []
    if not construct.bodies and all(map(_fits_a_word, map(construct.field_kind, construct.required_fields()))):
        size = ["SIZE"] if construct.sized else []
        own_main = [main.upper()] if main else []
        others = set(construct.field_names()) - {main, "kernel" if construct.sized else ""}
        pairs = ["[FIELD VALUE]..."] if others else []
        forms.append(" ".join([*size, keyword, *own_main, *pairs, *(["[V]"] if takes_v(construct) else [])]))
    if main:
        forms.append(f"{keyword}: {main.upper()}")
    if construct.field_names():
        forms.append(f"{keyword}: {{FIELD: VALUE, ...}}")
    return tuple(forms)


def _fits_a_word(kind: Kind) -> bool:
    """Whether one word of a line can stand for a value."""
    return any(_takes(kind, value) for value in (*_VALUES, *kind.words) if not isinstance(value, tuple))


def takes_v(construct: ConstructClass) -> bool:
    """Whether a `V` at the end of a line is `pad: valid`."""
    return "pad" in construct.model_fields


# --- what it becomes in torch, seen from examples

_MAPS = ((8,), (8, 16), (8, 16, 16), (8, 16, 16, 16), (1,))
_VALUES: tuple[FieldValue, ...] = (1, 2, 0.5, (1,), ("H", "W", "C"))


def _torch(construct: ConstructClass) -> tuple[str, ...]:
    """What torch is called with, for inputs of zero to three spatial axes."""
    found: dict[str, None] = {}
    for op in _examples(construct):
        for shape in _MAPS:
            for count in (1, 2):
                inputs = (TensorType(shape),) * count
                try:
                    op.infer(inputs)
                except OpError:
                    continue
                found[_target(op.torch_call(inputs))] = None
        if found:
            break
    return tuple(found)


def _examples(construct: ConstructClass) -> Iterator[Op]:
    """Ops with values for the fields that are required, and then for the main field too."""
    required = list(construct.required_fields())
    optional_main = [construct.main] if construct.main in construct.model_fields else []
    for given in (required, [*required, *optional_main]):
        values = {name: _example(construct.field_kind(name)) for name in given}
        try:
            op = construct.model_validate(values)
        except ValidationError:
            continue
        if isinstance(op, Op):
            yield op


def _example(kind: Kind) -> object:
    return next((value for value in _VALUES if _takes(kind, value)), None)


def _takes(kind: Kind, value: FieldValue) -> bool:
    try:
        kind.accept(value)
    except ValueError:
        return False
    return True


def _target(call: TorchCall) -> str:
    if call.helper:
        return f"{call.target}, a class in the printed source"
    if call.target.startswith("."):
        return f"Tensor{call.target}"
    return call.target
