"""Report: outcomes -> figures, and the text that shows them in 80 columns, the worst cases by name."""

from __future__ import annotations

import statistics
import textwrap
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from .outcome import Outcome, Place

_PLACES: tuple[Place, ...] = ("same line", "same block", "elsewhere")
_MOST = 12  # cases of a kind that are shown


@dataclass(frozen=True, slots=True)
class Figures:
    """What the outcomes come to."""

    outcomes: tuple[Outcome, ...]

    @property
    def refused(self) -> list[Outcome]:
        """Those with mistakes."""
        return [each for each in self.outcomes if each.caught]

    @property
    def accepted(self) -> list[Outcome]:
        """Those without."""
        return [each for each in self.outcomes if not each.caught and not each.crash]

    @property
    def crashes(self) -> list[Outcome]:
        """Those that gave a traceback."""
        return [each for each in self.outcomes if each.crash]

    @property
    def wrongly_accepted(self) -> list[Outcome]:
        """Those that torch refuses, or of which it says something else."""
        return [each for each in self.outcomes if each.disagreement]

    @property
    def asked(self) -> int:
        """How many torch was asked about."""
        return sum(each.disagreement is not None for each in self.outcomes)

    @property
    def well_placed(self) -> float:
        """The share of refused mutants whose first mistake is underlined in the block that was changed."""
        found = self.refused
        return sum(each.place != "elsewhere" for each in found) / max(len(found), 1)

    @property
    def messages(self) -> Counter[int]:
        """How many mutants have how many mistakes told."""
        return Counter(len(each.errors) for each in self.refused)

    @property
    def median_of_messages(self) -> float:
        """The median of the number of mistakes told of a refused mutant."""
        return statistics.median(self.messages.elements()) if self.refused else 0

    @property
    def cascades(self) -> float:
        """The share of refused mutants of which several mistakes are told."""
        return sum(len(each.errors) > 1 for each in self.refused) / max(len(self.refused), 1)

    @property
    def slowest(self) -> float:
        """The most seconds that a mutant took."""
        return max((each.seconds for each in self.outcomes), default=0.0)


def report(figures: Figures) -> str:
    """The figures as text."""
    lines = [
        f"mutants    {len(figures.outcomes):,}: {_share(len(figures.refused), len(figures.outcomes))} refused,"
        f" {len(figures.accepted):,} still valid, {len(figures.crashes)} tracebacks",
        f"torch      {figures.asked:,} of those that are still valid were run,"
        f" {len(figures.wrongly_accepted)} disagreements",
        f"time       {1000 * statistics.mean(each.seconds for each in figures.outcomes):.0f} ms each,"
        f" {1000 * figures.slowest:.0f} ms the slowest",
        f"messages   median {figures.median_of_messages:g}; "
        + ", ".join(f"{count:,} with {number}" for number, count in sorted(figures.messages.items())),
        f"place      {_share(sum(each.place != 'elsewhere' for each in figures.refused), len(figures.refused))}"
        " of first mistakes in the block that was changed",
        "",
        f"{'change':<12}{'mutants':>9}{'refused':>9}"
        + "".join(f"{place:>12}" for place in _PLACES)
        + f"{'cascades':>12}",
    ]
    for kind in sorted({each.mutant.kind for each in figures.outcomes}):
        own = [each for each in figures.outcomes if each.mutant.kind == kind]
        refused = [each for each in own if each.caught]
        places = Counter(each.place for each in refused)
        cascades = sum(len(each.errors) > 1 for each in refused)
        lines.append(
            f"{kind:<12}{len(own):>9,}{len(refused):>9,}"
            + "".join(f"{places[place]:>12,}" for place in _PLACES)
            + f"{cascades:>12,}"
        )
    lines += _cases("tracebacks", figures.crashes, lambda each: each.crash.strip().splitlines()[-1])
    lines += _cases("not as torch says", figures.wrongly_accepted, lambda each: str(each.disagreement))
    most = sorted((each for each in figures.refused if len(each.errors) > 1), key=lambda each: -len(each.errors))
    lines += _cases("most messages", most, lambda each: f"{len(each.errors)} messages, first {_first(each)}")
    far = [each for each in figures.refused if each.place == "elsewhere"]
    lines += _cases("underlined elsewhere", far, _first)
    return "\n".join(lines)


def _share(part: int, whole: int) -> str:
    return f"{part:,} ({100 * part / max(whole, 1):.1f} %)"


def _first(each: Outcome) -> str:
    first = each.errors[0]
    at = f"{first.primary.span}: " if first.primary else ""
    return f"{at}{first.message}"


def _cases(title: str, found: Sequence[Outcome], said: object) -> list[str]:
    if not found:
        return []
    assert callable(said)
    lines = ["", f"{title} ({len(found):,})"]
    for each in found[:_MOST]:
        lines += textwrap.wrap(str(each.mutant), 80, initial_indent="  ", subsequent_indent="    ")
        lines += textwrap.wrap(said(each), 80, initial_indent="      ", subsequent_indent="      ")
    return lines
