"""Residuals: a `residual` whose shortcut and body differ -> the changes that give one the shape of the other.

A body that halves the size or has another width does so on purpose: it is the shortcut that lacks a projection or a
stride, so these changes are likelier than any that takes the body's stride away.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ..ops import BY_KEYWORD
from ..record import record
from ..spec import NAME, StepSpec
from ..syntax import DocPath
from .change import Change
from .proposals import Proposal
from .sites import Site

_OF_A_STRIDE = 0.5  # strain
_OF_A_WIDTH = 1.5  # a slip of one number is likelier
_LONE = re.compile(r"[^\s,\[\]{}#'\"]+")  # a text that a one-line step can hold


@record
class _Written:
    """A width, and where it stands."""

    path: DocPath
    text: str


def of_residual(site: Site, rank: int) -> Iterator[Proposal]:
    """A projection for the identity, or the stride that one side has and the other lacks."""
    body, shortcut = site.step.body or [], site.step.shortcut
    stride = _stride(body)
    if isinstance(shortcut, list):
        if stride is not None:
            for place, step in enumerate(shortcut):
                yield from _with_stride(step, (*site.path, "shortcut", place), stride)
        elif (stride := _stride(shortcut)) is not None:
            index = _first_wide(body)
            if index is not None:
                yield from _with_stride(body[index], (*site.path, "body", index), stride)
        yield from _widths(body, (*site.path, "body"), shortcut, (*site.path, "shortcut"))
    elif shortcut == "identity":
        yield from _projection(site, body, stride, rank)


def _projection(site: Site, body: Sequence[StepSpec], stride: str | None, rank: int) -> Iterator[Proposal]:
    """A 1x1 convolution in place of the identity, as wide as the last layer of the body, and like it."""
    widest = _widening(body)
    if widest is None:
        return
    last = body[widest]
    fields = {"out": last.args.get("out"), "stride": stride}
    fields |= {name: last.args.get(name) for name in ("norm", "act")}
    given = {name: text for name, text in fields.items() if text is not None}
    if "out" not in given or not all(isinstance(text, str) and _LONE.fullmatch(text) for text in given.values()):
        return
    size = "x".join(["1"] * rank)
    words = " ".join(f"{name} {text}" for name, text in given.items() if name != "out")
    line = f"{size} conv {given['out']} {words}".rstrip()
    change = Change((*site.path, "shortcut"), [StepSpec(op="conv", args={"kernel": size, **given})])
    strain = _OF_A_WIDTH if stride is None else _OF_A_STRIDE
    yield Proposal("project", (change,), site.path, strain, text=f"shortcut: [{line}]")


def _widths(body: Sequence[StepSpec], at: DocPath, shortcut: Sequence[StepSpec], beside: DocPath) -> Iterator[Proposal]:
    """The width of one side for that of the other; numbers in place of numbers are tried anyway.

    That of a parameter is likelier to be meant than what is computed from one: `out`, and not `out//2`.
    """
    one, other = _written_width(body, at), _written_width(shortcut, beside)
    if one is None or other is None or one.text == other.text or (one.text.isdecimal() and other.text.isdecimal()):
        return
    for written, meant in ((one, other.text), (other, one.text)):
        likely = NAME.fullmatch(meant) and not NAME.fullmatch(written.text)
        strain = _OF_A_WIDTH if likely else _OF_A_WIDTH + 1
        part = (0, len(written.text))
        yield Proposal("write", (Change(written.path, meant),), written.path, strain, part, text=meant)


def _written_width(body: Sequence[StepSpec], path: DocPath) -> _Written | None:
    """Where the width of a body is written; None where it is not in words that a line can hold."""
    index = _widening(body)
    if index is None:
        return None
    text = body[index].args.get("out")
    if not isinstance(text, str) or not _LONE.fullmatch(text):
        return None
    return _Written((*path, index, "args", "out"), text)


def _widening(body: Sequence[StepSpec]) -> int | None:
    """The last step of a body that may have a width of its own."""
    indices = reversed(range(len(body)))
    return next((index for index in indices if "out" in body[index].args or not _keeps_width(body[index])), None)


def _with_stride(step: StepSpec, path: tuple[str | int, ...], stride: str) -> Iterator[Proposal]:
    if _has(step, "stride") and "stride" not in step.args:
        change = Change((*path, "args", "stride"), stride)
        yield Proposal("add", (change,), path, _OF_A_STRIDE, fields=(("stride", stride),))


def _stride(body: Sequence[StepSpec]) -> str | None:
    """The stride of all layers of a body together, as they write it; None where none has one."""
    found = [step.args["stride"] for step in body if _has(step, "stride") and step.args.get("stride", "1") != "1"]
    texts = [text for text in found if isinstance(text, str) and _LONE.fullmatch(text)]
    return "*".join(texts) if texts and len(texts) == len(found) else None


def _first_wide(body: Sequence[StepSpec]) -> int | None:
    """The first layer with a window of more than one cell, where strides usually stand."""
    windows = [index for index, step in enumerate(body) if _has(step, "stride")]
    return next((index for index in windows if "1" not in str(body[index].args.get("kernel", "1")).split("x")), None)


def _keeps_width(step: StepSpec) -> bool:
    """Whether a step is an op that has no width of its own."""
    construct = BY_KEYWORD.get(step.op)
    return construct is not None and not construct.bodies and not _has(step, "out")


def _has(step: StepSpec, field: str) -> bool:
    construct = BY_KEYWORD.get(step.op)
    return construct is not None and field in construct.model_fields
