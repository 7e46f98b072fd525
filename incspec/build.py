"""Building: Model -> a folder with source, figures, report, page and manifest.

All files are made, and checked if asked for, before the first is written; the folder is written under another
name and then takes the place of the last one at once, so there is always a whole one: the last or the new one, however
a build ends. (On Linux. Where the system cannot swap two folders, a build that is killed at the very moment leaves
the last one under the other name.)
"""

from __future__ import annotations

import ctypes
import glob
import hashlib
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from . import __version__
from .backends.figures.formats import FORMATS, Format
from .backends.figures.render import render_all
from .backends.formats import json_text, to_csv, to_markdown
from .diagnostics import InternalError
from .model import Model
from .pictures import Look, figures_of, style_name, style_of
from .telling import Tell, nobody

MANIFEST = "manifest.json"
_MARK = ".incspec-"  # in the names of folders that are not finished


class BuildError(Exception):
    """The folder cannot be written; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Built:
    """What a build wrote, what its manifest says, and the figures that are larger than their style wants them."""

    folder: Path
    files: tuple[str, ...]
    manifest: dict[str, object]
    too_large: tuple[str, ...]


def build(
    model: Model,
    folder: Path,
    *,
    formats: Sequence[Format] = ("svg",),
    look: Look | None = None,
    verify: bool = True,
    tell: Tell = nobody,
) -> Built:
    """Write everything that can be made of a model, its figures as `look` has them: by default in its paper's style.

    `tell` hears what is being done, and how many of how many parts are done.

    With `verify` the printed module is run on the meta device first, and each of its shapes and counts compared
    with the inferred ones.

    Raises:
        BuildError: the folder holds something else, or cannot be written.
        ValueError: `look` has words that mean nothing.
        CompileError: the style's file has mistakes.
        InternalError: the module is not what the compiler inferred.
    """
    _check_target(folder)
    look = look or Look()
    style = style_name(model.network, look)
    look = replace(look, style=style_of(model.network, look))  # a style that is wrong is told before all else is done
    folder = folder.resolve() if folder.is_symlink() else folder  # what the link stands for is replaced, not the link
    if verify:
        tell(f"running {model.name} on the meta device", 0, 0)
        verify_module(model)
    contents, too_large = _contents(model, formats, look, tell)
    manifest = _manifest(model, contents, style, verified=verify)
    contents[MANIFEST] = (json.dumps(manifest, indent=2, ensure_ascii=False) + "\n").encode()
    try:
        _write(folder, contents)
    except OSError as error:
        raise BuildError(f"`{folder}` cannot be written: {(error.strerror or str(error)).lower()}") from error
    return Built(folder, tuple(contents), manifest, too_large)


def verify_module(model: Model) -> None:
    """Run the module on the meta device and compare every shape and count.

    With auxiliary heads it runs twice: without them in eval mode, and with them in training mode.

    Raises:
        InternalError: something differs.
    """
    from .runtime.verify import differences, measure

    modules = model.printed.modules
    measured = measure(model.module(device="meta", aux=False), model.inputs)
    trunk = [module for module in modules if not module.aux]
    found = differences(measured, trunk, model.outputs, model.params, model.macs)
    if model.aux_outputs:
        measured = measure(model.module(device="meta"), model.inputs, training=True)
        outputs = (*model.outputs, *model.aux_outputs)
        trained = differences(measured, modules, outputs, model.params_with_aux, model.macs_with_aux)
        found += [f"in training: {difference}" for difference in trained]
    if found:
        raise InternalError("the printed module is not what was inferred:\n  " + "\n  ".join(found))


def _contents(
    model: Model, formats: Sequence[Format], look: Look, tell: Tell
) -> tuple[dict[str, bytes], tuple[str, ...]]:
    """The files, and the names of the figures that are larger than their style wants them."""
    tell(f"laying out {model.name}", 0, 0)
    report = model.report()
    contents = {
        "model.py": model.source().encode(),
        "report.json": json_text(report).encode(),
        "report.csv": to_csv(report).encode(),
        "report.md": to_markdown(report).encode(),
        "index.html": model.page(),
    }
    too_large: list[str] = []
    style = style_of(model.network, look)
    figures = figures_of(model.network, look, style)
    for index, figure in enumerate(figures):
        tell(f"drawing {figure.name}", index, len(figures))
        drawn, laid = render_all(figure, formats, style=style)
        too_large += [figure.name] if laid is not None and laid.excess else []
        contents |= {f"figures/{figure.name}.{FORMATS[name].suffix}": data for name, data in drawn.items()}
    return contents, tuple(too_large)


def _manifest(model: Model, contents: dict[str, bytes], style: str | None, *, verified: bool) -> dict[str, object]:
    compiled = model.compiled
    return {
        "incspec": __version__,
        "name": model.name,
        "class": model.printed.class_name,
        "inputs": [[int(n) for n in t.shape] for t in model.inputs],
        "outputs": [[int(n) for n in t.shape] for t in model.outputs],
        "params": model.params,
        "params_with_aux": model.params_with_aux,
        "macs": model.macs,
        "verified": verified,
        "style": style,
        "settings": list(map(str, compiled.settings)),
        "specs": [
            {"file": Path(file.source.name).name, "sha256": _hash(file.source.text.encode())} for file in compiled.files
        ],
        "files": {name: {"bytes": len(data), "sha256": _hash(data)} for name, data in sorted(contents.items())},
    }


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


# --- writing


def _check_target(folder: Path) -> None:
    """Refuse to replace what no build made, and what was changed since."""
    if not folder.exists():
        return
    if not folder.is_dir():
        raise BuildError(f"`{folder}` is a file: name another folder with `--out`")
    if folder.resolve() in (Path.cwd(), *Path.cwd().parents):
        raise BuildError(f"`{folder}` is the current folder: name a folder in it with `--out`")
    present = {
        path.relative_to(folder).as_posix(): path
        for path in folder.rglob("*")
        if (path.is_symlink() or not path.is_dir()) and "__pycache__" not in path.parts
    }
    known = _built_files(folder)
    foreign = sorted(name for name in present if name not in known)
    if foreign:
        raise BuildError(
            f"`{folder}` holds files that incspec did not write ({', '.join(foreign[:3])}"
            f"{', ...' if len(foreign) > 3 else ''}): move them, or name another folder with `--out`"
        )
    edited = sorted(name for name, digest in known.items() if name in present and digest != _digest(present[name]))
    if edited:
        raise BuildError(
            f"`{folder}/{edited[0]}` was changed since it was built: move it, or name another folder with `--out`"
        )


def _built_files(folder: Path) -> dict[str, str | None]:
    """The files of the last build and their hashes, as its manifest has them; empty if there is no such build."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
        if "incspec" not in manifest:
            return {}
        return {MANIFEST: _digest(folder / MANIFEST)} | {name: e["sha256"] for name, e in manifest["files"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _digest(path: Path) -> str | None:
    return None if path.is_symlink() or not path.is_file() else _hash(path.read_bytes())


def _write(folder: Path, contents: dict[str, bytes]) -> None:
    """Put the files in the place of what is there, all at once.

    Builds beside each other wait for each other here, and each removes what those before it have left that were killed.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _alone_in(folder.parent) as alone:
        if alone:
            for left in folder.parent.glob(f".{glob.escape(folder.name)}{_MARK}*"):
                shutil.rmtree(left, ignore_errors=True)
        _check_target(folder)  # again: making the files took a while
        _replace(folder, contents)


def _replace(folder: Path, contents: dict[str, bytes]) -> None:
    prefix = f".{folder.name}{_MARK}"
    with tempfile.TemporaryDirectory(prefix=prefix, dir=folder.parent, ignore_cleanup_errors=True) as made:
        fresh = Path(made) / folder.name
        for name, data in contents.items():
            path = fresh / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        if not folder.exists():
            fresh.rename(folder)
        elif not _exchange(fresh, folder):
            # Whoever is killed between these two leaves no folder, and the last one under `old`.
            old = Path(made) / "old"
            folder.rename(old)
            try:
                fresh.rename(folder)
            except BaseException:
                old.rename(folder)
                raise


@contextmanager
def _alone_in(folder: Path) -> Iterator[bool]:
    """Wait until no other build writes into a folder, and keep them waiting; False where the system cannot tell."""
    try:
        import fcntl

        held = os.open(folder, os.O_RDONLY)
    except (ImportError, OSError):
        yield False
        return
    try:
        try:
            fcntl.flock(held, fcntl.LOCK_EX)  # ends with the process, however that ends
            alone = True
        except OSError:
            alone = False
        yield alone
    finally:
        os.close(held)


def _exchange(a: Path, b: Path) -> bool:
    """Swap two folders in one step, where the system can; False where it cannot."""
    if not sys.platform.startswith("linux"):
        return False
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    at_cwd, exchange = -100, 2
    return rename is not None and rename(at_cwd, os.fsencode(a), at_cwd, os.fsencode(b), exchange) == 0
