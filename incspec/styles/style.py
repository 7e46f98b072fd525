"""How figures look: `Style`, all of it data. Lengths are in points, of which an inch has 72."""

from __future__ import annotations

import re
from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

Direction: TypeAlias = Literal["up", "down", "right", "left"]
Fact: TypeAlias = Literal["shape", "parameters", "macs", "field"]
EdgeFact: TypeAlias = Literal["shape", "field"]
Coloring: TypeAlias = Literal["type", "parameters", "macs", "none"]
Wrap: TypeAlias = Literal["none", "brackets", "words"]
Words: TypeAlias = Literal["own", "plain", "paper-2014", "paper-2015", "paper-2016"]
_Color: TypeAlias = Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$")]
_UNITS = {"pt": 1.0, "mm": 72 / 25.4, "cm": 720 / 25.4, "in": 72.0}


def _length(value: object) -> object:
    """`84 mm` in points."""
    found = re.fullmatch(r"([0-9.]+) *(pt|mm|cm|in)", value) if isinstance(value, str) else None
    return float(found[1]) * _UNITS[found[2]] if found else value


_Length: TypeAlias = Annotated[float, BeforeValidator(_length), Field(ge=0, le=20_000, allow_inf_nan=False)]
_Size: TypeAlias = Annotated[float, BeforeValidator(_length), Field(ge=1, le=200, allow_inf_nan=False)]


class Colors(BaseModel):
    """Colours as `#rrggbb`. Those of types are the fill of boxes, where a style colours by type."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    background: Literal["none"] | _Color = Field(
        default="#ffffff", description="behind everything; `none` is what is there"
    )
    ink: _Color = Field(default="#000000", description="text")
    line: _Color = Field(default="#000000", description="borders and arrows")
    box: _Color = Field(default="#ffffff", description="a box of no other colour")
    conv: _Color = Field(default="#c9dcf3", description="convolutions")
    linear: _Color = Field(default="#d5cdee", description="fully connected layers")
    pool: _Color = Field(default="#f6cfca", description="pooling")
    merge: _Color = Field(default="#cfe8cd", description="concatenations, sums and products")
    norm: _Color = Field(default="#d3ece9", description="normalisation")
    act: _Color = Field(default="#fbe3c0", description="activations")
    softmax: _Color = Field(default="#fbf0b4", description="softmax")
    dropout: _Color = Field(default="#e4e4e4", description="dropout")
    shape: _Color = Field(default="#efefef", description="what changes the form alone")
    call: _Color = Field(default="#dfe6ee", description="blocks")
    input: _Color = Field(default="#ffffff", description="inputs")
    output: _Color = Field(default="#ffffff", description="outputs")
    cool: _Color = Field(default="#fff5e6", description="the cheapest box, where colours tell costs")
    hot: _Color = Field(default="#d7472f", description="the dearest")


class Style(BaseModel):
    """How a figure looks."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    words: Words = Field(
        default="own", description="whose words the boxes have: those of the network's own paper, or another's"
    )
    direction: Direction = Field(default="up", description="where data flow to")
    show: tuple[Fact, ...] = Field(default=(), description="what is printed in boxes under their names")
    edges: tuple[EdgeFact, ...] = Field(
        default=(), description="what is printed on arrows; a shape that stands there does not stand beside boxes"
    )
    color: Coloring = Field(default="none", description="what colours tell: the type of a layer, its cost, or nothing")
    legend: bool = Field(default=False, description="whether a legend says what colours mean")
    font: _Size = Field(default=12.0, description="size of type")
    small: _Size = Field(default=12.0, description="size of type beside and at the bottom of boxes, and of legends")
    weight: Literal["regular", "semibold"] = Field(default="regular", description="weight of what is in boxes")
    wrap: Wrap = Field(
        default="none",
        description="whether labels have two lines: what stands in brackets the second, or half the words",
    )
    width: _Length = Field(
        default=0.0,
        description="how wide a figure may be: labels get a second line and type shrinks until it is, to `least`; "
        "0 is no bound",
    )
    length: _Length = Field(
        default=0.0,
        description="how long a figure may be: labels get a second line and type shrinks until it is, to `least`; what is "
        "longer goes on in a line beside it, where one tensor alone leads on; 0 is no bound",
    )
    breadth: _Length = Field(
        default=0.0,
        description="how broad a figure in lines may be: more lines are longer ones, in the proportion of `length` to it; "
        "0 is no bound",
    )
    least: _Size = Field(
        default=6.0,
        description="the smallest size of type that `width` and `length` may lead to, and of what boxes say besides their "
        "names",
    )
    padding: tuple[_Length, _Length] = Field(
        default=(9.0, 5.0), description="from text to the sides, and to top and bottom"
    )
    rounding: _Length = Field(default=0.0, description="radius of the corners of boxes")
    rows: _Size = Field(default=23.0, description="from row to row")
    columns: _Size = Field(default=14.0, description="between neighbours in a row")
    frames: _Length = Field(default=9.0, description="from what stands in a frame to the frame")
    margin: _Length = Field(default=6.0, description="round the whole figure")
    line: _Length = Field(default=0.8, description="width of lines")
    arrow: _Length = Field(default=6.0, description="length of arrowheads")
    colors: Colors = Field(default=Colors(), description="colours by what they are for")

    @property
    def upright(self) -> bool:
        """Whether data flow up or down, so that branches stand side by side."""
        return self.direction in ("up", "down")

    def scaled(self, font: float) -> Style:
        """The same with type of another size, none of it smaller than `least`, and all distances in proportion."""
        share = font / self.font
        lengths = {name: share * getattr(self, name) for name in _LENGTHS}
        lengths["small"] = max(lengths["small"], min(self.small, self.least))
        return self.model_copy(
            update={"font": font, "padding": (share * self.padding[0], share * self.padding[1]), **lengths}
        )


_LENGTHS = ("small", "rounding", "rows", "columns", "frames", "arrow")
PLAIN = Style()
