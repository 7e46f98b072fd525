"""Reading on: what stops the parser, where it can be mended -> a message, and the text to go on with."""

from __future__ import annotations

import yaml

from ..diagnostics import Diagnostics
from .amended import Amended
from .signs import MissingSign, lines_above, missing_sign, report_sign
from .stray import key_below, report_below


def read_on(read: Amended, error: yaml.YAMLError | None, sign: MissingSign | None, sink: Diagnostics) -> Amended | None:
    """The text to go on with behind what stops the parser, which is told; None where nothing helps."""
    mark, opened = getattr(error, "problem_mark", None), getattr(error, "context_mark", None)
    if sign is None and mark is not None:
        below = key_below(read, mark.index)
        if below is not None:
            report_below(below, sink)
            return below.amended
        # Of what could be a key, the parser sees late that it is none.
        late = opened is not None and "simple key" in str(getattr(error, "context", ""))
        places = [opened.index] if late and opened is not None else []
        sign = missing_sign(read, [*places, *lines_above(read.text, mark.index)])
    if sign is None:
        return None
    report_sign(sign, sink)
    return sign.amended
