"""`residual`: a body beside a shortcut, which elaboration writes in terms of ops."""

from typing import ClassVar

from pydantic import Field

from .base import Construct, Family
from .fields import Probability, Real


class Residual(Construct):
    """A body beside a shortcut: act(shortcut + drop_path(scale * body))."""

    keyword: ClassVar[str] = "residual"
    main: ClassVar[str | None] = "body"
    followers: ClassVar[tuple[Family, ...]] = ("act",)
    bodies: ClassVar[tuple[str, ...]] = ("body", "shortcut")

    scale: Real = Field(1, description="factor of the body's output")
    drop_path: Probability = Field(0, description="probability that an image's body is dropped in training")
