"""What flows through a network that torch runs, and the modules that it meets: one call of torch after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import torch
from torch import Tensor, nn

from .values import Fields, RuleRefuses, torch_decides

LETTERS = {0: (), 1: ("L",), 2: ("H", "W"), 3: ("T", "H", "W")}


@dataclass(frozen=True)
class Flow:
    """A tensor on its way through the network, and whether its channels come last."""

    tensor: Tensor
    last: bool = False

    @property
    def rank(self) -> int:
        """The number of spatial axes."""
        return self.tensor.dim() - 2

    @property
    def dim(self) -> int:
        """The axis of the channels."""
        return self.tensor.dim() - 1 if self.last else 1

    @property
    def channels(self) -> int:
        """The number of channels."""
        return self.tensor.shape[self.dim]

    @property
    def lengths(self) -> list[int]:
        """The lengths of the axes without the batch, channels first."""
        return [self.channels, *(self.tensor.shape[axis] for axis in self.spatial)]

    @property
    def letters(self) -> tuple[str, ...]:
        """The axes without the batch."""
        return (*LETTERS[self.rank], "C") if self.last else ("C", *LETTERS[self.rank])

    @property
    def spatial(self) -> tuple[int, ...]:
        """The spatial axes."""
        return tuple(range(1, 1 + self.rank) if self.last else range(2, 2 + self.rank))

    def moved(self, tensor: Tensor) -> Flow:
        """What became of it; features have no order."""
        return Flow(tensor, self.last and tensor.dim() > 2)


@dataclass
class Run:
    """Modules as they are made: in order, with weights from `supply` where there is one."""

    training: bool = False
    dtype: torch.dtype = torch.float32
    supply: Iterator[Mapping[str, Tensor]] | None = None
    modules: list[nn.Module] = field(default_factory=list)

    def module(self, make: Callable[[], nn.Module], x: Tensor, fields: Fields | None = None) -> Tensor:
        """Make a module, initialise it as the fields say, and call it."""
        with torch_decides():
            made = make().to(self.dtype).train(self.training)
            for apply in _initialisers(fields):
                apply(made)
        if self.supply is not None and made.state_dict():
            made.load_state_dict(next(self.supply))
        self.modules.append(made)
        with torch_decides():
            result: Tensor = made(x)
        return result


Operator: TypeAlias = Callable[[Run, Fields, Flow], Flow]


def _initialisers(fields: Fields | None) -> Iterable[Callable[[nn.Module], object]]:
    if fields is None or "init" not in fields:
        return
    raw, names = fields.raw("init")
    if "weight" in raw:
        kind = raw["weight"]
        name, given = (kind, {}) if isinstance(kind, str) else next(iter(kind.items()))
        words = {key: value for key, value in given.items() if key in ("mode", "nonlinearity")}
        numbers = Fields({key: (value, names) for key, value in given.items() if key not in words})
        arguments = words | {key: numbers.real(key, 0) for key in numbers.given}
        yield lambda made: getattr(nn.init, f"{name}_")(made.weight, **arguments)
    if "bias" in raw and fields.flag("bias", default=True):
        value = Fields({"bias": (raw["bias"], names)}).real("bias", 0)
        yield lambda made: nn.init.constant_(made.bias, value)  # type: ignore[arg-type]


def needs_map(x: Flow) -> None:
    """torch would take the batch of features for channels, or the channels for a width."""
    if x.rank == 0:
        raise RuleRefuses("wrong-rank", "a map is needed")
    needs_first(x)


def needs_first(x: Flow) -> None:
    """torch would take the channels for a width."""
    if x.last:
        raise RuleRefuses("channels-last", "channels first are needed")


def torch_class(name: str, x: Flow) -> Any:
    return getattr(nn, f"{name}{max(x.rank, 1)}d")
