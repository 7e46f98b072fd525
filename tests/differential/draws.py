"""Draws: the only source of chance, and what is drawn of one op's fields, valid or nearly so."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import Any, TypeVar

from .flow import Flow
from .plain import Data
from .values import Names, Refused, evaluate

T = TypeVar("T")

ACTIVATIONS = (
    *("relu", "relu6", "leaky_relu", "elu", "gelu", "silu", "mish", "sigmoid", "tanh"),
    *("hard_sigmoid", "hard_swish", "hard_tanh", "softmax"),
)
_EXPRESSIONS = ("{n}", "{n}+1", "2*{n}", "{n}//2", "max({n}, 2)", "min({n}, 4)", "{n}-1", "{n}/2", "ceil({n}/2)")
_EXPRESSIONS += ("round_to({n}, 4)", "{n}*3//2", "{n}%3+1", "{n}**2")
_REALS = ("0.5", "1", "2", "0.1", "1/3", "1e-3", "0.25*2")


class Draws:
    """Chance; what is usual comes first among several."""

    def __init__(self, random: Random) -> None:
        self.random = random

    def number(self, least: int, most: int) -> int:
        """A whole number between bounds."""
        return self.random.randint(least, most)

    def pick(self, options: Sequence[T]) -> T:
        """One of several."""
        return options[self.number(0, len(options) - 1)]

    def chance(self, percent: int) -> bool:
        """Whether something happens that does so in so many cases of a hundred."""
        return self.random.random() * 100 < percent


class Site:
    """Where an op is drawn: its input, what names mean, and how wild it may be."""

    def __init__(self, draws: Draws, x: Flow, names: Names, *, keep: bool, wild: int) -> None:
        self.draws, self.x, self.names = draws, x, names
        self.keep, self.wild = keep, wild

    def whole(self, least: int, most: int) -> Any:
        """A whole number, or an expression for one."""
        literal = self.draws.number(least, most)
        numbers = [name for name, value in self.names.items() if type(value) is int and name not in ("call", "calls")]
        if not self.draws.chance(25) or not numbers:
            return literal
        text = self.draws.pick(_EXPRESSIONS).replace("{n}", self.draws.pick(numbers))
        flags = self.flags()
        if flags and self.draws.chance(20):
            text = f"{text} if {self.draws.pick(flags)} else {literal}"
        try:
            value = evaluate(text, self.names)
        except Refused:
            return literal
        low = least if not self.draws.chance(self.wild) else -9
        return text if low <= value <= max(most, 12) and value == int(value) else literal

    def flags(self) -> list[str]:
        """Conditions that can be told here."""
        flags = [name for name, value in self.names.items() if type(value) is bool]
        flags += [f"not {name}" for name in flags]
        for name, value in self.names.items():
            if type(value) is int and name != "calls":  # which is known once all is drawn
                flags += [f"{name} > 3", f"{name} == {value}"]
        return flags

    def flag(self, *, usual: bool) -> Any:
        """A truth value, or a condition."""
        flags = self.flags()
        if flags and self.draws.chance(15):
            return self.draws.pick(flags)
        return str(usual if not self.draws.chance(50) else not usual).lower()

    def real(self, *options: str) -> str:
        """A number."""
        numbers = [name for name, value in self.names.items() if type(value) is float and 0 < value <= 1]
        if numbers and self.draws.chance(20):
            return self.draws.pick(numbers)
        return self.draws.pick(options or _REALS)

    def real_p(self) -> str:
        """A probability."""
        counted = ("0.5*call/calls",) if "calls" in self.names else ()
        return self.real("0.5", "0.1", "0", "1", "1/3", *counted)

    def axes(self, least: int, most: int, *, odd: bool = False) -> Any:
        """A number for all axes, or one for each; rarely too many."""
        rank = self.x.rank or 1
        number: Callable[[], Any] = lambda: self.whole(least, most)  # noqa: E731
        if odd:
            number = lambda: self.draws.pick([n for n in (1, 3, 5, 7) if n <= most] or [1])  # noqa: E731
        if self.draws.chance(self.wild // 4):
            rank = self.draws.number(1, 3)
        if rank == 1 or not self.draws.chance(30):
            return number()
        found = [number() for _ in range(rank)]
        if all(isinstance(n, int) and n > 0 for n in found) and self.draws.chance(60):
            return "x".join(map(str, found))
        return found

    def some(self, percent: int, **fields: Callable[[], Any]) -> Data:
        """Each field in so many cases of a hundred."""
        return {name: value() for name, value in fields.items() if self.draws.chance(percent)}

    # --- what several ops have

    @property
    def size(self) -> int:
        """The shortest spatial axis."""
        return min((self.x.tensor.shape[axis] for axis in self.x.spatial), default=1)

    def follower(self, options: Sequence[str]) -> Any:
        """A norm or activation, by its name or with fields."""
        words = [name for name, value in self.names.items() if value in options and "relu" in options]
        if words and self.draws.chance(30):
            return self.draws.pick(words)
        op = self.draws.pick(options)
        flags = self.flags()
        if flags and self.draws.chance(10):
            return f"{op} if {self.draws.pick(flags)} else none"
        if op in ("leaky_relu", "elu") and self.draws.chance(40):
            return {op: self.real() if self.draws.chance(50) else {("slope" if op[0] == "l" else "alpha"): self.real()}}
        if op in ("batch_norm", "layer_norm") and self.draws.chance(30):
            return {op: {"eps": self.real("1e-3", "1e-5")}}
        return {"lrn": self.whole(1, 5)} if op == "lrn" and self.draws.chance(50) else op

    def layer(self) -> Data:
        """The norm, activation, bias and initialisation of a layer."""
        norms = ("batch_norm", "layer_norm", "lrn") if self.x.rank and not self.x.last else ("layer_norm",)
        fields = self.some(15, norm=lambda: self.follower(("none", *norms)), bias=lambda: self.flag(usual=True))
        if self.draws.chance(20):
            fields["act"] = self.follower((*ACTIVATIONS, "none"))
        if self.draws.chance(6):
            fields["init"] = self.init()
        return fields

    def init(self) -> Data:
        """How parameters begin; a norm has no matrix for some of them."""
        kinds = ("xavier_uniform", "kaiming_normal", "orthogonal", "zeros", {"trunc_normal": {"std": "0.02"}})
        more = (
            {"constant": {"val": "0.5"}},
            {"kaiming_uniform": {"a": "1", "mode": "fan_out", "nonlinearity": "relu"}},
        )
        found = {"weight": self.draws.pick((*kinds, *more)), "bias": self.real()}
        return found if self.draws.chance(40) else {"weight": found["weight"]}
