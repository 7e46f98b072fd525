"""Helpers of the printed source, and which of their arguments are parameters.

That is known once everything is printed: a call carries all arguments, the helper takes note of them, and in the end a
call shows those that the helper takes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum

from .code import Doc, Item, brackets, leaves
from .layout import flat
from .names import variable
from .values import Printer, annotation, constant


class Taken(Enum):
    """When a helper takes an argument as a parameter."""

    ALWAYS = "always"
    UNUSUAL = "where a call gives it another value than the default"
    VARYING = "where calls give it several values, or one that depends on the caller's parameters"


@dataclass
class Setting:
    """One argument of a helper's calls: its default, and the values it has in them."""

    taken: Taken
    default: Doc | None = None
    values: list[Doc] = field(default_factory=list)

    @property
    def is_parameter(self) -> bool:
        """Whether the helper takes it."""
        if self.taken is Taken.ALWAYS or (self.taken is Taken.UNUSUAL and self.default is None):
            return True
        usual = self.default if self.taken is Taken.UNUSUAL else self.values[0]
        return any(value != usual or not _is_constant(value) for value in self.values)


@dataclass(eq=False)
class Helper:
    """A class or function of the source's own."""

    name: str
    settings: dict[str, Setting]

    def takes(self, item: Doc) -> bool:
        """Whether a call of it shows this argument."""
        return not isinstance(item, Item) or self.settings[item.key].is_parameter

    def value(self, name: str) -> Doc:
        """What stands in the helper for an argument: the parameter, or the value that all calls give."""
        setting = self.settings[name]
        return variable(name) if setting.is_parameter else setting.values[0]

    def parameters(self, printer: Printer) -> list[str]:
        """The parameters with their annotations and defaults, required ones first."""
        required, optional = [], []
        for name, setting in self.settings.items():
            if not setting.is_parameter:
                continue
            if setting.default is None:
                required.append(f"{variable(name)}: {annotation(setting.values)}")
            else:
                type_ = annotation([*setting.values, setting.default])
                optional.append(f"{variable(name)}: {type_} = {flat(printer.text(setting.default))}")
        return [*required, *optional]


def note_calls(docs: Iterable[Doc]) -> None:
    """Let helpers take note of their calls in the final code."""
    for doc in docs:
        for bracket in brackets(doc):
            if isinstance(bracket.head, Helper):
                for item in bracket.items:
                    if isinstance(item, Item):
                        bracket.head.settings[item.key].values.append(item.value)


def _is_constant(value: Doc) -> bool:
    return all(constant(val.value) for _, val in leaves(value))
