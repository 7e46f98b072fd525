"""What a caller wants figures to look like: names and words -> `Style`, and the figures that go with it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from .backends.figures.detail import Opening
from .backends.figures.manners import MANNERS, own_manner
from .backends.figures.plates import Plate, plates
from .diagnostics import did_you_mean
from .ir import TypedGraph
from .styles.read import find_style
from .styles.style import Coloring, Direction, EdgeFact, Fact, Style

if TYPE_CHECKING:
    from .backends.figures.drawing import Box
    from .backends.figures.work import Work
    from .sizes.field import Lost, OneField, Seen
    from .sizes.walk import Walked

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
    edges: Sequence[str] | None = None


def style_name(network: TypedGraph, look: Look) -> str | None:
    """What a network's style is called: a shipped one, or the file that it is in; None for one that was made in Python."""
    if isinstance(look.style, Style):
        return None
    return own_manner(network.graph.arxiv) if look.style == OWN else Path(look.style).name


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
    if look.edges is not None:
        facts = [fact for fact in look.edges if fact != "none"]
        changes["edges"] = tuple(_known("fact for arrows", fact, get_args(EdgeFact)) for fact in facts)
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
    made = plates(network, manner, Opening(look.depth, frozenset(look.expand)))
    return _with_fields(made, network) if "field" in (*style.show, *style.edges) else made


def figure_of(network: TypedGraph, block: str | None, look: Look, style: Style) -> Plate:
    """The figure of a block, or of the whole network, in the words that the style asks for.

    Raises:
        ValueError: there are no such blocks.
    """
    figures = figures_of(network, look, style)
    if block is None:
        return figures[0]
    found = next((figure for figure in figures if figure.name == block), None)
    if found is None:
        hint = did_you_mean(block, [figure.name for figure in figures])
        raise ValueError(f"{network.graph.title} has no figure of a block `{block}`" + (f": {hint}" if hint else ""))
    return found


def _with_fields(made: Sequence[Plate], network: TypedGraph) -> tuple[Plate, ...]:
    """The figures with the receptive fields of what comes out of boxes, where these are the same in all uses of a block."""
    from .sizes.field import fields

    seen: dict[str, list[Walked[Seen, Lost]]] = {}
    _collect(network, fields(network), seen)

    def box(each: Box, block: str) -> Box:
        texts = set() if each.work is None else {_told(each.work, walked) for walked in seen.get(block, ())} - {""}
        return replace(each, sees=texts.pop()) if len(texts) == 1 else each

    return tuple(
        replace(
            plate, drawing=replace(plate.drawing, boxes=tuple(box(each, plate.block) for each in plate.drawing.boxes))
        )
        for plate in made
    )


def _collect(typed: TypedGraph, walked: Walked[Seen, Lost], seen: dict[str, list[Walked[Seen, Lost]]]) -> None:
    """What is known of the tensors of each block, in every use with other inputs; of the network under no name."""
    known = seen.setdefault(typed.graph.block, [])
    if not any(walked is other for other in known):
        known.append(walked)
        for name, inner in walked.calls.items():
            _collect(typed.calls[name], inner, seen)


def _told(work: Work, walked: Walked[Seen, Lost]) -> str:
    """How far what comes out of a box sees, in words; nothing where it sees all along one axis and a part along another.

    Of several inputs it is told where it is the same for all.
    """
    from .sizes.field import by_input

    for name in work.calls:
        if name not in walked.calls:
            return ""
        walked = walked.calls[name]
    found = walked.tensors[work.values[0]].fields if work.values[0] in walked.tensors else ()
    texts = {_field(several) for several in by_input(found).values()}
    return texts.pop() if len(texts) == 1 else ""


def _field(several: Sequence[OneField]) -> str:
    from .sizes.field import Everything, Field

    if all(isinstance(field, Everything) for field in several):
        return "field all"
    known = [field for field in several if isinstance(field, Field)]
    if len(known) < len(several):
        return ""
    sizes, strides = [f"{field.size:,}" for field in known], [f"{float(field.jump):g}" for field in known]
    return f"field {_each(sizes)}, stride {_each(strides)}"


def _each(texts: Sequence[str]) -> str:
    """One for all axes, or `39x15`."""
    return texts[0] if len(set(texts)) == 1 else "x".join(texts)


def _known(what: str, word: str, words: Collection[str]) -> str:
    if word not in words:
        raise ValueError(f"there is no {what} `{word}`: {did_you_mean(word, words)}")
    return word
