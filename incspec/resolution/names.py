"""Names in expressions: checks that each means something where it stands, and keeps what is used.

Not here: which fields there are (fields.py), values (values.py).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from pydantic import JsonValue

from ..diagnostics import Diagnostics, listed, nearest
from ..expressions import FUNCTIONS, ExpressionError, names_in, parse_expression
from ..source import Span
from ..spec import RESERVED
from ..syntax import UNREADABLE, DocPath, SyntaxTree
from .unknown import DECLARE_IT, UnknownNames
from .values import SIZES, Values

_WORD = re.compile(r"[A-Za-z_]\w*")
_NOT_A_WORD = frozenset(("true", "false", "in", "i", "call", "calls"))
_YAML_FLAGS = {"yes": "true", "on": "true", "no": "false", "off": "false", "True": "true", "False": "false"}


def is_lone_word(text: str) -> bool:
    """Whether a parameter's value may stand for itself, being no number or expression."""
    return _WORD.fullmatch(text) is not None and text not in _NOT_A_WORD


class NameChecker:
    """Checks the expressions of one spec, block by block."""

    def __init__(self, tree: SyntaxTree, sink: Diagnostics) -> None:
        self.sink = sink
        self.values = Values(tree, sink)
        self.unknown = UnknownNames()
        # The block that is looked at, and the names that are used in it.
        self.block = ""
        self.used: set[str] = set()
        # The place where `call` or `calls` was last used.
        self.counts_at: Span | None = None

    def params(self, params: Mapping[str, str], path: DocPath, scope: Collection[str]) -> None:
        """Check the parameters of the file or a block: each may use those before it."""
        known, later = dict.fromkeys(scope), dict.fromkeys(params)
        for name, text in params.items():
            at = (*path, name)
            del later[name]
            if text == "required" and path == ("params",):
                message = f"`{name}` is a parameter of the file, and nobody gives it"
                self.values.error("missing-argument", message, at, help="give it a value")
            elif name == UNREADABLE:
                pass
            elif text == name and text not in known:
                self.values.error("unknown-name", f"`{name}` is declared by itself", at, help="give it a value")
            elif text in later and text not in known:
                hint = f"move `{text}` before it"
                self.values.error("unknown-name", f"`{text}` is declared behind `{name}`", at, help=hint)
            elif text not in known and is_lone_word(text) and nearest(text, ("required",)) and text != "required":
                self.values.error("unknown-name", f"`{text}` means nothing here", at, help="did you mean `required`?")
            elif text != "required":
                self.expression(text, at, known, (text,) if is_lone_word(text) else (), later=later)
            known[name] = None

    def expression(
        self,
        text: str,
        path: DocPath,
        scope: Collection[str],
        words: tuple[str, ...] = (),
        later: Collection[str] = (),
    ) -> bool:
        """Check that each name in an expression means something."""
        return self._constant(text, path, scope, words, later) is not None

    def constant(self, text: str, path: DocPath, scope: Collection[str]) -> bool:
        """Check an expression; whether it is right, and holds no names."""
        return self._constant(text, path, scope, ()) is True

    def texts(
        self, value: JsonValue, path: DocPath, scope: Collection[str], words: tuple[str, ...], *, sizes: bool
    ) -> bool | None:
        """Check all expressions in a value: True if they are constant, None if one is wrong."""
        if isinstance(value, str):
            return True if sizes and SIZES.fullmatch(value) else self._constant(value, path, scope, words)
        if isinstance(value, list):
            found = [self.texts(item, (*path, k), scope, words, sizes=False) for k, item in enumerate(value)]
        elif isinstance(value, dict):
            found = [self.texts(item, (*path, key), scope, words, sizes=False) for key, item in value.items()]
        else:
            return None
        return None if None in found else all(found)

    def _constant(
        self, text: str, path: DocPath, scope: Collection[str], words: tuple[str, ...], later: Collection[str] = ()
    ) -> bool | None:
        if text == UNREADABLE:
            return None
        if text in words:
            self.used.add(text)
            return True
        try:
            expr = parse_expression(text)
        except ExpressionError as error:
            self.sink.error(error.code, error.message, self.values.part(path, error.at), help=error.help)
            return None
        found: list[str] = []
        fine = True
        for name in names_in(expr):
            if name.id in words:
                continue
            at = self.values.part(path, name.at)
            found.append(name.id)
            self.used.add(name.id)
            if name.id in ("call", "calls") and name.id in scope:
                self.counts_at = at
            if name.id not in scope and UNREADABLE not in scope:
                fine = False
                if not self.unknown.full:
                    message, hint = self._unknown(name.id, scope, words, later)
                    known = _candidates(words, scope) if hint.startswith("did you mean") else ()
                    self.unknown.add(
                        "unknown-name", self.block, name.id, message, at, hint=hint, candidates=known, declared=scope
                    )
        return not found if fine else None

    def _unknown(
        self, name: str, scope: Collection[str], words: tuple[str, ...], later: Collection[str]
    ) -> tuple[str, str]:
        """What to say of a name that means nothing, and how to repair it."""
        message = f"there is no parameter `{name}` here"
        if name in later:
            return f"`{name}` is declared behind", f"move `{name}` before this"
        if name == "i":
            return "`i` means nothing here", "it counts the turns, in the arguments of a step with `repeat`"
        if name in ("call", "calls"):
            return f"`{name}` means nothing here", "it counts the calls of a block, inside the block"
        if name == "in":
            return "`in` means nothing here", "it is the width that arrives at a step or block"
        if name in FUNCTIONS:
            return f"`{name}` is a function", f"write `{name}(...)`, in quotes where a comma stands inside"
        if name in _YAML_FLAGS:
            return message, f"write `{_YAML_FLAGS[name]}`"
        if name in RESERVED:
            return (
                f"`{name}` means nothing here",
                f"it may be {listed(words)}" if words else "write a value, or leave the field out",
            )
        meant = nearest(name, _candidates(words, scope))
        if meant is not None:
            return message, f"did you mean `{meant}`?"
        if words:
            return message, f"it may be {listed(words)}"
        return message, DECLARE_IT


def _candidates(words: tuple[str, ...], scope: Collection[str]) -> tuple[str, ...]:
    """What a name that means nothing may have meant."""
    return (*words, *scope, *FUNCTIONS, "true", "false")
