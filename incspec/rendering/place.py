"""Which places of diagnostics are in files: what other programs read can point at nothing else."""

from __future__ import annotations

from ..source import SETTING


def is_file(name: str) -> bool:
    """Whether a source is a file: not `<stdin>`, `<text>` or the setting of `--set`."""
    return name != SETTING and not (name.startswith("<") and name.endswith(">"))
