"""Diagnostics as workflow commands of GitHub Actions, which shows them in the lines that a pull request changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ..diagnostics import Diagnostic
from .place import is_file

_COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}


def render_github(diagnostics: Mapping[str, Sequence[Diagnostic]]) -> str:
    """A line for each message, by the spec in which it was found."""
    return "".join(f"{_command(item, spec)}\n" for spec, items in diagnostics.items() for item in items)


def _command(item: Diagnostic, spec: str) -> str:
    properties = ",".join(f"{key}={_property(value)}" for key, value in _properties(item, spec).items())
    message = _data("\n".join(_lines(item)))
    return f"::{_COMMANDS[item.severity]} {properties}::{message}"


def _properties(item: Diagnostic, spec: str) -> dict[str, str]:
    title = {"title": f"{item.severity}[{item.code}]"}
    if item.primary is None or not is_file(item.primary.span.source.name):
        return {"file": spec, **title} if is_file(spec) else title
    span = item.primary.span
    start, end = span.position, span.source.position(span.end)
    place = {"file": span.source.name, "line": f"{start.line}", "endLine": f"{end.line}"}
    if start.line == end.line:  # GitHub takes columns within one line alone
        place |= {"col": f"{start.column}", "endColumn": f"{end.column}"}
    return {**place, **title}


def _lines(item: Diagnostic) -> Iterator[str]:
    yield item.message
    if item.primary is not None and item.primary.text:
        yield item.primary.text
    for label in item.secondary:
        yield f"{label.span}: {label.text}" if label.text else str(label.span)
    yield from (f"note: {note}" for note in item.notes)
    if item.help:
        yield f"help: {item.help}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
