"""What a search for the mapping has found: certain pairs, and choices that are left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

# What tensors have in common that may be one another: kind and shape, numbered.
Signatures: TypeAlias = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Choice:
    """Parts of ours, and as many of theirs, that nothing tells apart. Both are lists of tensors' names."""

    ours: tuple[tuple[str, ...], ...]
    theirs: tuple[tuple[str, ...], ...]


@dataclass(slots=True)
class Found:
    """Certain pairs from ours to theirs, and what is not certain."""

    pairs: dict[str, str] = field(default_factory=dict)
    choices: list[Choice] = field(default_factory=list)

    def pair(self, ours: Sequence[str], theirs: Sequence[str], signatures: tuple[Signatures, Signatures]) -> None:
        """Pair the tensors of two parts that are alike, those of one signature in their order."""
        waiting: dict[int, list[str]] = {}
        for name in theirs:
            waiting.setdefault(signatures[1][name], []).append(name)
        for key in ours:
            self.pairs[key] = waiting[signatures[0][key]].pop(0)
