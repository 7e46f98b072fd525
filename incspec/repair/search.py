"""Search: a mistake of shapes -> the single change that mends it, if one does, found by trying.

The block in which the mistake shows is searched first, then the others. Of several changes that mend it, the one that an
author is most likely to have meant is taken; where two are equally likely, none. How much is tried is bounded by a
number of trials, not by the clock, so that the same text always gets the same answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from ..inference.context import Mistake, Place
from ..record import record
from .features import flattened
from .fit import closing
from .proposals import (
    UNLIKELY,
    Proposal,
    bodies,
    neighbours,
    of_axes,
    of_branches,
    of_number,
    of_order,
    of_repetition,
    of_window,
)
from .replay import Replay
from .residuals import of_residual
from .scopes import Unknown
from .sites import Number, Site, block_of, declared_numbers, sites
from .trial import Bench, Verdict

# Fields of ops by which sizes change, and numbers that may be such fields of a block: larger ones are widths.
_SIZING = ("kernel", "stride", "pad", "dilation", "sizes", "repeat")
_SMALL = 16
_TURNS = 3  # of one number


@record
class Mend:
    """A change that mends a mistake, and what is wrong with the spec under it."""

    proposal: Proposal
    verdict: Verdict

    @property
    def whole(self) -> bool:
        """Whether nothing is wrong any more."""
        return not self.verdict.errors


def search(place: Place, bench: Bench, replay: Replay, base: Verdict) -> Mend | None:
    """The change that mends the mistake at `place`, and adds no other, of all that `base` has."""
    return _Search(place, bench, replay, base).run()


class _Search:
    def __init__(self, place: Place, bench: Bench, replay: Replay, base: Verdict) -> None:
        self.place, self.bench, self.replay, self.base = place, bench, replay, base
        self.mistake = base.mistakes[place]
        self.sites = sites(bench.spec)

    def run(self) -> Mend | None:
        """What mends everything, as near to the mistake as there is something; else what mends this one.

        Totals are no nearer to one block than to another.
        """
        partial: list[Mend] = []
        whole: list[Mend] = []
        regions = (self._mends(block, own) for block, own in self._regions())
        for mends in chain([self._of_features()], regions):
            found = list(mends)
            whole += [mend for mend in found if mend.whole]
            if whole and self.mistake.of != "totals":
                break
            partial = partial or found
        return _likeliest(whole or partial)

    def _regions(self) -> Iterator[tuple[str, list[Site]]]:
        """Where to search: the step with the mistake, if others are in it, then block by block."""
        path = self.mistake.path
        inside = [site for site in self.sites if site.path[: len(path)] == path]
        if len(inside) > 1:
            yield inside[0].block, inside
        for block in self._blocks():
            yield block, [site for site in self.sites if site.block == block]

    def _blocks(self) -> list[str]:
        """The blocks to search: that of the mistake, one that is called there, then those that may be the cause."""
        first = block_of(self.mistake.path)
        every = dict.fromkeys(site.block for site in self.sites)
        called = [site.step.op for site in self.sites if site.path == self.mistake.path and site.step.op in every]
        return [*dict.fromkeys((first, *called, *(name for name in every if not self._is_right(name))))]

    def _is_right(self, name: str) -> bool:
        """Whether a block gives what it says, so that types that are wrong elsewhere do not come from it."""
        block = self.bench.spec.blocks.get(name)
        if block is None or block.expect is None or self.mistake.of == "totals":
            return False
        return all(mistake.path != ("blocks", name) for mistake in self.base.mistakes.values())

    def _of_features(self) -> Iterator[Mend]:
        """The changes, of the step that made features of the map that is wanted, that mend the mistake."""
        made = (
            flattened(self.replay, self.mistake.path) if self.bench.is_settled and self.mistake.of == "rule" else None
        )
        for proposal in made.proposals(self.bench.spec) if made is not None else ():
            yield from self._tried(proposal)[1]

    def _mends(self, block: str, own: list[Site]) -> Iterator[Mend]:
        """The changes of some steps of a block, and of its parameters, that mend the mistake."""
        numbers = [*declared_numbers(self.bench.spec, block), *(number for site in own for number in site.numbers())]
        for proposal in (*of_axes(self.bench.spec), *self._of_steps(block, own), *self._of_numbers(numbers)):
            yield from self._tried(proposal)[1]
        for number in numbers if self.mistake.of in ("width", "totals") else ():
            yield from self._turned(number)
            if self.mistake.of == "totals" and number.field == "kernel" and number.value % 2 == 0:
                for value in (number.value - 1, number.value // 2):  # sizes may change as well, so not in a line
                    yield from self._tried(of_number(number, value))[1]

    def _tried(self, proposal: Proposal) -> tuple[Mistake | None, list[Mend]]:
        """What is left of the mistake under a change; and the change, if it mends.

        A replay tells at once what does not, which is most.
        """
        if self.replay.left <= 0:
            return None, []
        try:
            mistakes = self.replay.mistakes_under(proposal.changes, self.mistake.path)
        except Unknown:
            pass
        else:
            if not mistakes.keys() <= self.replay.mistakes - {self.mistake.path}:
                return mistakes.get(self.mistake.path), []
        if self.bench.left <= 0:
            return None, []
        verdict = self.bench.tried(proposal.changes)
        mends = self.place not in verdict.errors and verdict.errors <= self.base.errors
        mends = mends and verdict.notes <= self.base.notes
        return verdict.mistakes.get(self.place), [Mend(proposal, verdict)] if mends else []

    # --- sizes, and the number of layers

    def _of_steps(self, block: str, own: list[Site]) -> Iterator[Proposal]:
        for site in own:
            if site.path == self.mistake.path and site.step.op == "residual":
                yield from of_residual(site, len(next(iter(self.bench.spec.inputs.values()))) - 1)
            if site.is_window and self._sizes_may_be_wrong:
                yield from (each for each in of_window(site) if self._goes_the_right_way(each))
        if self.bench.is_settled:
            for site in own:
                yield from of_branches(site)
            for body, path in bodies(self.bench.spec, block, own):
                yield from of_repetition(body, path)
                yield from (each for each in of_order(body, path) if self._is_near(each))

    def _is_near(self, proposal: Proposal) -> bool:
        """Whether a step that is moved is the one with the mistake, calls the block with it, or stands beside it."""
        if self.mistake.of == "totals":
            return False
        block, at = block_of(self.mistake.path), self.mistake.path
        near = [each.path for each in self.sites if each.path == at[: len(each.path)] or block == each.step.op]
        *body, index = proposal.path
        return any(tuple(body) == path[:-1] and abs(int(path[-1]) - int(index)) <= 1 for path in near)

    def _of_numbers(self, numbers: list[Number]) -> Iterator[Proposal]:
        for number in numbers if self._sizes_may_be_wrong else ():
            sizing = number.field in _SIZING or number.path[0] == "input" or number.is_argument
            if number.path[0] == "input" and len(self.replay.stated) < 2:
                continue  # what fails may as well be wrong itself, if nothing else speaks for another input
            if sizing and (number.value <= _SMALL or number.path[0] == "input"):
                found = (of_number(number, value) for value in neighbours(number))
                yield from (each for each in found if each.strain < UNLIKELY)

    @property
    def _sizes_may_be_wrong(self) -> bool:
        """Whether sizes are, or nobody knows what is; the parameters of a network do not depend on them."""
        if self.mistake.of == "totals":
            return self.mistake.wanted[:-1] == self.mistake.found[:-1]
        return self.mistake.of in ("sizes", "rule")

    def _goes_the_right_way(self, proposal: Proposal) -> bool:
        """Whether a stride more or less can mend sizes that are so much too large or too small."""
        if self.mistake.of != "sizes" or len(self.mistake.wanted) != len(self.mistake.found):
            return True
        pairs = zip(self.mistake.found, self.mistake.wanted, strict=True)
        ratio = max((found / wanted for found, wanted in pairs), key=lambda ratio: abs(ratio - 1))
        at = self.mistake.path
        if proposal.path[: len(at) + 1] == (*at, "shortcut"):  # what is found is the body's size
            ratio = 1 / ratio
        if all(name != "stride" for name, _ in proposal.fields):
            return 0.3 < ratio < 3.3  # a large window takes much of a small map
        return ratio > 1.2 if proposal.kind == "add" else ratio < 0.8

    # --- widths and totals

    def _turned(self, number: Number) -> Iterator[Mend]:
        """Turn a number until what is measured is as wanted."""
        points = [(number.value, self.mistake.gaps)]
        value = number.value + (2 if number.field == "kernel" and number.value % 2 else 1)
        for _ in range(_TURNS):
            mistake, mends = self._tried(of_number(number, value))
            yield from (mend for mend in mends if mend.proposal.strain < UNLIKELY)
            if mistake is None or len(mistake.gaps) != len(self.mistake.gaps):
                return
            points.append((value, mistake.gaps))
            nearer = closing(points)
            if nearer is None or of_number(number, nearer).strain >= UNLIKELY:
                return
            value = nearer


def _likeliest(found: list[Mend]) -> Mend | None:
    """The one that was most likely meant, unless two are equally likely."""
    found = sorted(found, key=lambda mend: -mend.proposal.strain)
    ordered = list({mend.proposal.identity: mend for mend in found}.values())[::-1]
    if not ordered or (len(ordered) > 1 and ordered[0].proposal.strain == ordered[1].proposal.strain):
        return None
    return ordered[0]
