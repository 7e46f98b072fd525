"""Matching by order: the tensors of a file, in its order, as a walk through the network's tree.

Modules are registered in the order in which they run, as a rule, but for the branches of a merge, which may come in
any order, parameters that have no module of their own, which come first, and auxiliary heads, which stand anywhere. A file whose order is such a walk tells
which tensor is which, whatever their names, if that can be no chance.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, pairwise
from math import lgamma, log

from .found import Choice, Found, Signatures
from .names import Counting, Words, common_beginning, common_words, sort_key, words
from .target import Group, Part, Unit
from .tree import Tree, told_apart

# A file in no order passes for one in order with a probability of less than 2 ** -this.
BITS = 20
_MAX_ARRANGEMENTS = 24
_MAX_PLACES = 10_000


def by_sequence(root: Group, ours: Signatures, theirs: Signatures, counting: Counting) -> Found | None:
    """What the order of the file says; None where it is no walk through the tree."""
    walk = _Walk(Tree(ours), list(theirs), theirs, counting)
    if not walk.fits(root, 0):
        return None
    walk.take(root, 0)
    walk.break_ties()
    return walk.found


def is_evidence(root: Group, ours: Signatures) -> bool:
    """Whether so few of the orders of this network's layers are walks that a file in such an order was written in it."""
    tree = Tree(ours)
    units = Counter(tree.label(unit) for unit in tree.units(root))
    orders = lgamma(units.total() + 1) - sum(lgamma(count + 1) for count in units.values())
    return orders - _walks(tree, root) >= BITS * log(2)


def _walks(tree: Tree, part: Part) -> float:
    """The logarithm of the number of walks, which is not more than this."""
    if isinstance(part, Unit):
        return 0.0
    parts = tree.filled(part)
    count = sum(_walks(tree, inner) for inner in parts)
    if part.parallel:
        labels = Counter(tree.label(inner) for inner in parts)
        return count + lgamma(len(parts) + 1) - sum(lgamma(each + 1) for each in labels.values())
    heads = sum(isinstance(inner, Group) and inner.head for inner in parts)
    return count + heads * log(len(parts)) + (log(2) if any(_is_loose(inner) for inner in parts) else 0.0)


class _Walk:
    def __init__(self, tree: Tree, names: list[str], theirs: Signatures, counting: Counting) -> None:
        self.tree, self.names, self.theirs, self.counting = tree, names, theirs, counting
        self.signatures = [theirs[name] for name in names]
        self.found = Found()
        # Branches that were taken to be in our order, though another one fits as well; whether some are in another order.
        self.ties: list[tuple[list[Part], list[list[str]]]] = []
        self.moved = False
        self._known: dict[tuple[int, int], bool] = {}
        self._sorted: dict[Unit, list[int]] = {}

    # --- whether it is a walk

    def fits(self, part: Part, start: int) -> bool:
        """Whether the names from `start` are a walk through a part."""
        if isinstance(part, Unit):
            return self._unit_fits(part, start)
        # Parts of one structure fit at the same places.
        key = (self.tree.label(part), start)
        if key not in self._known:
            if part.parallel:
                self._known[key] = bool(self._arrangements(part, start))
            else:
                self._known[key] = any(self._series_fits(order, start) for order in self._orders(part))
        return self._known[key]

    def _unit_fits(self, unit: Unit, start: int) -> bool:
        if unit not in self._sorted:
            self._sorted[unit] = sorted(self.tree.ours[key] for key in self.tree.keys(unit))
        wanted = self._sorted[unit]
        return sorted(self.signatures[start : start + len(wanted)]) == wanted

    def _series_fits(self, parts: Sequence[Part], start: int) -> bool:
        for part in parts:
            if not self.fits(part, start):
                return False
            start += len(self.tree.keys(part))
        return True

    def _orders(self, group: Group) -> Iterator[list[Part]]:
        """The orders that parts in series may come in."""
        parts = self.tree.filled(group)
        heads = [part for part in parts if isinstance(part, Group) and part.head]
        if heads:
            yield from self._with_heads([part for part in parts if part not in heads], heads)
            return
        yield parts
        if any(_is_loose(part) for part in parts):
            yield sorted(parts, key=lambda part: not _is_loose(part))

    def _with_heads(self, parts: list[Part], heads: Sequence[Part]) -> Iterator[list[Part]]:
        """Parts in series, with auxiliary heads anywhere among them, the last place first."""
        if not heads:
            yield parts
        elif len(parts) ** len(heads) > _MAX_PLACES:
            yield [*parts, *heads]
        else:
            for order in self._with_heads(parts, heads[1:]):
                for place in range(len(order), -1, -1):
                    yield [*order[:place], heads[0], *order[place:]]

    def _arrangements(self, group: Group, start: int, limit: int = 1) -> list[list[int]]:
        """The first orders that branches may come in, as labels; our own order before all others."""
        branches = self.tree.filled(group)
        labels = [self.tree.label(branch) for branch in branches]
        results = [labels] if self._series_fits(branches, start) else []
        by_label = dict(zip(labels, branches, strict=True))

        def extend(done: list[int], left: Counter[int], place: int) -> None:
            if len(results) >= limit:
                return
            if not left.total() and done != labels:
                results.append(done)
            for label in [each for each in by_label if left[each]]:
                if self.fits(by_label[label], place):
                    extend([*done, label], left - Counter((label,)), place + len(self.tree.keys(by_label[label])))

        extend([], Counter(labels), start)
        return results

    # --- which walk it is

    def take(self, part: Part, start: int) -> None:
        """Pair a part with the names from `start`, which fit."""
        if isinstance(part, Unit):
            keys = self.tree.keys(part)
            self.found.pair(keys, self._range(part, start), (self.tree.ours, self.theirs))
        elif part.parallel:
            self._take_branches(part, start)
        else:
            order = next(order for order in self._orders(part) if self._series_fits(order, start))
            starts = []
            for inner in order:
                starts.append(start)
                self.take(inner, start)
                start += len(self.tree.keys(inner))
            self._mind_the_numbers(order, starts)

    def _take_branches(self, group: Group, start: int) -> None:
        branches = self.tree.filled(group)
        own = [self.tree.label(branch) for branch in branches]
        lengths = {label: len(self.tree.keys(branch)) for label, branch in zip(own, branches, strict=True)}
        fitting = self._arrangements(group, start, _MAX_ARRANGEMENTS)
        together = [each for each in fitting if len(fitting) == 1 or self._holds_together(each, lengths, start)]
        likely = together or fitting
        names = self.names[start : start + sum(lengths[label] for label in own)]
        if len(likely) > 1 and likely[0] != own:
            self._leave_open(branches, [names])
            return
        same_order = likely[0] == own
        if same_order and len(likely) > 1:
            self.ties.append((branches, [names]))
        self.moved |= not same_order
        places: dict[int, list[int]] = {}
        for label in likely[0]:
            places.setdefault(label, []).append(start)
            start += lengths[label]
        beside = common_words(names)
        for label, starts in places.items():
            alike = [branch for branch, each in zip(branches, own, strict=True) if each == label]
            ranges = [self._range(alike[0], each) for each in starts]
            for told in told_apart(alike, ranges, beside):
                parts, theirs = [alike[i] for i in told.ours], [ranges[i] for i in told.theirs]
                if len(parts) > 1 and not same_order:
                    self._leave_open(parts, theirs)
                    continue
                if len(parts) > 1 and not self.counting.in_order(map(common_words, theirs)):
                    self.ties.append((parts, theirs))
                for own_place, place in zip(told.ours, told.theirs, strict=True):
                    self.take(alike[own_place], starts[place])

    def _holds_together(self, labels: Sequence[int], lengths: Mapping[int, int], start: int) -> bool:
        """Whether no two names of different branches are nearer to each other than two of one branch."""
        branches: list[list[Words]] = []
        for label in labels:
            branches.append([words(name) for name in self.names[start : start + lengths[label]]])
            start += lengths[label]
        within = [_shared(a, b) for branch in branches for a, b in combinations(branch, 2)]
        between = [_shared(a, b) for one, other in combinations(branches, 2) for a in one for b in other]
        return not within or min(within) >= max(between)

    def break_ties(self) -> None:
        """What was taken to be in our order is not, where other branches of this file are in another one."""
        if self.moved:
            for parts, theirs in self.ties:
                self._leave_open(parts, theirs)

    def _mind_the_numbers(self, parts: Sequence[Part], starts: Sequence[int]) -> None:
        """Parts of one structure in series, whose names count backwards: order and names contradict each other."""
        alike: dict[int, list[int]] = {}
        for index, part in enumerate(parts):
            alike.setdefault(self.tree.label(part), []).append(index)
        for indices in alike.values():
            paths = [common_words(self._range(parts[i], starts[i])) for i in indices]
            pairs = pairwise(paths)
            if any(
                sort_key(after) < sort_key(before) and self.counting.counted(after, before) for before, after in pairs
            ):
                self._leave_open([parts[i] for i in indices], [self._range(parts[i], starts[i]) for i in indices])

    def _leave_open(self, parts: Sequence[Part], ranges: Sequence[Sequence[str]]) -> None:
        for part in parts:
            for key in self.tree.keys(part):
                self.found.pairs.pop(key, None)
        self.found.choices.append(Choice(tuple(map(self.tree.keys, parts)), tuple(map(tuple, ranges))))

    def _range(self, part: Part, start: int) -> list[str]:
        return self.names[start : start + len(self.tree.keys(part))]


def _shared(a: Words, b: Words) -> int:
    return len(common_beginning((a, b)))


def _is_loose(part: Part) -> bool:
    if isinstance(part, Unit):
        return part.loose
    return not part.parallel and bool(part.parts) and all(_is_loose(inner) for inner in part.parts)
