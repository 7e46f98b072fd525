"""The reference of styles, from `Style` itself -> Markdown."""

from __future__ import annotations

from typing import get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from .style import Coloring, Colors, Direction, EdgeFact, Fact, Style, Words, Wrap

_WORDS = {"words": Words, "direction": Direction, "color": Coloring, "show": Fact, "edges": EdgeFact, "wrap": Wrap}
_TAKES = {
    "weight": "`regular`, `semibold`",
    "legend": "`true`, `false`",
    "padding": "two lengths",
    "colors": "a mapping of colours",
}


def as_markdown() -> str:
    """A table of all keys of a style, and one of its colours."""
    keys = ["| key | takes | default | what it is |", "| --- | --- | --- | --- |"]
    keys += ["| `like` | the name of a shipped style |  | the style to start from, which the other keys change |"]
    keys += [_key(name, info) for name, info in Style.model_fields.items()]
    colors = ["| colour | default | what for |", "| --- | --- | --- |"]
    colors += [f"| `{name}` | `{info.default}` | {info.description} |" for name, info in Colors.model_fields.items()]
    return "\n".join((*keys, "", *colors))


def _key(name: str, info: FieldInfo) -> str:
    if name in _WORDS:
        takes = ", ".join(f"`{word}`" for word in get_args(_WORDS[name]))
        takes = f"a list of {takes}" if name in ("show", "edges") else takes
    else:
        takes = _TAKES.get(name, "a length")
    default = "" if isinstance(info.default, BaseModel) else f"`{_shown(info.default)}`"
    return f"| `{name}` | {takes} | {default} | {info.description} |"


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return f"[{', '.join(map(_shown, value))}]"
    return f"{value:g}" if isinstance(value, float) else str(value)
