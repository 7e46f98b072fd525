"""A compilation leaves nothing behind that only the garbage collector could free.

While one runs, the collector pauses (pipeline.py): circles would be what a preview, or a program that tries thousands
of variants, grows by.
"""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

import incspec
from incspec.reading.files import shipped_specs

CORPUS = sorted((Path(__file__).parent / "errors").glob("*.yaml"))


@contextmanager
def circles() -> Iterator[list[object]]:
    """What lay in circles while it was open and could not be reached any more, whenever `gc.collect` was called."""
    gc.collect()
    gc.freeze()  # what was there before is not looked at
    gc.disable()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        yield gc.garbage
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()
        gc.unfreeze()


def check(spec: str | Path) -> None:
    with suppress(incspec.CompileError):
        incspec.load(spec)


@pytest.mark.parametrize(
    "specs",
    [
        pytest.param([*list(shipped_specs())[::6], *CORPUS[::6]], id="sample"),
        pytest.param([*shipped_specs(), *CORPUS], marks=pytest.mark.nightly, id="all"),
    ],
)
def test_what_a_compilation_made_is_freed_with_it(specs: list[str | Path]) -> None:
    for spec in specs:  # first what is made once for all: rules of ops, patterns
        check(spec)
    left = {}
    with circles() as found:
        for spec in specs:
            before = len(found)
            check(spec)
            gc.collect()
            if len(found) > before:
                left[str(spec)] = Counter(type(item).__qualname__ for item in found[before:]).most_common(5)
    assert not left


def test_a_circle_is_seen() -> None:
    with circles() as found:
        circle: list[object] = []
        circle.append(circle)
        del circle
        gc.collect()
        assert [type(item) for item in found] == [list]
