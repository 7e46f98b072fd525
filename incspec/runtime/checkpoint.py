"""Checkpoints: a file -> its tensors, in its order; or a refusal.

A file is data: nothing in it is executed, and it cannot make more memory be used than it takes on disk. What training
scripts wrap round the weights (`state_dict`, `module.`) is taken off.
"""

from __future__ import annotations

import io
import os
import pickle
import stat
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn.parameter import is_lazy

from ..diagnostics import Diagnostic, WeightsError

# Under these names training scripts keep the weights, the first that is there; those averaged over time come last.
_WRAPPERS = (
    "state_dict",
    "model_state_dict",
    "model_state",
    "model",
    "module",
    "net",
    "network",
    "weights",
    "params",
    "state_dict_ema",
    "model_ema",
    "ema",
)
_DEPTH = 4  # of wrappers in one another
# What parallel, compiled and wrapping modules put before all names.
_PREFIXES = ("module.", "_orig_mod.", "model.", "net.", "network.", "_forward_module.")
_COUNTER = "n_averaged"  # beside the `module.` of torch's averaged models
_SHOWN = 5
# Narrower ones are read with scales that stand elsewhere.
_FLOATS = (torch.float16, torch.bfloat16, torch.float32, torch.float64)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The tensors of a checkpoint in its order, its name, and what was taken off."""

    tensors: Mapping[str, Tensor]
    name: str
    notes: tuple[str, ...] = ()


def read_checkpoint(weights: str | os.PathLike[str] | Mapping[str, object]) -> Checkpoint:
    """The tensors of a file, or of a dictionary, on the CPU.

    Raises:
        WeightsError: it cannot be read, or holds something else.
        TypeError: it is neither.
    """
    if isinstance(weights, Mapping):
        return _unwrapped(weights, "the state dictionary")
    if not isinstance(weights, str | os.PathLike):
        hint = ": give its `state_dict()`" if isinstance(weights, torch.nn.Module) else ""
        raise TypeError(f"weights are a file or a state dictionary, not a {type(weights).__name__}{hint}")
    path = Path(weights)
    content = _read(path)
    if not isinstance(content, Mapping):
        raise _refused(
            path.name, f"holds a {type(content).__name__}, not a dictionary of tensors", "save `module.state_dict()`"
        )
    return _unwrapped(content, path.name)


# --- reading


def _read(path: Path) -> object:
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise _refused(path.name, "is a folder", "name a file in it")
        if not stat.S_ISREG(mode):  # a pipe would be waited for
            raise _refused(path.name, "is no file", "write it to one: it is read more than once")
        with path.open("rb") as file:
            head = file.read(16)
    except OSError as error:
        raise _refused(path.name, f"cannot be read: {(error.strerror or str(error)).lower()}") from None
    except ValueError as error:  # such as a name with a null byte
        raise _refused(path.name, f"cannot be read: {error}") from None
    if head.startswith(b"PK\x03\x04"):
        return _read_archive(path)
    if head[8:9] == b"{":
        return _read_safetensors(path)
    if head.startswith(b"\x80"):
        return _read_torch(path, mmap=False)  # the format of before torch 1.6
    raise _refused(path.name, "is empty" if not head else "is neither a safetensors file nor one of `torch.save`")


def _read_safetensors(path: Path) -> dict[str, Tensor]:
    from safetensors import safe_open

    try:
        with safe_open(path, framework="pt") as file:
            return {name: file.get_tensor(name) for name in file.offset_keys()}
    # Besides its own errors, torch's at a shape that no tensor can have.
    except Exception as error:
        raise _refused(path.name, f"is no whole safetensors file: {_line(error)}", "fetch or save it again") from None


def _read_archive(path: Path) -> object:
    try:
        with zipfile.ZipFile(path) as archive:
            packed = any(entry.compress_type != zipfile.ZIP_STORED for entry in archive.infolist())
    except (zipfile.BadZipFile, OSError) as error:
        raise _refused(path.name, f"is cut off or damaged: {_line(error)}", "fetch or save it again") from None
    if packed:  # `torch.save` never does that, and what is packed may be a thousand times as large
        raise _refused(path.name, "is a compressed archive", "unpack it, or save the weights again with `torch.save`")
    return _read_torch(path, mmap=True)


def _read_torch(path: Path, *, mmap: bool) -> object:
    try:
        return torch.load(path, map_location="cpu", weights_only=True, mmap=mmap)
    except pickle.UnpicklingError as error:
        if "weights_only" not in str(error) and "Unsupported" not in str(error):
            raise _refused(path.name, f"is cut off or damaged: {_line(error)}", "fetch or save it again") from None
        raise _refused(
            path.name,
            "holds more than tensors, which would have to be executed to be read",
            "where it comes from, save `module.state_dict()` alone, as safetensors if possible",
        ) from None
    # torch and pickle raise nearly anything at a damaged file.
    except Exception as error:
        raise _refused(path.name, f"is cut off or damaged: {_line(error)}", "fetch or save it again") from None


# --- unwrapping


def _unwrapped(content: Mapping[Any, object], name: str) -> Checkpoint:
    notes = []
    state: Mapping[Any, object] = content
    for _ in range(_DEPTH):
        inner = [
            key
            for key in _WRAPPERS
            if isinstance(found := state.get(key), Mapping)
            and any(isinstance(each, Tensor | Mapping) for each in found.values())
        ]
        if not inner:
            break
        notes.append(f"the weights are under `{inner[0]}` in the file" + (f", not `{inner[1]}`" if inner[1:] else ""))
        found = state[inner[0]]
        assert isinstance(found, Mapping)
        state = found
    tensors = dict(_tensors(state, name))
    if not tensors:
        raise _refused(name, "holds no tensors")
    if all(key.startswith("module.") or key == _COUNTER for key in tensors):
        tensors.pop(_COUNTER, None)
    while prefix := next((each for each in _PREFIXES if all(key.startswith(each) for key in tensors)), None):
        notes.append(f"all names in the file begin with `{prefix}`, which is left out")
        tensors = {key.removeprefix(prefix): tensor for key, tensor in tensors.items()}
    return Checkpoint(tensors, name, tuple(notes))


def _tensors(state: Mapping[Any, object], name: str) -> Iterator[tuple[str, Tensor]]:
    """The tensors of a dictionary that holds nothing else."""
    wrong = [key for key, value in state.items() if not (isinstance(key, str) and isinstance(value, Tensor))]
    if wrong:
        shown = ", ".join(f"`{key}`" for key in wrong[:_SHOWN]) + (", ..." if len(wrong) > _SHOWN else "")
        raise _refused(name, f"holds what is no tensor: {shown}", "save `module.state_dict()` alone")
    for key, value in state.items():
        assert isinstance(key, str)
        assert isinstance(value, Tensor)
        if not _is_ordinary(value):
            raise _refused(name, f"holds `{key}`, which is no ordinary tensor of real numbers")
        tensor = value.detach()
        # A tensor of a trillion elements that are one and the same takes no place in a file.
        if tensor.numel() * tensor.element_size() > tensor.untyped_storage().nbytes():
            raise _refused(name, f"holds `{key}`, whose elements share their memory", "save it with `.contiguous()`")
        yield key, tensor


def _is_ordinary(tensor: Tensor) -> bool:
    if is_lazy(tensor) or tensor.is_nested or tensor.layout is not torch.strided:
        return False
    if tensor.is_quantized or tensor.is_meta or tensor.is_complex():
        return False
    return not tensor.is_floating_point() or tensor.dtype in _FLOATS


def written(state: Mapping[str, Tensor], *, as_pickle: bool) -> bytes:
    """A checkpoint file: safetensors, or as `torch.save` writes it."""
    if as_pickle:
        buffer = io.BytesIO()
        torch.save({key: tensor.clone() for key, tensor in state.items()}, buffer)
        return buffer.getvalue()
    from safetensors.torch import save

    return save({key: tensor.contiguous().clone() for key, tensor in state.items()}, metadata={"format": "pt"})


def _line(error: Exception) -> str:
    """The first line of what torch or safetensors has to say."""
    return (str(error).strip().split("\n") or [""])[0][:120].rstrip(". ") or type(error).__name__


def _refused(name: str, what: str, help: str | None = None) -> WeightsError:
    return WeightsError([Diagnostic("weights-unreadable", f"`{name}` {what}", help=help)])
