"""Options of the test run, and what many tests begin with."""

from __future__ import annotations

from pathlib import Path

import pytest
from tiny import TINY


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="write printed sources, diagrams and the README's outputs anew instead of comparing with them",
    )


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of a small spec, alone in the working directory, before a terminal of 80 columns."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    path = tmp_path / "tiny.yaml"
    path.write_text(TINY)
    return path
