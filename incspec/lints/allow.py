"""Allowing: which warnings the author does not want to see, at a line or in the whole spec.

At a line by a comment (reading/allowances.py), in the whole spec by `allow: {code: reason}`, which a variant inherits. An
allowance that silences nothing is a warning itself, so that none outlives its reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..diagnostics import Diagnostic, Diagnostics, did_you_mean
from ..explain import codes
from ..reading.allowances import Allowance
from ..source import Span
from ..spec import ModelSpec
from ..spelling import respelt
from ..syntax import UNREADABLE, SyntaxTree
from . import LINTS, UNUSED_ALLOW, WARNINGS

_HOW = """
## Allowing it

It is a warning. At its place it is allowed by a comment, at the end of the line or in a line of its own before the step
or block that it is in; in the whole spec and its variants by a key. Both say why.

```yaml
# incspec: allow {code}, the released weights have it
allow: {{{code}: the released weights have it}}
```
"""


def how_to_allow(code: str) -> str:
    """How a warning is allowed, to be read behind its page; nothing for what is no warning."""
    return _HOW.format(code=code) if code in WARNINGS else ""


def allowances(
    spec: ModelSpec, tree: SyntaxTree, at_lines: Iterable[Allowance], sink: Diagnostics
) -> tuple[Allowance, ...]:
    """All that the spec allows. What it allows or asks for, and is no warning, goes to `sink`."""
    everywhere = [Allowance(code, tree.span_at(("allow", code), key=True)) for code in spec.allow if code != UNREADABLE]
    for index, code in enumerate(spec.warn):
        if code != UNREADABLE:
            _check_asked_for(code, tree.span_at(("warn", index)), sink)
    return tuple(each for each in (*everywhere, *at_lines) if _is_warning(each.code, each.at, sink))


def _check_asked_for(code: str, at: Span, sink: Diagnostics) -> None:
    """Refuse what `warn` cannot switch on."""
    if _is_warning(code, at, sink) and not any(lint.code == code and not lint.on for lint in LINTS):
        sink.error("not-a-warning", f"`{code}` is told without being asked for", at, help="remove it")


def _is_warning(code: str, at: Span, sink: Diagnostics) -> bool:
    if code in WARNINGS:
        return True
    if code in codes():
        sink.error("not-a-warning", f"`{code}` is no warning", at, help="mistakes must be repaired")
    else:
        hint = did_you_mean(code, WARNINGS) or "`incspec explain` lists all codes"
        fixes = respelt(code, WARNINGS, at)
        sink.error("not-a-warning", f"there is no warning `{code}`", at, help=hint, fixes=fixes)
    return False


def silence(allowed: Sequence[Allowance], sink: Diagnostics, *, told: bool, own: Span) -> None:
    """Take the warnings that are allowed out of `sink`.

    `told` is whether all warnings were looked for; then allowances of the file that holds `own` must have had a use.
    """
    used: set[int] = set()
    sink.remove(lambda item: _silenced(item, allowed, used))
    if not told:
        return
    for index, each in enumerate(allowed):
        if index not in used and each.code != UNUSED_ALLOW and each.at.source is own.source:
            where = "in the spec" if each.lines is None else f"at line {each.lines.start}"
            message = f"nothing {where} gives the warning `{each.code}`"
            sink.error("unused-allow", message, each.at, severity="warning", help="remove it")
    sink.remove(lambda item: item.code == UNUSED_ALLOW and _silenced(item, allowed, used))


def _silenced(item: Diagnostic, allowed: Sequence[Allowance], used: set[int]) -> bool:
    """Whether a message is a warning that is allowed; the allowances that fit are `used`."""
    if item.severity != "warning" or item.primary is None:
        return False
    at = item.primary.span
    fitting = {
        index
        for index, each in enumerate(allowed)
        if each.code == item.code
        and (each.lines is None or (each.at.source is at.source and at.position.line in each.lines))
    }
    used |= fitting
    return bool(fitting)
