"""Figures that are wider than their style wants them -> what is told of them, with a change that would help.

A change is only named after it was tried.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

from .backends.figures.render import scene
from .backends.figures.scene import Scene
from .ir import TypedGraph
from .pictures import Look, figures_of, style_of
from .styles.style import Style

_MILLIMETRE = 72 / 25.4


def too_wide(network: TypedGraph, name: str, picture: Scene, look: Look) -> str:
    """What there is to say of a figure's width, in one line; nothing where it is as narrow as its style wants it."""
    if not picture.excess:
        return ""
    wide, wanted = math.ceil(picture.width / _MILLIMETRE), picture.bound / _MILLIMETRE
    found = next((words for words, other in _changes(look, style_of(network, look)) if _fits(network, name, other)), "")
    helped = f"with {found} it fits" if found else f"no option makes it fit, a style with `width: {wide} mm` lets it"
    return f"{name} is {wide} mm wide, its style wants {wanted:.0f} mm: {helped}"


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


def _fits(network: TypedGraph, name: str, look: Look) -> bool:
    style = style_of(network, look)
    plate = next((plate for plate in figures_of(network, look, style) if plate.name == name), None)
    return plate is not None and not scene(plate, style).excess
