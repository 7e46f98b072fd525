"""PNG: Scene -> pixels, by way of its SVG, in our own font and no other."""

from __future__ import annotations

from ..fonts import WEIGHTS, font_file
from ..scene import Scene
from .svg import svg

POINTS = 72  # in an inch


def png(scene: Scene, dpi: int) -> bytes:
    """The bytes of a PNG file with so many pixels in an inch."""
    import resvg_py

    fonts = [str(font_file(weight)) for weight in WEIGHTS]
    text = svg(scene, embed=False)
    return bytes(
        resvg_py.svg_to_bytes(svg_string=text, skip_system_fonts=True, font_files=fonts, zoom=dpi / POINTS, dpi=POINTS)
    )
