"""Fixing: a spec with mistakes -> its text with those mended whose fix is certain, every other character as it was.

Fixes are applied in rounds, since what one lays bare may have a fix of its own. A fix is kept only where its mistake is
gone and nothing is told of the lines that it changes; what the mistake hid may come to light elsewhere.

Not here: which fixes there are (the passes that report), reading and writing files (cli/).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from .diagnostics import Diagnostic, Diagnostics
from .edits import Edit, Fix, edited, overlap
from .limits import DEFAULT, Limits
from .pipeline import compile_spec
from .reading.files import SpecFile
from .reading.settings import Setting
from .source import SourceFile

_MOST_ROUNDS = 20


@dataclass(frozen=True, slots=True)
class Fixed:
    """A text with fixes applied, the mistakes that they mended, and what is left to say of it."""

    file: SpecFile
    mended: tuple[Diagnostic, ...]
    left: tuple[Diagnostic, ...]


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A certain fix of a mistake in the file itself."""

    item: Diagnostic
    fix: Fix


def fix_spec(file: SpecFile, settings: Sequence[Setting] = (), limits: Limits = DEFAULT) -> Fixed:
    """Apply all certain fixes to a file; files that it extends or imports stay as they are."""
    now = Fixed(file, (), _told(file, settings, limits))
    for _ in range(_MOST_ROUNDS):
        better = _round(now, settings, limits)
        if better is None:
            break
        now = better
    return now


def _round(now: Fixed, settings: Sequence[Setting], limits: Limits) -> Fixed | None:
    """All fixes at once; where not each mends something, those that do, one after the other. None where none does."""
    candidates = _candidates(now)
    best = _with(now, candidates, settings, limits)
    if best is None and len(candidates) > 1:
        kept: list[_Candidate] = []
        for each in candidates:
            found = _with(now, [*kept, each], settings, limits)
            if found is not None:
                best, kept = found, [*kept, each]
    return best


def _with(now: Fixed, chosen: Sequence[_Candidate], settings: Sequence[Setting], limits: Limits) -> Fixed | None:
    """The file with some fixes; None where one of them does not mend its mistake, or is told of itself."""
    if not chosen:
        return None
    edits = [edit for each in chosen for edit in each.fix.edits]
    file = _applied(now.file, edits)
    left = _told(file, settings, limits)
    before, after = _mistakes(now.left), _mistakes(left)
    changed = {edit.span.position.line for edit in edits}
    new = [item for item in left if (item.code, item.message) in after - before and item.severity == "error"]
    if (before - after).total() < len(chosen) or any(_line(item, file) in (*changed, None) for item in new):
        return None
    return Fixed(file, (*now.mended, *(each.item for each in chosen)), left)


def _candidates(now: Fixed) -> list[_Candidate]:
    """The certain fixes in the file that do not get in each other's way, the first of those that do."""
    chosen: list[_Candidate] = []
    edits: list[Edit] = []
    for item in now.left:
        fix = next((fix for fix in item.fixes if fix.certain), None)
        if fix is None or any(edit.span.source is not now.file.source for edit in fix.edits):
            continue
        if not overlap((*edits, *fix.edits)):
            chosen.append(_Candidate(item, fix))
            edits += fix.edits
    return chosen


def _applied(file: SpecFile, edits: Iterable[Edit]) -> SpecFile:
    return replace(file, source=SourceFile(file.source.name, edited(file.source.text, edits)))


def _told(file: SpecFile, settings: Sequence[Setting], limits: Limits) -> tuple[Diagnostic, ...]:
    sink = Diagnostics()
    compile_spec(file, sink, settings, limits)
    return sink.sorted()


def _mistakes(items: Iterable[Diagnostic]) -> Counter[tuple[str, str]]:
    return Counter((item.code, item.message) for item in items if item.severity == "error")


def _line(item: Diagnostic, file: SpecFile) -> int | None:
    """The line of the file that a message is about; 0 for one of another file, None for one without a place."""
    if item.primary is None:
        return None
    span = item.primary.span
    return span.position.line if span.source is file.source else 0
