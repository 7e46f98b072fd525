"""The command line. Data goes to standard output, messages to standard error.

Exit codes: 0 fine, 1 the spec has mistakes, 2 wrong usage, 70 a fault of incspec itself.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from . import __version__
from .diagnostics import CompileError, Diagnostic, InternalError, did_you_mean
from .files import shipped_specs
from .model import Model, load_file, load_text
from .parse import MAX_BYTES
from .render import render_json, render_text

if TYPE_CHECKING:
    from .backends.figure import Format

SPEC_ERRORS, USAGE, FAULT, INTERRUPTED = 1, 2, 70, 130
REPORT_ADDRESS = "please report this: it is a fault of incspec, not of your spec"

app = typer.Typer(
    name="incspec",
    help="Compile YAML descriptions of convolutional networks: check, build, draw, summarise.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

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
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")]


def main() -> None:
    """Run the command line; every failure ends in an exit code, a fault of ours with its traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal that lacks a character shows a question mark
            stream.reconfigure(errors="replace")
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


def _version(wanted: bool) -> None:
    if wanted:
        print(f"incspec {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None: ...


# --- the verbs


@app.command()
def build(
    spec: Spec,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FOLDER", help="Where to write. By default build/NAME.")
    ] = None,
    settings: Settings = None,
    figure_formats: Annotated[
        list[str] | None,
        typer.Option("--figures", metavar="FORMAT", help="svg, png, pdf or dot. Repeatable. By default svg."),
    ] = None,
    verify: Annotated[
        bool, typer.Option(help="Run the module on the meta device and compare every shape and count.")
    ] = True,
    json_: Json = False,
    quiet: Quiet = False,
) -> None:
    """Check a spec and write its source, figures, report and manifest."""
    from .build import BuildError
    from .build import build as build_model

    formats = [_format(name) for name in figure_formats or ["svg"]]
    model = _load(spec, settings, quiet=quiet, as_json=json_)
    try:
        built = build_model(model, out or Path("build") / _stem(spec, model), formats=formats, verify=verify)
    except BuildError as error:
        _usage(str(error))
    if json_:
        _print_json({"folder": str(built.folder), **built.manifest})
    elif not quiet:
        print(_table(model, depth=1), end="")
        figures = sum(name.startswith("figures/") for name in built.files)
        checked = "verified" if verify else "not verified"
        _say(
            f"wrote {built.folder}{os.sep}: model.py ({checked}), {figures} figure{'s' if figures > 1 else ''}, report, manifest"
        )


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
            model = _read(spec, settings)
        except CompileError as error:
            failed = True
            results.append({"spec": spec, "ok": False, "diagnostics": render_json(error.diagnostics)})
            if not json_:
                _show(error.diagnostics)
            continue
        counts = {"params": model.params, "macs": model.macs}
        results.append({"spec": spec, "ok": True, "diagnostics": render_json(model.diagnostics), **counts})
        if not json_ and not quiet:
            _show(model.diagnostics)
            shapes = f"{_shapes(model.inputs)} -> {_shapes(model.outputs)}"
            print(f"{spec}: no errors")
            print(f"  {shapes}, {model.params:,} parameters, {model.macs:,} multiply-adds")
    if json_:
        _print_json(results if len(results) > 1 else results[0])
    if failed:
        raise typer.Exit(SPEC_ERRORS)


@app.command()
def draw(
    spec: Spec,
    out: Annotated[
        str | None,
        typer.Option(
            "--out", "-o", metavar="PATH", help="A file for one figure, a folder for all, or `-`. By default NAME/."
        ),
    ] = None,
    block: Annotated[str | None, typer.Option("--block", "-b", help="Draw this block only.")] = None,
    format_: Annotated[
        str | None,
        typer.Option(
            "--format", "-f", metavar="FORMAT", help="svg, png, pdf or dot. By default that of --out, else svg."
        ),
    ] = None,
    dpi: Annotated[int, typer.Option(min=20, max=1200, help="Resolution of a PNG.")] = 150,
    settings: Settings = None,
    quiet: Quiet = False,
) -> None:
    """Draw the network and its blocks as the papers do."""
    suffix = Path(out).suffix.lstrip(".") if out and out != "-" and not out.endswith("/") else ""
    suffix = "" if out and Path(out).is_dir() else suffix
    one = block is not None or out == "-" or bool(suffix)
    wanted = _format(format_ or suffix or "svg")
    model = _load(spec, settings, quiet=quiet)
    from .backends.figure import render

    try:
        figures = [model.figure(block)] if one else list(model.figures())
    except ValueError as error:
        _usage(str(error))
    if out == "-":
        sys.stdout.buffer.write(render(figures[0], wanted, dpi=dpi))
        return
    folder = Path(out) if out else Path(_stem(spec, model))
    for figure in figures:
        named = (
            folder
            if suffix
            else Path(out or ".") / f"{figure.name}.{wanted}"
            if one
            else folder / f"{figure.name}.{wanted}"
        )
        _write_file(named, render(figure, wanted, dpi=dpi))
        if not quiet:
            print(named)


@app.command()
def summary(
    spec: Spec,
    depth: Annotated[
        int, typer.Option("--depth", "-d", min=0, help="How far to open blocks; 0 opens all.", show_default=True)
    ] = 1,
    format_: Annotated[
        str, typer.Option("--format", "-f", metavar="FORMAT", help="table, json, csv or markdown.")
    ] = "table",
    settings: Settings = None,
    json_: Json = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No notes or warnings.")] = False,
) -> None:
    """Show shapes, parameters, multiply-adds and memory of each block."""
    from .backends.formats import json_text, to_csv, to_markdown

    writers: dict[str, Callable[[Model], str]] = {
        "table": lambda model: _table(model, depth or None),
        "json": lambda model: json_text(model.report()),
        "csv": lambda model: to_csv(model.report()),
        "markdown": lambda model: to_markdown(model.report()),
    }
    wanted = "json" if json_ else format_
    if wanted not in writers:
        _usage(f"there is no format `{wanted}`: {did_you_mean(wanted, writers)}")
    print(writers[wanted](_load(spec, settings, quiet=quiet, as_json=json_)), end="")


@app.command("list")
def list_specs(json_: Json = False) -> None:
    """List the shipped specs with their sizes."""
    rows = []
    for name in shipped_specs():
        model = load_file(name)
        rows.append({"name": name, "title": model.name, "params": model.params, "macs": model.macs})
    if json_:
        _print_json(rows)
        return
    width = max(len(str(row["name"])) for row in rows)
    for row in rows:
        print(f"{row['name']:<{width}}  {row['params']:>12,} params  {row['macs']:>15,} MACs  {row['title']}")


@app.command()
def ops(
    op: Annotated[str | None, typer.Argument(metavar="[OP]", help="Show this op alone.")] = None, json_: Json = False
) -> None:
    """List the ops, or all fields of one."""
    from .ops import BY_KEYWORD
    from .reference import as_json, op_reference, render_op, render_overview

    if op is not None and op not in BY_KEYWORD:
        _usage(f"there is no op `{op}`: {did_you_mean(op, BY_KEYWORD) or '`incspec ops` lists them'}")
    references = op_reference(op)
    if json_:
        _print_json(as_json(references))
        return
    width, color = _width(), _color(sys.stdout.isatty())
    if op is None:
        print(render_overview(references, width=width, color=color), end="")
    else:
        print(render_op(references[0], width=width, color=color), end="")


@app.command()
def explain(
    code: Annotated[str | None, typer.Argument(metavar="[CODE]", help="The code in brackets after `error`.")] = None,
    json_: Json = False,
) -> None:
    """Say what a diagnostic means, with a wrong and a right example; without a code, list them all."""
    from .explain import codes, explanation

    if code is None:
        listed = [explanation(each) for each in codes()]
        found = [{"code": each.code, "summary": each.summary} for each in listed if each is not None]
        if json_:
            _print_json(found)
        else:
            width = max(len(each["code"]) for each in found)
            for each in found:
                print(f"{each['code']:<{width}}  {each['summary']}")
        return
    page = explanation(code)
    if page is None:
        _usage(f"there is no code `{code}`: {did_you_mean(code, codes()) or 'run `incspec explain` for all of them'}")
    if json_:
        _print_json({"code": page.code, "summary": page.summary, "text": page.text})
    else:
        print(page.text.rstrip())


@app.command()
def schema() -> None:
    """Print the JSON Schema of the language, for editors."""
    from .schema import language_schema

    _print_json(language_schema())


# --- what the verbs share


def _read(spec: str, settings: Sequence[str] | None) -> Model:
    if spec == "-":
        return load_text(sys.stdin.buffer.read(MAX_BYTES + 1), "<stdin>", settings or ())
    return load_file(spec, settings or ())


def _load(spec: str, settings: Sequence[str] | None, *, quiet: bool = False, as_json: bool = False) -> Model:
    """A checked model; mistakes are shown, and end the command."""
    try:
        model = _read(spec, settings)
    except CompileError as error:
        if as_json:
            _print_json({"spec": spec, "ok": False, "diagnostics": render_json(error.diagnostics)})
        else:
            _show(error.diagnostics)
        raise typer.Exit(SPEC_ERRORS) from None
    if not quiet and not as_json:
        _show(model.diagnostics)
    return model


def _show(diagnostics: Sequence[Diagnostic]) -> None:
    if diagnostics:
        sys.stdout.flush()
        print(render_text(diagnostics, width=_width(), color=_color(sys.stderr.isatty())), file=sys.stderr, end="")


def _table(model: Model, depth: int | None) -> str:
    from .backends.table import render_table

    return render_table(model.report(), depth=depth, width=_width(), color=_color(sys.stdout.isatty()))


def _width() -> int:
    return shutil.get_terminal_size((80, 24)).columns


def _color(terminal: bool) -> bool:
    return terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _shapes(types: Sequence[object]) -> str:
    return ", ".join(str(type_) for type_ in types)


def _stem(spec: str, model: Model) -> str:
    """The name of a spec's output: its file's, or for standard input the network's."""
    if spec != "-":
        return Path(spec).stem
    return "".join(c if c.isalnum() else "_" for c in model.name.lower()).strip("_") or "network"


def _format(name: str) -> Format:
    from .backends.figure import FORMATS

    found = next((known for known in FORMATS if known == name), None)
    if found is None:
        _usage(f"there is no format `{name}`: {did_you_mean(name, FORMATS)}")
    return found


def _write_file(path: Path, data: bytes) -> None:
    """Write under another name first, so that the last figure stays whole."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(data)
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        _usage(f"`{path}` cannot be written: {(error.strerror or str(error)).lower()}")


def _print_json(value: object) -> None:
    print(json.dumps(value, indent=2, ensure_ascii=False))


def _say(text: str) -> None:
    sys.stdout.flush()  # what was said before comes before, also in a file that takes both
    print(text, file=sys.stderr)


def _usage(message: str) -> NoReturn:
    _say(f"incspec: {message}")
    raise typer.Exit(USAGE)
