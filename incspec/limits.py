"""Limits: how large a spec may be. Data; every pass that could be made to run for long is given them.

They are far above any known network, and bound what a mistake or a hostile file costs: at all of them together a check
takes seconds and some hundred megabytes. Whoever needs more raises them, at what that costs.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, fields

from .diagnostics import did_you_mean


@dataclass(frozen=True, slots=True)
class Limits:
    """The most of each that is taken.

    Raises:
        ValueError: one is below 1, or above what the compiler can stand.
    """

    bytes: int = field(default=8 * 2**20, metadata={"of": "bytes of a file"})
    files: int = field(default=64, metadata={"of": "files that a spec is made of"})
    values: int = field(default=300_000, metadata={"of": "keys, values, lists and mappings in a file"})
    # These two are recursion, in pydantic's validator and in the passes: beyond, the process would end.
    depth: int = field(default=64, metadata={"of": "lists and mappings in each other, in a file", "most": 200})
    nesting: int = field(default=50, metadata={"of": "bodies in bodies, through blocks as well", "most": 80})
    repeat: int = field(default=50_000, metadata={"of": "turns of a step"})
    steps: int = field(
        default=50_000, metadata={"of": "steps that are built; blocks that are used alike are built once"}
    )
    variants: int = field(default=3_000, metadata={"of": "blocks under arguments and inputs that differ"})
    ops: int = field(default=1_000_000, metadata={"of": "ops that run"})

    def __post_init__(self) -> None:
        for each in fields(self):
            value, most = getattr(self, each.name), each.metadata.get("most")
            if not isinstance(value, int) or isinstance(value, bool) or value < 1:
                raise ValueError(f"the limit `{each.name}` wants a whole number of at least 1, got `{value}`")
            if most is not None and value > most:
                raise ValueError(f"the limit `{each.name}` can be raised to {most}, got `{value}`")

    def raising(self, name: str) -> str:
        """How to raise one of them, for `help`; nothing where it is as high as it can be."""
        most = next(each.metadata.get("most") for each in fields(self) if each.name == name)
        if getattr(self, name) == most:
            return ""
        return f"; or raise the limit: `incspec --limit {name}=N`"


DEFAULT = Limits()
LIMITS_VARIABLE = "INCSPEC_LIMITS"


def given_limits() -> Limits:
    """The limits that the environment sets: `INCSPEC_LIMITS="steps=100000 depth=100"`.

    Raises:
        ValueError: it sets none that there are; the message says why.
    """
    return read_limits(filter(None, re.split(r"[,\s]+", os.environ.get(LIMITS_VARIABLE, ""))))


def read_limits(written: Iterable[str]) -> Limits:
    """The limits that texts of the form `name=value` set; the others are the default ones.

    Raises:
        ValueError: one of them sets none; the message says why.
    """
    names = [each.name for each in fields(Limits)]
    found: dict[str, int] = {}
    for text in written:
        name, equals, value = (part.strip() for part in text.partition("="))
        if not equals:
            raise ValueError(f"`{text}` is not of the form NAME=VALUE")
        if name not in names:
            raise ValueError(f"there is no limit `{name}`: {did_you_mean(name, names)}")
        digits = value.replace("_", "")
        if not (digits.isascii() and digits.isdigit() and len(digits) < 16):
            raise ValueError(f"the limit `{name}` wants a whole number of at least 1, got `{value}`")
        found[name] = int(digits)
    return Limits(**found)
