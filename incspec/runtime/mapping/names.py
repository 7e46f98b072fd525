"""What the name of a tensor says: its kind, the words of its path, and what comes before what."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import pairwise, takewhile
from typing import Literal, TypeAlias

Kind = Literal["weight", "bias", "mean", "var", "count", "unknown"]
Words: TypeAlias = tuple[str, ...]

# As torch, Keras, TF-slim, MXNet and hand-written modules call them.
_KINDS: dict[str, Kind] = {
    "weight": "weight",
    "weights": "weight",
    "kernel": "weight",
    "gamma": "weight",
    "scale": "weight",
    "layer_scale": "weight",
    "bias": "bias",
    "biases": "bias",
    "beta": "bias",
    "running_mean": "mean",
    "moving_mean": "mean",
    "running_var": "var",
    "moving_var": "var",
    "moving_variance": "var",
    "num_batches_tracked": "count",
}
# A size such as 3x3 or 1x7x1 is one word, so that it is never taken for a number that counts; neither is a number with
# letters behind it, but for one (`2a`): random names hold such.
_WORD = re.compile(r"\d+(?:x\d+)+|\d+(?=[A-Za-z]?(?![A-Za-z0-9]))|\d+[A-Za-z]|[A-Za-z]+|\.")
# How far numbers that count lie from one another at most, on average: modules without parameters are counted as well.
_GAP = 5
_POOL = frozenset(("pool", "pooling", "avgpool", "maxpool", "poolproj"))
_SHORTCUT = frozenset(("shortcut", "downsample", "skip", "skipbn", "identity", "ds", "short"))


def kind_of(name: str) -> Kind:
    """The kind of a tensor, by the end of its name."""
    last = name.rpartition(".")[2].lower()
    for ending, kind in _KINDS.items():
        if last == ending or last.endswith(f"_{ending}"):
            return kind
    return "unknown"


def is_kind(word: str) -> bool:
    """Whether a word is what tensors are called, and no module: `weight`, `running_mean`."""
    return word.lower() in _KINDS


@lru_cache(maxsize=65536)
def words(name: str) -> Words:
    """The words of a name, a dot being one: `layer1.conv2` is `layer`, `1`, `.`, `conv`, `2`."""
    return tuple(word.lower() for word in _WORD.findall(name))


def sort_key(path: Words) -> tuple[tuple[int, int, str], ...]:
    """What sorts paths as a reader would: 2 before 10, and the end of a word before a number."""
    return tuple((1, int(word), "") if word.isdecimal() else (2 if word != "." else 0, 0, word) for word in path)


class Counting:
    """Which numbers and letters in the names of a checkpoint count something.

    Those behind the same words do if they lie close together: `layer1` to `layer4` are counted, `m482` and `m90531` are
    names like any other; so are `mixed_5b` to `mixed_5d`, but `conv_l` and `conv_r` are left and right. `Counting(())`
    takes nothing for a count.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._numbers: dict[Words, set[int]] = {}
        self._letters: dict[Words, set[int]] = {}
        for path in map(words, names):
            for place, word in enumerate(path):
                if word.isdecimal():
                    self._numbers.setdefault(path[:place], set()).add(int(word))
                elif len(word) == 1 and place > 0 and path[place - 1] != "." and word.isalpha():
                    self._letters.setdefault(path[:place], set()).add(ord(word) - ord("a"))

    def counted(self, before: Words, after: Words) -> bool:
        """Whether names say that one comes before the other: they are the same up to a number, or a single letter."""
        for place, (a, b) in enumerate(zip(before, after, strict=False)):
            if a != b:
                if b.isdecimal():
                    return (a.isdecimal() or a == ".") and self._close(before[:place])
                return self._is_letter(before, place) and self._is_letter(after, place)
        place = len(before)
        return len(after) > place and after[place].isdecimal() and self._close(before)

    def in_order(self, paths: Iterable[Words]) -> bool:
        """Whether names say that these come one after the other."""
        return all(sort_key(a) < sort_key(b) and self.counted(a, b) for a, b in pairwise(paths))

    def _close(self, beginning: Words) -> bool:
        """Whether the numbers behind these words lie close together, as a `Sequential` counts its modules."""
        numbers = self._numbers.get(beginning, ())
        return bool(numbers) and max(numbers) - min(numbers) <= _GAP * len(numbers)

    def _is_letter(self, path: Words, place: int) -> bool:
        """Whether a word is a letter that counts, behind a word or number: `4e`, `branch_a`."""
        letters = self._letters.get(path[:place], ())
        return len(path[place]) == 1 and bool(letters) and min(letters) < 2 and max(letters) < 2 * len(letters) + 1


def common_words(names: Iterable[str]) -> Words:
    """The words that all names begin with."""
    return common_beginning([words(name) for name in names])


def common_beginning(paths: Sequence[Words]) -> Words:
    """The words that all paths begin with."""
    first, last = min(paths), max(paths)
    return tuple(a for a, _ in takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=False)))


def says_pool(path: Iterable[str]) -> bool:
    """Whether words speak of a pooling branch."""
    return not _POOL.isdisjoint(path)


def says_shortcut(path: Iterable[str]) -> bool:
    """Whether words speak of the shortcut beside a residual body."""
    return not _SHORTCUT.isdisjoint(path)


def says_aux(path: Iterable[str]) -> bool:
    """Whether words speak of an auxiliary head."""
    return any(word.startswith("aux") for word in path)
