"""Checking specs by name -> a verdict on each, in the order of the names, by several processes where that pays.

A verdict holds what there is to say of a spec, and can be sent from one process to another, as a model cannot.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

from .diagnostics import CompileError, Diagnostic, Severity
from .limits import given_limits
from .loading import load_file, load_text
from .model import Model
from .reading.settings import from_options

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

# What is left must take this long by the pace so far: to start processes takes 50 ms of it.
PAYS = 0.4  # seconds


@dataclass(frozen=True, slots=True)
class Found:
    """What a spec without mistakes is: its shapes and counts."""

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    params: int
    params_with_aux: int
    macs: int
    heads: tuple[str, ...]
    open: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What there is to say of a spec; `found` is None where it has mistakes."""

    spec: str
    diagnostics: tuple[Diagnostic, ...]
    found: Found | None

    @property
    def ok(self) -> bool:
        """Whether it has no mistakes; warnings and notes are none."""
        return self.found is not None

    @property
    def strict(self) -> Verdict:
        """The same with its warnings as mistakes."""
        items = tuple(
            replace(item, severity="error") if item.severity == "warning" else item for item in self.diagnostics
        )
        return self if items == self.diagnostics else replace(self, diagnostics=items, found=None)


def read(spec: str, settings: Sequence[str] = (), *, stdin_name: str | None = None) -> Model:
    """The checked model of a file, of a shipped spec, or with `-` of standard input, the text of the file `stdin_name`.

    Raises:
        CompileError: the spec has mistakes, or cannot be read.
    """
    limits, given = given_limits(), from_options(settings)
    if spec != "-":
        return load_file(spec, given, limits)
    path = None if stdin_name is None else Path(stdin_name)
    return load_text(sys.stdin.buffer.read(limits.bytes + 1), stdin_name or "<stdin>", given, limits, path=path)


def check_spec(spec: str, settings: Sequence[str] = (), *, stdin_name: str | None = None) -> Verdict:
    """Check what `read` reads."""
    shown = stdin_name if spec == "-" and stdin_name is not None else spec
    try:
        model = read(spec, settings, stdin_name=stdin_name)
    except CompileError as error:
        return Verdict(shown, error.diagnostics, None)
    return Verdict(shown, model.diagnostics, _found(model))


def check_specs(
    names: Sequence[str], settings: Sequence[str] = (), *, jobs: int | None = None, stdin_name: str | None = None
) -> Iterator[Verdict]:
    """Check each, in this order; the rest is shared among `jobs` processes as soon as it is seen to be much."""
    workers = jobs or processors()
    started = time.perf_counter()
    for index, name in enumerate(names):
        yield check_spec(name, settings, stdin_name=stdin_name)
        rest = names[index + 1 :]
        pace = (time.perf_counter() - started) / (index + 1)
        if workers > 1 and "-" not in rest and len(rest) > 1 and pace * len(rest) > PAYS:
            yield from _in_parallel(rest, settings, min(workers, len(rest)))
            return


def processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def counted(verdicts: Sequence[Verdict]) -> str:
    """`12 specs: 10 fine, 2 with errors (3 errors, 1 warning)`; what several specs share counts once."""
    fine = sum(verdict.ok for verdict in verdicts)
    parts = [f"{fine} fine"] if fine else []
    parts += [f"{len(verdicts) - fine} with errors"] if fine < len(verdicts) else []
    items = {told(item): item for verdict in verdicts for item in verdict.diagnostics}.values()
    severities: tuple[Severity, ...] = ("error", "warning", "note")
    counts = [(kind, sum(item.severity == kind for item in items)) for kind in severities]
    said = ", ".join(f"{count} {kind}{'s' if count > 1 else ''}" for kind, count in counts if count)
    specs = f"{len(verdicts)} spec{'' if len(verdicts) == 1 else 's'}"
    return f"{specs}: {', '.join(parts)}" + (f" ({said})" if said else "")


def told(item: Diagnostic) -> tuple[object, ...]:
    """What two messages have in common of which one is enough: of a file that several specs extend, say."""
    return (*item.identity, item.message)


def _found(model: Model) -> Found:
    return Found(
        tuple(map(str, model.inputs)),
        tuple(map(str, model.outputs)),
        model.params,
        model.params_with_aux,
        model.macs,
        tuple(model.aux_weights),
        tuple(model.open_axes.items()),
    )


def _in_parallel(names: Sequence[str], settings: Sequence[str], workers: int) -> Iterator[Verdict]:
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_all_start_methods, get_context

    # A forked process need import nothing. macOS has it too, but its libraries may not survive it.
    fork = "fork" in get_all_start_methods() and sys.platform != "darwin"
    context = get_context("fork" if fork else "spawn")
    life, lifeline = context.Pipe(duplex=False)
    # What is forked has the other end as well, and must let go of it.
    begin = partial(_begin_worker, life, lifeline if fork else None)
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=begin)
    try:
        with _interrupts_held_back():
            futures = [pool.submit(check_spec, name, settings) for name in names]
        for future in futures:
            yield future.result()
    except BaseException:
        lifeline.close()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
        lifeline.close()
        life.close()


@contextmanager
def _interrupts_held_back() -> Iterator[None]:
    """While it is open, an interrupt waits: a process that begins has not yet said how it takes them."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _begin_worker(life: Connection, lifeline: Connection | None) -> None:
    """A worker leaves interrupts to the process that began it, and ends when that one ends or lets go of the lifeline."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    if lifeline is not None:
        lifeline.close()
    Thread(target=_end_with, args=(life,), daemon=True).start()


def _end_with(life: Connection) -> None:
    with suppress(EOFError, OSError):
        life.recv_bytes()
    os._exit(1)
