"""The command line as a whole: the application that verbs register with, and how a run ends."""

from __future__ import annotations

import io
import os
import re
import sys
import traceback
from typing import TYPE_CHECKING, Annotated

import typer
from typer.core import TyperGroup

from .. import __version__
from ..diagnostics import InternalError
from ..limits import LIMITS_VARIABLE
from .common import FAULT, INTERRUPTED, check_limits

REPORT_ADDRESS = "please report this: it is a fault of incspec, not of your spec"

HELP = {"-h", "--help"}

if TYPE_CHECKING:  # typer's own copy of click
    from typer._click.core import Command, Context, Parameter


class Verbs(TyperGroup):
    """Verbs in whose help no type stands beside a flag, which takes no value."""

    def get_params(self, ctx: Context) -> list[Parameter]:
        """Its own parameters."""
        return _without_types(super().get_params(ctx))

    def get_command(self, ctx: Context, cmd_name: str) -> Command | None:
        """The verb of a name."""
        found = super().get_command(ctx, cmd_name)
        if found is not None:
            _without_types(found.get_params(ctx))
        return found


def _without_types(parameters: list[Parameter]) -> list[Parameter]:
    for each in parameters:
        if getattr(each, "is_flag", False):
            each.metavar = ""
    return parameters


app = typer.Typer(
    name="incspec",
    cls=Verbs,
    help="Compile YAML descriptions of convolutional networks: check, build, draw, summarise.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": sorted(HELP)},
)


def main() -> None:
    """Run the command line; every failure ends in an exit code, a fault of ours with its traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal that lacks a character shows a question mark
            stream.reconfigure(errors="replace")
    if len(sys.argv) == 1 or not HELP.isdisjoint(sys.argv):
        _color_help()
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        # The reader has seen enough; Python must not complain of it at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except Exception as error:
        if not isinstance(error, InternalError):
            traceback.print_exc()
        print(f"incspec {__version__}: {error}\n{REPORT_ADDRESS}", file=sys.stderr)
        sys.exit(FAULT)


def _color_help() -> None:
    """Give help the colours of all else: typer's own yellow, cyan and green are hard to read on a light terminal."""
    from typer import rich_utils

    for name, style in vars(rich_utils).items():
        if name.startswith("STYLE_") and isinstance(style, str):
            setattr(rich_utils, name, re.sub("cyan|green", "magenta", style.replace("yellow", "")).strip())


def _version(wanted: bool) -> None:
    if wanted:
        print(f"incspec {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
    limits: Annotated[
        list[str] | None,
        typer.Option("--limit", metavar="NAME=VALUE", help="How large a spec may be (`steps=100000`). Repeatable."),
    ] = None,
) -> None:
    if limits:  # processes that this one starts keep to them as well
        os.environ[LIMITS_VARIABLE] = ",".join((os.environ.get(LIMITS_VARIABLE, ""), *limits))
    check_limits()
