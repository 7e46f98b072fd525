"""`residual`: a body beside a shortcut, which elaboration writes in terms of ops."""

from typing import ClassVar

from pydantic import Field

from ..shapes import TensorType
from .add import Add
from .base import Construct, Family, Inputs, OpError
from .fields import Probability, Real
from .merge import same_axes


class Residual(Construct):
    """A body beside a shortcut: act(shortcut + drop_path(scale * body))."""

    keyword: ClassVar[str] = "residual"
    main: ClassVar[str | None] = "body"
    followers: ClassVar[tuple[Family, ...]] = ("act",)
    bodies: ClassVar[tuple[str, ...]] = ("body", "shortcut")

    scale: Real = Field(1, description="factor of the body's output")
    drop_path: Probability = Field(0, description="probability that an image's body is dropped in training")


class ShortcutSum(Add):
    """The sum of the shortcut and the body of a `residual`, in this order."""

    def merged(self, inputs: Inputs) -> TensorType:
        if len(inputs) == 2 and inputs[0].shape != inputs[1].shape:  # each of the two may give several tensors
            same_axes(self.keyword, inputs)
            shortcut, body = inputs
            raise OpError(
                "add-shape-mismatch",
                f"the shortcut and the body of `residual` need equal shapes, got {shortcut} and {body}",
                input=1,
                meant=body if is_reduced(body, shortcut) or _is_projected(body, shortcut) else None,
            )
        return super().merged(inputs)


def is_reduced(body: TensorType, shortcut: TensorType) -> bool:
    """Whether a stride has made the body smaller, which is done on purpose: then the shortcut lacks one."""
    if body.rank != shortcut.rank:
        return False
    pairs = list(zip(body.sizes, shortcut.sizes, strict=True))
    return all(a <= b for a, b in pairs) and any(3 * a <= 2 * b for a, b in pairs)


def _is_projected(body: TensorType, shortcut: TensorType) -> bool:
    """Whether only the width is another, and by more than a slip: then the shortcut lacks a projection."""
    narrow, wide = sorted((body.channels, shortcut.channels))
    return body.sizes == shortcut.sizes and 2 * wide >= 3 * narrow
