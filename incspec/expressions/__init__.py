"""The expression language: text -> Expr -> value.

An allow-list of arithmetic, comparison, conditions and a few functions, read by our own parser and never
handed to Python's. Numbers are bounded, so no expression can be made to hang. In order of processing:
`parse.py` (text -> tree), `tree.py` (its types), `value.py` (tree -> value), `traced.py` (values that remember
what they stand for), `python.py` (tree -> Python source).

Not here: which names exist (resolve.py), which values a field takes (ops/fields.py).
"""

from .parse import parse_expression, parse_number
from .python import to_python
from .traced import TracedInt, combine, evaluate, expr_of, is_flag, substitute, trace, untraced
from .tree import UNKNOWN, Call, Expr, ExpressionError, IfElse, Literal, Name, Plain, Unknown, UnknownValue, names_in
from .value import FUNCTIONS, Environment, value_of

__all__ = [
    "FUNCTIONS",
    "UNKNOWN",
    "Call",
    "Environment",
    "Expr",
    "ExpressionError",
    "IfElse",
    "Literal",
    "Name",
    "Plain",
    "TracedInt",
    "Unknown",
    "UnknownValue",
    "combine",
    "evaluate",
    "expr_of",
    "is_flag",
    "names_in",
    "parse_expression",
    "parse_number",
    "substitute",
    "to_python",
    "trace",
    "untraced",
    "value_of",
]
