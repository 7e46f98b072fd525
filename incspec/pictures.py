"""What a caller wants figures to look like: names and words -> `Style`, and the figures that go with it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from .backends.figures.detail import Opening
from .backends.figures.manners import MANNERS, own_manner
from .backends.figures.plates import Plate, plates
from .diagnostics import did_you_mean
from .ir import TypedGraph
from .styles.read import find_style
from .styles.style import Coloring, Direction, Fact, Style

OWN = "own"


@dataclass(frozen=True, slots=True)
class Look:
    """A style, and what else is asked for; None is as the style has it.

    `style` is the name of a shipped one, a file, or `own`: that of the network's paper. Blocks are opened in place within
    `depth` (1 opens none, 0 all) and where they are named in `expand`.
    """

    style: str | Path | Style = OWN
    direction: str | None = None
    show: Sequence[str] | None = None
    color: str | None = None
    depth: int | None = None
    expand: Sequence[str] = ()


def style_of(network: TypedGraph, look: Look) -> Style:
    """The style of a network's figures.

    Raises:
        ValueError: a word means nothing.
        CompileError: the style's file has mistakes.
    """
    style = look.style
    if not isinstance(style, Style):
        style = find_style(own_manner(network.graph.arxiv) if style == OWN else str(style))
    changes: dict[str, object] = {}
    if look.direction is not None:
        changes["direction"] = _known("direction", look.direction, get_args(Direction))
    if look.show is not None:
        facts = [fact for fact in look.show if fact != "none"]
        changes["show"] = tuple(_known("fact to show", fact, get_args(Fact)) for fact in facts)
    if look.color is not None:
        color = _known("colouring", look.color, get_args(Coloring))
        changes |= {"color": color, "legend": color != "none"}
    return style.model_copy(update=changes)


def figures_of(network: TypedGraph, look: Look, style: Style) -> tuple[Plate, ...]:
    """All figures of a network, in the words that the style asks for.

    Raises:
        ValueError: there are no such blocks.
    """
    manner = MANNERS[own_manner(network.graph.arxiv) if style.words == OWN else style.words]
    return plates(network, manner, Opening(look.depth, frozenset(look.expand)))


def _known(what: str, word: str, words: Collection[str]) -> str:
    if word not in words:
        raise ValueError(f"there is no {what} `{word}`: {did_you_mean(word, words)}")
    return word
