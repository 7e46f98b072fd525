"""Which places of diagnostics are in files: what other programs read can point at nothing else."""

from __future__ import annotations

from ..source import OPTION


def is_file(name: str) -> bool:
    """Whether a source is a file: not `<stdin>`, `<text>` or a setting of a parameter."""
    return name != OPTION and not (name.startswith("<") and name.endswith(">"))
