"""Following: a spec -> what its page shows, and again whenever a file that it is made of changes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from watchfiles import awatch

from ..diagnostics import CompileError, Diagnostic, Diagnostics
from ..loading import load_file
from ..model import Model
from ..page.document import Document
from ..page.rules import Json
from ..page.told import refused
from ..reading.files import find_spec, read_spec
from ..reading.link import referred_files
from ..reading.settings import from_options
from ..source import SourceFile
from ..watching import Stamp, made_of, stamp_of

# Milliseconds: several writes at once are one change, and how long one waits for the next.
_BURST, _PAUSE = 100, 10

# Seconds: how long an empty file may be one that is just being written, which most editors empty first.
_WRITING = 0.05


@dataclass(frozen=True, eq=False)
class State:
    """What there is to show: the number of the change, and the last model without mistakes, or what is wrong in which files.

    What the page is told of it is made once, for all browsers.
    """

    version: int
    spec: str
    model: Model | None
    diagnostics: tuple[Diagnostic, ...]
    seconds: float
    files: tuple[SourceFile, ...] = ()

    @property
    def is_good(self) -> bool:
        """Whether the spec has no mistakes."""
        return not any(item.severity == "error" for item in self.diagnostics)

    @property
    def stages(self) -> Sequence[Callable[[], dict[str, Json]]]:
        """What the page is told, one after the other: the figure and all of the model, or only what is wrong with it."""
        if self.model is not None and self.is_good:
            return (lambda: self.sketch, lambda: self.document)
        return (lambda: self.refused,)

    @cached_property
    def refused(self) -> dict[str, Json]:
        """What is wrong, and the texts in which it is."""
        return refused(self.spec, self.diagnostics, self.files)

    @cached_property
    def sketch(self) -> dict[str, Json]:
        """What the figure of the last good model is drawn from."""
        return self._document.sketch()

    @cached_property
    def document(self) -> dict[str, Json]:
        """All that the page shows of the last good model."""
        assert self.model is not None
        return self._document.whole(self.model.printed)

    @cached_property
    def _document(self) -> Document:
        assert self.model is not None
        return Document(self.model.compiled, self.model.diagnostics)


class Follower:
    """Follows one spec. `state` is always the last one; `changed` is called with each, from the thread that checks."""

    def __init__(self, spec: str, settings: Sequence[str], changed: Callable[[State], None]) -> None:
        self.spec, self.settings, self.changed = spec, from_options(settings), changed
        self.stamps: Mapping[Path, Stamp] = {}
        self.seen: set[Path] = set()
        self.state = State(0, spec, None, (), 0.0)

    def check(self) -> bool:
        """Check the spec if one of its files is another one than before; whether it was so."""
        # Before they are read: what changes meanwhile has another stamp at the next look.
        stamps = self._stamps()
        if any(_is_empty(stamp) and stamp != self.stamps.get(path) for path, stamp in stamps.items()):
            time.sleep(_WRITING)
            stamps = self._stamps()
        if stamps == self.stamps:
            return False
        self.stamps, begun, last = stamps, time.perf_counter(), self.state
        missing = {path for path, stamp in stamps.items() if stamp is None}
        self.seen |= stamps.keys() - missing
        files: tuple[SourceFile, ...] = ()
        try:
            model: Model | None = load_file(self.spec, self.settings)
            diagnostics = model.diagnostics if model else ()
        except CompileError as error:
            model, diagnostics = last.model, error.diagnostics
            if missing <= self.seen:  # else one of them is a name that was mistyped
                diagnostics = tuple(map(_gone, diagnostics))
            files = _written(self.spec, diagnostics)
        seconds = time.perf_counter() - begun
        self.state = State(last.version + 1, self.spec, model, tuple(diagnostics), seconds, files)
        self.changed(self.state)
        return True

    def _stamps(self) -> dict[Path, Stamp]:
        return {path: stamp_of(path) for path in made_of(self.spec)}

    async def follow(self, stop: asyncio.Event) -> None:
        """Check whenever a file changes, until the event."""
        while not stop.is_set():
            folders = self._folders()
            async for _ in self._changes(folders, stop):
                while await asyncio.to_thread(self.check):
                    pass
                if self._folders() != folders:
                    break

    def _changes(self, folders: frozenset[Path], stop: asyncio.Event) -> AsyncIterator[object]:
        """Whenever something in one of the folders changes, and at once, since it may have while nobody looked."""
        return awatch(
            *folders,
            watch_filter=None,
            debounce=_BURST,
            step=_PAUSE,
            stop_event=stop,
            recursive=False,
            yield_on_timeout=True,
            rust_timeout=1_000,
        )

    def _folders(self) -> frozenset[Path]:
        """Where the files are; of a folder that is not there the nearest one above it that is."""
        return frozenset(next(folder for folder in path.absolute().parents if folder.is_dir()) for path in self.stamps)


def _is_empty(stamp: Stamp) -> bool:
    return stamp is not None and stamp[1] == 0


def _gone(item: Diagnostic) -> Diagnostic:
    """What is told of a missing file, if it has been there: not which other one may be meant."""
    if item.code != "file-not-found":
        return item
    return replace(item, message=f"{item.message} any more", help="the preview goes on as soon as it is there again")


def _written(spec: str, diagnostics: Sequence[Diagnostic]) -> tuple[SourceFile, ...]:
    """The files of a spec with mistakes, the spec itself first; those with mistakes as they were when they were checked."""
    file = read_spec(find_spec(spec), Diagnostics())
    found = {each.source.name: each.source for each in referred_files(file)} if file else {}
    labels = [label for item in diagnostics for label in (item.primary, *item.secondary) if label is not None]
    checked = {label.span.source.name: label.span.source for label in labels}
    return tuple(checked.get(name, source) for name, source in found.items())
