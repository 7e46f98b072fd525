"""Parameters: what those of the file and of a called block are, where they are used.

Each is evaluated in order and may use those before it. A lone word that is no name is its own value.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from ..expressions import UNKNOWN, Name, Plain, Unknown, trace, untraced
from ..resolution.names import is_lone_word
from ..resolution.resolve import Resolved
from ..resolution.values import Names, Poison, Values
from ..source import Span
from ..spec import BlockSpec
from ..syntax import UNREADABLE, DocPath
from .scope import Use


class ParameterReader:
    """Evaluates the parameters of one spec; those that cannot be known are `UNKNOWN`."""

    def __init__(self, resolved: Resolved, values: Values) -> None:
        self.resolved, self.spec, self.values = resolved, resolved.spec, values

    def of_file(self) -> Names:
        """The parameters of the file, traced to their own names."""
        shadowed = {name for block in self.spec.blocks.values() for name in block.params}
        params: dict[str, Plain | Unknown] = {}
        places: dict[str, Span] = {}
        names = Names(params, places)
        for name, text in self.spec.params.items():
            value = self._value(text, ("params", name), names, self.spec.params)
            params[name] = _traced(value, f"network.{name}" if name in shadowed else name)
            places[name] = self.values.tree.span_at(("params", name))
        return names

    def of_block(
        self, block: BlockSpec, path: DocPath, use: Use, names: Names, arguments: Mapping[str, Plain | Unknown]
    ) -> tuple[Names, dict[str, Plain], dict[str, Plain]]:
        """What names mean in a called block: its parameters' values, and their defaults as the block declares them."""
        values, places = dict(names.values), dict(names.places)
        names = Names(values, places)
        params: dict[str, Plain] = {}
        defaults: dict[str, Plain] = {}
        for name, text in block.params.items():
            at: DocPath = (*path, "params", name)
            default: Plain | Unknown = UNKNOWN
            if text != "required" and name in arguments:
                with self.values.silence():  # it is only asked what it would be: sources print it
                    default = self._value(text, at, names, block.params)
            elif text != "required":
                default = self._value(text, at, names, block.params)
            if not isinstance(default, Unknown):
                defaults[name] = default
            value = _traced(arguments.get(name, default), name)
            values[name] = value
            if not isinstance(value, Unknown):
                params[name] = value
            given = name in use.step.args
            places[name] = self.values.tree.span_at((*use.path, "args", name) if given else at)
        return names, params, defaults

    def arguments(self, use: Use, block: BlockSpec) -> dict[str, Plain | Unknown]:
        """What a call gives to its block, in terms of the caller's names."""
        arguments: dict[str, Plain | Unknown] = {}
        if use.path in self.resolved.open_calls:
            arguments = dict.fromkeys(block.params, UNKNOWN)
        for key, raw in use.step.args.items():
            if key in block.params:
                path: DocPath = (*use.path, "args", key)
                arguments[key] = self._value(raw, path, use.names) if isinstance(raw, str) else UNKNOWN
        return arguments

    def _value(self, text: str, path: DocPath, names: Names, declared: Collection[str] = ()) -> Plain | Unknown:
        """The value of a text; `declared` are the parameters beside it, of which it may only use earlier ones."""
        lone = is_lone_word(text) and text not in names.values
        if text == "required" or (lone and (UNREADABLE in names.values or text in declared)):
            return UNKNOWN
        try:
            return self.values.value(text, path, names, (text,) if lone else ())
        except Poison:
            return UNKNOWN


def _traced(value: Plain | Unknown, name: str) -> Plain | Unknown:
    return value if isinstance(value, Unknown) else trace(untraced(value), Name(name))
