"""What incspec says about a spec: diagnostics as data.

`Diagnostic` is one message, `Diagnostics` collects them while passes run, `CompileError` carries them to
the caller. How they look on a terminal or in JSON is render.py's business.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from .source import Span

Severity = Literal["error", "warning", "note"]


@dataclass(frozen=True, slots=True)
class Label:
    """A place in a file and what is to be said of it there."""

    span: Span
    text: str = ""


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One message: a stable code, one sentence, the places, where the facts come from, and the fix.

    `primary` is None only where there is no text to point at (a missing file, say).
    """

    code: str
    message: str
    primary: Label | None = None
    severity: Severity = "error"
    secondary: tuple[Label, ...] = ()
    notes: tuple[str, ...] = ()
    help: str | None = None


class Diagnostics:
    """The sink that passes report to: keeps order, drops what was said already about the same place."""

    def __init__(self) -> None:
        self._items: list[Diagnostic] = []
        self._seen: set[tuple[object, ...]] = set()

    def error(
        self,
        code: str,
        message: str,
        at: Span | None = None,
        *,
        label: str = "",
        notes: Iterable[str] = (),
        help: str | None = None,
        severity: Severity = "error",
        secondary: Iterable[Label] = (),
    ) -> None:
        """Report a mistake at a span; a block that is used seven times reports its mistake once."""
        primary = Label(at, label) if at is not None else None
        key = self._key(code, message, at)
        if key in self._seen:
            return
        self._seen.add(key)
        self._items.append(
            Diagnostic(code, message, primary, severity, tuple(secondary), tuple(notes), help)
        )

    def extend(self, others: Iterable[Diagnostic]) -> None:
        """Take over what another sink has collected."""
        for item in others:
            key = self._key(item.code, item.message, item.primary.span if item.primary else None)
            if key not in self._seen:
                self._seen.add(key)
                self._items.append(item)

    @staticmethod
    def _key(code: str, message: str, at: Span | None) -> tuple[object, ...]:
        return (code, at.source.name, at.start, at.end) if at is not None else (code, message)

    def __iter__(self) -> Iterator[Diagnostic]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    @property
    def failed(self) -> bool:
        """Whether any of them is an error, not a warning or a note."""
        return any(item.severity == "error" for item in self._items)

    def sorted(self) -> tuple[Diagnostic, ...]:
        """In the order of the text: by file as first seen, then by place."""
        files: dict[str, int] = {}
        for item in self._items:
            if item.primary is not None:
                files.setdefault(item.primary.span.source.name, len(files))

        def place(item: Diagnostic) -> tuple[int, int]:
            if item.primary is None:
                return (-1, 0)
            return (files[item.primary.span.source.name], item.primary.span.start)

        return tuple(sorted(self._items, key=place))


class CompileError(Exception):
    """A spec with mistakes; `diagnostics` holds all that were found."""

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics = tuple(diagnostics)
        super().__init__(self.diagnostics)

    def __str__(self) -> str:
        from .render import render_text

        return "\n" + render_text(self.diagnostics)


class InternalError(Exception):
    """A broken invariant: a fault of incspec itself, never of a spec."""


def nearest(word: str, candidates: Iterable[str]) -> str | None:
    """The candidate that a misspelt word most likely means, or None."""
    found = difflib.get_close_matches(word.lower(), list(candidates), n=1, cutoff=0.6)
    return found[0] if found else None


def did_you_mean(word: str, candidates: Iterable[str]) -> str | None:
    """The sentence for `help`: the nearest name, or else the whole list where it is short."""
    names = list(dict.fromkeys(candidates))
    best = nearest(word, names)
    if best is not None:
        return f"did you mean `{best}`?"
    if 0 < len(names) <= 12:
        return "there is " + ", ".join(f"`{name}`" for name in names)
    return None
