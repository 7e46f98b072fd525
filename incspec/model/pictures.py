"""The pictures of a checked network: figures, charts, and the page to explore it in."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from .facts import Facts

if TYPE_CHECKING:
    from ..backends.figures.formats import Format
    from ..backends.figures.plates import Plate
    from ..backends.figures.scene import Scene
    from ..page.rules import Json as PageJson
    from ..pictures import Look
    from ..styles.style import Style


class Pictures(Facts):
    """A network that can be drawn; what draws is imported where a picture is asked for."""

    def figures(self, look: Look | None = None) -> tuple[Plate, ...]:
        """The figure of the whole network, then one for each block.

        Raises:
            ValueError: `look` has words that mean nothing.
        """
        from ..pictures import Look, figures_of, style_of

        look = look or Look()
        return figures_of(self.network, look, style_of(self.network, look))

    def figure(self, block: str | None = None, look: Look | None = None) -> Plate:
        """The figure of a block, or of the whole network.

        Raises:
            ValueError: the network has no such block, or `look` has words that mean nothing.
        """
        from ..pictures import Look, figure_of, style_of

        look = look or Look()
        return figure_of(self.network, block, look, style_of(self.network, look))

    def draw(
        self,
        block: str | None = None,
        *,
        format: Format = "svg",
        dpi: int = 150,
        style: str | Path | Style = "own",
        direction: str | None = None,
        show: Sequence[str] | None = None,
        color: str | None = None,
        depth: int | None = None,
        expand: Sequence[str] = (),
        edges: Sequence[str] | None = None,
    ) -> bytes:
        """A figure of a block, or of the whole network, as SVG, PNG, PDF, TikZ, DOT or Mermaid.

        `style` is that of the network's own paper, a shipped one's name (`slide`), or a file. Over it, `direction` is
        where data flow to (`up`, `right`), `show` what boxes say besides (`shape`, `parameters`, `macs`, `field`: the
        receptive one), `edges` what arrows say (`shape`, `field`), `color` what colours tell (`type`, `parameters`,
        `macs`, `none`). Blocks are opened in place to a `depth` (2 opens the network's own, 0 all), and those that are
        named in `expand`.

        Raises:
            ValueError: the network has no such block, or there is no such format, style or word.
            CompileError: the style's file has mistakes.
        """
        from ..backends.figures.render import render
        from ..pictures import Look, figure_of, style_of

        look = Look(style, direction, show, color, depth, expand, edges)
        found = style_of(self.network, look)
        return render(figure_of(self.network, block, look, found), format, style=found, dpi=dpi)

    def chart(
        self,
        kind: str,
        *,
        width: float = 180.0,
        format: Format = "svg",
        dpi: int = 150,
        style: str | Path | Style = "plain",
    ) -> bytes:
        """A chart of the whole network: `cost`, `sizes` or `receptive-field`, `width` millimetres wide.

        Its paper and ink are those of a `style`.

        Raises:
            ValueError: there is no such kind, format or style, or nothing to show.
            CompileError: the style's file has mistakes.
        """
        from ..backends.figures.render import render

        return render(self.chart_scene(kind, width=width, style=style), format, dpi=dpi)

    def chart_scene(self, kind: str, *, width: float = 180.0, style: str | Path | Style = "plain") -> Scene:
        """A chart as `chart` gives it, before it is a file."""
        from ..backends.charts.kinds import chart
        from ..backends.charts.sheet import Tone
        from ..pictures import Look, style_of
        from ..sizes.along import along

        colors = style_of(self.network, Look(style)).colors
        tone = Tone(colors.background, colors.ink)
        return chart(kind, self.report(), lambda: along(self.network), width=width, tone=tone)

    def page(self, *, events: str = "") -> bytes:
        """The page to explore the network in: one HTML file that needs no network and nothing beside it.

        With `events`, it follows the server-sent events from this address, each a document to show in its place.
        """
        from ..page.html import page

        return page(self.page_document(), events=events)

    def page_document(self) -> dict[str, PageJson]:
        """What the page shows, as JSON values."""
        from ..page.document import Document

        return Document(self.compiled, self.diagnostics).whole(self.printed)

    def _repr_mimebundle_(
        self, include: Collection[str] | None = None, exclude: Collection[str] = ()
    ) -> dict[str, str]:
        """What a notebook shows: the figure with the table, the figure, or a line of text."""
        from ..backends.html import to_html

        figure = cache(lambda: self.draw().decode())
        makers: dict[str, Callable[[], str]] = {
            "text/plain": lambda: repr(self),
            "image/svg+xml": figure,
            "text/html": lambda: to_html(self.report(), figure()),
        }
        wanted = makers.keys() if include is None else makers.keys() & set(include)
        return {kind: makers[kind]() for kind in makers if kind in wanted and kind not in (exclude or ())}
