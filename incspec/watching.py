"""Watching: names of specs -> verdicts on them, at once and again whenever a file that one of them is made of changes.

Files are looked at a few times a second. That works on every system and file system; for forty specs a look takes six
milliseconds, what one of them takes to check ten times over.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from .checking import Verdict, check_specs
from .diagnostics import Diagnostics
from .reading.files import find_spec, read_spec
from .reading.gather import Gathered, gather
from .reading.link import referred_paths

PAUSE = 0.2  # seconds

# What tells that a file is another one: its number, its length, when it was written; None where there is none.
Stamp = tuple[int, int, int] | None


@dataclass(frozen=True, slots=True)
class Round:
    """What a watcher tells: the specs there are, the verdicts on all of them, and the files that changed."""

    gathered: Gathered
    verdicts: tuple[Verdict, ...]
    changed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Known:
    verdict: Verdict
    stamps: Mapping[Path, Stamp]

    def changed(self) -> list[Path]:
        return [path for path, stamp in self.stamps.items() if stamp != stamp_of(path)]


def watched(
    names: Sequence[str], settings: Sequence[str] = (), *, only_specs: bool = False, jobs: int | None = None
) -> Iterator[Round]:
    """A round at once, then one after every change. Only the specs that a change can concern are checked again."""
    known: dict[str, _Known] = {}
    last: Gathered | None = None
    while True:
        gathered = gather(names, only_specs=only_specs)
        changed = {spec: known[spec].changed() if spec in known else [] for spec in gathered.specs}
        stale = [spec for spec, paths in changed.items() if paths or spec not in known]
        if stale or gathered != last:
            # Before they are read: what changes meanwhile has another stamp at the next look.
            stamps = [{path: stamp_of(path) for path in made_of(spec)} for spec in stale]
            fresh = zip(stale, check_specs(stale, settings, jobs=jobs), stamps, strict=True)
            known |= {spec: _Known(verdict, before) for spec, verdict, before in fresh}
            told = dict.fromkeys(str(path) for paths in changed.values() for path in paths)
            yield Round(gathered, tuple(known[spec].verdict for spec in gathered.specs), tuple(told))
            last = gathered
        time.sleep(PAUSE)


def made_of(spec: str) -> tuple[Path, ...]:
    """The files whose change can change the verdict on a spec: itself, and what it refers to, were it there or not."""
    path = find_spec(spec)
    file = read_spec(path, Diagnostics())
    return (path,) if file is None else (path, *referred_paths(file))


def stamp_of(path: Path) -> Stamp:
    """What tells this file from another one of the same name."""
    try:
        state = os.stat(path)
    except (OSError, ValueError):  # a name with a NUL character is a ValueError
        return None
    return (state.st_ino, state.st_size, state.st_mtime_ns)
