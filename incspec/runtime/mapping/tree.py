"""Questions about the tree of a network that both ways of matching ask: what is in a part, and what tells branches apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .found import Signatures
from .names import Words, says_pool, says_shortcut, words
from .target import Group, Part, Unit


class Tree:
    """A network's tree, of whose tensors only some are to be matched."""

    def __init__(self, ours: Signatures) -> None:
        self.ours = ours
        self._keys: dict[Part, tuple[str, ...]] = {}
        self._labels: dict[Part, int] = {}
        self._numbers: dict[object, int] = {}

    def keys(self, part: Part) -> tuple[str, ...]:
        """The tensors in a part, in the order of execution."""
        if part not in self._keys:
            if isinstance(part, Unit):
                self._keys[part] = tuple(slot.key for slot in part.slots if slot.key in self.ours)
            else:
                self._keys[part] = tuple(key for inner in part.parts for key in self.keys(inner))
        return self._keys[part]

    def filled(self, group: Group) -> list[Part]:
        """The parts that hold tensors."""
        return [part for part in group.parts if self.keys(part)]

    def label(self, part: Part) -> int:
        """A number that parts of the same structure share."""
        if part not in self._labels:
            shape: object
            if isinstance(part, Unit):
                shape = (part.loose, *(self.ours[key] for key in self.keys(part)))
            else:
                inner = [self.label(each) for each in self.filled(part)]
                shape = ("parallel", *sorted(inner)) if part.parallel else ("series", *inner)
            self._labels[part] = self._numbers.setdefault(shape, len(self._numbers))
        return self._labels[part]

    def units(self, part: Part) -> Iterator[Unit]:
        """The ops in a part that hold tensors."""
        if isinstance(part, Unit):
            if self.keys(part):
                yield part
        else:
            for inner in part.parts:
                yield from self.units(inner)


def first_unit(part: Part) -> Unit | None:
    """The op of a part that runs first."""
    if isinstance(part, Unit):
        return part
    return next((unit for inner in part.parts if (unit := first_unit(inner)) is not None), None)


@dataclass(frozen=True, slots=True)
class Alike:
    """Branches that are told apart from all others: places in the list of ours, and of theirs."""

    ours: tuple[int, ...]
    theirs: tuple[int, ...]


def told_apart(
    ours: Sequence[Part], theirs: Sequence[Sequence[str]], beside: Words, *, whole: bool = True
) -> list[Alike]:
    """Branches of one structure, as many of ours as of theirs, as far as names tell them apart.

    `beside` are the words that all branches of the merge begin with. What is told apart here is a shortcut, and, where
    theirs are `whole` branches, one that begins with something without parameters, a pool as a rule.
    """
    traits = [([_is_shortcut(part) for part in ours], [_says_shortcut(names, beside) for names in theirs])]
    if whole:
        traits.append(([_starts_late(part) for part in ours], [_says_late(names, beside) for names in theirs]))
    for own, said in traits:
        if len(set(own)) > 1 and sorted(own) == sorted(said):
            return [Alike(_places(own, flag), _places(said, flag)) for flag in (False, True)]
    return [Alike(tuple(range(len(ours))), tuple(range(len(theirs))))]


def _places(flags: Sequence[bool], wanted: bool) -> tuple[int, ...]:
    return tuple(index for index, flag in enumerate(flags) if flag is wanted)


def _starts_late(part: Part) -> bool:
    first = first_unit(part)
    return first is not None and not first.slots


def _is_shortcut(part: Part) -> bool:
    return isinstance(part, Group) and part.shortcut


def _says_shortcut(names: Sequence[str], beside: Words) -> bool:
    return any(says_shortcut(words(name)[len(beside) :]) for name in names)


def _says_late(names: Sequence[str], beside: Words) -> bool:
    """Whether names speak of a pool, or count from 1 in a `Sequential` whose first module has no parameters."""
    rests = [words(name)[len(beside) :] for name in names]
    if any(says_pool(rest) for rest in rests):
        return True
    after = [rest[rest.index(".") + 1 :] for rest in rests if "." in rest]
    numbers = [int(rest[0]) for rest in after if rest and rest[0].isdecimal()]
    return len(numbers) == len(names) and min(numbers) > 0
