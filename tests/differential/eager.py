"""Plain data -> what torch does: the language, read step by step and run at once.

Written from the language's rules alone: no type is inferred, no graph is made, nothing of incspec is imported. A tensor
stands wherever the compiler has a type.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

from .eager_ops import OPERATORS
from .eager_shapes import join, slices
from .flow import Flow, Run
from .plain import MAIN, MERGES, Body, Data
from .values import Fields, Names, RuleRefuses, evaluate, parameter, whole

Flows = tuple[Flow, ...]
BATCH = 2


@dataclass
class Frame:
    """One body while it runs: what names mean, which tensors can be read, and what comes out of the last step."""

    names: Names
    tensors: dict[str, Flows]
    current: Flows
    defaults: Mapping[str, Data] = field(default_factory=dict)  # of the block that the body is in

    def inner(self, names: Names, inputs: Flows) -> Frame:
        """A body inside this one."""
        return Frame(names, dict(self.tensors), inputs, self.defaults)

    def read(self, names: Sequence[str]) -> Flows:
        """The tensors of these names."""
        return tuple(flow for name in names for flow in self.tensors[name])


@dataclass(frozen=True)
class Result:
    """What came out of a network, and what it took."""

    outputs: tuple[Tensor, ...]  # those of auxiliary heads last
    params: int
    macs: int  # for one image
    ops: Counter[str]


class _Flops(TorchDispatchMode):
    """Counts by torch's own formulas. (torch's own counter decomposes what it does not know, which takes most of its time.)"""

    total = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        count = flop_registry.get(func._overloadpacket)
        self.total += count(*args, **(kwargs or {}), out_val=result) if count is not None else 0
        return result


class Eager:
    """One spec, to be run; `settings` replace parameters of the file and defaults of blocks'."""

    def __init__(self, spec: Data, run: Run, settings: Mapping[str, str] | None = None) -> None:
        self.spec, self.run = spec, run
        self.blocks: dict[str, Data] = spec.get("blocks", {})
        self.settings = settings or {}
        self.file: dict[str, Any] = {}
        for name, text in spec.get("params", {}).items():
            self.file[name] = parameter(str(self.settings.get(name, text)), self.file)
        self.ops: Counter[str] = Counter()
        self.calls: Counter[str] = Counter()
        self.totals: Mapping[str, int] = Counter()

    def start(self, inputs: Sequence[Tensor]) -> Frame:
        """The network's body before its first step."""
        flows = {name: (Flow(x),) for name, x in zip(self.spec["input"], inputs, strict=True)}
        return Frame(self.file, flows, tuple(flow for (flow,) in flows.values()))

    def network(self, inputs: Sequence[Tensor]) -> Result:
        """Run all steps, in training those of auxiliary heads as well.

        Raises:
            Refused: it cannot be.
        """
        self._count(inputs)
        with _Flops() as flops:
            outputs = self._steps(inputs, heads=self.run.training)
        params = sum(p.numel() for module in self.run.modules for p in module.parameters())
        macs = flops.total // 2 // BATCH
        return Result(tuple(flow.tensor for flow in outputs), params, macs, self.ops)

    def _count(self, inputs: Sequence[Tensor]) -> None:
        """How often each block is called: known once the network has been run, which they must not decide."""
        if "calls" in str(self.blocks):
            first = Eager(self.spec, Run(), self.settings)
            first.totals = dict.fromkeys(self.blocks, 1_000)
            first._steps([x.float() for x in inputs], heads=True)
            self.totals = first.calls

    def _steps(self, inputs: Sequence[Tensor], *, heads: bool) -> Flows:
        """All steps of the network, and those of auxiliary heads if they run."""
        frame = self.start(inputs)
        outputs = self.body(self.spec["network"], frame)
        for head in self.spec.get("aux", {}).values() if heads else ():
            seen = {name: frame.tensors[name] for name in head["from"]}
            result = self.body(head["body"], Frame(self.file, seen, frame.read(head["from"])))
            if len(result) != 1:
                raise RuleRefuses("wrong-output-count", "a head has one loss")
            outputs += result
        return outputs

    # --- steps

    def body(self, steps: Body, frame: Frame) -> Flows:
        """Steps in series."""
        for step in steps:
            self.step(step, frame)
        return frame.current

    def step(self, step: Data, frame: Frame) -> None:
        """One step, with what every step takes."""
        ((op, written),) = step.items()
        given = dict(written)
        name, source = given.pop("name", None), given.pop("from", None)
        when, repeat = given.pop("when", None), given.pop("repeat", None)
        width, shape = given.pop("in", None), given.pop("expect", None)
        if self.settings:  # what is expected holds for the parameters of the file
            width = shape = None
        outputs = frame.current if source is None else frame.read(source)
        names, tensors = {**frame.names, "in": outputs[0].channels}, dict(frame.tensors)
        if when is None or evaluate(when, names):
            if width is not None and evaluate(width, names) != outputs[0].channels:
                raise RuleRefuses("expectation-failed", "another width arrives")
            if repeat is None:
                outputs = self.once(op, given, outputs, names, frame)
            for turn in range(whole(evaluate(repeat, names), 0, "repeat") if repeat is not None else 0):
                names = {**names, "in": outputs[0].channels, "i": turn}
                outputs = self.once(op, given, outputs, names, frame)
            if shape is not None and [evaluate(length, frame.names) for length in shape] != outputs[0].lengths:
                raise RuleRefuses("expectation-failed", "another shape leaves")
        if when is not None or repeat is not None:
            frame.tensors = tensors  # a branch inside it cannot be read: there may be none
        if name is not None:
            frame.tensors[name] = outputs
            parts = self.blocks.get(op, {}).get("outputs", ())
            frame.tensors |= {f"{name}.{part}": (flow,) for part, flow in zip(parts, outputs, strict=False)}
        frame.current = outputs

    def once(self, op: str, given: Data, inputs: Flows, names: Names, frame: Frame) -> Flows:
        """One turn of a step."""
        if op in self.blocks:
            return self._call(op, given, inputs, names)
        self.ops[op] += 1
        if op in MERGES:
            return self._merge(op, given, inputs, names, frame)
        if op == "residual":
            return self._residual(given, inputs, names, frame)
        fields = self._fields(op, given, names, frame)
        if op == "identity":
            return inputs
        if len(inputs) != 1:
            raise RuleRefuses("wrong-input-count", f"{op} takes one tensor")
        if op == "split":
            return slices(fields.wholes("sizes", None, 1, ("rest",)), inputs[0])
        return (self._layer(op, fields, inputs[0], names, frame),)

    def _call(self, block: str, given: Data, inputs: Flows, names: Names) -> Flows:
        spec, frame = self.blocks[block], self.enter(block, given, inputs, names)
        outputs = self.body(spec["body"], frame)
        return frame.read(spec["outputs"]) if "outputs" in spec else outputs

    def enter(self, block: str, given: Data, inputs: Flows, names: Names) -> Frame:
        """The body of a block in one of its calls."""
        spec = self.blocks[block]
        names_of_inputs = spec.get("inputs", ["input"])
        if len(inputs) != len(names_of_inputs):
            raise RuleRefuses("wrong-input-count", f"{block} takes {len(names_of_inputs)} tensors")
        arguments = {name: parameter(str(text), names) for name, text in given.items()}
        own = {**self.file, "in": inputs[0].channels, "call": self.calls[block], "calls": self.totals[block]}
        self.calls[block] += 1
        for name, text in spec.get("params", {}).items():
            default = self.settings.get(f"{block}.{name}", text)
            own[name] = arguments[name] if name in arguments else parameter(str(default), own)
        tensors = {name: (flow,) for name, flow in zip(names_of_inputs, inputs, strict=True)}
        return Frame(own, tensors, inputs, spec.get("defaults", {}))

    # --- branches

    def _merge(self, op: str, given: Data, inputs: Flows, names: Names, frame: Frame) -> Flows:
        branches = given["branches"]
        fields = self._fields(op, {key: value for key, value in given.items() if key != "branches"}, names, frame)
        parts = [inputs] * len(branches)
        if "split" in fields:
            if len(inputs) != 1:
                raise RuleRefuses("wrong-input-count", "one tensor is split")
            made = slices(fields.wholes("split", None, 1, ("rest",)), inputs[0])
            if len(made) != len(branches):
                raise RuleRefuses("split-mismatch", "each branch gets one slice")
            parts = [(flow,) for flow in made]
        flows: list[Flow] = []
        for branch, part in zip(branches, parts, strict=True):
            if isinstance(branch, str):
                flows += frame.read([branch])
                continue
            body, name = (branch["body"], branch.get("name")) if isinstance(branch, dict) else (branch, None)
            outputs = self.body(body, frame.inner(names, part))
            flows += outputs
            if name is not None:
                frame.tensors[name] = outputs
        if len(flows) < (1 if op == "concat" else 2):
            raise RuleRefuses("wrong-input-count", f"{op} of {len(flows)}")
        return (self._follow("act", fields, join(op, tuple(flows)), names, frame),)

    def _residual(self, given: Data, inputs: Flows, names: Names, frame: Frame) -> Flows:
        fields = self._fields(
            "residual", {k: v for k, v in given.items() if k not in ("body", "shortcut")}, names, frame
        )
        wanted = given.get("shortcut", "identity")
        shortcut = None if isinstance(wanted, list) else evaluate(wanted, {**names, "identity": True, "none": False})
        beside = inputs if shortcut else ()
        if isinstance(wanted, list):
            beside = self.body(wanted, frame.inner(names, inputs))
        outputs = self.body(given["body"], frame.inner(names, inputs))
        factor, p = fields.real("scale", 1), fields.real("drop_path", 0, least=0, most=1)
        if beside:
            if len(outputs) != 1 and (factor != 1 or p):
                raise RuleRefuses("wrong-input-count", "one tensor is scaled")
            if factor != 1:
                outputs = (Flow(outputs[0].tensor * factor, outputs[0].last),)
            outputs = (join("add", (*beside, *outputs)),)
        if len(outputs) != 1 and self._follower("act", fields) is not None:
            raise RuleRefuses("wrong-input-count", "one tensor is activated")
        return (*(self._follow("act", fields, flow, names, frame) for flow in outputs),)

    # --- layers

    def _fields(self, op: str, given: Data, names: Names, frame: Frame) -> Fields:
        """The fields of an op, the nearest first: its own, the block's defaults, the file's."""
        file_names = {**self.file, "in": names["in"]}
        found = {key: (raw, file_names) for key, raw in self.spec.get("defaults", {}).get(op, {}).items()}
        found |= {key: (raw, names) for key, raw in frame.defaults.get(op, {}).items()}
        return Fields(found | {key: (raw, names) for key, raw in given.items()})

    def _layer(self, op: str, fields: Fields, x: Flow, names: Names, frame: Frame) -> Flow:
        """An op with the norm and activation that follow it; a norm takes the place of a bias."""
        norm = self._follower("norm", fields)
        if norm is not None and "bias" not in fields:
            fields.given = {**fields.given, "bias": ("false", {})}
            fields.read.add("bias")
        x = OPERATORS[op](self.run, fields, x)
        if not x.tensor.numel():
            raise RuleRefuses("", "a tensor without cells is none, though torch has such")
        for role in ("norm", "act"):
            x = self._follow(role, fields, x, names, frame)
        unread = fields.given.keys() - fields.read
        assert not unread, f"{op} has no {', '.join(unread)}"
        return x

    def _follow(self, role: str, fields: Fields, x: Flow, names: Names, frame: Frame) -> Flow:
        found = self._follower(role, fields)
        if found is None:
            return x
        op, own, where = found
        self.ops[op] += 1
        inner = self._fields(op, {}, names, frame)
        inner.given = {**inner.given, **{key: (raw, where) for key, raw in own.items()}}
        return OPERATORS[op](self.run, inner, x)

    def _follower(self, role: str, fields: Fields) -> tuple[str, Data, Names] | None:
        """The op that a field names, with what is written of it."""
        if role not in fields:
            return None
        raw, names = fields.raw(role)
        if isinstance(raw, dict):
            ((op, own),) = raw.items()
            return op, own if isinstance(own, dict) else {MAIN[op]: own}, names
        words = {word: word for word in ("none", *OPERATORS)}
        op = evaluate(raw, {**names, **words})
        return None if op == "none" else (op, {}, names)


def run(
    spec: Data,
    settings: Mapping[str, str],
    inputs: Sequence[Tensor],
    *,
    training: bool = False,
    weights: Sequence[Mapping[str, Tensor]] | None = None,
) -> Result:
    """Run a spec in float64.

    Raises:
        Refused: it cannot be.
    """
    supply = iter(weights) if weights is not None else None
    with torch.no_grad():
        made = Run(training, torch.float64, supply)
        result = Eager(spec, made, settings).network(inputs)
    assert supply is None or next(supply, None) is None, "torch's reading needs fewer weights"
    return result
