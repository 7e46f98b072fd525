"""PNG: Scene -> pixels, by way of its SVG, in our own font and no other."""

from __future__ import annotations

import math
from dataclasses import replace

from ..fonts import WEIGHTS, font_file
from ..scene import Scene
from .svg import svg

POINTS = 72  # in an inch
_MOST = 2**28  # pixels, each of which takes 4 bytes while they are drawn


def png(scene: Scene, dpi: int) -> bytes:
    """The bytes of a PNG file with so many pixels in an inch.

    Raises:
        ValueError: it would be too large.
    """
    import resvg_py

    # A whole number of pixels, so that the last row and column are full ones.
    width, height = (math.ceil(round(length * dpi / POINTS, 3)) for length in (scene.width, scene.height))
    if width * height > _MOST:
        raise ValueError(f"{scene.title} would be {width}x{height} pixels at {dpi} to the inch: take a smaller `dpi`")
    whole = replace(scene, width=width * POINTS / dpi, height=height * POINTS / dpi)
    fonts = [str(font_file(weight)) for weight in WEIGHTS]
    text = svg(whole, embed=False, pixels=(width, height))
    return bytes(resvg_py.svg_to_bytes(svg_string=text, skip_system_fonts=True, font_files=fonts))
