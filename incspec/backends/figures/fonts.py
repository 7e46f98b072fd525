"""The font of the figures: Source Sans Pro from its package, on any machine, whatever is installed there.

`text_width` measures with it, `subset` gives the part of it that a figure carries with it, `font_file` all of it.
"""

from __future__ import annotations

import io
import string
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Literal, TypeAlias

FONT = "Source Sans Pro"
# For a reader whose program takes no font out of a figure: fonts whose letters are about as wide.
FALLBACKS = ("Source Sans 3", "Helvetica Neue", "Arial", "sans-serif")
Weight: TypeAlias = Literal["regular", "semibold"]
WEIGHTS: Mapping[Weight, int] = {"regular": 400, "semibold": 600}

_PACKAGE = "font_source_sans_pro"
_FILES: Mapping[Weight, str] = {"regular": "SourceSansPro-Regular", "semibold": "SourceSansPro-Semibold"}
# One subset serves nearly all figures, so that it is made once in a run.
_USUAL = frozenset(string.ascii_letters + string.digits + string.punctuation + " ×−–…·→≤≥²")


@dataclass(frozen=True, slots=True)
class Metrics:
    """A font's measures in parts of its size: how far letters reach, and the advance of each."""

    ascent: float
    descent: float
    cap_height: float
    advances: Mapping[str, float]


def font_file(weight: Weight = "regular", kind: Literal["otf", "ttf"] = "ttf") -> Path:
    """Where the font's file lies."""
    return Path(str(files(_PACKAGE) / "files" / f"{_FILES[weight]}.{kind}"))


@cache
def metrics(weight: Weight = "regular") -> Metrics:
    """The measures of a font."""
    from fontTools.ttLib import TTFont

    with TTFont(font_file(weight), lazy=True) as font:
        unit = font["head"].unitsPerEm
        widths = font["hmtx"].metrics
        advances = {chr(code): widths[glyph][0] / unit for code, glyph in font.getBestCmap().items()}
        return Metrics(
            font["hhea"].ascent / unit, -font["hhea"].descent / unit, font["OS/2"].sCapHeight / unit, advances
        )


@lru_cache(maxsize=4096)
def _ems(text: str, weight: Weight) -> float:
    advances = metrics(weight).advances
    return sum(advances.get(letter, _foreign(letter)) for letter in text)


def _foreign(letter: str) -> float:
    """About the width of a letter that the font lacks, which another one will show."""
    if unicodedata.combining(letter):
        return 0.0
    return 1.0 if unicodedata.east_asian_width(letter) in "WF" else 0.62


def text_width(text: str, size: float, weight: Weight = "regular") -> float:
    """The width of a line in points, `size` points high."""
    return _ems(text, weight) * size


def subset(text: str, weight: Weight = "regular") -> bytes:
    """An OpenType font with the letters of a text, and those that most texts have."""
    known = metrics(weight).advances
    return _subset("".join(sorted(_USUAL | {letter for letter in text if letter in known})), weight)


@lru_cache(maxsize=8)
def _subset(letters: str, weight: Weight) -> bytes:
    from fontTools import subset as tool
    from fontTools.ttLib import TTFont

    options = tool.Options(
        layout_features=[], name_IDs=[], hinting=False, glyph_names=False, notdef_outline=True, recalc_timestamp=False
    )
    made = io.BytesIO()
    with TTFont(font_file(weight, "otf"), lazy=True, recalcTimestamp=False) as font:
        for table in ("GPOS", "GSUB", "GDEF", "BASE", "DSIG"):  # reading them takes longer than all the rest
            if table in font:
                del font[table]
        subsetter = tool.Subsetter(options)
        subsetter.populate(text=letters)
        subsetter.subset(font)
        font.save(made, reorderTables=None)
    return made.getvalue()
