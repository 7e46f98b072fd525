"""Samples: the shipped specs -> mutants of those that have no mistake, all of them or some, by a seed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from random import Random

import incspec
from incspec.diagnostics import CompileError
from incspec.reading.files import shipped_specs

from .mutants import Mutant, mutants
from .outcome import Outcome, outcome


def mutated_specs() -> list[str]:
    """The shipped specs but for those that are posted with mistakes."""
    return [name for name in shipped_specs() if _is_right(name)]


def _is_right(name: str) -> bool:
    try:
        incspec.load(name)
    except CompileError:
        return False
    return True


def mutants_of(specs: Iterable[str]) -> list[Mutant]:
    """Every mutant of some specs."""
    return [each for name in specs for each in mutants(name, shipped_specs()[name].read_text(encoding="utf-8"))]


def sampled(every: list[Mutant], count: int, seed: int) -> list[Mutant]:
    """Some of all mutants, all alike likely, in the order of the specs."""
    chosen = Random(seed).sample(range(len(every)), min(count, len(every)))
    return [every[index] for index in sorted(chosen)]


def outcomes(chosen: Iterable[Mutant], *, torch_runs: int | None = None) -> Iterator[Outcome]:
    """What becomes of some mutants; torch is asked of the first so many that are accepted, or of all."""
    asked = 0
    for mutant in chosen:
        ask = torch_runs is None or asked < torch_runs
        found = outcome(mutant, ask_torch=ask)
        asked += found.disagreement is not None
        yield found
