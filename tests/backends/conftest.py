"""Models and reports that several of these tests look at."""

from __future__ import annotations

import pytest
from headed import SPECS
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


@pytest.fixture(scope="session")
def models() -> dict[str, incspec.Model]:
    """Networks with auxiliary heads."""
    return {name: incspec.load(spec) for name, spec in SPECS.items()}


@pytest.fixture
def model(models: dict[str, incspec.Model]) -> incspec.Model:
    """The one that is like GoogLeNet."""
    return models["googlenet"]
