"""Steps that begin with how often they stand, `3 x unit: {n: 8}`, as figures and tables print it -> the step with `repeat`."""

from __future__ import annotations

import re

from ..diagnostics import Diagnostics
from ..edits import Edit, Fix, replaced
from ..record import record
from ..source import Span
from ..syntax import Mapping, Scalar, SyntaxNode
from .line_fixes import joined
from .unfit import SIZE
from .vocabulary import Vocabulary

_TIMES = re.compile(r"(?P<count>[1-9]\d*)\s*[x×X*]\s+(?=[^\d\s]|\d+x\d)")
_LONGEST = 120  # letters of a step that is written out


@record
class Times:
    """The words `3 x` before a step, their number, and the step without them."""

    before: Span
    count: str
    step: str


def times_before(line: Scalar, vocabulary: Vocabulary) -> Times | None:
    """What a step in one line, or the key of a mapping, begins with, where an op or block stands behind it."""
    found = _TIMES.match(line.text)
    if found is None:
        return None
    step = line.text[found.end() :]
    first, *others = step.split()
    op = others[0] if others and SIZE.fullmatch(first) else first
    return Times(line.part(0, found.end()), found["count"], step) if vocabulary.knows(op) else None


def report_line(line: Scalar, times: Times, sink: Diagnostics) -> None:
    """Tell a step in one line: `3 x unit n 8`."""
    meant = joined(times.step, f"repeat {times.count}")
    _report(times, meant, replaced(line.span, line.text, meant), sink)


def report_mapping(key: Scalar, value: SyntaxNode, times: Times, sink: Diagnostics) -> None:
    """Tell a step as a mapping: `3 x unit: {n: 8}`."""
    text, repeat = value.span.text, f"repeat: {times.count}"
    meant = f"{times.step}: {{..., {repeat}}}"
    fixes: tuple[Fix, ...] = ()
    if isinstance(value, Mapping) and text.startswith("{") and key.verbatim and not key.quoted:
        inner = text[1:-1].rstrip()
        comma = ", " if inner and not inner.endswith(",") else " " if inner else ""
        end = value.span.inner(1 + len(inner), 1 + len(inner))
        fixes = (Fix((Edit(times.before, ""), Edit(end, comma + repeat))),)
        if "\n" not in text and len(text) < _LONGEST:
            meant = f"{times.step}: {{{inner}{comma}{repeat}}}"
    _report(times, meant, fixes, sink)


def _report(times: Times, meant: str, fixes: tuple[Fix, ...], sink: Diagnostics) -> None:
    before = times.before.text.rstrip()
    sink.error(
        "unexpected-word", f"a step does not begin with `{before}`", times.before, help=f"write `{meant}`", fixes=fixes
    )
