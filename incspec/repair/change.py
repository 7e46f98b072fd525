"""Changes: a spec -> the same with one value replaced, added or taken away.

Paths are those of the syntax tree, which the spec mirrors key by key.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from pydantic import BaseModel

from ..record import record
from ..spec import ModelSpec, Raw, StepSpec
from ..syntax import DocPath

_ALIASES = {"from": "from_", "in": "in_"}
_Node = TypeVar("_Node")


@record
class Change:
    """A value to be put at a path; None takes away what stands there."""

    path: DocPath
    value: Raw | StepSpec | list[StepSpec]


def changed(spec: ModelSpec, changes: Iterable[Change]) -> ModelSpec:
    """The spec with some changes, one after the other."""
    for change in changes:
        spec = _put(spec, change.path, change.value)
    return spec


def _put(node: _Node, path: DocPath, value: object) -> _Node:
    """A copy of a part of a spec with a value at a path."""
    key, *rest = path
    if isinstance(node, BaseModel):
        name = _ALIASES.get(str(key), str(key))
        return node.model_copy(update={name: _put(getattr(node, name), tuple(rest), value) if rest else value})
    if isinstance(node, dict):
        inner = _put(node[key], tuple(rest), value) if rest else value
        kept = {name: old for name, old in node.items() if name != key or inner is not None}
        return kept if inner is None else {**kept, key: inner}  # type: ignore[return-value]
    assert isinstance(node, list)
    assert isinstance(key, int)
    if rest:
        return [*node[:key], _put(node[key], tuple(rest), value), *node[key + 1 :]]  # type: ignore[return-value]
    return [*node[:key], *([] if value is None else [value]), *node[key + 1 :]]  # type: ignore[return-value]


def value_at(spec: ModelSpec, path: DocPath) -> object:
    """What stands at a path of a spec; None where nothing does."""
    node: object = spec
    for key in path:
        if isinstance(node, BaseModel):
            node = getattr(node, _ALIASES.get(str(key), str(key)))
        elif isinstance(node, dict):
            node = node.get(key)
        else:
            assert isinstance(node, list)
            node = node[int(key)]
    return node
