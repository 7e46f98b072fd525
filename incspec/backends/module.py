"""The module backend: Python source -> `torch.nn.Module`, by executing that source.

What runs is what can be read: the source is registered with `linecache`, so tracebacks, `inspect` and TorchScript
see its lines. The classes live in a module whose name is made from the source's hash; instances pickle with
their source, so they load in a process that has never seen the spec.

Not here: anything about a network's structure (python/ prints it).
"""

from __future__ import annotations

import copyreg
import hashlib
import inspect
import io
import linecache
import sys
import threading
import types
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.machinery import ModuleSpec

import torch
from torch import nn

from ..diagnostics import InternalError

_PREFIX = "incspec_source_"
_EXECUTING = threading.Lock()


def module_class(source: str, class_name: str) -> type[nn.Module]:
    """The class of this name in a printed source, executed once per process."""
    found = getattr(_executed(source), class_name, None)
    if not (inspect.isclass(found) and issubclass(found, nn.Module)):
        raise InternalError(f"the printed source has no module class {class_name}")
    return found


def build_module(
    source: str,
    class_name: str,
    *,
    arguments: Mapping[str, object] | None = None,
    seed: int | None = None,
    device: torch.device | str | None = None,
    dtype: torch.dtype | None = None,
) -> nn.Module:
    """Construct the network; `arguments` are those of its class that differ from their defaults.

    With a `seed` the weights are the same every time and on every device, and torch's own random state is left as
    it was. On the `meta` device nothing is allocated.

    Raises:
        TypeError: `dtype` is none.
    """
    if dtype is not None and not isinstance(dtype, torch.dtype):
        raise TypeError(f"`dtype` is one of torch's, such as torch.bfloat16, not {dtype!r}")
    construct = module_class(source, class_name)
    target = torch.device(device) if device is not None else torch.get_default_device()
    # Each device draws other numbers from a seed, so the weights are drawn on the CPU.
    seeded = seed is not None and target.type != "meta"
    with torch.device("cpu") if seeded else target, _random_state_of(seed):
        module: nn.Module = construct(**(arguments or {}))
    return module.to(target if seeded else None, dtype)


@contextmanager
def _random_state_of(seed: int | None) -> Iterator[None]:
    """While it is open, random numbers on the CPU come from the seed, if there is one."""
    if seed is None:
        yield
        return
    state = torch.get_rng_state()
    torch.default_generator.manual_seed(seed)
    try:
        yield
    finally:
        torch.set_rng_state(state)


def _executed(source: str) -> types.ModuleType:
    """The Python module made from a source."""
    name = _PREFIX + hashlib.sha256(source.encode()).hexdigest()[:16]
    with _EXECUTING:
        return sys.modules[name] if name in sys.modules else _execute(source, name)


def _execute(source: str, name: str) -> types.ModuleType:
    file = f"<{name}>"
    # Without a modification time linecache never drops the entry.
    linecache.cache[file] = (len(source), None, io.StringIO(source).readlines(), file)
    module = types.ModuleType(name)
    module.__file__ = file
    module.__spec__ = ModuleSpec(name, None, origin=file)
    module.__dict__["__source__"] = source
    sys.modules[name] = module
    try:
        exec(compile(source, file, "exec"), module.__dict__)
    except BaseException:
        del sys.modules[name]
        raise
    for value in list(vars(module).values()):
        if inspect.isclass(value) and value.__module__ == name:
            reduce = _reduce if issubclass(value, nn.Module) else _reduce_outputs
            copyreg.pickle(value, reduce)  # type: ignore[arg-type]  # typeshed wants a tuple of fixed length
    return module


def _reduce(module: nn.Module) -> tuple[object, ...]:
    """How a module pickles and copies: its class by source, its state as torch keeps it."""
    return _rebuild, _origin(type(module)), module.__dict__


def _rebuild(source: str, class_name: str) -> nn.Module:
    """A module without state; pickle fills it in."""
    cls = module_class(source, class_name)
    return cls.__new__(cls)


def _reduce_outputs(outputs: tuple[object, ...]) -> tuple[object, ...]:
    """How a named tuple pickles and copies: its class by source, and what is in it."""
    return _rebuild_outputs, (*_origin(type(outputs)), *outputs)


def _rebuild_outputs(source: str, class_name: str, *outputs: object) -> object:
    return getattr(_executed(source), class_name)(*outputs)


def _origin(cls: type) -> tuple[str, str]:
    """The source that a class is from, and its name there."""
    return sys.modules[cls.__module__].__dict__["__source__"], cls.__qualname__
