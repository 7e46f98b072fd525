"""`incspec new`."""

from __future__ import annotations

import os
from pathlib import Path
from shlex import quote
from typing import Annotated

import typer

from ..diagnostics import CompileError
from ..garbage import collection_paused
from ..limits import given_limits
from ..rendering.view import visible
from .app import app
from .common import Quiet, load, refuse, say, unwritable, usage

_TAKEN = "`{}` is there already: name another file"


def _shipped(incomplete: str) -> list[str]:
    """The shipped specs that a word may become, for the shell."""
    from ..reading.files import shipped_specs

    return [name for name in shipped_specs() if name.startswith(incomplete)]


@app.command()
def new(
    path: Annotated[str, typer.Argument(metavar="PATH", help="The file to write, or `-` for standard output.")],
    base: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="SPEC",
            help="Begin with a variant of this file or shipped spec (`inception_v4`), which says what it changes.",
            autocompletion=_shipped,
        ),
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Write a small spec to begin with, or a variant of another one; a file that is there stays."""
    target = Path("network.yaml" if path == "-" else path)
    target = target.with_name(f"{target.name}.yaml") if not target.suffix and target.name else target
    if path != "-":
        _check(target, path)
    if base == "-":
        usage("a variant extends a file or a shipped spec, not standard input")
    with collection_paused():
        from ..loading import load_text
        from ..starting import small_spec, variant
    text = small_spec(target) if base is None else variant(target, load(base, None, quiet=True), base)
    try:
        data = text.encode()
        load_text(data, str(target), (), given_limits(), path=target)
    except CompileError as error:  # the file that it extends lies elsewhere
        refuse(str(target), error.diagnostics, as_json=False)
    except UnicodeEncodeError:
        usage(f"a spec cannot name `{visible(base or path)}`, which is no UTF-8: rename it")
    if path == "-":
        print(text, end="")
        return
    _write(target, data)
    print(target, flush=True)
    if not quiet:
        shown = quote(str(target))
        say(f"`incspec summary {shown}` shows what it is, `incspec build {shown}` builds it")


def _check(target: Path, path: str) -> None:
    """End the command where nothing can be written at a path."""
    try:
        if path.endswith(os.sep) or target.is_dir() or Path(path).is_dir():
            usage(f"`{path}` is a folder: name a file in it, such as `{Path(path, 'my_net.yaml')}`")
        if target.suffix not in (".yaml", ".yml"):
            usage(f"a spec's file ends in `.yaml`: name it `{target.with_suffix('.yaml')}`")
        if target.exists():
            usage(_TAKEN.format(target))
    except OSError as error:
        unwritable(target, error)


def _write(target: Path, data: bytes) -> None:
    """Write a new file, and the folders that it is to lie in."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        file = target.open("xb")
    except OSError as error:
        if isinstance(error, FileExistsError) and target.parent.is_dir():
            usage(_TAKEN.format(target))
        unwritable(target, error)
    try:
        with file:
            file.write(data)
    except OSError as error:
        target.unlink(missing_ok=True)
        unwritable(target, error)
