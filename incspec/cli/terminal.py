"""What the terminal is like: how wide, whether it has colours, and what it can show."""

from __future__ import annotations

import os
import shutil
from typing import TextIO


def can_draw(stream: TextIO) -> bool:
    """Whether a stream takes lines and blocks, and not letters alone."""
    try:
        "├█".encode(stream.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def terminal_width() -> int:
    """The number of columns, 80 where there is no terminal."""
    return shutil.get_terminal_size((80, 24)).columns


def wants_color(terminal: bool) -> bool:
    """Whether to print in colour: to a terminal that can, unless `NO_COLOR` is set."""
    return terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
