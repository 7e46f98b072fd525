"""Fields: checks what ops and blocks are given. Every field exists, and takes what it is given as far as one can tell.

What is constant is evaluated here, so that a wrong value is told even where it is not used.

Not here: names in expressions (names.py), values that depend on them (layers.py), shapes (infer.py).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from functools import cache

from pydantic import JsonValue

from ..diagnostics import Diagnostics, did_you_mean, listed, nearest
from ..ops import BY_KEYWORD
from ..ops.base import ConstructClass
from ..spec import STEP_FIELDS, BlockSpec, ModelSpec, StepSpec
from ..spelling import meant_field, respelt, respelt_field
from ..syntax import UNREADABLE, DocPath, SyntaxTree
from .names import NameChecker, is_lone_word
from .values import NO_NAMES, Poison

# What decides no shape: where it is wrong, the shape of the output is known all the same.
_HARMLESS_FIELDS = ("norm", "act", "bias", "init")
HARMLESS_FAMILIES = ("norm", "act", "dropout")


@cache
def role_words(role: str) -> tuple[str, ...]:
    """The ops that a field of this name takes: `norm`, `act`."""
    return tuple(keyword for keyword, op in BY_KEYWORD.items() if getattr(op, "family", "") == role)


class FieldChecker:
    """Checks fields against one spec; each check tells whether the shape of the output can still be known."""

    def __init__(self, spec: ModelSpec, tree: SyntaxTree, sink: Diagnostics) -> None:
        self.spec, self.tree, self.sink = spec, tree, sink
        self.names = NameChecker(tree, sink)

    # --- ops

    def op_fields(
        self, construct: ConstructClass, args: Mapping[str, JsonValue], path: DocPath, scope: Collection[str]
    ) -> bool:
        """Check the fields of an op, with its norm and activation."""
        fine = True
        for key, value in args.items():
            if self.sink.full:
                return False
            at, meant = (*path, key), key
            if key in construct.own_fields():
                known = self._own_field(construct, key, value, at, scope)
            elif key in construct.followers:
                known = self._follower(key, value, at, scope)
            else:
                if UNREADABLE not in (key, value):
                    self._unknown_field(construct, key, at)
                known, meant = False, nearest(key, construct.field_names()) or ""
            fine = fine and (known or meant in _HARMLESS_FIELDS)
        return fine or getattr(construct, "family", "") in HARMLESS_FAMILIES

    def required(self, construct: ConstructClass, step: StepSpec, block: BlockSpec | None, path: DocPath) -> bool:
        """Check that a step has what its op cannot do without."""
        given = {*step.args, *self.spec.defaults.get(step.op, {}), *(block.defaults.get(step.op, {}) if block else {})}
        missing = [name for name in construct.required_fields() if name not in given]
        missing += [name for name in construct.bodies if name != "shortcut" and getattr(step, name) is None]
        if UNREADABLE in given or any(key not in construct.field_names() for key in step.args):
            return not missing  # what is missing may be what is misspelt
        for name in missing:
            line = f"3x3 {step.op} 96" if name == construct.main and construct.sized else f"3x3 {step.op} ..."
            written = f"`{line}` or " if construct.sized else ""
            hint = f"write {written}`{step.op}: {{{name}: ...}}`"
            if name == "branches" and step.from_:
                hint = f"write `{step.op}: [{', '.join(step.from_)}]`"
            self._error("missing-field", f"`{step.op}` needs `{name}`", (*path, "op"), help=hint)
        return not missing

    def defaults(
        self, defaults: Mapping[str, Mapping[str, JsonValue]], path: DocPath, scope: Collection[str]
    ) -> set[str]:
        """Check the `defaults` of the file or a block; the ops of whose shapes nothing is known."""
        doubtful: set[str] = set()
        for keyword, fields in defaults.items():
            at = (*path, keyword)
            construct = BY_KEYWORD.get(keyword)
            if keyword == UNREADABLE:
                doubtful.update(BY_KEYWORD)
            elif construct is None and UNREADABLE in fields:
                continue
            elif construct is None and not self.sink.full:
                self._no_default_for(keyword, at)
                doubtful.update(filter(None, (nearest(keyword, BY_KEYWORD),)))
            elif construct is None:
                break
            else:
                own = {key: value for key, value in fields.items() if key not in (*construct.bodies, *STEP_FIELDS)}
                for key in fields.keys() - own.keys():
                    hint = "write it in each step"
                    self._error("unknown-field", f"`{key}` has no default", (*at, key), key=True, help=hint)
                if not self.op_fields(construct, own, at, dict.fromkeys((*scope, "in"))):
                    doubtful.add(keyword)
        return doubtful

    def _no_default_for(self, keyword: str, at: DocPath) -> None:
        hint = did_you_mean(keyword, BY_KEYWORD) or "`incspec ops` lists the ops"
        if keyword in self.spec.blocks:
            hint = "a block has its defaults in its `params`"
        self._misspelt("unknown-op", f"there is no op `{keyword}`", at, keyword, BY_KEYWORD, key=True, help=hint)

    def _unknown_field(self, construct: ConstructClass, key: str, at: DocPath) -> None:
        own = construct.field_names()
        meant = meant_field(key, (*own, *STEP_FIELDS))
        if meant is not None:
            hint = f"did you mean `{meant}`?"
        else:
            hint = f"its fields are {listed(own)}" if own else "it has no fields of its own"
        span = self.tree.span_at(at, key=True)
        message, fixes = f"`{construct.keyword}` has no field `{key}`", respelt_field(key, (*own, *STEP_FIELDS), span)
        self.sink.error("unknown-field", message, span, help=hint, fixes=fixes)

    def _own_field(
        self, construct: ConstructClass, key: str, value: JsonValue, at: DocPath, scope: Collection[str]
    ) -> bool:
        kind = construct.field_kind(key)
        constant = self.names.texts(value, at, scope, kind.words, sizes=kind.sizes)
        if not constant:
            return constant is False
        try:
            kind.accept(self.names.values.field(value, at, NO_NAMES, kind))
        except Poison:
            return False
        except ValueError as error:
            message = str(error)
            self.names.values.refuse(
                f"`{key}` {message}" if message.startswith("wants") else message, at, value, NO_NAMES
            )
            return False
        return True

    def _follower(self, role: str, value: JsonValue, path: DocPath, scope: Collection[str]) -> bool:
        words = role_words(role)
        if isinstance(value, dict) and len(value) == 1:
            keyword, own = next(iter(value.items()))
            if keyword == UNREADABLE:
                return False
            construct = BY_KEYWORD.get(keyword)
            if construct is None or keyword not in words:
                return self._no_such_op(keyword, role, words, (*path, keyword), key=True)
            if isinstance(own, dict):
                return self.op_fields(construct, own, (*path, keyword), scope)
            if construct.main is not None:
                return self._own_field(construct, construct.main, own, (*path, keyword), scope)
            hint = f"write `{{{keyword}: {{field: value}}}}`, or `{keyword}` alone"
            self._error("wrong-type", f"`{keyword}` wants its fields here", (*path, keyword), help=hint)
            return False
        if not isinstance(value, str):
            self._error(
                "wrong-type", f"`{role}` wants an op, or `{{op: fields}}`", path, help=f"one of {listed(words)}"
            )
            return False
        if value in (*words, "none"):
            return True
        if is_lone_word(value) and value not in scope:
            return self._no_such_op(value, role, words, path)
        return self.names.expression(value, path, scope, (*words, "none"))

    def _no_such_op(self, word: str, role: str, words: tuple[str, ...], path: DocPath, *, key: bool = False) -> bool:
        meant = nearest(word, (*words, "none"))
        hint = f"did you mean `{meant}`?" if meant and word not in BY_KEYWORD else f"one of {listed((*words, 'none'))}"
        what = f"`{word}` is no op that `{role}` takes" if word in BY_KEYWORD else f"there is no op `{word}`"
        known = (*words, "none") if meant and word not in BY_KEYWORD else ()
        self._misspelt("unknown-op", what, path, word, known, key=key, help=hint)
        return False

    # --- blocks and parameters

    def arguments(self, step: StepSpec, path: DocPath, scope: Collection[str]) -> bool:
        """Check what a call gives to its block; false if it gives what the block does not have."""
        block = self.spec.blocks[step.op]
        fine = UNREADABLE not in step.args
        closed = UNREADABLE not in block.params
        for key, value in step.args.items():
            at = (*path, "args", key)
            if key not in block.params:
                fine = False
                if closed and UNREADABLE not in (key, value):
                    self._unknown_parameter(step.op, block, key, at)
            elif value == "required":
                message = f"`required` gives `{key}` no value"
                self._error("missing-argument", message, at, help="give it one")
            elif isinstance(value, str):
                self.names.expression(value, at, scope, (value,) if is_lone_word(value) else ())
            else:
                hint = "a parameter is a number, word or condition"
                self._error("wrong-type", f"`{key}` wants one value", at, help=hint)
        missing = [name for name, text in block.params.items() if text == "required" and name not in step.args]
        for name in missing if fine else ():
            hint = f"write `{step.op}: {{{name}: ...}}`"
            self._error("missing-argument", f"the block `{step.op}` needs `{name}`", (*path, "op"), help=hint)
        return fine

    def _unknown_parameter(self, name: str, block: BlockSpec, key: str, at: DocPath) -> None:
        if self.names.unknown.full:
            return
        meant = nearest(key, (*block.params, *STEP_FIELDS))
        if meant is not None:
            hint = f"did you mean `{meant}`?"
        else:
            hint = f"its parameters are {listed(block.params)}" if block.params else "it has no parameters"
        message, span = f"the block `{name}` has no parameter `{key}`", self.tree.span_at(at, key=True)
        known = (*block.params, *STEP_FIELDS)
        self.names.unknown.add(
            "unknown-parameter", name, key, message, span, hint=hint, candidates=known, declared=block.params
        )

    def _error(self, code: str, message: str, path: DocPath, *, key: bool = False, help: str | None = None) -> None:
        self.sink.error(code, message, self.tree.span_at(path, key=key), help=help)

    def _misspelt(
        self, code: str, message: str, path: DocPath, word: str, known: Iterable[str], *, key: bool, help: str
    ) -> None:
        """Report a word that is none of those known, with the fix that writes the nearest."""
        at = self.tree.span_at(path, key=key)
        self.sink.error(code, message, at, help=help, fixes=respelt(word, known, at))
