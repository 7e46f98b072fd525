"""The helper classes of the printed source: units (a conv with its norm and activation), modules with an
initialisation of their own, and modules that torch lacks.

A unit class serves all layers that differ in widths and settings only. Which settings it takes is known once
all layers are printed, so layers are registered first and the classes written last.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ...expressions import Name, trace
from ...ir import Layer, TypedGraph
from ...ops.base import Argument, Op, TorchCall
from .layout import Bracket, Doc, call, layout
from .names import attribute, class_name, unique, variable
from .values import Values, annotation, same


@dataclass(frozen=True, slots=True)
class Part:
    """One module of a unit: its attribute, and its call as it stands in the unit's constructor."""

    attribute: str
    op: Op
    call: TorchCall


@dataclass
class Unit:
    """A class of layers: its modules, and which settings of the first one its layers use."""

    name: str
    parts: tuple[Part, ...]
    # The values that each setting of the first module has in the layers; for the annotation.
    settings: dict[str, list[Argument]] = field(default_factory=dict)
    # Parameters of the surroundings that the other modules' settings depend on, with a value each.
    extra: dict[str, Argument] = field(default_factory=dict)


class Units:
    """All helper classes of one source."""

    def __init__(self, taken: set[str]) -> None:
        self._taken = taken
        self._units: dict[tuple[str, ...], Unit] = {}
        self._initialised: dict[str, tuple[str, TorchCall]] = {}
        self._helpers: dict[str, str] = {}

    def construct(self, layer: Layer, typed: TypedGraph, values: Values) -> tuple[Bracket, Unit | None]:
        """The expression that constructs a layer's module, and its unit if it has one."""
        (first, *rest) = layer.nodes
        head = first.op.torch_call(typed.of(first.inputs))
        if not rest:
            return self._module(head, values), None
        unit, extra = self._unit(layer, typed, head)
        items: list[Doc] = [values.text(value) for value in head.args.values()]
        for key, value in head.kwargs.items():
            known = unit.settings.setdefault(key, [])
            if not same(value, head.defaults.get(key)):
                known.append(value)
                items.append(f"{key}={values.text(value)}")
        for name, value in extra.items():
            unit.extra.setdefault(name, value)
            items.append(f"{variable(name)}={values.text(value)}")
        return call(unit.name, items), unit

    def _module(self, torch_call: TorchCall, values: Values, *, inplace: bool = False) -> Bracket:
        items: list[Doc] = [values.text(value) for value in torch_call.args.values()]
        for key, value in torch_call.kwargs.items():
            if not same(value, torch_call.defaults.get(key)):
                items.append(f"{key}={values.text(value)}")
        items += [f"{key}={values.text(value)}" for key, value in torch_call.fixed.items()]
        if inplace:
            items.append("inplace=True")
        return call(self._target(torch_call), items)

    def _unit(self, layer: Layer, typed: TypedGraph, head: TorchCall) -> tuple[Unit, dict[str, Argument]]:
        """The class for such layers: same kinds of modules, same settings of all but the first."""
        width = trace(int(typed.types[layer.nodes[0].outputs[0]].channels), Name(head.width))
        assert isinstance(width, int)
        parts = [Part(attribute(_short(layer.nodes[0].op)), layer.nodes[0].op, head)]
        probe = Values()
        texts = [self._target(head), *(f"{key}={probe.text(value)}" for key, value in head.fixed.items())]
        extra_names = Values()
        for node in layer.nodes[1:]:
            inputs = tuple(type_.with_channels(width) for type_ in typed.of(node.inputs))
            part = Part(attribute(_short(node.op)), node.op, node.op.torch_call(inputs))
            parts.append(part)
            texts.append(str(self._module(part.call, extra_names)))
        values = _values_of(parts[1:], extra_names)
        extra = {name: value for name, value in values.items() if name not in head.args}
        key = tuple(texts)
        if key not in self._units:
            name = unique(class_name("_".join(_short(node.op) for node in layer.nodes)), self._taken)
            self._units[key] = Unit(name, tuple(parts))
        return self._units[key], extra

    def _target(self, torch_call: TorchCall) -> str:
        """The class to construct: torch's, one of ours, or a subclass that initialises itself."""
        if torch_call.helper:
            self._helpers.setdefault(torch_call.target, torch_call.helper)
            return torch_call.target
        if not torch_call.init:
            return torch_call.target
        values = Values()
        lines = [_init_line(init.parameter, init.function, init.kwargs, values) for init in torch_call.init]
        key = f"{torch_call.target} {lines}"
        if key not in self._initialised:
            function = torch_call.init[0].function if torch_call.init[0].parameter == "weight" else "bias"
            name = unique(class_name(f"{function}_{torch_call.target.removeprefix('nn.')}"), self._taken)
            self._initialised[key] = name, torch_call
        return self._initialised[key][0]

    # --- the text of the classes

    def helper_sources(self) -> list[list[str]]:
        """The classes that others build on: modules that torch lacks, modules with their own initialisation."""
        sources = [source.strip("\n").split("\n") for source in self._helpers.values()]
        return sources + [_initialised_source(name, torch_call) for name, torch_call in self._initialised.values()]

    def unit_sources(self, values: Values) -> list[list[str]]:
        """The unit classes."""
        return [self._unit_source(unit, values) for unit in self._units.values()]

    def _unit_source(self, unit: Unit, values: Values) -> list[str]:
        head = unit.parts[0].call
        params = [f"{name}: int" for name in head.args]
        lifted = {key: used for key, used in unit.settings.items() if used}
        required = [f"{key}: {annotation(used)}" for key, used in lifted.items() if key not in head.defaults]
        optional = [
            f"{key}: {annotation([*used, head.defaults[key]])} = {values.text(head.defaults[key])}"
            for key, used in lifted.items()
            if key in head.defaults
        ]
        extra = [f"{variable(name)}: {annotation([value])}" for name, value in unit.extra.items()]
        words = ", then ".join(_describe(part) for part in unit.parts)
        lines = [f"class {unit.name}(nn.Module):", f'    """{words[0].upper()}{words[1:]}."""', ""]
        signature = Bracket("def __init__", ("self", *params, *required, *extra, *optional))
        lines += layout(signature, 4, "", " -> None:")
        lines.append("        super().__init__()")
        first: list[Doc] = [*head.args, *(f"{key}={key}" for key in lifted)]
        first += [f"{key}={values.text(value)}" for key, value in head.fixed.items()]
        lines += layout(call(self._target(head), first), 8, f"self.{unit.parts[0].attribute} = ")
        for before, part in zip(unit.parts, unit.parts[1:], strict=False):
            safe = part.op.inplace and before.op.family in ("conv", "linear", "norm")
            lines += layout(self._module(part.call, values, inplace=safe), 8, f"self.{part.attribute} = ")
        text = "x"
        for part in unit.parts:
            text = f"self.{part.attribute}({text})"
        return [*lines, "", "    def forward(self, x: Tensor) -> Tensor:", f"        return {text}"]


def _short(op: Op) -> str:
    return op.short or op.keyword


def _values_of(parts: list[Part], printed: Values) -> dict[str, Argument]:
    """A value for each name that the parts' settings depend on."""
    found: dict[str, Argument] = {}
    for part in parts:
        for value in (*part.call.args.values(), *part.call.kwargs.values()):
            probe = Values()
            probe.text(value)
            if len(probe.used) == 1:
                found.setdefault(next(iter(probe.used)), value)
    return {name: found[name] for name in printed.used if name in found}


def _describe(part: Part) -> str:
    torch_name = part.call.target.removeprefix("nn.")
    return f"{torch_name} without bias" if part.call.fixed.get("bias") is False else torch_name


def _init_line(parameter: str, function: str, kwargs: object, values: Values) -> str:
    assert isinstance(kwargs, dict)
    arguments = ", ".join([f"self.{parameter}", *(f"{key}={values.text(value)}" for key, value in kwargs.items())])
    return f"nn.init.{function}_({arguments})"


def _initialised_source(name: str, torch_call: TorchCall) -> list[str]:
    values = Values()
    lines = [
        f"class {name}({torch_call.target}):",
        f'    """{torch_call.target.removeprefix("nn.")} with its own initialisation."""',
        "",
        "    def reset_parameters(self) -> None:",
        "        super().reset_parameters()",
    ]
    for init in torch_call.init:
        line = _init_line(init.parameter, init.function, dict(init.kwargs), values)
        if init.parameter == "bias":
            lines += ["        if self.bias is not None:", f"            {line}"]
        else:
            lines.append(f"        {line}")
    return lines
