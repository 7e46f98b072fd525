"""Figures that are wider or longer than their style wants them -> what is told of them, with a change that would help.

A change is only named after it was tried.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Set
from dataclasses import replace

from .backends.figures.render import scene
from .backends.figures.scene import Bound, Scene
from .ir import TypedGraph
from .pictures import Look, figures_of, style_of
from .styles.style import Style

_MILLIMETRE = 72 / 25.4
_WORDS = {"width": "wide", "length": "long"}


def too_large(network: TypedGraph, look: Look, figures: Mapping[str, Scene]) -> Iterator[str]:
    """What there is to say of the figures of a network, a line for each that is larger than its style wants it."""
    exceeding = {name: picture for name, picture in figures.items() if picture.excess}
    if not exceeding:
        return
    style, helped = style_of(network, look), dict[str, str]()
    for words, other in _changes(look, style):
        if exceeding.keys() == helped.keys():
            break
        helped |= dict.fromkeys(_fitting(network, other, exceeding.keys() - helped.keys()), f"with {words} it fits")
    for name, picture in exceeding.items():
        over = [bound for bound in picture.bounds if bound.excess]
        sizes = " and ".join(f"{_whole(bound)} mm {_WORDS[bound.key]}" for bound in over)
        wanted = " and ".join(f"{bound.most / _MILLIMETRE:.0f} mm" for bound in over)
        found = helped.get(name) or f"no option makes it fit{_larger(network, name, look, style, over)}"
        yield f"{name} is {sizes}, its style wants {wanted}: {found}"


def _whole(bound: Bound) -> int:
    return math.ceil(bound.size / _MILLIMETRE)


def _changes(look: Look, style: Style) -> Iterator[tuple[str, Look]]:
    """What may be asked for otherwise, the least change first."""
    closed = replace(look, depth=1, expand=())
    if style.show:
        yield "`--show none`", replace(look, show=("none",))
    if style.edges:
        yield "`--edges none`", replace(look, edges=("none",))
    if look != closed:
        yield "`--depth 1`", closed
    turned = "right" if style.upright else "up"
    yield f"`--direction {turned}`", replace(look, direction=turned)
    if style.show:
        yield "`--show none --depth 1`", replace(closed, show=("none",))


def _larger(network: TypedGraph, name: str, look: Look, style: Style, over: list[Bound]) -> str:
    """The bounds that let a figure be as large as it is; what is broken into lines may be so much broader as well."""
    sizes: dict[str, int] = {bound.key: _whole(bound) for bound in over}
    if style.breadth and "length" in sizes:
        share = sizes["length"] * _MILLIMETRE / style.length
        sizes["breadth"] = math.ceil(share * style.breadth / _MILLIMETRE)
    larger = style.model_copy(update={key: size * _MILLIMETRE for key, size in sizes.items()})
    if name not in _fitting(network, replace(look, style=larger), {name}):
        return ""
    return f", a style with {' and '.join(f'`{key}: {size} mm`' for key, size in sizes.items())} lets it"


def _fitting(network: TypedGraph, look: Look, names: Set[str]) -> set[str]:
    """Those of the figures of these names that are not too large when they are drawn so."""
    style = style_of(network, look)
    plates = [plate for plate in figures_of(network, look, style) if plate.name in names]
    return {plate.name for plate in plates if not scene(plate, style).excess}
