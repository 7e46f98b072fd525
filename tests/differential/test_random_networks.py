"""Random networks: what the compiler says of them is what torch does. What once differed is in `cases/`, and stays equal."""

from __future__ import annotations

from pathlib import Path

import pytest

from .comparison import compare
from .summary import examine, report

CASES = sorted((Path(__file__).parent / "cases").glob("*.yaml"))
CHUNK = 500  # networks of one nightly test
IN_CI = 300


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_what_once_differed_is_equal(case: Path) -> None:
    compare(case.read_text())


def hold(seeds: range) -> None:
    summary = examine(seeds)
    assert not summary.found, report(summary)
    assert not summary.never, report(summary)
    assert summary.networks // 5 < sum(summary.refused.values()) < summary.networks // 2, report(summary)


def test_random_networks_are_what_torch_makes_of_them() -> None:
    hold(range(IN_CI))


@pytest.mark.nightly
@pytest.mark.parametrize("chunk", range(20))
def test_many_random_networks_are_what_torch_makes_of_them(chunk: int) -> None:
    hold(range(1_000 + chunk * CHUNK, 1_000 + (chunk + 1) * CHUNK))
