"""`incspec check --fix` and `--diff`: what can be mended for certain is mended in the files, or shown as a diff."""

from __future__ import annotations

import codecs
import os
import re
import shutil
import sys
from collections.abc import Sequence
from difflib import unified_diff
from pathlib import Path
from typing import NoReturn

import typer

from ..checking import Verdict
from ..diagnostics import Diagnostic, Diagnostics
from ..fixes import Fixed, fix_spec
from ..limits import Limits, given_limits
from ..reading.files import SpecFile, decode, read_spec
from ..reading.settings import from_options
from .common import SPEC_ERRORS, say, show, usage, write_file
from .progress import tracked

_LINE = re.compile(r"[^\n]*\n|[^\n]+")


def fix_files(names: Sequence[str], settings: Sequence[str], *, quiet: bool, progress: bool) -> None:
    """Mend the files among the specs; shipped specs that are named without a path stay as they are."""
    limits = given_limits()
    files = _files(names, limits)
    found = ((name, file, fix_spec(file, from_options(settings), limits)) for name, file in files)
    for name, file, fixed in tracked(found, len(files), "mending", shown=progress):
        if fixed.mended:
            path = Path(name).resolve()  # a link stays one
            before = path.read_bytes()
            if before.removeprefix(codecs.BOM_UTF8) != file.source.text.encode():
                say(f"{name}: it has changed meanwhile, and is left")
                continue
            write_file(path, _encoded(fixed, before), mode=path.stat().st_mode)
            if not quiet:
                _report(name, fixed)


def show_diffs(names: Sequence[str], settings: Sequence[str], *, strict: bool) -> NoReturn:
    """Print what mending would change, and what it would leave; end the command, with 1 where a file has mistakes now."""
    wrong, limits = False, given_limits()
    files = _files(names, limits)
    found = ((name, file, fix_spec(file, from_options(settings), limits)) for name, file in files)
    for name, file, fixed in tracked(found, len(files), "mending", shown=True):
        left = _left(name, fixed, strict=strict)
        _print_diff(name, file, fixed)
        sys.stdout.flush()
        if fixed.mended and left:
            say(f"{name}: what is left, in the text as it would be then:")
        show(left)
        wrong = wrong or bool(fixed.mended) or _is_wrong(left)
    raise typer.Exit(SPEC_ERRORS if wrong else 0)


def fix_stdin(settings: Sequence[str], name: str | None, *, diff: bool, strict: bool) -> NoReturn:
    """Print the mended text of standard input, or the diff, and end the command; what is left goes to standard error."""
    limits = given_limits()
    data = sys.stdin.buffer.read(limits.bytes + 1)
    shown, path = name or "<stdin>", None if name is None else Path(name)
    sink = Diagnostics()
    source = decode(data, shown, sink, limits)
    if source is None:
        if not diff:
            sys.stdout.buffer.write(data)
            shutil.copyfileobj(sys.stdin.buffer, sys.stdout.buffer)  # what is too large to be read comes out whole
        show(sink.sorted())
        raise typer.Exit(SPEC_ERRORS)
    file = SpecFile(source, Path.cwd() if path is None else path.parent, path)
    fixed = fix_spec(file, from_options(settings), limits)
    left = _left(shown, fixed, strict=strict)
    if diff:
        _print_diff(shown, file, fixed)
        sys.stdout.flush()
    else:
        sys.stdout.buffer.write(_encoded(fixed, data))
        sys.stdout.buffer.flush()
    show(left)
    raise typer.Exit(SPEC_ERRORS if _is_wrong(left) or (diff and fixed.mended) else 0)


def refuse(names: Sequence[str], format_: str, *, diff: bool, watch: bool) -> None:
    """End the command where mending and something else that it is asked for exclude each other."""
    option = "--diff" if diff else "--fix"
    if watch:
        usage(f"`{option}` and `--watch` exclude each other")
    if format_ != "text" and (diff or "-" in names):
        usage(f"`{option}` prints {'a diff' if diff else 'the mended text'}, so there is no other format")
    if "-" in names and len(names) > 1:
        usage(f"`{option}` takes standard input alone")


def _files(names: Sequence[str], limits: Limits) -> list[tuple[str, SpecFile]]:
    """The names that are paths of files that can be read; of the others, the check itself says what is wrong."""
    found = []
    for name in names:
        file = read_spec(Path(name), Diagnostics(), limits) if os.path.isfile(name) else None
        found += [(name, file)] if file is not None else []
    return found


def _encoded(fixed: Fixed, before: bytes) -> bytes:
    """The mended text as bytes, with the mark at its beginning where there was one."""
    mark = codecs.BOM_UTF8 if before.startswith(codecs.BOM_UTF8) else b""
    return mark + fixed.file.source.text.encode()


def _print_diff(name: str, file: SpecFile, fixed: Fixed) -> None:
    before, after = (_LINE.findall(text) for text in (file.source.text, fixed.file.source.text))
    for line in unified_diff(before, after, name, name):
        print(line, end="" if line.endswith("\n") else "\n\\ No newline at end of file\n")


def _report(name: str, fixed: Fixed) -> None:
    count = len(fixed.mended)
    say(f"{name}: {count} mistake{'s' if count > 1 else ''} mended")
    for item in fixed.mended:
        if item.primary is not None:
            say(f"  line {item.primary.span.position.line}: {item.message}")


def _left(name: str, fixed: Fixed, *, strict: bool) -> tuple[Diagnostic, ...]:
    verdict = Verdict(name, fixed.left, None)
    return verdict.strict.diagnostics if strict else verdict.diagnostics


def _is_wrong(left: Sequence[Diagnostic]) -> bool:
    return any(item.severity == "error" for item in left)
