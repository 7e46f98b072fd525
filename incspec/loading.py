"""Loading: a spec by path, name or text -> its checked `Model`. The way in from Python: `incspec.load`."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from .arguments import named_values
from .diagnostics import CompileError, Diagnostics
from .limits import DEFAULT, Limits
from .model import Model
from .pipeline import compile_spec
from .reading.files import SpecFile, decode, find_spec, read_spec
from .reading.settings import Setting, from_dict


def load(
    spec: str | os.PathLike[str], *, params: Mapping[str, object] | None = None, limits: Limits = DEFAULT
) -> Model:
    """Read and check a spec: a path, the name of a shipped spec, or a text (a string that holds a newline).

    `params` override parameters of the file (`{"classes": 10}`) and defaults of blocks' (`{"reduction_a.k": 256}`).
    `limits` are how large it may be.

    Raises:
        TypeError: an argument is not what is wanted.
        CompileError: the spec has mistakes; it carries them all.
    """
    return load_spec(spec, from_dict(named_values("params", params or {}, '{"classes": 10}')), limits)


def load_spec(spec: str | os.PathLike[str], settings: Sequence[Setting], limits: Limits = DEFAULT) -> Model:
    """Check what `load` takes under settings.

    Raises:
        TypeError: it is none.
        CompileError: the spec has mistakes.
    """
    if not isinstance(spec, str | os.PathLike):
        raise TypeError(f"a spec is a path, the name of a shipped spec or a text, not {spec!r}")
    if isinstance(spec, str) and "\n" in spec:
        return load_text(spec.encode(), "<text>", settings, limits)
    return load_file(os.fspath(spec), settings, limits)


def load_file(name: str, settings: Sequence[Setting] = (), limits: Limits = DEFAULT) -> Model:
    """Check a file or a shipped spec under settings.

    Raises:
        CompileError: the spec has mistakes, or cannot be read.
    """
    sink = Diagnostics()
    return _compiled(read_spec(find_spec(name), sink, limits), sink, settings, limits)


def load_text(
    data: bytes, name: str, settings: Sequence[Setting] = (), limits: Limits = DEFAULT, *, path: Path | None = None
) -> Model:
    """Check a spec that is no file, or not yet what the file at `path` holds.

    `extends` and `import` are relative to that file's folder, else to the current one.

    Raises:
        CompileError: the spec has mistakes.
    """
    sink = Diagnostics()
    source = decode(data, name, sink, limits)
    folder = Path.cwd() if path is None else path.parent
    return _compiled(SpecFile(source, folder, path) if source else None, sink, settings, limits)


def _compiled(file: SpecFile | None, sink: Diagnostics, settings: Sequence[Setting], limits: Limits) -> Model:
    compiled = compile_spec(file, sink, settings, limits) if file is not None else None
    if compiled is None:
        raise CompileError(sink.sorted())
    return Model(compiled, sink.sorted())
