"""Layers: the fields of a step -> its op, with the norm and activation that follow it, as nodes in series.

A field comes from the step itself, the block's `defaults` or the file's: the nearest wins.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic import JsonValue, ValidationError

from ..diagnostics import listed
from ..ir import Expectation, Layer, Node, Value
from ..ops import BY_KEYWORD
from ..ops.base import Construct, ConstructClass, Op
from ..ops.fields import FieldValue, shown
from ..record import record
from ..resolution.fields import role_words
from ..resolution.values import Names, Poison, Values
from ..spec import ModelSpec
from ..syntax import DocPath
from .scope import Use

# What can be left out where its value is unknown: it decides no shape.
_HARMLESS = ("bias", "init")


@record
class PlacedOp:
    """An op, what to underline when it fails, and where its fields stand."""

    op: Op
    path: DocPath
    fields_path: DocPath


@record
class _Source:
    """Fields that stand at one place, and what names mean there."""

    fields: Mapping[str, JsonValue]
    path: DocPath
    names: Names


@dataclass(slots=True)
class _Given:
    """The values of an op's own fields, and for diagnostics what each was given, where, and under which names."""

    values: dict[str, FieldValue]
    origins: dict[str, _Source]


class LayerBuilder:
    """Makes the ops of one spec's steps."""

    def __init__(self, spec: ModelSpec, values: Values) -> None:
        self.spec, self.values = spec, values
        # Layers that are alike share one op, of which each rule is asked once for the same inputs.
        self.made: dict[tuple[object, ...], Construct] = {}

    def layer(self, use: Use, name: str, expect: Expectation, construct: ConstructClass) -> Layer:
        """The step as a layer.

        Raises:
            Poison: its op cannot be made.
        """
        nodes = self.series(use, name, self.ops(use, construct), use.inputs)
        return Layer(name, use.path, use.inputs, nodes[-1].outputs, nodes, use.named, expect)

    def series(self, use: Use, name: str, ops: Sequence[PlacedOp], inputs: tuple[Value, ...]) -> tuple[Node, ...]:
        """Nodes one after the other; the last one's output has the step's name."""
        nodes: list[Node] = []
        for index, placed in enumerate(ops):
            label = name if index == len(ops) - 1 else f"{name}.{placed.op.keyword}"
            outputs = tuple(Value(label, k) for k in range(placed.op.output_count))
            node = Node(placed.op, inputs, outputs, placed.path, placed.fields_path)
            use.scope.typing.node(node)
            nodes.append(node)
            inputs = node.outputs
        return tuple(nodes)

    def ops(self, use: Use, construct: ConstructClass) -> list[PlacedOp]:
        """The op of a step and those that follow it.

        Raises:
            Poison: the op cannot be made.
        """
        sources = self._sources_of_step(use, construct)
        given = self._given(construct, sources)
        follow = self._followers(use, construct, sources)
        if "bias" in construct.own_fields() and "bias" not in given.values and "norm" in construct.followers:
            given.values["bias"] = not any(placed.op.family == "norm" for placed in follow)
        op = self._made(construct, given, use.path)
        assert isinstance(op, Op)
        return [PlacedOp(op, use.path, (*use.path, "args")), *follow]

    def fields(self, use: Use, construct: ConstructClass) -> dict[str, FieldValue]:
        """The fields of a construct that is no op itself.

        Raises:
            Poison: one of them cannot be known.
        """
        given = self._given(construct, self._sources_of_step(use, construct))
        self._made(construct, given, use.path)
        return given.values

    def plain(self, construct: type[Op], path: DocPath) -> Op:
        """An op of which no field is given."""
        op = self._made(construct, _Given({}, {}), path)
        assert isinstance(op, Op)
        return op

    def followers(self, use: Use, construct: ConstructClass) -> list[PlacedOp]:
        """The norm and activation of a step; one that cannot be made is left out, since it changes no shape."""
        return self._followers(use, construct, self._sources_of_step(use, construct))

    def _followers(self, use: Use, construct: ConstructClass, sources: Sequence[_Source]) -> list[PlacedOp]:
        follow = []
        for role in construct.followers:
            for source in sources:
                if role in source.fields:
                    made = self._follower(use, role, source)
                    follow += [made] if made else []
                    break
        return follow

    # --- fields

    def _given(self, construct: ConstructClass, sources: Sequence[_Source]) -> _Given:
        given, kinds = _Given({}, {}), construct.own_fields()
        for source in sources:
            for name, raw in source.fields.items():
                kind = kinds.get(name)
                if kind is None or name in given.origins:
                    continue
                given.origins[name] = source
                try:
                    given.values[name] = self.values.field(raw, (*source.path, name), source.names, kind)
                except Poison:
                    if name not in _HARMLESS:
                        raise
        return given

    def _sources_of_step(self, use: Use, construct: ConstructClass) -> list[_Source]:
        own = _Source(use.step.args, (*use.path, "args"), use.names)
        return self._sources(use, construct.keyword, own)

    def _sources(self, use: Use, keyword: str, own: _Source) -> list[_Source]:
        """Where an op's fields may stand, the nearest first."""
        scope, sources = use.scope, [own]
        if scope.block is not None and keyword in scope.block.defaults:
            path: DocPath = (*scope.block_path, "defaults", keyword)
            sources.append(_Source(scope.block.defaults[keyword], path, use.names))
        if keyword in self.spec.defaults:
            names = scope.file_names.having({"in": use.names.values["in"]})
            sources.append(_Source(self.spec.defaults[keyword], ("defaults", keyword), names))
        return sources

    def _follower(self, use: Use, role: str, source: _Source) -> PlacedOp | None:
        """The norm or activation that a field names, with its own fields and defaults."""
        raw, path = source.fields[role], (*source.path, role)
        if not isinstance(raw, str) and not (isinstance(raw, dict) and len(raw) == 1):
            return None  # fields.py has reported it
        own: Mapping[str, JsonValue] = {}
        words = role_words(role)
        try:
            if isinstance(raw, dict):
                keyword, inner = next(iter(raw.items()))
                main = BY_KEYWORD[keyword].main if keyword in words else None
                own = inner if isinstance(inner, dict) else {main: inner} if main else {}
            else:
                value = self.values.value(str(raw), path, source.names, (*words, "none"))
                keyword = str(value)
                if keyword not in (*words, "none", raw):  # fields.py has told what stands here itself
                    message = f"`{role}` wants one of its ops, got {shown(value)}"
                    self.values.refuse(message, path, raw, source.names, help=f"one of {listed((*words, 'none'))}")
            if keyword not in words:
                return None
            construct = BY_KEYWORD[keyword]
            sources = self._sources(use, keyword, _Source(own, (*path, keyword), source.names))
            given = self._given(construct, sources)
            op = self._made(construct, given, path)
        except Poison:
            return None
        assert isinstance(op, Op)
        return PlacedOp(op, path, (*path, keyword))

    def _made(self, construct: ConstructClass, given: _Given, path: DocPath) -> Construct:
        """The construct with its fields; a value that a field does not take is reported."""
        key = _key(construct, given.values)
        if key is not None and key in self.made:
            return self.made[key]
        try:
            made = construct.model_validate(dict(given.values))
            if key is not None:
                self.made[key] = made
            return made
        except ValidationError as error:
            details = error.errors(include_url=False, include_context=False)
        for detail in details:
            name = str(detail["loc"][0]) if detail["loc"] else ""
            origin = given.origins.get(name)
            if origin is None:
                continue  # a required field that is missing: fields.py has reported it
            message = str(detail["msg"]).removeprefix("Value error, ")
            message = f"`{name}` {message}" if message.startswith("wants") else message
            self.values.refuse(message, (*origin.path, name), origin.fields[name], origin.names)
        if all(str(detail["loc"][0]) in _HARMLESS for detail in details if detail["loc"]):
            harmless = {name: value for name, value in given.values.items() if name not in _HARMLESS}
            return construct.model_validate(harmless)
        raise Poison


def _key(construct: ConstructClass, values: Mapping[str, FieldValue]) -> tuple[object, ...] | None:
    """What tells a construct of constants from others; None for one that remembers what its values stand for."""
    key: list[object] = [construct]
    for name, value in values.items():
        if isinstance(value, tuple):
            if any(type(item) is not int for item in value):
                return None
        elif type(value) not in (int, float, str, bool):
            return None
        key += (name, type(value), value)
    return tuple(key)
