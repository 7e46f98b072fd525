"""TorchCall -> what torch does: the smallest printer that there can be, and its result, run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812  # torch's own name for it
from torch import nn

from incspec.ops.base import TorchCall


def source(call: TorchCall, *inputs: str) -> str:
    """The call as an expression; of a module, its construction."""
    arguments = _arguments(call)
    if call.is_module:
        return f"{call.target}({', '.join(arguments)})"
    if call.target in ("+", "*"):
        return f" {call.target} ".join([*inputs, *arguments])
    if call.target.startswith("."):
        (name,) = inputs
        return f"{name}{call.target}({', '.join(arguments)})"
    tensors = [f"[{', '.join(inputs)}]"] if call.listed else list(inputs)
    return f"{call.target}({', '.join([*tensors, *arguments])})"


def build(call: TorchCall) -> Callable[..., Any]:
    """The call as a function of its inputs; a module in evaluation mode, with its parameters initialised."""
    scope: dict[str, Any] = {"torch": torch, "nn": nn, "F": F}
    if not call.is_module:

        def run(*tensors: torch.Tensor) -> Any:
            names = {f"x{index}": tensor for index, tensor in enumerate(tensors)}
            return eval(source(call, *names), scope | names)

        return run
    exec(call.helper, scope)
    module = eval(source(call), scope)
    assert isinstance(module, nn.Module)
    for init in call.init:
        getattr(nn.init, f"{init.function}_")(getattr(module, init.parameter), **init.kwargs)
    return module.eval()


def _arguments(call: TorchCall) -> list[str]:
    """The arguments as text; keyword arguments that equal torch's default are left out, as in the printed source."""
    unusual = {k: v for k, v in call.kwargs.items() if k not in call.defaults or v != call.defaults[k]}
    keywords = {**unusual, **call.fixed}
    return [*(repr(v) for v in call.args.values()), *(f"{k}={v!r}" for k, v in keywords.items())]
