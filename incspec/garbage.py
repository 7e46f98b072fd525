"""Garbage: Python looks for it the longer the more there is, which what makes much and drops little need not wait for."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collection_paused() -> Iterator[None]:
    """While it is open, Python looks for no garbage; afterwards it does, if it did before."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
