"""`incspec build`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from ..diagnostics import CompileError, enumerated
from .app import app
from .common import (
    Json,
    Quiet,
    Settings,
    Spec,
    StyleName,
    format_named,
    load,
    print_json,
    refuse,
    say,
    stem,
    table,
    usage,
)
from .progress import busy


@app.command()
def build(
    spec: Spec,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FOLDER", help="Where to write. By default build/NAME.")
    ] = None,
    settings: Settings = None,
    figure_formats: Annotated[
        list[str] | None,
        typer.Option(
            "--figures", metavar="FORMAT", help="svg, png, pdf, tikz, dot or mermaid. Repeatable. By default svg."
        ),
    ] = None,
    style: StyleName = "own",
    verify: Annotated[
        bool, typer.Option(help="Run the module on the meta device and compare every shape and count.")
    ] = True,
    json_: Json = False,
    quiet: Quiet = False,
) -> None:
    """Check a spec and write its source, figures, report, manifest and a page to explore it in."""
    from ..build import BuildError
    from ..build import build as build_model
    from ..pictures import Look

    formats = [format_named(name) for name in figure_formats or ["svg"]]
    model = load(spec, settings, quiet=quiet, as_json=json_)
    try:
        with busy(f"building {model.name}", shown=not json_ and not quiet) as tell:
            folder = out or Path("build") / stem(spec, model)
            built = build_model(model, folder, formats=formats, look=Look(style), verify=verify, tell=tell)
    except CompileError as error:
        refuse(spec, error.diagnostics, as_json=json_)
    except (BuildError, ValueError) as error:
        usage(str(error))
    if json_:
        print_json({"folder": str(built.folder), **built.manifest})
    elif not quiet:
        print(table(model, depth=1), end="")
        figures = sum(name.startswith("figures/") for name in built.files)
        checked = "verified" if verify else "not verified"
        if built.too_large:
            are = "are" if len(built.too_large) > 1 else "is"
            larger = f"{enumerated(built.too_large)} {are} larger than the style `{built.manifest['style']}` wants"
            say(f"note: {larger}; `incspec draw {spec} --style {style}` tells by how much, and what helps")
        say(
            f"wrote {built.folder}{os.sep}: model.py ({checked}), {figures} figure{'s' if figures > 1 else ''}, report, index.html, manifest"
        )
