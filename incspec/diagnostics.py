"""What incspec says about a spec: diagnostics as data.

`Diagnostic` is one message, `Diagnostics` collects them while passes run, `CompileError` carries them to
the caller. How they look on a terminal or in a file is rendering/'s business.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Literal

from .edits import Fix
from .record import record
from .source import Span

Severity = Literal["error", "warning", "note"]

MAX_MESSAGES = 100  # nobody reads more at once, and a file that is no spec could give a million
_MOST_COMPARED = 50_000  # pairs of letters: some hundred names
_LONG_QUOTE = re.compile(r"`([^`]{200})[^`]{4,}`")


@record
class Label:
    """A place in a file and what is to be said of it there."""

    span: Span
    text: str = ""


@record
class Diagnostic:
    """One message: a stable code, one sentence, the places, where the facts come from, and how to mend it.

    `primary` is None only where there is no text to point at (a missing file, say).
    """

    code: str
    message: str
    primary: Label | None = None
    severity: Severity = "error"
    secondary: tuple[Label, ...] = ()
    notes: tuple[str, ...] = ()
    help: str | None = None
    fixes: tuple[Fix, ...] = ()

    @property
    def identity(self) -> tuple[object, ...]:
        """What it has in common with another that says the same of the same place, and need not be told again."""
        if self.primary is None:
            return (self.code, self.message)
        span = self.primary.span
        return (self.code, span.source.name, span.start, span.end)


class Diagnostics:
    """The sink that passes report to: keeps order, drops what was said already about the same place."""

    def __init__(self) -> None:
        self._items: list[Diagnostic] = []
        self._seen: set[tuple[object, ...]] = set()
        self._errors = 0

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
        fixes: Iterable[Fix] = (),
    ) -> None:
        """Report a mistake at a span, of which the first line is shown."""
        if self.full:  # it is only counted
            self.extend((Diagnostic(code, message, Label(at.first_line) if at is not None else None, severity),))
            return
        primary = Label(at.first_line, _shortened(label)) if at is not None else None
        others = tuple(Label(other.span.first_line, _shortened(other.text)) for other in secondary)
        shown_help = _shortened(help) if help else None
        found = Diagnostic(
            code,
            _shortened(message),
            primary,
            severity,
            others,
            tuple(map(_shortened, notes)),
            shown_help,
            tuple(fixes),
        )
        self.extend((found,))

    def extend(self, others: Iterable[Diagnostic]) -> None:
        """Take over what another sink has collected; a block that is used seven times has its mistake once."""
        for item in others:
            if item.identity in self._seen:
                continue
            self._seen.add(item.identity)
            self._errors += item.severity == "error"
            if item.severity != "error" or self._errors <= MAX_MESSAGES:
                self._items.append(item)

    def remove(self, unwanted: Callable[[Diagnostic], bool]) -> None:
        """Take back warnings and notes that nobody wants to see; a mistake stays one."""
        self._items = [item for item in self._items if item.severity == "error" or not unwanted(item)]

    def __iter__(self) -> Iterator[Diagnostic]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    @property
    def full(self) -> bool:
        """Whether further mistakes are only counted."""
        return self._errors >= MAX_MESSAGES

    @property
    def failed(self) -> bool:
        """Whether any of them is an error, not a warning or a note."""
        return self._errors > 0

    def sorted(self) -> tuple[Diagnostic, ...]:
        """In the order of the text: by file as first seen, then by place; at the end, how many were left out."""
        files: dict[str, int] = {}
        for item in self._items:
            if item.primary is not None:
                files.setdefault(item.primary.span.source.name, len(files))

        def place(item: Diagnostic) -> tuple[int, int]:
            if item.primary is None:
                return (-1, 0)
            return (files[item.primary.span.source.name], item.primary.span.start)

        mistakes_first = sorted(self._items, key=lambda item: item.severity != "error")
        ordered = tuple(sorted(mistakes_first[:MAX_MESSAGES], key=place))
        if len(self._items) <= MAX_MESSAGES >= self._errors:
            return ordered
        more = f"these are the first {MAX_MESSAGES} messages"
        return (*ordered, Diagnostic("too-many-messages", more, severity="note", help="repair them, and check again"))


def _shortened(text: str) -> str:
    """A message with long quotes cut: a word of a megabyte is shown by its beginning."""
    return _LONG_QUOTE.sub(r"`\1…`", text)


class DiagnosedError(Exception):
    """Something of the user's that was refused; `diagnostics` say all that is wrong with it."""

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics = tuple(diagnostics)
        super().__init__(self.diagnostics)

    def __str__(self) -> str:
        from .rendering.text import render_text

        return "\n" + render_text(self.diagnostics)


class CompileError(DiagnosedError):
    """A spec with mistakes."""


class WeightsError(DiagnosedError):
    """Weights that are refused. Nothing of them was loaded."""


class InternalError(Exception):
    """A broken invariant: a fault of incspec itself, never of a spec."""


def nearest(word: str, candidates: Iterable[str]) -> str | None:
    """The candidate that a misspelt word most likely means, or None."""
    word = word.lower()[:80]
    names = list(dict.fromkeys(candidates))
    near = near_names(word, names)
    if near:
        return next(iter(near))
    # `kernel_size` is `kernel`, `batch` is `batch_norm`, `parameters` is `params`.
    alike = [name for name in names if _share_beginning(word, name)]
    if not alike:  # `loss_weight` is `weight`
        return next((name for name in names if len(name) > 2 and word.endswith(f"_{name}")), None)
    return max(alike, key=lambda name: len(name) if word.startswith(name) else -len(name))


def near_names(word: str, candidates: Iterable[str]) -> dict[str, int]:
    """The candidates that differ from a word in a few letters, the nearest first, and in how many."""
    word = word.lower()[:80]
    near: list[tuple[int, bool, str]] = []
    looked = 0
    for name in dict.fromkeys(candidates):
        shorter, longer = sorted((len(word), len(name)))
        limit = max((shorter + 1) // 3, min(longer - 1, 1))
        if abs(len(word) - len(name)) <= limit and looked < _MOST_COMPARED:
            looked += len(word) * len(name)
            distance = _distance(word, name)
            if distance <= limit and distance < len(word):
                near.append((distance, sorted(word) != sorted(name), name))
    # Of those that are as near, one of the same letters comes first.
    return {name: distance for distance, _, name in sorted(near, key=lambda each: each[:2])}


def _share_beginning(a: str, b: str) -> bool:
    """Whether the shorter word is the beginning of the longer, but perhaps for its last letter."""
    shorter, longer = sorted((a, b), key=len)
    return longer.startswith(shorter[:-1] if len(shorter) > 4 else shorter) and len(shorter) > 2


@lru_cache(maxsize=1 << 14)  # the same word is looked up for a message, for its help and for its fix
def _distance(a: str, b: str) -> int:
    """How many letters must be put in, taken out, changed or swapped with the next to make one word of the other."""
    two_above: list[int] = []
    above = list(range(len(b) + 1))
    for i, x in enumerate(a, start=1):
        row = [i]
        for j, y in enumerate(b, start=1):
            best = min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                best = min(best, two_above[j - 2] + 1)
            row.append(best)
        two_above, above = above, row
    return above[-1]


def did_you_mean(word: str, candidates: Iterable[str]) -> str | None:
    """The sentence for `help`: the nearest name, or else the whole list where it is short."""
    names = list(dict.fromkeys(candidates))
    best = nearest(word, names)
    if best is not None:
        return f"did you mean `{best}`?"
    if 0 < len(names) <= 12:
        return "there is " + listed(names)
    return None


def enumerated(parts: Sequence[str]) -> str:
    """Parts of a sentence: `a, b and c`."""
    return " and ".join(filter(None, (", ".join(parts[:-1]), *parts[-1:])))


def listed(names: Iterable[str]) -> str:
    """Names in backticks, with commas."""
    return ", ".join(f"`{name}`" for name in names)
