"""How `incspec check` tells its verdicts: as text, one by one as they come, or in the formats that programs read."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from .. import __version__
from ..checking import Verdict, counted, told
from ..diagnostics import Diagnostic
from ..rendering.view import visible
from .common import print_json, say, shapes, show, show_one

if TYPE_CHECKING:
    from ..watching import Round

Seen = set[tuple[object, ...]]


def print_verdicts(
    verdicts: Iterable[Verdict], format_: str, *, one: bool, quiet: bool, passed_over: int
) -> list[Verdict]:
    """Tell the verdicts in one of the formats of `check`, and return them. `one` says that one spec was named, and no folder."""
    if format_ == "text" and not one:
        return _print_all(verdicts, quiet=quiet, passed_over=passed_over)
    done = list(verdicts)
    if format_ == "text":
        _print_one(done[0], quiet=quiet)
    elif format_ == "json":
        _print_json(done, one=one)
    elif format_ == "sarif":
        _print_sarif(done)
    else:
        _print_github(done, passed_over=passed_over)
    return done


def print_round(seen: Round, *, one: bool, quiet: bool) -> None:
    """What a watcher has to tell: a terminal shows it alone, elsewhere it follows what was told before."""
    if sys.stdout.isatty() and sys.stderr.isatty():
        print("\x1b[H\x1b[2J", end="")  # what was scrolled out of sight stays
    for path in seen.changed:
        say(f"incspec: `{visible(path)}` changed")
    if seen.gathered.faults:
        say(f"incspec: {'; '.join(seen.gathered.faults)}")
    if seen.verdicts:
        passed_over = len(seen.gathered.passed_over)
        print_verdicts(seen.verdicts, "text", one=one, quiet=quiet, passed_over=passed_over)
    say(f"incspec: checked at {time.strftime('%H:%M:%S')}; watching, Ctrl-C ends")


def _print_one(verdict: Verdict, *, quiet: bool) -> None:
    """The only spec there is: all its messages and their count, or what it is and costs."""
    found = verdict.found
    if found is None or not quiet:
        show(verdict.diagnostics)
    if found is None or quiet:
        return
    print(f"{verdict.spec}: no errors")
    counts = f"{found.params:,} parameters, {found.macs:,} multiply-adds"
    print(f"  {shapes(found.inputs)} -> {shapes(found.outputs)}, {counts}")
    if found.open:
        lengths = dict.fromkeys(f"{text} ({axis})" if text == "any" else text for axis, text in found.open)
        print(f"  for every size of {', '.join(lengths)}: it is shown at {shapes(found.inputs)}")
    if found.heads:
        print(f"  with auxiliary heads {found.params_with_aux:,} parameters")


def _print_all(verdicts: Iterable[Verdict], *, quiet: bool, passed_over: int) -> list[Verdict]:
    """What is to be said of each of several specs, each message once, and a summary."""
    done: list[Verdict] = []
    seen: Seen = set()
    for verdict in verdicts:
        done.append(verdict)
        if quiet and verdict.ok:
            continue
        new = _new(verdict, seen)
        for item in new:
            show_one(item)
        if len(new) < len(verdict.diagnostics):
            more = len(verdict.diagnostics) - len(new)
            say(f"{verdict.spec}: {more} {'more ' if new else ''}message{'s' if more > 1 else ''}, told above\n")
    if not quiet or not all(verdict.ok for verdict in done):
        print(_summary(done, passed_over))
    return done


def _summary(done: Sequence[Verdict], passed_over: int) -> str:
    """The last line: how many specs are fine, and how many files are none."""
    if not passed_over:
        return counted(done)
    return f"{counted(done)}; {passed_over} YAML file{'s are no specs' if passed_over > 1 else ' is no spec'}"


def _print_json(done: Sequence[Verdict], *, one: bool) -> None:
    """A value for each spec; where one was named, this alone."""
    from ..rendering.json import render_json

    values = []
    for verdict in done:
        value: dict[str, object] = {"spec": verdict.spec, "ok": verdict.ok}
        value["diagnostics"] = render_json(verdict.diagnostics)
        if verdict.found is not None:
            value |= {name: getattr(verdict.found, name) for name in ("params", "params_with_aux", "macs")}
            value["open"] = dict(verdict.found.open)
        values.append(value)
    print_json(values[0] if one else values)


def _print_sarif(done: Sequence[Verdict]) -> None:
    """A log of SARIF, each message once."""
    from ..rendering.sarif import sarif_log

    print_json(sarif_log(_once(done), __version__))


def _print_github(done: Sequence[Verdict], *, passed_over: int) -> None:
    """Workflow commands, each message once; the summary for those who read the log is a message."""
    from ..rendering.github import render_github

    sys.stdout.write(render_github(_once(done)))
    say(_summary(done, passed_over))


def _once(done: Sequence[Verdict]) -> dict[str, list[Diagnostic]]:
    """The messages of each spec, but for those that one before it has."""
    seen: Seen = set()
    return {verdict.spec: _new(verdict, seen) for verdict in done}


def _new(verdict: Verdict, seen: Seen) -> list[Diagnostic]:
    new = [item for item in verdict.diagnostics if told(item) not in seen]
    seen.update(map(told, new))
    return new
