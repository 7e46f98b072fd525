"""`incspec verify`."""

from __future__ import annotations

import ast
import sys
from typing import Annotated

import typer

from ..arguments import LONGEST
from ..diagnostics import WeightsError
from ..rendering.json import render_json
from .app import app
from .common import USAGE, Json, Quiet, Settings, Spec, load, pairs, print_json, say, show, usage
from .progress import busy
from .terminal import can_draw, terminal_width, wants_color

DIFFERENT = 1


@app.command()
def verify(
    spec: Spec,
    against: Annotated[
        str,
        typer.Option(
            "--against",
            "-a",
            metavar="PACKAGE:CALLABLE",
            help="What gives the reference: `timm:inception_v4`, `mypkg.nets:build`, `./net.py:Net`.",
        ),
    ],
    arguments: Annotated[
        list[str] | None,
        typer.Option("--with", metavar="NAME=VALUE", help="An argument of the callable, a Python literal. Repeatable."),
    ] = None,
    sizes: Annotated[
        str | None,
        typer.Option(
            metavar="SIZE,...",
            help="Sizes of the input: `299,331`, `224x192`. By default the spec's own, a smaller and a larger one.",
        ),
    ] = None,
    map_: Annotated[
        list[str] | None,
        typer.Option(
            "--map", metavar="OLD=NEW", help="A module or tensor of the reference, and what it is in ours. Repeatable."
        ),
    ] = None,
    reorder: Annotated[
        bool, typer.Option(help="Take branches that the reference has in another order to be joined in that order.")
    ] = True,
    train: Annotated[bool, typer.Option("--train", help="Compare training mode and gradients too.")] = False,
    tolerance: Annotated[float, typer.Option(metavar="T", min=0.0, help="Relative difference that is none.")] = 1e-10,
    settings: Settings = None,
    json_: Json = False,
    quiet: Quiet = False,
) -> None:
    """Compare a spec's module with a reference of equal weights, and name the first block that differs."""
    given = {name: _literal(text) for name, text in pairs("--with", arguments).items()}
    names = pairs("--map", map_)
    wanted = _sizes(sizes) if sizes is not None else None
    from .comparison import as_json, render_comparison, verdict

    model = load(spec, settings, quiet=quiet, as_json=json_)
    shown = not json_ and not quiet
    with busy("starting torch", shown=shown):
        from ..runtime.compare import SizeError
        from ..runtime.reference import NoReferenceError
    try:
        with busy("building the reference", shown=shown) as tell:
            found = model.verify(
                against,
                arguments=given,
                map=names,
                reorder=reorder,
                sizes=wanted,
                train=train,
                tolerance=tolerance,
                tell=tell,
            )
    except NoReferenceError as fault:
        usage(fault.message + (f"; {fault.help}" if fault.help else ""))
    except SizeError as fault:
        usage(str(fault))
    except WeightsError as error:
        different = any(each.code == "weights-mismatch" for each in error.diagnostics)
        if json_:
            diagnostics = render_json(error.diagnostics)
            print_json({"spec": spec, "against": against, "equal": False, "diagnostics": diagnostics})
        else:
            show(error.diagnostics)
        raise typer.Exit(DIFFERENT if different else USAGE) from None
    if json_:
        print_json({"spec": spec, **as_json(found)})
    elif not quiet:
        color, letters = wants_color(sys.stdout.isatty()), not can_draw(sys.stdout)
        print(render_comparison(found, width=terminal_width(), color=color, ascii_only=letters), end="")
    elif not found.equal:
        say(f"{spec}: {verdict(found)}")
    if not found.equal:
        raise typer.Exit(DIFFERENT)


def _literal(text: str) -> object:
    try:
        return ast.literal_eval(text.strip())
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        usage(f"`{text}` is no Python literal: write a number, True, False, None, \"'text'\" or a list")


def _sizes(written: str) -> list[tuple[int, ...]]:
    found = []
    for each in written.split(","):
        lengths = each.strip().split("x")
        if not all(length.isascii() and length.isdigit() and 0 < int(length) < LONGEST for length in lengths):
            usage(f"`{each.strip()}` is no size: write `299`, or height and width as `299x331`")
        found.append(tuple(map(int, lengths)))
    return found
