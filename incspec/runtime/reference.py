"""A reference by its name: `package:callable` and arguments -> the module that the callable returns.

Imports what is named and nothing else, and calls it with the arguments that are given; none are guessed. Every way in
which that can fail is a `NoReferenceError` of one sentence.
"""

from __future__ import annotations

import copy
import importlib
import importlib.metadata
import importlib.util
import inspect
import pkgutil
import sys
import traceback
import types
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import torch
from torch import nn
from torch.nn.parameter import is_lazy

from ..diagnostics import did_you_mean, listed, nearest

SEED = 0
_FORM = "write `package:callable`, such as `timm:inception_v4`, or `file.py:Net`"
# Where a package that keeps its networks apart has them: `timm:inception_v4` is `timm.models:inception_v4`.
_MODELS = "models"
# Operators that torchvision's Python code expects of its compiled part; no network of it calls them.
_TORCHVISION_OPS = ("nms", "qnms")
_TORCHVISION_REASON = "operator torchvision::nms does not exist"
_declared: list[torch.library.Library] = []  # a library's operators are gone with it


class NoReferenceError(Exception):
    """What was named gives no module: one sentence, and the help for it."""

    def __init__(self, message: str, help: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.help = help


def reference(against: str | nn.Module, arguments: Mapping[str, object]) -> tuple[nn.Module, str]:
    """The reference and what to call it: a copy of a module, or what a callable of that name returns.

    Raises:
        NoReferenceError: the name gives no module.
    """
    if isinstance(against, nn.Module):
        return copy.deepcopy(_fit(against, type(against).__name__)), type(against).__name__
    if not isinstance(against, str):
        raise TypeError(f"a module or `package:callable` is wanted, not {against!r}")
    return load_reference(against, arguments), against


def load_reference(target: str, arguments: Mapping[str, object]) -> nn.Module:
    """Import what `target` names, call it, and return the module; drawn from a fixed seed.

    `target` is `package:callable`, `package.module:Class.method` or `path/to/file.py:callable`. What a package does
    not have itself is looked for in its `models`. A module that is no callable's result but stands there is copied.

    Raises:
        NoReferenceError: there is no such thing, it cannot be imported or called, or returns no module.
    """
    where, colon, name = target.rpartition(":")
    if not (colon and where and name):
        raise NoReferenceError(f"`{target}` names no callable", _FORM)
    with _quietly(), torch.random.fork_rng(devices=()):
        torch.manual_seed(SEED)
        found = _attribute(_imported(where), where, name)
        module = copy.deepcopy(found) if isinstance(found, nn.Module) else _called(found, target, arguments)
    if not isinstance(module, nn.Module):
        raise NoReferenceError(f"`{target}` returned {_article(module)}, not an nn.Module")
    return _fit(module, target)


def _fit(module: nn.Module, name: str) -> nn.Module:
    """The module, if it can be given other weights and watched as it runs."""
    tensors = [*module.parameters(), *module.buffers()]
    if isinstance(module, torch.jit.ScriptModule):
        raise NoReferenceError(f"`{name}` is a scripted module, which cannot be watched", "give what it was made of")
    if any(is_lazy(tensor) for tensor in tensors):
        raise NoReferenceError(f"`{name}` is a lazy module without weights", "run it once where it is made")
    if any(tensor.is_meta for tensor in tensors):
        raise NoReferenceError(f"`{name}` is a module on the meta device, without weights")
    return module


@contextmanager
def _quietly() -> Iterator[None]:
    """Without the warnings of packages that nobody here can change."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


# --- importing


def _imported(where: str) -> types.ModuleType:
    if where.endswith(".py"):
        return _imported_file(Path(where))
    if not all(part.isidentifier() for part in where.split(".")):
        raise NoReferenceError(f"`{where}` is no package", _FORM)
    known = set(sys.modules)
    with _on_path(Path.cwd(), first=False):
        try:
            return _import(where)
        except _MissingOpsError:
            # torchvision's compiled part does not fit this torch, which is common: from the package index, a torch for
            # the CPU has no torchvision beside it. All that the networks lack for it is these names: declare them.
            for name in set(sys.modules) - known:
                if name.partition(".")[0] in ("torchvision", where.partition(".")[0]):
                    del sys.modules[name]
            _declare_torchvision_ops()
            return _import(where)


class _MissingOpsError(Exception):
    """torchvision is imported, by itself or by another package, and fails for want of its compiled part."""


def _import(where: str) -> types.ModuleType:
    try:
        return importlib.import_module(where)
    except ModuleNotFoundError as error:
        missing = error.name or where
        if where == missing or where.startswith(f"{missing}."):
            raise _no_package(missing) from None
        raise _import_failed(where, error) from None
    except (Exception, SystemExit) as error:
        if str(error) == _TORCHVISION_REASON and not _declared:
            raise _MissingOpsError from None
        raise _import_failed(where, error) from None


def _declare_torchvision_ops() -> None:
    library = torch.library.Library("torchvision", "FRAGMENT")  # type: ignore[no-untyped-call]
    for name in _TORCHVISION_OPS:
        library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")  # type: ignore[no-untyped-call]
    _declared.append(library)


def _imported_file(path: Path) -> types.ModuleType:
    if not path.is_file():
        raise NoReferenceError(f"there is no file `{path}`", _nearest_file(path))
    name = str(path.resolve())  # no other module has such a name
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None  # there is one for every .py file
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses and pickle look it up there
    with _on_path(path.parent.resolve(), first=True):
        try:
            spec.loader.exec_module(module)
        except (Exception, SystemExit) as error:
            del sys.modules[name]
            raise _import_failed(str(path), error) from None
    return module


@contextmanager
def _on_path(folder: Path, *, first: bool) -> Iterator[None]:
    """Modules of a folder can be imported: before those that are installed, or only where none is installed."""
    entry = str(folder)
    sys.path.insert(0 if first else len(sys.path), entry)
    try:
        yield
    finally:
        sys.path.remove(entry)


def _no_package(missing: str) -> NoReferenceError:
    parent, _, name = missing.rpartition(".")
    if parent:
        beside = [each.name for each in pkgutil.iter_modules(getattr(sys.modules[parent], "__path__", ()))]
        return NoReferenceError(f"`{parent}` has no module `{name}`", _only_near(name, beside))
    installed = importlib.metadata.packages_distributions()
    return NoReferenceError(
        f"there is no package `{name}`", _only_near(name, installed) or "install it, or mend its name"
    )


def _nearest_file(path: Path) -> str | None:
    beside = [each.name for each in path.parent.glob("*.py")] if path.parent.is_dir() else []
    return _only_near(path.name, beside)


def _only_near(name: str, candidates: Iterable[str]) -> str | None:
    """The nearest name, whatever letters of it are capital."""
    by_lower = {candidate.lower(): candidate for candidate in candidates}
    near = nearest(name, by_lower)
    return f"did you mean `{by_lower[near]}`?" if near else None


def _import_failed(where: str, error: BaseException) -> NoReferenceError:
    return NoReferenceError(f"importing `{where}` failed: {_sentence(error)}{_place(error)}")


# --- finding and calling


def _attribute(module: types.ModuleType, where: str, name: str) -> object:
    """What a dotted name stands for in a module, or in the module's `models`."""
    for start in (module, getattr(module, _MODELS, None)):
        found: object = start
        for part in name.split("."):
            found = getattr(found, part, None)
        # A module of the name of its network, such as `timm.models.vgg`, is not what is meant.
        if found is not None and not isinstance(found, types.ModuleType):
            if not callable(found):
                raise NoReferenceError(f"`{where}:{name}` is {_article(found)}, which cannot be called")
            return found
    names = [each for place in (module, getattr(module, _MODELS, None)) for each in _callables(place)]
    own = [each for each in names if getattr(getattr(module, each, None), "__module__", None) == module.__name__]
    raise NoReferenceError(f"`{where}` has no callable `{name}`", _only_near(name, names) or did_you_mean(name, own))


def _callables(module: object) -> list[str]:
    return [name for name, value in vars(module).items() if callable(value) and name[0] != "_"] if module else []


def _called(found: object, target: str, arguments: Mapping[str, object]) -> object:
    assert callable(found)
    _check_arguments(found, target, arguments)
    try:
        return found(**arguments)
    except (Exception, SystemExit) as error:
        if _of_network(error):
            needless = "verification draws its own weights: none need to be downloaded"
            raise NoReferenceError(f"`{target}` could not reach the network: {_sentence(error)}", needless) from None
        raise NoReferenceError(f"calling `{target}` failed: {_sentence(error)}") from None


def _check_arguments(found: Callable[..., object], target: str, arguments: Mapping[str, object]) -> None:
    try:
        parameters = inspect.signature(found).parameters.values()
    except (TypeError, ValueError):  # some callables do not tell
        return
    named = [p for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]
    if not any(p.kind is p.VAR_KEYWORD for p in parameters):
        for name in arguments:
            if name not in {p.name for p in named}:
                hint = did_you_mean(name, [p.name for p in named])
                raise NoReferenceError(f"`{target}` has no argument `{name}`", hint)
    needed = [p.name for p in named if p.default is p.empty and p.name not in arguments]
    if needed:
        more = " ".join(f"--with {name}=..." for name in needed)
        raise NoReferenceError(
            f"`{target}` needs {listed(needed)}", f"give {'it' if len(needed) == 1 else 'them'}: {more}"
        )


def _of_network(error: BaseException | None) -> bool:
    """Whether an exception, or one that led to it, is of the network."""
    import socket
    import urllib.error

    while error is not None:
        # What HTTP libraries raise is theirs; their names say it.
        if isinstance(error, urllib.error.URLError | socket.gaierror | ConnectionError) or type(error).__name__ in (
            "ConnectError",
            "ConnectTimeout",
            "LocalEntryNotFoundError",
        ):
            return True
        error = error.__cause__ or error.__context__
    return False


def _sentence(error: BaseException) -> str:
    """The kind of an exception and the first line of what it says."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    text = lines[0] if lines else ""
    text = text if len(text) <= 200 else f"{text[:199]}…"
    return f"{type(error).__name__}{f': {text}' if text else ''}"


def _place(error: BaseException) -> str:
    """Where an exception was raised, for one who can mend it."""
    if isinstance(error, SyntaxError) and error.filename:
        return f" ({Path(error.filename).name}, line {error.lineno})"
    frames = traceback.extract_tb(error.__traceback__)
    outside = [frame for frame in frames if "importlib" not in frame.filename]
    return f" ({Path(outside[-1].filename).name}, line {outside[-1].lineno})" if len(outside) > 1 else ""


def _article(value: object) -> str:
    name = type(value).__name__
    return "nothing" if value is None else f"{'an' if name[0].lower() in 'aeiou' else 'a'} {name}"
