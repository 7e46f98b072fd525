"""SVG: Scene -> a drawing whose text is text, in a font that it carries with it, with a name for everything in it.

It refers to nothing outside and runs nothing. The same scene gives the same bytes.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from html import escape

from ..fonts import FALLBACKS, FONT, WEIGHTS, Weight, subset
from ..scene import Group, Item, Paint, Path, Rect, Scene, Text, leaves

# How programs that read aloud are told what a group is.
_SPOKEN = {"box": "layer", "edge": "connection", "frame": "frame", "legend": "legend", "part": "part"}
_ANCHORS = {"start": "", "middle": ' text-anchor="middle"', "end": ' text-anchor="end"'}


def svg(scene: Scene, *, embed: bool = True, pixels: tuple[int, int] | None = None) -> str:
    """The text of an SVG file, as large as the scene or of so many pixels.

    Without `embed` it names its font and does not carry it.
    """
    width, height = _number(scene.width), _number(scene.height)
    size = (f"{width}pt", f"{height}pt") if pixels is None else pixels
    families = ", ".join(f"'{family}'" if " " in family else family for family in (FONT, *FALLBACKS))
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{size[0]}" height="{size[1]}" viewBox="0 0 {width} {height}"'
        f' role="graphics-document document"'
        f' font-family="{families}" font-kerning="none">',
        f"<title>{escape(scene.title)}</title>",
        f"<desc>{escape(scene.description)}</desc>",
    ]
    if embed:
        lines.append(f"<style>{''.join(_faces(scene))}</style>")
    if scene.background:
        lines.append(f'<rect width="100%" height="100%" fill="{scene.background}"/>')
    for item in scene.items:
        lines += _item(item)
    return "\n".join((*lines, "</svg>", ""))


def _faces(scene: Scene) -> Iterator[str]:
    texts: dict[Weight, list[str]] = {}
    for item in leaves(scene.items):
        if isinstance(item, Text):
            texts.setdefault(item.weight, []).append(item.text)
    for weight in sorted(texts):
        data = base64.b64encode(subset("".join(texts[weight]), weight)).decode()
        yield (
            f"@font-face{{font-family:'{FONT}';font-weight:{WEIGHTS[weight]};"
            f"src:url(data:font/otf;base64,{data}) format('opentype')}}"
        )


def _item(item: Item) -> Iterator[str]:
    if isinstance(item, Group):
        spoken = f'role="graphics-symbol" aria-roledescription="{_SPOKEN[item.role]}"'
        yield (f'<g class="{item.role}" data-name="{escape(item.id)}" {spoken} aria-label="{escape(item.label)}">')
        for inner in item.items:
            yield from _item(inner)
        yield "</g>"
    elif isinstance(item, Rect):
        radius = f' rx="{_number(item.radius)}"' if item.radius else ""
        place = f'x="{_number(item.x)}" y="{_number(item.y)}"'
        yield f'<rect {place} width="{_number(item.width)}" height="{_number(item.height)}"{radius}{_paint(item.paint)}/>'
    elif isinstance(item, Path):
        yield f'<path d="{path_data(item)}"{_paint(item.paint)}/>'
    else:
        weight = f' font-weight="{WEIGHTS[item.weight]}"' if item.weight != "regular" else ""
        yield (
            f'<text x="{_number(item.x)}" y="{_number(item.y)}" font-size="{_number(item.size)}"{weight}'
            f'{_ANCHORS[item.anchor]} fill="{item.color}" textLength="{_number(item.width)}"'
            f' lengthAdjust="spacingAndGlyphs">{escape(item.text, quote=False)}</text>'
        )


def path_data(path: Path) -> str:
    """A path in SVG's letters."""
    said = [f"M{_number(path.x)} {_number(path.y)}"]
    for step in path.steps:
        end = f"{_number(step.x)} {_number(step.y)}"
        said.append(f"C{' '.join(map(_number, step.controls))} {end}" if step.controls else f"L{end}")
    return "".join((*said, "Z" if path.closed else ""))


def _paint(paint: Paint) -> str:
    said = f' fill="{paint.fill or "none"}"'
    if paint.stroke:
        said += f' stroke="{paint.stroke}" stroke-width="{_number(paint.width)}"'
        if paint.dash:
            said += f' stroke-dasharray="{" ".join(map(_number, paint.dash))}"'
    return said


def _number(value: float) -> str:
    """Hundredths of a point are finer than any printer."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
