"""Progress: what takes longer than a moment says on the terminal how far it is, and leaves nothing there.

It is one line of standard error, written over again and again and cleared in the end: in pipes and files, on terminals
that cannot clear a line, with `NO_COLOR` or `--json`, there is none.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import TypeVar

from ..rendering.terminal import plain
from ..rendering.view import columns, visible
from ..telling import Tell
from .terminal import can_draw, terminal_width, wants_color

T = TypeVar("T")

PATIENCE = 1.0  # seconds before it is shown
_EVERY = 0.1  # seconds
_BAR, _LEAST = 20, 24  # columns of the bar, and those below which what is being done is not cut for its sake
_CLEAR = "\r\x1b[K"


@dataclass
class _Line:
    doing: str
    done: int = 0
    total: int = 0
    started: float = field(default_factory=time.monotonic)

    def tell(self, doing: str, done: int, total: int) -> None:
        self.doing, self.done, self.total = doing, done, total

    @property
    def due(self) -> bool:
        return time.monotonic() - self.started >= PATIENCE

    def draw(self) -> None:
        # The last column stays free: what is written there may move the terminal on to the next line.
        text = _fitted(self, terminal_width() - 1)
        _write(f"{_CLEAR}{text if can_draw(sys.stderr) else plain(text)}")


def tracked(items: Iterable[T], total: int, doing: str, *, shown: bool) -> Iterator[T]:
    """The items, as they come; while one is waited for, and nobody prints, it says how many were there.

    It starts no thread, which processes that are forked could not have.
    """
    if not shown or not _is_wanted():
        yield from items
        return
    line, waited_for = _Line(doing, 0, total), iter(items)
    try:
        while True:
            if line.due and line.done < total:
                line.draw()
            item = next(waited_for, None)
            if line.due:
                _write(_CLEAR)
            if item is None:
                return
            line.done += 1
            yield item
    except BaseException:
        _write(_CLEAR)
        raise


@contextmanager
def busy(doing: str, *, shown: bool) -> Iterator[Tell]:
    """While it is open, it says what is being done, and for how long; nothing must be printed meanwhile."""
    line = _Line(doing)
    if not shown or not _is_wanted():
        yield line.tell
        return
    over = Event()
    thread = Thread(target=_redraw, args=(line, over), daemon=True)
    thread.start()
    try:
        yield line.tell
    finally:
        over.set()
        thread.join()


def _redraw(line: _Line, over: Event) -> None:
    pause = PATIENCE
    while not over.wait(pause):
        line.draw()
        pause = _EVERY
    if line.due:
        _write(_CLEAR)


def _is_wanted() -> bool:
    return wants_color(sys.stderr.isatty())


def _fitted(line: _Line, room: int) -> str:
    """What is being done, cut where it is too long; a bar, where there is room for it; how much is done, and the time."""
    time_ = f"{int(time.monotonic() - line.started)} s"
    count = f"{line.done}/{line.total}"
    ends = (
        [f"  {_bar(line.done, line.total)} {count}  {time_}", f"  {count}  {time_}"] if line.total else [f"  {time_}"]
    )
    end = next((end for end in ends if columns(end) + _LEAST <= room), ends[-1])
    return _cut(visible(line.doing), room - columns(end)) + end


def _cut(text: str, room: int) -> str:
    if columns(text) <= room:
        return text
    while text and columns(text) >= room:
        text = text[:-1]
    return f"{text}…"


def _bar(done: int, total: int) -> str:
    full = done * _BAR // total
    return "█" * full + "░" * (_BAR - full)


def _write(text: str) -> None:
    sys.stderr.write(text)
    sys.stderr.flush()
