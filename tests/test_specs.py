"""The shipped specs: they compile, torch agrees with what is inferred, and the committed sources and diagrams are theirs."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

import incspec
from incspec.build import verify_module
from incspec.gallery import INDEX, exhibit, exhibit_names, exhibit_of_styles, index
from incspec.reading.files import shipped_specs

shown = cache(exhibit)
ROOT = Path(__file__).parent.parent
GOLDEN = Path(__file__).parent / "golden"
# Tutorials "as posted" may have mistakes: what is said of them is test_tutorials.py's.
NAMES = tuple(name for name in shipped_specs() if not name.endswith("_posted"))


@pytest.mark.parametrize("name", NAMES)
def test_it_compiles_without_a_word(name: str) -> None:
    assert incspec.load(name).diagnostics == ()


@pytest.mark.parametrize("name", NAMES)
def test_every_shape_and_count_of_the_module_is_the_inferred_one(name: str) -> None:
    verify_module(incspec.load(name))


@pytest.mark.parametrize("name", NAMES)
def test_printed_source_and_figures_are_those_that_are_committed(name: str, request: pytest.FixtureRequest) -> None:
    model = incspec.load(name)
    made = {GOLDEN / name / "model.py": model.source().encode()}
    made |= {ROOT / "diagrams" / path: data for path, data in shown(name).files.items()}
    if request.config.getoption("--update-golden"):
        for path, data in made.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
    for path, data in made.items():
        assert path.read_bytes() == data, path
    drawn = {path.name for path in (ROOT / "diagrams" / name).iterdir()}
    assert drawn == {path.name for path in made if path.suffix == ".svg"}


def test_the_page_of_the_gallery_shows_every_diagram(request: pytest.FixtureRequest) -> None:
    styles = exhibit_of_styles()
    page = index([styles, *(shown(name) for name in exhibit_names())])
    path = ROOT / "diagrams" / INDEX
    if request.config.getoption("--update-golden"):
        path.write_text(page, encoding="utf-8")
        for name, data in styles.files.items():
            path.with_name(name.partition("/")[0]).mkdir(exist_ok=True)
            (path.parent / name).write_bytes(data)
    for name, data in styles.files.items():
        assert (path.parent / name).read_bytes() == data, name
    assert path.read_text(encoding="utf-8") == page
    drawn = set(re.findall(r'<img src="([^"]+)"', page))
    assert drawn == {file.relative_to(path.parent).as_posix() for file in path.parent.rglob("*.svg")}
