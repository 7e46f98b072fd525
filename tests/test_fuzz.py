"""Fuzzing, a little in every run: texts near shipped specs end soon, and with a model or a `CompileError`.

`python -m tests.fuzz` does it for long, and under atheris. What that ever found stands in `tests/fuzz/found/`.
"""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest
from fuzz.mutate import mutate, seeds
from fuzz.targets import SECONDS, TARGETS

FOUND = sorted(path for path in (Path(__file__).parent / "fuzz" / "found").iterdir() if path.suffix != ".md")
EXECUTIONS = {"parsing": 150, "validation": 150, "expressions": 2_000, "everything": 60}


@pytest.mark.parametrize("path", FOUND, ids=lambda path: path.name)
def test_what_was_found_is_mended(path: Path) -> None:
    """The name of each begins with that of its target."""
    started = time.process_time()
    TARGETS[path.name.partition("-")[0]](path.read_bytes())
    assert time.process_time() - started < SECONDS


@pytest.mark.parametrize("target", EXECUTIONS)
def test_mutated_specs_end_in_a_model_or_in_messages(target: str) -> None:
    rng = random.Random(target)
    texts = [text for text in seeds() if len(text) < 2_000]
    if target == "expressions":
        texts = [part for text in texts for part in text.replace(b"\n", b":").split(b":")]
    for _ in range(EXECUTIONS[target]):
        data = mutate(rng.choice(texts), rng)
        started = time.process_time()
        TARGETS[target](data)
        assert time.process_time() - started < SECONDS, data
