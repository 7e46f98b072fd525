"""Loops: the constructions of several turns -> one construction in terms of `i`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from .layout import Bracket, Doc


def counts(module: Bracket) -> bool:
    """Whether a construction depends on the turn."""
    return re.search(r"\bi\b", str(module)) is not None


def loop(modules: Sequence[Bracket]) -> Bracket | None:
    """One construction in terms of `i` for all turns; None where no simple rule gives them all."""
    first = modules[0]
    if any(other.head != first.head or len(other.items) != len(first.items) for other in modules):
        return None
    items: list[Doc] = []
    for position in range(len(first.items)):
        texts = [str(module.items[position]) for module in modules]
        text = _in_terms_of_i(texts)
        if text is None:
            return None
        items.append(text)
    return Bracket(first.head, tuple(items))


def _in_terms_of_i(texts: list[str]) -> str | None:
    if len(set(texts)) == 1:
        return texts[0]
    keys = {text.partition("=")[0] if re.match(r"\w+=", text) else "" for text in texts}
    if len(keys) != 1:
        return None
    prefix = f"{key}=" if (key := keys.pop()) else ""
    values = [text.removeprefix(prefix) for text in texts]
    if all(re.fullmatch(r"\d+", value) for value in values):
        numbers = [int(value) for value in values]
        step = numbers[1] - numbers[0]
        if all(b - a == step for a, b in pairwise(numbers)) and (step == 1 or len(numbers) > 2):
            start = f"{numbers[0]} + " if numbers[0] else ""
            return f"{prefix}{start}i" if step == 1 else f"{prefix}{start}{step} * i" if step > 0 else None
    if len(set(values[1:])) == 1:
        return f"{prefix}{values[0]} if i == 0 else {values[1]}"
    return None
