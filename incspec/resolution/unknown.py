"""Names that mean nothing, collected: one that is used several times in a block is one mistake, told once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

from ..diagnostics import MAX_MESSAGES, Diagnostics, Label, listed, nearest
from ..edits import replaced
from ..ops import BY_KEYWORD
from ..source import Span
from ..spelling import respelt

DECLARE_IT = "declare it under `params`"
_MOST_PLACES = 3  # that are shown beside the first
_MOST_MENDED = 200  # of one name: a fix must reach all of them


@dataclass(slots=True)
class _Unknown:
    """What to say of a name, what may have been meant, and where it is used."""

    message: str
    hint: str
    candidates: tuple[str, ...]
    declared: frozenset[str]
    places: dict[Span, None] = field(default_factory=dict)


class Declared(Protocol):
    """What is declared in a block; in the network, the parameters of the file."""

    def nothing(self, block: str) -> bool:
        """Whether it has no parameters."""
        ...

    def unused(self, block: str, name: str) -> Span | None:
        """The place of a parameter that nothing depends on."""
        ...


class UnknownNames:
    """Collects the unknown names of one spec, by block."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str, str], _Unknown] = {}

    @property
    def full(self) -> bool:
        """Whether there are more than will be told."""
        return len(self._found) > MAX_MESSAGES

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
        if len(unknown.places) <= _MOST_MENDED:
            unknown.places[at] = None

    def report(self, sink: Diagnostics, declared: Declared) -> None:
        """Tell each name once, with its places.

        A parameter that a block uses, and its callers give, is misspelt where it is declared. Where a block declares
        nothing, and uses several names that are like no other, its `params` are missing: that is one mistake.
        """
        undeclared = {block: self._undeclared(block) for _, block, _ in self._found if declared.nothing(block)}
        for (code, block, name), unknown in self._found.items():
            several = undeclared.get(block, {})
            if code == "unknown-parameter" and (("unknown-name", block, name) in self._found or len(several) > 1):
                continue
            message, hint, places = unknown.message, unknown.hint, [*unknown.places]
            mended = unknown.places if len(unknown.places) <= _MOST_MENDED else ()
            fixes = respelt(name, unknown.candidates, *mended, declared=unknown.declared)
            if len(several) > 1 and name in several:
                if name != next(iter(several)):
                    continue
                message, hint = f"there are no parameters {listed(several)} here", "declare them under `params`"
                places, fixes = [place for each in several.values() for place in each.places], ()
            given = self._found.get(("unknown-parameter", block, name))
            witnesses = len(places) + (len(given.places) if given is not None else 0)
            meant = nearest(name, unknown.declared) if witnesses > 1 else None
            at = declared.unused(block, meant) if meant is not None else None
            if at is not None and meant is not None:
                hint, fixes = f"did you mean `{name}`?", replaced(at, meant, name)
                places.insert(0, at)
            first, *others = places
            label = f"it is called `{meant}` here" if at is not None else ""
            labels = [Label(span, "used here" if at is not None else "and here") for span in others[:_MOST_PLACES]]
            sink.error(code, message, first, label=label, secondary=labels, help=hint, fixes=fixes)

    def _undeclared(self, block: str) -> dict[str, _Unknown]:
        """The names that a block uses and that are like no other."""
        return {
            name: unknown
            for (code, of, name), unknown in self._found.items()
            if code == "unknown-name" and of == block and unknown.hint == DECLARE_IT and name not in BY_KEYWORD
        }
