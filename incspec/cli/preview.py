"""`incspec preview`."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

import typer

from .app import app
from .common import Settings, say, show, usage

if TYPE_CHECKING:
    from ..preview.follow import State

PORT = 8457


@app.command(
    epilog="Needs the extra `preview`: `pip install 'incspec\\[preview]'`. Exit codes: 0 ended by Ctrl-C, 2 wrong usage, 70 a fault of incspec."
)
def preview(
    spec: Annotated[str, typer.Argument(metavar="SPEC", help="A .yaml file, or the name of a shipped spec.")],
    settings: Settings = None,
    port: Annotated[
        int | None,
        typer.Option(
            "--port",
            "-p",
            min=1,
            max=65535,
            help=f"The port to listen on. By default {PORT}, or any other where that is taken.",
        ),
    ] = None,
    open_: Annotated[bool, typer.Option("--open", "-o", help="Open the page in the browser.")] = False,
) -> None:
    """Show a spec in the browser while you write it: the page follows each save.

    Only browsers on this machine can see it, under an address with a random part.
    """
    if spec == "-":
        usage("`preview` follows a file: standard input is none")
    try:
        from ..preview.server import HOST, Preview
    except ModuleNotFoundError as error:
        usage(f"`preview` needs {error.name}: `pip install 'incspec[preview]'`")
    try:
        made = Preview(spec, settings or (), port=PORT if port is None else port, changed=_tell)
    except OSError as error:
        if port is not None:
            usage(f"port {port} of {HOST} cannot be had: {(error.strerror or str(error)).lower()}")
        made = Preview(spec, settings or (), port=0, changed=_tell)

    def ready() -> None:
        print(f"{spec} at {made.url} until Ctrl-C", flush=True)
        if open_:
            import webbrowser  # which the other verbs need not wait for

            webbrowser.open(made.url)

    made.run(ready)


def _tell(state: State) -> None:
    """One line for each change, and what is wrong."""
    at = time.strftime("%H:%M:%S")
    say(f"{at}  {'shown' if state.is_good else 'not shown'}, checked in {state.seconds * 1000:.0f} ms")
    show(state.diagnostics)
