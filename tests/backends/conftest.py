"""Reports that several of these tests look at."""

from __future__ import annotations

import pytest
from reported import HEADS, typed

import incspec
from incspec.backends.report import Report, report


@pytest.fixture(scope="session")
def v4() -> Report:
    return incspec.load("inception_v4").report()


@pytest.fixture(scope="session")
def heads() -> Report:
    """The report of a network with two auxiliary heads."""
    return report(typed(HEADS))
