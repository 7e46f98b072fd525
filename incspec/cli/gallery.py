"""`incspec gallery`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .app import app
from .common import Quiet, write_file
from .progress import tracked


@app.command()
def gallery(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where to write the figures and their index.")],
    quiet: Quiet = False,
) -> None:
    """Draw all shipped specs, each in the style of its own paper, with a page that shows them."""
    from ..gallery import INDEX, exhibit, exhibit_names, exhibit_of_styles, index

    names, exhibits = exhibit_names(), []
    for each in tracked(map(exhibit, names), len(names), "drawing", shown=not quiet):
        exhibits.append(each)
        for path, data in each.files.items():
            write_file(folder / path, data)
        if not quiet:
            print(folder / each.spec)
    exhibits.insert(0, exhibit_of_styles())
    for path, data in exhibits[0].files.items():
        write_file(folder / path, data)
    write_file(folder / INDEX, index(exhibits, folder.name).encode())
    if not quiet:
        print(folder / INDEX)
