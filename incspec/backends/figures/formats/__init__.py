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
from .pdf import pdf
from .png import png
from .svg import svg

DPI = 150


@dataclass(frozen=True, slots=True)
class SceneFormat:
    """A format for every picture; `dpi` is the resolution of pixels."""

    suffix: str
    write: Callable[[Scene, int], bytes]


@dataclass(frozen=True, slots=True)
class GraphFormat:
    """A format for boxes and arrows."""

    suffix: str
    write: Callable[[Plate, Style], bytes]


Format: TypeAlias = str
FORMATS: Mapping[Format, SceneFormat | GraphFormat] = {
    "svg": SceneFormat("svg", lambda scene, dpi: svg(scene).encode()),
    "png": SceneFormat("png", png),
    "pdf": SceneFormat("pdf", lambda scene, dpi: pdf(scene)),
    "dot": GraphFormat("dot", lambda plate, style: dot(plate.drawing, style, plate.title, plate.prefix).encode()),
}
