"""What rich draws -> lines for a terminal of a given width, or for one that has no more than ASCII.

rich is imported when something is drawn: most commands draw nothing.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.table import Table

# What is drawn where there is no more than ASCII, each by one character, so that columns stay where they are.
_PLAIN = str.maketrans(
    {
        **dict.fromkeys("├└", "+"),
        "│": "|",
        "─": "-",
        **dict.fromkeys("░▏▎▍", "."),
        **dict.fromkeys("▌▋▊▉█", "#"),
        "…": "~",
    }
)


def drawn(parts: Iterable[RenderableType], *, width: int, color: bool = False, ascii_only: bool = False) -> str:
    """Parts one below the other, no line of them wider than `width` columns."""
    text = io.StringIO()
    console = console_of(width, color=color, file=text)
    for part in parts:
        console.print(part)
    lines = "\n".join(line.rstrip() for line in text.getvalue().splitlines()) + "\n"
    return plain(lines) if ascii_only else lines


def plain(text: str) -> str:
    """Lines, bars and marks in ASCII; what else is written stays."""
    return text.translate(_PLAIN)


def ruled_table() -> Table:
    """A table without columns yet, with a rule below its head."""
    from rich import box
    from rich.table import Table

    return Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")


def console_of(width: int, *, color: bool = False, file: TextIO | None = None) -> Console:
    """A console that takes text as it is, and asks no environment for its width and colours."""
    from rich.console import Console

    return Console(
        file=file or io.StringIO(),
        width=width,
        force_terminal=color,
        no_color=not color,
        color_system="standard" if color else None,
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
    )
