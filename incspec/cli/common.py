"""What the verbs share: their arguments, reading a spec, showing what is wrong with it, writing and printing.

Verbs import the compiler where they begin to work, so that help and wrong usage do not wait for it.
"""

from __future__ import annotations

import json
import os
import stat
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from ..diagnostics import CompileError, Diagnostic, did_you_mean
from ..garbage import collection_paused
from ..limits import LIMITS_VARIABLE, given_limits
from ..rendering.json import render_json
from ..rendering.text import render_one, render_text
from .progress import busy
from .terminal import can_draw, terminal_width, wants_color

if TYPE_CHECKING:
    from ..backends.figures.formats import Format
    from ..model import Model

SPEC_ERRORS, USAGE, FAULT, INTERRUPTED = 1, 2, 70, 130

Spec = Annotated[
    str, typer.Argument(metavar="SPEC", help="A .yaml file, the name of a shipped spec, or `-` for standard input.")
]
Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="NAME=VALUE",
        help="Set a parameter of the file (`classes=10`) or a block's default (`reduction_a.k=256`). Repeatable.",
    ),
]
StyleName = Annotated[
    str,
    typer.Option(
        "--style",
        metavar="STYLE",
        help="plain, paper-2014, paper-2015, paper-2016, print, slide, dark, or a file; `own` is that of the "
        "network's own paper.",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")]


def check_limits() -> None:
    """Wrong limits in the environment, where `incspec --limit` puts them, end the command."""
    try:
        given_limits()
    except ValueError as error:
        usage(f"{error} (`--limit`, `{LIMITS_VARIABLE}`)")


def load(spec: str, settings: Sequence[str] | None, *, quiet: bool = False, as_json: bool = False) -> Model:
    """A checked model; mistakes are shown, and end the command."""
    with collection_paused():
        from ..checking import read
    try:
        with busy(f"checking {spec}", shown=spec != "-" and not quiet and not as_json):
            model = read(spec, settings or ())
    except CompileError as error:
        refuse(spec, error.diagnostics, as_json=as_json)
    if not quiet and not as_json:
        show(model.diagnostics)
    return model


def refuse(spec: str, diagnostics: Sequence[Diagnostic], *, as_json: bool) -> NoReturn:
    """Show mistakes of a spec, or of what it is to be drawn in, and end the command."""
    if as_json:
        print_json({"spec": spec, "ok": False, "diagnostics": render_json(diagnostics)})
    else:
        show(diagnostics)
    raise typer.Exit(SPEC_ERRORS)


def show(diagnostics: Sequence[Diagnostic]) -> None:
    """Print diagnostics and their count to standard error."""
    if diagnostics:
        say(render_text(diagnostics, width=terminal_width(), color=wants_color(sys.stderr.isatty())).rstrip("\n"))


def show_one(diagnostic: Diagnostic) -> None:
    """Print one of several diagnostics to standard error, and an empty line."""
    say(render_one(diagnostic, width=terminal_width(), color=wants_color(sys.stderr.isatty())))


def table(model: Model, depth: int | None) -> str:
    """The report of a model, as wide as the terminal; `depth` None opens all blocks."""
    from ..backends.table import render_table

    return render_table(
        model.report(),
        depth=depth,
        width=terminal_width(),
        color=wants_color(sys.stdout.isatty()),
        ascii_only=not can_draw(sys.stdout),
    )


def shapes(types: Sequence[object]) -> str:
    """Types in a line: `3x224x224, 3x64x64`."""
    return ", ".join(str(type_) for type_ in types)


def stem(spec: str, model: Model) -> str:
    """The name of a spec's output: its file's, or for standard input the network's."""
    if spec != "-":
        return Path(spec).stem
    return "".join(c if c.isalnum() else "_" for c in model.name.lower()).strip("_") or "network"


def format_named(name: str, *others: str) -> Format:
    """The format of a figure, by its name or what its files end in; a name that is none ends the command.

    `others` are what is taken as well where it is asked for.
    """
    from ..backends.figures.formats import FORMATS

    found = next((known for known, writer in FORMATS.items() if name in (known, writer.suffix)), None)
    if found is None:
        usage(f"there is no format `{name}`: {did_you_mean(name, (*FORMATS, *others))}")
    return found


def pairs(option: str, written: Sequence[str] | None) -> dict[str, str]:
    """What a repeatable option of the form NAME=VALUE says; what has no meaning ends the command."""
    found: dict[str, str] = {}
    for each in written or ():
        name, equals, value = each.partition("=")
        if not (equals and name and value):
            usage(f"`{option} {each}` is not of the form NAME=VALUE")
        if name in found:
            usage(f"`{name}` is given twice in `{option}`")
        found[name] = value
    return found


def unwritable(path: Path, error: OSError) -> NoReturn:
    """Say why a file cannot be written, and end the command."""
    usage(f"`{path}` cannot be written: {(error.strerror or str(error)).lower()}")


def write_file(path: Path, data: bytes, *, mode: int | None = None) -> None:
    """Write under another name first, so that the last file stays whole; what is no file is written to, and stays.

    `mode` are the file's permissions, where they are not those of any new one.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        if path.exists() and not path.is_file():  # a device, or a pipe
            path.write_bytes(data)
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(data)
        if mode is not None:
            temporary.chmod(stat.S_IMODE(mode))
        temporary.replace(path)
    except OSError as error:
        with suppress(OSError):  # where a file stands in place of the folder, there is nothing to remove either
            temporary.unlink(missing_ok=True)
        unwritable(path, error)


def print_json(value: object) -> None:
    """Print data to standard output."""
    print(json.dumps(value, indent=2, ensure_ascii=False))


def say(text: str) -> None:
    """Print a message to standard error."""
    sys.stdout.flush()  # what was said before comes before, also in a file that takes both
    print(text, file=sys.stderr)


def usage(message: str) -> NoReturn:
    """Say what is wrong with how the command was used, and end it."""
    say(f"incspec: {message}")
    raise typer.Exit(USAGE)
