"""Finding and reading specs: every file comes through here, and every one that does not says why."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

import pytest
import torch

import incspec
from incspec.diagnostics import Diagnostic, Diagnostics
from incspec.reading.files import decode, find_spec, read_spec, shipped_folder, shipped_specs


def failure(path: Path) -> Diagnostic:
    sink = Diagnostics()
    started = time.perf_counter()
    assert read_spec(path, sink) is None
    assert time.perf_counter() - started < 10  # a hang, not a slow machine
    (item,) = sink
    return item


def test_file_is_read_with_its_folder(tmp_path: Path) -> None:
    path = tmp_path / "net.yaml"
    path.write_bytes(b"\xef\xbb\xbfname: \xc3\xa9\n")
    sink = Diagnostics()
    file = read_spec(path, sink)
    assert file is not None
    assert (file.source.text, file.folder, file.path) == ("name: é\n", tmp_path, path)


def test_missing_file_names_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "network.yaml").write_text("a: 1")
    item = failure(tmp_path / "netwrk.yaml")
    assert (item.code, item.help) == ("file-not-found", "did you mean `network.yaml`?")
    assert failure(tmp_path / "inception_v44").help == "did you mean `inception_v4`?"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (bytes(range(256)), "not-text"),
        ("name: x".encode("utf-16"), "not-text"),
        (b"a: b\n" * 10 * 2**20, "spec-too-large"),
    ],
    ids=["binary", "utf-16", "50 MB"],
)
def test_file_that_is_no_spec_is_refused(tmp_path: Path, data: bytes, code: str) -> None:
    path = tmp_path / "net.yaml"
    path.write_bytes(data)
    assert failure(path).code == code


def test_utf_16_is_recognised() -> None:
    sink = Diagnostics()
    assert decode("name: x".encode("utf-16"), "net.yaml", sink) is None
    assert [item.help for item in sink] == ["it seems to be UTF-16: save it as UTF-8"]


def test_folders_and_devices_are_no_files(tmp_path: Path) -> None:
    assert failure(tmp_path).code == "not-a-file"
    assert failure(Path(os.devnull)).code == "not-a-file"


@pytest.mark.parametrize("name", ["a" * 5000, "a\0b"])
def test_impossible_names_are_told(tmp_path: Path, name: str) -> None:
    assert failure(tmp_path / name).code == "file-unreadable"


def test_missing_permission_is_told() -> None:
    """Root may read everything, so it is somebody else for the moment, in a folder that anybody may enter."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        path = Path(folder, "net.yaml")
        path.write_text("a: 1")
        path.chmod(0)
        root = os.geteuid() == 0
        if root:
            os.seteuid(65534)
        try:
            found = failure(path)
        finally:
            if root:
                os.seteuid(0)
    assert found.code == "file-unreadable"


def test_refusal_of_the_system_is_quoted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "net.yaml"
    path.write_text("a: 1")

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    assert failure(path).message == f"`{path}` cannot be read: permission denied"


def test_shipped_specs_are_found_by_name_from_everywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert find_spec("inception_v4") == shipped_folder() / "inception_v4.yaml"
    assert list(shipped_specs()) == sorted(shipped_specs())
    (tmp_path / "inception_v4").mkdir()  # what `incspec draw` writes
    assert find_spec("inception_v4") == shipped_folder() / "inception_v4.yaml"
    (tmp_path / "plain").write_text("a: 1")
    assert find_spec("plain") == Path("plain")
    assert find_spec("a" * 5000) == Path("a" * 5000)


def test_a_file_may_have_a_name_that_is_not_utf8(tmp_path: Path) -> None:
    path = os.path.join(os.fsencode(tmp_path), b"caf\xe9.yaml")
    with open(path, "w", encoding="utf-8") as file:
        file.write("incspec: 1\nname: x\ninput: [3, 8, 8]\nnetwork: [3x3 conv 4]\n")
    model = incspec.load(os.fsdecode(path))
    assert "Printed by incspec from caf\N{REPLACEMENT CHARACTER}.yaml" in model.source()
    assert model.module().eval()(torch.zeros(1, 3, 8, 8)).shape == (1, 4, 8, 8)
