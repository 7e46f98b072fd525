"""`incspec draw`."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..diagnostics import CompileError
from .app import app
from .common import (
    SPEC_ERRORS,
    Quiet,
    Settings,
    Spec,
    StyleName,
    format_named,
    load,
    say,
    stem,
    usage,
    write_file,
)
from .common import show as show_all
from .progress import busy

if TYPE_CHECKING:
    from ..backends.figures.plates import Plate
    from ..backends.figures.scene import Scene
    from ..model import Model
    from ..pictures import Look


@app.command()
def draw(
    spec: Spec,
    out: Annotated[
        str | None,
        typer.Option(
            "--out", "-o", metavar="PATH", help="A file for one figure, a folder for all, or `-`. By default NAME/."
        ),
    ] = None,
    block: Annotated[str | None, typer.Option("--block", "-b", help="Draw this block only.")] = None,
    format_: Annotated[
        str | None,
        typer.Option(
            "--format",
            "-f",
            metavar="FORMAT",
            help="svg, png, pdf, tikz, dot or mermaid; html is the page to explore it in. By default that of --out, else svg.",
        ),
    ] = None,
    dpi: Annotated[int, typer.Option(min=20, max=1200, help="Resolution of a PNG.")] = 150,
    style: StyleName = "own",
    direction: Annotated[
        str | None, typer.Option("--direction", metavar="WAY", help="Where data flow to: up, down, right or left.")
    ] = None,
    depth: Annotated[
        int | None,
        typer.Option(
            "--depth", "-d", min=0, help="Open blocks in place: 2 opens the network's own, 0 all.", show_default=False
        ),
    ] = None,
    whole: Annotated[bool, typer.Option("--whole", help="Open all blocks: `--depth 0`.")] = False,
    expand: Annotated[
        list[str] | None,
        typer.Option("--expand", metavar="BLOCK", help="Open this block in place wherever it stands. Repeatable."),
    ] = None,
    show: Annotated[
        str | None,
        typer.Option(
            "--show",
            metavar="FACTS",
            help="What boxes say besides: shape, parameters, macs, field (receptive), or several (`shape,macs`).",
        ),
    ] = None,
    edges: Annotated[
        str | None,
        typer.Option(
            "--edges", metavar="FACTS", help="What arrows say: shape, of the tensor; field (receptive); or both."
        ),
    ] = None,
    color: Annotated[
        str | None,
        typer.Option("--color", metavar="BY", help="What colours tell: type, parameters, macs (a heat map), or none."),
    ] = None,
    kind: Annotated[
        str | None,
        typer.Option(
            "--kind", "-k", metavar="KIND", help="Draw a chart of the network: cost, sizes or receptive-field."
        ),
    ] = None,
    width: Annotated[float, typer.Option(min=80, max=400, help="Width of a chart, in millimetres.")] = 180.0,
    settings: Settings = None,
    quiet: Quiet = False,
) -> None:
    """Draw the network and its blocks as the papers do, or what they cost and how sizes change as a chart."""
    if kind is not None:
        options = {"block": block, "direction": direction, "depth": depth, "whole": whole or None, "expand": expand}
        _no_chart(options | {"show": show, "edges": edges, "color": color})
    if whole and depth:
        usage("`--whole` is `--depth 0`: leave out one of the two")
    suffix = Path(out).suffix.lstrip(".") if out and out != "-" and not out.endswith("/") else ""
    suffix = "" if out and Path(out).is_dir() else suffix
    one = block is not None or kind is not None or out == "-" or bool(suffix)
    if (format_ or suffix) == "html":
        if kind is not None:
            usage("the page shows the network: leave out `--kind`")
        _page(load(spec, settings, quiet=quiet), spec, out, block, named=bool(suffix), quiet=quiet)
        return
    wanted = format_named(format_ or suffix or "svg", "html")
    model = load(spec, settings, quiet=quiet)
    from ..backends.figures.formats import FORMATS
    from ..backends.figures.render import render_all
    from ..pictures import Look, figure_of, figures_of, style_of

    opened = 0 if whole else depth
    look = Look(style, direction, _words(show), color, opened, tuple(expand or ()), _words(edges))
    try:
        with busy(f"laying out {model.name}", shown=not quiet) as tell:
            drawn_in = style_of(model.network, look)
            figures: dict[str, Plate | Scene]
            if kind is not None:
                figures = {kind: model.chart_scene(kind, width=width, style=style)}
            else:
                network = model.network
                plates = [figure_of(network, block, look, drawn_in)] if one else [*figures_of(network, look, drawn_in)]
                figures = {plate.name: plate for plate in plates}
            drawn: dict[str, bytes] = {}
            scenes: dict[str, Scene] = {}
            for index, (name, figure) in enumerate(figures.items()):
                tell(f"drawing {name}", index, len(figures))
                files, laid = render_all(figure, [wanted], style=drawn_in, dpi=dpi)
                drawn[name] = files[wanted]
                scenes |= {name: laid} if laid is not None else {}
    except CompileError as error:
        show_all(error.diagnostics)
        raise typer.Exit(SPEC_ERRORS) from None
    except ValueError as error:
        usage(str(error))
    if not quiet:
        _tell_sizes(model, look, scenes)
    if out == "-":
        sys.stdout.buffer.write(next(iter(drawn.values())))
        return
    folder = Path(out) if out else Path(stem(spec, model))
    ending = FORMATS[wanted].suffix
    for name, data in drawn.items():
        named = folder if suffix else Path(out or ".") / f"{name}.{ending}" if one else folder / f"{name}.{ending}"
        write_file(named, data)
        if not quiet:
            print(named)


def _tell_sizes(model: Model, look: Look, scenes: Mapping[str, Scene]) -> None:
    """Say which figures are larger than their style wants them."""
    if any(scene.excess for scene in scenes.values()):
        from ..narrowing import too_large

        for told in too_large(model.network, look, scenes):
            say(f"note: {told}")


def _words(said: str | None) -> list[str] | None:
    return None if said is None else said.replace(",", " ").split()


def _no_chart(options: Mapping[str, object]) -> None:
    """Refuse, beside `--kind`, what is for figures alone."""
    given = next((name for name, value in options.items() if value is not None), None)
    if given is not None:
        usage(
            f"`--{given}` is for figures, and a chart is of the whole network: leave out one of `--{given}`, `--kind`"
        )


def _page(model: Model, spec: str, out: str | None, block: str | None, *, named: bool, quiet: bool) -> None:
    """Write the page of a network, which shows its blocks as well."""
    if block is not None:
        usage(f"the page shows the whole network: leave out `--block`, and open it at `#{block}`")
    with busy(f"making the page of {model.name}", shown=not quiet):
        data = model.page()
    if out == "-":
        sys.stdout.buffer.write(data)
        return
    path = Path(out) if out and named else Path(out or stem(spec, model)) / "index.html"
    write_file(path, data)
    if not quiet:
        print(path)
