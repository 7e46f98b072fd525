"""The contract that every op keeps, with torch as the oracle: one table, one row per op.

What an op takes, torch computes, with the inferred shapes, parameters and multiply-adds and the values of the
row's oracle, which is written in plain torch from the same settings. What an op refuses, torch refuses too,
unless the row says that the refusal is ours, and why.
"""

from __future__ import annotations

import functools
import itertools
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import hypothesis
import pytest
import torch
import torch.nn.functional as F  # noqa: N812  # torch's own name for it
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode
from torch_calls import build

from incspec.ops import OPS
from incspec.ops.base import Op, OpError, Outputs
from incspec.shapes import TensorType

Settings = dict[str, Any]
Shape = tuple[int, ...]
Run = Callable[..., Any]  # tensors -> tensor, or tensors

FEW, MANY = 25, 400  # examples of an op; many where sizes, windows and limits meet
BATCH = 2


class ByDesign(Exception):  # noqa: N818  # no error: torch has no word in this case
    """Raised by an oracle where torch would compute something that the language does not have."""


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


@dataclass(frozen=True)
class Row:
    """What the contract test knows of an op beyond the op itself."""

    keyword: str
    cases: st.SearchStrategy[Case]
    oracle: Callable[[Case], Run]
    refusals: tuple[str, ...] = ()  # codes where torch refuses, too
    ours: Mapping[str, str] = field(default_factory=dict)  # codes that are ours alone, and why
    examples: int = FEW


# --- strategies -----------------------------------------------------------------------------------------

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


# --- oracles --------------------------------------------------------------------------------------------


def each(function: Run) -> Callable[[Case], Run]:
    """The oracle of an op that needs no settings."""
    return lambda case: function


def spread(value: int | Shape, rank: int) -> Shape:
    return value if isinstance(value, tuple) else (value,) * rank


def same_totals(s: Settings, rank: int) -> list[int]:
    kernel, dilation = spread(s.get("kernel", 1), rank), spread(s.get("dilation", 1), rank)
    return [d * (k - 1) for k, d in zip(kernel, dilation, strict=False)]


def initialised(module: nn.Module, s: Settings) -> nn.Module:
    init = s.get("init", {})
    if "weight" in init:
        kind = init["weight"]
        (name, kwargs) = (kind, {}) if isinstance(kind, str) else next(iter(kind.items()))
        getattr(nn.init, f"{name}_")(module.weight, **kwargs)
    if "bias" in init and s.get("bias", True):
        nn.init.constant_(module.bias, init["bias"])  # type: ignore[arg-type]
    return module


def conv(case: Case) -> Run:
    s, rank = case.settings, case.rank
    padding = s.get("pad", "same")
    if padding == "valid":
        padding = 0
    elif padding == "same" and max(spread(s.get("stride", 1), rank)) > 1:
        totals = same_totals(s, rank)  # torch has no "same" for a stride, but half of it on each side is the same
        padding = "same" if any(total % 2 for total in totals) else tuple(total // 2 for total in totals)
    module = getattr(nn, f"Conv{rank}d")(
        case.shapes[0][0],
        s["out"],
        s.get("kernel", 1),
        s.get("stride", 1),
        padding,
        s.get("dilation", 1),
        s.get("groups", 1),
        s.get("bias", True),
    )
    return initialised(module, s)


def conv_transpose(case: Case) -> Run:
    s, rank = case.settings, case.rank
    kernel, stride = spread(s.get("kernel", 1), rank), spread(s.get("stride", 1), rank)
    dilation, padding = spread(s.get("dilation", 1), rank), s.get("pad", "same")
    same = padding == "same"
    if same:
        surplus = [d * (k - 1) + 1 - step for k, step, d in zip(kernel, stride, dilation, strict=True)]
        padding = tuple(max(0, -(-n // 2)) for n in surplus)
    module = getattr(nn, f"ConvTranspose{rank}d")(
        case.shapes[0][0],
        s["out"],
        kernel,
        stride,
        0 if padding == "valid" else padding,
        0 if same else s.get("output_padding", 0),
        s.get("groups", 1),
        s.get("bias", True),
        dilation,
    )
    initialised(module, s)
    return (
        Wrapped(module, lambda x: module(x, [n * k for n, k in zip(x.shape[2:], stride, strict=True)]))
        if same
        else module
    )


class Wrapped(nn.Module):
    """A module that is called in another way; its parameters keep their names."""

    def __init__(self, inner: nn.Module, run: Run) -> None:
        super().__init__()
        self.weight, self.bias = inner.weight, inner.bias
        self.forward = run


def linear(case: Case) -> Run:
    s = case.settings
    width = case.shapes[0][-1] if any(case.last) else case.shapes[0][0]
    return initialised(nn.Linear(width, s["out"], s.get("bias", True)), s)


def layer_norm(case: Case) -> Run:
    s = case.settings
    width = case.shapes[0][-1] if any(case.last) else case.shapes[0][0]
    norm = initialised(nn.LayerNorm(width, s.get("eps", 1e-5), s.get("affine", True)), s | {"bias": True})
    if case.rank == 0 or any(case.last):
        return norm
    return Wrapped(norm, lambda x: norm(x.transpose(1, -1)).transpose(1, -1))


def layer_scale(case: Case) -> Run:
    factors = nn.Parameter(torch.ones(case.types[0].channels, *[1] * (0 if any(case.last) else case.rank)))
    module = nn.Module()
    module.register_parameter("weight", factors)
    module.forward = lambda x: x * factors
    return module


def permute(case: Case) -> Run:
    before = case.types[0].axes
    wanted = case.settings["axes"]
    if "C" not in (wanted[0], wanted[-1]) and sorted(wanted) == sorted(before):
        raise ByDesign("no op takes channels between the other axes")
    return lambda x: x.permute(0, *(1 + before.index(axis) for axis in wanted))


def crop(case: Case) -> Run:
    cells = spread(case.settings["sizes"], 2 * case.rank)
    if len(cells) != 2 * case.rank:
        raise ValueError("two numbers for each axis")
    ends = [(cells[2 * k], n - cells[2 * k + 1]) for k, n in enumerate(case.shapes[0][1:])]
    if any(start >= end for start, end in ends):
        raise ByDesign("a map without cells is no map here")
    return lambda x: x[(..., *(slice(start, end) for start, end in ends))]


def batch_norm(case: Case) -> Run:
    s = case.settings
    kind = {0: nn.BatchNorm1d, 1: nn.BatchNorm1d, 2: nn.BatchNorm2d, 3: nn.BatchNorm3d}[case.rank]
    module = kind(case.shapes[0][0], s.get("eps", 1e-5), s.get("momentum", 0.1), s.get("affine", True))
    return initialised(module, s)


def normalize(case: Case) -> Run:
    mean, std = (
        torch.tensor(case.settings[name]).expand(case.shapes[0][0]).reshape(-1, *[1] * case.rank)
        for name in ("mean", "std")
    )
    return lambda x: (x - mean) / std


def pool_padding(case: Case) -> int | Shape:
    padding = case.settings.get("pad", "same")
    if padding == "valid":
        return 0
    if padding == "same":
        return tuple(total // 2 for total in same_totals(case.settings, case.rank))
    assert isinstance(padding, int | tuple)
    return padding


def max_pool(case: Case) -> Run:
    s = case.settings
    return getattr(nn, f"MaxPool{case.rank}d")(  # type: ignore[no-any-return]
        s["kernel"], s.get("stride", 1), pool_padding(case), s.get("dilation", 1), ceil_mode=s.get("ceil_mode", False)
    )


def avg_pool(case: Case) -> Run:
    s = case.settings
    return getattr(nn, f"AvgPool{case.rank}d")(  # type: ignore[no-any-return]
        s["kernel"],
        s.get("stride", 1),
        pool_padding(case),
        ceil_mode=s.get("ceil_mode", False),
        count_include_pad=s.get("count_include_pad", True),
    )


def adaptive(name: str) -> Callable[[Case], Run]:
    return lambda case: getattr(nn, f"{name}{case.rank}d")(case.settings["size"])


def global_pool(pool: Callable[[Tensor], Tensor]) -> Callable[[Case], Run]:
    def oracle(case: Case) -> Run:
        ones = [1] * case.rank if case.settings.get("keep", False) else []

        def run(x: Tensor) -> Tensor:
            if any(case.last):
                return pool(x.flatten(1, -2).transpose(1, 2)).reshape(x.shape[0], *ones, x.shape[-1])
            return pool(x.flatten(2)).reshape(*x.shape[:2], *ones)

        return run

    return oracle


def refuse_mixed(case: Case) -> None:
    if len(set(case.last)) > 1:
        raise ByDesign("torch would take channels for a width")


def concat(case: Case) -> Run:
    refuse_mixed(case)
    return lambda *tensors: torch.cat(tensors, case.channel_dim)


def mul(case: Case) -> Run:
    refuse_mixed(case)
    if len({len(shape) for shape in case.shapes}) > 1:
        raise ByDesign("torch would take channels for a width")
    return lambda *tensors: functools.reduce(operator.mul, tensors)


def split(case: Case) -> Run:
    found, dim = case.settings["sizes"], case.channel_dim
    if isinstance(found, int):
        return lambda x: x.unflatten(dim, (found, -1)).unbind(dim if dim == 1 else -2)
    rest = case.types[0].channels - sum(size for size in found if size != "rest")
    if found.count("rest") > 1:
        raise ByDesign("which of two would be what is left?")
    if "rest" in found and rest == 0:
        raise ByDesign("a tensor without channels is no tensor here")
    return lambda x: x.split([rest if size == "rest" else size for size in found], dim)


def dropout(case: Case) -> Run:
    p, channels = case.settings.get("p", 0.5), case.settings.get("channels", False)
    return getattr(nn, f"Dropout{case.rank}d")(p) if channels else nn.Dropout(p)


def upsample(case: Case) -> Run:
    s = case.settings
    mode = s.get("mode", "nearest").replace("_", "-")
    if mode == "linear":
        mode = ["linear", "linear", "bilinear", "trilinear"][case.rank]
    scale = s.get("scale")
    return lambda x: F.interpolate(
        x,
        s.get("size"),
        tuple(map(float, scale)) if isinstance(scale, tuple) else scale,
        mode,
        s.get("align_corners") or None,
    )


def pad(case: Case) -> Run:
    s = case.settings
    cells = spread(s["sizes"], 2 * case.rank)
    if len(cells) != 2 * case.rank:
        raise ByDesign("torch would pad the last axes alone")
    pairs = [cells[i : i + 2] for i in range(0, len(cells), 2)]
    flat = [n for pair in pairs[::-1] for n in pair]
    return lambda x: F.pad(x, flat, s.get("mode", "constant"), s.get("value", 0) or None)


def softmax(case: Case) -> Run:
    return lambda x: x.exp() / x.exp().sum(case.channel_dim, keepdim=True)


def activation(function: Callable[..., Tensor], **names: str) -> Callable[[Case], Run]:
    """The oracle of an activation; `names` are torch's names of its fields."""
    return lambda case: functools.partial(function, **{names[name]: v for name, v in case.settings.items()})


# --- the table ------------------------------------------------------------------------------------------

SPATIAL = (1, 2, 3, 2, 1, 3, 2, 0)  # mostly maps, rarely features
NO_SAME = "torch has no `same` for pools"
LAST = "torch would take the channels for a width"
UNBATCHED = "torch takes the batch of features for the channels of one map"
slopes = st.floats(0, 3)
chances = st.floats(0, 1)

ROWS = (
    Row(
        "conv",
        any_order(single(conv_settings, *SPATIAL)),
        conv,
        ("groups-mismatch", "window-too-large", "even-kernel-stride", "wrong-axis-count"),
        {"wrong-rank": UNBATCHED, "channels-last": LAST},
        examples=MANY,
    ),
    Row(
        "conv_transpose",
        any_order(single(conv_transpose_settings, *SPATIAL)),
        conv_transpose,
        ("groups-mismatch", "even-kernel-stride", "wrong-axis-count", "padding-too-large"),
        {"wrong-rank": UNBATCHED, "channels-last": LAST, "value-mismatch": "torch has no `same` here"},
        examples=MANY,
    ),
    Row(
        "linear",
        any_order(
            single(
                lambda shape: st.fixed_dictionaries({"out": widths}, optional={"bias": st.booleans(), "init": inits}),
                *(0, 0, 0, 1, 2),
            )
        ),
        linear,
        (),
        {"wrong-rank": "torch would work on the last axis, the width"},
    ),
    Row(
        "batch_norm",
        plain(eps=st.floats(1e-6, 1), momentum=chances, affine=st.booleans(), init=inits),
        batch_norm,
        ("init-mismatch",),
        {"channels-last": LAST},
    ),
    Row(
        "layer_norm",
        plain(eps=st.floats(1e-6, 1), affine=st.booleans(), init=inits),
        layer_norm,
        ("init-mismatch",),
    ),
    Row(
        "lrn",
        plain(size=st.integers(1, 9), alpha=st.floats(0, 1), beta=st.floats(-1, 1), k=st.floats(0.5, 2)),
        lambda case: nn.LocalResponseNorm(**{"size": 5, **case.settings}),
        ("wrong-rank",),
        {"channels-last": LAST},
    ),
    Row(
        "normalize",
        single(normalize_settings, 0, 1, 2, 3),
        normalize,
        ("normalize-mismatch",),
        {"channels-last": LAST},
    ),
    Row("relu", plain(), each(F.relu)),
    Row("relu6", plain(), each(F.relu6)),
    Row("leaky_relu", plain(slope=slopes), activation(F.leaky_relu, slope="negative_slope")),
    Row("elu", plain(alpha=slopes), activation(F.elu, alpha="alpha")),
    Row(
        "gelu",
        plain(approximate=st.sampled_from(["none", "tanh"])),
        activation(F.gelu, approximate="approximate"),
    ),
    Row("silu", plain(), each(F.silu)),
    Row("mish", plain(), each(F.mish)),
    Row("sigmoid", plain(), each(torch.sigmoid)),
    Row("tanh", plain(), each(torch.tanh)),
    Row("hard_sigmoid", plain(), each(lambda x: F.relu6(x + 3) / 6)),
    Row("hard_swish", plain(), each(lambda x: x * F.relu6(x + 3) / 6)),
    Row("hard_tanh", plain(), each(lambda x: x.clamp(-1, 1))),
    Row("softmax", plain(), softmax),
    Row(
        "max_pool",
        any_order(single(max_pool_settings, *SPATIAL)),
        max_pool,
        ("window-too-large", "padding-too-large", "wrong-axis-count"),
        {"wrong-rank": UNBATCHED, "channels-last": LAST, "even-kernel-pool": NO_SAME},
        examples=MANY,
    ),
    Row(
        "avg_pool",
        any_order(single(avg_pool_settings, *SPATIAL)),
        avg_pool,
        ("window-too-large", "padding-too-large", "wrong-axis-count"),
        {"wrong-rank": UNBATCHED, "channels-last": LAST, "even-kernel-pool": NO_SAME},
        examples=MANY,
    ),
    Row(
        "adaptive_avg_pool",
        any_order(single(adaptive_settings, *SPATIAL)),
        adaptive("AdaptiveAvgPool"),
        ("wrong-axis-count",),
        {"wrong-rank": UNBATCHED, "channels-last": LAST},
    ),
    Row(
        "adaptive_max_pool",
        any_order(single(adaptive_settings, *SPATIAL)),
        adaptive("AdaptiveMaxPool"),
        ("wrong-axis-count",),
        {"wrong-rank": UNBATCHED, "channels-last": LAST},
    ),
    Row("global_avg_pool", plain(keep=st.booleans()), global_pool(lambda x: x.mean(2)), ("wrong-rank",)),
    Row("global_max_pool", plain(keep=st.booleans()), global_pool(lambda x: x.max(2).values), ("wrong-rank",)),
    Row(
        "concat",
        any_order(branches(1, lambda axis: rarely(sizes) if axis else widths)),
        concat,
        ("concat-shape-mismatch",),
        examples=100,
    ),
    Row(
        "add",
        any_order(branches(2, lambda axis: rarely(sizes))),
        each(lambda *tensors: functools.reduce(operator.add, tensors)),
        (),
        {"add-shape-mismatch": "torch would repeat an axis of size 1"},
        examples=100,
    ),
    Row(
        "mul",
        any_order(branches(2, lambda axis: st.one_of(st.sampled_from([0, 0, 1]), rarely(sizes)))),
        mul,
        ("mul-shape-mismatch",),
        examples=100,
    ),
    Row("split", any_order(single(split_settings, 0, 1, 2, 3)), split, ("split-mismatch",), examples=100),
    Row(
        "scale",
        single(lambda shape: st.fixed_dictionaries({"factor": st.floats(-2, 2)}), 0, 1, 2, 3),
        lambda case: lambda x: x * case.settings["factor"],
    ),
    Row(
        "layer_scale",
        any_order(single(lambda shape: st.fixed_dictionaries({"value": st.floats(-2, 2)}), 0, 1, 2, 3)),
        layer_scale,
    ),
    Row(
        "dropout",
        plain(p=chances, channels=st.booleans()),
        dropout,
        (),
        {"wrong-rank": UNBATCHED, "channels-last": LAST},
    ),
    Row("drop_path", single(lambda shape: st.fixed_dictionaries({"p": chances}), 0, 1, 2, 3), each(lambda x: x)),
    Row("flatten", plain(), each(lambda x: x.reshape(BATCH, -1))),
    Row(
        "reshape",
        single(reshape_settings, 0, 1, 2, 3),
        lambda case: lambda x: x.reshape(BATCH, *case.settings["shape"]),
        ("reshape-mismatch",),
        {"wrong-axis-count": "no op takes more than three spatial axes"},
        examples=100,
    ),
    Row(
        "permute",
        any_order(single(permute_settings, 1, 2, 3, 2, 0)),
        permute,
        ("axes-mismatch",),
        {"wrong-rank": "features have one axis, and nothing to permute"},
        examples=100,
    ),
    Row(
        "channel_shuffle",
        any_order(single(lambda shape: st.fixed_dictionaries({"groups": st.sampled_from([1, 2, shape[0]])}), *SPATIAL)),
        lambda case: lambda x: F.channel_shuffle(x, case.settings["groups"]),
        ("groups-mismatch", "wrong-rank"),
        {"channels-last": LAST},
        examples=100,
    ),
    Row(
        "pad",
        any_order(single(pad_settings, *SPATIAL)),
        pad,
        ("padding-too-large", "value-mismatch", "wrong-axis-count"),
        {"wrong-rank": "torch would pad the channels", "channels-last": LAST},
        examples=MANY,
    ),
    Row(
        "crop",
        any_order(single(crop_settings, *SPATIAL)),
        crop,
        ("wrong-axis-count",),
        {"wrong-rank": "torch would crop the channels", "channels-last": LAST, "crop-too-large": "no cells, no map"},
        examples=MANY,
    ),
    Row(
        "upsample",
        any_order(single(upsample_settings, *SPATIAL)),
        upsample,
        ("wrong-rank", "wrong-axis-count", "scale-or-size", "align-corners-mismatch"),
        {"channels-last": LAST},
        examples=MANY,
    ),
    Row("identity", plain(), each(lambda x: x)),
)
BY_KEYWORD = {op.keyword: op for op in OPS}
ROW = {row.keyword: row for row in ROWS}


# --- the contract ---------------------------------------------------------------------------------------


def randomise(run: Run) -> None:
    """Fill what a checkpoint holds, so that values that stand for each other by chance do not."""
    if isinstance(run, nn.Module):
        for tensor in run.state_dict(keep_vars=True).values():
            if tensor.is_floating_point():
                nn.init.uniform_(tensor, 0.5, 1.5)


def listed(result: Any) -> list[Tensor]:
    return list(result) if isinstance(result, tuple | list) else [result]


def tensors(case: Case) -> list[Tensor]:
    return [torch.randn(BATCH, *shape) for shape in case.shapes]


def inferred(op: Op, case: Case) -> Outputs:
    return op.infer(case.types)


def check_accepted(op: Op, outputs: Outputs, row: Row, case: Case) -> None:
    types = case.types
    call, cost = op.torch_call(types), op.cost(types, outputs)
    wanted = [(BATCH, *y.shape) for y in outputs]

    run, given = build(call), tensors(case)
    randomise(run)
    results = listed(run(*given))
    assert [tuple(y.shape) for y in results] == wanted

    oracle = row.oracle(case)
    if isinstance(oracle, nn.Module):
        oracle.eval()
        if isinstance(run, nn.Module):
            oracle.load_state_dict(run.state_dict())
    for got, expected in zip(results, listed(oracle(*given)), strict=True):
        torch.testing.assert_close(got, expected, rtol=1e-4, atol=1e-5, equal_nan=True)

    with torch.device("meta"):
        run, given = build(call), tensors(case)
        with FlopCounterMode(display=False) as flops:
            results = listed(run(*given))
    assert [tuple(y.shape) for y in results] == wanted
    assert cost.params == (sum(p.numel() for p in run.parameters()) if isinstance(run, nn.Module) else 0)
    assert cost.macs == flops.get_total_flops() / 2 / BATCH


def check_refused(error: OpError, row: Row, case: Case) -> None:
    assert error.code in (*row.refusals, *row.ours), f"the row does not know `{error.code}`"
    assert error.field is None or error.field in BY_KEYWORD[row.keyword].model_fields
    assert not error.message.endswith(".")
    if error.code in row.ours:
        return
    with pytest.raises(Exception):  # noqa: B017, PT011  # torch has no one class for it
        row.oracle(case)(*tensors(case))


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths")
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.keyword)
def test_op_takes_what_torch_takes_and_infers_what_torch_computes(row: Row) -> None:
    accepted = 0

    @hypothesis.settings(max_examples=row.examples, derandomize=True, deadline=None, database=None)
    @hypothesis.given(row.cases)
    def check(case: Case) -> None:
        nonlocal accepted
        torch.manual_seed(0)
        op = BY_KEYWORD[row.keyword](**case.settings)
        try:
            outputs = inferred(op, case)
        except OpError as error:
            check_refused(error, row, case)
        else:
            check_accepted(op, outputs, row, case)
            accepted += 1

    check()
    # Or the row says nothing; an op without settings has few cases.
    assert accepted >= row.examples // 6


def test_every_op_has_one_row() -> None:
    assert [row.keyword for row in ROWS] == [op.keyword for op in OPS]


# --- refusals, one by one -------------------------------------------------------------------------------

C, CL, CHW, CTHW = (8,), (8, 6), (8, 6, 5), (8, 4, 4, 4)  # inputs
EVEN = "has no `same` padding"

REFUSED: tuple[tuple[str, Settings, tuple[Shape, ...], str, str], ...] = (
    ("conv", {"out": 8}, (C,), "wrong-rank", "`conv` needs a map with height and width, got 8 features"),
    ("conv", {"out": 8, "kernel": (3, 3)}, (CL,), "wrong-axis-count", "`kernel` has 2 numbers for 1 spatial axis (L)"),
    ("conv", {"out": 8, "groups": 3}, (CHW,), "groups-mismatch", "8 input channels do not divide into 3 groups"),
    ("conv", {"out": 9, "groups": 4}, (CHW,), "groups-mismatch", "9 output channels do not divide into 4 groups"),
    ("conv", {"out": 8, "kernel": (1, 7), "pad": "valid"}, (CHW,), "window-too-large", "a 1x7 window does not fit"),
    ("conv", {"out": 8, "kernel": 2, "stride": 2}, (CHW,), "even-kernel-stride", f"an even kernel (2x2) {EVEN}"),
    ("conv", {"out": 8}, (CHW,), "channels-last", "`conv` needs channels first, got 8x6x5 with channels last"),
    ("conv_transpose", {"out": 8}, (C,), "wrong-rank", "`conv_transpose` needs a map"),
    ("conv_transpose", {"out": 8}, (CHW,), "channels-last", "`conv_transpose` needs channels first"),
    ("conv_transpose", {"out": 8, "groups": 3}, (CHW,), "groups-mismatch", "8 input channels do not divide into 3"),
    # What torch is given wrong in number is told before what it makes of the numbers.
    ("conv", {"out": 8, "groups": 3, "stride": (1, 1, 1)}, (CHW,), "wrong-axis-count", "`stride` has 3 numbers"),
    ("conv_transpose", {"out": 8, "groups": 3, "stride": (1, 1, 1)}, (CHW,), "wrong-axis-count", "`stride` has 3"),
    ("conv_transpose", {"out": 8, "kernel": (2, 2)}, (CL,), "wrong-axis-count", "`kernel` has 2 numbers for 1"),
    ("conv_transpose", {"out": 8, "kernel": 2}, (CHW,), "even-kernel-stride", f"an even kernel (2) {EVEN}"),
    (
        "conv_transpose",
        {"out": 8, "kernel": 3, "stride": 2, "output_padding": 1},
        (CHW,),
        "value-mismatch",
        "`output_padding` has no meaning for the padding `same`",
    ),
    (
        "conv_transpose",
        {"out": 8, "kernel": 3, "stride": 2, "pad": 1, "output_padding": 2},
        (CHW,),
        "padding-too-large",
        "an output padding of 2 is not below the stride 2",
    ),
    ("linear", {"out": 10}, (CHW,), "wrong-rank", "`linear` needs features, got a map 8x6x5"),
    ("batch_norm", {"affine": False, "init": {"bias": 1}}, (C,), "init-mismatch", "`init` has nothing to initialise"),
    ("batch_norm", {"init": {"weight": "orthogonal"}}, (C,), "init-mismatch", "`orthogonal` initialises matrices"),
    ("batch_norm", {}, (CHW,), "channels-last", "`batch_norm` needs channels first"),
    ("layer_norm", {"affine": False, "init": {"bias": 1}}, (C,), "init-mismatch", "`init` has nothing to initialise"),
    ("lrn", {}, (CHW,), "channels-last", "`lrn` needs channels first"),
    ("lrn", {}, (C,), "wrong-rank", "`lrn` needs a map"),
    ("max_pool", {"kernel": 3}, (CHW,), "channels-last", "`max_pool` needs channels first"),
    ("normalize", {"mean": 0, "std": (1, 2)}, (CHW,), "channels-last", "`normalize` needs channels first"),
    ("normalize", {"mean": 0, "std": (1, 2)}, (CHW,), "normalize-mismatch", "`std` has 2 numbers for 8 channels"),
    ("max_pool", {"kernel": 3}, (C,), "wrong-rank", "`max_pool` needs a map"),
    ("max_pool", {"kernel": 3, "stride": (2, 2, 2)}, (CHW,), "wrong-axis-count", "`stride` has 3 numbers for 2"),
    ("max_pool", {"kernel": (3, 2)}, (CHW,), "even-kernel-pool", f"an even window (3x2) {EVEN}"),
    ("max_pool", {"kernel": 7, "pad": 0}, (CHW,), "window-too-large", "a 7x7 window does not fit into 8x6x5"),
    ("max_pool", {"kernel": 3, "pad": 2}, (CHW,), "padding-too-large", "a padding of 2x2 is more than half of the 3x3"),
    ("max_pool", {"kernel": 3, "dilation": 2}, (CHW,), "padding-too-large", "a padding of 2x2 is more than half"),
    ("avg_pool", {"kernel": 3}, (CHW,), "channels-last", "`avg_pool` needs channels first"),
    ("avg_pool", {"kernel": 3}, (C,), "wrong-rank", "`avg_pool` needs a map"),
    ("avg_pool", {"kernel": 3, "pad": (1, 1)}, (CL,), "wrong-axis-count", "`pad` has 2 numbers for 1"),
    ("avg_pool", {"kernel": 2}, (CHW,), "even-kernel-pool", f"an even window (2x2) {EVEN}"),
    ("avg_pool", {"kernel": 6, "pad": "valid"}, (CHW,), "window-too-large", "a 6x6 window does not fit into 8x6x5"),
    ("avg_pool", {"kernel": 5}, (CTHW,), "window-too-large", "a 5x5x5 window is larger than 8x4x4x4"),
    ("avg_pool", {"kernel": 2, "pad": 2}, (CHW,), "padding-too-large", "a padding of 2x2 is more than half of the 2x2"),
    ("adaptive_avg_pool", {"size": 1}, (CHW,), "channels-last", "`adaptive_avg_pool` needs channels first"),
    ("adaptive_avg_pool", {"size": 1}, (C,), "wrong-rank", "`adaptive_avg_pool` needs a map"),
    ("adaptive_avg_pool", {"size": (2, 2)}, (CL,), "wrong-axis-count", "`size` has 2 numbers for 1"),
    ("adaptive_max_pool", {"size": 1}, (CHW,), "channels-last", "`adaptive_max_pool` needs channels first"),
    ("adaptive_max_pool", {"size": 1}, (C,), "wrong-rank", "`adaptive_max_pool` needs a map"),
    ("adaptive_max_pool", {"size": (2, 2)}, (CTHW,), "wrong-axis-count", "`size` has 2 numbers for 3 spatial axes"),
    ("global_avg_pool", {}, (C,), "wrong-rank", "`global_avg_pool` needs a map"),
    ("global_max_pool", {}, (C,), "wrong-rank", "`global_max_pool` needs a map"),
    ("concat", {}, (CHW, (8, 7, 5)), "concat-shape-mismatch", "branches differ in height"),
    ("concat", {}, (CHW, (8, 6, 4)), "concat-shape-mismatch", "branches differ in width"),
    ("concat", {}, (CHW, (8, 3, 3)), "concat-shape-mismatch", "branches differ in height and width"),
    ("concat", {}, (CL, (8, 3)), "concat-shape-mismatch", "branches differ in length"),
    ("concat", {}, (CTHW, (8, 4, 4, 2)), "concat-shape-mismatch", "branches differ in size"),
    ("concat", {}, (CHW, C), "concat-shape-mismatch", "branches differ in their number of axes"),
    ("concat", {}, (CHW, CHW), "concat-shape-mismatch", "some branches have channels first, others last"),
    ("add", {}, (CHW, CHW), "add-shape-mismatch", "some branches have channels first, others last"),
    ("mul", {}, (CHW, CHW), "mul-shape-mismatch", "some branches have channels first, others last"),
    ("add", {}, (CHW, (4, 6, 5)), "add-shape-mismatch", "add needs equal shapes, got 8x6x5 and 4x6x5"),
    (
        "mul",
        {},
        (CHW, (4, 1, 1)),
        "mul-shape-mismatch",
        "mul needs equal shapes, or axes of size 1, got 8x6x5 and 4x1x1",
    ),
    ("mul", {}, (C, CHW), "mul-shape-mismatch", "mul needs the same number of axes, got 8 and 8x6x5"),
    ("split", {"sizes": 3}, (CHW,), "split-mismatch", "8 channels do not divide into 3 equal slices"),
    ("split", {"sizes": (4, 2)}, (CHW,), "split-mismatch", "the slices have 4 + 2 = 6 channels, the input has 8"),
    (
        "split",
        {"sizes": ("rest", 8)},
        (CHW,),
        "split-mismatch",
        "nothing is left for `rest`: 8 of 8 channels are given",
    ),
    ("split", {"sizes": ("rest", "rest")}, (CHW,), "split-mismatch", "`rest` stands more than once"),
    ("dropout", {"channels": True}, (C,), "wrong-rank", "`channels` needs a map with height and width, got 8 features"),
    ("dropout", {"channels": True}, (CHW,), "channels-last", "`dropout` needs channels first"),
    ("reshape", {"shape": (4, 4)}, (C,), "reshape-mismatch", "8 has 8 elements, 4x4 would have 16"),
    ("reshape", {"shape": (2, 2, 2, 1, 1)}, (C,), "wrong-axis-count", "`shape` has 5 axes, a tensor has 1 to 4"),
    ("permute", {"axes": ("H", "W", "C")}, (C,), "wrong-rank", "`permute` needs a map"),
    ("permute", {"axes": ("H", "W")}, (CHW,), "axes-mismatch", "`axes` names H, W, the input has C, H, W"),
    ("permute", {"axes": ("L", "C", "T")}, (CTHW,), "axes-mismatch", "`axes` names L, C, T, the input has C, T, H, W"),
    ("permute", {"axes": ("H", "C", "W")}, (CHW,), "axes-mismatch", "`axes` puts the channels between others: H, C, W"),
    ("channel_shuffle", {"groups": 2}, (CHW,), "channels-last", "`channel_shuffle` needs channels first"),
    ("channel_shuffle", {"groups": 2}, (C,), "wrong-rank", "`channel_shuffle` needs a map"),
    ("channel_shuffle", {"groups": 3}, (CHW,), "groups-mismatch", "8 channels do not divide into 3 groups"),
    ("pad", {"sizes": 1}, (CHW,), "channels-last", "`pad` needs channels first"),
    ("pad", {"sizes": 1}, (C,), "wrong-rank", "`pad` needs a map"),
    ("pad", {"sizes": (1, 1)}, (CHW,), "wrong-axis-count", "`sizes` has 2 numbers, for 8x6x5 it needs 4 (before and"),
    ("pad", {"sizes": 1, "mode": "reflect", "value": 2}, (CHW,), "value-mismatch", "`value` has no meaning for"),
    ("pad", {"sizes": 5, "mode": "reflect"}, (CHW,), "padding-too-large", "`reflect` finds 4 cells at most in 8x6x5"),
    ("pad", {"sizes": 6, "mode": "circular"}, (CHW,), "padding-too-large", "`circular` finds 5 cells at most in 8x6x5"),
    ("crop", {"sizes": 1}, (C,), "wrong-rank", "`crop` needs a map"),
    ("crop", {"sizes": 1}, (CHW,), "channels-last", "`crop` needs channels first"),
    ("crop", {"sizes": (1, 1)}, (CHW,), "wrong-axis-count", "`sizes` has 2 numbers, for 8x6x5 it needs 4"),
    ("crop", {"sizes": 3}, (CHW,), "crop-too-large", "nothing is left of 8x6x5"),
    ("upsample", {"scale": 2}, (CHW,), "channels-last", "`upsample` needs channels first"),
    ("upsample", {"scale": 2}, (C,), "wrong-rank", "`upsample` needs a map"),
    ("upsample", {"scale": 2, "mode": "bicubic"}, (CL,), "wrong-rank", "`bicubic` needs a map with height and width"),
    ("upsample", {"size": (3, 3)}, (CL,), "wrong-axis-count", "`size` has 2 numbers for 1"),
    ("upsample", {}, (CHW,), "scale-or-size", "`upsample` takes either `scale` or `size`, got neither"),
    (
        "upsample",
        {"scale": 2, "align_corners": True},
        (CHW,),
        "align-corners-mismatch",
        "`align_corners` has no meaning",
    ),
)


@pytest.mark.parametrize(
    ("keyword", "settings", "inputs", "code", "message"), REFUSED, ids=lambda v: v if isinstance(v, str) else ""
)
def test_op_refuses_what_torch_refuses_and_says_why(
    keyword: str, settings: Settings, inputs: tuple[Shape, ...], code: str, message: str
) -> None:
    last = code == "channels-last" or (inputs[1:] == inputs[:1] and code.endswith("-shape-mismatch"))
    case = Case(settings, inputs, (*[False] * (len(inputs) - 1), last))
    with pytest.raises(OpError) as caught:
        inferred(BY_KEYWORD[keyword](**settings), case)
    assert caught.value.code == code
    assert caught.value.message.startswith(message)
    check_refused(caught.value, ROW[keyword], case)


def test_every_refusal_is_shown_once() -> None:
    shown = {(keyword, code) for keyword, _, _, code, _ in REFUSED}
    assert shown == {(row.keyword, code) for row in ROWS for code in (*row.refusals, *row.ours)}
