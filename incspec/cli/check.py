"""`incspec check`."""

from __future__ import annotations

from typing import Annotated

import typer

from ..diagnostics import CompileError
from ..rendering.json import render_json
from .app import app
from .common import SPEC_ERRORS, Json, Quiet, Settings, print_json, read, shapes, show


@app.command()
def check(
    specs: Annotated[
        list[str], typer.Argument(metavar="SPEC...", help="Files, names of shipped specs, or `-` for standard input.")
    ],
    settings: Settings = None,
    json_: Json = False,
    quiet: Quiet = False,
) -> None:
    """Check specs, and tell all mistakes of each."""
    failed = False
    results = []
    for spec in specs:
        try:
            model = read(spec, settings)
        except CompileError as error:
            failed = True
            results.append({"spec": spec, "ok": False, "diagnostics": render_json(error.diagnostics)})
            if not json_:
                show(error.diagnostics)
            continue
        found = {"params": model.params, "params_with_aux": model.params_with_aux, "macs": model.macs}
        results.append({"spec": spec, "ok": True, "diagnostics": render_json(model.diagnostics), **found})
        if not json_ and not quiet:
            show(model.diagnostics)
            print(f"{spec}: no errors")
            counts = f"{model.params:,} parameters, {model.macs:,} multiply-adds"
            print(f"  {shapes(model.inputs)} -> {shapes(model.outputs)}, {counts}")
            if model.aux_weights:
                print(f"  with auxiliary heads {model.params_with_aux:,} parameters")
    if json_:
        print_json(results if len(results) > 1 else results[0])
    if failed:
        raise typer.Exit(SPEC_ERRORS)
