"""From a spec's name to a module in one call, as timm's users know it: `incspec.create("inception_v4", classes=10)`."""

from __future__ import annotations

import inspect
import os
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from .arguments import named_values
from .diagnostics import CompileError, listed, nearest
from .loading import load_spec
from .reading.settings import from_dict, from_keywords

if TYPE_CHECKING:
    import torch

    from .runtime.weights import Weights


def create(
    spec: str | os.PathLike[str],
    *,
    params: Mapping[str, object] | None = None,
    features: Sequence[str] | None = None,
    head: bool = True,
    aux: bool = True,
    weights: Weights | None = None,
    map: Mapping[str, str] | None = None,
    adapt_input: bool = False,
    reorder: bool = True,
    seed: int | None = None,
    device: torch.device | str | None = None,
    dtype: torch.dtype | None = None,
    **parameters: object,
) -> torch.nn.Module:
    """Read a spec, and build its module: `create("inception_v4", classes=10, features=["stem", "reduction_a"])`.

    `spec` is what `load` takes, `parameters` are those of the file, all others the options of `Model.module`. Defaults
    of blocks', and parameters that are called like an option, stand in `params`: `params={"reduction_a.k": 256}`.

    The module takes `[N, *shape]` for each input of the spec, and returns its output: `[N, classes]` for a classifier,
    in training a named tuple where there are auxiliary heads, with `features` a dict of tensors, with `head=False` the
    last map, `[N, C, H, W]`.

    Raises:
        CompileError: the spec has mistakes, or a parameter does not fit it; it carries them all.
        TypeError: the spec has no such parameters.
        ValueError: the network has no such features, or no head.
        WeightsError: the weights are refused; nothing is loaded.
    """
    given = named_values("params", params or {}, '{"classes": 10}')
    twice = [name for name in parameters if name in given]
    if twice:
        raise TypeError(f"given twice: {listed(twice)}")
    try:
        model = load_spec(spec, (*from_keywords(parameters), *from_dict(given)))
    except CompileError as error:
        if not any(item.code == "unknown-parameter" for item in error.diagnostics):
            raise
        _refuse_unknown(spec, parameters)
        raise
    return model.module(
        features=features,
        head=head,
        aux=aux,
        weights=weights,
        map=map,
        adapt_input=adapt_input,
        reorder=reorder,
        seed=seed,
        device=device,
        dtype=dtype,
    )


def _refuse_unknown(spec: str | os.PathLike[str], parameters: Iterable[str]) -> None:
    """Say which keyword arguments are neither options nor parameters, as Python says it of any function's."""
    model = load_spec(spec, ())
    known = model.compiled.spec.params
    options = inspect.signature(create).parameters
    words = [*known, *(name for name, option in options.items() if option.kind is option.KEYWORD_ONLY)]
    unknown = []
    for name in parameters:
        if name not in known:
            best = nearest(name, words)
            unknown.append(f"`{name}`" + (f" (did you mean `{best}`?)" if best else ""))
    if unknown:
        there = f"has the parameters {listed(known)}" if known else "has no parameters"
        raise TypeError(f"no option or parameter is called {', '.join(unknown)}; {model.name} {there}")
