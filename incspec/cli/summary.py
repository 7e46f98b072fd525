"""`incspec summary`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from ..diagnostics import did_you_mean
from .app import app
from .common import Json, Settings, Spec, load, table, usage

if TYPE_CHECKING:
    from ..model import Model


@app.command()
def summary(
    spec: Spec,
    depth: Annotated[
        int, typer.Option("--depth", "-d", min=0, help="How far to open blocks; 0 opens all.", show_default=True)
    ] = 1,
    format_: Annotated[
        str, typer.Option("--format", "-f", metavar="FORMAT", help="table, json, csv or markdown.")
    ] = "table",
    settings: Settings = None,
    json_: Json = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No notes or warnings.")] = False,
) -> None:
    """Show shapes, parameters, multiply-adds and memory of each block."""
    from ..backends.formats import json_text, to_csv, to_markdown

    writers: dict[str, Callable[[Model], str]] = {
        "table": lambda model: table(model, depth or None),
        "json": lambda model: json_text(model.report()),
        "csv": lambda model: to_csv(model.report()),
        "markdown": lambda model: to_markdown(model.report()),
    }
    wanted = "json" if json_ else format_
    if wanted not in writers:
        usage(f"there is no format `{wanted}`: {did_you_mean(wanted, writers)}")
    print(writers[wanted](load(spec, settings, quiet=quiet, as_json=json_)), end="")
