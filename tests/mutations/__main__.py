"""What becomes of every single change of the shipped specs: `python -m tests.mutations`, or a sample by `--count`.

All take an hour of a processor or more: `--part 2/8` is every eighth of them, from the second on.

Exits with 1 where a target is missed.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator

from .outcome import Outcome
from .report import Figures, report
from .sample import mutants_of, mutated_specs, outcomes, outcomes_at_once, sampled
from .targets import missed


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.mutations", description=__doc__)
    parser.add_argument("specs", nargs="*", help="names of shipped specs; all that have no mistake without it")
    parser.add_argument("--count", type=int, help="how many mutants, chosen at random; all without it")
    parser.add_argument("--seed", type=int, default=0, help="of the choice (default 0)")
    parser.add_argument(
        "--part", type=_part, default=(1, 1), metavar="K/N", help="one of N parts of them (default 1/1)"
    )
    parser.add_argument("--torch", type=int, metavar="N", help="run at most N accepted mutants in torch")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="processes, where torch is asked of all")
    given = parser.parse_args()
    every = mutants_of(given.specs or mutated_specs())
    part, parts = given.part
    chosen = (every if given.count is None else sampled(every, given.count, given.seed))[part - 1 :: parts]
    if given.torch is None and given.jobs > 1:
        found = outcomes_at_once(chosen, given.jobs)
    else:
        found = outcomes(chosen, torch_runs=given.torch)
    figures = Figures(tuple(_told(found, len(chosen))))
    print(report(figures))
    short = missed(figures, sample=len(chosen) < len(every))
    for target in short:
        print(f"missed: {target}", file=sys.stderr)
    return bool(short)


def _part(text: str) -> tuple[int, int]:
    """`2/8` as two numbers."""
    part, parts = map(int, text.split("/"))
    if not 1 <= part <= parts:
        raise ValueError(text)
    return part, parts


def _told(found: Iterator[Outcome], count: int) -> Iterator[Outcome]:
    """The same, and on the way how far it is."""
    for number, each in enumerate(found, 1):
        yield each
        if number % 1_000 == 0:
            print(f"{number:,} of {count:,} mutants", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
