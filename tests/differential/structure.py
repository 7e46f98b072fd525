"""What is made of steps: merges, residuals, and blocks with their calls."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .draw_ops import FIELDS, slices
from .draws import ACTIVATIONS, Site
from .eager import Flows, Frame
from .flow import Flow
from .plain import Body, Data
from .values import Names

if TYPE_CHECKING:
    from .generator import Generator

Content = tuple[str, Data]


class Structure:
    """Draws the steps that have bodies, and blocks."""

    def __init__(self, generator: Generator) -> None:
        self.generator, self.draws = generator, generator.draws
        self.open: list[str] = []  # blocks whose bodies are being drawn

    def nested(self, site: Site, inputs: Flows, names: Names, frame: Frame, depth: int) -> Content:
        """A step with bodies."""
        kinds: list[Callable[..., Content]] = [self.concat, self.residual, self.add, self.mul, self.call, self.call]
        return self.draws.pick(kinds)(site, inputs, names, frame, depth)

    def of_several(self, site: Site, inputs: Flows, names: Names, frame: Frame, depth: int) -> Content:
        """A step for several tensors: they are merged, or go into a block."""
        if depth and self.draws.chance(50):
            return self.call(site, inputs, names, frame, depth)
        op = self.draws.pick(("concat", "add", "mul"))
        return op, {"branches": [[{"identity": {}}], *([[{"identity": {}}]] if self.draws.chance(10) else [])]}

    # --- merges

    def concat(self, site: Site, inputs: Flows, names: Names, frame: Frame, depth: int) -> Content:
        """`concat`, with the slices of a split now and then."""
        return "concat", self._merge("concat", site, inputs, names, frame, depth)

    def add(self, site: Site, inputs: Flows, names: Names, frame: Frame, depth: int) -> Content:
        """`add`."""
        return "add", self._merge("add", site, inputs, names, frame, depth)

    def mul(self, site: Site, inputs: Flows, names: Names, frame: Frame, depth: int) -> Content:
        """`mul`, mostly by a gate of one cell or one channel."""
        x = inputs[0]
        if x.rank == 0 or x.last or self.draws.chance(40):
            return "mul", self._merge("mul", site, inputs, names, frame, depth)
        gate: Body = [{"conv": {"out": 1, "kernel": 1, "act": "sigmoid"}}]
        if self.draws.chance(60):
            pool = self.draws.pick(("global_avg_pool", "global_max_pool"))
            gate = [{pool: {"keep": "true"}}, {"conv": {"out": "in", "act": "sigmoid"}}]
        branches = [[{"identity": {}}], gate]
        return "mul", {"branches": branches if self.draws.chance(70) else branches[::-1]}

    def _merge(self, op: str, site: Site, inputs: Flows, names: Names, frame: Frame, depth: int) -> Data:
        fields: Data = {}
        count = self.draws.number(1 if op == "concat" else 2, 3)
        parts = [inputs] * count
        if self.draws.chance(12):
            fields["split"] = slices(site, count)
            parts = self._parts(fields["split"], inputs, names, frame, count)
        keep = site.keep or self.draws.chance(75)
        branches: list[Any] = []
        target: Flow | None = None
        for index in range(count):
            branch, output = self._branch(op, index, parts[index], names, frame, depth, target, keep=keep)
            branches.append(branch)
            target = target if target is not None else output
        fields["branches"] = branches
        if self.draws.chance(20):
            fields["act"] = site.follower((*ACTIVATIONS, "none"))
        return fields

    def _parts(self, sizes: Any, inputs: Flows, names: Names, frame: Frame, count: int) -> list[Flows]:
        trial = Frame(names, {}, inputs, {})
        if self.generator.take({"split": {"sizes": sizes}}, trial) and len(trial.current) == count:
            return [(flow,) for flow in trial.current]
        return [inputs] * count  # a mistake, which the merge will show

    def _branch(
        self,
        op: str,
        index: int,
        inputs: Flows,
        names: Names,
        frame: Frame,
        depth: int,
        target: Flow | None,
        *,
        keep: bool,
    ) -> tuple[Any, Flow]:
        """A branch that fits the others, as a rule."""
        tensors = [
            name
            for name, flows in frame.tensors.items()
            if name not in FIELDS and len(flows) == 1 and self._fits(op, flows[0], target)  # an op's name is no tensor
        ]
        if tensors and self.draws.chance(15):
            name = self.draws.pick(tensors)
            return name, frame.tensors[name][0]
        inner = frame.inner(names, inputs)
        if self._fits(op, inputs[0], target) and self.draws.chance(25):
            return [{"identity": {}}], inputs[0]
        body = self.generator.body(inner, self.draws.number(1, 2), depth - 1, keep=keep)
        if target is not None and not self.draws.chance(20 if self.generator.mistakes_left else 1):
            body += self.fit(inner, target, widths=op != "concat")
        branch: Any = body
        if self.draws.chance(8):
            branch = {"name": self.generator.fresh(frame), "body": body}
        return branch, inner.current[0]

    def _fits(self, op: str, flow: Flow, target: Flow | None) -> bool:
        if target is None:
            return True
        same = flow.rank == target.rank and flow.last == target.last
        sizes = [flow.tensor.shape[axis] for axis in flow.spatial]
        return (
            same
            and sizes == [target.tensor.shape[axis] for axis in target.spatial]
            and (op == "concat" or flow.channels == target.channels)
        )

    def fit(self, frame: Frame, target: Flow, *, widths: bool) -> Body:
        """Steps that give the tensor the sizes, and with `widths` the channels, of another."""
        steps: Body = []
        flow = frame.current[0]
        sizes = [target.tensor.shape[axis] for axis in target.spatial]
        if len(frame.current) > 1:
            steps.append({"concat": {"branches": [[{"identity": {}}]]}})
        if flow.last != target.last and flow.rank == target.rank:
            others = [axis for axis in flow.letters if axis != "C"]
            steps.append({"permute": {"axes": ["C", *others] if flow.last else [*others, "C"]}})
        differ = flow.rank == target.rank and [flow.tensor.shape[axis] for axis in flow.spatial] != sizes
        if differ and not target.last:
            op = self.draws.pick(("adaptive_avg_pool", "upsample", "adaptive_max_pool"))
            steps.append({op: {"size": sizes}})
        if widths and flow.channels != target.channels:
            steps.append({"linear" if flow.rank == 0 or target.last else "conv": {"out": target.channels}})
        return [step for step in steps if self.generator.take(step, frame)]

    # --- residuals

    def residual(self, site: Site, inputs: Flows, names: Names, frame: Frame, depth: int) -> Content:
        """`residual`."""
        fields: Data = {}
        target = inputs[0]
        chance = self.draws.number(0, 9)
        if chance == 9:
            fields["shortcut"] = "none"
        elif chance == 8 and site.flags():
            fields["shortcut"] = f"identity if {self.draws.pick(site.flags())} else none"
        elif chance >= 6:
            inner = frame.inner(names, inputs)
            fields["shortcut"] = self.generator.body(inner, 1, 0, keep=site.keep)
            target = inner.current[0]
        inner = frame.inner(names, inputs)
        keep = site.keep or self.draws.chance(80)
        body = self.generator.body(inner, self.draws.number(1, 2), depth - 1, keep=keep)
        if not self.draws.chance(20 if self.generator.mistakes_left else 1):
            body += self.fit(inner, target, widths=True)
        fields["body"] = body
        fields |= site.some(20, scale=lambda: site.real("0.5", "0.17", "1"), drop_path=site.real_p)
        if self.draws.chance(20):
            fields["act"] = site.follower((*ACTIVATIONS, "none"))
        return "residual", fields

    # --- blocks

    def call(self, site: Site, inputs: Flows, names: Names, frame: Frame, depth: int) -> Content:
        """A call of a block, which is drawn for it or for an earlier one."""
        blocks = self.generator.spec["blocks"]
        known = [
            name
            for name, block in blocks.items()
            if name not in self.open and len(block.get("inputs", ["input"])) == len(inputs)
        ]
        if known and (len(blocks) > 3 or self.draws.chance(65)):
            name = self.draws.pick(known)
            return name, self._arguments(name, site)
        return self._block(site, inputs, names, frame, depth)

    def _block(self, site: Site, inputs: Flows, names: Names, frame: Frame, depth: int) -> Content:
        name = f"b{len(self.generator.spec['blocks'])}"
        while name in self.generator.spec["blocks"]:
            name += "b"
        block: Data = {"params": self._params(), "body": []}
        if len(inputs) > 1:
            block["inputs"] = [f"p{k}" for k in range(len(inputs))]
        if self.draws.chance(8):
            block["defaults"] = {"conv": {"act": self.draws.pick(("relu", "tanh")), "bias": "true"}}
        self.generator.spec["blocks"][name] = block
        given = self._arguments(name, site)
        inner = self.generator.eager.enter(name, given, inputs, names)
        self.open.append(name)
        block["body"] = self.generator.body(inner, self.draws.number(1, 3), depth - 1, keep=site.keep)
        self.open.pop()
        own = [step[op]["name"] for step in block["body"] for op in step if "name" in step[op]]
        made = [tensor for tensor in (*own, *block.get("inputs", ["input"])) if len(inner.tensors.get(tensor, ())) == 1]
        if own and made and self.draws.chance(35):
            block["outputs"] = [self.draws.pick(made) for _ in range(self.draws.number(1, 2))]
            block["outputs"] = list(dict.fromkeys(block["outputs"]))
        self._prune(block, given)
        return name, given

    def _params(self) -> Data:
        params = {
            "k": self.draws.pick((4, 3, "in", "width", "2*in", "max(in, 2)", "required")),
            "s": self.draws.pick((1, 2)),
            "flag": self.draws.pick(("true", "false", "in > 3", "k > 3", "deep")),
            "f": self.draws.pick(("0.5", "0.2", "rate")),
            "act": self.draws.pick(("relu", "fn", "none", "sigmoid")),
        }
        return {name: text for name, text in params.items() if self.draws.chance(60) or name == "k"}

    def _arguments(self, name: str, site: Site) -> Data:
        given: Data = {}
        options: dict[str, Callable[[], Any]] = {
            "k": lambda: site.whole(1, 6),
            "s": lambda: site.whole(1, 2),
            "flag": lambda: site.flag(usual=True),
            "f": site.real_p,
            "act": lambda: self.draws.pick(("relu", "tanh", "none", "fn")),
        }
        for param, default in self.generator.spec["blocks"][name].get("params", {}).items():
            if default == "required" or self.draws.chance(30):
                given[param] = options[param]()
        return given

    @staticmethod
    def _prune(block: Data, given: Data) -> None:
        """Leave out parameters that nothing uses."""
        text = json.dumps([block["body"], block.get("defaults", {})])
        for name in [*block["params"]][::-1]:
            others = json.dumps([value for key, value in block["params"].items() if key != name])
            if not re.search(rf"\b{name}\b", text + others):
                del block["params"][name]
                given.pop(name, None)
        if not block["params"]:
            del block["params"]
