"""The schemas of the fields of ops, and of what several fields share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..ops import BY_KEYWORD
from ..ops.base import ConstructClass
from ..reference import BODIES, FOLLOWERS, STEP_FIELDS, keywords_of
from ..spec import RESERVED
from .parts import BODY, EXPRESSION, NAME_PATTERN, SHAPE, WHOLE, Schema, described, mapping, shape, typed


def field_schemas(construct: ConstructClass) -> Schema:
    """The schema of each field that is written in the op's mapping."""
    fields: Schema = {}
    for name, info in construct.model_fields.items():
        fields[name] = _with_expressions(construct.field_kind(name).json_schema())
        default = _default(info.default) if not info.is_required() else None
        fields[name] |= {"description": info.description} | ({} if default is None else {"default": default})
    for role in construct.followers:
        fields[role] = {"$ref": f"#/$defs/followers/{role}", "description": FOLLOWERS[role], "default": "none"}
    for name in construct.bodies:
        fields[name] = {"$ref": f"#/$defs/bodies/{name}", "description": BODIES[name][2]}
    return fields


def _default(value: object) -> object:
    if isinstance(value, tuple):
        return value[0] if len(value) == 1 else list(value)
    return value


def _with_expressions(schema: Mapping[str, Any]) -> Schema:
    """The schema of a kind, with an expression wherever a number, word or truth value may stand."""
    if "anyOf" in schema:
        options = [option for part in schema["anyOf"] for option in _options(_with_expressions(part))]
        return {**schema, "anyOf": _unique(options)}
    if schema.get("type") == "object":
        return {**schema, "properties": {key: _with_expressions(part) for key, part in schema["properties"].items()}}
    if schema.get("type") == "array":
        return {**schema, "items": _with_expressions(schema["items"])}
    if schema.get("type") == "string":
        return dict(schema) if "pattern" in schema else dict(EXPRESSION)
    return {"anyOf": [dict(schema), dict(EXPRESSION)]} if schema else {}


def _options(schema: Schema) -> list[Schema]:
    return schema["anyOf"] if set(schema) == {"anyOf"} else [schema]


def _unique(options: Iterable[Schema]) -> list[Schema]:
    found: list[Schema] = []
    for option in options:
        if option not in found:
            found.append(option)
    return found


def shared_values() -> Schema:
    """What several fields share."""
    return {
        "expression": {
            "description": "A number, word or condition, or an expression of parameters: `2*k`, `in//4`, "
            "`max(16, w)`, `a if c else b`.",
            "type": "string",
            "pattern": r"^[A-Za-z0-9_.,+\-*/%()<>=!\s]+$",
        },
        "whole": {"anyOf": [{"type": "integer", "minimum": 0}, EXPRESSION]},
        "value": {
            "description": "A number, word or condition, or an expression.",
            "anyOf": [{"type": ["number", "boolean"]}, EXPRESSION],
        },
        "shape": shape(),
        "name": {"type": "string", "pattern": f"^{NAME_PATTERN}$"},
        "tensor": {"type": "string", "pattern": rf"^{NAME_PATTERN}(\.{NAME_PATTERN})?$"},
        "step_fields": described(
            STEP_FIELDS,
            {
                "name": {"type": "string", "pattern": f"^{NAME_PATTERN}$", "not": {"enum": sorted(RESERVED)}},
                "from": {**typed("string", "array"), "pattern": rf"^{NAME_PATTERN}(\.{NAME_PATTERN})?$"}
                | {"items": {"$ref": "#/$defs/tensor"}, "minItems": 1},
                "repeat": WHOLE,
                "when": {"anyOf": [{"type": "boolean"}, EXPRESSION]},
                "expect": SHAPE,
                "in": WHOLE,
            },
        ),
        "followers": {role: _follower(role) for role in FOLLOWERS},
        "bodies": {
            "branches": {"type": "array", "items": {"$ref": "#/$defs/branch"}, "minItems": 1},
            "body": BODY,
            "shortcut": {"anyOf": [BODY, {"enum": ["identity", "none"]}, EXPRESSION]},
        },
    }


def _follower(role: str) -> Schema:
    words = keywords_of(role)
    own = {
        word: mapping({name: {"$ref": f"#/$defs/fields/{word}/{name}"} for name in BY_KEYWORD[word].model_fields})
        for word in words
    }
    with_fields = {"minProperties": 1, "maxProperties": 1, **mapping(own)}
    return {
        **with_fields,
        "type": ["string", "object"],
        "anyOf": [{"enum": [*words, "none"]}, EXPRESSION, {"type": "object"}],
    }
