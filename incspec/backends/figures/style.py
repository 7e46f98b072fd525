"""How figures look: `Style`, all of it data. The shipped ones are files in `styles/`, and a user's own is one like them."""

from __future__ import annotations

from typing import Literal, TypeAlias

from pydantic import BaseModel, ConfigDict

Direction: TypeAlias = Literal["up", "down", "right", "left"]
Fact: TypeAlias = Literal["shape", "parameters", "macs", "field"]


class Style(BaseModel):
    """Lengths are in points."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    direction: Direction = "up"
    # Type.
    size: float = 12.0
    sizes: float = 12.0
    # Boxes.
    padding: tuple[float, float] = (9.0, 5.0)
    radius: float = 0.0
    # Distances: between rows, between neighbours in a row, and round what stands in a frame.
    rows: float = 23.0
    columns: float = 14.0
    frame: float = 9.0
    margin: float = 6.0
    # Lines.
    line: float = 0.8
    arrow: float = 6.0
    # Colours.
    background: str = "#ffffff"
    ink: str = "#000000"
    fill: str = "#ffffff"
    colors: dict[str, str] = {}

    @property
    def upright(self) -> bool:
        """Whether data flow up or down, so that branches stand side by side."""
        return self.direction in ("up", "down")


PLAIN = Style()
