"""JSON Schema of a spec as its author writes it, so that editors complete, explain and check while one types.

Made of the same parts as the compiler: the ops' fields and kinds, the models of spec.py, the texts of the reference.
What a schema cannot know is left to the compiler: which blocks and parameters there are, so any name may be a block
and any word a parameter.

Values of several shapes have one schema whose keywords each look at their own shape (`properties` at mappings,
`items` at lists, `pattern` at text), so that what is wrong is told where it stands, not as "none of these".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

from .lints import LINTS, WARNINGS
from .ops import BY_KEYWORD
from .ops.base import ConstructClass
from .reference import BODIES, FOLLOWERS, STEP_FIELDS, keywords_of, summary, takes_v
from .spec import AUX_KEYS, LOGITS, RESERVED, BlockSpec, ModelSpec

Schema: TypeAlias = dict[str, Any]

_NAME = "[a-z][a-z0-9_]*"
_EXPRESSION: Schema = {"$ref": "#/$defs/expression"}
_WHOLE: Schema = {"$ref": "#/$defs/whole"}
_BODY: Schema = {"$ref": "#/$defs/body"}
_SHAPE: Schema = {"$ref": "#/$defs/shape"}

# What stands in a file, a block, and under `paper` and `expect`; the keys are those of spec.py's models.
FILE_KEYS = {
    "incspec": "version of the language: 1",
    "extends": "file that this one is a variant of: only what is different is written here, `none` removes a key",
    "name": "name of the network, as the paper prints it",
    "paper": "where the network was published",
    "input": "shape of the input, channels first, `[C, H, W]`; a size may be left open, `any` or `H >= 75`; or a mapping of names "
    "to such shapes",
    "params": "parameters of the file: their names and values, for use in expressions",
    "defaults": "fields of ops that hold for every use, `{op: {field: value}}`",
    "import": "blocks of other files, `{file: [block, ...]}`",
    "blocks": "blocks by name: steps under parameters, to be called like an op",
    "network": "the network, a list of steps in series",
    "aux": "auxiliary heads by name: outputs beside the network's own, in training only",
    "expect": "what is expected of the whole network; only checked",
    "allow": "warnings that are not told, and why: `{code: reason}`; at a line, `# incspec: allow CODE, reason`",
    "warn": "warnings that are told only where they are asked for",
}
BLOCK_KEYS = {
    "figure": "figure of the paper that shows the block",
    "expect": "what comes out of each call, channels first, `[C, H, W]`; only checked",
    "params": "parameters of the block: their names and defaults, `required` where a call must give them",
    "defaults": "fields of ops that hold inside the block, `{op: {field: value}}`",
    "inputs": "names of the inputs; one, called `input`, without this key",
    "outputs": "tensors of the body that come out; the last step's output without this key",
    "body": "the steps, in series",
}
HEAD_KEYS = {
    "from": "name of the tensor of the network that the head is attached to, or a list of several",
    "weight": "what the head's loss counts in training, beside the network's own",
    "body": "the steps, in series",
}
PAPER_KEYS = {
    "title": "title of the paper",
    "authors": "its authors",
    "year": "year of publication",
    "arxiv": "its number on arXiv, in quotes",
    "url": "where it can be read",
}
EXPECT_KEYS = {
    "output": "shape of the output, channels first",
    "params": "number of learnt parameters",
    "params_with_aux": "number of learnt parameters, auxiliary heads included",
    "macs": "multiply-adds of convolutions and linear layers for one image at the file's own `input`",
}


def language_schema() -> Schema:
    """The JSON Schema (draft 2020-12) of a spec file."""
    variant = {"required": ["extends"]}
    library = {"required": ["blocks"], "not": {"anyOf": [{"required": ["input"]}, {"required": ["network"]}]}}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "incspec 1",
        "description": "A convolutional network, its blocks and what is expected of it.",
        **_mapping(_file_properties()),
        # A variant may show any part of a file; a file without a network is there for its blocks.
        "if": variant,
        "else": {
            "if": library,
            "then": {"properties": _complete()},
            "else": {"properties": _complete(), "required": _required(ModelSpec)},
        },
        "$defs": {
            **_values(),
            "body": {"type": "array", "items": {"$ref": "#/$defs/step"}},
            "step": _step(),
            "branch": _branch(),
            "call": _call(),
            "ops": {keyword: _op(construct) for keyword, construct in BY_KEYWORD.items()},
            "fields": {keyword: _fields(construct) for keyword, construct in BY_KEYWORD.items()},
        },
    }


# --- the file and its blocks


def _file_properties() -> Schema:
    own_names = {"pattern": f"^{_NAME}$", "not": {"enum": sorted({*RESERVED, *BY_KEYWORD})}}
    head_names = {"pattern": f"^{_NAME}$", "not": {"enum": sorted({*RESERVED, LOGITS})}}
    names = {**_names(), "type": ["array", "string"], "pattern": f"^{_NAME}$"}
    properties: Schema = {
        "incspec": {"enum": [1, "1"]},
        "extends": {"type": "string", "examples": ["inception_v4.yaml"]},
        "name": {"type": ["string", "number"], "minLength": 1},
        "paper": _or_none(_mapping(_described(PAPER_KEYS, _each(PAPER_KEYS, {"type": ["string", "number"]})))),
        "input": {
            **_typed("array", "object"),
            "items": _WHOLE,
            "minItems": 1,
            "maxItems": 4,
            "minProperties": 1,
            "propertyNames": own_names,
            "additionalProperties": _SHAPE,
            "examples": [[3, 224, 224]],
        },
        "params": _params(),
        "defaults": _defaults(),
        "import": {"type": "object", "additionalProperties": names, "examples": [{"blocks.yaml": ["stem"]}]},
        "blocks": _or_none({"type": "object", "propertyNames": own_names, "additionalProperties": _block()}),
        "network": {**_BODY, "minItems": 1},
        "aux": _or_none({"type": "object", "propertyNames": head_names, "additionalProperties": _head()}),
        "expect": _or_none(_mapping(_described(EXPECT_KEYS, _each(EXPECT_KEYS, _WHOLE) | {"output": _SHAPE}))),
        "allow": _or_none(
            {
                "type": "object",
                "propertyNames": {"enum": list(WARNINGS)},
                "additionalProperties": {"type": ["string", "number"], "minLength": 1},
            }
        ),
        "warn": _or_none({"type": "array", "items": {"enum": [lint.code for lint in LINTS if not lint.on]}}),
    }
    return _described(FILE_KEYS, properties)


def _block() -> Schema:
    properties: Schema = {
        "figure": {"type": ["string", "number"]},
        "expect": _or_none(_shape()),
        "params": _params(),
        "defaults": _defaults(),
        "inputs": _or_none(_names()),
        "outputs": _or_none(_names(dotted=True)),
        "body": {**_BODY, "minItems": 1},
    }
    block = _or_none(_mapping(_described(BLOCK_KEYS, properties)))
    return {**block, "type": [*block["type"], "array"], "items": {"$ref": "#/$defs/step"}, "minItems": 1}


def _head() -> Schema:
    properties: Schema = {
        "from": {**_typed("string", "array"), "pattern": rf"^{_NAME}(\.{_NAME})?$"}
        | {"items": {"$ref": "#/$defs/tensor"}, "minItems": 1},
        "weight": {"anyOf": [{"type": "number", "minimum": 0}, _EXPRESSION]},
        "body": {**_BODY, "minItems": 1},
    }
    return _or_none(_mapping(_described(HEAD_KEYS, properties)))


def _complete() -> Schema:
    """What more holds of a file that is no variant: nothing is removed, and every block has its body."""
    lists = _each(("expect", "inputs", "outputs"), {"type": "array"})
    mappings = _each(("params", "defaults"), {"type": "object"})
    block = {"type": ["object", "array"], "required": _required(BlockSpec), "properties": {**lists, **mappings}}
    whole = _each(("paper", "params", "defaults", "expect"), {"type": "object"})
    head = {"type": "object", "required": list(AUX_KEYS)}
    parts = {"blocks": block, "aux": head}
    return {**whole, **{key: {"type": "object", "additionalProperties": part} for key, part in parts.items()}}


def _params() -> Schema:
    names = {"pattern": f"^{_NAME}$", "not": {"enum": sorted({*RESERVED, *STEP_FIELDS})}}
    return _or_none({"type": "object", "propertyNames": names, "additionalProperties": {"$ref": "#/$defs/value"}})


def _defaults() -> Schema:
    ops: Schema = {}
    for keyword, construct in BY_KEYWORD.items():
        own = [*construct.model_fields, *construct.followers]
        fields = {name: {"$ref": f"#/$defs/fields/{keyword}/{name}"} for name in own}
        ops[keyword] = _or_none({"description": summary(construct), **_mapping(fields)})
    return _or_none(_mapping(ops))


# --- steps


def _step() -> Schema:
    """A step: a line of text, or a mapping of one key, its op or block."""
    return {
        "description": "One step: `3x3 conv 96 stride 2 V`, `conv: {out: 96, kernel: 3x3}`, or a block's name.",
        **_typed("string", "object"),
        "pattern": _line_pattern(),
        "minProperties": 1,
        "maxProperties": 1,
        "propertyNames": {"pattern": f"^{_NAME}$"},
        "properties": {keyword: {"$ref": f"#/$defs/ops/{keyword}"} for keyword in BY_KEYWORD},
        "additionalProperties": {"$ref": "#/$defs/call"},
        "examples": ["3x3 conv 96 stride 2 V", "3x3 max_pool stride 2 V", "global_avg_pool"],
    }


def _op(construct: ConstructClass) -> Schema:
    """An op's fields in a mapping, or the value of its main field."""
    fields = {name: {"$ref": f"#/$defs/fields/{construct.keyword}/{name}"} for name in construct.field_names()}
    schema = {"description": summary(construct), **_mapping({**fields, **_step_fields()})}
    schema["required"] = [name for name in construct.bodies if BODIES[name][1] is None]
    if construct.main is None:
        return schema
    del schema["type"]
    main = {"$ref": f"#/$defs/fields/{construct.keyword}/{construct.main}"}
    return {**schema, "anyOf": [{"type": "object"}, main]}


def _call() -> Schema:
    """A use of a block: its parameters by name."""
    return {
        "description": "A use of a block, with its parameters by name.",
        "type": "object",
        "propertyNames": {"pattern": f"^{_NAME}$"},
        "properties": _step_fields(),
        "additionalProperties": {"$ref": "#/$defs/value"},
    }


def _step_fields() -> Schema:
    return {name: {"$ref": f"#/$defs/step_fields/{name}"} for name in STEP_FIELDS}


def _branch() -> Schema:
    """A branch: steps, the name of a tensor, or a mapping that names it."""
    names = {"name": {"$ref": "#/$defs/step_fields/name"}, "body": _BODY}
    return {
        "description": "One branch: a list of steps, or the name of a tensor.",
        **_typed("array", "string", "object"),
        "items": {"$ref": "#/$defs/step"},
        "pattern": rf"^(?!({'|'.join(BY_KEYWORD)})$){_NAME}(\.{_NAME})?$",
        "properties": names,
        "required": ["body"],
        "additionalProperties": False,
    }


def _line_pattern() -> str:
    """The pattern of a step in one line: `[SIZE] op [MAIN] [FIELD VALUE]... [V]`, or a block and its parameters."""
    pairs = r"(\s+{fields}\s+\S+)*"
    forms = []
    for construct in BY_KEYWORD.values():
        if construct.bodies:
            continue  # they need a list of steps
        fields = "|".join((*construct.field_names(), *STEP_FIELDS))
        size = r"\d+(x\d+)*\s+" if construct.sized else ""
        main = r"(\s+\S+)?" if construct.main else ""
        valid = r"(\s+V)?" if takes_v(construct) else ""
        forms.append(size + construct.keyword + main + pairs.replace("{fields}", f"({fields})") + valid)
    block = rf"(?!({'|'.join(BY_KEYWORD)})(\s|$)){_NAME}" + pairs.replace("{fields}", _NAME)
    return rf"^\s*({'|'.join((*forms, block))})\s*$"


# --- the fields of ops


def _fields(construct: ConstructClass) -> Schema:
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
        return dict(schema) if "pattern" in schema else dict(_EXPRESSION)
    return {"anyOf": [dict(schema), dict(_EXPRESSION)]} if schema else {}


def _options(schema: Schema) -> list[Schema]:
    return schema["anyOf"] if set(schema) == {"anyOf"} else [schema]


def _unique(options: Iterable[Schema]) -> list[Schema]:
    found: list[Schema] = []
    for option in options:
        if option not in found:
            found.append(option)
    return found


def _values() -> Schema:
    """What several fields share."""
    return {
        "expression": {
            "description": "A number, word or condition, or an expression of parameters: `2*k`, `in//4`, "
            "`max(16, w)`, `a if c else b`.",
            "type": "string",
            "pattern": r"^[A-Za-z0-9_.,+\-*/%()<>=!\s]+$",
        },
        "whole": {"anyOf": [{"type": "integer", "minimum": 0}, _EXPRESSION]},
        "value": {
            "description": "A number, word or condition, or an expression.",
            "anyOf": [{"type": ["number", "boolean"]}, _EXPRESSION],
        },
        "shape": _shape(),
        "name": {"type": "string", "pattern": f"^{_NAME}$"},
        "tensor": {"type": "string", "pattern": rf"^{_NAME}(\.{_NAME})?$"},
        "step_fields": _described(
            STEP_FIELDS,
            {
                "name": {"type": "string", "pattern": f"^{_NAME}$", "not": {"enum": sorted(RESERVED)}},
                "from": {**_typed("string", "array"), "pattern": rf"^{_NAME}(\.{_NAME})?$"}
                | {"items": {"$ref": "#/$defs/tensor"}, "minItems": 1},
                "repeat": _WHOLE,
                "when": {"anyOf": [{"type": "boolean"}, _EXPRESSION]},
                "expect": _SHAPE,
                "in": _WHOLE,
            },
        ),
        "followers": {role: _follower(role) for role in FOLLOWERS},
        "bodies": {
            "branches": {"type": "array", "items": {"$ref": "#/$defs/branch"}, "minItems": 1},
            "body": _BODY,
            "shortcut": {"anyOf": [_BODY, {"enum": ["identity", "none"]}, _EXPRESSION]},
        },
    }


def _follower(role: str) -> Schema:
    words = keywords_of(role)
    own = {
        word: _mapping({name: {"$ref": f"#/$defs/fields/{word}/{name}"} for name in BY_KEYWORD[word].model_fields})
        for word in words
    }
    with_fields = {"minProperties": 1, "maxProperties": 1, **_mapping(own)}
    return {
        **with_fields,
        "type": ["string", "object"],
        "anyOf": [{"enum": [*words, "none"]}, _EXPRESSION, {"type": "object"}],
    }


# --- parts


def _mapping(properties: Schema) -> Schema:
    return {"type": "object", "additionalProperties": False, "properties": properties}


def _typed(*types: str) -> Schema:
    return {"type": list(types)}


def _or_none(schema: Schema) -> Schema:
    """A mapping or list, or the word `none`, by which a variant removes it."""
    return {**schema, "type": [schema["type"], "string"], "pattern": "^none$"}


def _shape() -> Schema:
    return {"type": "array", "items": _WHOLE, "minItems": 1, "maxItems": 4}


def _names(*, dotted: bool = False) -> Schema:
    items = {"$ref": "#/$defs/tensor" if dotted else "#/$defs/name"}
    return {"type": "array", "items": items, "minItems": 1}


def _described(texts: Mapping[str, str], schemas: Schema) -> Schema:
    return {key: {"description": texts[key], **schemas[key]} for key in texts}


def _each(keys: Iterable[str], schema: Schema) -> Schema:
    return {key: dict(schema) for key in keys}


def _required(model: type[ModelSpec] | type[BlockSpec]) -> list[str]:
    return [name for name, info in model.model_fields.items() if info.is_required()]
