"""Seeds -> what was found of their networks, with the small spec that is left of each disagreement."""

from __future__ import annotations

import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from incspec.ops import OPS

from .comparison import Disagreement, compare
from .generator import random_spec
from .shrinking import shrink

WIDTH = 80


@dataclass(frozen=True)
class Found:
    """A disagreement: the seed of its network, what it is, and a small spec that has it."""

    seed: int
    kind: str
    message: str
    text: str


@dataclass
class Summary:
    """What was found in some networks."""

    networks: int = 0
    refused: Counter[str] = field(default_factory=Counter)  # by torch, by a rule of the language
    codes: Counter[str] = field(default_factory=Counter)
    ops: Counter[str] = field(default_factory=Counter)  # of the networks that run
    found: list[Found] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def never(self) -> list[str]:
        """The ops that ran in no network."""
        return [op.keyword for op in OPS if not self.ops[op.keyword]]


def examine(seeds: Iterable[int], tell: Callable[[Found], object] = lambda found: None) -> Summary:
    """Compare the networks of some seeds; the first of each kind of disagreement is shrunk, and told at once."""
    summary, started = Summary(), time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch's, on even kernels and the like
        for seed in seeds:
            text = random_spec(seed)
            summary.networks += 1
            try:
                verdict = compare(text)
            except Disagreement as error:
                summary.found.append(_found(seed, error, text, summary.found))
                tell(summary.found[-1])
                continue
            summary.codes.update(verdict.codes)
            summary.ops.update(verdict.ops)
            if verdict.by:
                summary.refused[verdict.by] += 1
    summary.seconds = time.perf_counter() - started
    return summary


def _found(seed: int, error: Disagreement, text: str, others: Sequence[Found]) -> Found:
    if any(found.kind == error.kind for found in others):
        return Found(seed, error.kind, str(error), text)
    left = shrink(text, lambda smaller: disagreement(smaller) == error.kind)
    return Found(seed, error.kind, str(error), left)


def disagreement(text: str) -> str | None:
    """The kind of disagreement that a spec has; none where it is no spec at all."""
    try:
        compare(text)
    except Disagreement as error:
        return error.kind
    except Exception:  # what is left of a spec may be anything
        return None
    return None


def report(summary: Summary) -> str:
    """The summary as text."""
    refused = sum(summary.refused.values())
    taken = summary.networks - refused - len(summary.found)
    lines = [
        f"{summary.networks:,} networks in {summary.seconds:,.0f} s: {taken:,} run and are what was inferred,",
        f"{refused:,} are refused ({summary.refused['torch']:,} by torch as well, {summary.refused['language']:,} by a rule"
        " of the language)",
        f"disagreements: {len(summary.found)}",
        "",
        "refused by",
        *_columns(summary.codes),
        "",
        "ops that ran",
        *_columns(summary.ops),
    ]
    if summary.never:
        lines += ["", f"never: {', '.join(summary.never)}"]
    for kind, count in Counter(found.kind for found in summary.found).most_common():
        first = next(found for found in summary.found if found.kind == kind)
        lines += ["", f"{count} x {first.message}", f"seed {first.seed}:", first.text]
    return "\n".join(lines)


def _columns(counts: Counter[str]) -> Sequence[str]:
    """Names and numbers, as many beside each other as there is room for."""
    cells = [(name, f"{number:,}") for name, number in counts.most_common()]
    if not cells:
        return ["  none"]
    left, right = (max(len(cell[k]) for cell in cells) for k in (0, 1))
    beside = max(1, (WIDTH - 2) // (left + right + 4))
    shown = [f"{name:<{left}}  {number:>{right}}  " for name, number in cells]
    return [("  " + "".join(shown[k : k + beside])).rstrip() for k in range(0, len(shown), beside)]
