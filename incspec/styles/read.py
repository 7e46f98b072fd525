"""Reading a style: a file or the name of a shipped style -> Style.

`like: slide` starts from a shipped style, and what else is said changes it key by key.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from ..diagnostics import CompileError, Diagnostic, Diagnostics, did_you_mean, listed
from ..reading.files import read_spec
from ..reading.parse import parse
from ..source import SourceFile, Span
from ..spelling import respelt
from ..syntax import UNREADABLE, DocPath, Scalar, SyntaxTree, is_unreadable, plain
from .style import Colors, Style

_FOLDER = Path(__file__).parent
_LIKE = "like"
# A colour where YAML begins a comment: behind the colon of a key, and with no comment before it.
_BARE_COLOR = re.compile(r"""^(?:[^#\n]|(?<=['"])#)*:[ \t]+(#(?:[0-9a-f]{3}){1,2})\b""", re.IGNORECASE | re.MULTILINE)


def style_names() -> tuple[str, ...]:
    """The shipped styles."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.yaml")))


def find_style(name: str) -> Style:
    """The style that a user means: a shipped one by its name, or a file.

    Raises:
        ValueError: there is neither.
        CompileError: the file has mistakes.
    """
    if name in style_names():
        return shipped_style(name)
    path = Path(name)
    if not path.exists():
        what = "file" if path.suffix else "style"
        raise ValueError(f"there is no {what} `{name}`: {did_you_mean(name, style_names())}")
    return read_style(path)


@cache
def shipped_style(name: str) -> Style:
    """A shipped style."""
    return read_style(_FOLDER / f"{name}.yaml")


def read_style(path: Path) -> Style:
    """Read a style's file.

    Raises:
        CompileError: it has mistakes.
    """
    sink = Diagnostics()
    file = read_spec(path, sink)
    tree = parse(file.source, sink) if file is not None else None
    bare = list(_bare_colors(file.source)) if file is not None and sink.failed else []
    if bare:  # what else the parser has told comes of them
        raise CompileError(_told(bare))
    style = validated(tree, sink) if tree is not None else None
    if style is None or sink.failed:
        raise CompileError(sink.sorted())
    return style


def _bare_colors(source: SourceFile) -> Iterator[Span]:
    """The colours that YAML takes for comments, the first of each line: the others stand in its comment."""
    for found in _BARE_COLOR.finditer(source.text):
        yield Span(source, *found.span(1))


def _told(bare: list[Span]) -> tuple[Diagnostic, ...]:
    sink = Diagnostics()
    for at in bare:
        digits = at.text[1:] if len(at.text) == 7 else "".join(2 * digit for digit in at.text[1:])
        hint = f"write it in quotes: `'#{digits}'`"
        sink.error("invalid-value", f"`{at.text}` without quotes is a comment, and no colour", at, help=hint)
    return sink.sorted()


def validated(tree: SyntaxTree, sink: Diagnostics) -> Style | None:
    """The style that a tree describes. Mistakes go to `sink`."""
    said = plain(tree.root)
    assert isinstance(said, dict)
    like = said.pop(_LIKE, None)
    if like is not None and like not in style_names():
        hint = did_you_mean(str(like), style_names())
        sink.error("invalid-value", f"there is no style `{like}`", tree.span_at((_LIKE,)), help=hint)
        like = None
    base = shipped_style(like) if like is not None else Style()
    try:
        changed = Style.model_validate(_merged(base, said))
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            _report(detail, tree, sink)
        return None
    return changed


def _merged(base: Style, said: dict[str, object]) -> dict[str, object]:
    colors = said.get("colors")
    kept = base.model_dump()
    return (
        kept
        | said
        | {"colors": kept["colors"] | colors if isinstance(colors, dict) else said.get("colors", kept["colors"])}
    )


def _report(detail: ErrorDetails, tree: SyntaxTree, sink: Diagnostics) -> None:
    path: DocPath = tuple(
        part for part in detail["loc"] if tree.has((*detail["loc"][: detail["loc"].index(part)], part))
    )
    key = str(detail["loc"][-1])
    if key == UNREADABLE or is_unreadable(tree.node_at(path)):
        return  # that has been told
    if detail["type"] == "extra_forbidden":
        at = tree.span_at(path, key=True)
        names = list(Colors.model_fields) if len(path) > 1 else [*Style.model_fields, _LIKE]
        where = "`colors` of a style" if len(path) > 1 else "a style"
        hint = did_you_mean(key, names) or f"there is {listed(names)}"
        sink.error("unknown-key", f"{where} has no `{key}`", at, help=hint, fixes=respelt(key, names, at))
        return
    name = next(str(part) for part in reversed(path) if isinstance(part, str))
    node, at = tree.node_at(path), tree.span_at(path)
    got = f"`{node.text}`" if isinstance(node, Scalar) else "a list or mapping"
    if detail["type"] == "literal_error":
        words = [word.strip(" '") for word in detail["ctx"]["expected"].replace(" or ", ",").split(",")]
        choice = did_you_mean(str(plain(node)), words)
        sink.error("invalid-value", f"`{name}` does not take {got}", at, help=choice or f"it takes {listed(words)}")
    else:
        sink.error("invalid-value", f"`{name}` does not take {got}", at, help=_wanted(detail))


def _wanted(detail: ErrorDetails) -> str:
    """What would be right, in words."""
    kind, context = detail["type"], detail.get("ctx", {})
    if kind == "string_pattern_mismatch":
        return "a colour is written `'#rrggbb'`, in quotes"
    if kind in ("greater_than_equal", "less_than_equal"):
        return f"it is at {'least' if 'ge' in context else 'most'} {context.get('ge', context.get('le')):g}"
    if kind in ("float_parsing", "float_type", "finite_number"):
        return "a length is a number of points, or has a unit: `84 mm`"
    if kind.startswith("bool"):
        return "write `true` or `false`"
    if kind in ("tuple_type", "missing", "too_long"):
        return "write a list: `[9, 5]`, or `[shape, macs]`"
    return "write `colors: {conv: '#c9dcf3'}`" if kind.startswith("model") else detail["msg"].lower()
