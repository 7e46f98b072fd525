"""The schema of a file and of its blocks."""

from __future__ import annotations

from ..lints import LINTS, WARNINGS
from ..ops import BY_KEYWORD
from ..reference import STEP_FIELDS, summary
from ..spec import AUX_KEYS, LOGITS, RESERVED, BlockSpec, ModelSpec
from .fields import field_schemas, shared_values
from .keys import BLOCK_KEYS, EXPECT_KEYS, FILE_KEYS, HEAD_KEYS, PAPER_KEYS
from .parts import (
    BODY,
    EXPRESSION,
    NAME_PATTERN,
    SHAPE,
    WHOLE,
    Schema,
    described,
    each,
    mapping,
    name_list,
    or_none,
    shape,
    typed,
)
from .steps import branch_schema, call_schema, op_schema, step_schema


def language_schema() -> Schema:
    """The JSON Schema (draft 2020-12) of a spec file."""
    variant = {"required": ["extends"]}
    library = {"required": ["blocks"], "not": {"anyOf": [{"required": ["input"]}, {"required": ["network"]}]}}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "incspec 1",
        "description": "A convolutional network, its blocks and what is expected of it.",
        **mapping(_file_properties()),
        # A variant may show any part of a file; a file without a network is there for its blocks.
        "if": variant,
        "else": {
            "if": library,
            "then": {"properties": _complete()},
            "else": {"properties": _complete(), "required": _required(ModelSpec)},
        },
        "$defs": {
            **shared_values(),
            "body": {"type": "array", "items": {"$ref": "#/$defs/step"}},
            "step": step_schema(),
            "branch": branch_schema(),
            "call": call_schema(),
            "ops": {keyword: op_schema(construct) for keyword, construct in BY_KEYWORD.items()},
            "fields": {keyword: field_schemas(construct) for keyword, construct in BY_KEYWORD.items()},
        },
    }


# --- the file and its blocks


def _file_properties() -> Schema:
    own_names = {"pattern": f"^{NAME_PATTERN}$", "not": {"enum": sorted({*RESERVED, *BY_KEYWORD})}}
    head_names = {"pattern": f"^{NAME_PATTERN}$", "not": {"enum": sorted({*RESERVED, LOGITS})}}
    names = {**name_list(), "type": ["array", "string"], "pattern": f"^{NAME_PATTERN}$"}
    prose: Schema = {"type": ["string", "number"]}
    properties: Schema = {
        "incspec": {"enum": [1, "1"]},
        "extends": {"type": "string", "examples": ["inception_v4.yaml"]},
        "name": {"type": ["string", "number"], "minLength": 1},
        "paper": or_none(mapping(described(PAPER_KEYS, each(PAPER_KEYS, prose) | {"note": {**prose, "minLength": 1}}))),
        "input": {
            **typed("array", "object"),
            "items": WHOLE,
            "minItems": 1,
            "maxItems": 4,
            "minProperties": 1,
            "propertyNames": own_names,
            "additionalProperties": SHAPE,
            "examples": [[3, 224, 224]],
        },
        "params": _params(),
        "defaults": _defaults(),
        "import": {"type": "object", "additionalProperties": names, "examples": [{"blocks.yaml": ["stem"]}]},
        "blocks": or_none({"type": "object", "propertyNames": own_names, "additionalProperties": _block()}),
        "network": {**BODY, "minItems": 1},
        "aux": or_none({"type": "object", "propertyNames": head_names, "additionalProperties": _head()}),
        "expect": or_none(mapping(described(EXPECT_KEYS, each(EXPECT_KEYS, WHOLE) | {"output": SHAPE}))),
        "allow": or_none(
            {
                "type": "object",
                "propertyNames": {"enum": list(WARNINGS)},
                "additionalProperties": {"type": ["string", "number"], "minLength": 1},
            }
        ),
        "warn": or_none({"type": "array", "items": {"enum": [lint.code for lint in LINTS if not lint.on]}}),
    }
    return described(FILE_KEYS, properties)


def _block() -> Schema:
    properties: Schema = {
        "figure": {"type": ["string", "number"]},
        "note": {"type": ["string", "number"], "minLength": 1},
        "expect": or_none(shape()),
        "params": _params(),
        "defaults": _defaults(),
        "inputs": or_none(name_list()),
        "outputs": or_none(name_list(dotted=True)),
        "body": {**BODY, "minItems": 1},
    }
    block = or_none(mapping(described(BLOCK_KEYS, properties)))
    return {**block, "type": [*block["type"], "array"], "items": {"$ref": "#/$defs/step"}, "minItems": 1}


def _head() -> Schema:
    properties: Schema = {
        "from": {**typed("string", "array"), "pattern": rf"^{NAME_PATTERN}(\.{NAME_PATTERN})?$"}
        | {"items": {"$ref": "#/$defs/tensor"}, "minItems": 1},
        "weight": {"anyOf": [{"type": "number", "minimum": 0}, EXPRESSION]},
        "body": {**BODY, "minItems": 1},
    }
    return or_none(mapping(described(HEAD_KEYS, properties)))


def _complete() -> Schema:
    """What more holds of a file that is no variant: nothing is removed, and every block has its body."""
    lists = each(("expect", "inputs", "outputs"), {"type": "array"})
    mappings = each(("params", "defaults"), {"type": "object"})
    block = {"type": ["object", "array"], "required": _required(BlockSpec), "properties": {**lists, **mappings}}
    whole = each(("paper", "params", "defaults", "expect"), {"type": "object"})
    head = {"type": "object", "required": list(AUX_KEYS)}
    parts = {"blocks": block, "aux": head}
    return {**whole, **{key: {"type": "object", "additionalProperties": part} for key, part in parts.items()}}


def _params() -> Schema:
    names = {"pattern": f"^{NAME_PATTERN}$", "not": {"enum": sorted({*RESERVED, *STEP_FIELDS})}}
    return or_none({"type": "object", "propertyNames": names, "additionalProperties": {"$ref": "#/$defs/value"}})


def _defaults() -> Schema:
    ops: Schema = {}
    for keyword, construct in BY_KEYWORD.items():
        own = [*construct.model_fields, *construct.followers]
        fields = {name: {"$ref": f"#/$defs/fields/{keyword}/{name}"} for name in own}
        ops[keyword] = or_none({"description": summary(construct), **mapping(fields)})
    return or_none(mapping(ops))


def _required(model: type[ModelSpec] | type[BlockSpec]) -> list[str]:
    return [name for name, info in model.model_fields.items() if info.is_required()]
