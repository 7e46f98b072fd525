"""What layers are printed as: torch's modules, and helper classes and functions around them.

A layer with a norm or activation is a unit, a class that serves all such layers; one that is initialised in its own way
goes through a function that does that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ...expressions import Name, trace
from ...ir import Layer, TypedGraph
from ...ops.base import Argument, Op, TorchCall
from .code import Doc, Item, Val, call, literal
from .helpers import Helper, Setting, Taken
from .layout import Group, layout
from .names import attribute, class_name, unique
from .values import Printer


@dataclass(frozen=True, slots=True)
class Part:
    """One module of a unit: its attribute, its call, and the helper's names for arguments of the call.

    Arguments of an initialisation stand under `parameter.argument`.
    """

    attribute: str
    call: TorchCall
    settings: Mapping[str, str]
    inplace: bool = False


@dataclass(eq=False)
class Unit(Helper):
    """A class of layers: modules in series."""

    parts: tuple[Part, ...] = ()

    def source(self, printer: Printer) -> list[str]:
        """The lines of the class."""
        words = ", then ".join(_described(part.call) for part in self.parts)
        lines = [f"class {self.name}(nn.Module):", f'    """{words[0].upper()}{words[1:]}."""', ""]
        lines += layout(Group("def __init__(", ("self", *self.parameters(printer)), ")"), 4, "", " -> None:")
        lines.append("        super().__init__()")
        for part in self.parts:
            module = _module(self, part, inplace=part.inplace)
            lines += layout(printer.text(module), 8, f"self.{part.attribute} = ")
            lines += _init_lines(self, part, f"self.{part.attribute}", 8, printer)
        result = "x"
        for part in self.parts:
            result = f"self.{part.attribute}({result})"
        return [*lines, "", "    def forward(self, x: Tensor) -> Tensor:", f"        return {result}"]


@dataclass(eq=False)
class Initialiser(Helper):
    """A function that initialises a module of one kind, and returns it."""

    part: Part

    def source(self, printer: Printer) -> list[str]:
        """The lines of the function."""
        type_ = self.part.call.target
        group = Group(f"def {self.name}(", (f"layer: {type_}", *self.parameters(printer)), ")")
        lines = layout(group, 0, "", f" -> {type_}:")
        lines.append('    """Initialise a new layer, and return it."""')
        return [*lines, *_init_lines(self, self.part, "layer", 4, printer), "    return layer"]


class Units:
    """All helpers of one source."""

    def __init__(self, taken: set[str]) -> None:
        self._taken = taken
        self._helpers: dict[object, Unit | Initialiser] = {}
        self._modules: dict[str, str] = {}

    def construct(self, layer: Layer, typed: TypedGraph, *, inplace: bool = False) -> tuple[Doc, tuple[str, ...]]:
        """The construction of a layer's module, and the attributes of its parts if it is a unit."""
        ops = [node.op for node in layer.nodes]
        head = ops[0].torch_call(typed.of(layer.nodes[0].inputs))
        if len(ops) == 1:
            return self._module(head, inplace=inplace), ()
        calls = [head]
        for node in layer.nodes[1:]:
            width = trace(int(typed.types[node.inputs[0]].channels), Name(head.width))
            assert isinstance(width, int)
            calls.append(node.op.torch_call(tuple(type_.with_channels(width) for type_ in typed.of(node.inputs))))
        return self._unit(ops, calls)

    def sources(self) -> list[list[str]]:
        """The lines of all helpers: modules that torch lacks, functions, units."""
        printer = Printer()
        helpers = sorted(self._helpers.values(), key=lambda helper: isinstance(helper, Unit))
        modules = [source.strip("\n").split("\n") for source in self._modules.values()]
        return [*modules, *(helper.source(printer) for helper in helpers)]

    def _note(self, torch_call: TorchCall) -> None:
        """Print the class of a module that torch lacks."""
        if torch_call.helper:
            self._modules.setdefault(torch_call.target, torch_call.helper)

    def _module(self, torch_call: TorchCall, *, inplace: bool) -> Doc:
        self._note(torch_call)
        items: list[Doc] = [Item(name, literal(value), positional=True) for name, value in torch_call.args.items()]
        for name, value in torch_call.kwargs.items():
            items.append(Item(name, literal(value), _default(torch_call, name)))
        items += [Item(name, literal(value)) for name, value in torch_call.fixed.items()]
        module = call(torch_call.target, *items, *(("inplace=True",) if inplace else ()))
        if not torch_call.init:
            return module
        collected = _Collected()
        part = collected.initialisation("layer", torch_call)
        key = ("function", _kind(torch_call))
        if key not in self._helpers:
            name = f"{torch_call.init[0].function}_{torch_call.target.removeprefix('nn.').lower()}"
            self._helpers[key] = Initialiser(unique(name, self._taken), collected.settings, part)
        return call(self._helpers[key], module, *collected.items)

    def _unit(self, ops: list[Op], calls: list[TorchCall]) -> tuple[Doc, tuple[str, ...]]:
        for torch_call in calls:
            self._note(torch_call)
        head, *followers = calls
        collected = _Collected()
        parts = [collected.head(_short(ops[0]), head)]
        for before, op, follower in zip(ops, ops[1:], followers, strict=False):
            inplace = op.inplace and before.family in ("conv", "linear", "norm")
            parts.append(collected.follower(_short(op), follower, head, inplace=inplace))
        key = ("unit", *(_kind(torch_call) for torch_call in calls))
        if key not in self._helpers:
            name = unique(class_name("_".join(_short(op) for op in ops)), self._taken)
            self._helpers[key] = Unit(name, collected.settings, tuple(parts))
        return call(self._helpers[key], *collected.items), tuple(part.attribute for part in parts)


class _Collected:
    """The arguments of a helper's call, and what the helper makes of them."""

    def __init__(self) -> None:
        self.settings: dict[str, Setting] = {}
        self.items: list[Doc] = []

    def head(self, name: str, torch_call: TorchCall) -> Part:
        """The first module of a unit: the unit takes its arguments as torch does."""
        names = {
            key: self._add(key, value, Setting(Taken.ALWAYS), positional=True) for key, value in torch_call.args.items()
        }
        for key, value in torch_call.kwargs.items():
            names[key] = self._add(key, value, Setting(Taken.UNUSUAL, _default(torch_call, key)))
        return Part(attribute(name), torch_call, names | self._init_names(name, torch_call))

    def follower(self, name: str, torch_call: TorchCall, head: TorchCall, *, inplace: bool) -> Part:
        """A module after the first, which has the width of the first one's output."""
        names = {}
        for key, value in (*torch_call.args.items(), *torch_call.kwargs.items()):
            if getattr(value, "expr", None) == Name(head.width):
                names[key] = head.width
            else:
                names[key] = self._add(self._free(name, key), value, Setting(Taken.VARYING, _default(torch_call, key)))
        return Part(attribute(name), torch_call, names | self._init_names(name, torch_call), inplace)

    def initialisation(self, name: str, torch_call: TorchCall) -> Part:
        """A module that is made elsewhere, and initialised by the helper."""
        return Part(name, torch_call, self._init_names(name, torch_call))

    def _init_names(self, name: str, torch_call: TorchCall) -> dict[str, str]:
        return {
            f"{init.parameter}.{key}": self._add(self._free(name, key), value, Setting(Taken.VARYING))
            for init in torch_call.init
            for key, value in init.kwargs.items()
        }

    def _free(self, part: str, key: str) -> str:
        return key if key not in self.settings and key != part else f"{part}_{key}"

    def _add(self, name: str, value: Argument, setting: Setting, *, positional: bool = False) -> str:
        self.settings[name] = setting
        self.items.append(Item(name, literal(value), setting.default, positional))
        return name


def _module(helper: Helper, part: Part, *, inplace: bool) -> Doc:
    """The construction of a part, in terms of the helper's parameters."""
    torch_call = part.call
    items: list[Doc] = [Item(key, _inside(helper, part, key), positional=True) for key in torch_call.args]
    for key in torch_call.kwargs:
        items.append(Item(key, _inside(helper, part, key), _default(torch_call, key)))
    items += [Item(key, literal(value)) for key, value in torch_call.fixed.items()]
    return call(torch_call.target, *items, *(("inplace=True",) if inplace else ()))


def _inside(helper: Helper, part: Part, key: str) -> Doc:
    return helper.value(part.settings[key])


def _init_lines(helper: Helper, part: Part, layer: str, indent: int, printer: Printer) -> list[str]:
    """The statements that initialise a part."""
    lines = []
    for init in part.call.init:
        items = [Item(key, _inside(helper, part, f"{init.parameter}.{key}")) for key in init.kwargs]
        tensor = f"{layer}.{init.parameter}"
        may_be_none = init.parameter == "bias" and part.call.target.startswith("nn.Conv")  # to type checkers
        lines += [" " * indent + f"if {tensor} is not None:"] if may_be_none else []
        lines += layout(printer.text(_init_call(init.function, tensor, items)), indent + (4 if may_be_none else 0))
    return lines


def _init_call(function: str, tensor: str, items: list[Item]) -> Doc:
    if function == "constant" and len(items) == 1 and items[0].value in (Val(0.0), Val(1.0)):
        return call(f"nn.init.{'zeros' if items[0].value == Val(0.0) else 'ones'}_", tensor)
    return call(f"nn.init.{function}_", tensor, *items)


def _default(torch_call: TorchCall, name: str) -> Doc | None:
    return literal(torch_call.defaults[name]) if name in torch_call.defaults else None


def _kind(torch_call: TorchCall) -> tuple[object, ...]:
    """What calls have in common that one helper serves."""
    inits = tuple((init.parameter, init.function, *init.kwargs) for init in torch_call.init)
    return (torch_call.target, *torch_call.args, *torch_call.kwargs, *torch_call.fixed.items(), inits)


def _short(op: Op) -> str:
    return op.short or op.keyword


def _described(torch_call: TorchCall) -> str:
    text = torch_call.target.removeprefix("nn.")
    if torch_call.fixed.get("bias") is False:
        text += " without bias"
    inits = [f"{init.function} {init.parameter}" for init in torch_call.init]
    return f"{text} ({', '.join(inits)})" if inits else text
