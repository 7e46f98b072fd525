"""Finding and reading specs: a path, the name of a shipped spec, or a text -> SourceFile.

Every file that a compilation reads comes through here, so the limits and the folders it may read from are
kept in one place.
"""

from __future__ import annotations

import codecs
import os
import stat
from functools import cache
from pathlib import Path

from ..diagnostics import Diagnostics, nearest
from ..limits import DEFAULT, Limits
from ..record import record
from ..source import SourceFile, Span


@record
class SpecFile:
    """A spec's text, the folder that its `extends` and `import` are relative to, and its path if it has one."""

    source: SourceFile
    folder: Path
    path: Path | None = None


@cache
def shipped_folder() -> Path:
    """The folder of the shipped specs: inside the wheel, or `specs/` of a checkout."""
    package = Path(__file__).parents[1]
    inside = package / "specs"
    return inside if inside.is_dir() else package.parent / "specs"


def shipped_files() -> dict[str, Path]:
    """The shipped specs, and files of blocks to import (`blocks/attention`), by name, sorted."""
    folder = shipped_folder()
    paths = sorted(folder.rglob("*.yaml"))
    return {path.relative_to(folder).with_suffix("").as_posix(): path for path in paths}


def shipped_specs() -> dict[str, Path]:
    """The shipped specs by name (`inception_v4`, `zoo/unet`), sorted."""
    return {name: path for name, path in shipped_files().items() if not name.startswith("blocks/")}


def shipped_spec(name: str) -> Path | None:
    """The shipped file of this name, its folder before it or not: `zoo/unet`, `unet`; None if there is none."""
    files = shipped_files()
    if name in files:
        return files[name]
    found = [path for other, path in files.items() if other.rpartition("/")[2] == name]
    return found[0] if len(found) == 1 else None


def find_spec(name: str) -> Path:
    """The path that a user means: a file, or else a shipped spec of this name."""
    path = Path(name)
    if path.suffix or os.path.isfile(name):
        return path
    return shipped_spec(name) or path


def read_spec(
    path: Path, sink: Diagnostics, limits: Limits = DEFAULT, *, at: Span | None = None, shown: str = ""
) -> SpecFile | None:
    """Read a file. What is wrong with it goes to `sink`, at the place that asks for the file if there is one."""
    shown = shown or os.fspath(path)
    try:
        if "\0" in os.fspath(path):
            raise OSError("the path holds a NUL character")
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            sink.error("not-a-file", f"`{shown}` is a folder", at, help="name a .yaml file in it")
            return None
        # A pipe is read where the user names it, as `<(...)` is one; where a file asks for it, one could wait for ever.
        if not stat.S_ISREG(mode) and not (stat.S_ISFIFO(mode) and at is None):
            what = "pipe" if stat.S_ISFIFO(mode) else "device"
            sink.error("not-a-file", f"`{shown}` is a {what}, not a file", at)
            return None
        with path.open("rb") as file:
            data = file.read(limits.bytes + 1)
    except FileNotFoundError:
        sink.error(
            "file-not-found",
            f"there is no file `{shown}`" + ("" if path.suffix else ", and no shipped spec of this name"),
            at,
            help=_near_file(path) or "`incspec list` shows the shipped specs",
        )
        return None
    except OSError as error:
        sink.error("file-unreadable", f"`{shown}` cannot be read: {(error.strerror or str(error)).lower()}", at)
        return None
    source = decode(data, shown, sink, limits, at=at)
    return None if source is None else SpecFile(source, path.parent, path)


def decode(
    data: bytes, name: str, sink: Diagnostics, limits: Limits = DEFAULT, *, at: Span | None = None
) -> SourceFile | None:
    """The text of a file's bytes; limits and encoding errors go to `sink`.

    Sources and manifests hold the name, so what is not UTF-8 in it is replaced.
    """
    name = os.fsencode(name).decode("utf-8", "replace")
    if len(data) > limits.bytes:
        hint = f"a spec is a few kilobytes: is this the right file?{limits.raising('bytes')}"
        sink.error("spec-too-large", f"`{name}` is larger than {limits.bytes:_} bytes", at, help=hint)
        return None
    try:
        return SourceFile(name, data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        sink.error(
            "not-text",
            f"`{name}` is not UTF-8 text: byte {error.start} is 0x{data[error.start]:02x}",
            at,
            help="it seems to be UTF-16: save it as UTF-8"
            if wide
            else "a spec is a YAML file: is this the right file?",
        )
        return None


def _shipped_names() -> list[str]:
    """What shipped specs may be called: a name without its folder, where that is enough, comes first."""
    specs = shipped_specs()
    return [*dict.fromkeys(name.rpartition("/")[2] for name in specs), *specs]


def _siblings(path: Path) -> list[str]:
    try:
        return [other.name for other in path.parent.glob("*.yaml")]
    except OSError:
        return []


def _near_file(path: Path) -> str | None:
    """The file beside it or the shipped spec that is meant."""
    best = nearest(path.name, _siblings(path)) or nearest(path.stem, _shipped_names())
    return f"did you mean `{best}`?" if best else None
