"""Lints: what is no mistake, but most likely not what was meant. All of them, and how the author allows one.

In order of processing: `flow.py` (who reads what), `base.py` (what a lint is), a file for each or for a few that are
alike, `allow.py` (which warnings the author wants to see), `lint.py` (runs them).
"""

from .activations import DOUBLE_ACTIVATION, SOFTMAX_ON_OUTPUT
from .base import Lint
from .dropout import DROPOUT_ON_OUTPUT, KEEP_PROBABILITY
from .heads import HEAD_SHAPE
from .linearity import NO_ACTIVATION
from .merges import SOME_SIZES_ONLY
from .norms import BIAS_BEFORE_NORM, NORM_OF_ONE_VALUE
from .sizes import CONSTANT_BRANCH, FIXED_SIZE
from .tensors import UNUSED_TENSOR
from .widths import RAGGED_WIDTH
from .windows import ASYMMETRIC_PADDING, PADDING_ONLY, PIXELS_NEVER_READ, SURPLUS_CELLS

LINTS: tuple[Lint, ...] = (
    UNUSED_TENSOR,
    BIAS_BEFORE_NORM,
    DOUBLE_ACTIVATION,
    NO_ACTIVATION,
    NORM_OF_ONE_VALUE,
    ASYMMETRIC_PADDING,
    PADDING_ONLY,
    PIXELS_NEVER_READ,
    SURPLUS_CELLS,
    KEEP_PROBABILITY,
    DROPOUT_ON_OUTPUT,
    SOFTMAX_ON_OUTPUT,
    FIXED_SIZE,
    CONSTANT_BRANCH,
    SOME_SIZES_ONLY,
    HEAD_SHAPE,
    RAGGED_WIDTH,
)
UNUSED_ALLOW = "unused-allow"
# The warnings of other passes.
OTHERS = ("unused-block", "unused-parameter", UNUSED_ALLOW)
WARNINGS: tuple[str, ...] = tuple(sorted((*(lint.code for lint in LINTS), *OTHERS)))
