"""Samples: the shipped specs -> mutants of those that have no mistake, all of them or some, by a seed."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache, partial
from random import Random

import incspec
from incspec.diagnostics import CompileError
from incspec.reading.files import shipped_specs

from .mutants import Mutant, mutants
from .outcome import Outcome, outcome

_CHUNK = 32  # of one spec, whose mutants often print the same source


@cache
def mutated_specs() -> tuple[str, ...]:
    """The shipped specs but for those that are posted with mistakes."""
    return tuple(name for name in shipped_specs() if not name.endswith("_posted") or _is_right(name))


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


def outcomes_at_once(chosen: Sequence[Mutant], jobs: int) -> Iterator[Outcome]:
    """What becomes of mutants, in several processes; torch is asked of all that are accepted."""
    context = multiprocessing.get_context("spawn")  # a fork of threads that torch has may wait for ever
    with ProcessPoolExecutor(jobs, mp_context=context) as pool:
        yield from pool.map(partial(outcome, ask_torch=True), chosen, chunksize=_CHUNK)


def outcomes(chosen: Iterable[Mutant], *, torch_runs: int | None = None) -> Iterator[Outcome]:
    """What becomes of some mutants; torch is asked of the first so many that are accepted, or of all."""
    asked = 0
    for mutant in chosen:
        ask = torch_runs is None or asked < torch_runs
        found = outcome(mutant, ask_torch=ask)
        asked += found.disagreement is not None
        yield found
