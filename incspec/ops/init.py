"""`init`: how the parameters of a conv, linear or norm are initialised.

A kind is one of torch's functions in `torch.nn.init`, by its name without the trailing underscore, alone or
with its arguments: `weight: xavier_uniform`, `weight: {trunc_normal: {std: 0.01}}`; a bias is a number.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, TypeAlias

from ..diagnostics import did_you_mean
from ..expressions import is_flag
from ..record import record
from .base import Argument, Init
from .fields import FieldValue, Kind, shown

_GAINS = ("linear", "relu", "leaky_relu", "tanh", "sigmoid", "selu")
# The functions and the arguments that each takes.
FUNCTIONS: dict[str, tuple[str, ...]] = {
    "constant": ("val",),
    "zeros": (),
    "ones": (),
    "uniform": ("a", "b"),
    "normal": ("mean", "std"),
    "trunc_normal": ("mean", "std", "a", "b"),
    "xavier_uniform": ("gain",),
    "xavier_normal": ("gain",),
    "kaiming_uniform": ("a", "mode", "nonlinearity"),
    "kaiming_normal": ("a", "mode", "nonlinearity"),
    "orthogonal": ("gain",),
}
_WORD_ARGUMENTS = {"mode": ("fan_in", "fan_out"), "nonlinearity": _GAINS}


@record
class InitPlan:
    """The functions for weight and bias, as torch calls them; empty where torch's own way stays."""

    weight: tuple[str, tuple[tuple[str, Argument], ...]] | None = None
    bias: float | None = None


@dataclass(frozen=True)
class InitKind(Kind):
    """`{weight: kind, bias: number}`."""

    @property
    def words(self) -> tuple[str, ...]:
        return (*FUNCTIONS, "fan_in", "fan_out", *_GAINS)

    @property
    def wants(self) -> str:
        return "`{weight: kind, bias: number}`"

    def accept(self, value: FieldValue) -> InitPlan | None:
        if value is None or isinstance(value, InitPlan):
            return value
        if not isinstance(value, Mapping) or not value:
            raise self.refuse(value)
        for key in value:
            if key not in ("weight", "bias"):
                raise ValueError(f"there is no `{key}` in `init`: it has `weight` and `bias`")
        weight = value.get("weight")
        bias = value.get("bias")
        if bias is not None and (is_flag(bias) or not isinstance(bias, int | float)):
            raise ValueError(f"`bias` wants a number, got {shown(bias)}")
        return InitPlan(None if weight is None else _weight_plan(weight), bias)

    def json_schema(self) -> dict[str, Any]:
        number = {"type": "number"}
        functions = {
            name: {"type": "object", "additionalProperties": False, "properties": {key: {} for key in arguments}}
            for name, arguments in FUNCTIONS.items()
        }
        kind = {
            "anyOf": [
                {"enum": list(FUNCTIONS)},
                {"type": "object", "additionalProperties": False, "properties": functions, "maxProperties": 1},
            ]
        }
        return {"type": "object", "additionalProperties": False, "properties": {"weight": kind, "bias": number}}


InitField: TypeAlias = Annotated[InitPlan | None, InitKind()]


def _weight_plan(weight: FieldValue) -> tuple[str, tuple[tuple[str, Argument], ...]]:
    if isinstance(weight, str):
        name, arguments = weight, {}
    elif isinstance(weight, Mapping) and len(weight) == 1 and isinstance(next(iter(weight.values())), Mapping):
        name, found = next(iter(weight.items()))
        assert isinstance(found, Mapping)
        arguments = dict(found)
    else:
        raise ValueError(f"`weight` wants a kind or `{{kind: {{argument: value}}}}`, got {shown(weight)}")
    if name not in FUNCTIONS:
        raise ValueError(f"there is no kind of initialisation `{name}`; {did_you_mean(name, FUNCTIONS)}")
    checked: list[tuple[str, Argument]] = []
    for key, argument in arguments.items():
        if key not in FUNCTIONS[name]:
            takes = ", ".join(f"`{known}`" for known in FUNCTIONS[name]) or "no arguments"
            raise ValueError(f"`{name}` has no argument `{key}`; it takes {takes}")
        words = _WORD_ARGUMENTS.get(key)
        fits = argument in words if words else isinstance(argument, int | float) and not is_flag(argument)
        if not fits or isinstance(argument, Mapping | tuple):
            wanted = " or ".join(f"`{word}`" for word in words) if words else "a number"
            raise ValueError(f"`{key}` wants {wanted}, got {shown(argument)}")
        checked.append((key, argument))
    if name == "constant" and not arguments:
        raise ValueError("`constant` wants its value: `{constant: {val: 0}}`")
    return name, tuple(checked)


def init_calls(plan: InitPlan | None, *, bias: bool) -> tuple[Init, ...]:
    """The calls for a module that has a weight, and a bias if `bias`."""
    calls: list[Init] = []
    if plan is not None and plan.weight is not None:
        function, kwargs = plan.weight
        calls.append(Init("weight", function, dict(kwargs)))
    if plan is not None and plan.bias is not None and bias:
        calls.append(Init("bias", "constant", {"val": plan.bias}))
    return tuple(calls)
