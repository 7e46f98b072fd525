"""`incspec draw`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from ..model import Model
from .app import app
from .common import Quiet, Settings, Spec, format_named, load, stem, usage, write_file


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
            help="svg, png, pdf or dot; html is the page to explore it in. By default that of --out, else svg.",
        ),
    ] = None,
    dpi: Annotated[int, typer.Option(min=20, max=1200, help="Resolution of a PNG.")] = 150,
    settings: Settings = None,
    quiet: Quiet = False,
) -> None:
    """Draw the network and its blocks as the papers do."""
    suffix = Path(out).suffix.lstrip(".") if out and out != "-" and not out.endswith("/") else ""
    suffix = "" if out and Path(out).is_dir() else suffix
    one = block is not None or out == "-" or bool(suffix)
    if (format_ or suffix) == "html":
        _page(load(spec, settings, quiet=quiet), spec, out, block, named=bool(suffix), quiet=quiet)
        return
    wanted = format_named(format_ or suffix or "svg")
    model = load(spec, settings, quiet=quiet)
    from ..backends.figures.render import render

    try:
        figures = [model.figure(block)] if one else list(model.figures())
    except ValueError as error:
        usage(str(error))
    drawn = [render(figure, wanted, dpi=dpi) for figure in figures]
    if out == "-":
        sys.stdout.buffer.write(drawn[0])
        return
    folder = Path(out) if out else Path(stem(spec, model))
    for figure, data in zip(figures, drawn, strict=True):
        named = (
            folder
            if suffix
            else Path(out or ".") / f"{figure.name}.{wanted}"
            if one
            else folder / f"{figure.name}.{wanted}"
        )
        write_file(named, data)
        if not quiet:
            print(named)


def _page(model: Model, spec: str, out: str | None, block: str | None, *, named: bool, quiet: bool) -> None:
    """Write the page of a network, which shows its blocks as well."""
    if block is not None:
        usage(f"the page shows the whole network: leave out `--block`, and open it at `#{block}`")
    data = model.page()
    if out == "-":
        sys.stdout.buffer.write(data)
        return
    path = Path(out) if out and named else Path(out or stem(spec, model)) / "index.html"
    write_file(path, data)
    if not quiet:
        print(path)
