"""The parts that schemas are made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

Schema: TypeAlias = dict[str, Any]

NAME_PATTERN = "[a-z][a-z0-9_]*"
EXPRESSION: Schema = {"$ref": "#/$defs/expression"}
WHOLE: Schema = {"$ref": "#/$defs/whole"}
BODY: Schema = {"$ref": "#/$defs/body"}
SHAPE: Schema = {"$ref": "#/$defs/shape"}


def mapping(properties: Schema) -> Schema:
    return {"type": "object", "additionalProperties": False, "properties": properties}


def typed(*types: str) -> Schema:
    return {"type": list(types)}


def or_none(schema: Schema) -> Schema:
    """A mapping or list, or the word `none`, by which a variant removes it."""
    return {**schema, "type": [schema["type"], "string"], "pattern": "^none$"}


def shape() -> Schema:
    return {"type": "array", "items": WHOLE, "minItems": 1, "maxItems": 4}


def name_list(*, dotted: bool = False) -> Schema:
    items = {"$ref": "#/$defs/tensor" if dotted else "#/$defs/name"}
    return {"type": "array", "items": items, "minItems": 1}


def described(texts: Mapping[str, str], schemas: Schema) -> Schema:
    return {key: {"description": texts[key], **schemas[key]} for key in texts}


def each(keys: Iterable[str], schema: Schema) -> Schema:
    return {key: dict(schema) for key in keys}
