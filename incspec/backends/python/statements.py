"""Statements while they are collected: which names are free, what values are called, and what is left out of a part."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from ...ir import Call, Repeat, Step, Value
from ...ops.base import TorchCall
from ...shapes import TensorType
from .code import Choice, Doc, Hole, Infix, Item, call, listing, literal
from .layout import flat
from .modules import IDENTITY, ModulePrinter
from .names import FORWARD_TAKEN, LOSS, attribute, unique, variable
from .parts import Assign, Body, Classes, Line, Use
from .reads import lasting_values, steps_by_name, unread_values
from .units import Units
from .values import Printer


class Statements:
    """The code of one use, as far as it is collected."""

    def __init__(self, use: Use, units: Units, classes: Classes) -> None:
        self.use, self.typed = use, use.typed
        # The steps in their structure, and of a part, those that are chosen.
        whole = use.whole
        self.steps = use.steps if whole is None else whole.steps
        self.parts = None if whole is None else steps_by_name(use.steps)
        self.classes = classes
        self.modules = ModulePrinter(use, units, classes, lasting_values(use))
        self.lasting = self.modules.lasting.union(() if whole is None else use.outputs)
        self.unread = unread_values(use)
        self.body = Body(modules=self.modules.records)
        self.locals = set(FORWARD_TAKEN)
        self.attributes: set[str] = {LOSS} if use.heads or (whole is not None and whole.aux) else set()
        self.variables: dict[Value, str] = {} if whole is None else defaultdict(str)
        # The flags of the `if`s that the statements of the moment stand in, and how deep they stand.
        self.flags: list[str] = []
        self.depth = 0
        # Whether the step of the moment is left out of a part: what it would be called stays taken.
        self.silent = False

    # --- parts

    def _chosen(self, step: Step) -> Step:
        """A step as it is in a part, which may have fewer turns, or blocks that give more."""
        chosen = None if self.parts is None else self.parts.get(step.name)
        return chosen if isinstance(chosen, Call | Repeat) else step

    @contextmanager
    def _only_if(self, name: str) -> Iterator[None]:
        """While it is open, nothing is printed if the step of this name is left out; what it would be called is taken."""
        outer, self.silent = self.silent, self.parts is not None and name not in self.parts
        yield
        self.silent = outer

    # --- statements

    def _short(self, name: str) -> str:
        for prefix in self.use.prefixes:
            while name.startswith(prefix):
                name = name.removeprefix(prefix)
        return name

    def _local(self, name: str) -> str:
        return variable(self._short(name))

    def _free(self, name: str) -> str:
        """A free attribute for a step."""
        return unique(attribute(self._short(name)), set(self.attributes))

    def _define(self, name: str, made: Callable[[], Doc]) -> None:
        self.attributes.add(name)
        if self.silent:
            return
        module = made()
        if self.flags and not isinstance(module, Hole):
            module = Choice(module, " and ".join(self.flags), IDENTITY)
        self.body.init.append(Assign(name, module))

    def _arguments(self, values: tuple[Value, ...]) -> list[Doc]:
        return [self.variables[value] for value in values]

    def _assign(
        self,
        values: tuple[Value, ...],
        doc: Doc,
        chain: str,
        names: Sequence[str] = (),
        *,
        several: bool = False,
    ) -> None:
        """A statement; with `several`, what stands on its right is a tuple even if it is of one."""
        if self.unread.issuperset(values):
            self._line("", doc)
            return
        if len(values) == 1:
            (value,) = values
            wanted = names[0] if names else value.producer
            name = unique(self._local(wanted), self.locals) if value in self.lasting else chain
            self.variables[value] = name
            self._line(f"({name},) = " if several else f"{name} = ", doc, values)
            return
        targets = []
        for value, wanted in zip(values, names or [str(value) for value in values], strict=True):
            ignored = "_" if value in self.unread else ""
            targets.append(unique(ignored + self._local(wanted), self.locals))
        self.variables |= dict(zip(values, targets, strict=True))
        self._line(f"{', '.join(targets)} = ", doc, values)

    def _line(self, before: str, doc: Doc, values: tuple[Value, ...] = ()) -> None:
        if self.silent:
            return
        types: tuple[TensorType, ...] = self.typed.of(values) if self.modules.running else ()
        self.body.forward.append(Line(before, doc, types, self.depth))

    def _named(self, value: Value, name: str, doc: Doc) -> str:
        """A variable for a branch's result."""
        variable_name = unique(self._local(name), self.locals)
        self._line(f"{variable_name} = ", doc, (value,))
        self.variables[value] = variable_name
        return variable_name


def expression(torch_call: TorchCall, inputs: Sequence[Doc]) -> Doc:
    """A call that is no module: a function, a method of the first input, or an operator."""
    items: list[Doc] = [Item(key, literal(value), positional=True) for key, value in torch_call.args.items()]
    for key, value in torch_call.kwargs.items():
        default = literal(torch_call.defaults[key]) if key in torch_call.defaults else None
        items.append(Item(key, literal(value), default))
    if torch_call.target.startswith("."):
        (tensor,) = inputs
        return call(f"{flat(Printer().text(tensor))}{torch_call.target}", *items)
    if torch_call.is_operator:
        return Infix(torch_call.target, (*items, *inputs))
    tensors = [listing(*inputs)] if torch_call.listed else list(inputs)
    return call(torch_call.target, *tensors, *items)


def flat_length(doc: Doc) -> int:
    """How long code is on one line."""
    return len(flat(Printer().text(doc)))
