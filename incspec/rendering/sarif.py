"""Diagnostics as a log of SARIF 2.1.0, the format of code scanning: results, and the rules that they break."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from urllib.parse import quote

from ..diagnostics import Diagnostic, Label
from ..edits import Fix
from ..explain import explanation
from ..source import Span
from .place import is_file

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def sarif_log(diagnostics: Mapping[str, Sequence[Diagnostic]], version: str) -> dict[str, object]:
    """The log of one run of incspec `version`: the diagnostics by the spec in which they were found."""
    found = [(spec, item) for spec, items in diagnostics.items() for item in items]
    codes = sorted({item.code for _, item in found})
    tool = {"driver": {"name": "incspec", "version": version, "rules": [_rule(code) for code in codes]}}
    run = {
        "tool": tool,
        "columnKind": "unicodeCodePoints",
        "results": [_result(item, spec, codes.index(item.code)) for spec, item in found],
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(code: str) -> dict[str, object]:
    name = "".join(word.capitalize() for word in code.split("-"))
    page = explanation(code)
    if page is None:
        return {"id": code, "name": name}
    text = page.text.strip()
    return {
        "id": code,
        "name": name,
        "shortDescription": {"text": page.summary},
        "help": {"text": text, "markdown": text},
    }


def _result(item: Diagnostic, spec: str, rule: int) -> dict[str, object]:
    result: dict[str, object] = {
        "ruleId": item.code,
        "ruleIndex": rule,
        "level": item.severity,
        "message": {"text": "\n".join(_lines(item))},
        "locations": _locations(item, spec),
    }
    related = [label for label in item.secondary if is_file(label.span.source.name)]
    if related:
        result["relatedLocations"] = [{"id": number, **_location(label)} for number, label in enumerate(related)]
    fixes = [
        _fix(fix, item)
        for fix in item.fixes
        if fix.certain and all(is_file(each.span.source.name) for each in fix.edits)
    ]
    return {**result, "fixes": fixes} if fixes else result


def _fix(fix: Fix, item: Diagnostic) -> dict[str, object]:
    changes: dict[str, list[dict[str, object]]] = {}
    for edit in fix.edits:
        replacement = {"deletedRegion": _region(edit.span), "insertedContent": {"text": edit.text}}
        changes.setdefault(edit.span.source.name, []).append(replacement)
    return {
        "description": {"text": item.help or item.message},
        "artifactChanges": [
            {"artifactLocation": _artifact(name), "replacements": replacements}
            for name, replacements in changes.items()
        ],
    }


def _lines(item: Diagnostic) -> Iterable[str]:
    yield item.message
    yield from (f"note: {note}" for note in item.notes)
    if item.help:
        yield f"help: {item.help}"


def _locations(item: Diagnostic, spec: str) -> list[dict[str, object]]:
    if item.primary is not None and is_file(item.primary.span.source.name):
        return [_location(item.primary)]
    return [{"physicalLocation": {"artifactLocation": _artifact(spec)}}] if is_file(spec) else []


def _location(label: Label) -> dict[str, object]:
    span = label.span
    region = {**_region(span), "snippet": {"text": span.text}}
    place: dict[str, object] = {"physicalLocation": {"artifactLocation": _artifact(span.source.name), "region": region}}
    return {**place, "message": {"text": label.text}} if label.text else place


def _region(span: Span) -> dict[str, object]:
    start, end = span.position, span.source.position(span.end)
    return {"startLine": start.line, "startColumn": start.column, "endLine": end.line, "endColumn": end.column}


def _artifact(name: str) -> dict[str, object]:
    """A file by its address, that of a relative one from the folder in which incspec ran, which is the project's."""
    path = Path(name)
    if path.is_absolute():
        return {"uri": path.as_uri()}
    return {"uri": quote(path.as_posix()), "uriBaseId": "%SRCROOT%"}
