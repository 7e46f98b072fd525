"""Names that mean nothing, collected: one that is used several times in a block is one mistake, told once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from ..diagnostics import Diagnostics, Label
from ..source import Span
from ..spelling import respelt

_MOST_PLACES = 3  # that are shown beside the first


@dataclass(slots=True)
class _Unknown:
    """What to say of a name, and where it is used."""

    message: str
    hint: str
    candidates: tuple[str, ...]
    declared: frozenset[str]
    places: list[Span] = field(default_factory=list)


class UnknownNames:
    """Collects the unknown names of one spec, by block."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str, str], _Unknown] = {}

    def add(
        self,
        code: str,
        block: str,
        name: str,
        message: str,
        at: Span,
        *,
        hint: str,
        candidates: Iterable[str],
        declared: Iterable[str],
    ) -> None:
        """Note that `name` is used at a place inside `block`, or in a call of it, and is none of the candidates.

        Of those, the author has `declared` some.
        """
        new = _Unknown(message, hint, tuple(candidates), frozenset(declared))
        unknown = self._found.setdefault((code, block, name), new)
        if len(unknown.places) <= _MOST_PLACES and at not in unknown.places:
            unknown.places.append(at)

    def report(self, sink: Diagnostics) -> None:
        """Tell each name once, with its places.

        A parameter that a block uses, and its callers give, is misspelt where it is declared, and told inside.
        """
        for (code, block, name), unknown in self._found.items():
            if code == "unknown-parameter" and ("unknown-name", block, name) in self._found:
                continue
            first, *others = unknown.places
            labels = [Label(span, "and here") for span in others[:_MOST_PLACES]]
            fixes = respelt(name, unknown.candidates, *unknown.places, declared=unknown.declared)
            sink.error(code, unknown.message, first, secondary=labels, help=unknown.hint, fixes=fixes)
