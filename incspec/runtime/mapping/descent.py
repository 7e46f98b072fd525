"""Matching by names: the tree of the network and the tree of the file's names, descended side by side.

Names need not be alike; what counts is which of them stand together. Parts of ours and of theirs that hold the same
bags of tensors, and are as many, are each other; the largest first, and what finds no counterpart is opened. Of several
that are alike, numbers in their names tell the order, and what is said of pools and shortcuts tells branches apart.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise, permutations
from math import factorial
from typing import TypeAlias

from .found import Choice, Found, Signatures
from .names import Counting, Words, common_words, sort_key, words
from .target import Group, Part, Unit
from .tree import Tree, told_apart

Bag: TypeAlias = tuple[int, ...]
# So many ways to pair parts that are alike are tried one by one.
_MAX_WAYS = 720
# With how many tensors before it the number in the name of one is compared.
_LOOK_BACK = 16


@dataclass(eq=False)
class Name:
    """Names that begin with the same words; a tensor where nothing follows."""

    path: Words
    inner: list[Name] = field(default_factory=list)
    names: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, eq=False)
class Own:
    """A part of ours, or one tensor of an op; `above` are the groups that it stands in, with its place in each."""

    part: Part
    above: tuple[tuple[Group, int], ...]
    key: str = ""


def by_names(root: Group, ours: Signatures, theirs: Signatures, counting: Counting) -> Found:
    """What the structure of names says."""
    descent = _Descent(Tree(ours), theirs, counting)
    if ours:
        descent.match([Own(root, ())], [_grown(sorted(theirs, key=lambda name: sort_key(words(name))), 0)])
    return descent.found


def _grown(names: list[str], depth: int) -> Name:
    """The tree of some names, which share their first `depth` words and are sorted.

    What is numbered stands together, apart from what has a word in that place: `conv_1` and `conv_2`, and `conv_wide`.
    """
    if len(names) == 1:
        return Name(words(names[0]), [], names)
    depth = max(depth, len(common_words(names)))
    node = Name(words(names[0])[:depth], [], names)
    groups: dict[str, list[str]] = {}
    for name in names:
        path = words(name)
        groups.setdefault(path[depth] if len(path) > depth else "", []).append(name)
    if len(groups) == 1:  # different names of the same words
        node.inner = [Name(words(name), [], [name]) for name in names]
        return node
    numbered = [_grown(group, depth + 1) for word, group in groups.items() if word.isdecimal()]
    worded = [_grown(group, depth + 1) for word, group in groups.items() if not word.isdecimal()]
    if len(numbered) > 1 and worded:
        numbered = [Name(node.path, numbered, [name for each in numbered for name in each.names])]
    node.inner = [*numbered, *worded]
    return node


def counting_of(root: Group, ours: Signatures, theirs: Signatures) -> Counting:
    """Which numbers count in the names of a checkpoint: none where they contradict what is certain without them.

    Certain are the tensors that have a signature of their own.
    """
    counting = Counting(theirs)
    name_of = {signature: name for name, signature in theirs.items()}
    often = Counter(theirs.values()) + Counter(ours.values())
    certain = [own for own in _leaves(Own(root, ()), Tree(ours)) if often[ours[own.key]] == 2]  # one on each side
    right = wrong = 0
    for place, after in enumerate(certain):
        for before in certain[max(0, place - _LOOK_BACK) : place]:
            a, b = (words(name_of[ours[own.key]]) for own in (before, after))
            if _in_series(before, after) and (counting.counted(a, b) or counting.counted(b, a)):
                right += sort_key(a) < sort_key(b)
                wrong += sort_key(a) > sort_key(b)
    return counting if wrong * 10 <= right else Counting(())


def _leaves(own: Own, tree: Tree) -> Iterator[Own]:
    """The single tensors of a part, in the order of execution."""
    if own.key:
        yield own
    else:
        for inner in _opened(own, tree):
            yield from _leaves(inner, tree)


def _opened(own: Own, tree: Tree) -> list[Own]:
    if isinstance(own.part, Unit):
        return [Own(own.part, own.above, key) for key in tree.keys(own.part)]
    place = [(part, (*own.above, (own.part, index))) for index, part in enumerate(own.part.parts)]
    return [Own(part, above) for part, above in place if tree.keys(part)]


class _Descent:
    def __init__(self, tree: Tree, theirs: Signatures, counting: Counting) -> None:
        self.tree, self.theirs, self.counting = tree, theirs, counting
        self.found = Found()
        self._bags: dict[object, Bag] = {}

    # --- the descent

    def match(self, ours: list[Own], theirs: list[Name]) -> None:
        """Match parts with as many tensors in all."""
        open_: list[tuple[list[Own], list[Name]]] = []
        while ours or theirs:
            size = max([*(len(self._bag(own)) for own in ours), *(len(self._bag(name)) for name in theirs)])
            by_bag: dict[Bag, tuple[list[Own], list[Name]]] = {}
            for own in ours:
                by_bag.setdefault(self._bag(own), ([], []))[0].append(own)
            for name in theirs:
                by_bag.setdefault(self._bag(name), ([], []))[1].append(name)
            ours, theirs = [], []
            for bag, (own_parts, names) in by_bag.items():
                if len(bag) < size:
                    ours += own_parts
                    theirs += names
                elif len(own_parts) == len(names):
                    self._alike(own_parts, names, open_)
                else:
                    ours += [inner for own in own_parts for inner in _opened(own, self.tree)]
                    theirs += [inner for name in names for inner in name.inner]
        self._settle(open_)

    def _alike(self, ours: list[Own], theirs: list[Name], open_: list[tuple[list[Own], list[Name]]]) -> None:
        ours = sorted(ours, key=lambda own: [index for _, index in own.above])  # as they run
        ways = self._ways(ours, theirs)
        if ways is not None:
            for own, name in zip(ours, ways, strict=True):
                self._same(own, name)
            return
        meeting = _meeting(ours)
        branches = [_branch(own, meeting) for own in ours] if meeting is not None else []
        if len(set(branches)) < len(ours):
            open_.append((ours, theirs))
            return
        whole = all(map(self._is_whole, ours, branches))
        names = [name.names for name in theirs]
        for told in told_apart(branches, names, common_words(each for listed in names for each in listed), whole=whole):
            own_parts, their_parts = [ours[i] for i in told.ours], [theirs[i] for i in told.theirs]
            if len(own_parts) == 1:
                self._same(own_parts[0], their_parts[0])
            else:
                open_.append((own_parts, their_parts))

    def _same(self, own: Own, name: Name) -> None:
        """A part of ours is a part of theirs."""
        if own.key:
            self.found.pairs[own.key] = name.names[0]
        else:
            self.match(_opened(own, self.tree), name.inner or [name])

    def _bag(self, each: Own | Name) -> Bag:
        if each not in self._bags:
            signatures = (
                (self.theirs[name] for name in each.names)
                if isinstance(each, Name)
                else (self.tree.ours[key] for key in self._keys(each))
            )
            self._bags[each] = tuple(sorted(signatures))
        return self._bags[each]

    def _keys(self, own: Own) -> tuple[str, ...]:
        return (own.key,) if own.key else self.tree.keys(own.part)

    # --- several that are alike

    def _ways(self, ours: Sequence[Own], theirs: Sequence[Name]) -> list[Name] | None:
        """Theirs in the order of ours, if something tells which is which."""
        if len(ours) == 1:
            return list(theirs)
        ordered = sorted(theirs, key=lambda name: sort_key(name.path))
        if all(_in_series(a, b) for a, b in pairwise(ours)):
            return ordered if self.counting.in_order(name.path for name in ordered) else None
        return self._only_way(ours, theirs)

    def _only_way(self, ours: Sequence[Own], theirs: Sequence[Name]) -> list[Name] | None:
        """The only pairing under which what runs later is counted later, if there is one alone."""
        if factorial(len(ours)) > _MAX_WAYS:
            return None
        ways = []
        for way in permutations(theirs):
            pairs = [(i, j) for j in range(len(ours)) for i in range(j)]
            if all(
                not _in_series(ours[i], ours[j])
                or (sort_key(way[i].path) < sort_key(way[j].path) and self.counting.counted(way[i].path, way[j].path))
                for i, j in pairs
            ):
                ways.append(list(way))
        return ways[0] if len(ways) == 1 else None

    def _is_whole(self, own: Own, branch: Part) -> bool:
        return self._keys(own) == self.tree.keys(branch)

    # --- branches that only their order tells apart

    def _settle(self, open_: list[tuple[list[Own], list[Name]]]) -> None:
        """Branches that are alike are in the order of ours, if with it all branches of the merge are."""
        for ours, theirs in open_:
            ordered = sorted(theirs, key=lambda name: sort_key(name.path))
            meeting = _meeting(ours)
            if meeting is not None and self._in_our_order(ours, ordered, meeting):
                for own, name in zip(ours, ordered, strict=True):
                    self._same(own, name)
            else:
                keys = tuple(self._keys(own) for own in ours)
                self.found.choices.append(Choice(keys, tuple(tuple(name.names) for name in ordered)))

    def _in_our_order(self, ours: Sequence[Own], theirs: Sequence[Name], merge: Group) -> bool:
        paths: dict[int, Words] = {}
        for own, name in zip(ours, theirs, strict=True):
            place = _place(own, merge)
            if place in paths:
                return False
            paths[place] = name.path
        for index, branch in enumerate(merge.parts):
            if index not in paths and self.tree.keys(branch):
                names = [self.found.pairs.get(key) for key in self.tree.keys(branch)]
                if None in names:
                    return False
                paths[index] = common_words([name for name in names if name is not None])
        return self.counting.in_order(paths[index] for index in sorted(paths))


def _in_series(a: Own, b: Own) -> bool:
    """Whether one runs after the other, and `a` before `b`."""
    for (group, i), (other, j) in zip(a.above, b.above, strict=False):
        if group is not other:
            return False
        if i != j:
            return i < j and not group.parallel
    return False


def _meeting(ours: Sequence[Own]) -> Group | None:
    """The merge whose branches these parts lie in, if they all part there."""
    for steps in zip(*(own.above for own in ours), strict=False):
        if len({index for _, index in steps}) > 1:
            group = steps[0][0]
            return group if group.parallel and all(each is group for each, _ in steps) else None
    return None


def _place(own: Own, merge: Group) -> int:
    return next(index for group, index in own.above if group is merge)


def _branch(own: Own, merge: Group) -> Part:
    return merge.parts[_place(own, merge)]
