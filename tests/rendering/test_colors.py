"""Colours: those in use stand out from the background of every usual terminal, be it light or dark, and say nothing alone."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

import incspec
from incspec.backends.table import render_table
from incspec.diagnostics import Diagnostics
from incspec.reference import op_reference
from incspec.reference.formats import render_op, render_overview
from incspec.rendering.text import render_text
from incspec.source import SourceFile, Span

# What terminals show, out of the box, as the colours 31 to 36 (red, green, yellow, blue, magenta, cyan), and behind them.
PALETTES = {
    "xterm": ("cd0000 00cd00 cdcd00 0000ee cd00cd 00cdcd", "000000 ffffff"),
    "VS Code, dark": ("cd3131 0dbc79 e5e510 2472c8 bc3fbc 11a8cd", "1e1e1e"),
    "VS Code, light": ("cd3131 107c10 949800 0451a5 bc05bc 0598bc", "ffffff"),
    "GNOME": ("c01c28 26a269 a2734c 12488b a347ba 2aa1b3", "171421 ffffff"),
    "Solarized": ("dc322f 859900 b58900 268bd2 d33682 2aa198", "002b36 fdf6e3"),
    "iTerm2": ("c91b00 00c200 c7c400 0225c7 ca30c7 00c5c7", "000000 ffffff"),
}
ENOUGH = 2.95  # WCAG asks 3:1 of what is no text; GNOME's red has 2.98


def luminance(color: str) -> float:
    parts = [int(color[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(a: str, b: str) -> float:
    """That of WCAG, from 1 to 21."""
    dark, light = sorted((luminance(a), luminance(b)))
    return (light + 0.05) / (dark + 0.05)


def least_contrast(code: int) -> float:
    return min(
        contrast(colors.split()[code - 31], background)
        for colors, backgrounds in PALETTES.values()
        for background in backgrounds.split()
    )


def said() -> Iterator[str]:
    """Everything that may have colours."""
    sink, at = Diagnostics(), Span(SourceFile("a.yaml", "network: [cnov, relu]\n"), 10, 14)
    for severity in ("error", "warning", "note"):
        sink.error("unknown-op", "wrong", at, severity=severity, help="help", notes=["note"], secondary=[])
    yield render_text(sink.sorted(), color=True)
    for name in ("inception_v4", "googlenet"):
        yield render_table(incspec.load(name).report(), depth=2, color=True)
    yield render_overview(op_reference(), color=True)
    yield render_op(op_reference()[0], color=True)


CODES = {int(code) for text in said() for codes in re.findall(r"\x1b\[([\d;]+)m", text) for code in codes.split(";")}


def test_there_are_colors_and_no_backgrounds_and_nothing_that_only_some_terminals_show() -> None:
    assert {code for code in CODES if code > 30} <= set(range(31, 37))
    assert {31, 35} <= CODES
    assert {code for code in CODES if code < 30} <= {0, 1, 2, 22}


@pytest.mark.parametrize("code", sorted(code for code in CODES if 30 < code < 37))
def test_a_color_stands_out_on_light_and_on_dark(code: int) -> None:
    assert least_contrast(code) >= ENOUGH


def test_the_others_would_not() -> None:
    assert [code for code in range(31, 37) if least_contrast(code) >= ENOUGH] == [31, 35]
