"""What a printed class is made of, until it is text."""

from __future__ import annotations

from dataclasses import dataclass, field

from ...expressions import Plain
from ...ir import TypedGraph
from ...shapes import TensorType
from .layout import Doc
from .values import Values


@dataclass(frozen=True, slots=True)
class ClassRef:
    """A printed class: its name, and the parameters of its constructor with their defaults (None: required)."""

    name: str
    params: dict[str, Plain | None]


@dataclass(frozen=True, slots=True)
class Module:
    """A submodule of a class: where it is, what comes out of it, how many parameters it has, and what is in it."""

    path: str
    output: TensorType
    params: int
    inner: TypedGraph | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A statement of `forward`: what stands before the expression, the expression, and the type of its value."""

    before: str
    doc: Doc
    type: TensorType | None = None

    def __str__(self) -> str:
        return f"{self.before}{self.doc}"


@dataclass
class ClassBody:
    """What the printer makes of one use of a block."""

    init: list[tuple[str, Doc]] = field(default_factory=list)
    forward: list[Line] = field(default_factory=list)
    inputs: tuple[str, ...] = ()
    returns: int = 1
    values: Values = field(default_factory=Values)
    modules: list[Module] = field(default_factory=list)
