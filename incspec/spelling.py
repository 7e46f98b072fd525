"""Fixes of misspelt words, and how certain they are."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Sequence

from .diagnostics import near_names, nearest
from .edits import Edit, Fix, replaced
from .source import Span

# What other frameworks call fields.
_SYNONYMS = {
    "filters": "out",
    "if": "when",
    "in_channels": "in",
    "in_features": "in",
    "num_filters": "out",
    "num_output": "out",
    "rate": "p",
    "units": "out",
}
_CLEARLY = 2  # letters that the next name must be further away
_SHORTEST = 3  # part of a name whose spelling tells it: `n3` for `n1` is another name, not a misspelt one


def respelt(
    word: str, candidates: Iterable[str], *places: Span, declared: Container[str] = frozenset()
) -> tuple[Fix, ...]:
    """The fix that writes the nearest name for a word at all its places, if there is one.

    Of a name that the author has `declared`, it is certain only where it is used besides: else it may be the declaration
    that is misspelt.
    """
    names = list(dict.fromkeys(candidates))
    meant = nearest(word, names)
    if meant is None or not places or any(place.text != word for place in places):
        return ()
    distances = list(near_names(word, names).values())
    alone = len(distances) == 1 or (len(distances) > 1 and distances[1] - distances[0] >= _CLEARLY)
    certain = word.lower() == meant or (alone and _is_slip(word.lower(), meant))
    if certain and meant in declared:
        certain = len(re.findall(rf"\b{re.escape(meant)}\b", places[0].source.text)) > 1
    return (Fix(tuple(Edit(place, meant) for place in places), certain),)


def meant_field(word: str, fields: Iterable[str]) -> str | None:
    """The field that a word means: the one that other frameworks call so, else the nearest."""
    names = list(fields)
    return _SYNONYMS[word] if _SYNONYMS.get(word) in names else nearest(word, names)


def respelt_field(word: str, fields: Iterable[str], place: Span) -> tuple[Fix, ...]:
    """The fix that writes the field which a word means."""
    names = list(fields)
    meant = _SYNONYMS.get(word)
    return replaced(place, word, meant) if meant is not None and meant in names else respelt(word, names, place)


def _is_slip(word: str, meant: str) -> bool:
    """Whether two words differ by a slip of the finger: not in a number, a letter that counts or a part of the name."""
    if re.sub(r"\D", "", word) != re.sub(r"\D", "", meant):
        return False
    parts, others = re.split("[-_.]", word), re.split("[-_.]", meant)
    if len(parts) != len(others):
        return "".join(parts) == "".join(others)
    return all(len(part) >= _SHORTEST <= len(other) for part, other in _different(parts, others))


def _different(parts: Sequence[str], others: Sequence[str]) -> list[tuple[str, str]]:
    return [(part, other) for part, other in zip(parts, others, strict=True) if part != other]
