"""Outcomes: a mutant -> what the compiler says of it, and what torch says of what it accepts."""

from __future__ import annotations

import time
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from incspec.diagnostics import Diagnostic, Diagnostics
from incspec.model import Model
from incspec.pipeline import compile_spec
from incspec.reading.files import SpecFile, shipped_specs
from incspec.source import SourceFile

from .mutants import Mutant

Place = Literal["same line", "same block", "elsewhere"]
# Sources that torch has run, and what it did not agree with: a mutant that prints the same need not run again.
_RUN: dict[str, str] = {}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a mutant: the mistakes and remarks told, in the order of the text, or the traceback."""

    mutant: Mutant
    errors: tuple[Diagnostic, ...]
    remarks: tuple[Diagnostic, ...]
    seconds: float
    crash: str = ""
    # What torch does not agree with in an accepted mutant, or None where torch was not asked.
    disagreement: str | None = None

    @property
    def caught(self) -> bool:
        """Whether it was refused."""
        return bool(self.errors)

    @property
    def place(self) -> Place:
        """Where the first mistake is underlined, seen from the change."""
        label = self.errors[0].primary
        if label is None:
            return "elsewhere"
        at, line = label.span, label.span.position.line
        if at.source.name != self.mutant.spec:
            return "elsewhere"
        if line in self.mutant.lines:
            return "same line"
        return "same block" if self.mutant.block_of(line) == self.mutant.block else "elsewhere"


def outcome(mutant: Mutant, *, ask_torch: bool) -> Outcome:
    """Compile a mutant; where it is accepted, torch may be asked as well."""
    sink = Diagnostics()
    start = time.process_time()
    try:
        file = SpecFile(SourceFile(mutant.spec, mutant.text), shipped_specs()[mutant.spec].parent)
        compiled = compile_spec(file, sink)
    except Exception:
        return Outcome(mutant, (), (), time.process_time() - start, crash=traceback.format_exc())
    seconds = time.process_time() - start
    told = sink.sorted()
    errors = tuple(item for item in told if item.severity == "error")
    remarks = tuple(item for item in told if item.severity != "error")
    disagreement = None
    if compiled is not None and ask_torch:
        disagreement = _asked(Model(compiled, remarks))
    return Outcome(mutant, errors, remarks, seconds, disagreement=disagreement)


def _asked(model: Model) -> str:
    """What torch does not agree with: the module runs on the meta device, in both modes, with a batch of two."""
    source = model.source()
    if source not in _RUN:
        try:
            _RUN[source] = _difference(model)
        except Exception as error:
            _RUN[source] = f"{type(error).__name__}: {error}".partition("\n")[0]
    return _RUN[source]


def _difference(model: Model) -> str:
    import torch

    from incspec.runtime.shapes_only import ShapesOnly

    module = model.module(device="meta")
    given = [torch.empty(2, *type_.shape, device="meta") for type_ in model.inputs]
    for training in (False, True):
        with torch.no_grad(), ShapesOnly():
            result = module.train(training)(*given)
        wanted = [type_.shape for type_ in (*model.outputs, *(model.aux_outputs if training else ()))]
        found = [tuple(tensor.shape[1:]) for tensor in _tensors(result)]
        if found != [tuple(map(int, shape)) for shape in wanted]:
            return f"{'training' if training else 'eval'} gives {found}, inferred {wanted}"
    params = sum(parameter.numel() for parameter in module.parameters())
    return "" if params == model.params_with_aux else f"{params} parameters, inferred {model.params_with_aux}"


def _tensors(result: object) -> list[object]:
    if isinstance(result, Mapping):
        return list(result.values())
    return list(result) if isinstance(result, tuple) else [result]
