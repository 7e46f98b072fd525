"""The fields of each op, drawn for the tensor that arrives: mostly such as fit it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .draws import ACTIVATIONS, Site
from .plain import Data

Drawn = Callable[[Site], Data]


def _window(site: Site) -> Data:
    """Kernel, stride, padding and dilation of a conv or pool."""
    most = min(5, site.size) if not site.draws.chance(site.wild) else 7
    if site.keep:
        fields = {"kernel": site.axes(1, most + 1 - most % 2, odd=True)}
        return fields | site.some(10, pad=lambda: "same", stride=lambda: 1)
    fields = {"kernel": site.axes(1, most, odd=site.draws.chance(60))}
    fields |= site.some(40, stride=lambda: site.axes(1, 3))
    return fields | site.some(50, pad=lambda: site.draws.pick(("valid", "same", site.axes(0, 2))))


def conv(site: Site) -> Data:
    """`conv`."""
    fields = _window(site) if site.draws.chance(85) else {}
    fields |= site.some(15, dilation=lambda: site.axes(1, 3))
    width = site.x.channels
    if site.draws.chance(20):
        divisors = [n for n in range(1, width + 1) if width % n == 0]
        groups = site.draws.pick(divisors) if not site.draws.chance(site.wild) else site.draws.number(1, 5)
        fields["groups"] = site.draws.pick([groups, "in"])
        fields["out"] = site.draws.pick([width, 2 * width, "in", "2*in"])
    else:
        fields["out"] = site.whole(1, 8)
    return fields | site.layer()


def conv_transpose(site: Site) -> Data:
    """`conv_transpose`."""
    fields = conv(site)
    if not site.keep and site.draws.chance(30):
        fields |= {"pad": site.draws.pick((0, 1, "valid")), "output_padding": site.axes(0, 2)}
    return fields


def linear(site: Site) -> Data:
    """`linear`."""
    return {"out": site.whole(1, 8), **site.layer()}


def max_pool(site: Site) -> Data:
    """`max_pool`."""
    more = site.some(10, dilation=lambda: site.axes(1, 2))
    return _window(site) | site.some(25, ceil_mode=lambda: site.flag(usual=True)) | more


def avg_pool(site: Site) -> Data:
    """`avg_pool`."""
    flags = site.some(25, ceil_mode=lambda: site.flag(usual=True), count_include_pad=lambda: site.flag(usual=False))
    return _window(site) | flags


def adaptive(site: Site) -> Data:
    """`adaptive_avg_pool`, `adaptive_max_pool`."""
    return {"size": site.axes(1, 6)}


def global_pool(site: Site) -> Data:
    """`global_avg_pool`, `global_max_pool`."""
    return site.some(60, keep=lambda: site.flag(usual=True))


def batch_norm(site: Site) -> Data:
    """`batch_norm`."""
    fields = site.some(15, eps=lambda: site.real("1e-3", "1e-5"), momentum=lambda: site.real("0.1", "0.01", "1"))
    fields |= site.some(20, affine=lambda: site.flag(usual=True))
    return fields | site.some(max(site.wild // 3, 3), init=site.init)


def layer_norm(site: Site) -> Data:
    """`layer_norm`."""
    fields = site.some(20, eps=lambda: site.real("1e-3", "1e-6"), affine=lambda: site.flag(usual=True))
    return fields | site.some(max(site.wild // 3, 3), init=lambda: {"weight": {"normal": {"std": "0.5"}}, "bias": "1"})


def lrn(site: Site) -> Data:
    """`lrn`."""
    return site.some(40, size=lambda: site.whole(1, 6), alpha=site.real, beta=site.real, k=lambda: site.real("1", "2"))


def normalize(site: Site) -> Data:
    """`normalize`."""
    count = site.x.channels if not site.draws.chance(site.wild // 2) else site.draws.number(1, 4)

    def numbers() -> Any:
        return [site.real() for _ in range(count)] if site.draws.chance(70) else site.real()

    return {"mean": numbers(), "std": numbers()}


def split(site: Site) -> Data:
    """`split`."""
    return {"sizes": slices(site, site.draws.number(2, 3))}


def slices(site: Site, count: int) -> Any:
    """So many slices of the channels."""
    width = site.x.channels
    if width % count == 0 and site.draws.chance(40):
        return count
    if width <= count or site.draws.chance(site.wild):
        return [site.whole(1, 3) for _ in range(count)]
    sizes: list[Any] = [site.draws.number(1, max(1, (width - 1) // count)) for _ in range(count - 1)]
    rest = width - sum(sizes)
    sizes.insert(site.draws.number(0, count - 1), "rest" if site.draws.chance(50) else rest)
    return sizes


def reshape(site: Site) -> Data:
    """`reshape`."""
    count = site.x.tensor[0].numel()
    if site.draws.chance(site.wild):
        return {"shape": [site.whole(1, 4) for _ in range(site.draws.number(1, 5))]}
    first = site.draws.pick([n for n in range(1, count + 1) if count % n == 0])
    rest = count // first
    second = site.draws.pick([n for n in range(1, rest + 1) if rest % n == 0])
    return {"shape": site.draws.pick(([first, rest], [first, second, rest // second], [count], count))}


def permute(site: Site) -> Data:
    """`permute`."""
    letters = list(site.x.letters)
    others = [axis for axis in letters if axis != "C"]
    if site.draws.chance(site.wild):
        return {"axes": [site.draws.pick((*letters, "C", "L")) for _ in letters]}
    if site.draws.chance(15):
        others.reverse()
    return {"axes": ["C", *others] if site.x.last or site.draws.chance(10) else [*others, "C"]}


def channel_shuffle(site: Site) -> Data:
    """`channel_shuffle`."""
    width = site.x.channels
    divisors = [n for n in range(1, width + 1) if width % n == 0]
    return {"groups": site.whole(1, 5) if site.draws.chance(site.wild) else site.draws.pick(divisors)}


def margins(site: Site, most: int) -> Any:
    """Cells of each side."""
    rank = max(site.x.rank, 1) if not site.draws.chance(site.wild // 3) else site.draws.number(1, 3)
    return site.whole(0, most) if site.draws.chance(40) else [site.whole(0, most) for _ in range(2 * rank)]


def pad(site: Site) -> Data:
    """`pad`."""
    fields = {"sizes": margins(site, 2 if not site.draws.chance(site.wild) else 9)}
    if site.draws.chance(50):
        fields["mode"] = site.draws.pick(("constant", "reflect", "replicate", "circular"))
    if fields.get("mode", "constant") == "constant" or site.draws.chance(site.wild // 2):
        fields |= site.some(30, value=lambda: site.real("0", "1.5"))
    return fields


def crop(site: Site) -> Data:
    """`crop`."""
    return {"sizes": margins(site, max(0, (site.size - 1) // 2) if not site.draws.chance(site.wild) else 4)}


def upsample(site: Site) -> Data:
    """`upsample`."""
    fields: Data = {"scale": site.axes(1, 2)} if site.draws.chance(50) else {"size": site.axes(1, 8)}
    mode = site.draws.pick(("nearest", "nearest_exact", "linear", "bicubic"))
    if site.draws.chance(60):
        fields["mode"] = mode
    if (mode in ("linear", "bicubic") and "mode" in fields) or site.draws.chance(site.wild // 2):
        fields |= site.some(50, align_corners=lambda: site.flag(usual=True))
    return fields


FIELDS: dict[str, Drawn] = {
    "conv": conv,
    "relu": lambda site: {},
    "max_pool": max_pool,
    "avg_pool": avg_pool,
    "linear": linear,
    "batch_norm": batch_norm,
    "layer_norm": layer_norm,
    "conv_transpose": conv_transpose,
    "lrn": lrn,
    "normalize": normalize,
    "leaky_relu": lambda site: site.some(50, slope=site.real),
    "elu": lambda site: site.some(50, alpha=site.real),
    "gelu": lambda site: site.some(50, approximate=lambda: site.draws.pick(("none", "tanh"))),
    **{op: lambda site: {} for op in ACTIVATIONS if op not in ("relu", "leaky_relu", "elu", "gelu")},
    "adaptive_avg_pool": adaptive,
    "adaptive_max_pool": adaptive,
    "global_avg_pool": global_pool,
    "global_max_pool": global_pool,
    "split": split,
    "scale": lambda site: {"factor": site.real("0.5", "-1", "2", "0")},
    "layer_scale": lambda site: {"value": site.real("0.5", "-1", "1e-6")},
    "dropout": lambda site: site.some(50, p=site.real_p, channels=lambda: site.flag(usual=bool(site.x.rank))),
    "drop_path": lambda site: {"p": site.real_p()},
    "flatten": lambda site: {},
    "reshape": reshape,
    "permute": permute,
    "channel_shuffle": channel_shuffle,
    "pad": pad,
    "crop": crop,
    "upsample": upsample,
    "identity": lambda site: {},
}

# How often each op is drawn, by what arrives: features, a map, a map with channels last; and those that keep the size.
_ANYWHERE = {**dict.fromkeys(ACTIVATIONS, 1), "scale": 2, "layer_scale": 2, "dropout": 3, "drop_path": 2, "identity": 2}
_ANYWHERE |= {"layer_norm": 3}
_KEEPING = {"conv": 20, "conv_transpose": 4, "max_pool": 5, "avg_pool": 5, "batch_norm": 4, "lrn": 2, "normalize": 2}
_KEEPING |= {"channel_shuffle": 3}
_RESIZING = {"adaptive_avg_pool": 3, "adaptive_max_pool": 3, "pad": 5, "crop": 4, "upsample": 6, "max_pool": 5}
_RESIZING |= {"avg_pool": 5, "conv": 15, "conv_transpose": 6, "permute": 5, "split": 3, "global_avg_pool": 2}
_RESIZING |= {"global_max_pool": 2, "flatten": 1, "reshape": 2}
WEIGHTS: dict[str, dict[str, int]] = {
    "features": {**_ANYWHERE, "linear": 15, "batch_norm": 3, "normalize": 1, "reshape": 6, "split": 3, "flatten": 1},
    "last": {**_ANYWHERE, "linear": 15, "permute": 15, "split": 2, "flatten": 1, "global_avg_pool": 2}
    | {"global_max_pool": 2},
    "map": {**_ANYWHERE, **_KEEPING, **{op: n + _KEEPING.get(op, 0) for op, n in _RESIZING.items()}},
    "keep": {**_ANYWHERE, **_KEEPING},
}
