"""The gallery: all figures of the shipped specs, each in the style of its own paper, and an index that shows them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from .backends.figures.plates import Plate
from .backends.figures.render import render, scene
from .loading import load
from .pictures import Look, figures_of, style_of
from .reading.files import shipped_specs

INDEX = "README.md"
_TALLEST = 480  # pixels of a figure in the index
_HEAD = """# Figures

All figures of the shipped specs, each in the style of its own paper. `incspec gallery {folder}` makes them, and a test
keeps them current.
"""


@dataclass(frozen=True, slots=True)
class Exhibit:
    """The figures of one spec, and its files by their paths from the gallery's folder."""

    spec: str
    title: str
    plates: tuple[Plate, ...]
    heights: tuple[float, ...]
    files: Mapping[str, bytes]


def exhibit_names() -> tuple[str, ...]:
    """The specs that are shown: not those that are wrong on purpose."""
    return tuple(name for name in shipped_specs() if not name.endswith("_posted"))


def exhibit(spec: str) -> Exhibit:
    """The figures of a shipped spec."""
    model, look = load(spec), Look()
    style = style_of(model.network, look)
    plates = figures_of(model.network, look, style)
    pictures = [scene(plate, style) for plate in plates]
    files = {f"{spec}/{plate.name}.svg": render(made, "svg") for plate, made in zip(plates, pictures, strict=True)}
    return Exhibit(spec, model.name, plates, tuple(made.height for made in pictures), files)


def index(exhibits: Sequence[Exhibit], folder: str = "diagrams") -> str:
    """The page that shows all figures, in Markdown."""
    return "\n".join((_HEAD.format(folder=folder), *(line for each in exhibits for line in _section(each))))


def _section(each: Exhibit) -> Iterator[str]:
    yield f"## {each.title}\n"
    yield f"`{each.spec}`\n"
    for plate, height in zip(each.plates, each.heights, strict=True):
        shown = min(_TALLEST, round(height))
        path = f"{each.spec}/{plate.name}.svg"
        yield f'<a href="{path}"><img src="{path}" height="{shown}" alt="{escape(plate.caption)}"></a>'
    yield ""
    yield from (f"- [{plate.name}]({each.spec}/{plate.name}.svg): {plate.caption}" for plate in each.plates)
    yield ""
