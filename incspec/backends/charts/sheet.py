"""A sheet of paper of a given width and tone: what charts are drawn on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ..figures.fonts import Weight, metrics, text_width
from ..figures.scene import Group, Item, Paint, Path, Rect, Scene, Step, Text

MM = 72 / 25.4  # points
NARROW, WIDE = 84.0, 180.0  # millimetres: a journal's column, and its page
_NARROW_TYPE, _TYPE = 6.5, 7.5

# They differ in lightness too, so that they can be told apart in grey.
_COLORS = {
    "call": "#33628c",
    "conv": "#33628c",
    "linear": "#8c6a33",
    "pool": "#a04a42",
    "input": "#8a8a8a",
}


@dataclass(frozen=True, slots=True)
class Tone:
    """The colours of paper and ink, as `#rrggbb`; `none` is the paper that is there, taken to be white."""

    background: str = "#ffffff"
    ink: str = "#000000"


LIGHT = Tone()


@dataclass(frozen=True, slots=True)
class Sheet:
    """Sizes of type, colours, and shapes in them; lengths are in points."""

    width: float
    tone: Tone

    @classmethod
    def of(cls, millimetres: float, tone: Tone) -> Sheet:
        """A sheet so wide."""
        return cls(millimetres * MM, tone)

    @property
    def type(self) -> float:
        """The size of type: what can be read in print at this width."""
        return _TYPE if self.width >= 110 * MM else _NARROW_TYPE

    @property
    def row(self) -> float:
        """The distance between lines of text."""
        return round(1.3 * self.type, 2)

    @property
    def margin(self) -> float:
        """The empty border."""
        return 3.0

    @property
    def ink(self) -> str:
        """The colour of text and axes."""
        return self.tone.ink

    @property
    def paper(self) -> str:
        """The colour of the paper."""
        return "#ffffff" if self.tone.background == "none" else self.tone.background

    @property
    def faint(self) -> str:
        """The colour of lines to read by."""
        return self.mixed(self.ink, 0.16)

    @property
    def grey(self) -> str:
        """The colour of what is said beside."""
        return self.mixed(self.ink, 0.68)

    def color(self, family: str) -> str:
        """The colour of a kind of thing: on dark paper a lighter one."""
        color = _COLORS.get(family, _COLORS["call"])
        return _between(color, "#ffffff", 0.55) if sum(_channels(self.paper)) < 3 * 100 else color

    def mixed(self, color: str, share: float) -> str:
        """A colour on the sheet's own, `share` of it."""
        return _between(color, self.paper, share)

    def text(
        self,
        x: float,
        y: float,
        text: str,
        anchor: Literal["start", "middle", "end"] = "start",
        *,
        color: str = "",
        weight: Weight = "regular",
    ) -> Text:
        """A line of text whose middle is at a height."""
        baseline = y + metrics().cap_height * self.type / 2
        return Text(x, baseline, text, self.type, color or self.ink, anchor, weight)

    def text_width(self, text: str, weight: Weight = "regular") -> float:
        """The room that a line of text takes."""
        return text_width(text, self.type, weight)

    def fitting(self, text: str, room: float) -> str:
        """As much of a text as there is room for."""
        if self.text_width(text) <= room:
            return text
        while text and self.text_width(f"{text}…") > room:
            text = text[:-1]
        return f"{text.rstrip()}…"

    def line(self, x1: float, y1: float, x2: float, y2: float, *, color: str = "", width: float = 0.5) -> Path:
        """A straight line."""
        return Path(x1, y1, (Step(x2, y2),), Paint("", color or self.ink, width))

    def dashed(self, x1: float, y1: float, x2: float, y2: float, *, color: str = "", width: float = 0.8) -> Path:
        """A dashed line."""
        return Path(x1, y1, (Step(x2, y2),), Paint("", color or self.ink, width, (3.0, 2.0)))

    def polygon(self, *points: tuple[float, float], fill: str, stroke: str = "", width: float = 0.4) -> Path:
        """A closed shape through points."""
        (x, y), *others = points
        return Path(x, y, tuple(Step(*point) for point in others), Paint(fill, stroke, width), closed=True)

    def bar(self, x: float, y: float, width: float, height: float, fill: str, stroke: str = "") -> Rect:
        """A filled rectangle."""
        return Rect(x, y, width, height, Paint(fill, stroke, 0.5 if stroke else 0.0))

    def scene(self, title: str, description: str, height: float, items: list[Item]) -> Scene:
        """The picture of all that was drawn."""
        return Scene(
            title,
            description,
            self.width,
            height,
            tuple(items),
            "" if self.tone.background == "none" else self.tone.background,
        )


def part(id: str, label: str, *items: Item) -> Group:
    """Shapes that are one thing, as it is told aloud."""
    return Group("part", id, label, items)


def _between(color: str, other: str, share: float) -> str:
    """`share` of a colour, the rest of another."""
    pairs = zip(_channels(color), _channels(other), strict=True)
    return "#" + "".join(f"{round(share * a + (1 - share) * b):02x}" for a, b in pairs)


def _channels(color: str) -> tuple[int, int, int]:
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)
