"""The reference of ops, generated from their schema: OPS -> `OpReference`, as Markdown, JSON and terminal text.

What a field is stands once, in its `Field(description=...)` and its kind; what an op is, in its docstring. The
texts here are those of what all ops share: the fields of every step, norm and activation, bodies.
"""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pydantic import ValidationError
from pydantic_core import PydanticUndefined

from .ops import BY_KEYWORD, CONSTRUCTS
from .ops.base import ConstructClass, Op, OpError, TorchCall
from .ops.fields import FieldValue, Kind, shown
from .shapes import TensorType

STEP_FIELDS = {
    "name": "name of the step, of its module and of its output",
    "from": "name of the tensor that the step reads, or a list of several; without it, the step before",
    "repeat": "how many times the step is applied to its own output, each time with its own weights",
    "when": "condition; where it is false, the step is left out and its input passes",
    "expect": "what comes out, channels first, `[C, H, W]`; only checked",
    "in": "number of channels that arrive; only checked",
}
FOLLOWERS = {"norm": "normalisation after it", "act": "activation at the end"}
# What a body field takes, its default as it is written, and what it is.
BODIES = {
    "branches": (
        "a list of branches",
        None,
        "what stands side by side: each a list of steps, `[identity]` to pass the input on, or the name of a tensor",
    ),
    "body": ("a list of steps", None, "the steps beside the shortcut"),
    "shortcut": (
        "a list of steps, `identity` or `none`",
        "identity",
        "what is added to the body's output; with `none`, the body stands alone",
    ),
}
FAMILIES = {
    "conv": "Convolution",
    "linear": "Fully connected layers",
    "norm": "Normalisation",
    "act": "Activation",
    "pool": "Pooling",
    "merge": "Branches",
    "dropout": "Dropout",
    "shape": "Shape",
    "construct": "Written in terms of ops",
}


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


# --- as text


def as_json(references: Sequence[OpReference]) -> list[dict[str, object]]:
    """The references as JSON values; a `default` is null where the field has none to write."""
    return [
        {
            "keyword": op.keyword,
            "family": op.family,
            "summary": op.summary,
            "usage": list(op.usage),
            "main": op.main,
            "fields": [
                {
                    "name": field.name,
                    "takes": field.takes,
                    "default": field.default,
                    "required": field.required,
                    "description": field.description,
                }
                for field in op.fields
            ],
            "torch": list(op.torch),
        }
        for op in references
    ]


def as_markdown(references: Sequence[OpReference]) -> str:
    """The references as Markdown: a heading per op, with a table of its fields; what every step takes at the end."""
    text: list[str] = []
    for op in references:
        text += [f"### `{op.keyword}`", "", f"{op.summary}", ""]
        text += ["Written as " + ", ".join(f"`{usage}`" for usage in op.usage) + "."]
        if op.torch:
            text[-1] += " In torch: " + ", ".join(f"`{target}`" for target in op.torch) + "."
        text += ["", *_markdown_fields(op)] if op.fields else []
        text.append("")
    text += ["### Every step", "", "| field | what it is |", "| --- | --- |"]
    text += [f"| `{name}` | {_cell(description)} |" for name, description in STEP_FIELDS.items()]
    return "\n".join(text) + "\n"


def _markdown_fields(op: OpReference) -> Iterator[str]:
    yield "| field | takes | default | what it is |"
    yield "| --- | --- | --- | --- |"
    for field in op.fields:
        default = "required" if field.required else f"`{field.default}`" if field.default is not None else ""
        yield f"| `{field.name}` | {_cell(field.takes)} | {default} | {_cell(field.description)} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def render_overview(references: Sequence[OpReference], *, width: int = 80, color: bool = False) -> str:
    """All keywords by family, each with its summary, wrapped to `width` columns."""
    column = min(max((len(op.keyword) for op in references), default=0) + 4, width // 2)
    families = sorted({op.family for op in references}, key=list(FAMILIES).index)
    text: list[str] = []
    for family in families:
        text += ["", _paint(FAMILIES[family], "bold", color)]
        for op in references:
            if op.family == family:
                first, *rest = _wrapped(op.summary, width, column)
                keyword = _paint(op.keyword, "name", color) + " " * (column - 2 - len(op.keyword))
                text += [f"  {keyword}{first.lstrip()}", *rest]
    return "\n".join(text[1:]) + "\n"


def render_op(op: OpReference, *, width: int = 80, color: bool = False) -> str:
    """One keyword with its fields, wrapped to `width` columns."""
    text = [_paint(op.keyword, "bold", color), *_wrapped(op.summary, width, 0), ""]
    facts = [("usage" if form == op.usage[0] else "", form) for form in op.usage]
    facts += [("torch", ", ".join(op.torch))] if op.torch else []
    for name, fact in facts:
        first, *rest = _wrapped(fact, width, 7)
        text += [f"{_paint(f'{name:7}', 'dim', color)}{first.lstrip()}", *rest]
    for field in op.fields:
        default = "required" if field.required else f"default {field.default}" if field.default is not None else ""
        text += ["", _paint(field.name, "name", color) + (f"  ({default})" if default else "")]
        text += _wrapped(field.description, width, 4)
        text += [_paint(line, "dim", color) for line in _wrapped(f"takes {field.takes}", width, 4)]
    step = ", ".join(f"`{name}`" for name in STEP_FIELDS)
    return "\n".join([*text, "", *_wrapped(f"Every step also takes {step}.", width, 0)]) + "\n"


_STYLES = {"bold": "1", "name": "36", "dim": "2"}


def _paint(text: str, style: str, color: bool) -> str:
    return f"\x1b[{_STYLES[style]}m{text}\x1b[0m" if color else text


def _wrapped(text: str, width: int, indent: int) -> list[str]:
    """Lines of at most `width` columns, all indented."""
    blanks = " " * min(indent, width // 2)
    return textwrap.wrap(text, max(width, 20), initial_indent=blanks, subsequent_indent=blanks, break_on_hyphens=False)
