"""Sites: ModelSpec -> the numbers and windows in it that decide shapes, each a place where one change can be made."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ..ops import BY_KEYWORD
from ..record import record
from ..spec import ModelSpec, Raw, StepSpec, bodies_of
from ..syntax import DocPath
from .change import Change

_NUMBER = re.compile(r"(?<![\w.])\d[\d_]*(?![\w.])|(?<![\w.])\d+(?=x\d)|(?<=\dx)\d+(?![\w.])")


@record
class Number:
    """A whole number in a text: `3` in `3x1`, `2` in `2*width`."""

    path: DocPath
    text: str
    start: int
    end: int
    # Whether it is of a parameter, whose meaning only the block knows.
    is_argument: bool = False

    @property
    def value(self) -> int:
        """The number."""
        return int(self.text[self.start : self.end].replace("_", ""))

    @property
    def field(self) -> str:
        """The field, parameter or key that it stands in."""
        return next((step for step in reversed(self.path) if isinstance(step, str)), "")

    def replaced(self, value: int) -> str:
        """The text with another number."""
        return f"{self.text[: self.start]}{value}{self.text[self.end :]}"

    def change(self, value: int) -> Change:
        """The change that makes it another number."""
        return Change(self.path, self.replaced(value))


@record
class Site:
    """A step, and the block that it stands in; the network is the empty name."""

    path: DocPath
    step: StepSpec
    block: str

    @property
    def is_window(self) -> bool:
        """Whether it has a stride and a pad."""
        construct = BY_KEYWORD.get(self.step.op)
        return construct is not None and {"stride", "pad"} <= construct.model_fields.keys()

    def numbers(self) -> Iterator[Number]:
        """The numbers that its fields or arguments hold, and its `repeat`; none of what changes no shape."""
        construct = BY_KEYWORD.get(self.step.op)
        for key, raw in self.step.args.items():
            if construct is None or (key in construct.model_fields and key not in ("bias", "init")):
                yield from _numbers(raw, (*self.path, "args", key), is_argument=construct is None)
        if self.step.repeat is not None:
            yield from _numbers(self.step.repeat, (*self.path, "repeat"))


def block_of(path: DocPath) -> str:
    """The block or head that a path leads into; of the network and the file's own keys, nothing."""
    return str(path[1]) if len(path) > 1 and path[0] in ("blocks", "aux") else ""


def sites(spec: ModelSpec) -> list[Site]:
    """Every step of a spec, those inside others behind them."""
    found = [*_steps(spec.network, ("network",), "")]
    for name, block in spec.blocks.items():
        found += _steps(block.body, ("blocks", name, "body"), name)
    for name, head in spec.aux.items():
        found += _steps(head.body, ("aux", name, "body"), name)
    return found


def _steps(body: Sequence[StepSpec], path: DocPath, block: str) -> Iterator[Site]:
    for index, step in enumerate(body):
        at: DocPath = (*path, index)
        yield Site(at, step, block)
        for inner, where in bodies_of(step, at):
            yield from _steps(inner, where, block)


def declared_numbers(spec: ModelSpec, block: str) -> Iterator[Number]:
    """The numbers of a block's parameters; of the network, those of the file's parameters and input."""
    if block in spec.blocks:
        for name, text in spec.blocks[block].params.items():
            yield from _numbers(text, ("blocks", block, "params", name), is_argument=True)
    if not block:
        for name, text in spec.params.items():
            yield from _numbers(text, ("params", name), is_argument=True)
        for name, shape in spec.inputs.items():
            path: DocPath = ("input",) if isinstance(spec.input, list) else ("input", name)
            for index, text in enumerate(shape):
                if text.isdecimal():  # a condition on an open axis is none
                    yield from _numbers(text, (*path, index))


def _numbers(raw: Raw, path: DocPath, *, is_argument: bool = False) -> Iterator[Number]:
    if isinstance(raw, list):
        for index, item in enumerate(raw):
            yield from _numbers(item, (*path, index), is_argument=is_argument)
    elif isinstance(raw, str):
        for found in _NUMBER.finditer(raw):
            yield Number(path, raw, *found.span(), is_argument)
