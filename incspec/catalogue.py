"""The catalogue: the shipped specs -> what each of them is and costs, as data and as text for terminals and papers."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from .diagnostics import CompileError
from .loading import load_file
from .reading.files import shipped_specs


@dataclass(frozen=True, slots=True)
class Entry:
    """A shipped spec: what it is, and its counts for one image; those of a spec with `errors` are unknown, 0."""

    name: str
    title: str = ""
    arxiv: str = ""
    input: str = ""
    params: int = 0
    params_with_aux: int = 0
    macs: int = 0
    errors: int = 0

    @property
    def folder(self) -> str:
        """The folder of `specs/` that it lies in; empty for `specs/` itself."""
        return self.name.rpartition("/")[0]

    @property
    def short(self) -> str:
        """Its name without the folder, by which it is found as well."""
        return self.name.rpartition("/")[2]

    @property
    def fault(self) -> str:
        """What to say of it in place of its counts."""
        return f"has {self.errors} error{'s' if self.errors > 1 else ''}, on purpose"


def catalogue() -> list[Entry]:
    """All shipped specs, compiled, by folder and name."""
    return [entry(name) for name in shipped_names()]


def shipped_names() -> list[str]:
    """The names of the shipped specs, by folder."""
    return sorted(shipped_specs(), key=lambda name: (name.rpartition("/")[0], name))


def entry(name: str) -> Entry:
    """What a shipped spec is and costs, by compiling it."""
    try:
        model = load_file(name)
    except CompileError as error:
        return Entry(name, errors=sum(item.severity == "error" for item in error.diagnostics))
    return Entry(
        name,
        title=model.name,
        arxiv=model.compiled.spec.arxiv,
        input=", ".join(str(type_) for type_ in model.inputs),
        params=model.params,
        params_with_aux=model.params_with_aux,
        macs=model.macs,
    )


# --- as text


def render_list(entries: Sequence[Entry], *, width: int = 80) -> str:
    """A line for each spec under its folder, with the networks' names where the terminal is wide enough for all."""
    names = max(len(entry.short) for entry in entries) + 2
    lines = [_line(entry, names) for entry in entries]
    if max(map(len, lines)) + 2 + max(len(entry.title) for entry in entries) <= width:
        longest = max(len(line) for line, entry in zip(lines, entries, strict=True) if not entry.errors)
        lines = [
            f"{line:<{longest}}  {entry.title}" if entry.title else line
            for line, entry in zip(lines, entries, strict=True)
        ]
    text: list[str] = []
    for folder, group in groupby(zip(entries, lines, strict=True), key=lambda pair: pair[0].folder):
        title = f"specs/{folder}" if folder else "specs"
        text += ["", _columns(title, names, "params", "with aux", "macs"), *(line for _, line in group)]
    return "\n".join(text[1:]) + "\n"


def _line(entry: Entry, names: int) -> str:
    if entry.errors:
        return f"  {entry.short:<{names}}{entry.fault}"
    aux = f"{entry.params_with_aux:,}" if entry.params_with_aux != entry.params else ""
    return _columns(f"  {entry.short}", names, f"{entry.params:,}", aux, f"{entry.macs:,}")


def _columns(name: str, names: int, params: str, aux: str, macs: str) -> str:
    return f"{name:<{names}}  {params:>11}  {aux:>11}  {macs:>15}"


def to_json(entries: Sequence[Entry]) -> str:
    """The catalogue as a JSON document: a list of specs, each with its `errors` or with its counts."""
    rows = [
        {"name": entry.name, "errors": entry.errors}
        if entry.errors
        else {name: getattr(entry, name) for name in Entry.__slots__}
        for entry in entries
    ]
    return json.dumps(rows, indent=2, ensure_ascii=False) + "\n"


def to_csv(entries: Sequence[Entry]) -> str:
    """The catalogue as CSV, a row for each spec."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(Entry.__slots__)
    writer.writerows([getattr(entry, name) for name in Entry.__slots__] for entry in entries)
    return text.getvalue()


def to_markdown(entries: Sequence[Entry]) -> str:
    """The catalogue as a Markdown table whose names link to the specs of a checkout."""
    return "\n".join(_markdown(entries)) + "\n"


def _markdown(entries: Sequence[Entry]) -> Iterator[str]:
    yield "| spec | network | input | parameters | with aux heads | multiply-adds |"
    yield "| --- | --- | --- | ---: | ---: | ---: |"
    for entry in entries:
        link = f"[`{entry.short}`](specs/{entry.name}.yaml)"
        if entry.errors:
            yield f"| {link} | {entry.fault} | | | | |"
            continue
        title = f"[{entry.title}](https://arxiv.org/abs/{entry.arxiv})" if entry.arxiv else entry.title
        aux = f"{entry.params_with_aux:,}" if entry.params_with_aux != entry.params else ""
        yield f"| {link} | {title} | {entry.input} | {entry.params:,} | {aux} | {entry.macs:,} |"
