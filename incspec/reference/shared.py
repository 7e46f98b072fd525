"""The texts of what all ops share: the fields of every step, norm and activation, bodies."""

from __future__ import annotations

STEP_FIELDS = {
    "name": "name of the step, of its module and of its output",
    "from": "name of the tensor that the step reads, or a list of several; without it, the step before",
    "repeat": "how many times the step is applied to its own output, each time with its own weights",
    "when": "condition; where it is false, the step is left out and its input passes",
    "expect": "what comes out, channels first, `[C, H, W]`; only checked",
    "in": "number of channels that arrive; only checked",
}
FOLLOWERS = {"norm": "normalisation after it", "act": "activation at the end"}
# What a body field takes, its default as it is written, and what it is.
BODIES = {
    "branches": (
        "a list of branches",
        None,
        "what stands side by side: each a list of steps, `[identity]` to pass the input on, or the name of a tensor",
    ),
    "body": ("a list of steps", None, "the steps beside the shortcut"),
    "shortcut": (
        "a list of steps, `identity` or `none`",
        "identity",
        "what is added to the body's output; with `none`, the body stands alone",
    ),
}
