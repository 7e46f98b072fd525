"""TypedGraph -> outputs, node by node: what the printed source must compute, without the source.

Each node's `TorchCall` is made anew from the graph's numbers and run with the parameters of the printed module,
which are found by the order in which the graph and `PythonSource.modules` name them.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from torch import Tensor, nn
from torch.func import functional_call

from incspec.backends.python import ModuleFacts, PythonSource
from incspec.ir import Conditional, Merge, Node, Repeat, Series, Step, TypedGraph, Value
from incspec.steps import all_steps, executed

sys.path.insert(0, str(Path(__file__).parent / "ops"))
from torch_calls import build  # a helper of the ops' tests


def interpret(network: TypedGraph, printed: PythonSource, module: nn.Module, *inputs: Tensor) -> tuple[Tensor, ...]:
    """The network's outputs under the parameters of `module`; gradients flow into these.

    In training, those of auxiliary heads follow them.
    """
    runs = [facts for facts in printed.modules if module.training or not facts.aux]
    paths = iter([facts for facts in runs if _is_leaf(module.get_submodule(facts.path))])
    results = _graph(network, paths, module, inputs)
    left = next(paths, None)
    assert left is None, f"{left.path if left else ''} is a module that no node stands for"
    return results


def tensors_at(
    network: TypedGraph, printed: PythonSource, module: nn.Module, *inputs: Tensor
) -> dict[tuple[tuple[str, ...], Value], Tensor]:
    """All tensors of a network, by the calls of blocks that lead to each and its value in the innermost."""
    paths = iter([facts for facts in printed.modules if _is_leaf(module.get_submodule(facts.path))])
    found: dict[tuple[tuple[str, ...], Value], Tensor] = {}
    _graph(network, paths, module, inputs, (), found)
    return found


def _graph(
    typed: TypedGraph,
    paths: Iterator[ModuleFacts],
    module: nn.Module,
    inputs: tuple[Tensor, ...],
    calls: tuple[str, ...] = (),
    found: dict[tuple[tuple[str, ...], Value], Tensor] | None = None,
) -> tuple[Tensor, ...]:
    tensors = dict(zip(typed.graph.inputs, inputs, strict=True))
    heads = typed.graph.aux if module.training else ()
    steps = all_steps(typed.graph) if heads else typed.graph.steps
    names = dict(_other_names(steps))

    def read(values: tuple[Value, ...]) -> tuple[Tensor, ...]:
        return tuple(tensors[_original(value, names)] for value in values)

    for part in executed(steps):
        if isinstance(part, Node):
            results = _node(part, typed, paths, module, read(part.inputs))
        else:
            inner = (*calls, part.name)
            results = _graph(typed.calls[part.name], paths, module, read(part.inputs), inner, found)
        tensors |= dict(zip(part.outputs, results, strict=True))
    if found is not None:
        found |= {(calls, value): tensor for value, tensor in tensors.items()}
        found |= {(calls, value): read((value,))[0] for value in names if _original(value, names) in tensors}
    return read((*typed.graph.outputs, *(head.outputs[0] for head in heads)))


def _is_leaf(module: nn.Module) -> bool:
    """Whether a module is one of torch's, or one that torch lacks, and not a block."""
    own = ("ChannelLayerNorm", "DropPath", "LayerScale", "Normalize")
    return type(module).__module__.startswith("torch.nn.") or type(module).__name__ in own


def _node(
    node: Node, typed: TypedGraph, paths: Iterator[ModuleFacts], module: nn.Module, inputs: tuple[Tensor, ...]
) -> tuple[Tensor, ...]:
    call = node.op.torch_call(typed.of(node.inputs))
    made = build(call)
    if call.is_module:
        assert isinstance(made, nn.Module)
        own = module.get_submodule(next(paths).path)
        made.train(own.training)
        result = functional_call(made, {**dict(own.named_parameters()), **dict(own.named_buffers())}, inputs)
    else:
        result = made(*inputs)
    results = tuple(result) if isinstance(result, tuple | list) else (result,)
    for value, tensor in zip(node.outputs, results, strict=True):
        inferred = tuple(int(n) for n in typed.types[value].shape)
        assert tensor.shape[1] == inferred[0], f"{value} has {tensor.shape[1]} channels, inferred are {inferred}"
    return results


def _other_names(steps: tuple[Step, ...]) -> Iterator[tuple[Value, Value]]:
    """What repeats and conditions call the tensors of their last turn, of their step, or what passes them."""
    for step in steps:
        if isinstance(step, Repeat):
            yield from zip(step.outputs, step.turns[-1].outputs if step.turns else step.inputs, strict=True)
            yield from _other_names(step.turns)
        elif isinstance(step, Conditional):
            ran = step.step if step.taken else None
            yield from zip(step.outputs, ran.outputs if ran is not None else step.inputs, strict=True)
            yield from _other_names((step.step,) if step.step is not None else ())
        elif isinstance(step, Series):
            yield from _other_names(step.steps)
        elif isinstance(step, Merge):
            for branch in step.branches:
                yield from _other_names(branch.steps)


def _original(value: Value, names: dict[Value, Value]) -> Value:
    while value in names:
        value = names[value]
    return value
