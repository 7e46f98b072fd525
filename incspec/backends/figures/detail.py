"""What a drawing shows of a graph: how widths and sizes are printed, in which words, and how far blocks are opened."""

from __future__ import annotations

from dataclasses import dataclass, field

from .labels import Widths
from .wording import Sizes, Wording

PREVIOUS = "Previous layer"  # arXiv:1409.4842, figure 2


@dataclass(frozen=True, slots=True)
class Opening:
    """Which blocks are drawn as their steps, in frames: all within `depth`, and those of these names wherever they are.

    Depth 1 opens none, 2 the network's own blocks, 0 all; None is as a paper's manner has it.
    """

    depth: int | None = None
    blocks: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Detail:
    """What is printed, and how far blocks are opened.

    `sizes` are the output sizes of a trunk's steps (of all, or where they change) or of every box; `before` is what comes
    before a block. The blocks in `opened`, and all that are called within `depth` (None: all), are drawn as their steps.
    """

    widths: Widths = Widths.NUMBERS
    sizes: Sizes = "none"
    before: str = PREVIOUS
    wording: Wording = field(default_factory=Wording)
    depth: int | None = 1
    opened: frozenset[str] = frozenset()

    def opens(self, block: str, level: int) -> bool:
        """Whether a block that is called at a level, 1 in the graph itself, is drawn as its steps."""
        return self.depth is None or level < self.depth or block in self.opened
