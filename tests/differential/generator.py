"""Random networks, as data. Each step is tried on torch as it is drawn, which says what arrives at the next one.

So most networks are valid; in others, a mistake that torch refuses is left where it was drawn.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from random import Random
from typing import Any

import torch

from .draw_ops import FIELDS, WEIGHTS
from .draws import Draws, Site
from .eager import BATCH, Eager, Flows, Frame
from .flow import Run
from .plain import Body, Data
from .structure import Structure
from .values import Refused
from .writing import write

_TRIES = 4
_LARGEST = 4_000  # elements of one tensor
_NAMES = ("t", "u", "x", "out", "conv1", "relu", "self", "forward", "weight", "branch1", "training", "lambda", "cat")


def random_spec(seed: int) -> str:
    """The text of a spec, valid or not; the same seed gives the same one."""
    torch.manual_seed(seed)
    return Generator(Draws(Random(seed))).text()


class Generator:
    """Draws one spec."""

    def __init__(self, draws: Draws) -> None:
        self.draws = draws
        self.mistakes_left = 1 if draws.chance(45) else 0
        self.mistakes = 0
        self.names = 0
        self.spec: Data = {"incspec": 1, "name": "random", "input": self._input()}
        self.spec["params"] = {"width": draws.number(2, 6), "deep": draws.pick(("true", "false"))}
        self.spec["params"] |= {"rate": draws.pick(("0.1", "0.5")), "fn": draws.pick(("relu", "silu", "none"))}
        self.spec["defaults"] = self._defaults()
        self.spec["blocks"] = {}
        self.spec["network"] = []
        self.eager = Eager(self.spec, Run())
        self.eager.totals = defaultdict(lambda: 50)
        self.structure = Structure(self)

    def text(self) -> str:
        """The spec, written."""
        with torch.no_grad():
            frame = self.eager.start([torch.randn(BATCH, *shape) for shape in self.spec["input"].values()])
            self.spec["network"] = self.body(frame, self.draws.number(1, 6), 2)
            if self.draws.chance(12):
                self._heads(frame)
        self._prune()
        return write(self.spec, self._settings(), self.draws)

    # --- what stands around the network

    def _input(self) -> Data:
        rank = self.draws.pick((2, 2, 2, 2, 1, 1, 3, 3, 0))
        most = {0: 1, 1: 20, 2: 12, 3: 6}[rank]
        names = ["input"] if not self.draws.chance(10) else ["left", "right"]
        sizes = [self.draws.number(min(3, most), most) for _ in range(rank)]
        return {name: [self.draws.number(1, 8), *sizes] for name in names}

    def _defaults(self) -> Data:
        options = {
            "conv": {"norm": self.draws.pick(("batch_norm", "layer_norm")), "act": self.draws.pick(("relu", "fn"))},
            "linear": {"bias": "false"},
            "batch_norm": {"eps": "1e-3"},
            "avg_pool": {"count_include_pad": "false"},
            "max_pool": {"ceil_mode": "deep"},
            "residual": {"act": "relu"},
            "dropout": {"p": "rate"},
        }
        return {op: fields for op, fields in options.items() if self.draws.chance(8)}

    def _heads(self, frame: Frame) -> None:
        named = [step[op]["name"] for step in self.spec["network"] for op in step if "name" in step[op]]
        for index in range(self.draws.number(1, 2) if named else 0):
            source = self.draws.pick(named)
            seen = {source: frame.tensors[source]}
            body = self.body(Frame(self.eager.file, seen, seen[source]), self.draws.number(1, 3), 1)
            head = {"from": [source], "weight": self.draws.pick(("0.3", "rate")), "body": body}
            self.spec.setdefault("aux", {})[f"aux{index}"] = head

    def _settings(self) -> Data:
        settings: Data = {}
        if "width" in self.spec.get("params", ()) and self.draws.chance(8):
            settings["width"] = str(self.draws.number(1, 8))
        for name, block in self.spec.get("blocks", {}).items():
            for param, default in block.get("params", {}).items():
                if str(default).isdigit() and self.draws.chance(4):
                    settings[f"{name}.{param}"] = str(self.draws.number(1, 4))
        return settings

    def _prune(self) -> None:
        """Leave out what nothing uses."""
        for key in ("defaults", "blocks"):
            if not self.spec[key]:
                del self.spec[key]
        text = json.dumps({key: value for key, value in self.spec.items() if key != "params"})
        self.spec["params"] = {name: v for name, v in self.spec["params"].items() if re.search(rf"\b{name}\b", text)}
        if not self.spec["params"]:
            del self.spec["params"]
        if list(self.spec["input"]) == ["input"]:
            self.spec["input"] = self.spec["input"]["input"]

    # --- bodies and steps

    def body(self, frame: Frame, length: int, depth: int, *, keep: bool = False) -> Body:
        """Some steps in series, run as they are drawn."""
        return [self.step(frame, depth, keep=keep) for _ in range(length)]

    def step(self, frame: Frame, depth: int, *, keep: bool = False) -> Data:
        """A step that runs; or one that does not, where a mistake is wanted."""
        for _ in range(_TRIES):
            blocks, mistakes = set(self.spec["blocks"]), self.mistakes
            step = self._drawn(frame, depth, keep=keep)
            if self.mistakes > mistakes:
                return self._known(step, frame)
            if self.take(step, frame):
                return self._expecting(step, frame)
            if self.mistakes_left:
                self.mistakes_left -= 1
                self.mistakes += 1
                return self._known(step, frame)
            for name in set(self.spec["blocks"]) - blocks:
                del self.spec["blocks"][name]
        step = {"identity": {}} if len(frame.current) != 1 else {"relu": {}}
        self.take(step, frame)
        return step

    def take(self, step: Data, frame: Frame) -> bool:
        """Run a step, if it can be."""
        trial = Frame(frame.names, dict(frame.tensors), frame.current, frame.defaults)
        calls = self.eager.calls.copy()
        try:
            self.eager.step(step, trial)
        except Refused:
            self.eager.calls = calls
            return False
        if any(flow.tensor.numel() > _LARGEST * BATCH for flow in trial.current):
            return False
        frame.tensors, frame.current = trial.tensors, trial.current
        return True

    def _expecting(self, step: Data, frame: Frame) -> Data:
        """The step with what is expected of it, now and then; rarely, that is wrong."""
        ((op, fields),) = step.items()
        if not self.draws.chance(5) or fields.get("when") == "false" or self.mistakes:
            return step
        lengths = frame.current[0].lengths
        if self.mistakes_left and self.draws.chance(10):
            lengths[self.draws.number(0, len(lengths) - 1)] += 1
            self.mistakes_left -= 1
            self.mistakes += 1
        return {op: {**fields, "expect": lengths}}

    def _known(self, step: Data, frame: Frame) -> Data:
        """A mistake: what comes out of it is taken to be what goes in."""
        for fields in step.values():
            if "name" in fields:
                frame.tensors[fields["name"]] = frame.current
        return step

    def _drawn(self, frame: Frame, depth: int, *, keep: bool) -> Data:
        draws = self.draws
        extras: Data = {}
        inputs = frame.current
        if frame.tensors and draws.chance(8 if len(inputs) == 1 else 40):
            source = draws.pick(sorted(frame.tensors))
            inputs, extras["from"] = frame.tensors[source], [source]
        names = {**frame.names, "in": inputs[0].channels}
        if draws.chance(7):
            extras["when"] = draws.pick([*self.site(inputs, names, keep=keep).flags(), "true", "false"])
        if draws.chance(7):
            extras["repeat"] = draws.pick((2, 1, 3, 0, "width-1"))
            names["i"] = 0
        site = self.site(inputs, names, keep=keep)
        op, fields = self._content(site, inputs, names, frame, depth)
        if draws.chance(15):
            extras["name"] = self.fresh(frame)
        return {op: {**fields, **extras}}

    def _content(self, site: Site, inputs: Flows, names: Any, frame: Frame, depth: int) -> tuple[str, Data]:
        draws = self.draws
        if len(inputs) != 1 and not draws.chance(site.wild):
            return self.structure.of_several(site, inputs, names, frame, depth)
        if depth and draws.chance(35):
            return self.structure.nested(site, inputs, names, frame, depth)
        kind = "features" if site.x.rank == 0 else "last" if site.x.last else "keep" if site.keep else "map"
        weights = WEIGHTS[kind] if not draws.chance(site.wild // 3) else dict.fromkeys(FIELDS, 1)
        op = draws.pick([op for op in FIELDS for _ in range(weights.get(op, 0))])
        return op, FIELDS[op](site)

    def site(self, inputs: Flows, names: Any, *, keep: bool) -> Site:
        """Where an op is drawn."""
        return Site(self.draws, inputs[0], names, keep=keep, wild=20 if self.mistakes_left else 4)

    def fresh(self, frame: Frame) -> str:
        """A name for a step; with a number, so that no step gets it by itself."""
        self.names += 1
        return f"{self.draws.pick(_NAMES)}{self.names + 10}"
