"""The catalogue of the shipped specs, and by which names they are found."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from incspec import catalogue as module
from incspec.catalogue import Entry, catalogue, render_list, to_csv, to_json, to_markdown
from incspec.cli import app
from incspec.reading import files

GOOD = "incspec: 1\nname: Good\npaper: {arxiv: '1234.5678'}\ninput: [3, 8, 8]\nnetwork: [3x3 conv 4]\n"
BAD = "incspec: 1\nname: Bad\ninput: [3, 8, 8]\nnetwork: [3x3 cnov 4, 3x3 maxpool]\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of specs that stands for the shipped ones."""
    (tmp_path / "zoo").mkdir()
    (tmp_path / "good.yaml").write_text(GOOD)
    (tmp_path / "zoo" / "bad.yaml").write_text(BAD)
    monkeypatch.setattr(files, "shipped_folder", lambda: tmp_path)
    return tmp_path


def test_it_has_every_spec_with_its_counts_or_the_number_of_its_errors(folder: Path) -> None:
    good, bad = catalogue()
    assert (good.name, good.title, good.arxiv, good.input) == ("good", "Good", "1234.5678", "3x8x8")
    assert (good.params, good.macs, good.errors) == (3 * 4 * 9 + 4, 3 * 4 * 9 * 64, 0)
    assert (bad.name, bad.folder, bad.short, bad.errors) == ("zoo/bad", "zoo", "bad", 2)


def test_a_spec_is_found_by_its_name_with_its_folder_and_without(folder: Path) -> None:
    assert files.shipped_spec("zoo/bad") == files.shipped_spec("bad") == folder / "zoo" / "bad.yaml"
    assert files.shipped_spec("none") is None


def test_a_name_that_two_folders_have_needs_the_folder(folder: Path) -> None:
    (folder / "zoo" / "good.yaml").write_text(GOOD)
    (folder / "more").mkdir()
    (folder / "more" / "bad.yaml").write_text(GOOD)
    assert files.shipped_spec("good") == folder / "good.yaml"
    assert files.shipped_spec("bad") is None


def test_a_variant_extends_a_shipped_spec_of_a_subfolder_by_its_name(folder: Path, tmp_path_factory) -> None:
    (folder / "zoo" / "bad.yaml").write_text(GOOD)
    variant = tmp_path_factory.mktemp("own") / "variant.yaml"
    variant.write_text("extends: bad\nname: Variant\n")
    assert module.load_file(str(variant)).params == 3 * 4 * 9 + 4


def test_the_list_fits_a_terminal_of_80_columns(folder: Path) -> None:
    entry = Entry("zoo/" + "n" * 30, title="t" * 90, params=25_557_032, params_with_aux=26_000_000, macs=4_089_184_256)
    text = render_list([*catalogue(), entry])
    assert max(map(len, text.splitlines())) <= 80
    assert "has 2 errors, on purpose" in text
    assert "4,089,184,256" in text


def test_it_is_written_as_json_csv_and_markdown(folder: Path) -> None:
    entries = catalogue()
    good, bad = json.loads(to_json(entries))
    assert good["params"] == 3 * 4 * 9 + 4
    assert bad == {"name": "zoo/bad", "errors": 2}
    rows = list(csv.DictReader(io.StringIO(to_csv(entries))))
    assert [row["name"] for row in rows] == ["good", "zoo/bad"]
    assert "| [`good`](specs/good.yaml) | [Good](https://arxiv.org/abs/1234.5678) | 3x8x8 | 112 |" in to_markdown(
        entries
    )


def test_an_unknown_format_is_wrong_usage(folder: Path) -> None:
    result = CliRunner().invoke(app, ["list", "--format", "yaml"])
    assert result.exit_code == 2
