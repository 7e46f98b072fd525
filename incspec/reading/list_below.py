"""A list below a step in one line, which YAML takes for more words of the step -> a message that says what was meant."""

from __future__ import annotations

import re

from ..diagnostics import Diagnostics
from ..edits import Edit, Fix
from ..source import Span
from ..syntax import Scalar
from .vocabulary import Vocabulary

_ITEM = re.compile(r"\n(?P<indent>[ ]*)- ")
_BEFORE = re.compile(r"[ ]*(?:- +)*(?=- +$)")


def report_list_below(line: Scalar, vocabulary: Vocabulary, sink: Diagnostics) -> None:
    """Tell the list: the op lacks its colon, or the list's items stand too far to the right to be steps themselves."""
    text = line.span.text
    head = text.partition("\n")[0].rstrip()
    construct = vocabulary.construct(head)
    at = line.span.inner(0, len(head))
    if construct is not None and construct.main in construct.bodies:
        fixes = (Fix((Edit(line.span.inner(len(head), len(head)), ":"),)),)
        message = f"a colon is missing after `{head}`"
        sink.error("missing-colon", message, at, help=f"write `{head}:` before its list", fixes=fixes)
        return
    items = list(_ITEM.finditer(text))
    if items:
        dash = items[0].end() - 2
        at = line.span.inner(dash, dash + 1)
    message = "a list below a step in one line, or a line indented too far"
    hint = "begin each item of a list with `- `, all in the same column"
    sink.error("step-not-a-mapping", message, at, help=hint, fixes=_outdented(line.span, items))


def _outdented(span: Span, items: list[re.Match[str]]) -> tuple[Fix, ...]:
    """The items in the column of the step above them."""
    text = span.source.text
    before = text[text.rfind("\n", 0, span.start) + 1 : span.start]
    found = _BEFORE.match(before)
    if not items or found is None:
        return ()
    column = len(found.group())
    return (Fix(tuple(Edit(span.inner(*item.span("indent")), " " * column) for item in items)),)
