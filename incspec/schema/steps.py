"""The schema of a step, of a branch, and of a use of an op or block."""

from __future__ import annotations

from ..ops import BY_KEYWORD
from ..ops.base import ConstructClass
from ..reference import BODIES, STEP_FIELDS, summary, takes_v
from .parts import BODY, NAME_PATTERN, Schema, mapping, typed


def step_schema() -> Schema:
    """A step: a line of text, or a mapping of one key, its op or block."""
    return {
        "description": "One step: `3x3 conv 96 stride 2 V`, `conv: {out: 96, kernel: 3x3}`, or a block's name.",
        **typed("string", "object"),
        "pattern": _line_pattern(),
        "minProperties": 1,
        "maxProperties": 1,
        "propertyNames": {"pattern": f"^{NAME_PATTERN}$"},
        "properties": {keyword: {"$ref": f"#/$defs/ops/{keyword}"} for keyword in BY_KEYWORD},
        "additionalProperties": {"$ref": "#/$defs/call"},
        "examples": ["3x3 conv 96 stride 2 V", "3x3 max_pool stride 2 V", "global_avg_pool"],
    }


def op_schema(construct: ConstructClass) -> Schema:
    """An op's fields in a mapping, or the value of its main field."""
    fields = {name: {"$ref": f"#/$defs/fields/{construct.keyword}/{name}"} for name in construct.field_names()}
    schema = {"description": summary(construct), **mapping({**fields, **_step_fields()})}
    schema["required"] = [name for name in construct.bodies if BODIES[name][1] is None]
    if construct.main is None:
        return schema
    del schema["type"]
    main = {"$ref": f"#/$defs/fields/{construct.keyword}/{construct.main}"}
    return {**schema, "anyOf": [{"type": "object"}, main]}


def call_schema() -> Schema:
    """A use of a block: its parameters by name."""
    return {
        "description": "A use of a block, with its parameters by name.",
        "type": "object",
        "propertyNames": {"pattern": f"^{NAME_PATTERN}$"},
        "properties": _step_fields(),
        "additionalProperties": {"$ref": "#/$defs/value"},
    }


def _step_fields() -> Schema:
    return {name: {"$ref": f"#/$defs/step_fields/{name}"} for name in STEP_FIELDS}


def branch_schema() -> Schema:
    """A branch: steps, the name of a tensor, or a mapping that names it."""
    names = {"name": {"$ref": "#/$defs/step_fields/name"}, "body": BODY}
    return {
        "description": "One branch: a list of steps, or the name of a tensor.",
        **typed("array", "string", "object"),
        "items": {"$ref": "#/$defs/step"},
        "pattern": rf"^(?!({'|'.join(BY_KEYWORD)})$){NAME_PATTERN}(\.{NAME_PATTERN})?$",
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
    block = rf"(?!({'|'.join(BY_KEYWORD)})(\s|$)){NAME_PATTERN}" + pairs.replace("{fields}", NAME_PATTERN)
    return rf"^\s*({'|'.join((*forms, block))})\s*$"
