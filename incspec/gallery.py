"""The gallery: all figures of the shipped specs, each in the style of its own paper, and an index that shows them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from .backends.charts.kinds import KINDS
from .backends.figures.render import render, scene
from .loading import load
from .model import Model
from .pictures import Look, figures_of, style_of
from .reading.files import shipped_specs
from .styles.read import style_names

INDEX = "README.md"
_SAMPLE = ("inception_v4", "inception_a")  # what styles are shown by
CHARTED = ("googlenet", "inception_v4")  # the networks that have charts as well
_TALLEST = 480  # pixels of a figure in the index
_HEAD = """# Figures

All figures of the shipped specs, each in the style of its own paper, and the charts of two networks. `incspec gallery
{folder}` makes them, and a test keeps them current.
"""


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture: its name, what it says, how high it is in points, and its file's bytes."""

    name: str
    caption: str
    height: float
    data: bytes


@dataclass(frozen=True, slots=True)
class Exhibit:
    """The pictures of one spec."""

    spec: str
    title: str
    pictures: tuple[Picture, ...]

    @property
    def files(self) -> Mapping[str, bytes]:
        """The files by their paths from the gallery's folder."""
        return {self.path(picture): picture.data for picture in self.pictures}

    def path(self, picture: Picture) -> str:
        """Where a picture lies, from the gallery's folder."""
        return f"{self.spec}/{picture.name}.svg"


def exhibit_names() -> tuple[str, ...]:
    """The specs that are shown: not those that are wrong on purpose."""
    return tuple(name for name in shipped_specs() if not name.endswith("_posted"))


def exhibit(spec: str) -> Exhibit:
    """The figures of a shipped spec, and the charts of some."""
    model = load(spec)
    return Exhibit(spec, model.name, (*_figures(model), *(_charts(model) if spec in CHARTED else ())))


def exhibit_of_styles() -> Exhibit:
    """One figure in every shipped style."""
    spec, block = _SAMPLE
    network = load(spec).network
    pictures = []
    for name in style_names():
        look = Look(name)
        style = style_of(network, look)
        plate = next(plate for plate in figures_of(network, look, style) if plate.name == block)
        made = scene(plate, style)
        pictures.append(Picture(name, f"{plate.title} with `--style {name}`", made.height, render(made, "svg")))
    return Exhibit("styles", "Styles", tuple(pictures))


def _figures(model: Model) -> Iterator[Picture]:
    look = Look()
    style = style_of(model.network, look)
    for plate in figures_of(model.network, look, style):
        made = scene(plate, style)
        yield Picture(plate.name, plate.caption, made.height, render(made, "svg"))


def _charts(model: Model) -> Iterator[Picture]:
    for kind in KINDS:
        made = model.chart_scene(kind)
        yield Picture(f"chart-{kind}", made.title, made.height, render(made, "svg"))


def index(exhibits: Sequence[Exhibit], folder: str = "diagrams") -> str:
    """The page that shows all figures, in Markdown."""
    return "\n".join((_HEAD.format(folder=folder), *(line for each in exhibits for line in _section(each))))


def _section(each: Exhibit) -> Iterator[str]:
    yield f"## {each.title}\n"
    yield f"`{each.spec}`\n"
    for picture in each.pictures:
        path, shown = each.path(picture), min(_TALLEST, round(picture.height))
        yield f'<a href="{path}"><img src="{path}" height="{shown}" alt="{escape(picture.caption)}"></a>'
    yield ""
    yield from (f"- [{picture.name}]({each.path(picture)}): {picture.caption}" for picture in each.pictures)
    yield ""
