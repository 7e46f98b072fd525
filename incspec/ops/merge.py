"""What `concat`, `add` and `mul` share: branches, how the input is split among them, and whom to blame."""

from collections import Counter
from collections.abc import Hashable, Sequence
from typing import ClassVar

from pydantic import Field

from ..shapes import TensorType
from .base import Family, Inputs, Op, OpError, Outputs
from .split import OptionalSlices


class Merge(Op):
    """Branches side by side, merged into one tensor, then `act`."""

    main: ClassVar[str | None] = "branches"
    family: ClassVar[Family] = "merge"
    followers: ClassVar[tuple[Family, ...]] = ("act",)
    bodies: ClassVar[tuple[str, ...]] = ("branches",)
    least: ClassVar[int] = 2  # branches
    most: ClassVar[int | None] = None

    split: OptionalSlices = Field(
        None,
        description="slice of the channels that each branch gets, in order: a list of channels, one of which may be "
        "`rest`, or a number of equal slices; without this field each gets the whole input",
    )

    def infer(self, inputs: Inputs) -> Outputs:
        if len(inputs) < self.least:
            wanted = "one branch" if self.least == 1 else "two branches"
            raise OpError("wrong-input-count", f"`{self.keyword}` needs at least {wanted}, got {len(inputs)}")
        if self.most is not None and len(inputs) > self.most:
            message = f"`{self.keyword}` takes at most {self.most} branches, got {len(inputs)}"
            raise OpError("wrong-input-count", message, help="merge some of them first")
        return (self.merged(inputs),)

    def merged(self, inputs: Inputs) -> TensorType:
        """The type of the output.

        Raises:
            OpError: the branches do not fit together.
        """
        raise NotImplementedError


def same_axes(keyword: str, inputs: Inputs) -> None:
    """Refuse maps of which some have their channels first and some last.

    Raises:
        OpError: they differ so.
    """
    orders = [x.channels_last for x in inputs if x.rank]
    odd = odd_one_out(orders) if len(orders) == len(inputs) else None
    if odd is not None:
        usual = inputs[usual_one(orders)]
        raise OpError(
            f"{keyword}-shape-mismatch",
            "some branches have channels first, others last",
            input=odd,
            help=f"put `permute: [{', '.join(usual.axes)}]` at the end of the branch that differs",
        )


def odd_one_out(values: Sequence[Hashable]) -> int | None:
    """The index of the value that differs from the most frequent one, the last if several do."""
    if len(set(values)) <= 1:
        return None
    usual = _most_frequent(values)
    return next((index for index in reversed(range(len(values))) if values[index] != usual), None)


def usual_one(values: Sequence[Hashable]) -> int:
    """The index of the most frequent value, the first if several are."""
    return values.index(_most_frequent(values))


def _most_frequent(values: Sequence[Hashable]) -> Hashable:
    """The most frequent value, the first if several are."""
    ((value, _),) = Counter(values).most_common(1)
    return value


def agreed(values: Sequence[Hashable]) -> bool:
    """Whether more than half of the values are equal."""
    return 2 * max(Counter(values).values()) > len(values)


def pair(inputs: Inputs, usual: int, odd: int) -> str:
    """Two inputs in their order, for "got ... and ..."."""
    first, second = sorted((usual, odd))
    return f"{inputs[first]} and {inputs[second]}"
