"""The order of branches: merges and the names of their tensors -> in which order a checkpoint's network joins them.

It joins them as it was written: numbers in the names tell the order, or the order of the file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from .assignment import Indices
from .names import Counting, Words, common_beginning, common_words, sort_key, words
from .target import Group, Part, Target, Unit


@dataclass(frozen=True, slots=True)
class Joined:
    """A merge whose branches are joined in another order in the checkpoint: of each branch of theirs, which it is of ours."""

    group: Group
    order: Indices


@dataclass(slots=True)
class Orders:
    """The merges in another order, those where it is not known, and those where the place of a pool is taken for ours.

    `sized` are those where it is not known whether the numbers in names count branches, or are the sizes of kernels;
    `untold` those of `assumed` where nothing tells the order of several branches with tensors; `contradicted` those that
    the numbers in names put into another order than the file has them in.
    """

    joined: list[Joined] = field(default_factory=list)
    unknown: list[Group] = field(default_factory=list)
    sized: list[Group] = field(default_factory=list)
    assumed: list[Group] = field(default_factory=list)
    untold: list[Group] = field(default_factory=list)
    contradicted: list[Group] = field(default_factory=list)


def orders_of(
    target: Target, pairs: Mapping[str, str], file: Mapping[str, int], counting: Counting, *, ordered: bool
) -> Orders:
    """In which order the checkpoint's network joins its branches.

    `file` are the places of the tensors in the file; if it is `ordered`, they tell in which order its network was written.
    """
    return _Reader(pairs, file, counting, ordered=ordered).orders(list(_joins(target)))


@dataclass(frozen=True, slots=True)
class _Join:
    """A merge that puts channels one after the other, and the branch of another merge that it stands in."""

    group: Group
    within: Part | None


class _Reader:
    """Reads the order of branches from the names of their tensors, or from the places of these in the file."""

    def __init__(self, pairs: Mapping[str, str], file: Mapping[str, int], counting: Counting, *, ordered: bool) -> None:
        self.pairs, self.file, self.counting = pairs, file, counting
        self.positions = file if ordered else None
        self.first = _first_numbers(pairs.values())
        # The words before the numbers of branches, such as `branch`.
        self.numbered: set[str] = set()

    def orders(self, joins: Sequence[_Join]) -> Orders:
        orders = Orders()
        for join in sorted(joins, key=lambda join: len(self._paths(join.group)) < 2):
            self._read(join, orders)
        return orders

    def _read(self, join: _Join, orders: Orders) -> None:
        group = join.group
        paths = self._paths(group)
        count, filled = len(group.parts), list(paths)
        if not filled or count < 2:
            orders.assumed += [group] if count > 1 else []
            return
        sized = self._may_be_sizes(group, paths)
        if sized and self.positions is not None:
            places, theirs = None, self._order_of_file(group)
        else:
            places = self._place(join, paths) if len(filled) == 1 else self._places(paths, count, sized=sized)
            theirs = self._order(group, paths)
        if places is not None:
            order = _filled_up(places, count)
            if count - len(filled) > 1:  # which of those without tensors is which, nothing tells
                if list(order) != sorted(order):
                    orders.unknown.append(group)
                    return
                orders.assumed.append(group)
        elif theirs is None or theirs == filled:
            order = tuple(range(count))
            if theirs is None or len(filled) < count:
                orders.assumed.append(group)
            if theirs is None and len(filled) > 1:
                orders.untold.append(group)
        elif len(filled) == count:
            order = tuple(theirs)
        else:
            orders.unknown.append(group)
            return
        if group not in orders.untold and self._contradicts_file(group, [index for index in order if index in paths]):
            orders.contradicted.append(group)
        if list(order) != sorted(order):
            if sized and self.positions is None:
                orders.sized.append(group)
            else:
                orders.joined.append(Joined(group, order))

    def _filled(self, group: Group) -> dict[int, list[str]]:
        """The names in each branch that has tensors."""
        names = map(self._names, group.parts)
        return {index: each for index, each in enumerate(names) if each}

    def _paths(self, group: Group) -> dict[int, Words]:
        """What the names in each branch begin with."""
        return {index: common_words(names) for index, names in self._filled(group).items()}

    def _names(self, part: Part) -> list[str]:
        return [self.pairs[key] for key in _keys(part) if key in self.pairs]

    def _order(self, group: Group, paths: Mapping[int, Words]) -> list[int] | None:
        """The branches with tensors in their order, if something tells it."""
        theirs = sorted(paths, key=lambda index: sort_key(paths[index]))
        if self.counting.in_order(paths[index] for index in theirs):
            return theirs
        return self._order_of_file(group)

    def _order_of_file(self, group: Group) -> list[int] | None:
        positions = self.positions
        if positions is None:
            return None
        first = {index: min(positions[name] for name in names) for index, names in self._filled(group).items()}
        return sorted(first, key=lambda index: first[index])

    def _contradicts_file(self, group: Group, order: Sequence[int]) -> bool:
        """Whether the file has the tensors of the branches one branch after the other, and in another order."""
        filled = self._filled(group)
        ranges = {index: sorted(self.file[name] for name in names) for index, names in filled.items()}
        in_file = sorted(order, key=lambda index: ranges[index])
        apart = all(ranges[before][-1] < ranges[after][0] for before, after in pairwise(in_file))
        return apart and in_file != list(order)

    def _places(self, paths: Mapping[int, Words], count: int, *, sized: bool) -> dict[int, int] | None:
        """The place of each branch by the number in its name."""
        numbers = _numbers(paths)
        if numbers is None:
            return None
        word = numbers.word
        places = {index: number - self._start(word) for index, number in numbers.of.items()}
        if len(set(places.values())) < len(places) or not all(0 <= place < count for place in places.values()):
            return None
        if not sized:
            self.numbered.add(word)
        return places

    def _may_be_sizes(self, group: Group, paths: Mapping[int, Words]) -> bool:
        """Whether the numbers of branches are the sizes of kernels in them: `conv1`, `conv3`, `conv5`.

        Those of a list's items, which stand behind a dot, count.
        """
        numbers = _numbers(paths)
        if numbers is None or numbers.word == "." or len(paths) < 2:
            return False
        return all(number in _kernel_sizes(group.parts[index]) for index, number in numbers.of.items())

    def _place(self, join: _Join, paths: Mapping[int, Words]) -> dict[int, int] | None:
        """The place of the only branch with tensors, if its name has a number where other merges' branches have theirs."""
        ((index, path),) = paths.items()
        outer = len(common_words(self._names(join.within))) if join.within is not None else 0
        for word, number in pairwise(path[outer:]):
            if word in self.numbered and number.isdecimal():
                place = int(number) - self._start(word)
                return {index: place} if 0 <= place < len(join.group.parts) else None
        return None

    def _start(self, word: str) -> int:
        """The number that things of this name are counted from."""
        return self.first.get(word, 0)


@dataclass(frozen=True, slots=True)
class _Numbers:
    """The numbers by which alone the names of branches differ, and the word before them."""

    word: str
    of: Mapping[int, int]


def _numbers(paths: Mapping[int, Words]) -> _Numbers | None:
    depth = len(common_beginning(list(paths.values())))
    if not depth or any(len(path) <= depth or not path[depth].isdecimal() for path in paths.values()):
        return None
    word = next(iter(paths.values()))[depth - 1]
    return _Numbers(word, {index: int(path[depth]) for index, path in paths.items()})


def _kernel_sizes(part: Part) -> set[int]:
    if isinstance(part, Unit):
        return {size for slot in part.slots if slot.kind == "weight" for size in slot.shape[2:]}
    return set().union(*map(_kernel_sizes, part.parts))


def _joins(target: Target) -> Iterator[_Join]:
    """The merges that put channels one after the other."""

    def visit(part: Part, within: Part | None) -> Iterator[_Join]:
        if not isinstance(part, Group):
            return
        unit = target.by_name.get(part.merge)
        if unit is not None and unit.op.channel_order == "joined" and len(unit.reads) == len(part.parts):
            yield _Join(part, within)
        for inner in part.parts:
            yield from visit(inner, inner if part.parallel else within)

    yield from visit(target.root, None)


def _keys(part: Part) -> Iterator[str]:
    if isinstance(part, Unit):
        yield from (slot.key for slot in part.slots)
    else:
        for inner in part.parts:
            yield from _keys(inner)


def _first_numbers(names: Iterable[str]) -> dict[str, int]:
    """From which number the things of each name are counted: 0 if one of that number is there, else 1."""
    first: dict[str, int] = {}
    for name in names:
        for word, number in pairwise(words(name)):
            if number.isdecimal():
                first[word] = min(first.get(word, 1), int(number))
    return first


def _filled_up(places: Mapping[int, int], count: int) -> Indices:
    """The order of all branches, those without tensors at the places that are left."""
    at = {place: index for index, place in places.items()}
    rest = iter(index for index in range(count) if index not in places)
    return tuple(at[place] if place in at else next(rest) for place in range(count))
