"""The text of a spec -> plain data, in which every step is `{op: {field: value}}` and every value text.

A second reader of the language, so that the first has something to be held against: it knows no mistakes, and
shares nothing with incspec.
"""

from __future__ import annotations

import re
from typing import Any, TypeAlias

import yaml

Data: TypeAlias = dict[str, Any]
Body: TypeAlias = list[Any]

# The field that `op: value` sets.
MAIN = {
    "conv": "out",
    "conv_transpose": "out",
    "linear": "out",
    "lrn": "size",
    "leaky_relu": "slope",
    "elu": "alpha",
    "gelu": "approximate",
    "adaptive_avg_pool": "size",
    "adaptive_max_pool": "size",
    "concat": "branches",
    "add": "branches",
    "mul": "branches",
    "residual": "body",
    "split": "sizes",
    "scale": "factor",
    "layer_scale": "value",
    "dropout": "p",
    "drop_path": "p",
    "reshape": "shape",
    "permute": "axes",
    "channel_shuffle": "groups",
    "pad": "sizes",
    "crop": "sizes",
    "upsample": "scale",
}
MERGES = ("concat", "add", "mul")
SIZED = ("conv", "conv_transpose", "max_pool", "avg_pool")  # a one-line step begins with their size


def read(text: str) -> Data:
    """A spec as data."""
    spec: Data = yaml.load(text, yaml.BaseLoader)  # makes nothing but text, lists and mappings
    for block in spec.get("blocks", {}):
        if isinstance(spec["blocks"][block], list):
            spec["blocks"][block] = {"body": spec["blocks"][block]}
    for holder in (*spec.get("blocks", {}).values(), *spec.get("aux", {}).values()):
        holder["body"] = body(holder["body"])
    for head in spec.get("aux", {}).values():
        head["from"] = listed(head["from"])
    spec["network"] = body(spec["network"])
    if isinstance(spec["input"], list):
        spec["input"] = {"input": spec["input"]}
    return spec


def body(steps: Body) -> Body:
    """Steps, each in the one form."""
    return [step(each) for each in steps]


def step(written: str | Data) -> Data:
    """One step, in the one form."""
    op, given = _from_line(written) if isinstance(written, str) else next(iter(written.items()))
    fields = dict(given) if isinstance(given, dict) else {MAIN[op]: given}
    if "from" in fields:
        fields["from"] = listed(fields["from"])
    if op in MERGES:
        fields["branches"] = [_branch(each) for each in fields["branches"]]
    if op == "residual":
        fields["body"] = body(fields["body"])
        if isinstance(fields.get("shortcut"), list):
            fields["shortcut"] = body(fields["shortcut"])
    return {op: fields}


def _branch(branch: Any) -> Any:
    if isinstance(branch, dict):
        return {**branch, "body": body(branch["body"])}
    return body(branch) if isinstance(branch, list) else branch


def _from_line(line: str) -> tuple[str, Data]:
    """`[SIZE] op [MAIN] [FIELD VALUE]... [V]`."""
    words = line.split()
    size = words.pop(0) if re.fullmatch(r"\d+(x\d+)*", words[0]) else None
    op, *rest = words
    valid = bool(rest) and rest[-1] == "V"
    rest = rest[:-1] if valid else rest
    fields: Data = {} if size is None else {"kernel": size}
    if len(rest) % 2:
        fields[MAIN[op]] = rest.pop(0)
    fields |= dict(zip(rest[::2], rest[1::2], strict=True))
    return op, fields | ({"pad": "valid"} if valid else {})


def listed(value: Any) -> list[Any]:
    """`x` as `[x]`."""
    return value if isinstance(value, list) else [value]
