"""JSON Schema of a spec as its author writes it, so that editors complete, explain and check while one types.

Made of the same parts as the compiler: the ops' fields and kinds, the models of spec.py, the texts of the reference.
What a schema cannot know is left to the compiler: which blocks and parameters there are, so any name may be a block
and any word a parameter.

Values of several shapes have one schema whose keywords each look at their own shape (`properties` at mappings,
`items` at lists, `pattern` at text), so that what is wrong is told where it stands, not as "none of these".
"""

from .language import language_schema

__all__ = ["language_schema"]
