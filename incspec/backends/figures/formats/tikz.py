"""TikZ: Scene -> a `tikzpicture` for `\\input` in a document, or the whole of a document; plain TikZ, no libraries.

The text has the document's own font, without serifs; what is wider in it than in ours is made as narrow.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..scene import Group, Item, Paint, Path, Rect, Scene, Text, leaves

_SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': "''",
    "×": r"\ensuremath{\times}",
    "−": r"\ensuremath{-}",
    "–": "--",
    "—": "---",
    "…": r"\ldots{}",
    "·": r"\textperiodcentered{}",
    "→": r"\ensuremath{\rightarrow}",
    "≤": r"\ensuremath{\le}",
    "≥": r"\ensuremath{\ge}",
    "²": r"\ensuremath{^2}",
}
_FOREIGN = "\u0180"  # the first letter that LaTeX knows only with more packages
_ANCHORS = {"start": "base west", "middle": "base", "end": "base east"}
# A text no wider than it was measured.
_TEXT = (
    r"\providecommand\incspectext[2]{\begingroup\setbox0\hbox{#2}"
    r"\ifdim\wd0>#1\resizebox{#1}{\height}{\box0}\else\box0\fi\endgroup}"
)


def tikz(scene: Scene) -> str:
    """A document of this picture alone; what stands between its marks is for other documents."""
    colors = sorted({color for item in leaves(scene.items) for color in _colors(item)} | {scene.background} - {""})
    lines = [
        f"% {_comment(scene.title)}",
        f"% {_comment(scene.description)}",
        r"\RequirePackage{fix-cm}",
        r"\documentclass{article}",
        r"\usepackage{textcomp,graphicx,tikz}",
        rf"\usepackage[paperwidth={_number(scene.width)}bp,paperheight={_number(scene.height)}bp,margin=0bp]{{geometry}}",
        r"\pagestyle{empty}\parindent0bp\topskip0bp",
        r"\begin{document}\offinterlineskip",
        r"% --- from here on for another document, which needs \usepackage{graphicx,tikz}",
        _TEXT,
        *(rf"\definecolor{{incspec{color[1:].lower()}}}{{HTML}}{{{color[1:].upper()}}}" for color in colors),
        r"\begin{tikzpicture}[x=1bp,y=-1bp,every node/.style={inner sep=0bp,outer sep=0bp},font=\sffamily]",
        rf"\useasboundingbox (0,0) rectangle ({_number(scene.width)},{_number(scene.height)});",
    ]
    if scene.background:
        lines += _rect(Rect(0, 0, scene.width, scene.height, Paint(scene.background)))
    for item in scene.items:
        lines += _item(item)
    return "\n".join((*lines, r"\end{tikzpicture}%", "% --- up to here", r"\end{document}", ""))


def _item(item: Item) -> Iterator[str]:
    if isinstance(item, Group):
        yield f"% {item.role}: {_comment(item.label)}"
        for inner in item.items:
            yield from _item(inner)
    elif isinstance(item, Rect):
        yield from _rect(item)
    elif isinstance(item, Path):
        yield from _path(item)
    else:
        size = f"{_number(item.size)}bp"
        look = rf"\fontsize{{{size}}}{{{size}}}\selectfont" + (r"\bfseries" if item.weight != "regular" else "")
        yield (
            f"\\node[anchor={_ANCHORS[item.anchor]},text={_color(item.color)}] at ({_number(item.x)},{_number(item.y)})"
            f" {{\\incspectext{{{_number(item.width)}bp}}{{{look} {_escaped(item.text)}}}}};"
        )


def _rect(item: Rect) -> Iterator[str]:
    rounded = f",rounded corners={_number(item.radius)}bp" if item.radius else ""
    x, y, right, low = map(_number, (item.x, item.y, item.x + item.width, item.y + item.height))
    yield f"\\path[{_paint(item.paint)}{rounded}] ({x},{y}) rectangle ({right},{low});"


def _path(item: Path) -> Iterator[str]:
    said = [f"({_number(item.x)},{_number(item.y)})"]
    for step in item.steps:
        end = f"({_number(step.x)},{_number(step.y)})"
        if step.controls is None:
            said.append(f"-- {end}")
        else:
            a, b, c, d = map(_number, step.controls)
            said.append(f".. controls ({a},{b}) and ({c},{d}) .. {end}")
    yield f"\\path[{_paint(item.paint)}] {' '.join(said)}{' -- cycle' if item.closed else ''};"


def _paint(paint: Paint) -> str:
    said = [f"fill={_color(paint.fill)}"] if paint.fill else []
    if paint.stroke:
        said += [f"draw={_color(paint.stroke)}", f"line width={_number(paint.width)}bp"]
        on = "".join(f"{'off' if place % 2 else 'on'} {_number(length)}bp " for place, length in enumerate(paint.dash))
        said += [f"dash pattern={on.strip()}"] if on else []
    return ",".join(said)


def _colors(item: Rect | Text | Path) -> Iterator[str]:
    found = (item.color,) if isinstance(item, Text) else (item.paint.fill, item.paint.stroke)
    yield from filter(None, found)


def _color(color: str) -> str:
    return f"incspec{color[1:].lower()}"


def _escaped(text: str) -> str:
    return "".join(_SPECIAL.get(letter, letter if letter < _FOREIGN else "?") for letter in text)


def _comment(text: str) -> str:
    return " ".join(text.split())


def _number(value: float) -> str:
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
