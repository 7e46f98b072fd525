"""`incspec list`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from ..diagnostics import did_you_mean
from .app import app
from .common import Json, usage
from .progress import tracked
from .terminal import terminal_width

if TYPE_CHECKING:
    from ..catalogue import Entry


@app.command("list")
def list_specs(
    format_: Annotated[
        str, typer.Option("--format", "-f", metavar="FORMAT", help="table, json, csv or markdown.")
    ] = "table",
    json_: Json = False,
) -> None:
    """List the shipped specs with their parameters and multiply-adds."""
    from ..catalogue import entry, render_list, shipped_names, to_csv, to_json, to_markdown

    writers: dict[str, Callable[[Sequence[Entry]], str]] = {
        "table": lambda entries: render_list(entries, width=terminal_width()),
        "json": to_json,
        "csv": to_csv,
        "markdown": to_markdown,
    }
    wanted = "json" if json_ else format_
    if wanted not in writers:
        usage(f"there is no format `{wanted}`: {did_you_mean(wanted, writers)}")
    names = shipped_names()
    entries = tracked(map(entry, names), len(names), "reading the shipped specs", shown=wanted == "table")
    print(writers[wanted](list(entries)), end="")
