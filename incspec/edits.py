"""Changes of a text: edits by span, so that comments and layout stay as they are.

Not here: which fixes there are (the passes that report), which of them are applied (fixes.py).
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from .record import record
from .source import Span


@record
class Edit:
    """Characters of a file, and what to write in their place."""

    span: Span
    text: str


@record
class Fix:
    """What mends a mistake: edits that belong together.

    `certain` is one that needs nobody to look at it: the text can hardly have meant anything else.
    """

    edits: tuple[Edit, ...]
    certain: bool = True


def edited(text: str, edits: Iterable[Edit]) -> str:
    """A text with edits applied, none of which overlap."""
    pieces: list[str] = []
    at = 0
    for edit in sorted(edits, key=lambda edit: (edit.span.start, edit.span.end)):
        pieces += [text[at : edit.span.start], edit.text]
        at = edit.span.end
    return "".join((*pieces, text[at:]))


def overlap(edits: Iterable[Edit]) -> bool:
    """Whether two edits change the same characters, or put something in at the same place."""
    ordered = sorted((edit.span.start, edit.span.end) for edit in edits)
    return any(start < end or start == begin for (begin, end), (start, _) in pairwise(ordered))


def replaced(at: Span, old: str, new: str) -> tuple[Fix, ...]:
    """The fix that writes one text for another; none where the place does not hold it letter by letter, as in quotes."""
    return (Fix((Edit(at, new),)),) if at.text == old else ()
