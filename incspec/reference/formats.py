"""The reference as JSON, as Markdown, and as text for terminals."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from .describe import OpReference
from .shared import STEP_FIELDS

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


_STYLES = {"bold": "1", "name": "35", "dim": "2"}


def _paint(text: str, style: str, color: bool) -> str:
    return f"\x1b[{_STYLES[style]}m{text}\x1b[0m" if color else text


def _wrapped(text: str, width: int, indent: int) -> list[str]:
    """Lines of at most `width` columns, all indented."""
    blanks = " " * min(indent, width // 2)
    return textwrap.wrap(text, max(width, 20), initial_indent=blanks, subsequent_indent=blanks, break_on_hyphens=False)
