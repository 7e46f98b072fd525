"""The parameters of a printed constructor: which it takes, and which it computes from others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ...expressions import Name as ExprName
from ...expressions import Plain, expr_of
from ...ir import TypedGraph, width_symbols
from .code import Doc, Val
from .layout import flat
from .lift import LIFTED_WIDTH, Lifting, short_name
from .names import AUX, unique, variable
from .parts import Use
from .values import Printer, annotation, constant, names_of


@dataclass(frozen=True, slots=True)
class Param:
    """A parameter: what it stands for, its identifier, its annotation, and its default if it has one."""

    symbol: str
    name: str
    annotation: str
    default: Plain | None = None

    @property
    def positional(self) -> bool:
        """Whether calls give it by position."""
        return self.symbol in ("in", LIFTED_WIDTH)

    def text(self, printer: Printer) -> str:
        """As it stands in a signature."""
        default = f" = {flat(printer.text(Val(self.default)))}" if self.default is not None else ""
        return f"{self.name}: {self.annotation}{default}"


@dataclass(frozen=True, slots=True)
class Signature:
    """The parameters in order, those that are computed from others, and the identifiers of all."""

    params: tuple[Param, ...]
    derived: Mapping[str, Plain]
    names: Mapping[str, str]


def signature(docs: Sequence[Doc], uses: Sequence[Use], lifting: Lifting, given: frozenset[str]) -> Signature:
    """What a constructor of this code takes. `given` are the block's parameters that some call gives."""
    graph = uses[0].typed.graph
    own = _own_symbols(uses[0].typed) if uses[0].is_block else {}
    used = dict.fromkeys(name for doc in docs for name in names_of(doc))
    derived: dict[str, Plain] = {}
    aliases: dict[str, str] = {}
    for symbol, name in reversed(own.items()):
        default = graph.defaults.get(name)
        if symbol in used and name not in given and default is not None and not constant(default):
            used |= dict.fromkeys(names_of(Val(default)))
            if isinstance(expr := expr_of(default), ExprName):
                aliases = {symbol: expr.id, **aliases}
            else:
                derived = {symbol: default, **derived}
    order = dict.fromkeys([LIFTED_WIDTH, *width_symbols(graph.inputs), *own, *used])
    chosen = [symbol for symbol in order if symbol in used and symbol not in derived and symbol not in aliases]
    names = _identifiers([*chosen, *derived], taken={"self", AUX} if uses[0].heads else {"self"})
    for symbol, meant in aliases.items():
        names[symbol] = names[meant]
    params = []
    for symbol in chosen:
        default = graph.defaults.get(own[symbol]) if symbol in own else None
        default = default if default is not None and constant(default) else None
        values = lifting.values.get(symbol) or tuple(use.env[symbol] for use in uses)
        type_ = annotation([Val(value) for value in (*values, *(() if default is None else (default,)))])
        params.append(Param(symbol, names[symbol], type_, default))
    if uses[0].heads:
        params.append(Param(AUX, AUX, "bool", True))
    params.sort(key=lambda param: param.default is not None)
    return Signature(tuple(params), derived, names)


def environment(typed: TypedGraph, outer: Mapping[str, Plain]) -> dict[str, Plain]:
    """The values of all names that a graph's values may be in terms of; `outer` are those of its surroundings."""
    widths = dict(zip(width_symbols(typed.graph.inputs), (type_.channels for type_ in typed.input_types), strict=True))
    own = {symbol: typed.graph.params[name] for symbol, name in _own_symbols(typed).items()}
    return {**outer, **widths, **own}


def _own_symbols(typed: TypedGraph) -> dict[str, str]:
    """The block's parameters by what they are traced to."""
    return {getattr(expr_of(value), "id", name): name for name, value in typed.graph.params.items()}


def _identifiers(symbols: Sequence[str], taken: set[str]) -> dict[str, str]:
    """The identifiers for what values stand for: the author's names, `in_channels`, `x_channels` for widths."""
    names = {}
    for symbol in sorted(symbols, key=lambda symbol: "." in symbol):  # the author's names first
        if symbol == "in" or symbol.endswith(".in"):
            wanted = f"{symbol.removesuffix('.in')}_channels"
        else:
            wanted = variable(short_name(symbol).removeprefix("network."))
        if symbol.startswith("network.") and wanted in taken:
            wanted = f"network_{wanted}"
        names[symbol] = unique(wanted, taken)
    return names
