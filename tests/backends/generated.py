"""Random small specs, as text: blocks with parameters that call each other, merges, residuals, repeats, conditions.

Sizes stay as they are but for strides of blocks, and every body knows how many channels it has, as an expression, so
that most specs have no mistake.
"""

from __future__ import annotations

import json
import re
from random import Random
from typing import Any

Step = dict[str, Any]
Body = list[Any]

_ACTS = ("relu", "silu", "hard_swish", "sigmoid", "leaky_relu")


def random_spec(seed: int) -> str:
    """A spec; the same seed gives the same one."""
    return _Generator(Random(seed)).spec()


class _Generator:
    def __init__(self, random: Random) -> None:
        self.random = random
        self.blocks: dict[str, dict[str, Any]] = {}
        # What may stand for a number or condition in the body of the moment.
        self.numbers: list[str] = []
        self.flags: list[str] = []
        self.names = 0

    def spec(self) -> str:
        for index in range(self.random.randint(1, 3)):
            self.blocks[f"b{index}"] = self.block()
        self.numbers, self.flags = ["width"], ["deep"]
        body, _ = self.body(self.random.randint(3, 6), "3", 1)
        calls = [self.call("") for _ in range(self.random.randint(2, 4))]
        self.random.shuffle(calls)
        spec = {
            "incspec": 1,
            "name": "random",
            "input": [3, 8, 8],
            "params": {"width": self.random.randint(2, 6), "deep": self.random.choice(["true", "false"])},
            "defaults": {"conv": {"norm": self.random.choice(["none", "batch_norm"]), "act": "relu"}},
            "blocks": self.blocks,
            "network": [*body, *calls, {"conv": {"out": "width"}}, {"dropout": "0.1" if "deep" else "0"}],
        }
        spec["network"].append({"conv": {"out": "2", "when": "deep"}})
        return "\n".join(f"{key}: {json.dumps(value)}" for key, value in spec.items()) + "\n"

    def block(self) -> dict[str, Any]:
        params = {
            "w": "in",
            "k": str(self.random.randint(2, 6)),
            "n": str(self.random.randint(0, 3)),
            "flag": self.random.choice(["true", "false"]),
            "s": "1",
            "f": "0.5",
        }
        self.numbers, self.flags = ["w", "k", "k+w", "2*k", "width"], ["flag", "n > 1", "w > 4", "deep and flag"]
        self.names = 0
        body, channels = self.body(self.random.randint(1, 4), "w", 2)
        if self.random.random() < 0.5:
            body.append({"conv": {"out": self.random.choice(["w", "k", channels]), "kernel": 3, "stride": "s"}})
        if self.random.random() < 0.3:
            body.append({"scale": "f"})
        text = json.dumps(body)
        return {"params": {name: text_ for name, text_ in params.items() if _uses(text, name)}, "body": body}

    # --- bodies, each with the channels that come out of it

    def body(self, length: int, channels: str, depth: int) -> tuple[Body, str]:
        steps: Body = []
        for _ in range(length):
            step, channels = self.step(channels, depth)
            steps.append(step)
        return steps, channels

    def step(self, channels: str, depth: int) -> tuple[Step, str]:
        kinds = [self.conv, self.conv, self.plain, self.mixer]
        if depth:
            kinds += [self.concat, self.add, self.mul, self.residual, self.residual]
        step, out = self.random.choice(kinds)(channels, depth)
        (keyword, fields), *_ = step.items()
        if not isinstance(fields, dict):
            return step, out
        chance = self.random.random()
        if out == channels and chance < 0.25:
            fields["repeat"] = self.random.choice(["2", "3", "0", *(["n"] if "w" in self.numbers else [])])
        elif out == channels and self.flags and chance < 0.45:
            fields["when"] = self.random.choice(self.flags)
        elif keyword == "concat" and chance < 0.4:
            fields["repeat"] = "2"
            out = "in"
        if out == "in":  # widths that grow are told by what comes after them
            return step, self.fixed(step)
        return step, out

    def fixed(self, step: Step) -> str:
        """A step whose width is known, in place of one whose width is not."""
        body = [json.loads(json.dumps(step)), {"conv": {"out": "4"}}]
        step.clear()
        step["residual"] = {"shortcut": "none", "body": body}
        return "4"

    def number(self) -> str:
        return self.random.choice([*self.numbers, str(self.random.randint(1, 6))])

    def conv(self, channels: str, depth: int) -> tuple[Step, str]:
        out = self.random.choice([channels, self.number()])
        fields: Step = {"out": out, "kernel": self.random.choice([1, 3, 5, "1x3"])}
        if self.random.random() < 0.3:
            fields["act"] = self.random.choice([*_ACTS, "none"])
        if self.random.random() < 0.2:
            fields["norm"] = self.random.choice(["none", "batch_norm"])
        return {"conv": fields}, out

    def plain(self, channels: str, depth: int) -> tuple[Step, str]:
        step: Step = self.random.choice(
            [
                {"relu": {}},
                {"batch_norm": {"eps": "0.001"}},
                {"max_pool": {"kernel": 3}},
                {"scale": {"factor": "0.5"}},
                {"layer_norm": {"eps": "1e-6"}},
                {"layer_scale": {"value": "0.5"}},
                {"identity": {}},
            ]
        )
        return json.loads(json.dumps(step)), channels

    def mixer(self, channels: str, depth: int) -> tuple[Step, str]:
        """Layers at each position, between two changes of the order of axes; or up and down again."""
        out = self.random.choice([channels, self.number()])
        body: Body = [
            {"permute": ["H", "W", "C"]},
            {"linear": {"out": self.number(), "norm": self.random.choice(["none", "layer_norm"]), "act": "gelu"}},
            {"linear": {"out": out}},
            {"permute": ["C", "H", "W"]},
        ]
        if self.random.random() < 0.3:
            up = {"out": out, "kernel": self.random.choice([2, 3]), "stride": 2, "act": "relu"}
            body = [{"conv_transpose": up}, {"max_pool": {"kernel": 2, "stride": 2, "pad": "valid"}}]
        return {"residual": {"shortcut": "none", "body": body}}, out

    def branch(self, channels: str, depth: int, out: str = "") -> tuple[Any, str]:
        if not out and self.random.random() < 0.2:
            return [{"identity": {}}], channels
        body, width = self.body(self.random.randint(1, 2), channels, depth - 1)
        if out:
            body.append({"conv": {"out": out}})
            width = out
        return body, width

    def concat(self, channels: str, depth: int) -> tuple[Step, str]:
        branches = [self.branch(channels, depth) for _ in range(self.random.randint(2, 3))]
        out = "+".join(f"({width})" for _, width in branches)
        return {"concat": {"branches": [body for body, _ in branches]}}, out

    def add(self, channels: str, depth: int) -> tuple[Step, str]:
        out = self.random.choice([channels, self.number()])
        branches: list[Any] = [self.branch(channels, depth, out)[0] for _ in range(2)]
        if out == channels:
            branches[0] = [{"identity": {}}]
        fields: Step = {"branches": branches}
        if self.random.random() < 0.4:
            fields["act"] = self.random.choice(_ACTS)
        return {"add": fields}, out

    def mul(self, channels: str, depth: int) -> tuple[Step, str]:
        gate = [{"global_avg_pool": {"keep": "true"}}, {"conv": {"out": channels, "act": "sigmoid", "norm": "none"}}]
        return {"mul": {"branches": [[{"identity": {}}], gate]}}, channels

    def residual(self, channels: str, depth: int) -> tuple[Step, str]:
        body, _ = self.branch(channels, depth, channels)
        fields: Step = {"body": body}
        if self.random.random() < 0.3:
            fields["scale"] = self.random.choice(["0.1", "1"])
        if self.random.random() < 0.3:
            fields["drop_path"] = "0.1"
        if self.random.random() < 0.4:
            fields["act"] = self.random.choice(_ACTS)
        if self.random.random() < 0.3:
            fields["shortcut"] = "none"
        elif self.flags and self.random.random() < 0.3:
            fields["shortcut"] = f"identity if {self.random.choice(self.flags)} else none"
        return {"residual": fields}, channels

    def call(self, channels: str) -> Step:
        name = self.random.choice(list(self.blocks))
        params = self.blocks[name]["params"]
        fields: Step = {}
        for param, values in (
            ("k", ["3", "width", "2+i"]),
            ("n", ["0", "1", "2"]),
            ("flag", ["deep", "true", "i == 0"]),
            ("s", ["2", "2 if i == 0 else 1"]),
            ("f", ["2", "0.3"]),
        ):
            if param in params and self.random.random() < 0.4:
                fields[param] = self.random.choice(values)
        if self.random.random() < 0.4 or any("i" in value.split() or "+i" in value for value in fields.values()):
            fields["repeat"] = self.random.choice(["1", "2", "3"])
        return {name: fields}


def _uses(text: str, name: str) -> bool:
    return re.search(rf"\b{name}\b", text) is not None
