"""Gathering: files, folders and patterns, as users name them -> the specs that are meant, in a fixed order.

What is named is taken as it is, mistakes and all. What is found in a folder or by a pattern counts as a spec if it
looks like one, so that other YAML may lie beside it: it says `incspec`, or it `extends` and has another key of ours. Files
that have nothing but blocks to import are checked with the specs that import them.

Not here: what a spec is made of (link.py).
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from ..limits import DEFAULT
from ..record import record
from .files import shipped_spec
from .outline import FILE_KEYS

SUFFIXES = (".yaml", ".yml")

_KEY = re.compile(rb"^(?:\xef\xbb\xbf)?\{?[\"']?([a-z]+)[\"']?\s*:", re.MULTILINE)
_MAGIC = re.compile(r"[*?\[]")


@record
class Gathered:
    """The names of specs, each once; the YAML files among them that are none; and what there is nothing at."""

    specs: tuple[str, ...]
    passed_over: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()


def gather(names: Sequence[str], *, only_specs: bool = False) -> Gathered:
    """The specs that names mean: files, shipped specs, `-`, folders with all that is below, patterns such as `nets/**/*.yaml`.

    With `only_specs` files that are named are passed over as well if they are no specs.
    """
    found: dict[str, tuple[str, bool]] = {}  # the name, and whether it is a spec, by the path in one form
    faults: list[str] = []
    for name in names:
        if _is_folder(name):
            paths, fault = _below(name), f"there is no spec in the folder `{name}`"
        elif _MAGIC.search(name) and not os.path.lexists(name):
            paths, fault = _matching(name), f"no spec matches `{name}`"
        else:
            taken = not only_specs or not os.path.isfile(name) or is_spec(name)
            _add(found, name, taken=taken)
            continue
        kinds = {path: is_spec(path) for path in paths}
        if not any(kinds.values()):
            faults.append(fault)
        for path, taken in kinds.items():
            _add(found, path, taken=taken)
    specs = tuple(name for name, taken in found.values() if taken)
    return Gathered(specs, tuple(name for name, taken in found.values() if not taken), tuple(faults))


def _add(found: dict[str, tuple[str, bool]], name: str, *, taken: bool) -> None:
    """What was passed over in a folder is checked if it is named as well."""
    path = os.path.normpath(name)
    if taken or path not in found:
        found.setdefault(path, (name, True))
        found[path] = (found[path][0], taken)


def is_spec(path: str) -> bool:
    """Whether a file looks like a spec; one that cannot be read does, so that somebody says so."""
    try:
        state = os.stat(path)
        return _looks_like_spec(path, state.st_mtime_ns, state.st_size)
    except OSError:
        return True


@cache  # a watcher asks again and again
def _looks_like_spec(path: str, _mtime: int, _size: int) -> bool:
    with open(path, "rb") as file:
        keys = {key.decode() for key in _KEY.findall(file.read(DEFAULT.bytes))}
    if "incspec" in keys:
        only_blocks = "blocks" in keys and not keys & {"network", "input", "extends"}
        return not only_blocks
    return "extends" in keys and len(keys.intersection(FILE_KEYS)) > 1


def _is_folder(name: str) -> bool:
    """Whether a folder is meant; `draw` writes to folders that are called like shipped specs, and then those are."""
    return os.path.isdir(name) and shipped_spec(name) is None


def _below(folder: str) -> list[str]:
    """The YAML files below a folder, sorted; hidden files and folders and virtual environments are left out."""
    return [str(path) for path in sorted(_walk(folder))]


def _walk(folder: str) -> Iterator[Path]:
    for at, folders, files in os.walk(folder):
        inside = Path(at)
        folders[:] = [each for each in folders if each[0] != "." and not (inside / each / "pyvenv.cfg").exists()]
        yield from (inside / file for file in files if file[0] != "." and _is_yaml(inside / file))


def _matching(pattern: str) -> list[str]:
    """What a pattern finds, sorted, of folders all that is below."""
    from glob import glob

    found: set[Path] = set()
    for path in map(Path, glob(pattern, recursive=True)):
        found.update(_walk(str(path)) if path.is_dir() else [path] if _is_yaml(path) else [])
    return [str(path) for path in sorted(found)]


def _is_yaml(path: Path) -> bool:
    """Whether it is a YAML file. A device or a pipe is none; a link that leads nowhere is, so that somebody says so."""
    return path.suffix in SUFFIXES and (path.is_file() or path.is_symlink())
