"""Diagnostics as JSON values; lines and columns count from 1, ends are exclusive."""

from __future__ import annotations

from collections.abc import Iterable

from ..diagnostics import Diagnostic, Label
from ..edits import Fix
from ..source import Span


def render_json(diagnostics: Iterable[Diagnostic]) -> list[dict[str, object]]:
    """The messages as JSON values."""
    return [
        {
            "code": item.code,
            "severity": item.severity,
            "message": item.message,
            "place": _place(item.primary) if item.primary else None,
            "related": [_place(label) for label in item.secondary],
            "notes": list(item.notes),
            "help": item.help,
            "fixes": [_fix(fix) for fix in item.fixes],
        }
        for item in diagnostics
    ]


def _place(label: Label) -> dict[str, object]:
    return {**_span(label.span), "label": label.text}


def _fix(fix: Fix) -> dict[str, object]:
    return {"certain": fix.certain, "edits": [{**_span(edit.span), "text": edit.text} for edit in fix.edits]}


def _span(span: Span) -> dict[str, object]:
    start, end = span.position, span.source.position(span.end)
    return {
        "file": span.source.name,
        "line": start.line,
        "column": start.column,
        "end_line": end.line,
        "end_column": end.column,
    }
