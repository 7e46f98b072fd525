"""Data -> the text of a spec: each step in one of the forms that it can have."""

from __future__ import annotations

import re
from typing import Any

import yaml

from .draws import Draws
from .plain import MAIN, MERGES, SIZED, Body, Data


def write(spec: Data, settings: Data, draws: Draws) -> str:
    """A spec as text; `settings` stand in comments before it."""
    written = _Writer(draws).spec(spec)
    lines = [f"# set: {name}={value}" for name, value in settings.items()]
    return "\n".join([*lines, yaml.safe_dump(written, sort_keys=False, width=110, default_flow_style=None)])


class _Writer:
    def __init__(self, draws: Draws) -> None:
        self.draws = draws

    def spec(self, spec: Data) -> Data:
        spec = dict(spec)
        for key in ("blocks", "aux"):
            if key in spec:
                spec[key] = {name: {**each, "body": self.body(each["body"])} for name, each in spec[key].items()}
        spec["blocks"] = {
            name: block["body"] if list(block) == ["body"] and self.draws.chance(50) else block
            for name, block in spec.get("blocks", {}).items()
        }
        if not spec["blocks"]:
            del spec["blocks"]
        return {
            **{key: value for key, value in spec.items() if key != "network"},
            "network": self.body(spec["network"]),
        }

    def body(self, steps: Body) -> Body:
        return [self.step(step) for step in steps]

    def step(self, step: Data) -> str | Data:
        ((op, given),) = step.items()
        fields = dict(given)
        if len(fields.get("from", ())) == 1:
            fields["from"] = fields["from"][0]
        if op in MERGES:
            fields["branches"] = [self._branch(branch) for branch in fields["branches"]]
        if op == "residual":
            fields["body"] = self.body(fields["body"])
            if isinstance(fields.get("shortcut"), list):
                fields["shortcut"] = self.body(fields["shortcut"])
        line = self._line(op, fields)
        if line is not None and self.draws.chance(60):
            return line
        main = MAIN.get(op)
        if list(fields) == [main] and self.draws.chance(50):
            return {op: fields[main]}
        return {op: fields}

    def _branch(self, branch: Any) -> Any:
        if isinstance(branch, dict):
            return {**branch, "body": self.body(branch["body"])}
        return branch if isinstance(branch, str) else self.body(branch)

    def _line(self, op: str, given: Data) -> str | None:
        """The step in one line, if it can stand there."""
        fields = dict(given)
        words = [op]
        if op in SIZED:
            size = str(fields.pop("kernel", ""))
            if not re.fullmatch(r"[1-9]\d*(x\d+)*", size):
                return None
            words = [size, op]
        if any(isinstance(value, list | dict) or " " in str(value) for value in fields.values()):
            return None
        if MAIN.get(op) in fields and self.draws.chance(80):
            words.append(str(fields.pop(MAIN[op])))
        valid = fields.get("pad") == "valid" and self.draws.chance(80)
        for name, value in fields.items():
            if not (valid and name == "pad"):
                words += [name, str(value)]
        return " ".join([*words, "V"] if valid else words)
