"""`incspec sizes`."""

from __future__ import annotations

from typing import Annotated

import typer

from .app import app
from .common import SPEC_ERRORS, Json, Settings, Spec, load, print_json, say
from .progress import busy
from .terminal import terminal_width


@app.command()
def sizes(
    spec: Spec,
    depth: Annotated[
        int, typer.Option("--depth", "-d", min=0, help="How far to open blocks; 0 opens all.", show_default=True)
    ] = 1,
    settings: Settings = None,
    json_: Json = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No notes or warnings.")] = False,
) -> None:
    """Show which input sizes the network takes, what bounds them, and receptive fields."""
    from ..sizes.data import to_json
    from ..sizes.function import SizesUnknownError
    from ..sizes.text import render_sizes

    model = load(spec, settings, quiet=quiet, as_json=json_)
    try:
        with busy(f"looking at the sizes of {model.name}", shown=not json_ and not quiet):
            report = model.sizes(depth=depth or None)
    except SizesUnknownError as error:
        say(f"incspec: the sizes of {model.name} cannot be told: {error}")
        raise typer.Exit(SPEC_ERRORS) from None
    if json_:
        print_json(to_json(report))
    else:
        print(render_sizes(report, terminal_width()), end="")
