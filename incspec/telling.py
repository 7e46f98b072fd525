"""What work that takes long says of how far it is, to whoever listens: a line of a terminal, say."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

# What is being done, and how many of how many parts are done; 0 of 0 where nobody knows.
Tell: TypeAlias = Callable[[str, int, int], None]


def nobody(doing: str, done: int, total: int) -> None:
    """Nobody listens."""
