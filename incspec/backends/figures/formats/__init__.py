"""The formats of figures: each in a file of its own, and a line in `FORMATS`.

Most write any picture, a `Scene`; `dot` and `mermaid`, which are laid out by others, write what a figure shows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from ....styles.style import Style
from ..plates import Plate
from ..scene import Scene
from .dot import dot
from .mermaid import mermaid
from .pdf import pdf
from .png import png
from .svg import svg
from .tikz import tikz

DPI = 150


@dataclass(frozen=True, slots=True)
class SceneFormat:
    """A format for every picture, and what its files end in; a number of pixels to an inch goes with it."""

    suffix: str
    write: Callable[[Scene, int], bytes]


@dataclass(frozen=True, slots=True)
class GraphFormat:
    """A format for boxes and arrows, and what its files end in."""

    suffix: str
    write: Callable[[Plate, Style], bytes]


Format: TypeAlias = str
FORMATS: Mapping[Format, SceneFormat | GraphFormat] = {
    "svg": SceneFormat("svg", lambda scene, dpi: svg(scene).encode()),
    "png": SceneFormat("png", png),
    "pdf": SceneFormat("pdf", lambda scene, dpi: pdf(scene)),
    "tikz": SceneFormat("tex", lambda scene, dpi: tikz(scene).encode()),
    "dot": GraphFormat("dot", lambda plate, style: dot(plate.drawing, style, plate.title, plate.prefix).encode()),
    "mermaid": GraphFormat(
        "mmd", lambda plate, style: mermaid(plate.drawing, style, plate.title, plate.prefix).encode()
    ),
}
