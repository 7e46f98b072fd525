"""`incspec check`."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import typer

from ..diagnostics import did_you_mean
from ..garbage import collection_paused
from .app import app
from .common import SPEC_ERRORS, Quiet, Settings, usage
from .progress import busy, tracked

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
    watch: Annotated[
        bool, typer.Option("--watch", "-w", help="Check again whenever a file changes, until Ctrl-C.")
    ] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Take warnings for errors.")] = False,
    fix: Annotated[
        bool,
        typer.Option("--fix", help="Mend what is certain in the files first; standard input is printed, mended."),
    ] = False,
    diff: Annotated[bool, typer.Option("--diff", help="Print what `--fix` would change, and write nothing.")] = False,
) -> None:
    """Check specs, and tell all mistakes of each."""
    wanted = "json" if json_ else format_
    if wanted not in FORMATS:
        usage(f"there is no format `{wanted}`: {did_you_mean(wanted, FORMATS)}")
    if stdin_filename is not None and "-" not in specs:
        usage("`--stdin-filename` names standard input, which is written `-`")
    if watch and (wanted != "text" or "-" in specs):
        usage("`--watch` tells of files, and as text")
    with collection_paused():
        from ..checking import check_specs
        from ..reading.gather import gather
        from .reports import print_round, print_verdicts
    if fix or diff:
        from .fixing import fix_files, fix_stdin, refuse, show_diffs

        refuse(specs, wanted, diff=diff, watch=watch)
        if specs == ["-"]:
            fix_stdin(settings or (), stdin_filename, diff=diff, strict=strict)
    gathered = gather(specs, only_specs=only_specs)
    if gathered.faults:
        usage("; ".join(gathered.faults))
    if diff:
        show_diffs(gathered.specs, settings or (), strict=strict)
    elif fix:
        fix_files(gathered.specs, settings or (), quiet=quiet, progress=wanted == "text")
    one = gathered.specs == tuple(specs) and len(specs) == 1
    if watch:
        from ..watching import watched

        for seen in watched(specs, settings or (), only_specs=only_specs, jobs=jobs):
            verdicts = tuple(verdict.strict for verdict in seen.verdicts) if strict else seen.verdicts
            print_round(replace(seen, verdicts=verdicts), one=one, quiet=quiet)
    found = check_specs(gathered.specs, settings or (), jobs=jobs, stdin_name=stdin_filename)
    if len(gathered.specs) > 1:
        found = tracked(found, len(gathered.specs), "checking", shown=wanted == "text")
    else:  # which forks no processes
        with busy(f"checking {''.join(gathered.specs)}", shown=wanted == "text" and gathered.specs != ("-",)):
            found = iter(tuple(found))
    judged = (verdict.strict for verdict in found) if strict else found
    done = print_verdicts(judged, wanted, one=one, quiet=quiet, passed_over=len(gathered.passed_over))
    if not all(verdict.ok for verdict in done):
        raise typer.Exit(SPEC_ERRORS)
