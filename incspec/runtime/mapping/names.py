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
# A size such as 3x3 or 1x7x1 is one word, so that it is never taken for a number that counts.
_WORD = re.compile(r"\d+(?:x\d+)+|\d+|[A-Za-z]+|\.")
_POOL = frozenset(("pool", "pooling", "avgpool", "maxpool", "poolproj"))
_SHORTCUT = frozenset(("shortcut", "downsample", "skip", "skipbn", "identity", "ds", "short"))


def kind_of(name: str) -> Kind:
    """The kind of a tensor, by the end of its name."""
    last = name.rpartition(".")[2].lower()
    for ending, kind in _KINDS.items():
        if last == ending or last.endswith(f"_{ending}"):
            return kind
    return "unknown"


@lru_cache(maxsize=65536)
def words(name: str) -> Words:
    """The words of a name, a dot being one: `layer1.conv2` is `layer`, `1`, `.`, `conv`, `2`."""
    return tuple(word.lower() for word in _WORD.findall(name))


def sort_key(path: Words) -> tuple[tuple[int, int, str], ...]:
    """What sorts paths as a reader would: 2 before 10, and the end of a word before a number."""
    return tuple((1, int(word), "") if word.isdecimal() else (2 if word != "." else 0, 0, word) for word in path)


def counted(before: Words, after: Words) -> bool:
    """Whether names say that one comes before the other: they are the same up to a number, or a single letter."""
    for a, b in zip(before, after, strict=False):
        if a != b:
            return _counts(a, b) or (a == "." and b.isdecimal())
    return len(after) > len(before) and after[len(before)].isdecimal()


def in_counted_order(paths: Iterable[Words]) -> bool:
    """Whether names say that these come one after the other."""
    listed = list(paths)
    return all(sort_key(a) < sort_key(b) and counted(a, b) for a, b in pairwise(listed))


def common_words(names: Iterable[str]) -> Words:
    """The words that all names begin with."""
    return common_beginning([words(name) for name in names])


def common_beginning(paths: Sequence[Words]) -> Words:
    """The words that all paths begin with."""
    first, last = min(paths), max(paths)
    return tuple(a for a, _ in takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=False)))


def _counts(a: str, b: str) -> bool:
    return (a.isdecimal() and b.isdecimal()) or (len(a) == len(b) == 1 and a.isalpha() and b.isalpha())


def says_pool(path: Iterable[str]) -> bool:
    """Whether words speak of a pooling branch."""
    return not _POOL.isdisjoint(path)


def says_shortcut(path: Iterable[str]) -> bool:
    """Whether words speak of the shortcut beside a residual body."""
    return not _SHORTCUT.isdisjoint(path)


def says_aux(path: Iterable[str]) -> bool:
    """Whether words speak of an auxiliary head."""
    return any(word.startswith("aux") for word in path)
