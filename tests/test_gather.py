"""Files, folders and patterns -> specs: which files are meant, in which order, and what is passed over."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from incspec.reading.files import shipped_files
from incspec.reading.gather import gather, is_spec

SPEC = "incspec: 1\nname: x\ninput: [3, 8, 8]\nnetwork: [relu]\n"
BLOCKS = "incspec: 1\nname: blocks\nblocks: {a: [relu]}\n"


@pytest.fixture
def nets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name, text in {
        "nets/b.yaml": SPEC,
        "nets/a/z.yml": SPEC,
        "nets/a.yaml": SPEC,
        "nets/blocks.yaml": BLOCKS,
        "nets/compose.yaml": "services: {}\n",
        "nets/notes.txt": SPEC,
        "nets/.hidden/x.yaml": SPEC,
        "nets/.lint.yaml": SPEC,
        "nets/venv/pyvenv.cfg": "",
        "nets/venv/lib/x.yaml": SPEC,
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def test_a_folder_is_all_specs_below_it_in_one_order(nets: Path) -> None:
    found = gather(["nets"])
    assert found.specs == ("nets/a/z.yml", "nets/a.yaml", "nets/b.yaml")
    assert found.passed_over == ("nets/blocks.yaml", "nets/compose.yaml")
    assert found.faults == ()


@pytest.mark.parametrize(
    ("pattern", "specs"),
    [
        ("nets/*.yaml", ("nets/a.yaml", "nets/b.yaml")),
        ("nets/**/*.yml", ("nets/a/z.yml",)),
        ("nets/[b].yaml", ("nets/b.yaml",)),
        ("net?", ("nets/a/z.yml", "nets/a.yaml", "nets/b.yaml")),
        ("./nets/a*", ("nets/a/z.yml", "nets/a.yaml")),
    ],
)
def test_a_pattern_is_what_a_shell_would_make_of_it(nets: Path, pattern: str, specs: tuple[str, ...]) -> None:
    assert gather([pattern]).specs == specs


def test_what_is_named_is_taken_as_it_is(nets: Path) -> None:
    names = ["nets/blocks.yaml", "-", "inception_v4", "nowhere.yaml", "nets/.lint.yaml"]
    assert gather(names).specs == tuple(names)


def test_a_file_is_checked_once_and_stands_where_it_was_first_named(nets: Path) -> None:
    assert gather(["nets/b.yaml", "nets", "./nets/a.yaml"]).specs == ("nets/b.yaml", "nets/a/z.yml", "nets/a.yaml")


def test_what_a_folder_passes_over_is_checked_if_it_is_named(nets: Path) -> None:
    found = gather(["nets", "nets/blocks.yaml"])
    assert "nets/blocks.yaml" in found.specs
    assert found.passed_over == ("nets/compose.yaml",)


def test_only_specs_passes_over_files_that_are_named(nets: Path) -> None:
    found = gather(["nets/compose.yaml", "nets/a.yaml", "nowhere.yaml"], only_specs=True)
    assert found.specs == ("nets/a.yaml", "nowhere.yaml")
    assert found.passed_over == ("nets/compose.yaml",)


def test_a_folder_and_a_pattern_without_specs_are_told(nets: Path) -> None:
    (nets / "empty").mkdir()
    assert gather(["empty", "nets/*.json"]).faults == (
        "there is no spec in the folder `empty`",
        "no spec matches `nets/*.json`",
    )


def test_a_folder_that_is_called_like_a_shipped_spec_is_not_meant(nets: Path) -> None:
    (nets / "inception_v4").mkdir()  # as `incspec draw` writes it
    assert gather(["inception_v4"]).specs == ("inception_v4",)


def test_a_file_whose_name_is_a_pattern_is_itself(nets: Path) -> None:
    (nets / "net[1].yaml").write_text(SPEC)
    assert gather(["net[1].yaml"]).specs == ("net[1].yaml",)


def test_links_are_followed_to_files_and_never_to_folders(nets: Path) -> None:
    (nets / "links").mkdir()
    (nets / "links/up").symlink_to(nets)
    (nets / "links/a.yaml").symlink_to(nets / "nets/a.yaml")
    (nets / "links/broken.yaml").symlink_to(nets / "nowhere.yaml")
    assert gather(["links"]).specs == ("links/a.yaml", "links/broken.yaml")


def test_pipes_and_devices_in_a_folder_are_not_opened(nets: Path) -> None:
    os.mkfifo(nets / "nets/pipe.yaml")
    assert "nets/pipe.yaml" not in gather(["nets"]).specs


@pytest.mark.parametrize(
    ("text", "spec"),
    [
        (SPEC, True),
        ("\ufeff" + SPEC, True),
        ("# a comment\n\nname: x\nincspec: 1\n", True),
        ("{incspec: 1, name: x}\n", True),
        ('"incspec": 1\nnetwork: []\n', True),
        ("incspec: 1\nblocks: {}\nextends: a.yaml\n", True),
        ("incspec: 1\nblocks: {}\ninput: [3, 8, 8]\n", True),  # the network was forgotten
        ("extends: inception_v4\nparams: {classes: 10}\n", True),
        ("incspec 1\nname: x\n: [", False),
        (BLOCKS, False),
        ("extends: default\nrules: {}\n", False),  # a linter's
        ("name: x\nnetwork: {version: 2}\n", False),
        ("jobs:\n  incspec:\n    steps: []\n", False),
        ("", False),
    ],
)
def test_a_spec_is_known_by_its_keys(tmp_path: Path, text: str, spec: bool) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(text, "utf-8")
    assert is_spec(str(path)) is spec


def test_all_shipped_specs_look_like_specs_and_blocks_do_not() -> None:
    kinds = {name: is_spec(str(path)) for name, path in shipped_files().items()}
    assert {name for name, kind in kinds.items() if not kind} == {name for name in kinds if name.startswith("blocks/")}


def test_a_file_that_changes_is_looked_at_again(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text("")
    assert not is_spec(str(path))
    path.write_text(SPEC)
    assert is_spec(str(path))
