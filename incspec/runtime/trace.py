"""Recording: a module and its inputs -> what each of its ops gave, small enough to keep and to compare.

The ops are those that torch dispatches to, so it does not matter whether a network is written with modules or with
functions. Of every tensor a sketch is kept: per image and channel, the sum of its elements under random signs, always
the same. Two tensors have equal sketches where they are equal, and practically never otherwise, and the sketches of
tensors that are equal but for the order of their channels are so too.

Masks of dropouts and drop paths are replaced by their expected value, so they do nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from math import prod

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.weak import WeakTensorKeyDictionary

INPUT = -1  # the producer of the network's inputs


@dataclass(frozen=True, slots=True, eq=False)
class Event:
    """A tensor that an op gave: in which module it ran, which events its inputs come from, and its sketch."""

    op: str
    module: str
    sources: tuple[int, ...]
    shape: tuple[int, ...]
    sketch: Tensor


@dataclass(slots=True)
class Recording:
    """A run of a module: events in the order of execution, outputs by name and the events that made them."""

    events: list[Event] = field(default_factory=list)
    outputs: dict[str, Tensor] = field(default_factory=dict)
    makers: dict[str, int] = field(default_factory=dict)
    # The numbers of elements of the parameters that took part, each once.
    params: dict[int, int] = field(default_factory=dict)
    # Ops that drew random numbers other than masks, with the modules that they ran in.
    random: dict[str, str] = field(default_factory=dict)
    # Multiply-adds of convolutions and linear layers for one image.
    macs: int = 0


def record(module: nn.Module, inputs: Sequence[Tensor]) -> Recording:
    """Run a module in the mode that it is in. Whatever it raises passes."""
    recorder = _Recorder(inputs)
    with _told_of_modules(module, recorder), recorder:
        result = module(*inputs)
    recording = recorder.recording
    recording.outputs = dict(named_tensors(result))
    made = {
        name: recorder.made.get(tensor, INPUT)  # type: ignore[no-untyped-call]
        for name, tensor in recording.outputs.items()
    }
    recording.makers = {name: maker for name, maker in made.items() if maker != INPUT}
    return recording


def named_tensors(result: object, name: str = "") -> Iterator[tuple[str, Tensor]]:
    """The tensors of what a module returned, with their names: a field's, a key, a number."""
    if isinstance(result, Tensor):
        yield name or "output", result
        return
    if isinstance(result, Mapping):
        items = [(str(key), value) for key, value in result.items()]
    elif isinstance(result, tuple) and hasattr(result, "_fields"):
        items = list(zip(result._fields, result, strict=True))
    elif isinstance(result, tuple | list):
        items = [(str(index), value) for index, value in enumerate(result)]
    else:
        return
    for key, value in items:
        yield from named_tensors(value, f"{name}.{key}" if name else key)


def sketch(tensor: Tensor) -> Tensor:
    """The sums of a tensor's elements under random signs, per image and channel, as float64."""
    images = tensor.detach().to(torch.float64).reshape(tensor.shape[0], tensor.shape[1], -1)
    return images @ _signs(images.shape[-1])


@lru_cache(maxsize=64)
def _signs(count: int) -> Tensor:
    generator = torch.Generator().manual_seed(count)
    return torch.randint(0, 2, (count,), generator=generator).mul_(2).sub_(1).to(torch.float64)


@contextmanager
def _told_of_modules(module: nn.Module, recorder: _Recorder) -> Iterator[None]:
    """The recorder knows at any time which module runs."""

    def enter(path: str) -> Callable[..., None]:
        return lambda *_: recorder.enter(path)

    handles = []
    for path, child in module.named_modules():
        handles.append(child.register_forward_pre_hook(enter(path)))
        handles.append(child.register_forward_hook(lambda *_: recorder.leave()))
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


class _Recorder(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Sees every op that runs while it is on."""

    def __init__(self, inputs: Sequence[Tensor]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.recording = Recording()
        self.batch = inputs[0].shape[0]
        # Which event gave a tensor; for an op that works in place, the last one that did.
        self.made: WeakTensorKeyDictionary = WeakTensorKeyDictionary()
        self.modules: list[str] = []
        for tensor in inputs:
            self.made[tensor] = INPUT

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """Nothing is compiled while it is on; torch would import its compiler, which takes seconds, to say so."""
        return False

    def enter(self, path: str) -> None:
        self.modules.append(path)

    def leave(self) -> None:
        self.modules.pop()

    def __torch_dispatch__(
        self,
        func: torch._ops.OpOverload,
        types: Sequence[type],
        args: Sequence[object] = (),
        kwargs: Mapping[str, object] | None = None,
    ) -> object:
        op = func.overloadpacket.__name__
        if op == "bernoulli_":
            return _expected(*args, **(kwargs or {}))  # type: ignore[arg-type]  # (tensor, p)
        result = func(*args, **(kwargs or {}))
        path = self.modules[-1] if self.modules else ""
        if torch.Tag.nondeterministic_seeded in func.tags:
            self.recording.random.setdefault(op, path)
        if op in _MACS:
            self.recording.macs += _MACS[op](args, result) // self.batch
        self.recording.params.update((id(p), p.numel()) for p in _tensors(args) if isinstance(p, nn.Parameter))
        sources = tuple(self.made[each] for each in _tensors(args) if each in self.made)
        if sources and not _is_creation(op):
            for tensor in _tensors((result,)):
                self._note(op, path, sources, tensor)
        return result

    def _note(self, op: str, path: str, sources: tuple[int, ...], tensor: Tensor) -> None:
        """An event for a tensor; one that is no activation passes its first source on."""
        if op == "detach" or tensor.ndim < 2 or not tensor.is_floating_point() or 0 in tensor.shape:
            self.made[tensor] = sources[0]
            return
        self.made[tensor] = len(self.recording.events)
        known = tuple(source for source in sources if source != INPUT)
        self.recording.events.append(Event(_readable(op), path, known, _shape(tensor), sketch(tensor)))


def _readable(op: str) -> str:
    """An op as one writes it: `relu_` is `relu`, `native_batch_norm` is `batch_norm`."""
    plain = op.strip("_").removeprefix("native_").removesuffix("_with_indices")
    return "linear" if plain in ("addmm", "mm") else plain


def _expected(tensor: Tensor, p: float = 0.5, **_: object) -> Tensor:
    return tensor.fill_(p)


def _is_creation(op: str) -> bool:
    """Whether an op takes no more than the shape of its input."""
    return op.startswith(("new_", "empty")) or op.endswith("_like")


def _tensors(values: Sequence[object]) -> Iterator[Tensor]:
    for value in values:
        if isinstance(value, Tensor):
            yield value
        elif isinstance(value, list | tuple):
            yield from _tensors(value)


def _shape(tensor: Tensor) -> tuple[int, ...]:
    """The shape without axes of length 1 after the channels: [N, C] and [N, C, 1, 1] hold the same."""
    images, channels, *sizes = tensor.shape
    return (images, channels, *(size for size in sizes if size != 1))


# --- multiply-adds for a whole batch, from an op's arguments and result


def _convolution_macs(args: Sequence[object], result: object) -> int:
    x, weight, transposed = args[0], args[1], args[6]
    assert isinstance(x, Tensor)
    assert isinstance(weight, Tensor)
    assert isinstance(result, Tensor)
    positions = x if transposed else result
    return weight.numel() * positions.shape[0] * prod(positions.shape[2:])


def _product_macs(args: Sequence[object], result: object) -> int:
    matrix = args[-1]
    assert isinstance(matrix, Tensor)
    assert isinstance(result, Tensor)
    return result.numel() * matrix.shape[0]


_MACS: dict[str, Callable[[Sequence[object], object], int]] = {
    "convolution": _convolution_macs,
    "addmm": _product_macs,
    "mm": _product_macs,
}
