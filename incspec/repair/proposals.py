"""Proposals: sites -> the changes that are worth a trial, each with how odd it would be that the author meant it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from pydantic import JsonValue

from ..record import record
from ..spec import NAME, ModelSpec, StepSpec, bodies_of
from ..syntax import DocPath
from .change import Change
from .sites import Number, Site

# What is to be done at the place of a proposal: another text, fields more or less, what stands twice once, two steps the
# other way round, a step left out or moved down, or a projection as the shortcut.
Kind = Literal["write", "add", "omit", "once", "swap", "drop", "lower", "project"]

UNLIKELY = 8.0
_IMAGE_CHANNELS = (1, 3)
_LEAST_IMAGE = 16  # cells along each side of what is taken for one
_OF_AXES = 0.25  # strain
_STRIDE, _VALID = ("stride", "2"), ("pad", "valid")


@record
class Proposal:
    """Changes that might mend a mistake, at `path`; `part` are the characters of the text there, if not all.

    `strain` is low for what an author easily gets wrong, and `UNLIKELY` for what nobody means.
    """

    kind: Kind
    changes: tuple[Change, ...]
    path: DocPath
    strain: float
    part: tuple[int, int] | None = None
    # The new text or shortcut, the op that is left out, gets a field or is one before which another is moved; or the fields
    # that are added or left out.
    text: str = ""
    fields: tuple[tuple[str, str], ...] = ()

    @property
    def identity(self) -> tuple[object, ...]:
        """What is equal for proposals of the same change."""
        return self.kind, self.path, self.part, self.text, self.fields


# --- numbers


def of_number(number: Number, value: int) -> Proposal:
    """Another number."""
    strain = _strain(number.value, value, is_kernel=number.field == "kernel")
    if number.path[0] == "input":
        is_width = number.path[-1] == 0
        strain = UNLIKELY if is_width and value not in _IMAGE_CHANNELS else 2.0
    part, text = (number.start, number.end), number.replaced(value)
    return Proposal("write", (number.change(value),), number.path, strain, part, text)


def neighbours(number: Number) -> list[int]:
    """The numbers that may have been meant instead."""
    n = number.value
    near = (n - 1, n + 1, n - 2, n + 2) if number.field == "kernel" else (n - 1, n + 1)
    found = dict.fromkeys((*near, 2 * n, *([n // 2] if n % 2 == 0 else [])))
    least = {"pad": 0, "sizes": 2}.get(number.field, 1)  # nobody splits into one slice
    return [value for value in found if value >= least]


def _strain(old: int, new: int, *, is_kernel: bool) -> float:
    """Kernels are odd, and widths are multiples of powers of two: a number that is less so was not meant."""
    if is_kernel:
        return 4.0 if new % 2 == 0 else 1.0 if old % 2 == 0 else 2.0
    gain = min(_twos(new), 4) - min(_twos(old), 4)
    if old > 8 and gain < 0:
        return UNLIKELY - gain
    far = max(old, new) > 2 * min(old, new)
    return 2.0 - gain / 4 + (4.0 if far else 0.0)


def _twos(number: int) -> int:
    """How often 2 divides it."""
    return (number & -number).bit_length() - 1 if number else 9


def of_axes(spec: ModelSpec) -> Iterator[Proposal]:
    """The channels of an image put first, where they seem to stand last: of one input, and of all that seem so at once."""
    last = {name: [shape[-1], *shape[:-1]] for name, shape in spec.inputs.items() if _has_channels_last(shape)}
    for name, shape in last.items():
        path: DocPath = ("input",) if isinstance(spec.input, list) else ("input", name)
        yield Proposal("write", (_reordered(path, shape),), path, _OF_AXES, text=_listed(shape))
    if len(last) > 1:
        changes = tuple(_reordered(("input", name), shape) for name, shape in last.items())
        written = ", ".join(f"{name}: {_listed(shape)}" for name, shape in {**spec.inputs, **last}.items())
        yield Proposal("write", changes, ("input",), _OF_AXES / 2, text=f"{{{written}}}")


def _has_channels_last(shape: Sequence[str]) -> bool:
    *sizes, last = shape
    if len(sizes) < 2 or not all(text.isdecimal() for text in shape):
        return False
    return int(last) in _IMAGE_CHANNELS and min(map(int, sizes)) >= _LEAST_IMAGE


def _reordered(path: DocPath, shape: Sequence[str]) -> Change:
    meant: list[JsonValue] = [*shape]
    return Change(path, meant)


def _listed(shape: Sequence[str]) -> str:
    return f"[{', '.join(shape)}]"


# --- windows


def of_window(site: Site) -> Iterator[Proposal]:
    """A stride or pad forgotten or put in, or both at once."""
    args = site.step.args
    for fields, strain in (((_STRIDE,), 1.0), ((_VALID,), 1.0), ((_STRIDE, _VALID), 2.0)):
        given = [args.get(name) for name, _ in fields]
        if not any(value is not None for value in given):
            yield _fields("add", site, fields, strain)
        elif all(value == wanted for value, (_, wanted) in zip(given, fields, strict=True)):
            yield _fields("omit", site, fields, strain)
        elif fields == (_STRIDE,) and isinstance(given[0], str) and NAME.fullmatch(given[0]):  # a parameter's
            yield _fields("omit", site, (("stride", given[0]),), strain)


def _fields(kind: Kind, site: Site, fields: tuple[tuple[str, str], ...], strain: float) -> Proposal:
    path: DocPath = (*site.path, "args")
    changes = tuple(Change((*path, name), value if kind == "add" else None) for name, value in fields)
    at = site.path if kind == "add" else changes[0].path
    return Proposal(kind, changes, at, strain, fields=fields)


# --- the order of steps


def of_repetition(body: Sequence[StepSpec], path: DocPath) -> Iterator[Proposal]:
    """A step that stands twice."""
    for index in range(1, len(body)):
        at: DocPath = (*path, index)
        if body[index - 1] == body[index]:
            yield Proposal("once", (Change(at, None),), at, 3.0)


def of_order(body: Sequence[StepSpec], path: DocPath) -> Iterator[Proposal]:
    """A step behind the one that it was meant to stand before."""
    for index in range(1, len(body)):
        before, here = body[index - 1], body[index]
        at: DocPath = (*path, index)
        if before != here and not (is_tied(before) or is_tied(here)):
            yield Proposal("swap", (Change((*path, index - 1), here), Change(at, before)), at, 4.0)


def is_tied(step: StepSpec) -> bool:
    """Whether a step reads tensors by name, or may be read so: then its place is no slip."""
    return bool(step.name or step.from_ or any(isinstance(branch, str) for branch in step.branches or ()))


def of_branches(site: Site) -> Iterator[Proposal]:
    """A branch that stands twice."""
    branches = site.step.branches or []
    for index in range(1, len(branches)):
        at: DocPath = (*site.path, "branches", index)
        if branches[index] == branches[index - 1]:
            yield Proposal("once", (Change(at, None),), at, 3.0)


def bodies(spec: ModelSpec, block: str, own: Sequence[Site]) -> Iterator[tuple[Sequence[StepSpec], DocPath]]:
    """The bodies of a block, or of the network, with those inside their steps."""
    if not block:
        yield spec.network, ("network",)
    elif block in spec.blocks:
        yield spec.blocks[block].body, ("blocks", block, "body")
    for site in own:
        yield from bodies_of(site.step, site.path)
