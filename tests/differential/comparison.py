"""One text, read by the compiler and by torch: what they say of it must be the same.

Both refuse it; or both take it, and then shapes, parameters, multiply-adds and outputs are the same, of the printed
module, of the graph node by node, and of torch's own reading.
"""

from __future__ import annotations

import copyreg
import linecache
import re
import sys
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import torch
from interpreter import tensors_at
from shape_comments import check_comments
from torch import Tensor, nn

import incspec
from incspec.build import verify_module
from incspec.ir import TypedGraph
from incspec.loading import load_text
from incspec.reading.settings import from_dict
from incspec.shapes import TensorType

from . import eager, plain
from .values import Refused, RuleRefuses

SETTING = re.compile(r"^# set: (\S+)=(.+)$", re.MULTILINE)


class Disagreement(AssertionError):  # noqa: N818  # not a fault of the test
    """The compiler and torch do not say the same of a network; `kind` is what they differ in, in words."""

    def __init__(self, kind: str, details: object = "") -> None:
        super().__init__(f"{kind}: {details}")
        self.kind = kind


# What takes long is done for one network of so many.
_COMMENTS_READ = 4
_SCRIPTED = 12


@dataclass(frozen=True)
class Verdict:
    """What both say: nothing where the network is fine, else the codes, and whether torch or a rule refuses it."""

    codes: tuple[str, ...] = ()
    by: str = ""
    ops: Counter[str] = field(default_factory=Counter)


def compare(text: str) -> Verdict:
    """Hold the compiler against torch.

    Raises:
        Disagreement: they differ.
    """
    settings = dict(SETTING.findall(text))
    spec = plain.read(text)
    inputs = [_drawn(map(int, shape)) for shape in spec["input"].values()]
    try:
        wanted = eager.run(spec, settings, inputs, training=True)
        refusal: Refused | None = None
    except Refused as refused:
        refusal = refused
    try:
        with _expected("incspec raises"):
            model = load_text(text.encode(), "<text>", from_dict(settings))
    except incspec.CompileError as error:
        errors = [item for item in error.diagnostics if item.severity == "error"]
        codes = tuple(dict.fromkeys(item.code for item in errors))
        if refusal is None:
            told = "; ".join(item.message for item in errors)
            raise Disagreement(f"torch runs it, incspec refuses by {', '.join(codes)}", told) from error
        if isinstance(refusal, RuleRefuses) and not _is_told(refusal.code, codes):
            raise Disagreement(f"the rule is {refusal.code}, incspec refuses by {', '.join(codes)}", refusal) from error
        return Verdict(codes, refusal.by)
    if refusal is not None:
        raise Disagreement(f"incspec takes it, {refusal.by} refuses", refusal)
    try:
        _hold(model, spec, settings, inputs)
    finally:
        _forget()
    return Verdict(ops=wanted.ops)


def _is_told(code: str, codes: Sequence[str]) -> bool:
    """Whether one of the codes stands for a rule's refusal."""
    if code in ("", *codes) or "invalid-value" in codes:  # beside the mistake in its value, the step has another
        return True
    # Of two such mistakes one is told; a batch of 1 is told in place of the axes that it adds.
    axes = {"wrong-axis-count", "wrong-rank"}
    return code in axes and not {*axes, "invalid-input"}.isdisjoint(codes)


@contextmanager
def _expected(kind: str) -> Iterator[None]:
    """Whatever is raised in here, but for refusals, is a fault of the compiler."""
    try:
        yield
    except (Disagreement, incspec.CompileError):
        raise
    except Exception as error:
        raise Disagreement(f"{kind} {type(error).__name__}", error) from error


def _drawn(shape: Sequence[int]) -> Tensor:
    return torch.randn(eager.BATCH, *shape, dtype=torch.float64, generator=torch.Generator().manual_seed(0))


def _hold(model: incspec.Model, spec: plain.Data, settings: Mapping[str, str], inputs: list[Tensor]) -> None:
    """Hold what the compiler makes of a network against torch's reading of it."""
    _same("inputs", [tuple(x.shape[1:]) for x in inputs], [_shape(t) for t in model.inputs])
    with _expected("on the meta device the module raises"):
        verify_module(model)
    if _is_one_of(_COMMENTS_READ, model):
        with _expected("the shape comments raise"):
            check_comments(model.source(), model.printed.class_name, model.inputs)
    with _expected("made, the module raises"):
        module = model.module(seed=0, dtype=torch.float64)
    _disturb(module)
    for training in (False, True):
        _hold_mode(model, module.train(training), spec, settings, inputs)


def _hold_mode(
    model: incspec.Model, module: nn.Module, spec: plain.Data, settings: Mapping[str, str], inputs: list[Tensor]
) -> None:
    training = module.training
    weights = _weights(model, module)
    with _expected("under the module's weights, torch's reading raises"):
        wanted = eager.run(spec, settings, inputs, training=training, weights=weights)
    types = (*model.outputs, *(model.aux_outputs if training else ()))
    _same("output shapes", [_shape(t) for t in types], [tuple(y.shape[1:]) for y in wanted.outputs])
    _same("parameters", model.params_with_aux if training else model.params, wanted.params)
    _same("multiply-adds", model.macs_with_aux if training else model.macs, wanted.macs)
    with _expected("the module raises"), torch.no_grad():
        found = module(*inputs)
    found = tuple(found) if isinstance(found, tuple) else (found,)
    _same("shapes of the module's outputs", [y.shape for y in found], [y.shape for y in wanted.outputs])
    if not training or "Drop" not in model.source():  # what is dropped in training is random
        _same_numbers(f"torch's reading{' in training' if training else ''}", found, wanted.outputs)
    if not training:
        _hold_graph(model, module, inputs, found)
        if _is_one_of(_SCRIPTED, model):
            _hold_script(module, inputs, found)


def _hold_graph(model: incspec.Model, module: nn.Module, inputs: list[Tensor], found: Sequence[Tensor]) -> None:
    """What the module computes against the graph node by node, and every inferred type against the tensor that it is of."""
    with _expected("the graph node by node raises"), torch.no_grad():
        tensors = tensors_at(model.network, model.printed, module, *inputs)
    _same_numbers("the graph node by node", found, [tensors[(), value] for value in model.network.graph.outputs])
    for (calls, value), tensor in tensors.items():
        graph: TypedGraph = model.network
        for call in calls:
            graph = graph.calls[call]
        if value in graph.types:
            wanted = tuple(tensor.shape[1:])
            _same(
                "an inferred shape", ((*calls, str(value)), _shape(graph.types[value])), ((*calls, str(value)), wanted)
            )


def _hold_script(module: nn.Module, inputs: list[Tensor], found: Sequence[Tensor]) -> None:
    """What the module computes against what TorchScript makes of its source."""
    with _expected("scripted, the module raises"), torch.no_grad():
        result = torch.jit.script(module)(*inputs)
    _same_numbers("TorchScript", result if isinstance(result, tuple) else (result,), found)


def _is_one_of(many: int, model: incspec.Model) -> bool:
    """Whether a network is one of so many for which something is done that takes long."""
    return zlib.crc32(model.source().encode()) % many == 0


def _weights(model: incspec.Model, module: nn.Module) -> list[dict[str, Tensor]]:
    """The state of each layer, in the order in which the layers run."""
    leaves = [module.get_submodule(facts.path) for facts in model.printed.modules if module.training or not facts.aux]
    states = [leaf.state_dict() for leaf in leaves if not any(True for _ in leaf.children())]
    return [state for state in states if state]


def _disturb(module: nn.Module) -> None:
    """Give norms other numbers than those under which they do nothing."""
    random = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for child in module.modules():
            if isinstance(child, nn.modules.batchnorm._BatchNorm | nn.LayerNorm):
                for tensor in child.state_dict().values():
                    if tensor.is_floating_point():
                        tensor.uniform_(0.5, 1.5, generator=random)


def _shape(type_: TensorType) -> tuple[int, ...]:
    return tuple(int(length) for length in type_.shape)


def _same(what: str, found: object, wanted: object) -> None:
    if found != wanted:
        raise Disagreement(what, f"{found}, torch has {wanted}")


def _same_numbers(what: str, found: Sequence[Tensor], wanted: Sequence[Tensor]) -> None:
    for a, b in zip(found, wanted, strict=True):
        if not torch.allclose(a, b, rtol=1e-8, atol=1e-10, equal_nan=True):
            raise Disagreement(f"{what} gives other numbers", f"off by {(a - b).abs().max().item():.1e}")


def _forget() -> None:
    """Drop the classes of executed sources, which are kept for good and would fill the memory."""
    for name in [name for name in sys.modules if name.startswith("incspec_source_")]:
        for value in vars(sys.modules.pop(name)).values():
            if isinstance(value, type):
                copyreg.dispatch_table.pop(value, None)
        linecache.cache.pop(f"<{name}>", None)
