"""The classes of the source: one for each block, and for what is repeated without being a block.

A class is made from all uses of its block. Uses that differ in more than values become classes of their own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from ...expressions import Name, Plain, substitute, trace, untraced
from .body import print_body
from .code import Bracket, Choice, Doc, Hole, Infix, Item, Val, call, leaves
from .lift import Lifting, Outline, outline
from .names import class_name, unique
from .parts import Assign, Body, Key, Line, Use
from .signature import Signature, signature
from .units import Units
from .values import constant


@dataclass(eq=False)
class PrintedClass:
    """A class: its code and parameters, and the uses it serves, with what each gives it."""

    name: str
    title: str
    uses: tuple[Use, ...]
    bodies: tuple[Body, ...]
    init: tuple[Assign, ...]
    forward: tuple[Line, ...]
    signature: Signature
    lifting: Lifting
    outputs_name: str = ""

    def construct(self, index: int, scope: Mapping[str, Plain]) -> Doc:
        """The construction for one of its uses; `scope` has the values of its names."""
        items = []
        for param in self.signature.params:
            symbol = param.symbol
            if symbol in self.lifting.values:
                value = substitute(self.lifting.values[symbol][index], scope)
            elif symbol in scope:
                value = scope[symbol]
            else:  # from the surroundings: handed on under its own name
                value = trace(untraced(self.uses[index].env[symbol]), Name(symbol))
            default = None if param.default is None else Val(param.default)
            items.append(Item(param.name, Val(value), default, param.positional))
        return call(self.name, *items)


class ClassTable:
    """All classes, in the order in which they are printed, and which of them serves which use."""

    def __init__(self, units: Units, taken: set[str], outputs_name: str = "") -> None:
        self.classes: list[PrintedClass] = []
        self.outputs_name = outputs_name
        self._units, self._taken = units, taken
        self._serving: dict[Key, tuple[PrintedClass, int]] = {}

    def __contains__(self, key: object) -> bool:
        return key in self._serving

    def construct(self, key: Key, scope: Mapping[str, Plain]) -> Doc:
        """The construction of a block, turn or head."""
        printed, index = self._serving[key]
        return printed.construct(index, scope)

    def body(self, key: Key) -> Body:
        """The code of one use."""
        printed, index = self._serving[key]
        return printed.bodies[index]

    def add(self, name: str, title: str, uses: Sequence[Use], given: frozenset[str] = frozenset()) -> None:
        """Make the class for some uses; classes where they differ in more than values.

        `given` are the parameters of the block that some call gives.
        """
        groups: list[_Group] = []
        for use in uses:
            body = print_body(use, self._units, self)
            shape = _shape(body)
            group = next((group for group in groups if group.takes(shape)), None)
            if group is None:
                group = _Group()
                groups.append(group)
            group.add(use, body, shape)
        for group in groups:
            own = group.uses
            words = _words(own, [use for use in uses if use not in own])
            own_name = (
                name if group is groups[0] else unique(name + "".join(map(class_name, words.values())), self._taken)
            )
            told = title + "".join(f", with `{param}: {word}`" for param, word in words.items())
            printed = _merged(own_name, f"{told}.", own, group.bodies, given)
            printed.outputs_name = self.outputs_name
            self.classes.append(printed)
            self._serving |= {use.key: (printed, place) for place, use in enumerate(own)}


def _words(uses: Sequence[Use], others: Sequence[Use]) -> dict[str, str]:
    """The parameters that are words and tell the uses of one class from those of the others."""
    found = {}
    for param, value in uses[0].typed.graph.params.items():
        own = {use.typed.graph.params.get(param) for use in uses}
        if (
            isinstance(value, str)
            and len(own) == 1
            and own.isdisjoint({use.typed.graph.params.get(param) for use in others})
        ):
            found[param] = str(value)
    return found if others else {}


@dataclass(frozen=True, slots=True)
class _Shape:
    """What decides which uses can be served by one class: what must be equal, and the code that must fit."""

    fixed: tuple[object, ...]
    code: tuple[Outline, ...]


def _shape(body: Body) -> _Shape:
    fixed = (body.inputs, body.returns, *(each.attribute for each in body.init))
    fixed += tuple((line.before, line.depth) for line in body.forward)
    code = (*(each.doc for each in body.init), *(line.doc for line in body.forward))
    return _Shape(fixed, tuple(map(outline, code)))


@dataclass(slots=True)
class _Group:
    """Uses that can be served by one class. Many are of one shape, so each shape is looked at once."""

    uses: list[Use] = field(default_factory=list)
    bodies: list[Body] = field(default_factory=list)
    shapes: list[_Shape] = field(default_factory=list)

    def takes(self, shape: _Shape) -> bool:
        """Whether a use of this shape fits all that are in the group."""
        return shape in self.shapes or all(
            shape.fixed == other.fixed and all(map(Outline.fits, shape.code, other.code)) for other in self.shapes
        )

    def add(self, use: Use, body: Body, shape: _Shape) -> None:
        """Put a use that fits into the group."""
        self.uses.append(use)
        self.bodies.append(body)
        if shape not in self.shapes:
            self.shapes.append(shape)


def _merged(name: str, title: str, uses: list[Use], bodies: list[Body], given: frozenset[str]) -> PrintedClass:
    """One class for uses that fit together."""
    lifting = Lifting(tuple(use.input_types[0].channels for use in uses))
    init = []
    for index, assign in enumerate(bodies[0].init):
        init.append(replace(assign, doc=lifting.merge([body.init[index].doc for body in bodies])))
    keeper = _Keeper({assign.attribute for assign in init})
    forward = []
    for index, line in enumerate(bodies[0].forward):
        forward.append(replace(line, doc=keeper.settled(lifting.merge([body.forward[index].doc for body in bodies]))))
    init = [assign for assign in (*init, *keeper.kept) if not isinstance(assign.doc, Hole)]
    parameters = signature([assign.doc for assign in init], uses, lifting, given)
    return PrintedClass(name, title, tuple(uses), tuple(bodies), tuple(init), tuple(forward), parameters, lifting)


class _Keeper:
    """Values in `forward` that depend on the constructor's parameters: the constructor keeps them as attributes."""

    def __init__(self, attributes: set[str]) -> None:
        self.attributes = attributes
        self.kept: list[Assign] = []

    def settled(self, doc: Doc) -> Doc:
        """An expression of `forward` with attributes for such values."""
        if isinstance(doc, Item):
            if all(constant(val.value) for _, val in leaves(doc)):
                return doc
            value = doc.value
            if isinstance(value, Bracket):
                value = replace(value, opening="[", closing="]")  # TorchScript wants lists here
            name = unique(doc.key, self.attributes)
            self.kept.append(Assign(name, value))
            return replace(doc, value=f"self.{name}")
        if isinstance(doc, Bracket):
            return replace(doc, items=tuple(self.settled(item) for item in doc.items))
        if isinstance(doc, Infix):
            return replace(doc, operands=tuple(self.settled(operand) for operand in doc.operands))
        assert not isinstance(doc, Choice)
        return doc
