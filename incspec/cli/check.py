"""`incspec check`."""

from __future__ import annotations

from typing import Annotated

import typer

from ..checking import check_specs
from ..diagnostics import did_you_mean
from ..reading.gather import gather
from .app import app
from .common import SPEC_ERRORS, Quiet, Settings, usage
from .reports import print_all, print_as_github, print_as_json, print_as_sarif, print_one

FORMATS = ("text", "json", "sarif", "github")


@app.command(
    epilog="Exit codes: 0 no errors (warnings and notes may be), 1 errors, 2 wrong usage, 70 a fault of incspec, 130 interrupted."
)
def check(
    specs: Annotated[
        list[str],
        typer.Argument(
            metavar="SPEC...",
            help="Files, folders with all specs below, patterns (`'nets/**/*.yaml'`), names of shipped specs, or `-` for standard input.",
        ),
    ],
    settings: Settings = None,
    format_: Annotated[
        str, typer.Option("--format", "-f", metavar="FORMAT", help="text, json, sarif or github.")
    ] = "text",
    json_: Annotated[bool, typer.Option("--json", help="Short for `--format json`.")] = False,
    quiet: Quiet = False,
    stdin_filename: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="The file that standard input is the text of, for messages and `extends`."),
    ] = None,
    only_specs: Annotated[
        bool, typer.Option("--only-specs", help="Pass over files that are no specs, as in folders; for hooks.")
    ] = False,
    jobs: Annotated[
        int | None,
        typer.Option(
            "--jobs", "-j", min=1, help="At most so many processes; one for each processor where it is not given."
        ),
    ] = None,
) -> None:
    """Check specs, and tell all mistakes of each."""
    wanted = "json" if json_ else format_
    if wanted not in FORMATS:
        usage(f"there is no format `{wanted}`: {did_you_mean(wanted, FORMATS)}")
    if stdin_filename is not None and "-" not in specs:
        usage("`--stdin-filename` names standard input, which is written `-`")
    gathered = gather(specs, only_specs=only_specs)
    if gathered.faults:
        usage("; ".join(gathered.faults))
    one, passed_over = gathered.specs == tuple(specs) and len(specs) == 1, len(gathered.passed_over)
    verdicts = check_specs(gathered.specs, settings or (), jobs=jobs, stdin_name=stdin_filename)
    if wanted == "text" and not one:
        done = print_all(verdicts, quiet=quiet, passed_over=passed_over)
    else:
        done = list(verdicts)
    if wanted == "text" and one:
        print_one(done[0], quiet=quiet)
    elif wanted == "json":
        print_as_json(done, one=one)
    elif wanted == "sarif":
        print_as_sarif(done)
    elif wanted == "github":
        print_as_github(done, passed_over=passed_over)
    if not all(verdict.ok for verdict in done):
        raise typer.Exit(SPEC_ERRORS)
