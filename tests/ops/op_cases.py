"""Cases of ops: random settings, and the shapes of inputs that go with them, some of which do not fit."""

from __future__ import annotations

import functools
import itertools
import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from incspec.shapes import TensorType

Settings = dict[str, Any]
Shape = tuple[int, ...]


@dataclass(frozen=True)
class Case:
    """The settings of an op and the shapes of its inputs, without the batch; which of them have channels last."""

    settings: Settings
    shapes: tuple[Shape, ...]
    last: tuple[bool, ...] = ()

    @property
    def rank(self) -> int:
        return len(self.shapes[0]) - 1

    @property
    def types(self) -> tuple[TensorType, ...]:
        return tuple(map(TensorType, self.shapes, self.last or (False,) * len(self.shapes)))

    @property
    def channel_dim(self) -> int:
        return -1 if any(self.last) else 1

    def swapped(self, *last: bool) -> Case:
        """The same case with channels last in some inputs."""
        shapes = zip(self.shapes, last, strict=True)
        return Case(
            self.settings,
            tuple((*shape[1:], shape[0]) if moved and shape[1:] else shape for shape, moved in shapes),
            tuple(moved and len(shape) > 1 for shape, moved in zip(self.shapes, last, strict=True)),
        )


sizes = st.integers(1, 9)
widths = st.integers(1, 8)


def shapes(*ranks: int) -> st.SearchStrategy[Shape]:
    """Shapes of so many spatial axes."""
    rank = st.sampled_from(ranks)
    return rank.flatmap(lambda r: st.tuples(widths, *[st.integers(1, 9 if r < 3 else 6)] * r))


def axes(rank: int, least: int, most: int) -> st.SearchStrategy[int | Shape]:
    """A number for all axes or one each; now and then too many or too few."""
    number = st.integers(least, most)
    wrong = 2 if rank != 2 else 3
    counts = st.sampled_from([0] * 10 + [rank] * 10 + [wrong])
    return counts.flatmap(lambda n: st.tuples(*[number] * n) if n else number)


def optional(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Settings]:
    return st.fixed_dictionaries({}, optional=fields)


def single(settings: Callable[[Shape], st.SearchStrategy[Settings]], *ranks: int) -> st.SearchStrategy[Case]:
    """Cases of one input; the settings may depend on its shape."""
    return shapes(*ranks).flatmap(lambda shape: settings(shape).map(lambda found: Case(found, (shape,))))


def any_order(cases: st.SearchStrategy[Case]) -> st.SearchStrategy[Case]:
    """The same cases, some of them with channels last, and rarely some of their inputs alone."""

    def ordered(case: Case) -> st.SearchStrategy[Case]:
        count = len(case.shapes)
        mixed = st.tuples(*[st.booleans()] * count)
        return st.one_of(st.just((False,) * count), st.just((True,) * count), mixed).map(
            lambda last: case.swapped(*last)
        )

    return cases.flatmap(ordered)


def plain(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Case]:
    """Cases of one input of any rank and order, and of settings that do not depend on it."""
    return any_order(single(lambda shape: optional(**fields), 0, 1, 2, 3))


@st.composite
def branches(draw: st.DrawFn, least: int, differ: Callable[[int], st.SearchStrategy[int]]) -> Case:
    """Several inputs, equal but for a few axes, which `differ` replaces; the channels are axis 0."""
    first = draw(shapes(0, 1, 2, 3))
    others = draw(st.lists(st.tuples(*[differ(axis) for axis in range(len(first))]), min_size=least - 1, max_size=3))
    return Case({}, (first, *(tuple(new or old for new, old in zip(other, first, strict=True)) for other in others)))


rarely = functools.partial(lambda value: st.one_of(*[st.just(0)] * 12, value))
inits = st.sampled_from(
    [
        {"weight": "xavier_uniform", "bias": 0.2},
        {"weight": {"trunc_normal": {"std": 0.01}}},
        {"weight": {"constant": {"val": 2}}},
        {"weight": {"kaiming_normal": {"mode": "fan_out", "nonlinearity": "relu"}}},
        {"bias": -4.5},
    ]
)


def conv_settings(shape: Shape) -> st.SearchStrategy[Settings]:
    rank = max(len(shape) - 1, 1)
    groups = st.sampled_from([1, 1, 1, 2, shape[0]])
    return st.fixed_dictionaries(
        {"out": st.one_of(widths, st.just(2 * shape[0]))},
        optional={
            "kernel": axes(rank, 1, 5),
            "stride": axes(rank, 1, 3),
            "pad": st.one_of(st.sampled_from(["same", "valid"]), axes(rank, 0, 3)),
            "dilation": axes(rank, 1, 3),
            "groups": groups,
            "bias": st.booleans(),
            "init": inits,
        },
    )


def conv_transpose_settings(shape: Shape) -> st.SearchStrategy[Settings]:
    rank = max(len(shape) - 1, 1)
    more = st.one_of(st.just({}), axes(rank, 0, 2).map(lambda found: {"output_padding": found}))
    settings = conv_settings(shape).filter(lambda found: "init" not in found or "bias" in found["init"])
    return st.builds(operator.or_, settings, more)


def permute_settings(shape: Shape) -> st.SearchStrategy[Settings]:
    letters = {1: "CL", 2: "CHW", 3: "CTHW"}.get(len(shape) - 1, "C")
    usual = [tuple(letters), (*letters[1:], "C")]
    mixed = st.permutations(letters).map(tuple)
    wrong = st.sampled_from([("H", "W"), ("C", "H", "H"), ("C", "L", "T")])
    return st.one_of(*[st.sampled_from(usual)] * 3, mixed, mixed, wrong).map(lambda found: {"axes": found})


def crop_settings(shape: Shape) -> st.SearchStrategy[Settings]:
    rank = max(len(shape) - 1, 1)
    cells = st.integers(0, 2)
    sizes = st.one_of(cells, st.tuples(*[cells] * (2 * rank)), st.tuples(cells, cells))
    return sizes.map(lambda found: {"sizes": found})


def pool_settings(shape: Shape, **more: st.SearchStrategy[Any]) -> st.SearchStrategy[Settings]:
    rank = max(len(shape) - 1, 1)
    return st.fixed_dictionaries(
        {"kernel": axes(rank, 1, 6)},
        optional={
            "stride": axes(rank, 1, 4),
            "pad": st.one_of(st.sampled_from(["same", "valid"]), axes(rank, 0, 3)),
            "ceil_mode": st.booleans(),
            **more,
        },
    )


def max_pool_settings(shape: Shape) -> st.SearchStrategy[Settings]:
    return pool_settings(shape, dilation=axes(max(len(shape) - 1, 1), 1, 3))


def avg_pool_settings(shape: Shape) -> st.SearchStrategy[Settings]:
    return pool_settings(shape, count_include_pad=st.booleans())


def adaptive_settings(shape: Shape) -> st.SearchStrategy[Settings]:
    return st.fixed_dictionaries({"size": axes(max(len(shape) - 1, 1), 1, 9)})


def upsample_settings(shape: Shape) -> st.SearchStrategy[Settings]:
    rank = max(len(shape) - 1, 1)
    scale, size = axes(rank, 1, 3), axes(rank, 1, 9)
    modes = optional(
        mode=st.sampled_from(["nearest", "nearest_exact", "linear", "bicubic"]),
        align_corners=st.booleans(),
    )
    target = st.one_of(
        *[scale.map(lambda found: {"scale": found})] * 3,
        *[size.map(lambda found: {"size": found})] * 3,
        st.sampled_from([{"scale": 2, "size": 4}, {}]),
    )
    return st.builds(operator.or_, target, modes)


def pad_settings(shape: Shape) -> st.SearchStrategy[Settings]:
    rank = max(len(shape) - 1, 1)
    cells = st.integers(0, 4)
    return st.fixed_dictionaries(
        {"sizes": st.one_of(cells, st.tuples(*[cells] * (2 * rank)), st.tuples(cells, cells))},
        optional={
            "mode": st.sampled_from(["constant", "reflect", "replicate", "circular"]),
            "value": st.sampled_from([0, 0, 1.5, -1]),
        },
    )


def normalize_settings(shape: Shape) -> st.SearchStrategy[Settings]:
    count = st.sampled_from([1] * 3 + [shape[0]] * 12 + [shape[0] + 1])
    mean, std = (
        count.flatmap(lambda n, v=value: st.tuples(*[v] * n)) for value in (st.floats(-2, 2), st.floats(0.1, 2))
    )
    return st.fixed_dictionaries({"mean": mean, "std": std})


def split_settings(shape: Shape) -> st.SearchStrategy[Settings]:
    width = shape[0]
    cuts = st.lists(st.integers(1, width), unique=True, max_size=3).map(lambda found: sorted({0, *found, width}))
    exact = cuts.map(lambda found: [b - a for a, b in itertools.pairwise(found)]).filter(lambda s: len(s) > 1)
    with_rest = st.lists(st.integers(1, 4), min_size=1, max_size=3).map(lambda found: ["rest", *found])
    listed = st.lists(st.sampled_from([1, 2, 3, "rest"]), min_size=2, max_size=4)
    choices = [with_rest, listed, st.integers(1, 4)] + ([exact] if width > 1 else [])
    return st.one_of(*choices).map(lambda found: {"sizes": tuple(found) if isinstance(found, list) else found})


def reshape_settings(shape: Shape) -> st.SearchStrategy[Settings]:
    count = TensorType(shape).elements
    divisors = [n for n in range(1, count + 1) if count % n == 0]
    exact = st.sampled_from(divisors).flatmap(
        lambda first: st.sampled_from([(count,), (first, count // first), (1, first, count // first)])
    )
    return st.one_of(exact, exact, st.lists(st.integers(1, 4), min_size=1, max_size=5).map(tuple)).map(
        lambda found: {"shape": found}
    )
