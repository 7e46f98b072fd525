"""Small networks at random: layers, merges, repeats; and the same with the branches of each concat in another order."""

from __future__ import annotations

import random
from typing import Any

import yaml


def random_spec(rng: random.Random) -> str:
    """A spec of a network for 3x16x16."""
    norm = rng.choice(["batch_norm", "none"])
    document = {
        "incspec": "1",
        "name": "Random",
        "input": [3, 16, 16],
        "defaults": {"conv": {"norm": norm, "act": "relu"}},
        "blocks": {"block": {"body": [_step(rng) for _ in range(rng.choice([1, 2, 3]))]}},
        "network": [
            *(_step(rng) for _ in range(rng.choice([2, 4, 6, 10]))),
            {"block": {"repeat": rng.choice([1, 2, 3])}},
            "global_avg_pool",
            "linear 10",
        ],
    }
    return yaml.safe_dump(document, width=1000)


def permuted(spec: str, rng: random.Random) -> str:
    """The same network with the branches of some merges in another order."""
    return yaml.safe_dump(_permuted(yaml.safe_load(spec), rng), width=1000)


def _permuted(node: Any, rng: random.Random) -> Any:
    if isinstance(node, list):
        return [_permuted(each, rng) for each in node]
    if not isinstance(node, dict):
        return str(node) if isinstance(node, int) else node
    inner = {key: _permuted(value, rng) for key, value in node.items()}
    return {
        key: rng.sample(value, len(value)) if key == "concat" and rng.random() < 0.8 else value
        for key, value in inner.items()
    }


def _step(rng: random.Random) -> Any:
    kind = rng.choice(["conv", "conv", "conv", "concat", "concat", "residual", "add", "pool"])
    if kind == "concat":
        return {"concat": [_branch(rng) for _ in range(rng.choice([2, 3, 4]))]}
    if kind == "residual":
        return {"residual": {"shortcut": ["1x1 conv 8"], "body": [_conv(rng), "3x3 conv 8"], "act": "relu"}}
    if kind == "add":
        return {"add": [[_conv(rng), "1x1 conv 8"], ["3x3 conv 8"]]}
    return "3x3 max_pool" if kind == "pool" else _conv(rng)


def _branch(rng: random.Random) -> list[str]:
    layers = ["3x3 max_pool"] if rng.random() < 0.3 else []
    layers += [_conv(rng) for _ in range(rng.choice([0, 1, 1, 2, 3]))]
    return layers or ["identity"]


def _conv(rng: random.Random) -> str:
    return f"{rng.choice(['1x1', '3x3'])} conv {rng.choice([4, 8])}"
