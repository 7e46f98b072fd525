"""A spec under which something happens -> a small one under which it still does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import yaml

MOST = 300  # tries


def shrink(text: str, happens: Callable[[str], bool], *, most: int = MOST) -> str:
    """Leave out, or make smaller, whatever can be so that it still happens."""
    comments = [line for line in text.splitlines() if line.startswith("#")]
    data = yaml.load(text, yaml.BaseLoader)  # makes nothing but text, lists and mappings
    tried: set[str] = {_written(comments, data)}
    progress = True
    while progress:
        progress = False
        for smaller in [*((None, line) for line in comments), *_smaller(data)]:
            lines, candidate = (
                ([c for c in comments if c != smaller[1]], data) if isinstance(smaller, tuple) else (comments, smaller)
            )
            written = _written(lines, candidate)
            if written in tried:
                continue
            tried.add(written)
            if len(tried) > most:
                return _written(comments, data)
            if happens(written):
                comments, data, progress = lines, candidate, True
                break
    return _written(comments, data)


def _written(comments: list[str], data: Any) -> str:
    return "\n".join([*comments, yaml.safe_dump(data, sort_keys=False, width=110, default_flow_style=None)])


def _smaller(node: Any) -> Iterator[Any]:
    """The same with one thing less, or one thing smaller; large things first."""
    if isinstance(node, list):
        for index in range(len(node)):
            if len(node) > 1:
                yield node[:index] + node[index + 1 :]
        for index, item in enumerate(node):
            if isinstance(item, dict | list):
                for inner in _bodies(item):
                    yield [*node[:index], *inner, *node[index + 1 :]]
            for less in _smaller(item):
                yield [*node[:index], less, *node[index + 1 :]]
    elif isinstance(node, dict):
        for key in node:
            if len(node) > 1:
                yield {k: v for k, v in node.items() if k != key}
        for key, value in node.items():
            for less in _smaller(value):
                yield {**node, key: less}
    elif isinstance(node, str):
        yield from _simpler(node)


def _bodies(step: Any) -> Iterator[list[Any]]:
    """The lists of steps inside a step, to stand in its place."""
    for value in step.values() if isinstance(step, dict) else step:
        if isinstance(value, list) and all(isinstance(item, dict | str) for item in value):
            yield value
        if isinstance(value, dict | list):
            yield from _bodies(value)


def _simpler(text: str) -> Iterator[str]:
    """A shorter line, a smaller number."""
    words = text.split()
    if len(words) > 2:
        for index in range(len(words) - 1):
            yield " ".join(words[:index] + words[index + 2 :])
        yield " ".join(words[:-1])
    if text.isdigit() and int(text) > 1:
        yield from ("1", str(int(text) // 2), str(int(text) - 1))
    elif len(words) > 1:
        for index, word in enumerate(words):
            if word.isdigit() and int(word) > 1:
                for smaller in ("1", str(int(word) - 1)):
                    yield " ".join([*words[:index], smaller, *words[index + 1 :]])
    elif not text.isdigit() and any(not c.isalpha() for c in text):
        yield from ("1", "2", "in")
