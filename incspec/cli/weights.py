"""`incspec weights`: checkpoints of others, for the modules of specs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..diagnostics import WeightsError
from ..rendering.json import render_json
from .app import Verbs, app
from .common import SPEC_ERRORS, Json, Quiet, Settings, load, pairs, print_json, say, show, usage, write_file
from .progress import busy
from .terminal import can_draw, terminal_width

if TYPE_CHECKING:
    from torch import Tensor

    from ..model import Model
    from ..runtime.mapping import Assignment

weights = typer.Typer(
    cls=Verbs, help="Load checkpoints of others: say which tensor is which, and convert.", no_args_is_help=True
)
app.add_typer(weights, name="weights")

File = Annotated[Path, typer.Argument(metavar="FILE", help="A safetensors file, or one of `torch.save`.")]
SpecOption = Annotated[
    str, typer.Option("--spec", "-s", metavar="SPEC", help="The network that it is to be loaded into.")
]
Map = Annotated[
    list[str] | None,
    typer.Option(
        "--map",
        metavar="OLD=NEW",
        help="A module or tensor of the file, and what it is in ours. Repeatable.",
    ),
]
AdaptInput = Annotated[
    bool, typer.Option("--adapt-input", help="Allow another number of input channels, and adapt the first layer.")
]

Reorder = Annotated[
    bool, typer.Option(help="Take branches that have another order in the checkpoint to be joined in that order.")
]


@weights.command()
def explain(
    file: File,
    spec: SpecOption,
    map_: Map = None,
    adapt_input: AdaptInput = False,
    reorder: Reorder = True,
    settings: Settings = None,
    json_: Json = False,
) -> None:
    """Show which tensor of a checkpoint is which of the network, and how that was found."""
    _, assignment, _ = _mapped(
        file, spec, map_, settings, adapt_input=adapt_input, reorder=reorder, as_json=json_, quiet=False
    )
    from ..runtime.mapping.table import as_json, render_mapping

    if json_:
        print_json(as_json(assignment))
    else:
        print(render_mapping(assignment, width=terminal_width(), ascii_only=not can_draw(sys.stdout)), end="")


@weights.command()
def convert(
    file: File,
    spec: SpecOption,
    out: Annotated[
        Path,
        typer.Option(
            "--out", "-o", metavar="OUT", help="Where to write: safetensors, or `torch.save` for .pth or .pt."
        ),
    ],
    map_: Map = None,
    adapt_input: AdaptInput = False,
    reorder: Reorder = True,
    settings: Settings = None,
    json_: Json = False,
    quiet: Quiet = False,
) -> None:
    """Write a checkpoint with the names, shapes and channel order of the network's module."""
    if out.is_dir():
        usage(f"`{out}` is a folder")
    model, assignment, state = _mapped(
        file, spec, map_, settings, adapt_input=adapt_input, reorder=reorder, as_json=json_, quiet=quiet
    )
    from ..runtime.checkpoint import written

    with busy(f"building {model.name}", shown=not json_ and not quiet) as tell:
        whole = model.module(seed=0).state_dict()
        state = {key: state.get(key, tensor) for key, tensor in whole.items()}
        tell(f"writing {out}", 0, 0)
        write_file(out, written(state, as_pickle=out.suffix in (".pth", ".pt", ".bin")))
    notes = [note.text for note in assignment.notes]
    if json_:
        print_json({"file": str(out), "tensors": len(state), "kept": list(assignment.kept), "notes": notes})
    elif not quiet:
        for note in notes:
            say(f"note: {note}")
        say(f"wrote {out}: {len(state)} tensors")


def _mapped(
    file: Path,
    spec: str,
    map_: list[str] | None,
    settings: list[str] | None,
    *,
    adapt_input: bool,
    reorder: bool,
    as_json: bool,
    quiet: bool,
) -> tuple[Model, Assignment, dict[str, Tensor]]:
    """The model, and the mapping of the file to it; what is refused is shown, and ends the command."""
    entries = pairs("--map", map_)
    model = load(spec, settings, quiet=quiet, as_json=as_json)
    try:
        with busy("starting torch", shown=not as_json and not quiet) as tell:
            from ..runtime.weights import mapped_weights

            assignment, state = mapped_weights(
                model, file, map=entries, adapt_input=adapt_input, reorder=reorder, tell=tell
            )
    except WeightsError as error:
        if as_json:
            print_json({"file": str(file), "ok": False, "diagnostics": render_json(error.diagnostics)})
        else:
            show(error.diagnostics)
        raise typer.Exit(SPEC_ERRORS) from None
    return model, assignment, state
