"""The built wheel: it carries the specs and the explanations, and works from any folder."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built with the build backend of this environment."""
    folder = tmp_path_factory.mktemp("wheel")
    program = f"import hatchling.build, os; os.chdir({str(ROOT)!r}); hatchling.build.build_wheel({str(folder)!r})"
    subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, timeout=120)
    (built,) = folder.glob("*.whl")
    return built


def test_it_carries_specs_explanations_types_and_the_licence(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {"incspec/specs/inception_v4.yaml", "incspec/specs/inception_v4_tf.yaml", "incspec/py.typed"} <= names
    assert any(name.startswith("incspec/explanations/") for name in names)
    assert {"incspec/styles/plain.yaml", "incspec/styles/paper-2016.yaml", "incspec/styles/slide.yaml"} <= names
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert {f"incspec/page/assets/{name}" for name in ("app.js", "app.css", "LICENSES.txt")} <= names
    assert not any(name.startswith("incspec/page/app/") for name in names)
    assert not any(name.startswith("tests/") or "/golden/" in name for name in names)


def test_an_installed_wheel_builds_a_shipped_spec_by_name_from_any_folder(wheel: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    zipfile.ZipFile(wheel).extractall(site)
    work = tmp_path / "work"
    work.mkdir()
    done = subprocess.run(
        [sys.executable, "-m", "incspec", "build", "inception_v4", "--no-verify"],
        cwd=work,
        env={**os.environ, "PYTHONPATH": str(site), "COLUMNS": "80"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "42,679,816" in done.stdout
    assert (work / "build" / "inception_v4" / "model.py").exists()
    shown = "import incspec; print(incspec.__file__)"
    place = subprocess.run(
        [sys.executable, "-c", shown],
        cwd=work,
        env={**os.environ, "PYTHONPATH": str(site)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert place.stdout.startswith(str(site))
