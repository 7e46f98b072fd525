"""Diagnostics as the page shows them: Diagnostic, the texts that it has -> JSON values.

Not here: how they are worded on the page and where they are marked (app/src/mistakes.ts, app/src/source.ts).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import PurePath

from ..diagnostics import Diagnostic, Label
from ..source import SourceFile
from .rules import Json


def refused(name: str, diagnostics: Iterable[Diagnostic], files: Sequence[SourceFile]) -> dict[str, Json]:
    """What is shown of a spec with mistakes: them, and the texts of its files as they are written now."""
    return {"name": name, "diagnostics": told(diagnostics, files), "texts": [text_of(file) for file in files]}


def told(diagnostics: Iterable[Diagnostic], files: Sequence[SourceFile]) -> list[Json]:
    """Diagnostics with the places that they have in these files."""
    number = {file.name: place for place, file in enumerate(files)}
    return [
        {
            "severity": each.severity,
            "code": each.code,
            "message": each.message,
            "labels": [_label(label, number) for label in (each.primary, *each.secondary) if label is not None],
            "notes": list(each.notes),
            "help": each.help or "",
        }
        for each in diagnostics
    ]


def text_of(file: SourceFile) -> dict[str, Json]:
    """A file's text under its name without its folders."""
    return {"name": _shown(file), "language": "yaml", "text": file.text}


def _label(label: Label, number: dict[str, int]) -> Json:
    """A place, its text by number (-1 where it is in none of them), and what is to be said of it there."""
    span = label.span
    return {
        "text": number.get(span.source.name, -1),
        "file": _shown(span.source),
        "line": span.position.line,
        "column": column(span.source, span.start),
        "after": column(span.source, span.first_line.end),
        "says": label.text,
    }


def column(source: SourceFile, offset: int) -> int:
    """The column in UTF-16, as browsers count, from 1."""
    start = source.line_starts[source.position(offset).line - 1]
    return len(source.text[start:offset].encode("utf-16-le", "surrogatepass")) // 2 + 1


def _shown(source: SourceFile) -> str:
    return PurePath(source.name).name
