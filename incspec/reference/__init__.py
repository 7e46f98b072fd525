"""The reference of ops, generated from their schema.

What a field is stands once, in its `Field(description=...)` and its kind; what an op is, in its docstring.

    shared.py    the texts of what all ops share
    describe.py  the ops -> their descriptions
    formats.py   descriptions -> JSON, Markdown, text for terminals
"""

from .describe import FieldReference, OpReference, keywords_of, op_reference, summary, takes_v, written_default
from .formats import FAMILIES, as_json, as_markdown, render_op, render_overview
from .shared import BODIES, FOLLOWERS, STEP_FIELDS

__all__ = [
    "BODIES",
    "FAMILIES",
    "FOLLOWERS",
    "STEP_FIELDS",
    "FieldReference",
    "OpReference",
    "as_json",
    "as_markdown",
    "keywords_of",
    "op_reference",
    "render_op",
    "render_overview",
    "summary",
    "takes_v",
    "written_default",
]
