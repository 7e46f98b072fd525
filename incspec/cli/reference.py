"""`incspec ops`, `incspec explain`, `incspec schema`: the language, as far as the code knows it."""

from __future__ import annotations

import sys
import textwrap
from typing import Annotated

import typer

from ..diagnostics import did_you_mean
from .app import app
from .common import Json, print_json, usage
from .terminal import terminal_width, wants_color


@app.command()
def ops(
    op: Annotated[str | None, typer.Argument(metavar="[OP]", help="Show this op alone.")] = None, json_: Json = False
) -> None:
    """List the ops, or all fields of one."""
    from ..ops import BY_KEYWORD
    from ..reference import as_json, op_reference, render_op, render_overview

    if op is not None and op not in BY_KEYWORD:
        usage(f"there is no op `{op}`: {did_you_mean(op, BY_KEYWORD) or '`incspec ops` lists them'}")
    references = op_reference(op)
    if json_:
        print_json(as_json(references))
        return
    width, color = terminal_width(), wants_color(sys.stdout.isatty())
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
    from ..explain import codes, explanation
    from ..lints.allow import how_to_allow
    from ..rendering.page import render_page

    if code is None:
        listed = [explanation(each) for each in codes()]
        found = [{"code": each.code, "summary": each.summary} for each in listed if each is not None]
        if json_:
            print_json(found)
        else:
            column = max(len(each["code"]) for each in found) + 2
            for each in found:
                line = f"{each['code']:<{column}}{each['summary']}"
                print(textwrap.fill(line, max(terminal_width(), column + 20), subsequent_indent=" " * column))
        return
    page = explanation(code)
    if page is None:
        usage(f"there is no code `{code}`: {did_you_mean(code, codes()) or 'run `incspec explain` for all of them'}")
    if json_:
        print_json({"code": page.code, "summary": page.summary, "text": page.text + how_to_allow(code)})
    else:
        color = wants_color(sys.stdout.isatty())
        print(render_page(page.text + how_to_allow(code), width=terminal_width(), color=color).rstrip())


@app.command()
def schema() -> None:
    """Print the JSON Schema of the language, for editors."""
    from ..schema import language_schema

    print_json(language_schema())
